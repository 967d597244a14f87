package view_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"mpg/engine/ref"
	"mpg/engine/view"
	"mpg/store"
	"mpg/store/bolt"
)

// followerDir names the folder that a second process of this test is to follow in.
const followerDir = "MPG_VIEW_FOLLOWER"

// TestMain is the second process, if it is told to be.
func TestMain(m *testing.M) {
	if dir := os.Getenv(followerDir); dir != "" {
		if err := followUntilKilled(dir); err != nil {
			fmt.Println("failed:", err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// shortened is a journal that seems to end at a record.
type shortened struct {
	*bolt.Store
	end uint64
}

func (s *shortened) Seq() uint64 { return s.end }

// followUntilKilled follows a journal from where an earlier process was killed, and says
// after each commit how far it has come. Now and then it builds the file again.
func followUntilKilled(dir string) error {
	ctx := context.Background()
	books, err := bolt.Open(filepath.Join(dir, "books"), bolt.Options{})
	if err != nil {
		return err
	}
	feed := &shortened{books, min(books.Seq(), 100)}
	zone, err := time.LoadLocation("Asia/Shanghai")
	if err != nil {
		return err
	}
	cfg := view.Config{Dir: filepath.Join(dir, "view"), Feed: feed, Ledger: books, Books: "these", Zone: zone, Currency: "CNY",
		Number: ref.New([]byte("a secret of the tests")).Number, Now: time.Now, Log: slog.New(slog.DiscardHandler), Records: 10}
	feed.end = books.Seq() // a file of an earlier process is not ahead
	v, err := view.Open(ctx, cfg)
	if err != nil {
		return err
	}
	if v.AsOf().Seq == 0 {
		feed.end = 100
	}
	at, err := v.Follower().From(ctx)
	if err != nil {
		return err
	}
	for fmt.Println(at); at < books.Seq(); fmt.Println(at) {
		if at, err = advance(ctx, v, books, at, 1+rand.Uint64N(9)); err != nil {
			return err
		}
		if rand.IntN(20) == 0 {
			if _, err := v.Rebuild(ctx, func(read, _ uint64) { fmt.Println("rebuilt", read) }); err != nil {
				return err
			}
		}
	}
	return v.Close()
}

// advance takes and keeps some records.
func advance(ctx context.Context, v *view.View, books store.Journal, at, records uint64) (uint64, error) {
	for entry, err := range books.Records(ctx, at+1) {
		if err == nil {
			err = v.Follower().Take(ctx, &entry)
		}
		if err != nil {
			return at, err
		}
		if at = entry.Seq; records == 1 {
			break
		}
		records--
	}
	return at, v.Follower().Keep(ctx, at)
}

// TestKilledWhileItFollows: a process that is killed at any moment, also while it commits or
// replaces the file, leaves a view from which the next one goes on to the same end.
func TestKilledWhileItFollows(t *testing.T) {
	t.Parallel()
	notUnderRace(t)
	dir := t.TempDir()
	d := newDesk(t, dir, 11)
	d.live(1500)
	end := d.store.Seq()
	if err := d.store.Close(); err != nil {
		t.Fatal(err)
	}
	kills, last := 0, ""
	for lives := 0; last != fmt.Sprint(end); lives++ {
		if lives > 1000 {
			t.Fatalf("it never comes to the end: %s of %d", last, end)
		}
		child := exec.CommandContext(t.Context(), os.Args[0])
		child.Env = append(os.Environ(), followerDir+"="+dir)
		out, err := child.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := child.Start(); err != nil {
			t.Fatal(err)
		}
		lines := bufio.NewScanner(out)
		for left := rand.IntN(40); left >= 0 && lines.Scan(); left-- {
			last = lines.Text()
		}
		if strings.HasPrefix(last, "failed") {
			t.Fatal(last)
		}
		time.Sleep(time.Duration(rand.IntN(3000)) * time.Microsecond) // where exactly it is killed
		if child.Process.Kill() == nil {
			kills++
		}
		_, _ = io.Copy(io.Discard, out)
		_ = child.Wait()
	}
	if kills < 10 {
		t.Errorf("killed %d times", kills)
	}
	var err error
	if d.store, err = bolt.Open(filepath.Join(dir, "books"), bolt.Options{}); err != nil {
		t.Fatal(err)
	}
	defer d.close()
	d.open()
	d.catchUp()
	d.sameAsNew()
}
