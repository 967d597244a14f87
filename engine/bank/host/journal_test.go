package host_test

import (
	"errors"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"mpg/engine/bank/host"
	"mpg/engine/bank/iso8583"
)

func TestJournalTellsAll(t *testing.T) {
	t.Parallel()
	h := newHost(t, host.Config{})
	c := signedOn(t, h)
	c.want(c.ask(transaction(rich, 1).Request()), "00")
	c.want(c.ask(transaction(poor, 2).Request()), "51")
	c.want(c.ask(reversal(transaction(rich, 1), false)), "00")
	type line struct {
		dir     host.Direction
		mti     iso8583.MTI
		stan    string
		code    string
		outcome host.Outcome
		balance int64
	}
	want := []line{
		{host.None, "", "", "", host.Opened, 100_000},
		{host.None, "", "", "", host.Opened, 100},
		{host.In, "0800", "000001", "00", host.Network, 0},
		{host.Out, "0810", "000001", "00", host.Sent, 0},
		{host.In, "0200", "000001", "00", host.Debited, 99_000},
		{host.Out, "0210", "000001", "00", host.Sent, 99_000},
		{host.In, "0200", "000002", "51", host.Declined, 100},
		{host.Out, "0210", "000002", "51", host.Sent, 100},
		{host.In, "0420", "000001", "00", host.Restored, 100_000},
		{host.Out, "0430", "000001", "00", host.Sent, 100_000},
	}
	got := h.Journal()
	if len(got) != len(want) {
		t.Fatalf("%d entries, want %d", len(got), len(want))
	}
	for i, e := range got {
		if l := (line{e.Dir, e.MTI, e.STAN, e.Code, e.Outcome, int64(e.Balance)}); l != want[i] {
			t.Errorf("entry %d is %+v, want %+v", i+1, l, want[i])
		}
	}
	for no, sum := range recount(t, got) {
		c.wantBalance(h, no, sum)
	}
}

// TestRestart plays random business, closes the bank and opens it again from its
// journal: it is the same bank, to the answers it gives to what it has seen.
func TestRestart(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		path := filepath.Join(t.TempDir(), "bank.jsonl")
		h := newHost(t, host.Config{Journal: path})
		c := signedOn(t, h)
		answers := make(map[uint32]string)
		accounts := []string{rich, poor, nobody}
		of := func(serial uint32) *iso8583.Transaction {
			return transaction(accounts[int(serial)%len(accounts)], serial)
		}
		for range rapid.IntRange(1, 15).Draw(rt, "messages") {
			serial := rapid.Uint32Range(1, 6).Draw(rt, "serial")
			if rapid.Bool().Draw(rt, "reversal") {
				c.ask(reversal(of(serial), rapid.Bool().Draw(rt, "repeat")))
				continue
			}
			answers[serial] = c.ask(of(serial).Request()).Get(iso8583.DEResponse)
		}
		before, entries := h.Balances(), len(h.Journal())
		if err := errors.Join(h.Close(), c.conn.Close()); err != nil {
			rt.Fatal(err)
		}

		again := newHost(t, host.Config{Journal: path})
		if after := again.Balances(); !maps.Equal(before, after) {
			rt.Fatalf("balances %v, were %v", after, before)
		}
		if n := len(again.Journal()); n != entries {
			rt.Fatalf("%d entries, were %d", n, entries)
		}
		c = signedOn(t, again)
		for serial, code := range answers {
			if got := c.ask(of(serial).Request()).Get(iso8583.DEResponse); got != code {
				rt.Fatalf("request %d is answered %s, was %s", serial, got, code)
			}
		}
		if after := again.Balances(); !maps.Equal(before, after) {
			rt.Fatalf("repeats moved balances to %v, were %v", after, before)
		}
		recount(t, again.Journal())
		if err := errors.Join(again.Close(), c.conn.Close()); err != nil {
			rt.Fatal(err)
		}
	})
}

// written is a journal with a debit in it.
func written(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "bank.jsonl")
	h := newHost(t, host.Config{Journal: path})
	c := signedOn(t, h)
	c.want(c.ask(transaction(rich, 1).Request()), "00")
	if err := h.Close(); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestJournalIsPrivate(t *testing.T) {
	t.Parallel()
	info, err := os.Stat(written(t))
	if err != nil {
		t.Fatal(err)
	}
	if info.Mode().Perm() != 0o600 {
		t.Errorf("the journal is %v", info.Mode())
	}
}

// TestTornJournal cuts the file where a kill would: the last line is dropped, the
// others stand, and the bank writes on behind them.
func TestTornJournal(t *testing.T) {
	t.Parallel()
	path := written(t)
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.SplitAfter(strings.TrimSuffix(string(whole), "\n"), "\n")
	torn := strings.TrimSuffix(string(whole), "\n")
	if err := os.WriteFile(path, []byte(torn[:len(torn)-5]), 0o600); err != nil {
		t.Fatal(err)
	}
	h := newHost(t, host.Config{Journal: path})
	if n := len(h.Journal()); n != len(lines)-1 {
		t.Errorf("%d entries out of %d whole lines", n, len(lines)-1)
	}
	c := signedOn(t, h)
	c.want(c.ask(transaction(rich, 2).Request()), "00")
	c.wantBalance(h, rich, opening-2000)
	if err := h.Close(); err != nil {
		t.Fatal(err)
	}
	recount(t, newHost(t, host.Config{Journal: path}).Journal())
}

func TestBadJournalIsRefused(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(string) string{
		"a line that is no JSON":    func(s string) string { return "x" + s },
		"a balance that is changed": func(s string) string { return strings.Replace(s, `"balance":99000`, `"balance":99001`, 1) },
		"an opening that is gone": func(s string) string {
			_, rest, _ := strings.Cut(s, "\n")
			return rest
		},
		"a restoring of nothing": func(s string) string { return strings.Replace(s, `"debited"`, `"restored"`, 1) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			refuses(t, written(t), change)
		})
	}
}

// refuses changes a copy of the journal at path and opens a bank from it, which must fail.
func refuses(t *testing.T, path string, change func(string) string) {
	t.Helper()
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	bad := change(string(whole))
	if bad == string(whole) {
		t.Fatal("nothing is changed")
	}
	changed := filepath.Join(t.TempDir(), "changed.jsonl")
	if err := os.WriteFile(changed, []byte(bad), 0o600); err != nil {
		t.Fatal(err)
	}
	if h, err := host.New(host.Config{Journal: changed}); err == nil {
		t.Error("it is taken", h.Close())
	}
}

func TestOpenAgainKeepsTheBalance(t *testing.T) {
	t.Parallel()
	h := newHost(t, host.Config{})
	c := signedOn(t, h)
	c.want(c.ask(transaction(rich, 1).Request()), "00")
	if err := h.Open(host.Account{No: rich, Balance: 5, Refuse: "05"}); err != nil {
		t.Fatal(err)
	}
	c.wantBalance(h, rich, opening-1000)
	c.want(c.ask(transaction(rich, 2).Request()), "05")
	if _, ok := h.Balance(nobody); ok {
		t.Error("an account out of nothing")
	}
}
