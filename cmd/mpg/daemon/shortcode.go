package daemon

import (
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/nyaruka/phonenumbers"

	"mpg/conf"
	"mpg/engine/lang"
	"mpg/smpp"
	"mpg/smpp/pdu"
)

// shortCode returns the short code of the bind that a message was sent to, however the SMSC
// writes it: 8888, +8888, or 868888 as an international number. Anything else is
// returned unchanged, with a warning the first time.
func (bs *binds) shortCode(via *bind, message smpp.Message) string {
	if slices.Contains(via.conf.ShortCodes, message.To) {
		return message.To
	}
	code, ok := knownCode(via.conf.ShortCodes, CallingCode(bs.conf.Country), message.To, message.ToTON)
	if !ok && !namesPayee(via.conf.ShortCodes, code) && via.foreign.first(code) {
		bs.log.Warn("texts to a short code that the bind does not serve are not answered; add it to short_codes, or ask the operator why they arrive",
			"smsc", via.name, "short_code", shownCode(code))
	}
	return code
}

// knownCode finds to among the codes. A plus sign before a short code is ignored,
// since no country has numbers that short. The country's own calling code is
// stripped only if the type of number says that it may be there.
func knownCode(codes []string, calling, to string, ton pdu.TON) (code string, ok bool) {
	code = strings.TrimSpace(to)
	bare := strings.TrimPrefix(code, "+")
	international := ton == pdu.TONInternational || bare != code
	if slices.Contains(codes, bare) {
		return bare, true
	}
	if rest, cut := strings.CutPrefix(bare, calling); cut && calling != "" && international && slices.Contains(codes, rest) {
		return rest, true
	}
	return code, false
}

// CallingCode returns the E.164 country code of a country, such as 86, or "".
func CallingCode(country string) string {
	if n := phonenumbers.GetCountryCodeForRegion(country); n > 0 {
		return strconv.Itoa(n)
	}
	return ""
}

// hasCode reports whether a bind serves a short code.
func (bs *binds) hasCode(by, code string) bool {
	return slices.ContainsFunc(bs.conf.SMSC, func(smsc conf.SMSC) bool { return smsc.Name == by && slices.Contains(smsc.ShortCodes, code) })
}

// codes returns the short codes that a bind serves.
func (bs *binds) codes(by string) []string {
	for _, smsc := range bs.conf.SMSC {
		if smsc.Name == by {
			return smsc.ShortCodes
		}
	}
	return nil
}

// payeeDigitsMin is the shortest number that may follow a short code in an address.
const payeeDigitsMin = 7

// namesPayee reports whether an address may be one of the codes with a payee's number behind
// it: 888813800138000. Whether it is one is found when the text is taken in.
func namesPayee(codes []string, address string) bool {
	return slices.ContainsFunc(codes, func(code string) bool {
		rest, ok := strings.CutPrefix(strings.TrimPrefix(address, "+"), code)
		return ok && len(rest) >= payeeDigitsMin
	})
}

// shownCode returns a destination as a log may show it: masked if it is long enough
// to be a subscriber's number.
func shownCode(code string) string {
	const codeMax = 8
	if len(code) > codeMax {
		return lang.Mask(code)
	}
	return code
}

// foreignMax is how many codes a bind is warned about.
const foreignMax = 100

// foreignCodes holds the short codes that were warned about.
type foreignCodes struct {
	mu   sync.Mutex
	seen map[string]bool
}

// first reports whether code is new, and there is room to remember it.
func (f *foreignCodes) first(code string) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.seen[code] || len(f.seen) >= foreignMax {
		return false
	}
	if f.seen == nil {
		f.seen = make(map[string]bool)
	}
	f.seen[code] = true
	return true
}
