package daemon

import (
	"context"
	"database/sql"
	"time"

	"mpg/engine"
	"mpg/engine/admin"
	"mpg/engine/api"
	"mpg/engine/phone"
	"mpg/engine/ref"
	"mpg/engine/report"
	"mpg/engine/tail"
	"mpg/engine/view"
	"mpg/store"
	"mpg/store/money"
)

// services returns what the operator's commands lead to.
func (r *readSide) services(engine *engine.Engine, books store.Store) api.Services {
	feed, _ := books.(store.Feed)
	currency, _ := money.Lookup(r.conf.Currency) // recover has found it
	refs := engine.Books().Refs
	return api.Services{Admin: engine.Admin(), View: r.view, Reports: r.reports(refs, currency, func() []string { return offered(engine.Admin()) }),
		Tail: tail.New(tail.Config{Feed: feed, Refs: refs, Currency: currency, Zone: r.conf.TimeZone.String()})}
}

// latestWait is the longest that a list waits for the view to show what has just been
// committed.
const latestWait = 2 * time.Second

// offered returns the names of the products and modules of the daemon.
func offered(service *admin.Service) (names []string) {
	for _, m := range service.Status().Modules {
		names = append(names, m.Name)
	}
	return names
}

// reports answers questions from the view. products returns the names of those that are
// offered.
func (r *readSide) reports(refs ref.Namer, currency money.Currency, products func() []string) *report.Reader {
	config := report.Config{Products: products, Refs: refs, Numbers: phone.NewReader(r.conf.Country), Currency: currency, Zone: r.conf.TimeZone, Now: time.Now}
	if r.view != nil {
		config.Latest = func(ctx context.Context) error {
			limited, cancel := context.WithTimeout(ctx, latestWait)
			defer cancel()
			return r.view.Latest(limited)
		}
		config.Read = func(ctx context.Context, fn func(context.Context, report.DB, time.Time) error) error {
			return r.view.Read(ctx, func(ctx context.Context, tx *sql.Tx, as view.AsOf) error { return fn(ctx, tx, as.At) })
		}
	}
	return report.New(config)
}
