package payment

import (
	"slices"

	"mpg/store/money"
)

// Bank returns the name of the bank that is asked first, or "" for none.
func (p *Plan) Bank() string {
	if len(p.Asks) == 0 || p.Asks[0].Kind == Notify {
		return ""
	}
	return p.Asks[0].Bank
}

// FromBank reports whether the payer's bank pays.
func (p *Plan) FromBank() bool {
	return len(p.Asks) > 0 && (p.Asks[0].Kind == Debit || p.Asks[0].Kind == PreAuth)
}

// ToBank reports whether the payee gets the money at a bank.
func (p *Plan) ToBank() bool {
	return slices.ContainsFunc(p.Asks, func(ask Ask) bool { return ask.Kind == Credit })
}

// gates returns how many of the Asks have to be approved before the payment is made. The
// others follow them.
func (p *Plan) gates() int {
	gates := len(p.Asks)
	for gates > 0 && p.Asks[gates-1].Kind == Notify && !p.Asks[gates-1].Waits {
		gates--
	}
	return gates
}

// Last returns the stage at which the payment is made.
func (p *Plan) Last() Stage {
	last := AtConfirm + Stage(p.gates())
	if p.Capture > 0 {
		last++
	}
	return last
}

// captureAt returns the stage that the capture follows, if there is one.
func (p *Plan) captureAt() Stage {
	if i := p.completion(); i > 0 {
		return AtConfirm + Stage(i)
	}
	return p.Last() - 1
}

// completion returns the index of the Completion, or -1.
func (p *Plan) completion() int {
	return slices.IndexFunc(p.Asks, func(ask Ask) bool { return ask.Kind == Completion })
}

// awaitsCapture reports whether the gate after stage is the capture.
func (p *Plan) awaitsCapture(stage Stage) bool { return p.Capture > 0 && stage == p.captureAt() }

// Opens returns the stage that the approval of Asks[i], which is a gate, leads to.
func (p *Plan) Opens(i int) Stage {
	stage := AtConfirm + 1 + Stage(i)
	if p.Capture > 0 && stage > p.captureAt() {
		stage++
	}
	return stage
}

// after returns the request that is the gate after stage.
func (p *Plan) after(stage Stage) *Ask {
	i := int(stage - AtConfirm)
	if p.Capture > 0 && stage > p.captureAt() {
		i--
	}
	return &p.Asks[i]
}

// offers reports whether the payee is asked at stage, once its legs are taken.
func (p *Plan) offers(stage Stage) bool { return p.Decision != nil && stage == p.Opens(0) }

// takes reports whether legs are posted or held at stage, which is not the last.
func (p *Plan) takes(stage Stage) bool {
	for i := range p.Legs {
		if leg := &p.Legs[i]; leg.PostedAt == stage || leg.Held && leg.HeldAt == stage {
			return true
		}
	}
	return false
}

// LegState says where a leg of a payment is.
type LegState uint8

// The states of a leg.
const (
	LegPlanned  LegState = iota // nothing has been done yet, or ever will be
	LegHeld                     // it is held
	LegPosted                   // it has moved
	LegVoided                   // what was held was given back
	LegReturned                 // it had moved, and was handed back to Plan.Back
)

// Stage returns how far the payment has come.
func (p *Payment) Stage() Stage {
	stage := AtOrder
	for _, step := range p.Steps {
		if step.State == Confirmed || step.State == Approved || step.State == Captured {
			stage++
		}
	}
	return stage
}

// Leg returns where leg i is after the last step of the payment.
func (p *Payment) Leg(i int) LegState {
	leg, stage := &p.Plan.Legs[i], p.Stage()
	posted := leg.PostedAt <= stage
	if leg.PostedAt == p.Plan.Last() {
		posted = p.Passed(Posted)
	}
	switch {
	case posted && p.Passed(Returned):
		return LegReturned
	case posted:
		return LegPosted
	case len(p.Steps) == 0 || !leg.Held || leg.HeldAt > stage:
		return LegPlanned
	case p.Passed(Voided) || p.Passed(Returned):
		return LegVoided
	}
	return LegHeld
}

// HandedBack returns how much was handed back to Plan.Back.
func (p *Payment) HandedBack() money.Amount {
	var sum money.Amount
	for i := range p.Plan.Legs {
		if p.Leg(i) == LegReturned {
			sum += p.Plan.Legs[i].Amount
		}
	}
	return sum
}

// Moves returns how much of leg i is posted: the captured amount, or all of it.
func (p *Payment) Moves(i int) money.Amount {
	if p.Captured == nil {
		return p.Plan.Legs[i].Amount
	}
	return p.Captured[i]
}

// AskAmount returns how much Asks[i] is for: with a Completion what is captured of the legs
// that it moves.
func (p *Payment) AskAmount(i int) money.Amount {
	ask := &p.Plan.Asks[i]
	if ask.Kind != Completion || p.Captured == nil {
		return ask.Amount
	}
	var sum money.Amount
	for k := range p.Plan.Legs {
		if leg := &p.Plan.Legs[k]; leg.From == ask.From && leg.PostedAt == p.Plan.Opens(i) {
			sum += p.Moves(k)
		}
	}
	return sum
}

// PreAuth returns the number of the request that holds money for p at a bank, or 0.
func (p *Payment) PreAuth() uint64 {
	if len(p.Requests) == 0 || len(p.Plan.Asks) == 0 || p.Plan.Asks[0].Kind != PreAuth {
		return 0
	}
	return p.Requests[0]
}

// PaidBy returns the number of the request by which a bank paid p out of its payer's account:
// its debit or its completion, or 0.
func PaidBy(p *Payment) uint64 {
	for i, no := range p.Requests {
		if p.Plan.Asks[i].Kind.Takes() {
			return no
		}
	}
	return 0
}
