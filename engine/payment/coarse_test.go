package payment_test

import (
	"testing"
	"time"

	"mpg/engine/payment"
	"mpg/engine/tariff"
	"mpg/store/money"
)

// TestACaptureByACoarseRow: a fee in whole yuan drops by one between two amounts that differ
// by a fen. The smaller amount can be captured, the payee gets what is held, and the fee
// is at most what it was.
func TestACaptureByACoarseRow(t *testing.T) {
	t.Parallel()
	terms := tariff.Terms{Percent: tariff.Whole / 100, Rounding: tariff.HalfEven, Unit: 100, TaxRate: tariff.Whole / 4, Account: "fees"}
	ordered := money.Amount(15000)
	fee := terms.Fee(ordered)
	at := time.Date(2026, 11, 26, 8, 0, 0, 0, time.UTC)
	for amount := ordered; amount > 14900; amount-- {
		p := &payment.Payment{Tariff: &tariff.Applied{Terms: terms}, Plan: payment.Plan{Product: payment.MPurse, PINExempt: true, Capture: time.Hour, Legs: []payment.Leg{
			{From: 1, To: 2, Amount: ordered - fee.Payee, Code: payment.CodePay, Held: true, PostedAt: payment.AtConfirm + 1},
			{From: 1, To: 3, Amount: fee.Sum() - fee.Tax, Code: payment.CodeFee, Held: true, PostedAt: payment.AtConfirm + 1},
			{From: 1, To: 4, Amount: fee.Tax, Code: payment.CodeTax, Held: true, PostedAt: payment.AtConfirm + 1}}},
			Amounts: payment.Amounts{Ordered: ordered, Charged: ordered, Received: ordered - fee.Payee, Fee: fee.Sum(), PayeeFee: fee.Payee, Tax: fee.Tax, Currency: "CNY"}}
		if err := p.Check(); err != nil {
			t.Fatal(err)
		}
		if _, err := payment.Next(p, payment.Event{Kind: payment.Ordered, At: at}); err != nil {
			t.Fatal(err)
		}
		now, err := p.CaptureOf(amount)
		if err != nil {
			t.Fatalf("%d: %v", amount, err)
		}
		if _, err := payment.Next(p, payment.Event{Kind: payment.Capture, Amounts: now, At: at.Add(time.Minute)}); err != nil {
			t.Fatalf("%d: %v of %+v", amount, err, now)
		}
		if p.Charged != amount || p.Received > ordered-fee.Payee || p.Fee > fee.Sum() || p.Received+p.Fee != amount {
			t.Fatalf("%d: %+v", amount, p.Amounts)
		}
	}
}
