package engine

import (
	"sync"

	"mpg/engine/payment"
)

// watch lets a call wait for the end of its payment.
type watch struct {
	mu sync.Mutex
	by map[uint64]chan payment.Payment
}

func (w *watch) begin(no uint64) <-chan payment.Payment {
	w.mu.Lock()
	defer w.mu.Unlock()
	ch := make(chan payment.Payment, 1)
	w.by[no] = ch
	return ch
}

func (w *watch) end(no uint64) {
	w.mu.Lock()
	defer w.mu.Unlock()
	delete(w.by, no)
}

// tell hands the payment to whoever waits for it.
func (w *watch) tell(p *payment.Payment) {
	w.mu.Lock()
	defer w.mu.Unlock()
	select {
	case w.by[p.No] <- *p: // a nil channel is never ready
	default:
	}
}
