package report

import (
	"cmp"
	"context"
	"database/sql"
	"math"
	"slices"

	"mpg/engine/payment"
)

// Latency says how long payments took from one state to another. The times come from a
// histogram whose buckets double, and are exact to within their bucket; the longest is exact.
type Latency struct {
	Product string  `json:"product"`
	From    string  `json:"from,omitempty"` // empty: the order
	To      string  `json:"to"`             // of the whole: done
	Count   int64   `json:"count"`
	P50     float64 `json:"p50_seconds"`
	P95     float64 `json:"p95_seconds"`
	P99     float64 `json:"p99_seconds"`
	Max     float64 `json:"max_seconds"`
}

// bucket counts the times from half of a power of two milliseconds up to it. least and most
// are the shortest and the longest of them.
type bucket struct {
	product, from, to  string
	count, least, most int64
}

// latencies returns how long the payments took that ended on the day.
func (r *dayReading) latencies(ctx context.Context) ([]Latency, error) {
	const query = `SELECT product, from_state, to_state, count, least, most FROM stage WHERE day = ? ORDER BY product, from_state, to_state, bucket`
	var all []Latency
	var same []bucket
	end := func() {
		if len(same) > 0 {
			all = append(all, latencyOf(same))
		}
		same = same[:0]
	}
	for b, err := range rowsOf(ctx, r.reading, query, []any{dayNumber(r.at)}, bucketOf) {
		if err != nil {
			return nil, err
		}
		if len(same) > 0 && (b.product != same[0].product || b.from != same[0].from || b.to != same[0].to) {
			end()
		}
		same = append(same, b)
	}
	end()
	states := payment.States()
	slices.SortStableFunc(all, func(a, b Latency) int {
		return cmp.Or(cmp.Compare(a.Product, b.Product), cmp.Compare(rank(states, a.From), rank(states, b.From)), cmp.Compare(rank(states, a.To), rank(states, b.To)))
	})
	return all, nil
}

// rank puts the whole before its parts, and these in the order in which a payment comes to
// them.
func rank(states []payment.State, state string) int {
	return slices.Index(states, payment.State(state))
}

func bucketOf(row *sql.Rows) (b bucket, err error) {
	return b, row.Scan(&b.product, &b.from, &b.to, &b.count, &b.least, &b.most)
}

// latencyOf sums up a histogram, which is in the order of its buckets.
func latencyOf(histogram []bucket) Latency {
	l := Latency{Product: histogram[0].product, From: histogram[0].from, To: histogram[0].to}
	for _, b := range histogram {
		l.Count, l.Max = l.Count+b.count, seconds(float64(b.most))
	}
	l.P50, l.P95, l.P99 = quantile(histogram, l.Count, 0.50), quantile(histogram, l.Count, 0.95), quantile(histogram, l.Count, 0.99)
	return l
}

// quantile returns the time in seconds that a part of all payments did not exceed, as if
// the times of a bucket were spread evenly from its shortest to its longest.
func quantile(histogram []bucket, count int64, part float64) float64 {
	rank := max(1, int64(math.Ceil(part*float64(count))))
	var below int64
	for _, b := range histogram {
		switch place := rank - below; {
		case place > b.count:
			below += b.count
		case place == b.count:
			return seconds(float64(b.most))
		default:
			return seconds(float64(b.least) + float64(b.most-b.least)*float64(place-1)/float64(b.count-1))
		}
	}
	return seconds(float64(histogram[len(histogram)-1].most)) // not reached: the buckets hold all of them
}

// seconds returns milliseconds as seconds, without digits that mean nothing.
func seconds(millis float64) float64 { return math.Round(millis) / 1000 }
