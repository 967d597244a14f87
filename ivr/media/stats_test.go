package media

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"
)

func TestQuantilesAreNearTheTruth(t *testing.T) {
	t.Parallel()
	rnd := rand.New(rand.NewPCG(5, 6))
	var l, half Lateness
	var all []time.Duration
	for range 20_000 {
		d := time.Duration(rnd.ExpFloat64() * float64(3*time.Millisecond))
		all = append(all, d)
		half.record(d, 1)
	}
	l.add(&half)
	slices.Sort(all)
	for _, q := range []float64{0.01, 0.5, 0.9, 0.99, 0.999} {
		truth := all[int(q*float64(len(all)))-1]
		if got := l.Quantile(q); got < truth || got > truth+truth/8+2*time.Microsecond {
			t.Errorf("quantile %v is %v, in truth %v", q, got, truth)
		}
	}
	if l.Max() != all[len(all)-1] || l.Quantile(1) != l.Max() || l.Count() != 20_000 {
		t.Errorf("max %v of %d, in truth %v", l.Max(), l.Count(), all[len(all)-1])
	}
}

func TestExtremesOfLateness(t *testing.T) {
	t.Parallel()
	var l Lateness
	if l.Quantile(0.99) != 0 {
		t.Error("nothing was late")
	}
	l.record(time.Hour, 0)
	l.record(-time.Second, 1)
	l.record(0, 1)
	if l.Count() != 2 || l.Quantile(1) != 0 {
		t.Errorf("%d packets, the worst %v late", l.Count(), l.Quantile(1))
	}
	l.record(time.Hour, 1)
	if l.Quantile(1) > time.Hour || l.Max() != time.Hour {
		t.Errorf("the worst %v late", l.Quantile(1))
	}
	for b := range lateBuckets - 1 {
		if edge := lateEdge(b); lateBucket(edge-time.Microsecond) != b || lateBucket(edge) != b+1 {
			t.Fatalf("bucket %d does not end at %v", b, edge)
		}
	}
}
