package engine_test

import (
	"context"
	"log/slog"
	"os"
	"slices"
	"testing"
	"time"

	"mpg/engine/follow"
	"mpg/engine/view"
	"mpg/engine/view/viewtest"
	"mpg/store"
)

// views opens a view of the world in a folder.
func (w *world) views(dir string) *view.View {
	w.t.Helper()
	zone, _ := time.LoadLocation("Asia/Shanghai")
	feed, _ := w.store.(store.Feed)
	v, err := view.Open(w.t.Context(), view.Config{Dir: dir, Feed: feed, Ledger: w.store, Books: "these", Zone: zone, Currency: "CNY",
		Number: w.e.Books().Refs.Number, Now: w.clock, Log: slog.New(slog.DiscardHandler), Every: time.Millisecond})
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() { _ = v.Close() })
	return v
}

// follows has a view follow the world until the test or the returned func ends it.
func (w *world) follows(v *view.View) (stop func()) {
	w.t.Helper()
	feed, _ := w.store.(store.Feed)
	runner, err := follow.New(follow.Config{Feed: feed, Followers: []follow.Follower{v.Follower()}, Log: slog.New(slog.NewTextHandler(os.Stderr, nil)), Retry: time.Second})
	if err != nil {
		w.t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() { runner.Run(ctx); close(ended) }()
	return func() { cancel(); <-ended }
}

func TestViewFollows(t *testing.T) {
	t.Parallel()
	w, _, _, _ := relayWorld(t)
	live := w.views(t.TempDir())
	stop := w.follows(live)
	w.answers(wang, phone{keys: []string{pinOne}})
	w.text(wang, "PAY 8001 128.50")
	first := w.ended()
	w.relay()
	w.text(wang, "PAY 8009 1")
	w.text(wang, "what")
	w.refund("r1", first.Ref, 2850)
	again := w.views(t.TempDir())
	stopAgain := w.follows(again)
	w.drained()
	w.e.Close()
	w.until("both views at the end", func() bool { return live.Lag()+again.Lag() == 0 })
	stopAgain()
	stop()
	one, err := viewtest.Dump(t.Context(), live)
	if err != nil {
		t.Fatal(err)
	}
	two, err := viewtest.Dump(t.Context(), again)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(one, two) {
		t.Error("differ")
	}
}
