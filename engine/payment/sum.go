package payment

import (
	"fmt"

	"mpg/store"
	"mpg/store/money"
)

// Check returns what is wrong with the plan of a payment, or with its amounts, for its maker:
// an error here is a fault in the program, not in an order.
func (p *Payment) Check() error {
	if err := p.Plan.Check(); err != nil {
		return err
	}
	return p.addsUp()
}

// addsUp compares the amounts that people are told with what the legs move. What leaves the
// payer and a promotion's budget is what the payee and those who get the fee receive:
//
//	Charged + Discount = Received + Fee
//
// The legs of the fee, of its tax and of the discount are known by their codes. An account
// that money only passes through, such as one in transit, counts for nothing. Legs in another
// currency than the payment's, such as points, are not part of these amounts; since each leg
// moves one currency, that one adds up by itself.
func (p *Payment) addsUp() error {
	a := &p.Amounts
	var fee, tax, discount money.Amount
	for i := range p.Plan.Legs {
		leg, moves := &p.Plan.Legs[i], p.Moves(i)
		if leg.Currency != "" && leg.Currency != a.Currency {
			continue
		}
		switch leg.Code {
		case CodeTax:
			tax += moves
			fee += moves
		case CodeFee:
			fee += moves
		case CodeDiscount:
			discount += moves
		}
	}
	left := p.leaves()
	switch {
	case a.Charged < 0 || a.Received < 0 || a.Discount < 0:
		return fmt.Errorf("payment: less than nothing: charged %d, received %d, discount %d", a.Charged, a.Received, a.Discount)
	case a.PayeeFee < 0 || a.PayeeFee > a.Fee:
		return fmt.Errorf("payment: the payee pays %d of a fee of %d", a.PayeeFee, a.Fee)
	case fee != a.Fee || tax != a.Tax || discount != a.Discount:
		return fmt.Errorf("payment: fee %d, tax %d and discount %d, but the legs move %d, %d and %d", a.Fee, a.Tax, a.Discount, fee, tax, discount)
	case left != a.Charged+a.Discount:
		return fmt.Errorf("payment: charged %d and discounted %d, but the legs take %d", a.Charged, a.Discount, left)
	case left != a.Received+a.Fee:
		return fmt.Errorf("payment: received %d and fee %d, but the legs bring %d", a.Received, a.Fee, left)
	}
	return nil
}

// leaves returns what the legs take out of accounts that have it, stage by stage, in the order
// in which they are posted. An account that money passes through is paid no later than it pays,
// and never short; a bank that pays in and out, for a payer and a payee with accounts there, is
// short before it is paid.
func (p *Payment) leaves() money.Amount {
	now, least := make(map[store.AccountID]money.Amount), make(map[store.AccountID]money.Amount)
	for stage := range p.Plan.Last() + 1 {
		for i := range p.Plan.Legs {
			leg := &p.Plan.Legs[i]
			if leg.PostedAt != stage || leg.Currency != "" && leg.Currency != p.Currency {
				continue
			}
			moves := p.Moves(i)
			now[leg.From] -= moves
			now[leg.To] += moves
		}
		for id, has := range now {
			least[id] = min(least[id], has)
		}
	}
	var sum money.Amount
	for _, short := range least {
		sum -= short
	}
	return sum
}

// checkTransit returns an error if money would stay in an account that a leg pays before the
// last stage: only what passes through such an account can be handed back.
func (p *Plan) checkTransit() error {
	passes, net := make(map[store.AccountID]bool), make(map[store.AccountID]money.Amount)
	for i := range p.Legs {
		leg := &p.Legs[i]
		net[leg.From] -= leg.Amount
		net[leg.To] += leg.Amount
		if leg.PostedAt < p.Last() {
			passes[leg.To] = true
		}
	}
	for id := range passes {
		if net[id] != 0 {
			return fmt.Errorf("payment: %d stays in transit in account %d", net[id], id)
		}
	}
	return nil
}
