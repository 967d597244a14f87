package outbox_test

import (
	"context"
	"iter"
	"strconv"
	"testing"

	"mpg/engine/lang"
	"mpg/engine/notice"
	"mpg/engine/outbox"
	"mpg/store"
)

// instant is a channel that takes everything at once.
type instant struct{ link }

func (*instant) Ready(ctx context.Context) error { return ctx.Err() }

func (*instant) Send(_ context.Context, _ *notice.Notice, done func(outbox.Outcome)) {
	done(outbox.Accepted)
}

// BenchmarkDispatcher measures what a row costs from the store to its mark,
// with 100 numbers that get texts in turn.
func BenchmarkDispatcher(b *testing.B) {
	rows := make([]store.OutRow, b.N)
	for i := range rows {
		n := notice.Notice{Medium: notice.SMS, Via: "main", From: "8888", To: "+86138" + strconv.Itoa(i%100), Lang: lang.EN, Text: lang.PaidPurse,
			Args: lang.Args{Ref: "PLYSSAYH", Amount: 12850, Party: lang.Party{Code: "8001", Name: lang.Name{EN: "BLUEBIRD FLORIST"}}}}
		row, err := n.Row()
		if err != nil {
			b.Fatal(err)
		}
		rows[i] = store.OutRow{ID: store.RowID(i + 1), Data: row.Data}
	}
	marked, all := 0, make(chan struct{})
	d, err := outbox.New(outbox.Config{
		Rows: func(_ context.Context, after store.RowID, _ int) iter.Seq2[store.OutRow, error] {
			return func(yield func(store.OutRow, error) bool) {
				for _, r := range rows[after:] {
					if !yield(r, nil) {
						return
					}
				}
			}
		},
		Done: func(_ context.Context, ids []store.RowID) error {
			if marked += len(ids); marked == len(rows) {
				close(all)
			}
			return nil
		},
		Channels: []outbox.Channel{&instant{link{name: "main"}}},
	})
	if err != nil {
		b.Fatal(err)
	}
	ctx, stop := context.WithCancel(b.Context())
	ended := make(chan struct{})
	b.ReportAllocs()
	b.ResetTimer()
	go func() { d.Run(ctx); close(ended) }()
	<-all
	stop()
	<-ended
}
