package daemon

import (
	"context"
	"database/sql"
	"time"

	"mpg/engine/api"
	"mpg/engine/phone"
	"mpg/engine/report"
	"mpg/engine/tail"
	"mpg/engine/view"
	"mpg/store"
	"mpg/store/money"
)

// services returns what the operator's commands lead to.
func (d *Daemon) services() api.Services {
	feed, _ := d.store.(store.Feed)
	currency, _ := money.Lookup(d.conf.Currency) // recover has found it
	return api.Services{Admin: d.engine.Admin(), View: d.view, Reports: d.reports(currency),
		Tail: tail.New(tail.Config{Feed: feed, Refs: d.engine.Books().Refs, Currency: currency})}
}

// latestWait is the longest that a list waits for the view to show what has just been
// committed.
const latestWait = 2 * time.Second

// reports answers questions from the view.
func (d *Daemon) reports(currency money.Currency) *report.Reader {
	config := report.Config{Refs: d.engine.Books().Refs, Numbers: phone.NewReader(d.conf.Country), Currency: currency, Zone: d.conf.TimeZone, Now: time.Now}
	if d.view != nil {
		config.Latest = func(ctx context.Context) error {
			limited, cancel := context.WithTimeout(ctx, latestWait)
			defer cancel()
			return d.view.Latest(limited)
		}
		config.Read = func(ctx context.Context, fn func(context.Context, report.DB, time.Time) error) error {
			return d.view.Read(ctx, func(ctx context.Context, tx *sql.Tx, as view.AsOf) error { return fn(ctx, tx, as.At) })
		}
	}
	return report.New(config)
}
