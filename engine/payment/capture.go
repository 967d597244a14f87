package payment

import (
	"math/bits"
	"slices"

	"mpg/store"
	"mpg/store/money"
)

// Pays reports whether a leg of p pays what was ordered into account.
func (p *Payment) Pays(account store.AccountID) bool {
	return slices.ContainsFunc(p.Plan.Legs, func(leg Leg) bool { return leg.Code == CodePay && leg.To == account })
}

// CaptureOf returns the amounts by which p captures amount of what was ordered. The other
// legs, such as fees, are captured in the proportion in which they were set aside, rounded
// down. The error is ErrCapture if amount is more than was set aside.
func (p *Payment) CaptureOf(amount money.Amount) (Amounts, error) {
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
		part := share(leg.Amount, amount, ordered)
		if leg.Code == CodePay {
			part = min(left, leg.Amount)
			left -= part
		}
		now.Captured[i] = part
		switch {
		case leg.Currency != "":
		case leg.Code == CodeFee && p.Pays(leg.From):
			now.Fee, now.Received = now.Fee+part, now.Received-part
		case leg.Code == CodeFee:
			now.Fee, now.Charged = now.Fee+part, now.Charged+part
		case leg.Code == CodeDiscount:
			now.Discount, now.Charged = now.Discount+part, now.Charged-part
		}
	}
	return now, nil
}

// share returns whole × part / of, rounded down; part is at most of.
func share(whole, part, of money.Amount) money.Amount {
	high, low := bits.Mul64(uint64(whole), uint64(part))
	quotient, _ := bits.Div64(high, low, uint64(of))
	return money.Amount(quotient)
}
