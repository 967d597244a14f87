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

	longestRefund = 5 * 366 * 24 * time.Hour
	longestFirst  = 24 * time.Hour
	longestLogin  = 7 * 24 * time.Hour
	pauseMax      = 5 * time.Second // longer, and people say hello and hang up
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
	groupForm        = regexp.MustCompile(`^([a-z_][a-z0-9_-]{0,31}|[0-9]{1,10})?$`)
	networkForm      = regexp.MustCompile(`^[0-9]{3}$`)
	holdForm         = regexp.MustCompile(`^([a-z]+|\*) ([0-9]{4}|\*) ([2-9]|[1-5][0-9]|60)$`)
	codeForm         = regexp.MustCompile(`^[0-9A-Za-z]{2}$`)
)

// checkRules looks at each value by itself and at those that must agree.
func checkRules(file *File, report *report) {
	report.need("data_dir", file.DataDir)
	report.form("currency", file.Currency, currencyForm, `an ISO 4217 code such as "CNY"`)
	report.form("country", file.Country, countryForm, `an ISO 3166 code such as "CN"`)
	report.oneOf("language", file.Language, "zh", "en")
	between(report, "drain", file.Drain, 0, longestWait)
	checkSMSCs(file, report)
	for i := range file.Bank {
		checkBank(at("bank", i), &file.Bank[i], report)
	}
	unique(report, "bank", len(file.Bank), func(i int) string { return file.Bank[i].Name })
	checkSIP(&file.SIP, report)
	checkVoice(&file.Voice, report)
	checkOrder(&file.Order, report)
	checkTerms(&file.Terms, report)
	for table, key := range keysIn(file) {
		checkKey(table, key, report)
	}
	between(report, "notice.retry", file.Notice.Retry, shortestWait, longestWait)
	report.form("texts.care", file.Texts.Care, careForm, `a number of at most 12 characters such as "10086"`)
	report.form("texts.service", file.Texts.Service, serviceForm, "at most 16 letters, digits, spaces, points, & and -")
	report.form("texts.service_zh", file.Texts.ServiceZH, serviceZHForm, "at most 8 Chinese characters, letters and digits")
	for i, name := range file.Product.Off {
		report.form(at("product.off", i), name, moduleForm, "the name of a product or module, as mpg status lists it")
	}
	report.oneOf("first_payee.action", file.FirstPayee.Action, "wait", "ask")
	between(report, "first_payee.wait", file.FirstPayee.Wait, shortestWait, longestFirst)
	between(report, "product.vertical.fuel", file.Product.Vertical.Fuel, shortestWait, longestKeep)
	between(report, "product.vertical.hotel", file.Product.Vertical.Hotel, shortestWait, longestKeep)
	between(report, "product.vertical.increase", file.Product.Vertical.Increase, 0, increaseMax)
	checkTill(&file.Till, report)
	checkMCredit(&file.Product.MCredit, report)
	checkApproval(&file.Approval, report)
	between(report, "staff.session", file.Staff.Session, shortestWait, longestLogin)
	report.form("staff.group", file.Staff.Group, groupForm, `the name or the number of a group such as "mpg-staff"`)
	report.oneOf("log.level", file.Log.Level, "debug", "info", "warn", "error")
	report.oneOf("log.format", file.Log.Format, "text", "json")
}

func checkMCredit(cards *MCredit, report *report) {
	report.oneOf("product.mcredit.capture", cards.Capture, "at_once", "later")
	report.oneOf("product.mcredit.card_default", cards.CardDefault, "accept", "refuse")
	between(report, "product.mcredit.decide", cards.Decide, shortestWait, longestWait)
	for i, row := range cards.Holds {
		report.form(at("product.mcredit.holds", i), row, holdForm, `a scheme or *, a merchant category code or *, and 2 to 60 days, such as "visa 7011 30"`)
	}
}

// Limits of requests for money, of claims, and of increases.
const (
	askDayMax   = 200
	askOpenMax  = 50
	claimMax    = 50
	increaseMax = 1000 // percent
	longestWord = 30 * 24 * time.Hour
)

func checkTerms(terms *Terms, report *report) {
	between(report, "ask.expires", terms.Ask.Expires, time.Minute, longestWord)
	between(report, "ask.per_day", terms.Ask.PerDay, 0, askDayMax)
	between(report, "ask.per_pair", terms.Ask.PerPair, 0, askDayMax)
	between(report, "ask.open", terms.Ask.Open, 0, askOpenMax)
	between(report, "claim.expires", terms.Claim.Expires, time.Minute, longestWord)
	between(report, "claim.open", terms.Claim.Open, 1, claimMax)
	between(report, "claim.per_number", terms.Claim.PerNumber, 1, claimMax)
}

func checkApproval(approval *Approval, report *report) {
	between(report, "approval.expires", approval.Expires, shortestWait, longestKeep)
	between(report, "approval.cooling_off", approval.CoolingOff, 0, longestKeep)
	between(report, "approval.pin_wait", approval.PINWait, 0, longestKeep)
}

func checkBank(at string, bank *Bank, report *report) {
	report.form(at+".name", bank.Name, nameForm, nameWanted)
	checkReach(at, bank, report)
	report.oneOf(at+".dialect", bank.Dialect, "iso87", "iso87-binary", "iso93", "iso93-binary", HTTPJSON, Files)
	report.form(at+".terminal", bank.Terminal, terminalForm, "8 capital letters or digits (ISO 8583:1987 DE41)")
	report.form(at+".acquirer", bank.Acquirer, acquirerForm, "1 to 11 digits (ISO 8583:1987 DE32)")
	between(report, at+".dial", bank.Dial, shortestWait, longestWait)
	checkFiles(at, bank, report)
	between(report, at+".reversal_retry", bank.ReversalRetry, shortestWait, longestWait)
	between(report, at+".reversal_for", bank.ReversalFor, shortestWait, longestKeep)
	between(report, at+".echo", bank.Echo, shortestWait, longestWait)
	between(report, at+".sign_off_wait", bank.SignOffWait, shortestWait, longestWait)
	checkBackoff(at, bank.Backoff, bank.BackoffMax, report)
	if bank.MerchantType != "" {
		report.form(at+".merchant_type", bank.MerchantType, merchantTypeForm, "4 digits (ISO 8583:1987 DE18, ISO 18245)")
	}
	between(report, at+".reversal_window", bank.ReversalWindow, 1, reversalsMax)
	checkReversals(at, bank, report)
	checkCompare(at, bank, report)
	checkBankMAC(at, bank, report)
	checkBankRisk(at, bank, report)
}

// checkReversals checks the four lists of codes: a code may be in only one of them,
// and none that means "no such request" may end a reversal.
func checkReversals(at string, bank *Bank, report *report) {
	listed := make(map[string]string)
	for _, list := range []struct {
		key   string
		codes []string
	}{
		{"reversal_done", bank.ReversalDone}, {"reversal_absent", bank.ReversalAbsent},
		{"reversal_again", bank.ReversalAgain}, {"reversal_operator", bank.ReversalOperator},
	} {
		key := at + "." + list.key
		report.forms(key, list.codes, codeForm, "response codes of 2 letters or digits (ISO 8583:1987 DE39)")
		for _, code := range list.codes {
			if other, twice := listed[code]; twice {
				report.add(key, "code %q is in %s, too; a code can have only one meaning", code, other)
			}
			listed[code] = list.key
		}
	}
	if slices.Contains(bank.ReversalDone, notLocated) {
		report.add(at+".reversal_done", "code %q says that the bank has not found the request, which does not prove that it never will; list it in reversal_absent", notLocated)
	}
	if len(bank.ReversalDone) == 0 && !report.wrong(at+".reversal_done") {
		report.add(at+".reversal_done", `is empty: no reversal could ever end; want ["00"] at least`)
	}
}

func checkBackoff(at string, first, greatest time.Duration, report *report) {
	between(report, at+".backoff", first, shortestWait, longestWait)
	between(report, at+".backoff_max", greatest, shortestWait, longestWait)
	if greatest < first && !report.wrong(at+".backoff_max") {
		report.add(at+".backoff", "is %s, more than backoff_max, which is %s", short(first), short(greatest))
	}
}

func checkSIP(sip *SIP, report *report) {
	if !sip.Listen.IsValid() && !report.wrong("sip.listen") {
		report.add("sip.listen", `is empty; want an IP address and a port such as "127.0.0.1:5090"`)
	}
	checkTrunk(sip.Trunk, report)
	for i, text := range sip.TrunkAddresses {
		if _, err := readPrefix(text); err != nil {
			report.add(fmt.Sprintf("sip.trunk_addresses[%d]", i+1), `is %q; want an IP address or a network such as "192.0.2.0/28"`, text)
		}
	}
	if sip.From != "" {
		report.form("sip.from", sip.From, callerForm, "a number of at most 15 digits")
	}
	report.secret("sip.password", sip.Password, sip.Username != "")
	if sip.Username == "" && sip.Password.Given() {
		report.add("sip.username", "missing; sip.password is given")
	}
	if p := sip.RTPPorts; !report.wrong("sip.rtp_ports") && (p.Min < portMin || p.Max <= p.Min) {
		report.add("sip.rtp_ports", "is %q; want at least two ports from %d to %d, the lower first", p, portMin, portMax)
	}
	report.forms("sip.allow_prefixes", sip.AllowPrefixes, prefixForm, `+ and the first digits of numbers, such as "+86"`)
	report.oneOf("sip.number", sip.Number, "digits", "plus")
	between(report, "sip.calls", sip.Calls, 1, callsMax)
	between(report, "sip.ring", sip.Ring, shortestWait, 3*time.Minute)
	between(report, "sip.call", sip.Call, shortestWait, longestWait)
	between(report, "sip.first_key", sip.FirstKey, shortestWait, time.Minute)
	between(report, "sip.next_key", sip.NextKey, shortestWait, time.Minute)
}

// checkTrunk takes the plain form of a SIP URI: the number goes before the @,
// and the transport is UDP.
func checkTrunk(trunk string, report *report) {
	const key, want = "sip.trunk", `sip:HOST or sip:HOST:PORT, such as "sip:127.0.0.1:5070"`
	host, ok := strings.CutPrefix(trunk, "sip:")
	switch {
	case report.wrong(key):
	case trunk == "":
		report.add(key, "%s; want %s", report.absent(key), want)
	case !ok || host == "" || strings.ContainsAny(host, "@;?/ "):
		report.add(key, "is %q; want %s", trunk, want)
	case strings.Contains(host[strings.LastIndexByte(host, ']')+1:], ":") && !isHostPort(host):
		report.add(key, "is %q; want %s", trunk, want)
	}
}

func checkVoice(voice *Voice, report *report) {
	if len(voice.Command) > 0 && voice.Command[0] == "" {
		report.add("voice.command", "begins with an empty text; want the program first")
	}
	for i, l := range voice.CommandLanguages {
		report.oneOf(at("voice.command_languages", i), l, "zh", "en")
	}
	between(report, "voice.wait", voice.Wait, shortestWait, time.Minute)
	between(report, "voice.pause", voice.Pause, 0, pauseMax)
}

func checkOrder(order *Order, report *report) {
	between(report, "order.expires", order.Expires, shortestWait, 24*time.Hour)
	between(report, "order.repeat", order.Repeat, 0, longestKeep)
	between(report, "order.redelivery", order.Redelivery, shortestWait, longestKeep)
	between(report, "order.unread_per_hour", order.UnreadPerHour, 0, perHourMax)
	between(report, "order.calls_per_order", order.CallsPerOrder, 1, perHourMax)
	between(report, "order.calls_per_hour", order.CallsPerHour, 1, perHourMax)
	between(report, "order.bank_wait", order.BankWait, shortestWait, longestWait)
	between(report, "order.refund_within", order.RefundWithin, 0, longestRefund)
}

func checkKey(table string, key *Key, report *report) {
	switch {
	case key.KeyFile != "" && key.KeyCredential != "":
		report.add(table+keyCredential, "key_file is given too; want one of them")
	case key.KeyFile == "" && key.KeyCredential == "" && !report.wrong(table+keyFile):
		report.add(table+keyFile, "is empty; want key_file or key_credential")
	}
}
