package conf

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
)

// Limits of settings.
const (
	windowMax    = 1000
	rateMax      = 10_000
	tonMax       = 7  // SMPP 3.4 5.2.5
	npiMax       = 18 // SMPP 3.4 5.2.6
	callsMax     = 5000
	reversalsMax = 1000 // outstanding at one bank
	perHourMax   = 1000
	portMin      = 1024 // below, ports need rights that the daemon does not have
	portMax      = 65535
	shortestWait = 10 * time.Millisecond // tests of crashes want short times
	longestWait  = time.Hour
	longestKeep  = 30 * 24 * time.Hour
	pauseMax     = 5 * time.Second // longer, and people say hello and hang up
)

// Lengths of fields, without the closing NUL of a C-octet string.
const (
	terminalSize = 8  // ISO 8583:1987 DE41
	acquirerMax  = 11 // ISO 8583:1987 DE32
)

// notLocated is the code "unable to locate record". ISO 8583:1987 DE39
const notLocated = "25"

// Forms of texts.
var (
	nameForm      = regexp.MustCompile(`^[a-z0-9][a-z0-9_-]{0,31}$`)
	currencyForm  = regexp.MustCompile(`^[A-Z]{3}$`)
	countryForm   = regexp.MustCompile(`^[A-Z]{2}$`)
	shortCodeForm = regexp.MustCompile(`^[0-9]{3,15}$`)
	prefixForm    = regexp.MustCompile(`^\+[1-9][0-9]{0,14}$`)
	callerForm    = regexp.MustCompile(`^\+?[0-9]{1,15}$`)
	terminalForm  = regexp.MustCompile(fmt.Sprintf(`^[A-Z0-9]{%d}$`, terminalSize))
	acquirerForm  = regexp.MustCompile(fmt.Sprintf(`^[0-9]{1,%d}$`, acquirerMax))
	careForm      = regexp.MustCompile(`^([0-9+][0-9 -]{1,10}[0-9])?$`) // at most 12 characters: the longest text has room for no more
	serviceForm   = regexp.MustCompile(`^([0-9A-Za-z][0-9A-Za-z .&-]{0,15})?$`)
	serviceZHForm = regexp.MustCompile(`^([\p{Han}0-9A-Za-z]{1,8})?$`)
	printableForm = regexp.MustCompile(`^[!-~]*$`)
	// merchantTypeForm is a merchant category code of ISO 18245.
	merchantTypeForm = regexp.MustCompile(`^[0-9]{4}$`)
	moduleForm       = regexp.MustCompile(`^[a-z][a-z0-9]{1,31}$`)
	codeForm         = regexp.MustCompile(`^[0-9A-Za-z]{2}$`)
)

// checkRules looks at each value by itself and at those that must agree.
func checkRules(f *File, r *report) {
	r.need("data_dir", f.DataDir)
	r.form("currency", f.Currency, currencyForm, `an ISO 4217 code such as "CNY"`)
	r.form("country", f.Country, countryForm, `an ISO 3166 code such as "CN"`)
	r.oneOf("language", f.Language, "zh", "en")
	between(r, "drain", f.Drain, 0, longestWait)
	checkSMSCs(f, r)
	for i := range f.Bank {
		checkBank(at("bank", i), &f.Bank[i], r)
	}
	unique(r, "bank", len(f.Bank), func(i int) string { return f.Bank[i].Name })
	checkSIP(&f.SIP, r)
	checkVoice(&f.Voice, r)
	checkOrder(&f.Order, r)
	for table, key := range keysIn(f) {
		checkKey(table, key, r)
	}
	between(r, "notice.retry", f.Notice.Retry, shortestWait, longestWait)
	r.form("texts.care", f.Texts.Care, careForm, `a number of at most 12 characters such as "10086"`)
	r.form("texts.service", f.Texts.Service, serviceForm, "at most 16 letters, digits, spaces, points, & and -")
	r.form("texts.service_zh", f.Texts.ServiceZH, serviceZHForm, "at most 8 Chinese characters, letters and digits")
	for i, name := range f.Product.Off {
		r.form(at("product.off", i), name, moduleForm, "the name of a product or module, as mpg status lists it")
	}
	r.oneOf("log.level", f.Log.Level, "debug", "info", "warn", "error")
	r.oneOf("log.format", f.Log.Format, "text", "json")
}

func checkBank(at string, b *Bank, r *report) {
	r.form(at+".name", b.Name, nameForm, nameWanted)
	r.hostPort(at+".addr", b.Addr)
	r.oneOf(at+".dialect", b.Dialect, "iso87")
	r.form(at+".terminal", b.Terminal, terminalForm, "8 capital letters or digits (ISO 8583:1987 DE41)")
	r.form(at+".acquirer", b.Acquirer, acquirerForm, "1 to 11 digits (ISO 8583:1987 DE32)")
	between(r, at+".dial", b.Dial, shortestWait, longestWait)
	between(r, at+".timeout", b.Timeout, shortestWait, longestWait)
	between(r, at+".reversal_retry", b.ReversalRetry, shortestWait, longestWait)
	between(r, at+".reversal_for", b.ReversalFor, shortestWait, longestKeep)
	between(r, at+".echo", b.Echo, shortestWait, longestWait)
	between(r, at+".sign_off_wait", b.SignOffWait, shortestWait, longestWait)
	checkBackoff(at, b.Backoff, b.BackoffMax, r)
	if b.MerchantType != "" {
		r.form(at+".merchant_type", b.MerchantType, merchantTypeForm, "4 digits (ISO 8583:1987 DE18, ISO 18245)")
	}
	between(r, at+".reversal_window", b.ReversalWindow, 1, reversalsMax)
	checkReversals(at, b, r)
}

// checkReversals checks the four lists of codes: a code may be in only one of them,
// and none that means "no such request" may end a reversal.
func checkReversals(at string, b *Bank, r *report) {
	listed := make(map[string]string)
	for _, list := range []struct {
		key   string
		codes []string
	}{
		{"reversal_done", b.ReversalDone}, {"reversal_absent", b.ReversalAbsent},
		{"reversal_again", b.ReversalAgain}, {"reversal_operator", b.ReversalOperator},
	} {
		key := at + "." + list.key
		r.forms(key, list.codes, codeForm, "response codes of 2 letters or digits (ISO 8583:1987 DE39)")
		for _, code := range list.codes {
			if other, twice := listed[code]; twice {
				r.add(key, "code %q is in %s, too; a code can have only one meaning", code, other)
			}
			listed[code] = list.key
		}
	}
	if slices.Contains(b.ReversalDone, notLocated) {
		r.add(at+".reversal_done", "code %q says that the bank has not found the request, which does not prove that it never will; list it in reversal_absent", notLocated)
	}
	if len(b.ReversalDone) == 0 && !r.wrong(at+".reversal_done") {
		r.add(at+".reversal_done", `is empty: no reversal could ever end; want ["00"] at least`)
	}
}

func checkBackoff(at string, first, greatest time.Duration, r *report) {
	between(r, at+".backoff", first, shortestWait, longestWait)
	between(r, at+".backoff_max", greatest, shortestWait, longestWait)
	if greatest < first && !r.wrong(at+".backoff_max") {
		r.add(at+".backoff", "is %s, more than backoff_max, which is %s", short(first), short(greatest))
	}
}

func checkSIP(s *SIP, r *report) {
	if !s.Listen.IsValid() && !r.wrong("sip.listen") {
		r.add("sip.listen", `is empty; want an IP address and a port such as "127.0.0.1:5090"`)
	}
	checkTrunk(s.Trunk, r)
	for i, text := range s.TrunkAddresses {
		if _, err := readPrefix(text); err != nil {
			r.add(fmt.Sprintf("sip.trunk_addresses[%d]", i+1), `is %q; want an IP address or a network such as "192.0.2.0/28"`, text)
		}
	}
	if s.From != "" {
		r.form("sip.from", s.From, callerForm, "a number of at most 15 digits")
	}
	r.secret("sip.password", s.Password, s.Username != "")
	if s.Username == "" && s.Password.Given() {
		r.add("sip.username", "missing; sip.password is given")
	}
	if p := s.RTPPorts; !r.wrong("sip.rtp_ports") && (p.Min < portMin || p.Max <= p.Min) {
		r.add("sip.rtp_ports", "is %q; want at least two ports from %d to %d, the lower first", p, portMin, portMax)
	}
	r.forms("sip.allow_prefixes", s.AllowPrefixes, prefixForm, `+ and the first digits of numbers, such as "+86"`)
	r.oneOf("sip.number", s.Number, "digits", "plus")
	between(r, "sip.calls", s.Calls, 1, callsMax)
	between(r, "sip.ring", s.Ring, shortestWait, 3*time.Minute)
	between(r, "sip.call", s.Call, shortestWait, longestWait)
	between(r, "sip.first_key", s.FirstKey, shortestWait, time.Minute)
	between(r, "sip.next_key", s.NextKey, shortestWait, time.Minute)
}

// checkTrunk takes the plain form of a SIP URI: the number goes before the @,
// and the transport is UDP.
func checkTrunk(trunk string, r *report) {
	const key, want = "sip.trunk", `sip:HOST or sip:HOST:PORT, such as "sip:127.0.0.1:5070"`
	host, ok := strings.CutPrefix(trunk, "sip:")
	switch {
	case r.wrong(key):
	case trunk == "":
		r.add(key, "%s; want %s", r.absent(key), want)
	case !ok || host == "" || strings.ContainsAny(host, "@;?/ "):
		r.add(key, "is %q; want %s", trunk, want)
	case strings.Contains(host[strings.LastIndexByte(host, ']')+1:], ":") && !isHostPort(host):
		r.add(key, "is %q; want %s", trunk, want)
	}
}

func checkVoice(v *Voice, r *report) {
	if len(v.Command) > 0 && v.Command[0] == "" {
		r.add("voice.command", "begins with an empty text; want the program first")
	}
	for i, l := range v.CommandLanguages {
		r.oneOf(at("voice.command_languages", i), l, "zh", "en")
	}
	between(r, "voice.wait", v.Wait, shortestWait, time.Minute)
	between(r, "voice.pause", v.Pause, 0, pauseMax)
}

func checkOrder(o *Order, r *report) {
	between(r, "order.expires", o.Expires, shortestWait, 24*time.Hour)
	between(r, "order.repeat", o.Repeat, 0, longestKeep)
	between(r, "order.redelivery", o.Redelivery, shortestWait, longestKeep)
	between(r, "order.unread_per_hour", o.UnreadPerHour, 0, perHourMax)
	between(r, "order.calls_per_order", o.CallsPerOrder, 1, perHourMax)
	between(r, "order.calls_per_hour", o.CallsPerHour, 1, perHourMax)
	between(r, "order.bank_wait", o.BankWait, shortestWait, longestWait)
}

func checkKey(table string, k *Key, r *report) {
	switch {
	case k.KeyFile != "" && k.KeyCredential != "":
		r.add(table+keyCredential, "key_file is given too; want one of them")
	case k.KeyFile == "" && k.KeyCredential == "" && !r.wrong(table+keyFile):
		r.add(table+keyFile, "is empty; want key_file or key_credential")
	}
}
