package report

import (
	"context"
	"database/sql"
	"strings"
	"time"

	"mpg/engine/notice"
)

// Day sums up a local day: what became of the orders, how long that took, and which shops
// were paid most. An order counts on the day on which it ended.
type Day struct {
	Day      string     `json:"day"`
	Orders   int64      `json:"orders"`   // payments that ended, and orders that were refused
	Refused  int64      `json:"refused"`  // of these
	Funnel   []Stage    `json:"funnel"`   // by product
	Reasons  []Reason   `json:"reasons"`  // by product, channel and reason, the most frequent first
	Receipts []Receipts `json:"receipts"` // texts about the payments ordered on the day, by their fate
	Texts    []Texts    `json:"texts"`    // all that were sent on the day, or given up, by medium
	Times    []Latency  `json:"times"`    // by product: the whole, and each step from one state to another
	Shops    []ShopDay  `json:"shops"`    // those that were paid most
	AsOf     string     `json:"as_of,omitempty"`
	Zone     string     `json:"zone,omitempty"`
}

// Stage says how far the payments of a product came.
type Stage struct {
	Product   string `json:"product"`
	Ordered   int64  `json:"ordered"`   // payments that ended
	Called    int64  `json:"called"`    // their payer was called
	Confirmed int64  `json:"confirmed"` // by PIN, or none was needed
	Paid      int64  `json:"paid"`
	Sum       string `json:"sum"` // of those paid
}

// Reason says why orders ended, or were refused.
type Reason struct {
	Product string  `json:"product,omitempty"` // empty: refused before there was one
	Channel string  `json:"channel"`
	Reason  string  `json:"reason"`
	Count   int64   `json:"count"`
	Sum     string  `json:"sum,omitempty"`
	Mean    float64 `json:"mean_seconds"` // from the order to its end
}

// Receipts counts texts.
type Receipts struct {
	Class string `json:"class"`
	Fate  string `json:"fate"`
	Count int64  `json:"count"`
}

// Texts counts what became of the texts of a medium on a day.
type Texts struct {
	Medium  string `json:"medium"`
	Sent    int64  `json:"sent"`
	Failed  int64  `json:"failed"`  // refused because of the text or its recipient, or given up after many tries
	Dropped int64  `json:"dropped"` // since they were not wanted any more: a later text says more
}

// ShopDay is what a shop was paid on a day.
type ShopDay struct {
	Code     string `json:"code"`
	Name     string `json:"name"`
	Currency string `json:"currency"`
	Count    int64  `json:"count"`
	Sum      string `json:"sum"`
	Refunds  string `json:"refunds"`
}

// shopsMax is how many shops a Day lists.
const shopsMax = 10

// paid is the reason of payments that were paid, and refusedBy begins that of orders that
// were refused.
const (
	paid      = "paid"
	refusedBy = "refusal:"
)

// Day sums up the day that somebody typed; see ParseDay.
func (r *Reader) Day(ctx context.Context, typed string) (day Day, err error) {
	asOf, err := r.ask(ctx, func(ctx context.Context, in *reading) (err error) {
		day, err = in.day(ctx, typed)
		return err
	})
	day.AsOf = asOf
	return day, err
}

// dayReading sums up one day, which begins at a time.
type dayReading struct {
	*reading
	at time.Time
}

// day answers Day from one reading of view.db.
func (r *reading) day(ctx context.Context, typed string) (Day, error) {
	at, err := r.ParseDay(typed)
	if err != nil {
		return Day{}, err
	}
	sums := &dayReading{r, at}
	day := Day{Day: at.Format(dayForm), Zone: r.cfg.Zone.String()}
	if day.Funnel, err = sums.funnel(ctx); err != nil {
		return day, err
	}
	if err := sums.reasons(ctx, &day); err != nil {
		return day, err
	}
	if day.Receipts, err = sums.receipts(ctx); err != nil {
		return day, err
	}
	if day.Texts, err = sums.texts(ctx); err != nil {
		return day, err
	}
	if day.Times, err = sums.latencies(ctx); err != nil {
		return day, err
	}
	day.Shops, err = sums.shops(ctx)
	return day, err
}

// funnel counts, from the ways between states, how far payments came before they were paid.
// A payment goes each of these ways at most once.
func (r *dayReading) funnel(ctx context.Context) ([]Stage, error) {
	const query = `SELECT product,
			sum(CASE WHEN from_state = '' THEN count ELSE 0 END),
			sum(CASE WHEN from_state = 'received' AND to_state = 'calling' THEN count ELSE 0 END),
			sum(CASE WHEN to_state = 'confirmed' THEN count ELSE 0 END)
		FROM stage WHERE day = ? GROUP BY product ORDER BY product`
	return allOf(ctx, r.reading, query, []any{dayNumber(r.at)}, func(row *sql.Rows) (s Stage, err error) {
		return s, row.Scan(&s.Product, &s.Ordered, &s.Called, &s.Confirmed)
	})
}

// reasons counts why orders ended, and adds to the funnel what was paid.
func (r *dayReading) reasons(ctx context.Context, day *Day) error {
	const query = `SELECT product, channel, reason, sum(count), sum(sum), sum(ms_sum) FROM hour WHERE day = ?
		GROUP BY product, channel, reason ORDER BY 4 DESC, 1, 2, 3`
	paidBy := make(map[string]hours)
	day.Reasons = []Reason{}
	for got, err := range rowsOf(ctx, r.reading, query, []any{dayNumber(r.at)}, hourOf) {
		if err != nil {
			return err
		}
		if reason, refused := strings.CutPrefix(got.Reason.Reason, refusedBy); refused {
			got.Reason.Reason = reason
			day.Refused += got.Count
		} else if got.Reason.Reason == paid {
			sum := paidBy[got.Product]
			sum.Count, sum.sum = sum.Count+got.Count, sum.sum+got.sum
			paidBy[got.Product] = sum
		}
		day.Orders += got.Count
		if got.sum != 0 {
			got.Sum = r.amountIn(got.sum, "")
		}
		day.Reasons = append(day.Reasons, got.Reason)
	}
	for i := range day.Funnel {
		sum := paidBy[day.Funnel[i].Product]
		day.Funnel[i].Paid, day.Funnel[i].Sum = sum.Count, r.amountIn(sum.sum, "")
	}
	return nil
}

// hours is a row of the roll-up by hour.
type hours struct {
	Reason
	sum int64
}

func hourOf(row *sql.Rows) (h hours, err error) {
	var millis int64
	err = row.Scan(&h.Product, &h.Channel, &h.Reason.Reason, &h.Count, &h.sum, &millis)
	if h.Count != 0 {
		h.Mean = float64(millis) / 1000 / float64(h.Count)
	}
	return h, err
}

// receipts counts what became of the texts about the payments ordered on a day.
func (r *dayReading) receipts(ctx context.Context) ([]Receipts, error) {
	ordered := new(where)
	if err := r.numbersWithin(ctx, ordered, "payment", "product", Period{From: r.at, To: nextDay(r.at).Add(-time.Microsecond)}); err != nil {
		return nil, err
	}
	query := `SELECT class, fate, count(*) FROM notice WHERE payment <> 0 AND payment IN (SELECT no FROM payment` + ordered.clause() + ` AND day = ?)
		GROUP BY class, fate ORDER BY class, fate`
	return allOf(ctx, r.reading, query, append(ordered.values, dayNumber(r.at)), func(row *sql.Rows) (v Receipts, err error) {
		return v, row.Scan(&v.Class, &v.Fate, &v.Count)
	})
}

// texts counts what became of texts on a day, by medium.
func (r *dayReading) texts(ctx context.Context) ([]Texts, error) {
	const query = `SELECT medium, sum(CASE WHEN fate = 'sent' THEN count ELSE 0 END),
			sum(CASE WHEN fate = 'dropped' AND why IN (?1, ?2) THEN count ELSE 0 END),
			sum(CASE WHEN fate = 'dropped' AND why NOT IN (?1, ?2) THEN count ELSE 0 END)
		FROM daynotice WHERE day = ?3 GROUP BY medium ORDER BY medium`
	return allOf(ctx, r.reading, query, []any{string(notice.WhyRefused), string(notice.WhyGivenUp), dayNumber(r.at)}, func(row *sql.Rows) (v Texts, err error) {
		return v, row.Scan(&v.Medium, &v.Sent, &v.Failed, &v.Dropped)
	})
}

// shops returns the shops that were paid most on a day.
func (r *dayReading) shops(ctx context.Context) ([]ShopDay, error) {
	const query = `SELECT dayshop.merchant, coalesce(nullif(name, ''), name_zh, ''), dayshop.currency, count, sum, refunds
		FROM dayshop LEFT JOIN merchant ON code = dayshop.merchant WHERE day = ? ORDER BY sum DESC, dayshop.merchant LIMIT ?`
	return allOf(ctx, r.reading, query, []any{dayNumber(r.at), shopsMax}, func(row *sql.Rows) (ShopDay, error) {
		var s ShopDay
		var sum, refunds int64
		err := row.Scan(&s.Code, &s.Name, &s.Currency, &s.Count, &sum, &refunds)
		s.Sum, s.Refunds = amountOf(sum, s.Currency), amountOf(refunds, s.Currency)
		return s, err
	})
}
