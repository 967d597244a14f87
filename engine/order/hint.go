package order

import (
	"strings"
	"unicode"

	"github.com/nyaruka/phonenumbers"

	"mpg/engine/lang"
)

// refuse makes a refusal with the form nearest to what was meant.
func (p *parser) refuse(r Reason, meant Intent) (Order, *Refusal) {
	return Order{}, &Refusal{Reason: r, Hint: p.hint(meant), Written: p.written}
}

// formsEN and formsZH are the nearest forms. Never written to.
var (
	formsEN = map[Intent]string{Pay: "PAY {to} {amount}{source}", Send: "SEND {amount} {to}", Balance: "BAL", Last: "LAST", Help: "HELP",
		Yes: "YES", No: "NO", Again: "AGAIN", Lang: "LANG EN", Stop: "STOP", PIN: "PIN"}
	formsZH = map[Intent]string{Pay: "付 {to} {amount}{source}", Send: "转 {amount} {to}", Balance: "余额", Last: "明细", Help: "帮助",
		Yes: "是", No: "否", Again: "再拨", Lang: "语言 ZH", Stop: "退订", PIN: "改密"}
	sourcesEN = map[Source]string{FromBank: " BANK", FromCard: " CARD", FromPurse: " PURSE"}
	sourcesZH = map[Source]string{FromBank: " 银行", FromCard: " 信用卡", FromPurse: " 钱包"}
)

// Samples of a hint where a text gave none. A subscriber's number is never in
// one: hints are printed.
const (
	sampleCode   = "8001"
	sampleNumber = "13800138000"
)

// hint is the form of an intent, with the code, the amount and the way of
// paying where they were read.
func (p *parser) hint(meant Intent) string {
	forms, sources := formsEN, sourcesEN
	if p.written == lang.ZH {
		forms, sources = formsZH, sourcesZH
	}
	form, ok := forms[meant]
	if !ok {
		form, meant = forms[Pay], Pay
	}
	if meant != Pay && meant != Send {
		return form
	}
	to, amount := p.near.To, p.near.Amount
	if to == "" {
		to = p.samplePayee(meant)
	}
	if unit := p.g.Currency.Unit(); amount == 0 {
		amount = unit*128 + unit/2
	}
	return strings.NewReplacer("{to}", to, "{amount}", p.g.Currency.Format(amount), "{source}", sources[p.near.Source]).Replace(form)
}

// samplePayee is a code, or a mobile number of the country.
func (p *parser) samplePayee(meant Intent) string {
	if meant == Pay {
		return sampleCode
	}
	if p.g.Country == "CN" {
		return sampleNumber
	}
	n := phonenumbers.GetExampleNumberForType(p.g.Country, phonenumbers.MOBILE)
	if n == nil {
		return sampleNumber
	}
	return phonenumbers.Format(n, phonenumbers.E164)
}

// nearest is the intent that a misspelt text most likely means: the keyword
// with the fewest signs of difference from its first word, two at most.
func nearest(s string) Intent {
	word := s
	if i := strings.IndexFunc(s, func(r rune) bool { return !unicode.IsLetter(r) }); i >= 0 {
		word = s[:i]
	}
	best, least := Pay, 3
	for _, k := range keywords {
		n := len([]rune(k.word))
		if n < 3 {
			continue
		}
		if d := distance(word, k.word); d < least && d < n-1 {
			best, least = k.intent, d
		}
	}
	return best
}

// wordRunesMax bounds a misspelt word that is compared.
const wordRunesMax = 16

// distance is Levenshtein's, over runes, for short words.
func distance(a, b string) int {
	x, y := []rune(a), []rune(b)
	x = x[:min(len(x), wordRunesMax)]
	row := make([]int, len(y)+1)
	for j := range row {
		row[j] = j
	}
	for i, r := range x {
		last := row[0]
		row[0] = i + 1
		for j, q := range y {
			cost := last
			if r != q {
				cost++
			}
			last = row[j+1]
			row[j+1] = min(cost, row[j+1]+1, row[j]+1)
		}
	}
	return row[len(y)]
}
