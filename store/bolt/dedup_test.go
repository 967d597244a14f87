package bolt

import (
	"encoding/binary"
	"testing"
	"time"

	"pgregory.net/rapid"

	"mpg/store"
)

// TestDedupIndex: an id or text is known for as long as it must be, under the last Cmd that
// had it, and not for ever.
func TestDedupIndex(t *testing.T) {
	t.Parallel()
	const keep = 48 * time.Hour
	id := func(n byte) store.ID { return store.ID{n} }
	rapid.Check(t, func(t *rapid.T) {
		index := dedupIndex{keep: keep}
		type mention struct {
			seq uint64
			at  time.Duration
		}
		ids, texts := make(map[byte]mention), make(map[byte]mention)
		var now time.Duration
		for seq := uint64(1); seq <= uint64(rapid.IntRange(1, 60).Draw(t, "steps")); seq++ {
			now += time.Duration(rapid.Int64Range(0, int64(keep)/3).Draw(t, "pause"))
			n := rapid.Byte().Draw(t, "id") % 8
			var key *store.DedupKey
			if rapid.Bool().Draw(t, "text") {
				key = &store.DedupKey{Digest: store.Digest{n}}
				texts[n] = mention{seq, now}
			}
			index.remember(seq, now, id(n), key)
			ids[n] = mention{seq, now}
			for n := range byte(8) {
				for what, found := range map[string]struct {
					seq  uint64
					last mention
				}{"id": {index.seenID(id(n)), ids[n]}, "text": {index.seenMessage(store.Digest{n}), texts[n]}} {
					switch age := now - found.last.at; {
					case found.seq != 0 && found.seq != found.last.seq:
						t.Fatalf("%s %d is known as Cmd %d, and was last %d", what, n, found.seq, found.last.seq)
					case found.seq == 0 && found.last.seq != 0 && age <= keep:
						t.Fatalf("%s %d is forgotten after %v", what, n, age)
					}
				}
			}
			if len(index.parts) > generations+1 {
				t.Fatalf("%d parts are kept", len(index.parts))
			}
		}
	})
}

// TestDedupIndexForgets what is older than the retention and one part of it.
func TestDedupIndexForgets(t *testing.T) {
	t.Parallel()
	const keep = 48 * time.Hour
	index := dedupIndex{keep: keep}
	for seq := uint64(1); seq <= 10_000; seq++ {
		var id store.ID
		binary.BigEndian.PutUint64(id[:], seq)
		index.remember(seq, time.Duration(seq)*time.Minute, id, &store.DedupKey{Digest: store.Digest(id)})
	}
	known := 0
	for seq := uint64(1); seq <= 10_000; seq++ {
		var id store.ID
		binary.BigEndian.PutUint64(id[:], seq)
		if found := index.seenID(id); found != 0 {
			known++
			if found != seq || index.seenMessage(store.Digest(id)) != seq {
				t.Fatalf("Cmd %d is known as %d", seq, found)
			}
		} else if known > 0 {
			t.Fatalf("Cmd %d is forgotten, and an earlier one is not", seq)
		}
	}
	if least, most := int(keep/time.Minute), int((keep+2*keep/generations)/time.Minute); known < least || known > most {
		t.Errorf("%d Cmds of a minute each are known, want %d to %d", known, least, most)
	}
}
