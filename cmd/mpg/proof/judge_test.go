package proof

import (
	"fmt"
	"slices"
	"strings"

	"mpg/smpp/pdu"
	"mpg/store/money"
)

// lockAfter is how many wrong PINs lock.
const lockAfter = 3

// judge holds the journal of a run against the books that were read when all
// was quiet, and returns what is wrong. It knows nothing but r.
func judge(r *record) []string {
	j := newJudgement(r)
	j.index()
	j.orders()
	j.payments()
	j.splits()
	j.refunds()
	j.claims()
	j.wishes()
	j.decisions()
	j.strayTexts()
	j.balances()
	j.bank()
	j.refundsAtBank()
	j.ledger()
	j.listed()
	j.people()
	return j.faults
}

// newJudgement returns a judgement that has judged nothing yet.
func newJudgement(r *record) *judgement {
	c, _ := money.Lookup(r.Currency)
	return &judgement{record: r, currency: c, bySum: map[string]*order{}, bySender: map[string][]*order{}, became: map[*order][]*payment{},
		byRef: map[string]*payment{}, told: map[string]map[said][]text{}, taken: map[movement]money.Amount{}, given: map[movement]money.Amount{}, refunded: map[string][]*payment{}}
}

// judgement is one run being judged.
type judgement struct {
	*record
	currency money.Currency
	faults   []string

	bySum    map[string]*order // by what the payer is charged, at first and in the end
	bySender map[string][]*order
	became   map[*order][]*payment
	byRef    map[string]*payment
	refunded map[string][]*payment      // what refunds a payment, by its reference
	told     map[string]map[said][]text // by reference, "" for none
	taken    map[movement]money.Amount  // by banks, less what they gave back
	given    map[movement]money.Amount  // by banks, less what they took back
}

func (j *judgement) fault(format string, args ...any) {
	j.faults = append(j.faults, fmt.Sprintf(format, args...))
}

func (j *judgement) index() {
	for _, o := range j.Orders {
		for _, sum := range []money.Amount{o.charged(), o.final()} {
			amount := j.currency.Format(sum)
			if other := j.bySum[amount]; other != nil && other != o {
				j.fault("the run itself is of no use: two orders of %s", amount)
			}
			j.bySum[amount] = o
		}
		j.bySender[o.From] = append(j.bySender[o.From], o)
	}
	for i := range j.Books.Payments {
		p := &j.Books.Payments[i]
		if j.byRef[p.Ref] != nil {
			j.fault("two payments with the reference %s", p.Ref)
		}
		j.byRef[p.Ref] = p
		if p.Product == "refund" || p.Product == "chargeback" {
			j.refunded[p.Of] = append(j.refunded[p.Of], p)
		}
	}
	j.indexBank()
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
	for i := range j.Books.Payments {
		p := &j.Books.Payments[i]
		switch o := j.bySum[p.Amount]; {
		case p.ordered() && o == nil:
			j.fault("payment %s of %s was never ordered", p.Ref, p.Amount)
		case p.ordered():
			j.became[o] = append(j.became[o], p)
		}
	}
	refused := map[string]int{} // orders without a payment, by sender
	for _, o := range j.Orders {
		switch {
		case o.Acked.IsZero():
			j.fault("the order %q of %s was never acknowledged", o.Text, o.From)
		case o.Status != pdu.ROK:
			j.fault("the order %q of %s was acknowledged with %v", o.Text, o.From, o.Status)
		}
		switch ps := j.became[o]; {
		case len(ps) > 1:
			j.fault("%d payments for the one order %q of %s", len(ps), o.Text, o.From)
		case len(ps) == 0:
			refused[o.From]++
		case ps[0].Payer != o.payer() || ps[0].Payee != o.Payee || ps[0].Product != o.Product:
			j.fault("the order %q of %s became %s from %s to %s", o.Text, o.From, ps[0].Product, ps[0].Payer, ps[0].Payee)
		case ps[0].Outcome == "paid" && ps[0].Amount != j.currency.Format(o.final()):
			j.fault("the order %q of %s was paid with %s, and the shop charged %s", o.Text, o.From, ps[0].Amount, j.currency.Format(o.final()))
		}
	}
	j.refusals(refused)
}

// ordered reports whether a subscriber ordered the payment by a text of its own.
func (p *payment) ordered() bool {
	return !slices.Contains([]string{"topup", "funding", "refund", "chargeback", "claim", "claim-back", "late-paid", "late-undone"}, p.Product)
}

// refusals: each order that became no payment was answered. Texts that name no
// payment are counted only; those that a lock or "not me" ended are among them.
func (j *judgement) refusals(want map[string]int) {
	for _, p := range j.Books.Payments {
		if p.ordered() && (p.Reason == "locked" || p.Reason == "not me") {
			want[j.phone(p.Payer)]++
		}
	}
	got := map[string]int{}
	for _, says := range []said{saidRefused, saidBarred, saidFirst} {
		for _, t := range j.told[""][says] {
			got[t.To]++
		}
	}
	for _, told := range j.told { // which names the payment that comes first, if a shop decides about it
		for _, t := range told[saidBusy] {
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
		if p.Product == "topup" || p.Product == "funding" {
			continue
		}
		told := j.told[ref]
		if p.State != "done" {
			j.fault("payment %s stands in %s", ref, p.State)
		}
		for _, r := range append(p.Earlier, p.Request) {
			if r != nil && r.open() {
				j.fault("payment %s is %s, and at the bank %s", ref, p.State, r.State)
			}
		}
		o := j.bySum[p.Amount]
		switch {
		case !p.ordered() || o == nil || p.State != "done":
		case p.paid():
			_, fees := o.end()
			j.receipt(p, told[saidPaid], j.phone(p.Payer), o.final(), fees.Payer)
			switch phone := j.phone(p.Payee); {
			case o.Claim:
				j.receipt(p, told[saidClaimFor], phone, o.received(), 0)
			case phone != "" && !o.toItself():
				j.receipt(p, told[saidReceived], phone, o.received(), fees.Payee)
			}
			for _, no := range slices.Concat(told[saidUnpaid], told[saidReturned], told[saidNotPaid]) {
				j.fault("payment %s was paid, and a text says %q", ref, no.Text)
			}
		case p.Outcome == "returned":
			j.returned(p, o, told)
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

// receipt looks for one to that number which names the amount, and the reader's fee if there
// is one.
func (j *judgement) receipt(p *payment, told []text, to string, sum, fee money.Amount) {
	amount := j.currency.Format(sum)
	for _, t := range told {
		if t.To == to && names(t.Text, amount) && (fee == 0 || namesFee(t.Text, j.currency.Format(fee))) {
			return
		}
	}
	j.fault("payment %s of %s was %s, and %s has no receipt of %s, with a fee of %s", p.Ref, p.Amount, p.Outcome, to, amount, j.currency.Format(fee))
}

// noReceipt: nobody was told that a payment was paid.
func (j *judgement) noReceipt(p *payment, told map[said][]text) {
	for _, receipt := range slices.Concat(told[saidPaid], told[saidReceived]) {
		j.fault("payment %s was not paid (%s), and %s has the receipt %q", p.Ref, p.Reason, receipt.To, receipt.Text)
	}
}

// returned: the payer knows how much is in the purse, and the payee that nothing comes.
func (j *judgement) returned(p *payment, o *order, told map[said][]text) {
	j.noReceipt(p, told)
	j.receipt(p, told[saidReturned], p.Payer, o.bankTakes(), 0)
	if phone := j.phone(p.Payee); phone != "" {
		j.receipt(p, told[saidNotPaid], phone, o.received(), 0)
	}
	for _, no := range told[saidUnpaid] {
		j.fault("payment %s was returned, and a text says %q", p.Ref, no.Text)
	}
}

// unpaid: no receipt exists, and who was told to wait knows the end.
func (j *judgement) unpaid(p *payment, told map[said][]text) {
	j.noReceipt(p, told)
	for _, back := range told[saidReturned] {
		j.fault("payment %s was not paid (%s), and a text says %q", p.Ref, p.Reason, back.Text)
	}
	nameless := p.Reason == "locked" || p.Reason == "not me" // counted among the refusals
	if len(told[saidUnpaid]) == 0 && !nameless {
		j.fault("payment %s was not paid (%s), and %s was never told", p.Ref, p.Reason, p.Payer)
	}
	// That it was being checked need not have been told: a text that was not sent
	// yet gives way to the one that tells the end.
	due := p.passed("doubt") || p.passed("authorized") || p.passed("advising")
	other := j.phone(p.Payee) != "" && p.Payee != p.Payer
	if told := len(told[saidNotPaid]); due && other && told == 0 || !due && told != 0 {
		j.fault("payment %s was not paid, its payee has heard of it: %v; %s was told %d times", p.Ref, due, p.Payee, told)
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

// listed: the read side lists each payment of the ledger once, as it is, newest first.
func (j *judgement) listed() {
	if len(j.Books.Listed) != len(j.Books.Payments) {
		j.fault("the ledger has %d payments, and %d are listed", len(j.Books.Payments), len(j.Books.Listed))
		return
	}
	for i := range j.Books.Payments {
		p := &j.Books.Payments[i]
		if got := j.Books.Listed[len(j.Books.Listed)-1-i]; got != p.listed(j.Books.Payments) {
			j.fault("payment %s is listed as %+v, and the ledger has %+v", p.Ref, got, p.listed(j.Books.Payments))
		}
	}
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
				case p != nil && t.To != j.phone(p.Payer) && t.To != j.phone(p.Payee):
					j.fault("%s was told of %s, which is none of theirs", t.To, ref)
				}
			}
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
