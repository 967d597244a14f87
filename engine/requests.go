package engine

import (
	"cmp"
	"slices"
	"sync"
	"time"

	"mpg/engine/payment"
)

// requests holds the bank requests that are Listed, as of the last commit, for
// the metrics and the sweeper. The store has the same list.
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
	again time.Time // when to retry a doubt that could not be written
}

// keep updates the entry of request no from the store. It reads under the lock,
// because two commits may call it in the opposite order.
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

// all returns the listed requests for which keep is true.
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

// Unsettled counts the requests at one bank whose end is not known.
type Unsettled struct {
	Bank      string
	Reversing int           // reversal under way
	Doubt     int           // people decide: in doubt, or disputed
	Oldest    time.Duration // age of the oldest that is reversing
	OldDoubt  time.Duration // age of the oldest in doubt, since its answer became unknown
}

// Unsettled counts what is reversing and in doubt at each bank, including banks
// that are no longer configured.
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
