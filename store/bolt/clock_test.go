package bolt_test

import (
	"context"
	"encoding/binary"
	"slices"
	"testing"
	"time"

	"mpg/store"
	"mpg/store/bolt"
	"mpg/store/storetest"
)

// TestClockThatJumps: whatever the clock did meanwhile, and whether the store was
// opened again since, a text is known as a copy within its window and an id is
// known again.
func TestClockThatJumps(t *testing.T) {
	t.Parallel()
	const day = 24 * time.Hour
	for name, offsets := range map[string][]time.Duration{
		"none":                  {0},
		"back once":             {-3 * day},
		"back by a month":       {-30 * day},
		"back, in several Cmds": {-3 * day, -3*day + time.Second, -3*day + 2*time.Second},
		"back again and again":  slices.Repeat([]time.Duration{-3 * day, 0}, 20),
		"back further and back": {-3 * day, -40 * day, -3 * day, -100 * day},
		"ahead once":            {400 * day},
		"ahead and back":        {400 * day, -400 * day, 400 * day, -400 * day},
		"ahead again and again": slices.Repeat([]time.Duration{400 * day, 0}, 20),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			jump(t, offsets)
		})
	}
}

func jump(t *testing.T, offsets []time.Duration) {
	dir := privateDir(t)
	s := open(t, dir, bolt.Options{})
	defer func() { s.Close() }()
	begun, last := time.Date(2026, 11, 25, 10, 0, 0, 0, time.UTC), uint64(0)
	do := func(id uint64, at time.Time, body byte, text *store.DedupKey) store.Result {
		t.Helper()
		// Each fills a chunk of the journal.
		c := store.Cmd{At: at, Fingerprint: store.Digest{body}, Dedup: text,
			Writes: []store.Write{{Table: storetest.Table, Key: at.String() + string(rune('a'+id)), Data: make([]byte, store.DataBytesMax)}}}
		binary.BigEndian.PutUint64(c.ID[:], id)
		res, err := s.Apply(context.Background(), s.Epoch(), []store.Cmd{c})
		if err != nil {
			t.Fatal(err)
		}
		return res[0]
	}
	text := func(n byte) *store.DedupKey {
		return &store.DedupKey{Digest: store.Digest{n}, Window: 10 * time.Minute}
	}
	next := func() uint64 { last++; return last }
	if r := do(next(), begun, 1, text(1)); r.Refusal != store.None {
		t.Fatal(r)
	}
	now := begun
	for _, offset := range offsets {
		now = now.Add(time.Second)
		if r := do(next(), now.Add(offset), 1, text(byte(10+last))); r.Refusal != store.None {
			t.Fatal(r)
		}
	}
	now = now.Add(time.Second)
	do(next(), now, 1, nil)
	for _, when := range []string{"before a restart", "after a restart"} {
		if r := do(1000+last, now, 1, text(1)); r.Refusal != store.RefusedRedelivery || r.First[7] != 1 {
			t.Errorf("%s a copy of the text is %v", when, r.Refusal)
		}
		for id := uint64(1); id <= last; id++ {
			if r := do(id, now, 2, nil); r.Refusal != store.RefusedFingerprint {
				t.Errorf("%s id %d with another body is %v", when, id, r.Refusal)
			}
		}
		sound(t, s)
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		s = open(t, dir, bolt.Options{})
	}
}
