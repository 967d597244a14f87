package engine

import (
	"context"
	"sync"
	"sync/atomic"
)

// lifetime spans the work of an engine, from Start to Close.
type lifetime struct {
	ctx      context.Context // of all work; ends with Close
	stop     context.CancelFunc
	draining atomic.Bool    // no more texts are taken in
	runs     sync.WaitGroup // what work has started
}

func (l *lifetime) begin() { l.ctx, l.stop = context.WithCancel(context.Background()) }

// over reports whether no more work may begin.
func (l *lifetime) over() bool { return l.ctx.Err() != nil }

// work starts each of works, which must end with ctx.
func (l *lifetime) work(works ...func(context.Context)) {
	for _, run := range works {
		l.runs.Go(func() { run(l.ctx) })
	}
}

// end ends what work has started, and waits for it.
func (l *lifetime) end() {
	l.draining.Store(true)
	l.stop()
	l.runs.Wait()
}

// once returns a function that tells the first error to report, if there is one.
func once(report func(error)) func(error) {
	var first sync.Once
	return func(err error) {
		first.Do(func() {
			if report != nil {
				report(err)
			}
		})
	}
}
