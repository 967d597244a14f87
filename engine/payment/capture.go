package payment

import (
	"slices"

	"mpg/store"
	"mpg/store/money"
)

// Pays reports whether a leg of p pays what was ordered into account.
func (p *Payment) Pays(account store.AccountID) bool {
	return slices.ContainsFunc(p.Plan.Legs, func(leg Leg) bool { return leg.Code == CodePay && leg.To == account })
}

// CaptureOf returns the amounts by which p captures amount of what was ordered. The fee is
// worked out anew by the row in force when it was ordered. Without one, the other legs,
// such as fees, are captured in the proportion in which they were set aside, rounded down.
// The error is ErrCapture if amount is more than was set aside.
func (p *Payment) CaptureOf(amount money.Amount) (Amounts, error) {
	if p.Tariff != nil {
		return p.captureByRow(amount)
	}
	var ordered money.Amount
	for _, leg := range p.Plan.Legs {
		if leg.Code == CodePay {
			ordered += leg.Amount
		}
	}
	if amount <= 0 || amount > ordered || p.Granted > 0 && amount > p.Granted {
		return Amounts{}, ErrCapture
	}
	now := Amounts{Charged: amount, Received: amount, Captured: make([]money.Amount, len(p.Plan.Legs))}
	left := amount
	for i, leg := range p.Plan.Legs {
		part := leg.Amount.Part(amount, ordered)
		if leg.Code == CodePay {
			part = min(left, leg.Amount)
			left -= part
		}
		now.Captured[i] = part
		switch {
		case leg.Currency != "":
		case (leg.Code == CodeFee || leg.Code == CodeTax) && p.Pays(leg.From):
			now.Fee, now.Received = now.Fee+part, now.Received-part
		case leg.Code == CodeFee || leg.Code == CodeTax:
			now.Fee, now.Charged = now.Fee+part, now.Charged+part
		case leg.Code == CodeDiscount:
			now.Discount, now.Charged = now.Discount+part, now.Charged-part
		}
		if leg.Code == CodeTax && leg.Currency == "" {
			now.Tax += part
		}
	}
	return now, nil
}

// captureByRow is CaptureOf for a payment with a row. Its plan has one leg that pays, and at
// most one for the fee and one for its tax.
func (p *Payment) captureByRow(amount money.Amount) (Amounts, error) {
	if amount <= 0 || amount > p.Ordered || p.Granted > 0 && amount > p.Granted {
		return Amounts{}, ErrCapture
	}
	fee := p.Tariff.Terms.Fee(amount)
	// A fee in coarse steps may become so much smaller that the payee would get more of a
	// smaller amount than of all of it. No more is set aside for the payee; the difference
	// stays in the fee, which is then at most what it was.
	fee.Payee = max(fee.Payee, amount-p.Received)
	now := Amounts{Charged: amount + fee.Payer, Received: amount - fee.Payee, Fee: fee.Sum(), PayeeFee: fee.Payee, Tax: p.Tariff.Terms.TaxIn(fee.Sum()),
		Captured: make([]money.Amount, len(p.Plan.Legs))}
	if now.Received <= 0 {
		return Amounts{}, ErrCapture
	}
	for i := range p.Plan.Legs {
		switch p.Plan.Legs[i].Code {
		case CodePay, CodeUnit:
			now.Captured[i] = now.Received
		case CodeFee:
			now.Captured[i] = now.Fee - now.Tax
		case CodeTax:
			now.Captured[i] = now.Tax
		}
	}
	return now, nil
}
