package storetest

import (
	"fmt"
	"testing"

	"mpg/store"
)

// archivePut archives a document.
func archivePut(key string, expect uint64, data string) store.Cmd {
	c := put(key, expect, data)
	c.Writes[0].Mode = store.Archive
	return c
}

// archive archives documents: what was archived is read as before, and never written
// again, over restarts.
func archive(t *testing.T, engine Engine) {
	b := setup(t, engine)
	b.must(put("a", 0, "one"))
	b.must(put("b", 0, "live"))
	b.must(put("0000000000000010", 0, "first"))
	b.reopen() // all is on the disk
	b.must(archivePut("a", 1, "two"))
	b.must(archivePut("made", 0, "at once"))
	b.must(archivePut("0000000000000010", 1, ""))
	twice := put("come", 0, "came")
	b.number(&twice)
	gone := archivePut("come", 1, "and went")
	b.number(&gone)
	if res, err := b.s.Apply(t.Context(), b.s.Epoch(), []store.Cmd{twice, gone}); err != nil || res[1].Refusal != store.None {
		t.Fatalf("%+v, %v", res, err)
	}
	want := map[string]store.Doc{"a": {Version: 2, Data: []byte("two")}, "b": {Version: 1, Data: []byte("live")},
		"made": {Version: 1, Data: []byte("at once")}, "0000000000000010": {Version: 2}, "come": {Version: 2, Data: []byte("and went")}}
	for _, restart := range []func(){func() {}, b.crash, func() {}, b.reopen, b.crash} {
		restart()
		for key, w := range want {
			d, ok, err := b.s.Doc(t.Context(), Table, key)
			if err != nil || !ok || d.Key != key || d.Version != w.Version || string(d.Data) != string(w.Data) {
				t.Errorf("%s is %+v %v %v", key, d, ok, err)
			}
			if key != "b" {
				b.refusedWrites(key, w.Version)
			}
		}
		if got := b.keys(""); got != "0000000000000010 a b come made " {
			t.Errorf("keys %q", got)
		}
		if got := b.keys("aa"); got != "b come made " {
			t.Errorf("keys after aa %q", got)
		}
		if last, ok, err := b.s.LastDoc(t.Context(), Table); !ok || err != nil || last.Key != "made" || string(last.Data) != "at once" {
			t.Errorf("last %+v %v %v", last, ok, err)
		}
		b.sound()
	}
	b.must(put("z", 0, "live"))
	if last, ok, err := b.s.LastDoc(t.Context(), Table); !ok || err != nil || last.Key != "z" {
		t.Errorf("last %+v %v %v", last, ok, err)
	}
}

// refusedWrites writes an archived document in every way.
func (b *bench) refusedWrites(key string, version uint64) {
	b.t.Helper()
	b.refused(store.RefusedArchived, put(key, version, "again"))
	b.refused(store.RefusedArchived, archivePut(key, version, "again"))
	b.refused(store.RefusedArchived, store.Cmd{Writes: []store.Write{{Table: Table, Key: key, Expect: version, Mode: store.Delete}}})
	b.refused(store.RefusedStale, put(key, version-1, "again"))
	b.refused(store.RefusedStale, archivePut(key, 0, "again"))
	b.must(store.Cmd{Writes: []store.Write{{Table: Table, Key: key, Expect: version, Mode: store.Check}}})
	c := post(Purse, Shop, 1)
	c.Writes = put(key, version, "again").Writes
	if res := b.refused(store.RefusedArchived, c); res.At != 0 {
		b.t.Errorf("write %d is to blame", res.At)
	}
	b.balance(Shop, 0, 0)
}

// archiveWalks archives documents while they are walked: the walk shows each once, as it
// was when the walk began, and Apply goes on in the middle of it.
func archiveWalks(t *testing.T, engine Engine) {
	b := setup(t, engine)
	const many = 1200
	key := func(i int) string { return fmt.Sprintf("%016x", i) }
	var c store.Cmd
	for i := range many {
		w := put(key(i), 0, "old").Writes[0]
		if i%3 == 1 {
			w.Mode = store.Archive
		}
		if c.Writes = append(c.Writes, w); len(c.Writes) == store.WritesMax || i == many-1 {
			b.must(c)
			c.Writes = nil
		}
	}
	b.reopen()
	seen := 0
	for d, err := range b.s.Docs(t.Context(), Table, "", 0) {
		if err != nil || d.Key != key(seen) || d.Version != 1 || string(d.Data) != "old" {
			t.Fatalf("document %d of the walk is %+v, %v", seen, d, err)
		}
		if seen%60 == 0 { // both ahead of and behind the walk
			b.must(archivePut(key(many-3-seen), 1, "new"))
			b.must(archivePut(key(seen), 1, "new"))
			b.must(archivePut(key(many-4-seen)+"a", 0, "born"))
		}
		seen++
		if seen == many/2 {
			break
		}
	}
	if got := len(b.keys("")); got != (many+many/120)*17+many/120 {
		t.Errorf("the next walk saw %d characters of keys", got)
	}
	b.crash()
	b.sound()
}
