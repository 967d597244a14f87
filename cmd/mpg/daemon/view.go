package daemon

import (
	"context"
	"time"

	"mpg/engine/follow"
	"mpg/engine/view"
	"mpg/store"
)

// checkTick is how often the view looks whether its nightly check is due.
const checkTick = time.Minute

// openView opens the view and has it follow the journal. Nothing waits for it: while it is
// being built, only what reads it is refused. A view that cannot be opened does not stop the
// daemon, which takes orders without it.
func (d *Daemon) openView() error {
	feed, ok := d.store.(store.Feed)
	if !ok || !d.conf.View.Enabled {
		return nil
	}
	books := d.engine.Books()
	kept, err := view.Open(d.ctx, view.Config{Dir: d.conf.DataDir, Feed: feed, Ledger: d.store, Books: books.Identity, Zone: d.conf.TimeZone,
		Currency: d.conf.Currency, Number: books.Refs.Number, Now: time.Now, Log: d.log})
	if err != nil {
		d.log.Error("the view cannot be opened, and nothing can be listed or searched", "err", err)
		return nil
	}
	runner, err := follow.New(follow.Config{Feed: feed, Followers: []follow.Follower{kept.Follower()}, Log: d.log})
	if err != nil {
		return err
	}
	d.view = kept
	d.serves.Go(func() { runner.Run(d.ctx) })
	d.serves.Go(func() {
		ticker := time.NewTicker(checkTick)
		defer ticker.Stop()
		kept.CheckNightly(d.ctx, ticker.C)
	})
	return nil
}

// View returns the view of an open daemon, or nil if it keeps none.
func (d *Daemon) View() *view.View { return d.view }

// AwaitView waits until the view shows all that was committed before the call. It reports
// false if ctx ends first, or if there is no view.
func (d *Daemon) AwaitView(ctx context.Context) bool {
	return d.view != nil && d.view.Latest(ctx) == nil
}

// viewOld is the age from which the view is reported as behind.
const viewOld = time.Minute

// viewGauges returns the figures of the view.
func (d *Daemon) viewGauges() []gauge {
	if d.view == nil {
		return nil
	}
	return []gauge{
		{"mpg_view_lag_records", "Records of the journal that the view does not show yet.", nil, false, func() float64 { return float64(d.view.Lag()) }},
		{"mpg_view_as_of_seconds", "How long ago the books were as the view shows them; 0: it shows everything.", nil, false, func() float64 { return d.view.Age().Seconds() }},
		{"mpg_view_failures_total", "Attempts to bring the view up to date that failed and were repeated.", nil, true, count(d.view.Failures)},
		{"mpg_view_check_differences", "Differences between the view and the ledger that the last check found; must be 0.", nil, false, count(d.view.Differences)},
	}
}
