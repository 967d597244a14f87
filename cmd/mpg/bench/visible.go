package bench

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"mpg/engine/follow"
	"mpg/engine/view"
)

// How many payments arrive, and for how long, while it is measured how soon the view shows
// them.
const (
	visibleRate  = 1000 // payments a second
	visibleAtOne = 10   // in each batch
	visibleMost  = 10 * time.Second
)

// visible measures how long after its commit a payment becomes a row of the view.
func (l *viewLoad) visible(ctx context.Context) ([]Row, error) {
	runner, err := follow.New(follow.Config{Feed: l.books, Followers: []follow.Follower{l.view.Follower()}, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		return nil, err
	}
	following, end := context.WithCancel(ctx)
	var all sync.WaitGroup
	all.Go(func() { runner.Run(following) })
	defer all.Wait()
	defer end()
	if err := l.shows(ctx, l.books.Seq()); err != nil {
		return nil, err
	}
	took, paid, lasted, err := l.offer(ctx)
	if err != nil {
		return nil, err
	}
	slices.Sort(took)
	note := fmt.Sprintf("%d payments in %s, offered at %d/s; from the commit until the view has the rows that lists show; the limit is one second", paid, lasted.Round(time.Millisecond), visibleRate)
	return []Row{lessIsBetter("view/visible-p99", percentile(took, 0.99), "1s", 1, note)}, nil
}

// offer makes payments at the rate, and returns how long each batch took to be shown,
// how many there were, and for how long.
func (l *viewLoad) offer(ctx context.Context) (took []time.Duration, paid int, lasted time.Duration, err error) {
	var mu sync.Mutex
	var all sync.WaitGroup
	var failed []error
	tick := time.NewTicker(time.Second * visibleAtOne / visibleRate)
	defer tick.Stop()
	begun := time.Now()
	for time.Since(begun) < l.size.offered && err == nil {
		last := l.books.Seq() + visibleAtOne
		if err = l.life.Pay(ctx, visibleAtOne); err != nil {
			break
		}
		committed := time.Now()
		paid += visibleAtOne
		all.Go(func() {
			err := l.shows(ctx, last)
			mu.Lock()
			defer mu.Unlock()
			took, failed = append(took, time.Since(committed)), append(failed, err)
		})
		<-tick.C
	}
	lasted = time.Since(begun)
	all.Wait()
	return took, paid, lasted, errors.Join(append(failed, err)...)
}

// shows waits until the view has record seq, however long that takes.
func (l *viewLoad) shows(ctx context.Context, seq uint64) error {
	for {
		if err := l.view.CatchUp(ctx, seq); !errors.Is(err, view.ErrBehind) {
			return err
		}
	}
}
