package process

import (
	"sync"

	"mpg/engine/payment"
)

// waiters let a call wait for the end of its payment.
type waiters struct {
	mu sync.Mutex
	by map[uint64]chan payment.Payment
}

func (w *waiters) begin(no uint64) <-chan payment.Payment {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.by == nil {
		w.by = make(map[uint64]chan payment.Payment)
	}
	ch := make(chan payment.Payment, 1)
	w.by[no] = ch
	return ch
}

func (w *waiters) end(no uint64) {
	w.mu.Lock()
	defer w.mu.Unlock()
	delete(w.by, no)
}

// tell hands the payment to whoever waits for it.
func (w *waiters) tell(p *payment.Payment) {
	w.mu.Lock()
	defer w.mu.Unlock()
	select {
	case w.by[p.No] <- *p: // a nil channel is never ready
	default:
	}
}

// Await returns a channel on which payment no comes once it has ended or is known to take
// long, and a func that must be called when nobody waits any more.
func (m *Machine) Await(no uint64) (ends <-chan payment.Payment, done func()) {
	return m.waiters.begin(no), func() { m.waiters.end(no) }
}
