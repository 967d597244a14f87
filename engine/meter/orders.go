package meter

import (
	"sync"
	"time"
)

// ordersMax bounds the orders waiting for their receipt; beyond it some are not measured.
const ordersMax = 1 << 16

// Orders remembers when each order came, until its receipt is sent.
type Orders struct {
	mu sync.Mutex
	at map[string]time.Time // by reference
}

// Begin notes an order. It is called before the commit: the receipt may be sent before
// the goroutine that commits runs again.
func (o *Orders) Begin(ref string, at time.Time) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.at == nil || len(o.at) >= ordersMax {
		o.at = make(map[string]time.Time)
	}
	o.at[ref] = at
}

// End forgets the order and returns when it came.
func (o *Orders) End(ref string) (time.Time, bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	at, ok := o.at[ref]
	delete(o.at, ref)
	return at, ok
}
