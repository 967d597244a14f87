package proof

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"mpg/engine/bank/host"
	"mpg/store/money"
)

// recordedRun is a run without faults, kept for the judge's own tests.
var recordedRun = filepath.Join("testdata", "run.json")

// TestJudge holds the judge to a recorded run: it finds nothing there, and
// every spoilt copy of it wrong.
func TestJudge(t *testing.T) {
	t.Parallel()
	b, err := os.ReadFile(recordedRun)
	if err != nil {
		t.Fatal(err)
	}
	var r record
	if err := json.Unmarshal(b, &r); err != nil {
		t.Fatal(err)
	}
	if faults := judge(&r); len(faults) > 0 {
		t.Fatalf("the recorded run is not good: %s", strings.Join(faults, "\n"))
	}
	bites(t, &r)
}

// spoil is one way in which a gateway may be wrong. do reports false where the
// record has nothing that could be spoilt so.
type spoil struct {
	name string
	do   func(r *record) bool
	says string // what the judge must say of it
}

// bitesMax bounds the orders of a record that is spoilt: each way of spoiling it judges all of
// it anew.
const bitesMax = 1000

// bites spoils a good record in each way, and fails where the judge does not
// say what is wrong.
func bites(t *testing.T, r *record) {
	t.Helper()
	for _, product := range []string{"mpurse", "mdebit", "mp2p", "relay", bankIn, bankOut, cashIn, cashOut, "claim", "chargeback", cardAtOnce} {
		if r.paid(product) < 0 {
			t.Fatalf("no %s was paid in this run", product)
		}
	}
	if r.ended("relay", "returned") < 0 {
		t.Fatal("no relay was returned in this run")
	}
	if r.refundAt("paid", false) < 0 || r.refundAt("paid", true) < 0 || r.refundAt("returned", true) < 0 {
		t.Fatal("not every kind of refund was made in this run")
	}
	if o, _ := r.split(); o == nil || r.sharedRefund() == nil {
		t.Fatal("no card and purse shared a payment and a refund in this run")
	}
	for _, s := range slices.Concat(spoils(), splitSpoils(), relaySpoils(), refundSpoils(), cashSpoils(), claimSpoils(), chargebackSpoils()) {
		t.Run(strings.ReplaceAll(s.name, " ", "-"), func(t *testing.T) {
			spoilt := clone(t, r)
			if !s.do(spoilt) {
				t.Fatal("nothing of the kind in this run")
			}
			faults := judge(spoilt)
			if !slices.ContainsFunc(faults, func(f string) bool { return strings.Contains(f, s.says) }) {
				t.Errorf("the judge does not say %q; it says %q", s.says, faults)
			}
		})
	}
}

func clone(t *testing.T, r *record) *record {
	t.Helper()
	b, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	c := new(record)
	if err := json.Unmarshal(b, c); err != nil {
		t.Fatal(err)
	}
	return c
}

// spoils are the ways.
func spoils() []spoil {
	return []spoil{
		{"a posting is removed", func(r *record) bool { return r.shift("mpurse", -1) }, "the receipts add up to"},
		{"a posting is doubled", func(r *record) bool { return r.shift("mpurse", 1) }, "the receipts add up to"},
		{"a posting to a person is removed", func(r *record) bool { return r.shift("mp2p", -1) }, "the receipts add up to"},
		{"a posting to a person is doubled", func(r *record) bool { return r.shift("mp2p", 1) }, "the receipts add up to"},
		{"a posting from the bank is removed", func(r *record) bool { return r.shift("mdebit", -1) }, "the receipts add up to"},
		{"a posting from the bank is doubled", func(r *record) bool { return r.shift("mdebit", 1) }, "the receipts add up to"},
		{"one side of a posting is lost", func(r *record) bool { r.Books.Verify.Trial[0].Debits = "0.01"; return true }, "trial balance"},
		{"a hold is left", func(r *record) bool { r.Books.Accounts[0].Available = "0.01"; return true }, "a hold was left"},
		{"a hold is counted", func(r *record) bool { r.Books.Verify.Holds = 1; return true }, "1 holds"},
		{"a receipt of the payer is missing", func(r *record) bool { return r.silence(saidPaid) }, "has no receipt"},
		{"a receipt of the payee is missing", func(r *record) bool { return r.silence(saidReceived) }, "has no receipt"},
		{"an acknowledged order is missing", missingOrder, "that became nothing"},
		{"a payment is doubled", doublePayment, "payments for the one order"},
		{"a payment was never ordered", strayPayment, "never ordered"},
		{"a payment never ends", func(r *record) bool { r.Books.Payments[r.paid("mpurse")].State = "calling"; return true }, "stands in calling"},
		{"an order was never acknowledged", func(r *record) bool { r.Orders[0].Acked = time.Time{}; return true }, "never acknowledged"},
		{"a bank still sets money aside", func(r *record) bool { r.Held = map[string]money.Amount{r.Bank[0].Account: 1}; return true }, "still set aside"},
		{"a bank debit is left", func(r *record) bool { return r.dropEntry(host.Restored) }, "the bank took"},
		{"a bank debit is missing", func(r *record) bool { return r.dropEntry(host.Debited) }, "the bank took"},
		{"the bank pays out what nobody asked for", func(r *record) bool {
			r.Bank = append(r.Bank, host.Entry{Outcome: host.Credited, Amount: 1})
			return true
		}, "the banks took"},
		{"a paid payment is called unpaid", liedAbout, "was not paid"},
		{"an end that nobody was told", func(r *record) bool { return r.silence(saidUnpaid) }, "told"},
		{"a receipt goes to a stranger", strangeReceipt, "none of theirs"},
		{"a payment goes to somebody else", func(r *record) bool { r.Books.Payments[r.paid("mpurse")].Payee = "8999"; return true }, "became mpurse"},
		{"somebody is locked for nothing", func(r *record) bool {
			u := &r.Books.Users[0]
			u.State, r.Wrong[u.Number], r.Cut[u.Number] = "locked", lockAfter-1, 0
			return true
		}, "is locked after 2 wrong PINs and 0 calls"},
		{"somebody is blocked for nothing", func(r *record) bool {
			u := &r.Books.Users[0]
			u.State, r.NotMe[u.Number] = "blocked", 0
			return true
		}, "never said so"},
		{"an order is left open", func(r *record) bool { r.Books.Users[0].Open = true; return true }, "still has an order open"},
		{"a payment is not listed", func(r *record) bool { r.Books.Listed = r.Books.Listed[1:]; return true }, "are listed"},
		{"a payment is listed as it was before", func(r *record) bool { r.Books.Listed[3].State = "calling"; return true }, "is listed as"},
		{"payments are listed in another order", func(r *record) bool { slices.Reverse(r.Books.Listed); return true }, "is listed as"},
		{"the ledger is unsound", func(r *record) bool { r.Books.Verify.Faults = []string{"a sum"}; return true }, "a sum"},
	}
}

// paid is the index of the first payment of the product that was paid; a record
// has each.
func (r *record) paid(product string) int { return r.ended(product, "paid") }

// ended is the index of the first payment of the product that ended so, or -1.
func (r *record) ended(product, outcome string) int {
	return slices.IndexFunc(r.Books.Payments, func(p payment) bool { return p.Product == product && p.Outcome == outcome })
}

// shift posts the first payment of the product by times more: -1 takes it back.
// Debits stay equal to credits.
func (r *record) shift(product string, times int) bool {
	p := r.Books.Payments[r.paid(product)]
	from, to := "purse:"+p.Payer, "merchant:"+p.Payee
	if product == "mp2p" {
		to = "purse:" + p.Payee
	}
	c, _ := money.Lookup(r.Currency)
	amount, _ := c.Parse(p.Amount)
	amount *= money.Amount(times)
	if product == "mdebit" {
		r.bank(p.Payer).add(c, amount) // the claim on the bank grows with the debit
	} else {
		r.account(from).add(c, -amount)
	}
	r.account(to).add(c, amount)
	return true
}

func (r *record) account(name string) *account {
	i := slices.IndexFunc(r.Books.Accounts, func(a account) bool { return a.Account == name })
	return &r.Books.Accounts[i]
}

// bank is the account of the bank of the person who has that number.
func (r *record) bank(number string) *account {
	i := slices.IndexFunc(r.Books.Banks, func(a account) bool { return a.Account == "bank:"+r.Banks[number] })
	return &r.Books.Banks[i]
}

func (a *account) add(c money.Currency, more money.Amount) {
	was, _ := c.Parse(a.Posted)
	a.Posted = c.Format(was + more)
	a.Available = a.Posted
}

// silence takes away every copy of the first text that says so and names its
// payment.
func (r *record) silence(what said) bool {
	gone := ""
	r.Texts = slices.DeleteFunc(r.Texts, func(t text) bool {
		says, ref := read(t.Text)
		if says != what || ref == "" || gone != "" && ref != gone {
			return false
		}
		gone = ref
		return true
	})
	return gone != ""
}

// missingOrder loses a payment that was ordered, with all that was said of it.
func missingOrder(r *record) bool {
	i := r.paid("mpurse")
	p := r.Books.Payments[i]
	r.Books.Payments = slices.Delete(r.Books.Payments, i, i+1)
	r.Texts = slices.DeleteFunc(r.Texts, func(t text) bool {
		says, ref := read(t.Text)
		return ref == p.Ref || t.To == p.Payer && ref == "" && says != saidOther
	})
	return true
}

func doublePayment(r *record) bool {
	p := r.Books.Payments[r.paid("mp2p")]
	p.Ref = "22222222"
	r.Books.Payments = append(r.Books.Payments, p)
	return true
}

func strayPayment(r *record) bool {
	p := r.Books.Payments[r.paid("mpurse")]
	p.Ref, p.Amount = "22222222", "99.99"
	r.Books.Payments = append(r.Books.Payments, p)
	return true
}

// dropEntry forgets the first entry of the bank with that outcome.
func (r *record) dropEntry(o host.Outcome) bool {
	i := slices.IndexFunc(r.Bank, func(e host.Entry) bool { return e.Outcome == o })
	if i < 0 {
		return false
	}
	r.Bank = slices.Delete(r.Bank, i, i+1)
	return true
}

func liedAbout(r *record) bool {
	p := &r.Books.Payments[r.paid("mdebit")]
	p.Outcome, p.Reason = "not paid", "expired"
	return true
}

func strangeReceipt(r *record) bool {
	i := slices.IndexFunc(r.Texts, func(t text) bool { says, _ := read(t.Text); return says == saidPaid })
	stray := r.Texts[i]
	stray.To = "+8613700000000"
	r.Texts = append(r.Texts, stray)
	return true
}
