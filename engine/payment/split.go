package payment

import (
	"slices"

	"mpg/store/money"
)

// TakesLess reports whether a bank may hold less than the PreAuth asks for. If not, an approval of
// less is undone.
func (p *Plan) TakesLess() bool { return p.Partial || p.Split != 0 }

// ToPurse returns how much of a refund goes to the customer's purse: what no bank is asked to pay
// back, or all of it once a bank has failed to. Of any other payment it is 0.
func ToPurse(p *Payment) money.Amount {
	if p.Plan.Product != PaidBack {
		return 0
	}
	sum := p.Charged
	if p.Passed(Returned) {
		return sum
	}
	for i := range p.Plan.Asks {
		sum -= p.Plan.Asks[i].Amount
	}
	return sum
}

// Capturable returns how much of an amount of p can be captured, or is released if nothing is. That
// is less than amount if the bank holds less than it was asked for and no purse pays the rest.
func Capturable(p *Payment, amount money.Amount) money.Amount {
	if p.Granted > 0 && p.Plan.FromPurse() == 0 {
		return min(amount, p.Granted)
	}
	return amount
}

// share has the purse pay what the card's issuer does not, if ev says that it holds only a part.
// The purse pays it into the account of the issuer, on which the other legs draw for all that is
// charged: the issuer then owes only what it takes. The purse's part is held from then on.
func (p *Plan) share(ev *Event) {
	if ev.Kind != Approval && ev.Kind != StandsPaid || p.Split == 0 || ev.Granted <= 0 || ev.Granted >= p.Asks[0].Amount {
		return
	}
	i := p.completion()
	rest := p.Asks[i].Amount - ev.Granted
	p.Asks = slices.Clone(p.Asks)
	p.Asks[i].Amount = ev.Granted
	p.Legs = append(slices.Clip(p.Legs), Leg{From: p.Split, To: p.Asks[i].From, Amount: rest, Code: CodeSplit, Held: true, HeldAt: p.Opens(0), PostedAt: p.Opens(i)})
}

// FromPurse returns how much Split pays of what the PreAuth asks for, because the bank holds only
// the rest.
func (p *Plan) FromPurse() money.Amount {
	var sum money.Amount
	for i := range p.Legs {
		if p.Legs[i].Code == CodeSplit {
			sum += p.Legs[i].Amount
		}
	}
	return sum
}
