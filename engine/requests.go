package engine

import (
	"cmp"
	"slices"
	"sync"
	"time"

	"mpg/engine/payment"
)

// requests are the bank requests that are Listed, as of the last commit: what
// metrics and the sweeper look at. The store has the same list.
type requests struct {
	mu sync.Mutex
	by map[uint64]listed
}

// listed is one request that is being reversed, in doubt or disputed.
type listed struct {
	no    uint64
	bank  string
	state payment.RequestState
	since time.Time
	again time.Time // when a doubt that could not be written is tried again
}

// keep takes over request no as it is durable now. It reads under the lock: two
// commits may call it in the other order than they were made in.
func (l *requests) keep(w *work, no uint64) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	r, err := w.request(no)
	if err != nil {
		return err
	}
	if !r.Listed() {
		delete(l.by, r.No)
		return nil
	}
	l.by[r.No] = listed{no: r.No, bank: r.Bank, state: r.State, since: r.Since}
	return nil
}

func (l *requests) putOff(no uint64, until time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if one, ok := l.by[no]; ok {
		one.again = until
		l.by[no] = one
	}
}

// all are the listed requests for which keep is true.
func (l *requests) all(keep func(listed) bool) []listed {
	l.mu.Lock()
	defer l.mu.Unlock()
	var found []listed
	for _, one := range l.by {
		if keep(one) {
			found = append(found, one)
		}
	}
	slices.SortFunc(found, func(a, b listed) int { return cmp.Compare(a.no, b.no) })
	return found
}

// Unsettled are the requests at one bank whose end is not known.
type Unsettled struct {
	Bank      string
	Reversing int           // a reversal goes on
	Doubt     int           // people decide: in doubt, or disputed
	Oldest    time.Duration // of those reversing
	OldDoubt  time.Duration // of those in doubt, since their answer was unknown
}

// Unsettled counts what is reversing and in doubt at each bank, the configured
// ones and those that are no longer.
func (e *Engine) Unsettled() []Unsettled {
	now := e.cfg.Now()
	by := make(map[string]*Unsettled)
	for name := range e.cfg.Ports.Banks {
		by[name] = &Unsettled{Bank: name}
	}
	for _, one := range e.requests.all(func(listed) bool { return true }) {
		u := by[one.bank]
		if u == nil {
			u = &Unsettled{Bank: one.bank}
			by[one.bank] = u
		}
		age := max(0, now.Sub(one.since))
		if one.state == payment.RequestReversing {
			u.Reversing++
			u.Oldest = max(u.Oldest, age)
			continue
		}
		u.Doubt++
		u.OldDoubt = max(u.OldDoubt, age)
	}
	list := make([]Unsettled, 0, len(by))
	for _, u := range by {
		list = append(list, *u)
	}
	slices.SortFunc(list, func(a, b Unsettled) int { return cmp.Compare(a.Bank, b.Bank) })
	return list
}
