package engine_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"mpg/engine/admin"
	"mpg/engine/bank"
	"mpg/engine/books"
	"mpg/engine/product"
	"mpg/engine/tariff"
	"mpg/store/money"
)

// fees is a price list for each product, with a tax in it.
const fees = `
[send]
product  = "mp2p"
percent  = "1"
tax_rate = "25"
[shop-small]
product = ["mpurse", "mdebit"]
to      = "4.99"
[shop]
product     = ["mpurse", "mdebit"]
from        = "5.00"
flat        = "1.00"
payer_share = "60"
`

// withFees has payments cost what text says.
func withFees(t *testing.T, text string) func(*world) {
	t.Helper()
	return func(w *world) { w.rules.Products.Tariff = tariffOf(t, text) }
}

func tariffOf(t *testing.T, text string) *tariff.Set {
	t.Helper()
	cny, _ := money.Lookup("CNY")
	known := tariff.Known{Currency: cny}
	for _, p := range product.All() {
		known.Products = append(known.Products, string(p.Name))
	}
	set, err := tariff.Load([]tariff.File{{Name: "fees.toml", Text: text}}, known)
	if err != nil {
		t.Fatal(err)
	}
	return set
}

// said reports whether a sentence was spoken in a call so far.
func (w *world) said(sentence string) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return strings.Contains(strings.Join(w.spoken, "|"), sentence)
}

// TestFeesOfEachProduct: the payer hears amount, fee and sum before the PIN, and both sides
// read their part afterwards; the money is where the row says, and the books agree.
func TestFeesOfEachProduct(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		text, other         string
		said                string
		paid, got           []string
		purse, theirs       string // accounts afterwards
		fees, tax, bankOwes string
	}{
		"mpurse": {"PAY 8001 100", "merchant:8001",
			"The amount is one hundred yuan.|The fee is sixty fen.|In all, you pay one hundred yuan and sixty fen.",
			[]string{"you paid CNY 100.60 to BLUEBIRD FLORIST", "including a fee of CNY 0.60", "Balance CNY 399.40"},
			[]string{"收到138****0001付款：99.60元（已扣手续费0.40元）"}, "399.40", "99.60", "1.00", "", "0.00"},
		"mdebit": {"PAY 8001 100 BANK", "merchant:8001",
			"In all, you pay one hundred yuan and sixty fen.|It will be paid from your bank account",
			[]string{"you paid CNY 100.60", "including a fee of CNY 0.60", "final"},
			[]string{"99.60元（已扣手续费0.40元）"}, "500.00", "99.60", "1.00", "", "100.60"},
		"mp2p": {"SEND 100 13800000002", "purse:" + li,
			"The fee is one yuan.|In all, you pay one hundred one yuan.",
			[]string{"you sent CNY 101.00 to 138****0002", "including a fee of CNY 1.00"},
			[]string{"you received CNY 100.00 from 138****0001", "Balance CNY 100.00"}, "399.00", "100.00", "0.80", "0.20", "0.00"},
		"no fee": {"PAY 8001 4.99", "merchant:8001", "The amount is four yuan and ninety-nine fen.|It will be paid from your purse.",
			[]string{"you paid CNY 4.99"}, []string{"收到138****0001付款：4.99元。"}, "495.01", "4.99", "0.00", "", "0.00"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, withFees(t, fees))
			w.bank.set(func() { w.bank.reply = bank.Reply{Approved: true, Code: "00", Reason: bank.Approved} })
			w.answers(wang, phone{keys: []string{pinOne}})
			w.text(wang, tt.text)
			w.expect(wang, tt.paid...)
			w.expect(map[bool]string{true: li, false: shop}[tt.other == "purse:"+li], tt.got...)
			if !w.said(tt.said) {
				t.Errorf("said %q, want %q", w.spoken, tt.said)
			}
			w.balance("purse:"+wang, tt.purse, tt.purse)
			w.balance(tt.other, tt.theirs, tt.theirs)
			w.balance("fees", tt.fees, tt.fees)
			w.balance("bank:icbc", tt.bankOwes, tt.bankOwes)
			if tt.tax != "" {
				w.balance("tax", tt.tax, tt.tax)
			}
			w.text(wang, "LAST")
			if fee := tt.fees != "0.00"; fee {
				w.expect(wang, "Last: ", ", fee CNY ")
			}
		})
	}
}

// TestFeesAreSetAsideWithThePayment: the sum is held from the order on, given back with it,
// and what is lacking for both is told at once.
func TestFeesAreSetAsideWithThePayment(t *testing.T) {
	t.Parallel()
	w := newWorld(t, withFees(t, fees))
	for text, short := range map[string]string{"SEND 500 13800000002": "5.00", "SEND 499.99 13800000002": "4.99", "SEND 600 13800000002": "106.00"} {
		w.text(wang, text)
		w.expect(wang, "short by CNY "+short+",", "nothing was taken")
		w.forget()
	}
	ring := make(chan struct{})
	w.answers(wang, phone{ring: ring})
	w.text(wang, "SEND 400 13800000002")
	w.until("the call", func() bool { return w.calls == 1 })
	w.balance("purse:"+wang, "500.00", "96.00")
	w.text(wang, "NO")
	w.expect(wang, "CNY 404.00", "was stopped")
	close(ring)
	w.balance("purse:"+wang, "500.00", "500.00")
	w.balance("fees", "0.00", "0.00")
}

// TestAPaymentKeepsItsRow: other fees that come into force while a payment waits for its PIN
// are for the orders after it.
func TestAPaymentKeepsItsRow(t *testing.T) {
	t.Parallel()
	w := newWorld(t, withFees(t, fees))
	keys := make(chan struct{})
	w.answers(wang, phone{keys: []string{pinOne}, wait: keys}, phone{keys: []string{pinOne}})
	w.text(wang, "SEND 100 13800000002")
	w.until("the call", func() bool { return w.calls == 1 })
	rules := w.e.Rules()
	rules.Products.Tariff = tariffOf(t, "[free]\nproduct = \"mp2p\"\n")
	w.e.SetRules(rules)
	close(keys)
	w.expect(wang, "you sent CNY 101.00")
	w.text(wang, "SEND 50 13800000002")
	w.expect(wang, "you sent CNY 50.00")
	ref := w.last().Ref
	p, err := w.e.Admin().Payment(context.Background(), ref)
	if err != nil || p.Tariff == nil || p.Tariff.Row != "free" || p.Tariff.Version != rules.Products.Tariff.Version() || p.Fee != "" {
		t.Errorf("%+v, %v", p, err)
	}
}

// TestWhatAPaymentShowsOfItsFee: parts, tax and row.
func TestWhatAPaymentShowsOfItsFee(t *testing.T) {
	t.Parallel()
	w := newWorld(t, withFees(t, fees+"tax_rate = \"25\"\nreturned = \"yes\"\n"))
	w.answers(wang, phone{keys: []string{pinOne}})
	w.text(wang, "PAY 8001 100")
	w.expect(wang, "you paid CNY 100.60")
	p, err := w.e.Admin().Payment(context.Background(), w.last().Ref)
	want := admin.FeeView{Received: "99.60", Fee: "1.00", PayerFee: "0.60", PayeeFee: "0.40", Tax: "0.20",
		Tariff: &admin.TariffView{Row: "shop", Version: w.e.Rules().Products.Tariff.Version(), Returned: true}}
	if err != nil || p.Amount != "100.60" || p.Fee != want.Fee || p.Received != want.Received || p.PayerFee != want.PayerFee || p.PayeeFee != want.PayeeFee || p.Tax != want.Tax || p.Tariff == nil || *p.Tariff != *want.Tariff {
		t.Errorf("%+v, %v", p, err)
	}
}

// TestADeclinedFee: what a bank declines takes no fee either.
func TestADeclinedFee(t *testing.T) {
	t.Parallel()
	w := newWorld(t, withFees(t, fees))
	w.bank.set(func() { w.bank.reply = bank.Reply{Code: "51", Reason: bank.Funds} })
	w.answers(wang, phone{keys: []string{pinOne}})
	w.text(wang, "PAY 8001 100 BANK")
	w.expect(wang, "CNY 100.60 to BLUEBIRD FLORIST was not paid", "Nothing was taken")
	for _, account := range []string{"fees", "merchant:8001", "bank:icbc"} {
		w.balance(account, "0.00", "0.00")
	}
}

// TestARefundReturnsTheFee: if the row says so, each side pays back what it got, in any number
// of parts; if it does not, the fee stays, and the shop pays what the customer ordered.
func TestARefundReturnsTheFee(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		order, returned string
		parts           []money.Amount // 0: all that is left
		purse, shop     string         // what they have in the end
		fees, tax, bank string
	}{
		"kept":             {"PAY 8001 100", "no", []money.Amount{0}, "499.40", "899.60", "0.80", "0.20", "0.00"},
		"whole":            {"PAY 8001 100", "yes", []money.Amount{0}, "500.00", "900.00", "0.00", "0.00", "0.00"},
		"in parts":         {"PAY 8001 100", "yes", []money.Amount{3333, 1, 3334, 0}, "500.00", "900.00", "0.00", "0.00", "0.00"},
		"a part":           {"PAY 8001 100", "yes", []money.Amount{5030}, "449.70", "949.80", "0.40", "0.10", "0.00"},
		"a bank's":         {"PAY 8001 100 BANK", "yes", []money.Amount{5030, 0}, "500.00", "900.00", "0.00", "0.00", "0.00"},
		"a bank's, a part": {"PAY 8001 100 BANK", "yes", []money.Amount{5030}, "500.00", "949.80", "0.40", "0.10", "50.30"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, withFees(t, "[small]\nproduct = [\"mpurse\", \"mdebit\"]\nto = \"0.99\"\n[row]\nproduct = [\"mpurse\", \"mdebit\"]\nfrom = \"1.00\"\nflat = \"1.00\"\ntax_rate = \"25\"\npayer_share = \"60\"\nreturned = \""+tt.returned+"\"\n"))
			w.bank.set(func() { w.bank.reply = bank.Reply{Approved: true, Code: "00", Reason: bank.Approved} })
			w.answers(wang, phone{keys: []string{pinOne}})
			w.moves(w.named(books.Float), books.Merchant("8001"), 90000)
			w.text(wang, tt.order)
			w.expect(wang, "you paid CNY 100.60")
			first := w.last()
			for i, part := range tt.parts {
				back, err := w.refund(string(rune('a'+i)), first.Ref, part)
				if err != nil {
					t.Fatalf("part %d: %v", i, err)
				}
				w.until("the refund", func() bool { return w.shown(back.Ref).Outcome == "paid" })
			}
			for account, want := range map[string]string{"purse:" + wang: tt.purse, "merchant:8001": tt.shop, "fees": tt.fees, "tax": tt.tax, "bank:icbc": tt.bank} {
				w.balance(account, want, want)
			}
			if tt.parts[len(tt.parts)-1] == 0 {
				if _, err := w.refund("more", first.Ref, 1); !errors.Is(err, admin.ErrRefunded) {
					t.Errorf("one more: %v", err)
				}
			}
		})
	}
}
