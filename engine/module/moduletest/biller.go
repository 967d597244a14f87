package moduletest

import (
	"context"
	"errors"
	"sync"

	"mpg/engine/acquirer"
)

// Power is the name of the biller.
const Power = "power"

// errSilent says that the biller does not answer.
var errSilent = errors.New("moduletest: no answer")

// Biller is a simulated biller. It credits a bill once, however often it is told of it.
type Biller struct {
	mu    sync.Mutex
	bills map[string]*told
	does  func(bill acquirer.Bill, try int) (acquirer.Said, error)
}

// told is a bill that the biller knows.
type told struct {
	bill  acquirer.Bill
	tries int
	state acquirer.BillState
	asked int // queries
}

// Does sets how the biller answers from now on; nil: it accepts. It credits a bill that
// the answer accepts even if there is an error as well, which is then all that the
// caller learns.
func (b *Biller) Does(does func(bill acquirer.Bill, try int) (acquirer.Said, error)) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.does = does
}

// Silent returns the behaviour of a biller that does not answer; credits says whether it
// credits the bill.
func Silent(credits bool) func(acquirer.Bill, int) (acquirer.Said, error) {
	return func(acquirer.Bill, int) (acquirer.Said, error) {
		if credits {
			return acquirer.Said{State: acquirer.BillAccepted}, errSilent
		}
		return acquirer.Said{}, errSilent
	}
}

// Tell implements acquirer.Biller.
func (b *Biller) Tell(_ context.Context, bill acquirer.Bill) (acquirer.Said, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	known := b.bills[bill.ID]
	if known == nil {
		known = &told{bill: bill, state: acquirer.BillUnknown}
	}
	known.tries++
	said, err := acquirer.Said{State: acquirer.BillAccepted, Code: "ok"}, error(nil)
	if b.does != nil {
		said, err = b.does(bill, known.tries)
	}
	if known.state == acquirer.BillAccepted || known.state == acquirer.BillRefused {
		said.State = known.state // decided before
	}
	if said.State != "" {
		known.state = said.State
		b.bills[bill.ID] = known
	}
	return said, err
}

// Query implements acquirer.Biller.
func (b *Biller) Query(_ context.Context, id string) (acquirer.Said, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	known := b.bills[id]
	if known == nil {
		return acquirer.Said{State: acquirer.BillUnknown}, nil
	}
	known.asked++
	return acquirer.Said{State: known.state, Code: "as before"}, nil
}

// Credited returns the bills that the biller has credited, by their number, and how often
// it was told of each.
func (b *Biller) Credited() map[string]int {
	b.mu.Lock()
	defer b.mu.Unlock()
	all := make(map[string]int)
	for _, known := range b.bills {
		if known.state == acquirer.BillAccepted {
			all[known.bill.Number] += known.tries
		}
	}
	return all
}

// Decide has the biller credit the bills that it has not decided on.
func (b *Biller) Decide() {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, known := range b.bills {
		if known.state == acquirer.BillPending {
			known.state = acquirer.BillAccepted
		}
	}
}
