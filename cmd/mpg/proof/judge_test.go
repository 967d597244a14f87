package proof

import (
	"fmt"
	"strings"

	"mpg/smpp/pdu"
	"mpg/store/money"
)

// lockAfter is how many wrong PINs lock.
const lockAfter = 3

// judge holds the journal of a run against the books that were read when all
// was quiet, and returns what is wrong. It knows nothing but r.
func judge(r *record) []string {
	c, _ := money.Lookup(r.Currency)
	j := &judgement{record: r, currency: c, byAmount: map[string]*order{}, byRef: map[string]*payment{}, told: map[string]map[said][]text{}}
	j.index()
	j.orders()
	j.payments()
	j.strayTexts()
	j.balances()
	j.bank()
	j.ledger()
	j.people()
	return j.faults
}

// judgement is one run being judged.
type judgement struct {
	*record
	currency money.Currency
	faults   []string

	byAmount map[string]*order
	byRef    map[string]*payment
	told     map[string]map[said][]text // by reference, "" for none
}

func (j *judgement) fault(format string, args ...any) {
	j.faults = append(j.faults, fmt.Sprintf(format, args...))
}

func (j *judgement) index() {
	for _, o := range j.Orders {
		amount := j.currency.Format(o.Amount)
		if j.byAmount[amount] != nil {
			j.fault("the run itself is of no use: two orders of %s", amount)
		}
		j.byAmount[amount] = o
	}
	for i := range j.Books.Payments {
		p := &j.Books.Payments[i]
		if j.byRef[p.Ref] != nil {
			j.fault("two payments with the reference %s", p.Ref)
		}
		j.byRef[p.Ref] = p
	}
	for _, t := range j.Texts {
		says, ref := read(t.Text)
		if j.told[ref] == nil {
			j.told[ref] = map[said][]text{}
		}
		j.told[ref][says] = append(j.told[ref][says], t)
	}
}

// orders: each acknowledged text has become one payment or one refusal.
func (j *judgement) orders() {
	payments := map[string][]*payment{} // by amount
	for i := range j.Books.Payments {
		if p := &j.Books.Payments[i]; p.Product != "topup" {
			payments[p.Amount] = append(payments[p.Amount], p)
		}
	}
	refused := map[string]int{} // orders without a payment, by sender
	for amount, o := range j.byAmount {
		switch {
		case o.Acked.IsZero():
			j.fault("the order %q of %s was never acknowledged", o.Text, o.From)
		case o.Status != pdu.ROK:
			j.fault("the order %q of %s was acknowledged with %v", o.Text, o.From, o.Status)
		}
		switch ps := payments[amount]; {
		case len(ps) > 1:
			j.fault("%d payments for the one order %q of %s", len(ps), o.Text, o.From)
		case len(ps) == 0:
			refused[o.From]++
		case ps[0].Payer != o.From || ps[0].Payee != o.Payee || ps[0].Product != o.Product:
			j.fault("the order %q of %s became %s from %s to %s", o.Text, o.From, ps[0].Product, ps[0].Payer, ps[0].Payee)
		}
		delete(payments, amount)
	}
	for _, ps := range payments {
		j.fault("payment %s of %s was never ordered", ps[0].Ref, ps[0].Amount)
	}
	j.refusals(refused)
}

// refusals: each order that became no payment was answered. Texts that name no
// payment are counted only; those that a lock or "not me" ended are among them.
func (j *judgement) refusals(want map[string]int) {
	for _, p := range j.Books.Payments {
		if p.Reason == "locked" || p.Reason == "not me" {
			want[p.Payer]++
		}
	}
	got := map[string]int{}
	for _, says := range []said{saidRefused, saidBusy, saidBarred} {
		for _, t := range j.told[""][says] {
			got[t.To]++
		}
	}
	for from, n := range want {
		if got[from] < n {
			j.fault("%s has %d orders that became nothing or were cut short, and %d answers that say so", from, n, got[from])
		}
	}
}

// payments: each has ended once, and both sides were told so.
func (j *judgement) payments() {
	for ref, p := range j.byRef {
		if p.Product == "topup" {
			continue
		}
		told := j.told[ref]
		switch {
		case p.State != "done":
			j.fault("payment %s stands in %s", ref, p.State)
		case p.Outcome == "paid":
			j.receipt(p, told[saidPaid], p.Payer)
			if phone := j.phone(p.Payee); phone != "" {
				j.receipt(p, told[saidReceived], phone)
			}
			if len(told[saidUnpaid]) > 0 {
				j.fault("payment %s was paid, and a text says %q", ref, told[saidUnpaid][0].Text)
			}
		default:
			j.unpaid(p, told)
		}
	}
}

// phone is the number of a payee; empty: it has none.
func (j *judgement) phone(payee string) string {
	if strings.HasPrefix(payee, "+") {
		return payee
	}
	return j.Shops[payee]
}

// receipt looks for one to that number which names the amount.
func (j *judgement) receipt(p *payment, told []text, to string) {
	for _, t := range told {
		if t.To == to && names(t.Text, p.Amount) {
			return
		}
	}
	j.fault("payment %s of %s was paid, and %s has no receipt", p.Ref, p.Amount, to)
}

// unpaid: no receipt exists, and who was told to wait knows the end.
func (j *judgement) unpaid(p *payment, told map[said][]text) {
	for _, receipt := range append(told[saidPaid], told[saidReceived]...) {
		j.fault("payment %s was not paid (%s), and %s has the receipt %q", p.Ref, p.Reason, receipt.To, receipt.Text)
	}
	nameless := p.Reason == "locked" || p.Reason == "not me" // counted among the refusals
	if len(told[saidUnpaid]) == 0 && !nameless {
		j.fault("payment %s was not paid (%s), and %s was never told", p.Ref, p.Reason, p.Payer)
	}
	// That it was being checked need not have been told: a text that was not sent
	// yet gives way to the one that tells the end.
	if told := len(told[saidNotPaid]); p.passed("doubt") && j.phone(p.Payee) != "" && told == 0 || !p.passed("doubt") && told != 0 {
		j.fault("payment %s was not paid, in doubt before: %v; %s was told %d times", p.Ref, p.passed("doubt"), p.Payee, told)
	}
}

func (p *payment) passed(state string) bool {
	for _, s := range p.Steps {
		if s.State == state {
			return true
		}
	}
	return false
}

// strayTexts: a text names a payment that is, to one of its two sides, and has
// no hole where a value should be.
func (j *judgement) strayTexts() {
	for ref, kinds := range j.told {
		for _, texts := range kinds {
			for _, t := range texts {
				p := j.byRef[ref]
				switch {
				case strings.HasPrefix(t.Text, "unreadable"), strings.Contains(t.Text, "{"), strings.Contains(t.Text, ". ,"),
					strings.Contains(t.Text, "CNY 0.00 to"), strings.Contains(t.Text, "（）"):
					j.fault("%s has a text that cannot be understood: %q", t.To, t.Text)
				case ref != "" && p == nil:
					j.fault("%s was told of %s, which is no payment: %q", t.To, ref, t.Text)
				case p != nil && t.To != p.Payer && t.To != j.phone(p.Payee):
					j.fault("%s was told of %s, which is none of theirs", t.To, ref)
				}
			}
		}
	}
}

// balances: what the receipts say, added up by account, is what the ledger has.
func (j *judgement) balances() {
	want := map[string]money.Amount{}
	var cash, bank money.Amount
	for number, top := range j.TopUps {
		want["purse:"+number] += top
		cash += top
	}
	for ref, told := range j.told {
		if len(told[saidPaid]) == 0 {
			continue
		}
		o := j.orderOf(told[saidPaid][0])
		if o == nil {
			j.fault("a receipt of %s names no amount that was ordered: %q", ref, told[saidPaid][0].Text)
			continue
		}
		if o.Product == "mdebit" {
			bank += o.Amount
		} else {
			want["purse:"+o.From] -= o.Amount
		}
		if strings.HasPrefix(o.Payee, "+") {
			want["purse:"+o.Payee] += o.Amount
		} else {
			want["merchant:"+o.Payee] += o.Amount
		}
	}
	for _, a := range j.Books.Accounts {
		j.balance(a, want[a.Account])
		delete(want, a.Account)
	}
	for name, amount := range want {
		j.fault("there is no account %s, which should hold %s", name, j.currency.Format(amount))
	}
	j.balance(j.Books.Float, cash)
	j.balance(j.Books.Bank, bank)
	if net := j.debited(""); net != bank {
		j.fault("the bank took %s in all, the receipts say %s", j.currency.Format(net), j.currency.Format(bank))
	}
}

// balance compares one account; nothing may be held in it.
func (j *judgement) balance(a account, want money.Amount) {
	if w := j.currency.Format(want); a.Posted != w {
		j.fault("%s holds %s, and the receipts add up to %s", a.Account, a.Posted, w)
	}
	if a.Available != a.Posted {
		j.fault("%s holds %s, of which only %s can be spent: a hold was left", a.Account, a.Posted, a.Available)
	}
}

// orderOf is the order whose amount a receipt names.
func (j *judgement) orderOf(receipt text) *order {
	for amount, o := range j.byAmount {
		if o.From == receipt.To && names(receipt.Text, amount) {
			return o
		}
	}
	return nil
}

// debited is what the bank took for good, less what it paid into accounts, of one amount
// or ("") in all.
func (j *judgement) debited(amount string) (net money.Amount) {
	for _, e := range j.Bank {
		if amount != "" && j.currency.Format(e.Amount) != amount {
			continue
		}
		net -= e.Change()
	}
	return net
}

// bank: it took what was paid from accounts, once each, and nothing else.
func (j *judgement) bank() {
	for amount, o := range j.byAmount {
		var paid money.Amount
		for _, p := range j.Books.Payments {
			if p.Amount == amount && p.Product == "mdebit" && p.Outcome == "paid" {
				paid += o.Amount
			}
		}
		if net := j.debited(amount); net != paid {
			j.fault("for the order %q of %s the bank took %s, and %s was paid", o.Text, o.From, j.currency.Format(net), j.currency.Format(paid))
		}
	}
}

// ledger: sound, debits are credits, no hold is left and no text waits.
func (j *judgement) ledger() {
	v := j.Books.Verify
	for _, f := range v.Faults {
		j.fault("ledger verify: %s", f)
	}
	if !v.Sound || v.Holds != 0 || v.Outbox != 0 || len(v.Trial) == 0 {
		j.fault("ledger verify: sound %t, %d holds, %d texts to send, %d currencies", v.Sound, v.Holds, v.Outbox, len(v.Trial))
	}
	for _, t := range v.Trial {
		if held, err := j.currency.Parse(t.Held); t.Debits != t.Credits || err != nil || held != 0 {
			j.fault("trial balance of %s: debits %s, credits %s, held %s", t.Currency, t.Debits, t.Credits, t.Held)
		}
	}
}

// people: nobody is locked or blocked who gave no cause, and nobody has an
// order open. A try is counted before the PIN is compared, so a kill in between
// makes a wrong one of it: else the daemon could be made to forget tries.
func (j *judgement) people() {
	for _, u := range j.Books.Users {
		switch {
		case u.Open:
			j.fault("%s still has an order open", u.Number)
		case u.State == "locked" && j.Wrong[u.Number]+j.Cut[u.Number] < lockAfter:
			j.fault("%s is locked after %d wrong PINs and %d calls cut off", u.Number, j.Wrong[u.Number], j.Cut[u.Number])
		case u.State == "blocked" && j.NotMe[u.Number] == 0:
			j.fault("%s is blocked (%s) and never said so", u.Number, u.Why)
		case u.State != "active" && u.State != "locked" && u.State != "blocked":
			j.fault("%s is %s", u.Number, u.State)
		}
	}
}
