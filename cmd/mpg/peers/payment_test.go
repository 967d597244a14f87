package peers

import (
	"regexp"
	"testing"
	"time"
)

// payment is one order and what has to come of it.
type payment struct {
	payer  person
	words  string // the order
	coding int    // its alphabet
	payeeN string // number that gets the other receipt

	paid, got string // receipts, as patterns whose first group is the reference
}

// The orders: a purse and a bank account to the shop, in Chinese, and a purse to
// a purse, in English.
var (
	fromPurse = payment{payer: wang, words: "付 8001 128.50", coding: codingUCS2, payeeN: shopPhone,
		paid: `^已用钱包付给蓝鸟花店：128\.50元，余额371\.50元。单号(\w{8})，\d\d-\d\d \d\d:\d\d。$`,
		got:  `^收到\S*\*{4}0001付款：128\.50元。单号(\w{8})，\d\d-\d\d \d\d:\d\d。$`}
	fromBank = payment{payer: li, words: "付 8001 45 银行", coding: codingUCS2, payeeN: shopPhone,
		paid: `^已从银行账户付给蓝鸟花店：45\.00元，不可撤销。单号(\w{8})，\d\d-\d\d \d\d:\d\d。$`,
		got:  `^收到\S*\*{4}0002付款：45\.00元。单号(\w{8})，\d\d-\d\d \d\d:\d\d。$`}
	toPerson = payment{payer: tom, words: "SEND 20 13800000004", coding: codingDefault, payeeN: chen.number,
		paid: `^(\w{8}): you sent CNY 20\.00 to \S*\*{4}0004 from your purse on \d+ \w{3} \d\d:\d\d\. Balance CNY 80\.00\.$`,
		got:  `^收到\S*\*{4}0003转来：20\.00元，余额20\.00元。单号(\w{8})，\d\d-\d\d \d\d:\d\d。$`}
)

// order has the payer text it.
func (w *world) order(p payment) {
	w.t.Helper()
	w.smsc.text(p.payer.number, p.words, p.coding)
}

// receipts waits for both receipts, which name the same payment, and checks that
// `mpg payment show` knows it.
func (w *world) receipts(p payment) {
	w.t.Helper()
	paid := w.receipt(p.payer.number, p.paid)
	if got := w.receipt(p.payeeN, p.got); got != paid {
		w.t.Errorf("the receipts of one payment name %s and %s", paid, got)
	}
	var shown struct{ Ref, State, Payer string }
	w.ask(&shown, "payment", "show", paid)
	if shown.Ref != paid || shown.State != "done" || shown.Payer == "" {
		w.t.Errorf("payment %s is shown as %+v", paid, shown)
	}
}

// receipt waits for a text to number and returns the reference in it. Chinese
// comes in UCS-2, English in the default alphabet.
func (w *world) receipt(number, pattern string) (ref string) {
	w.t.Helper()
	words := regexp.MustCompile(pattern)
	eventually(w.t, "a receipt to "+number[len(number)-4:]+", "+pattern, func() bool {
		for _, e := range w.smsc.textsTo(number) {
			m := words.FindStringSubmatch(e.Text)
			if m == nil {
				continue
			}
			want := codingUCS2
			if isASCII(e.Text) {
				want = codingDefault
			}
			if ref = m[1]; e.Coding != want || e.From != shortCode || e.ESMClass != 0 {
				w.t.Errorf("receipt %+v: want data_coding %d from %s", e, want, shortCode)
			}
			return true
		}
		return w.t.Failed()
	})
	return ref
}

func isASCII(s string) bool {
	for _, r := range s {
		if r > 127 {
			return false
		}
	}
	return true
}

// wantBalances checks accounts, given by name and balance.
func (w *world) wantBalances(want map[string]string) {
	w.t.Helper()
	for account, balance := range want {
		if got := w.balance(account); got != balance {
			w.t.Errorf("%s has %s, want %s", account, got, balance)
		}
	}
	var books struct {
		Sound bool
		Holds int
		Trial []struct{ Debits, Credits string }
	}
	w.ask(&books, "ledger", "verify")
	if !books.Sound || books.Holds != 0 || len(books.Trial) != 1 || books.Trial[0].Debits != books.Trial[0].Credits {
		w.t.Errorf("the books: %+v", books)
	}
}

// textsMax is how many texts a payment may take: two receipts, and no more.
const textsMax = 2

// onlyReceipts checks that nobody got a text besides, but for those whose purse
// was filled.
func (w *world) onlyReceipts(payments int) {
	w.t.Helper()
	if n := w.smsc.count(named("submit")); n != textsMax*payments+w.topUps {
		w.t.Errorf("%d texts for %d payments:\n%s", n, payments, w.smsc.out.tail())
	}
}

// TestSIPp: three people pay at once in the three ways, on phones that are SIPp,
// in either law of G.711 and through either SMSC.
func TestSIPp(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		by   interpreter
		host int
		law  int
	}{
		{"npm smpp, PCMA", npmSMPP, hostSIPp, payloadPCMA},
		{"npm smpp, PCMU", npmSMPP, hostMuLaw, payloadPCMU},
		{"Net::SMPP, PCMA", netSMPP, hostPerl, payloadPCMA},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, c.by, c.host)
			phones := w.startSIPp(c.law, time.Second, wang, li, tom)
			w.serve(wang, li, tom, chen)
			w.pay(fromPurse, fromBank, toPerson)
			w.wantBalances(map[string]string{
				"purse:" + wang.number: "371.50", "merchant:" + shopCode: "173.50",
				"purse:" + tom.number: "80.00", "purse:" + chen.number: "20.00",
			})
			w.wantBank(li, bankFunds-45_00)
			phones.content()
			w.stop()
			w.judge(decoded{"smpp": 15, "sip": 15, "sdp": 6, "rtp": 300, "rtpevent": 21})
			w.wantLaw(c.law)
		})
	}
}

// pay orders all payments at once and waits for their receipts and no more.
func (w *world) pay(all ...payment) {
	w.t.Helper()
	for _, p := range all {
		w.order(p)
	}
	for _, p := range all {
		w.receipts(p)
	}
	w.onlyReceipts(len(all))
}

// wantLaw checks that each phone was spoken to in the law that it asked for.
func (w *world) wantLaw(law int) {
	w.t.Helper()
	var heard sounds
	for _, p := range w.received() {
		heard.put(p)
	}
	for _, s := range heard {
		if s.law != law {
			w.t.Errorf("a phone that asked for payload type %d was sent %d", law, s.law)
		}
	}
	if len(heard) == 0 {
		w.t.Error("no phone was sent any sound")
	}
}

// wantBank checks what the bank itself has in its book.
func (w *world) wantBank(p person, want int64) {
	w.t.Helper()
	if got, known := w.bank.Balance(p.account); !known || int64(got) != want {
		w.t.Errorf("the bank has %d on the account, want %d", got, want)
	}
}
