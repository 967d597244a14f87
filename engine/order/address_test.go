package order_test

import (
	"testing"

	"mpg/engine/lang"
	"mpg/engine/order"
)

// TestSuffix: an address is a short code and a mobile number, and nothing else.
func TestSuffix(t *testing.T) {
	t.Parallel()
	g := grammar(t)
	for _, tt := range []struct {
		address string
		codes   []string
		code    string
		number  string
	}{
		{"888813800138000", []string{"8888"}, "8888", "+8613800138000"},
		{"88888613800138000", []string{"8888"}, "8888", "+8613800138000"},
		{"+888813800138000", []string{"8888"}, "8888", "+8613800138000"},
		{"888813800138000", []string{"1066", "8888"}, "8888", "+8613800138000"},
		{"8888", []string{"8888"}, "", ""},
		{"88881", []string{"8888"}, "", ""},
		{"888801012345678", []string{"8888"}, "", ""}, // not a mobile number
		{"999913800138000", []string{"8888"}, "", ""},
		{"8888 13800138000", []string{"8888"}, "", ""},
		{"888813800138000", nil, "", ""},
		{"888813800138000", []string{"8888", "88888"}, "8888", "+8613800138000"},
	} {
		code, number, ok := g.Suffix(tt.address, tt.codes)
		if code != tt.code || number != tt.number || ok != (tt.code != "") {
			t.Errorf("%s of %v: %q %q %v", tt.address, tt.codes, code, number, ok)
		}
	}
}

// TestAstray: an amount that was sent to a code with a part of a number is an order without a
// payee. Nothing else is, and whatever it is, it is no order to pay.
func TestAstray(t *testing.T) {
	t.Parallel()
	g := grammar(t)
	codes := []string{"1066", "8888"}
	for _, tt := range []struct {
		address, text string
		codes         []string
		code          string
	}{
		{"8888138000", "50", codes, "8888"},
		{"+8888138001380001", "50.5", codes, "8888"},
		{"888801012345678", "五十元", codes, "8888"},
		{"8888138000", "¥50", []string{"8888"}, "8888"},
		{"88881380", "50", codes, ""}, // may be another code
		{"9999138000", "50", codes, ""},
		{"8888138000", "50", []string{"8888", "88881"}, ""},
		{"8888138000x", "50", codes, ""},
		{"8888138000", "582193", codes, ""}, // a PIN
		{"8888138000", "50 13900139000", codes, ""},
		{"8888138000", "50 mum", codes, ""},
		{"8888138000", "PAY 8001 25", codes, ""},
		{"8888138000", "NO", codes, ""},
		{"8888138000", "", codes, ""},
	} {
		code, text, ok := g.Astray(lang.EN, tt.address, tt.text, tt.codes)
		if code != tt.code && ok || ok != (tt.code != "") {
			t.Errorf("%q to %s of %v: %q %v", tt.text, tt.address, tt.codes, code, ok)
		}
		if !ok {
			continue
		}
		if _, refusal := g.Parse(text); refusal == nil || refusal.Reason != order.BadNumber || refusal.Meant != order.Send {
			t.Errorf("%q to %s makes %q: %+v", tt.text, tt.address, text, refusal)
		}
	}
}

// TestSendTo: an amount, with a way of paying and a memo, is an order to send; a PIN stays
// one, and what stops something stops it.
func TestSendTo(t *testing.T) {
	t.Parallel()
	g := grammar(t)
	const to = "+8613800138000"
	for _, tt := range []struct{ text, want string }{
		{"50", "send to=" + to + " amount=50.00"},
		{"50.5", "send to=" + to + " amount=50.50"},
		{"1500", "send to=" + to + " amount=1500.00"},
		{"15000", "send to=" + to + " amount=15000.00"},
		{"¥50", "send to=" + to + " amount=50.00"},
		{"50元", "send to=" + to + " amount=50.00"},
		{"五十元", "send to=" + to + " amount=50.00"},
		{"50 BANK", "send to=" + to + " amount=50.00 source=bank"},
		{"50 银行", "send to=" + to + " amount=50.00 source=bank"},
		{"50 for lunch", "send to=" + to + " amount=50.00 memo=\"for lunch\""},
		{"NO", "no"},
		{"否", "no"},
		{"STOP", "stop"},
		{"582193", "pin"},
		{"5 8 2 1 9 3", "pin"},
		{"pin 5821", "pin"},
		{"YES", "amount"},
		{"BAL", "amount"},
		{"hello", "amount"},
		{"PAY 8001 25", "amount"},
		{"50 13900139000", "two numbers"},
		{"0", "zero"},
	} {
		for _, language := range []lang.Lang{lang.EN, lang.ZH} {
			o, refusal := g.Parse(g.SendTo(language, to, tt.text))
			got := ""
			if refusal != nil {
				got = string(refusal.Reason)
			} else {
				got = written(o)
			}
			if got != tt.want {
				t.Errorf("%q in %s: %s, want %s", tt.text, language, got, tt.want)
			}
		}
	}
}

// FuzzSendTo: whatever is texted to the address of a number, nobody else is paid, and what
// looks like a PIN of six digits is no order.
func FuzzSendTo(f *testing.F) {
	for _, text := range []string{"50", "582193", "50 BANK", "pay 8001 5", "no", "5 8 2 1 9 3", "５０元", "send 50 13900139000"} {
		f.Add(text)
	}
	g := grammar(f)
	f.Fuzz(func(t *testing.T, text string) {
		const to = "+8613800138000"
		o, refusal := g.Parse(g.SendTo(lang.EN, to, text))
		if refusal != nil {
			return
		}
		if o.Intent != order.No && o.Intent != order.Stop && (o.Intent != order.Send || o.To != to) {
			t.Fatalf("%q is read as %s", text, written(o))
		}
	})
}
