package daemon

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"mpg/conf"
	"mpg/engine/books"
	"mpg/engine/follow"
	"mpg/engine/view"
	"mpg/store"
)

// readSide is what lists and searches come from. Nothing waits for it: while the view is
// being built, only what reads it is refused.
type readSide struct {
	conf *conf.File
	log  *slog.Logger
	view *view.View // nil: none is kept
}

// run opens the view and has it follow the journal. A view that cannot be opened does not
// stop the daemon, which takes orders without it.
func (r *readSide) run(ctx context.Context, kept store.Store, of *books.Books, serves *sync.WaitGroup) error {
	feed, ok := kept.(store.Feed)
	if !ok || !r.conf.View.Enabled {
		return nil
	}
	opened, err := view.Open(ctx, view.Config{Dir: r.conf.DataDir, Feed: feed, Ledger: kept, Books: of.Identity, Zone: r.conf.TimeZone,
		Currency: r.conf.Currency, Number: of.Refs.Number, Now: time.Now, Log: r.log})
	if err != nil {
		r.log.Error("the view cannot be opened, and nothing can be listed or searched", "err", err)
		return nil
	}
	runner, err := follow.New(follow.Config{Feed: feed, Followers: []follow.Follower{opened.Follower()}, Log: r.log})
	if err != nil {
		return err
	}
	r.view = opened
	serves.Go(func() { runner.Run(ctx) })
	serves.Go(func() {
		ticker := time.NewTicker(checkTick)
		defer ticker.Stop()
		opened.CheckNightly(ctx, ticker.C)
	})
	return nil
}

// checkTick is how often the view looks whether its nightly check is due.
const checkTick = time.Minute

// close closes the view.
func (r *readSide) close() error {
	if r.view == nil {
		return nil
	}
	return r.view.Close()
}

// lag returns by how many records the view is behind.
func (r *readSide) lag() uint64 {
	if r.view == nil {
		return 0
	}
	return r.view.Lag()
}

// viewOld is the age from which the view is reported as behind.
const viewOld = time.Minute

// gauges returns the figures of the view.
func (r *readSide) gauges() []gauge {
	if r.view == nil {
		return nil
	}
	return []gauge{
		{"mpg_view_lag_records", "Records of the journal that the view does not show yet.", nil, false, func() float64 { return float64(r.view.Lag()) }},
		{"mpg_view_as_of_seconds", "How old the state of the books is that the view shows; 0: it is up to date.", nil, false, func() float64 { return r.view.Age().Seconds() }},
		{"mpg_view_failures_total", "Attempts to bring the view up to date that failed and were repeated.", nil, true, count(r.view.Failures)},
		{"mpg_view_repairs_total", "Times that view.db was found damaged and was rebuilt.", nil, true, count(r.view.Repairs)},
		{"mpg_view_check_differences", "Differences between the view and the ledger that the last check found; must be 0.", nil, false, count(r.view.Differences)},
	}
}
