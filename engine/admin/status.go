package admin

import (
	"mpg/engine/acquirer"
	"mpg/engine/bank"
	"mpg/engine/bank/cbcmac"
)

// Status is what an operator sees first: which parts of mpg are at work here.
type Status struct {
	Modules   []Module    `json:"modules"`
	Banks     []BankState `json:"banks"`
	TwoPeople *TwoPeople  `json:"two_people,omitempty"` // left out where nobody has asked for it
	Refused   *Refused    `json:"refused,omitempty"`    // the configuration that was read last, if it was
}

// Refused is a configuration with mistakes, which was read while mpg was running: what was
// loaded before it stays in force.
type Refused struct {
	At  string   `json:"at"`  // when it was read, RFC 3339, UTC
	Why []string `json:"why"` // each mistake
}

// BankState is the state of one bank.
type BankState struct {
	Bank string `json:"bank"`
	// State is up, down, or refused: it has failed so often that orders for it are refused.
	State string           `json:"state"`
	Lines []bank.LineState `json:"lines"`
	Keys  []cbcmac.Check   `json:"keys"` // check values of the keys that are shared with it
}

// Module is a product, or a part that joins the core; one that is off takes no orders.
type Module struct {
	Name  string `json:"name"`
	What  string `json:"what"`
	On    bool   `json:"on"`
	Lacks string `json:"lacks,omitempty"` // what must be configured before it can take orders
}

// Status returns what is at work now.
func (r *Reader) Status() Status {
	status := Status{Modules: r.cfg.Modules(), Banks: []BankState{}, Refused: r.cfg.Rules().Refused}
	for _, one := range r.cfg.Acquirer.States() {
		status.Banks = append(status.Banks, bankState(&one))
	}
	return status
}

func bankState(one *acquirer.State) BankState {
	view := BankState{Bank: one.Bank, State: "down", Lines: []bank.LineState{}, Keys: []cbcmac.Check{}}
	switch {
	case one.Broken:
		view.State = "refused"
	case one.Up:
		view.State = "up"
	}
	view.Lines, view.Keys = append(view.Lines, one.Lines...), append(view.Keys, one.Keys...)
	return view
}
