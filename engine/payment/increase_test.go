package payment_test

import (
	"errors"
	"maps"
	"testing"
	"time"

	"pgregory.net/rapid"

	"mpg/engine/payment"
	"mpg/engine/tariff"
	"mpg/store"
	"mpg/store/money"
)

// anyIncreasable returns a payment with a fee of any form whose amount a bank holds.
func anyIncreasable(t *rapid.T) *payment.Payment {
	terms := tariff.Terms{Flat: money.Amount(rapid.Int64Range(0, 300).Draw(t, "flat")), Percent: tariff.Whole / 100 * tariff.Percent(rapid.Int64Range(0, 9).Draw(t, "percent")),
		Rounding: tariff.HalfEven, Unit: rapid.SampledFrom([]money.Amount{1, 10, 100}).Draw(t, "unit"), PayerShare: tariff.Whole / 4 * tariff.Percent(rapid.Int64Range(0, 4).Draw(t, "share")),
		TaxRate: tariff.Whole / 20 * tariff.Percent(rapid.Int64Range(0, 4).Draw(t, "tax")), Account: "fees"}
	ordered := money.Amount(rapid.Int64Range(2000, 90000).Draw(t, "ordered"))
	fee := terms.Fee(ordered)
	const last = payment.AtConfirm + 3
	p := &payment.Payment{Tariff: &tariff.Applied{Terms: terms},
		Amounts: payment.Amounts{Ordered: ordered, Charged: ordered + fee.Payer, Received: ordered - fee.Payee, Fee: fee.Sum(), PayeeFee: fee.Payee, Tax: fee.Tax, Currency: "CNY"}}
	for _, leg := range []payment.Leg{{To: 2, Amount: p.Received, Code: payment.CodePay}, {To: 3, Amount: fee.Sum() - fee.Tax, Code: payment.CodeFee}, {To: 4, Amount: fee.Tax, Code: payment.CodeTax}} {
		if leg.From, leg.Held, leg.PostedAt = 1, true, last; leg.Amount > 0 {
			p.Plan.Legs = append(p.Plan.Legs, leg)
		}
	}
	p.Plan.Legs = append(p.Plan.Legs, anyCounted(t, p.Received, last)...)
	ask := payment.Ask{Bank: "icbc", Account: 1, Amount: p.Charged, Kind: payment.PreAuth}
	taken := ask
	taken.Kind, taken.From = payment.Completion, 1
	p.Date = "2026-11-26"
	p.Plan.Product, p.Plan.Capture, p.Plan.PINExempt, p.Plan.Asks = payment.MDebit, time.Hour, true, []payment.Ask{ask, taken}
	if err := p.Check(); err != nil {
		t.Fatal(err)
	}
	return p
}

// anyCounted returns legs that count amount in none, or some, of the periods of a receiver.
func anyCounted(t *rapid.T, amount money.Amount, stage payment.Stage) []payment.Leg {
	var legs []payment.Leg
	for i := range rapid.IntRange(0, 3).Draw(t, "periods") {
		legs = append(legs, payment.Leg{From: 9, To: store.AccountID(20 + i), Amount: amount, Currency: "UNIT", Code: payment.CodeUnit, Held: true, PostedAt: stage})
	}
	return legs
}

// countsAll checks that p counts, in each period, all that its payee receives.
func countsAll(t *rapid.T, p *payment.Payment) {
	counted := make(map[store.AccountID]money.Amount)
	for i, leg := range p.Plan.Legs {
		if leg.Code == payment.CodeUnit {
			counted[leg.To] += p.Moves(i)
		}
	}
	for period, amount := range counted {
		if amount != p.Received {
			t.Fatalf("period %d counts %d: %+v", period, amount, p.Amounts)
		}
	}
}

// TestACaptureCounts, in each period of the payee, what the payee receives, also without a row of
// a tariff.
func TestACaptureCounts(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		const last = payment.AtConfirm + 1
		ordered := money.Amount(rapid.Int64Range(100, 90000).Draw(t, "ordered"))
		fee := money.Amount(rapid.Int64Range(1, 50).Draw(t, "fee"))
		from := rapid.SampledFrom([]store.AccountID{1, 2}).Draw(t, "who pays the fee")
		p := &payment.Payment{Plan: payment.Plan{Product: payment.MPurse, PINExempt: true, Capture: time.Hour, Legs: []payment.Leg{
			{From: 1, To: 2, Amount: ordered, Code: payment.CodePay, Held: true, PostedAt: last},
			{From: from, To: 3, Amount: fee, Code: payment.CodeFee, Held: true, PostedAt: last}}},
			Amounts: payment.Amounts{Ordered: ordered, Charged: ordered, Received: ordered, Fee: fee, Currency: "CNY"}}
		if from == 1 {
			p.Charged += fee
		} else {
			p.Received, p.PayeeFee = p.Received-fee, fee
		}
		p.Plan.Legs = append(p.Plan.Legs, anyCounted(t, p.Received, last)...)
		if _, err := payment.Next(p, payment.Event{Kind: payment.Ordered, At: at(1)}); err != nil {
			t.Fatal(err)
		}
		countsAll(t, p)
		captured, err := p.CaptureOf(money.Amount(rapid.Int64Range(1, int64(ordered)).Draw(t, "captured")))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := payment.Next(p, payment.Event{Kind: payment.Capture, Amounts: captured, At: at(2)}); err != nil {
			t.Fatal(err)
		}
		countsAll(t, p)
	})
}

// TestAnyIncreases of a payment add up with its fees: the legs are what the amounts say, no part
// becomes smaller, what was refused and what is not answered changes nothing, and any amount up
// to the sum can be captured.
func TestAnyIncreases(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		p, now := anyIncreasable(t), at(1)
		fire := func(ev payment.Event) error {
			ev.At = now
			_, err := payment.Next(p, ev)
			return err
		}
		if err := fire(payment.Event{Kind: payment.Ordered}); err != nil {
			t.Fatal(err)
		}
		p.Requests = []uint64{1}
		if err := fire(payment.Event{Kind: payment.Approval, Request: 1}); err != nil || p.State != payment.Authorized {
			t.Fatal(p.State, err)
		}
		ends := p.Deadline
		counted := counting{p.Date: p.Charged}
		for no := uint64(2); no < uint64(rapid.IntRange(2, 6).Draw(t, "increases")); no++ {
			before := *p
			more, err := p.IncreaseOf(money.Amount(rapid.Int64Range(1, 50000).Draw(t, "more")))
			if err != nil {
				t.Fatal(err)
			}
			more.Date = rapid.SampledFrom([]string{"", "2026-11-27", "2026-11-28"}).Draw(t, "day")
			if err := fire(payment.Event{Kind: payment.RaiseAmount, More: more}); err != nil {
				t.Fatal(err)
			}
			if more.Date != "" {
				counted[more.Date] += more.Charged
			}
			counted.compare(t, p)
			p.Increasing().Request = no
			if p.Charged != before.Charged || len(p.Plan.Legs) != len(before.Plan.Legs) {
				t.Fatal("an increase that is not answered counts")
			}
			if _, err := p.IncreaseOf(1); !errors.Is(err, payment.ErrIncreasing) {
				t.Fatal(err)
			}
			if err := fire(payment.Event{Kind: payment.Raised, Request: no + 1}); !errors.Is(err, payment.ErrLate) {
				t.Fatal("the answer to another request counts", err)
			}
			answer := rapid.SampledFrom([]payment.Event{{Kind: payment.Raised}, {Kind: payment.NotRaised, Reason: payment.BankDeclined}, {Kind: payment.NotRaised, Reason: payment.BankSilent}}).Draw(t, "answer")
			answer.Request = no
			if err := fire(answer); err != nil {
				t.Fatal(err)
			}
			switch approved := answer.Kind == payment.Raised; {
			case approved && more.Date == "": // an older build has asked for it, and did not count it
				counted[p.Date] += more.Charged
			case !approved && more.Date != "":
				counted[more.Date] -= more.Charged
			}
			counted.compare(t, p)
			countsAll(t, p)
			grown := p.Charged == before.Charged+more.Charged && p.Ordered == before.Ordered+more.Ordered && p.Received >= before.Received && p.Fee >= before.Fee && p.Tax >= before.Tax
			if same := p.Charged == before.Charged && len(p.Plan.Legs) == len(before.Plan.Legs); answer.Kind == payment.Raised && !grown || answer.Kind != payment.Raised && !same {
				t.Fatalf("%s: %+v after %+v", answer.Kind, p.Amounts, before.Amounts)
			}
		}
		if !p.Deadline.Equal(ends) {
			t.Fatal("an increase has moved the deadline")
		}
		captures(t, p, fire)
	})
}

// counting is what a payment must count on each day.
type counting map[string]money.Amount

// compare checks that p counts that.
func (c counting) compare(t *rapid.T, p *payment.Payment) {
	maps.DeleteFunc(c, func(_ string, amount money.Amount) bool { return amount == 0 })
	if got := payment.DayChanges(nil, payment.DaySums(p)); !maps.Equal(got, c) {
		t.Fatalf("%v counts, want %v: %+v", got, c, p.Amounts)
	}
}

// captures takes any amount of what is held for p. Only that counts then, and first on the
// day of the order.
func captures(t *rapid.T, p *payment.Payment, fire func(payment.Event) error) {
	amount := money.Amount(rapid.Int64Range(1000, int64(p.Ordered)).Draw(t, "captured"))
	if rapid.Bool().Draw(t, "all") {
		amount = p.Ordered
	}
	captured, err := p.CaptureOf(amount)
	if err != nil {
		t.Fatalf("%d of %+v: %v", amount, p.Amounts, err)
	}
	if _, err := p.CaptureOf(p.Ordered + 1); !errors.Is(err, payment.ErrCapture) {
		t.Fatal("captured more than the sum", err)
	}
	if err := fire(payment.Event{Kind: payment.Capture, Amounts: captured}); err != nil {
		t.Fatalf("%d of %+v: %v", amount, p.Amounts, err)
	}
	countsAll(t, p)
	sums, sum := payment.DayChanges(nil, payment.DaySums(p)), money.Amount(0)
	for _, one := range sums {
		sum += one
	}
	if sum != p.Charged || sums[p.Date] < min(p.Charged, p.Plan.Asks[0].Amount) {
		t.Fatalf("%v counts: %+v", sums, p.Amounts)
	}
}
