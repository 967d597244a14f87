package bank

import (
	"errors"
	"sync"

	"mpg/engine/bank/iso8583"
)

// exchanges ties answers to requests. It belongs to the Link and not to one line,
// so that an answer on a new line is known to be late.
type exchanges struct {
	mu      sync.Mutex
	waiting map[iso8583.Key]chan *iso8583.Message // each takes one message and is then forgotten
	recent  map[iso8583.Key]bool                  // true: answered; false: given up
	order   []iso8583.Key                         // of recent, oldest at next once it is full
	next    int
	stats   Stats
}

// Stats counts what came over the line and belonged to nothing that waited.
type Stats struct {
	Late      uint64 // answers to requests that were given up
	Duplicate uint64 // further answers
	Unmatched uint64 // answers to nothing that was asked
	Garbage   uint64 // messages that could not be read
	Unasked   uint64 // requests of the host that mpg does not serve
}

var errSameKey = errors.New("STAN and RRN are in use by an exchange that is not over")

func newExchanges() *exchanges {
	return &exchanges{
		waiting: make(map[iso8583.Key]chan *iso8583.Message),
		recent:  make(map[iso8583.Key]bool),
	}
}

// begin registers a request that is about to be written.
func (x *exchanges) begin(k iso8583.Key) (<-chan *iso8583.Message, error) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.waiting[k] != nil {
		return nil, errSameKey
	}
	c := make(chan *iso8583.Message, 1)
	x.waiting[k] = c
	return c, nil
}

// forget takes back a request that was not written.
func (x *exchanges) forget(k iso8583.Key) {
	x.mu.Lock()
	defer x.mu.Unlock()
	delete(x.waiting, k)
}

// giveUp ends the waiting for k. An answer that came in the meantime is returned:
// it was in time for us.
func (x *exchanges) giveUp(k iso8583.Key, c <-chan *iso8583.Message) *iso8583.Message {
	x.mu.Lock()
	defer x.mu.Unlock()
	select {
	case m := <-c:
		return m
	default:
	}
	delete(x.waiting, k)
	x.remember(k, false)
	return nil
}

// settle hands m to who waits for it. It reports true where m is the first answer
// to a request that was given up.
func (x *exchanges) settle(m *iso8583.Message) (late bool) {
	k := m.Key()
	x.mu.Lock()
	defer x.mu.Unlock()
	if c := x.waiting[k]; c != nil {
		delete(x.waiting, k)
		x.remember(k, true)
		c <- m
		return false
	}
	answered, known := x.recent[k]
	switch {
	case !known:
		x.stats.Unmatched++
	case answered:
		x.stats.Duplicate++
	default:
		x.stats.Late++
		x.recent[k] = true
		return true
	}
	return false
}

// remember keeps how k ended and drops the oldest of recentMax. The lock is held.
func (x *exchanges) remember(k iso8583.Key, answered bool) {
	if _, known := x.recent[k]; known {
		x.recent[k] = answered
		return
	}
	x.recent[k] = answered
	if len(x.order) < recentMax {
		x.order = append(x.order, k)
		return
	}
	delete(x.recent, x.order[x.next])
	x.order[x.next] = k
	x.next = (x.next + 1) % recentMax
}

func (x *exchanges) count(f func(*Stats)) {
	x.mu.Lock()
	defer x.mu.Unlock()
	f(&x.stats)
}
