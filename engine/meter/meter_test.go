package meter_test

import (
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"mpg/engine/meter"
)

func noon() time.Time { return time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC) }

func TestTallyCountsItsKeysOnly(t *testing.T) {
	t.Parallel()
	tally := meter.NewTally("a", "b")
	var all sync.WaitGroup
	for range 50 {
		all.Go(func() {
			tally.Add("a", 2)
			tally.Add("b", -1)
			tally.Add("c", 1)
		})
	}
	all.Wait()
	for key, want := range map[string]int64{"a": 100, "b": -50, "c": 0} {
		if got := tally.Load(key); got != want {
			t.Errorf("%s: %d, want %d", key, got, want)
		}
	}
	keys := tally.Keys()
	keys[0] = "changed"
	if got := tally.Keys(); !slices.Equal(got, []string{"a", "b"}) {
		t.Errorf("keys %v", got)
	}
	var none meter.Tally[string]
	if none.Add("a", 1); none.Load("a") != 0 {
		t.Error("a Tally without keys counts")
	}
}

// One receipt is measured for each order, whatever else is sent about it, and a clock that
// is set back reports nothing.
func TestReceipts(t *testing.T) {
	t.Parallel()
	var reported []time.Duration
	d := meter.NewDurations(func(of meter.Measure, took time.Duration) {
		if of != meter.OrderToReceipt {
			t.Errorf("measure %d", of)
		}
		reported = append(reported, took)
	})
	d.Ordered("A", noon())
	d.Ordered("B", noon())
	d.Ordered("C", noon())
	d.Receipt("A", noon().Add(3*time.Second))
	d.Receipt("A", noon().Add(9*time.Second)) // a second text about it
	d.Receipt("B", noon().Add(-time.Second))
	d.Receipt("C", noon())
	d.Receipt("D", noon()) // ordered before a restart
	if !slices.Equal(reported, []time.Duration{3 * time.Second, 0}) {
		t.Errorf("reported %v", reported)
	}
}

func TestNobodyIsTold(t *testing.T) {
	t.Parallel()
	d := meter.NewDurations(nil)
	d.Ordered("A", noon())
	d.Receipt("A", noon())
	d.Observe(meter.CallLength, time.Second)
}

// Orders that never get a receipt do not fill the memory: some of them are forgotten,
// and those that come later are measured again.
func TestOrdersAreBounded(t *testing.T) {
	t.Parallel()
	var orders meter.Orders
	const many = 3 << 16
	for i := range many {
		orders.Begin(fmt.Sprint(i), noon())
	}
	kept := 0
	for i := range many {
		if _, ok := orders.End(fmt.Sprint(i)); ok {
			kept++
		}
	}
	if kept == 0 || kept > 1<<16 {
		t.Errorf("%d of %d orders are remembered", kept, many)
	}
	if _, ok := orders.End("0"); ok {
		t.Error("an order ends twice")
	}
	later := noon().Add(time.Hour)
	orders.Begin("next", later)
	if at, ok := orders.End("next"); !ok || !at.Equal(later) {
		t.Errorf("the next order came at %v, %t", at, ok)
	}
}
