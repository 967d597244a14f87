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
// such as fees, are captured in the proportion in which they were held, rounded down.
// The error is ErrCapture if amount is more than was held, and ErrCaptureFee if it does not
// cover the payee's fee.
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
		if leg.Code == CodeUnit {
			continue
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
	p.Plan.count(&now)
	return now, nil
}

// count sets what is captured of the legs that count what the payee receives: in each period, all
// of it. The account of a period has one such leg, and another one for each Increase.
func (p *Plan) count(now *Amounts) {
	counted := make(map[store.AccountID]money.Amount)
	for i := range p.Legs {
		if leg := &p.Legs[i]; leg.Code == CodeUnit {
			now.Captured[i] = min(now.Received-counted[leg.To], leg.Amount)
			counted[leg.To] += now.Captured[i]
		}
	}
}

// captureByRow is CaptureOf for a payment with a row. Its plan has one leg that pays, at
// most one for the fee and one for its tax, those that count, and as many for each Increase.
func (p *Payment) captureByRow(amount money.Amount) (Amounts, error) {
	if amount <= 0 || amount > p.Ordered || p.Granted > 0 && amount > p.Granted {
		return Amounts{}, ErrCapture
	}
	fee := p.Tariff.Terms.Fee(amount)
	// A fee in coarse steps may become so much smaller that the payee would get more of a
	// smaller amount than of all of it. No more is held for the payee; the difference
	// stays in the fee, which is then at most what it was.
	fee.Payer = min(fee.Payer, p.PayerFee())
	fee.Payee = min(max(fee.Payee, amount-p.Received), p.PayeeFee)
	now := Amounts{Charged: amount + fee.Payer, Received: amount - fee.Payee, Fee: fee.Sum(), PayeeFee: fee.Payee, Tax: min(p.Tariff.Terms.TaxIn(fee.Sum()), p.Tax),
		Captured: make([]money.Amount, len(p.Plan.Legs))}
	now.Tax = max(now.Tax, now.Fee-(p.Fee-p.Tax))
	if now.Received <= 0 {
		return Amounts{}, ErrCaptureFee
	}
	left := map[uint16]money.Amount{CodePay: now.Received, CodeFee: now.Fee - now.Tax, CodeTax: now.Tax}
	for i, leg := range p.Plan.Legs {
		now.Captured[i] = min(left[leg.Code], leg.Amount)
		left[leg.Code] -= now.Captured[i]
	}
	if left[CodePay]+left[CodeFee]+left[CodeTax] > 0 {
		return Amounts{}, ErrCapture
	}
	p.Plan.count(&now)
	return now, nil
}
