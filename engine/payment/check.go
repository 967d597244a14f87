package payment

import (
	"errors"
	"fmt"
	"slices"

	"mpg/store"
	"mpg/store/money"
)

// Check returns what is wrong with a plan, for its maker: an error here is a fault in the
// program, not in an order.
func (p *Plan) Check() error {
	last, early := p.Last(), false
	if len(p.Legs) == 0 || len(p.Legs) > legsMax {
		return fmt.Errorf("payment: a plan of %d legs", len(p.Legs))
	}
	for i, leg := range p.Legs {
		switch {
		case leg.Amount <= 0 || leg.From == leg.To:
			return fmt.Errorf("payment: leg %d moves nothing", i)
		case leg.PostedAt < AtConfirm || leg.PostedAt > last:
			return fmt.Errorf("payment: leg %d is posted at stage %d of %d", i, leg.PostedAt, last)
		case leg.Held && leg.HeldAt >= leg.PostedAt:
			return fmt.Errorf("payment: leg %d is held at stage %d and posted at %d", i, leg.HeldAt, leg.PostedAt)
		case !leg.Held && last > AtConfirm && !(IgnoresLimits(leg.Code) && p.drawsOnEarly(&leg)):
			return fmt.Errorf("payment: leg %d is not held, and could be refused after a bank has paid", i)
		case leg.PostedAt < last && leg.To == p.Back:
			return fmt.Errorf("payment: leg %d pays the account to which it would go back", i)
		case leg.PostedAt < last && p.drawsOnEarly(&leg):
			return fmt.Errorf("payment: leg %d moves money that another leg brought, and both would be handed back", i)
		case leg.PostedAt < last && leg.Currency != "":
			return fmt.Errorf("payment: leg %d would be handed back in another currency", i)
		}
		early = early || leg.PostedAt < last
	}
	setAside := len(p.Asks) > 0 && p.Asks[0].Kind == PreAuth
	if p.Capture < 0 || p.Capture > 0 && (early || len(p.Asks) > 0 && !(setAside && len(p.Asks) == 2)) {
		return errors.New("payment: only what is held can be captured in part")
	}
	if setAside && early {
		return errors.New("payment: what a bank only holds is moved on")
	}
	if early && p.Back == 0 {
		return errors.New("payment: money in transit has no account to go back to")
	}
	if err := p.checkTransit(); err != nil {
		return err
	}
	return p.checkAsks()
}

// checkAsks reports what is wrong with the requests of a plan. Each approval posts, at its
// stage, legs that move what the bank has moved: otherwise the books would say that nothing
// was taken when a later gate stays shut. Only the last request may pay out, since what one
// bank has paid to somebody cannot be handed back to the payer as well. A biller that the
// payment waits for is asked last, since what it has accepted cannot be taken back.
func (p *Plan) checkAsks() error {
	gates := p.gates()
	for i, ask := range p.Asks {
		switch {
		case ask.Bank == "" || ask.Account == 0 && ask.Kind != Notify || ask.Amount <= 0 || !ask.Kind.known():
			return fmt.Errorf("payment: request %d asks a bank for nothing", i)
		case ask.Kind.Pays() && i < gates-1:
			return fmt.Errorf("payment: request %d pays out before the other banks have agreed", i)
		case ask.Kind == Notify && (ask.Waits && i < gates-1 || !ask.Waits && i < gates):
			return fmt.Errorf("payment: request %d tells a biller before the banks have agreed", i)
		case (ask.Kind == Notify) != (ask.Bill != ""):
			return fmt.Errorf("payment: request %d tells no biller of a bill", i)
		case ask.Waits && ask.Kind != Notify:
			return fmt.Errorf("payment: request %d is to a bank, which is waited for in any case", i)
		case i < gates && !p.books(i):
			return fmt.Errorf("payment: no legs move what request %d asks for at the stage of its approval", i)
		}
	}
	return p.checkPreAuth()
}

// checkPreAuth reports what is wrong with a request to hold money. It comes first and
// its completion second, so that what is held is either taken or released.
func (p *Plan) checkPreAuth() error {
	for i, ask := range p.Asks {
		if ask.Kind == PreAuth && i > 0 || ask.Kind == Completion && i != 1 {
			return fmt.Errorf("payment: request %d is out of order", i)
		}
	}
	done := p.completion()
	if len(p.Asks) == 0 || p.Asks[0].Kind != PreAuth {
		if done >= 0 || p.TakesLess() || p.Decision != nil {
			return errors.New("payment: a capture of what no bank holds")
		}
		return nil
	}
	if done < 0 || p.gates() > done+1 {
		return errors.New("payment: what a bank holds is not what is taken in the end")
	}
	if set, taken := p.Asks[0], p.Asks[done]; set.Bank != taken.Bank || set.Account != taken.Account || set.Amount != taken.Amount+p.FromPurse() || set.Currency != taken.Currency {
		return errors.New("payment: a completion differs from what was held")
	}
	if p.Decision != nil && p.Decision.Within <= 0 {
		return errors.New("payment: the payee has no time to decide")
	}
	if p.Partial && p.Capture == 0 {
		return errors.New("payment: less than all can be held only if the amount is known later")
	}
	if p.Split != 0 && (p.Partial || p.Capture > 0 || len(p.Legs) == legsMax && p.FromPurse() == 0) {
		return errors.New("payment: a purse pays the rest only of an amount that is known, and needs a leg for it")
	}
	return nil
}

// books reports whether the legs posted by the approval of Asks[i] move its amount out of
// one account, which a Completion names, or into one if the bank pays. What is only held or told
// moves nothing, and what a purse pays into the account for a Completion is not the bank's.
func (p *Plan) books(i int) bool {
	ask, stage := &p.Asks[i], p.Opens(i)
	sums := make(map[store.AccountID]money.Amount)
	for k := range p.Legs {
		leg := &p.Legs[k]
		switch {
		case leg.PostedAt != stage:
		case ask.Kind.Takes():
			sums[leg.From] += leg.Amount
		case ask.Kind.Pays():
			sums[leg.To] += leg.Amount
		}
	}
	if ask.Kind == Completion {
		return sums[ask.From] == ask.Amount+p.FromPurse()
	}
	for _, sum := range sums {
		if sum == ask.Amount {
			return true
		}
	}
	return ask.Kind == PreAuth || ask.Kind == Notify
}

// drawsOnEarly reports whether another leg pays, before the last stage, into the account
// that leg draws on.
func (p *Plan) drawsOnEarly(leg *Leg) bool {
	return slices.ContainsFunc(p.Legs, func(other Leg) bool { return other.PostedAt < p.Last() && other.To == leg.From })
}

// legsMax bounds the legs of a plan, so that each has its own hold (see Payment.HoldID) and
// one Cmd can both make and end all of them, or post a part of each and give back the rest.
const legsMax = store.TransfersMax / 2

func (k Kind) known() bool { return k.Takes() || k.Pays() || k == PreAuth || k == Notify }
