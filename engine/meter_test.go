package engine_test

import (
	"sync"
	"testing"
	"time"

	"mpg/engine/admin"
	"mpg/engine/call"
	"mpg/engine/meter"
	"mpg/engine/payment"
)

// measured keeps the durations that the engine reports.
type measured struct {
	mu sync.Mutex
	by map[meter.Measure][]time.Duration
}

func (m *measured) take(of meter.Measure, d time.Duration) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.by == nil {
		m.by = make(map[meter.Measure][]time.Duration)
	}
	m.by[of] = append(m.by[of], d)
}

func (m *measured) of(of meter.Measure) []time.Duration {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.by[of]
}

// TestDurations: the time to the call, to its answer and to the receipt are measured
// once for a payment, by the engine's clock.
func TestDurations(t *testing.T) {
	t.Parallel()
	var m measured
	w := newWorld(t, func(w *world) { w.meter = m.take })
	ring, keys := make(chan struct{}), make(chan struct{})
	w.answers(wang, phone{ring: ring, wait: keys, keys: []string{pinOne}})
	w.text(wang, "PAY 8001 128.50")
	w.until("the phone rings", func() bool { return w.e.Stats().Calls.Load() == 1 })
	open := w.e.Stats().Open
	w.until("the payment to count as called about", func() bool { return open.Load(payment.Calling) == 1 }) // after the call has begun
	w.pass(3 * time.Second)
	close(ring)
	w.until("it is picked up", func() bool { return len(m.of(meter.CallToAnswer)) == 1 })
	w.pass(20 * time.Second)
	close(keys)
	w.expect(wang, "128.50")
	w.until("all is measured", func() bool {
		return len(m.of(meter.CallLength)) == 1 && len(m.of(meter.OrderToReceipt)) == 1 && open.Load(payment.Calling) == 0
	})
	for of, want := range map[meter.Measure]time.Duration{
		meter.OrderToCall: 0, meter.CallToAnswer: 3 * time.Second, meter.CallLength: 20 * time.Second, meter.OrderToReceipt: 23 * time.Second,
	} {
		if got := m.of(of); len(got) != 1 || got[0] != want {
			t.Errorf("measure %d: %v, want %v once", of, got, want)
		}
	}
}

// TestCallsThatWait: calls without a free line are counted, with the age of the
// oldest, and a payment whose call failed counts as waiting, across a restart too.
func TestCallsThatWait(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(w *world) { w.lines = 1 })
	_, err := w.e.Admin().TopUp(t.Context(), admin.Command{Key: "t2"}, li, 50000)
	if err != nil {
		t.Fatal(err)
	}
	ring := make(chan struct{})
	w.answers(wang, phone{ring: ring, end: call.EndBusy})
	w.answers(li, phone{end: call.EndBusy})
	w.text(wang, "PAY 8001 10")
	w.until("the phone rings", func() bool { return w.e.Stats().Calls.Load() == 1 })
	w.text(li, "PAY 8001 20")
	for deadline := time.Now().Add(patience); ; time.Sleep(time.Millisecond) {
		if n, _ := w.e.Calls().Waiting(); n == 1 { // it asks the clock, which until holds
			break
		}
		if time.Now().After(deadline) {
			t.Fatal("no call waits")
		}
	}
	w.pass(7 * time.Second)
	if _, oldest := w.e.Calls().Waiting(); oldest != 7*time.Second {
		t.Errorf("the oldest has waited %v", oldest)
	}
	close(ring)
	w.until("both calls have failed", func() bool { return w.e.Stats().Open.Load(payment.Waiting) == 2 })
	if n, oldest := w.e.Calls().Waiting(); n != 0 || oldest != 0 {
		t.Errorf("%d calls wait, since %v", n, oldest)
	}
	w.restart()
	if got := w.e.Stats().Open.Load(payment.Waiting); got != 2 {
		t.Errorf("after a restart %d payments wait", got)
	}
}
