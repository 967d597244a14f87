package engine

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
)

// TestLifetimeEndsWithItsWork: end returns only once all that was started has returned.
func TestLifetimeEndsWithItsWork(t *testing.T) {
	t.Parallel()
	var l lifetime
	l.begin()
	if l.over() {
		t.Fatal("over before its end")
	}
	var ended atomic.Int64
	until := func(ctx context.Context) { <-ctx.Done(); ended.Add(1) }
	l.work(until, until, func(context.Context) { ended.Add(1) })
	l.work(until)
	l.end()
	if n := ended.Load(); n != 4 || !l.over() || !l.draining.Load() {
		t.Errorf("%d of 4 have ended, over %t, draining %t", n, l.over(), l.draining.Load())
	}
	l.end() // as Close after a start that failed
}

// TestOnceTellsTheFirst: a store that is lost is reported once, however many steps fail.
func TestOnceTellsTheFirst(t *testing.T) {
	t.Parallel()
	first := errors.New("first")
	var told []error
	report := once(func(err error) { told = append(told, err) })
	report(first)
	report(errors.New("second"))
	if len(told) != 1 || !errors.Is(told[0], first) {
		t.Errorf("told %v", told)
	}
	once(nil)(first) // nobody is told
}
