package filebank_test

import (
	"context"
	"errors"
	"os"
	"testing"
	"testing/synctest"
	"time"

	"mpg/engine/bank"
)

// line is an answer about key.
func line(key, status, code string) []string {
	cells := approved(1)
	cells[0], cells[1], cells[4] = key, status, code
	return cells
}

// TestLateWords: what a bank says when nobody waits means what its status says, whatever code
// it fills in, or none.
func TestLateWords(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		undo   bool // it is about the reversal
		status string
		code   string
		want   string
	}{
		"declined without a code":       {false, "declined", "", "05"},
		"declined with a foreign code":  {false, "declined", "AC04", "05"},
		"declined as if approved":       {false, "declined", "00", "05"},
		"declined":                      {false, "declined", "51", "51"},
		"not reversed, as if approved":  {true, "refused", "00", ""},
		"not reversed":                  {true, "refused", "40", "40"},
		"nothing there, as if approved": {true, "absent", "00", "25"},
		"reversed with another code":    {true, "reversed", "77", "00"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				d := open(t)
				packed := d.packed(1, nil)
				came := d.ask(packed)
				time.Sleep(time.Minute)
				putFile(t, d.folder, answersFile(t, 1, line(key(1), "approved", "00")))
				d.looks()
				if got := <-came; got.err != nil || !got.reply.Approved {
					t.Fatalf("%+v", got)
				}
				about := key(1)
				if tt.undo {
					about += "-R"
					ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
					_, _ = d.connector.Reverse(ctx, packed, false) // it is in a file, and nobody waits any more
					cancel()
				}
				putFile(t, d.folder, answersFile(t, 2, line(about, tt.status, tt.code)))
				d.looks()
				late := d.heard()
				if len(late) != 1 || late[0].Code != tt.want || late[0].Approved || late[0].Reversal != tt.undo {
					t.Errorf("heard %+v", late)
				}
				d.stop()
			})
		})
	}
}

// TestTwoAnswers: a bank that says two things of one line before anybody has read the first
// has said nothing, in one file or in two.
func TestTwoAnswers(t *testing.T) {
	t.Parallel()
	for name, files := range map[string]func(t *testing.T) []string{
		"in two files": func(t *testing.T) []string {
			return []string{answersFile(t, 1, line(key(1), "approved", "00")), answersFile(t, 2, line(key(1), "declined", "51"))}
		},
		"in one": func(t *testing.T) []string {
			return []string{answersFile(t, 1, line(key(1), "declined", "51"), line(key(1), "approved", "00"))}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				d := open(t)
				came := d.ask(d.packed(1, nil))
				time.Sleep(time.Minute)
				for _, text := range files(t) {
					putFile(t, d.folder, text)
				}
				time.Sleep(timeout)
				got, late := <-came, d.heard()
				neither := got.err != nil && len(late) == 0
				both := got.err == nil && len(late) == 1 && late[0].Approved != got.reply.Approved // the first was read in between
				if !neither && !both {
					t.Errorf("answered %+v, and heard %+v", got, late)
				}
				d.stop()
			})
		})
	}
}

// TestApprovedAfterItWasReversed: the reversal is asked for again, in a file of its own, also
// after a restart; its old answer ends nothing.
func TestApprovedAfterItWasReversed(t *testing.T) {
	t.Parallel()
	for name, restart := range map[string]bool{"at once": false, "after a restart": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				d := open(t)
				packed := d.packed(1, nil)
				came := d.ask(packed)
				time.Sleep(timeout + time.Minute)
				if got := <-came; got.err == nil {
					t.Fatalf("%+v", got)
				}
				undone := make(chan bank.Undo, 1)
				undo := func() {
					got, _ := d.connector.Reverse(t.Context(), packed, true)
					undone <- got
				}
				go undo()
				time.Sleep(2 * time.Minute)
				putFile(t, d.folder, answersFile(t, 1, line(key(1)+"-R", "reversed", "")))
				d.looks()
				if got := <-undone; got.Outcome != bank.UndoDone {
					t.Fatalf("%+v", got)
				}
				putFile(t, d.folder, answersFile(t, 2, line(key(1), "approved", "00")))
				d.looks()
				if restart {
					d.stop()
					d.start()
				}
				written := len(d.files("sent"))
				go undo()
				time.Sleep(2 * time.Minute)
				if now := len(d.files("sent")); now != written+1 {
					t.Errorf("%d files were written, not 1", now-written)
				}
				putFile(t, d.folder, answersFile(t, 3, line(key(1)+"-R", "reversed", "")))
				d.looks()
				if got := <-undone; got.Outcome != bank.UndoDone {
					t.Errorf("%+v", got)
				}
				d.stop()
			})
		})
	}
}

// TestAsksAgain only if it knows what was sent: a start on a disk that was not mounted must not
// take a line for one that never left, nor give its number to another.
func TestAsksAgain(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := open(t)
		packed := d.packed(1, nil)
		if d.connector.Asks(packed) {
			t.Error("a folder without files is taken for one in which nothing was sent")
		}
		came := d.ask(packed)
		time.Sleep(2 * time.Minute)
		putFile(t, d.folder, answersFile(t, 1, approved(1)))
		d.looks()
		<-came
		d.stop()
		away := d.folder + ".away"
		if err := errors.Join(os.Rename(d.folder, away), os.Mkdir(d.folder, 0o700)); err != nil {
			t.Fatal(err)
		}
		d.start()
		if d.connector.Asks(packed) {
			t.Error("asks again, and does not know what was sent")
		}
		d.stop()
		if err := errors.Join(os.RemoveAll(d.folder), os.Rename(away, d.folder)); err != nil {
			t.Fatal(err)
		}
		d.start()
		if !d.connector.Asks(packed) || d.connector.Asks(bank.Packed("http\x00{}")) {
			t.Error("what was sent before cannot be asked again, or what another protocol sent can")
		}
		d.stop()
		time.Sleep(50 * 24 * time.Hour)
		later := d.packed(2, nil)
		d.start()
		if d.connector.Asks(packed) || !d.connector.Asks(later) {
			t.Error("asks again what is in a file that was not read, or not what is in none")
		}
		d.stop()
	})
}
