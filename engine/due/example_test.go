package due_test

import (
	"context"
	"crypto/rand"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"time"

	"mpg/engine/due"
	"mpg/engine/mac"
	"mpg/engine/tx"
	"mpg/store/bolt"
)

// A module registers what it does at its time, and adds items in its own steps. Here a
// shop asks for a report each morning, mpg is stopped over a weekend, and the report of
// Monday is the one that is sent.
func Example() {
	dir, err := os.MkdirTemp("", "books")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	books, err := bolt.Open(filepath.Join(dir, "books"), bolt.Options{})
	if err != nil {
		log.Fatal(err)
	}
	defer books.Close()
	now := time.Date(2026, 11, 26, 18, 0, 0, 0, time.UTC) // a Thursday
	clock := func() time.Time { return now }
	run := tx.NewRunner(tx.Config{Store: books, Now: clock, Rand: rand.Reader, Bodies: mac.New(nil), Numbers: mac.New(nil),
		Broken: func(err error) { log.Fatal(err) }, Closed: func() bool { return false }, Grew: func() {}})

	sweeper, err := due.New(due.Config{Run: run, Now: clock, Kinds: []due.Kind{{
		Name:   "shop-report",
		Missed: due.Last,
		Next:   due.Daily(8, 0, time.UTC).Next,
		Do: func(t *tx.Tx, item due.Item) error {
			t.AfterCommit(func() { fmt.Printf("%s: report to shop %s\n", item.At.Format("Monday"), item.ID) })
			return nil
		},
	}}})
	if err != nil {
		log.Fatal(err)
	}
	ctx := context.Background()
	err = run.Do(ctx, func(t *tx.Tx) error {
		return sweeper.Add(t, due.Item{Kind: "shop-report", ID: "8001", At: time.Date(2026, 11, 27, 8, 0, 0, 0, time.UTC)})
	})
	if err != nil {
		log.Fatal(err)
	}
	for _, hours := range []int{13, 1, 1, 72} { // Run does this every few seconds
		now = now.Add(time.Duration(hours) * time.Hour)
		fmt.Println(now.Format("Monday 15:04"))
		if err := sweeper.Sweep(ctx); err != nil {
			log.Fatal(err)
		}
	}
	// Output:
	// Friday 07:00
	// Friday 08:00
	// Friday: report to shop 8001
	// Friday 09:00
	// Monday 09:00
	// Monday: report to shop 8001
}
