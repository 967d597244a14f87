package view_test

import (
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"mpg/engine/view"
	"mpg/engine/view/viewtest"
	"mpg/store/bolt"
)

func TestZZ(t *testing.T) {
	if os.Getenv("ZZ") == "" {
		t.Skip()
	}
	ctx := context.Background()
	dir := "/tmp/h-view/zz"
	os.MkdirAll(dir, 0o700)
	books := filepath.Join(dir, "books")
	_, serr := os.Stat(books)
	os.MkdirAll(books, 0o700)
	s, err := bolt.Open(books, bolt.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if serr != nil {
		h, err := viewtest.NewHistory(ctx, s, 100000, 1000, 1)
		if err != nil {
			t.Fatal(err)
		}
		if err := h.Pay(ctx, 100000); err != nil {
			t.Fatal(err)
		}
	}
	full := s.Seq()
	feed := &shortened{s, full - 50000}
	os.Remove(filepath.Join(dir, "view.db"))
	v, err := view.Open(ctx, view.Config{Dir: dir, Feed: feed, Ledger: s, Books: "b", Zone: time.UTC, Currency: "CNY", Number: func(string) (uint64, error) { return 0, nil }, Now: time.Now, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	begun := time.Now()
	at, err := v.Follower().From(ctx)
	if err != nil {
		t.Fatal(err)
	}
	t.Log("built", time.Since(begun), at)
	begun = time.Now()
	c := cpu()
	n := 0
	f := v.Follower()
	for e, err := range s.Records(ctx, at+1) {
		if err != nil {
			t.Fatal(err)
		}
		if err := f.Take(ctx, &e); err != nil {
			t.Fatal(err)
		}
		if n++; n%250 == 0 {
			if err := f.Keep(ctx, e.Seq); err != nil {
				t.Fatal(err)
			}
		}
	}
	t.Log("followed", n, time.Since(begun), "cpu each", (cpu()-c)/time.Duration(n))
	v.Close()
}

func cpu() time.Duration {
	var use unix.Rusage
	_ = unix.Getrusage(unix.RUSAGE_SELF, &use)
	return time.Duration(use.Utime.Nano() + use.Stime.Nano())
}
