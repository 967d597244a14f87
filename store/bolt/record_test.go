package bolt

import (
	"reflect"
	"testing"
	"time"

	"pgregory.net/rapid"

	"mpg/store"
	"mpg/store/money"
)

// drawEntry draws a record that Decide could have let through.
func drawEntry(t *rapid.T) store.Entry {
	e := store.Entry{Seq: rapid.Uint64Min(1).Draw(t, "seq"), At: time.Unix(0, rapid.Int64Min(0).Draw(t, "at")).UTC()}
	copy(e.ID[:], rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(t, "id"))
	copy(e.Fingerprint[:], rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(t, "body"))
	if rapid.Bool().Draw(t, "text") {
		e.Dedup = &store.DedupKey{Digest: store.Digest(e.ID), Window: time.Duration(rapid.Int64Range(1, int64(store.WindowMax)).Draw(t, "window"))}
	}
	number := rapid.Uint64()
	for range rapid.IntRange(0, 3).Draw(t, "transfers") {
		e.Transfers = append(e.Transfers, store.Transfer{Op: store.Op(rapid.IntRange(1, 4).Draw(t, "op")), Code: rapid.Uint16().Draw(t, "code"),
			Debit: store.AccountID(number.Draw(t, "debit")), Credit: store.AccountID(number.Draw(t, "credit")),
			Amount: money.Amount(rapid.Int64Range(1, int64(money.Max)).Draw(t, "amount")), Hold: store.HoldID(number.Draw(t, "hold")),
			Ref: number.Draw(t, "ref"), Partial: rapid.Bool().Draw(t, "partial"), IgnoreLimits: rapid.Bool().Draw(t, "ignore")})
	}
	for range rapid.IntRange(0, 3).Draw(t, "opens") {
		e.Opens = append(e.Opens, store.Open{ID: store.AccountID(number.Draw(t, "account")), Kind: store.Asset, Currency: rapid.StringN(1, 8, 8).Draw(t, "currency"),
			Ceiling: money.Amount(rapid.Int64Range(0, int64(money.Max)).Draw(t, "ceiling"))})
	}
	for range rapid.IntRange(0, 2).Draw(t, "limits") {
		e.Limits = append(e.Limits, store.Limit{Account: store.AccountID(number.Draw(t, "limited")),
			Ceiling: money.Amount(rapid.Int64Range(0, int64(money.Max)).Draw(t, "ceiling")), Closed: rapid.Bool().Draw(t, "closed")})
	}
	data := rapid.SliceOfN(rapid.Byte(), 0, 300)
	for range rapid.IntRange(0, 3).Draw(t, "writes") {
		e.Writes = append(e.Writes, store.Write{Table: store.Table(rapid.Byte().Draw(t, "table")), Key: rapid.StringN(1, 20, store.KeyBytesMax).Draw(t, "key"),
			Expect: number.Draw(t, "expect"), Mode: store.Mode(rapid.IntRange(0, 1).Draw(t, "mode")), Data: data.Draw(t, "data")})
	}
	first := store.RowID(rapid.Uint32Min(1).Draw(t, "row"))
	for i := range rapid.IntRange(0, 3).Draw(t, "rows") {
		e.Rows = append(e.Rows, store.OutRow{ID: first + store.RowID(i), Posted: money.Amount(rapid.Int64().Draw(t, "posted")), Data: data.Draw(t, "row")})
	}
	for range rapid.IntRange(0, 5).Draw(t, "done") {
		e.Done = append(e.Done, store.RowID(number.Draw(t, "id")))
	}
	return e
}

func TestRecordComesBack(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		want := drawEntry(t)
		b := appendRecord([]byte("before"), &want)[len("before"):]
		var got store.Entry
		size, err := readRecord(append(b, "behind"...), &got)
		if err != nil || size != len(b) {
			t.Fatalf("size %d of %d, %v", size, len(b), err)
		}
		if !reflect.DeepEqual(filled(got), filled(want)) {
			t.Fatalf("%+v came back as %+v", want, got)
		}
	})
}

// filled makes empty slices alike.
func filled(e store.Entry) store.Entry {
	for i := range e.Writes {
		e.Writes[i].Data = append([]byte{}, e.Writes[i].Data...)
	}
	for i := range e.Rows {
		e.Rows[i].Data = append([]byte{}, e.Rows[i].Data...)
	}
	e.Opens, e.Transfers = append([]store.Open{}, e.Opens...), append([]store.Transfer{}, e.Transfers...)
	e.Limits = append([]store.Limit{}, e.Limits...)
	e.Writes, e.Rows, e.Done = append([]store.Write{}, e.Writes...), append([]store.OutRow{}, e.Rows...), append([]store.RowID{}, e.Done...)
	return e
}

// TestRecordFindsEveryFlippedBit flips each bit of a record.
func TestRecordFindsEveryFlippedBit(t *testing.T) {
	t.Parallel()
	e := store.Entry{Seq: 5, At: time.Unix(9, 0).UTC(), ID: store.ID{1}, Transfers: []store.Transfer{{Op: store.Post, Debit: 1, Credit: 2, Amount: 3}, {Op: store.VoidHold, Hold: 4, Ref: 8}},
		Limits: []store.Limit{{Account: 1, Ceiling: 9}},
		Writes: []store.Write{{Key: "key", Data: []byte("data")}}, Rows: []store.OutRow{{ID: 3, Data: []byte("row")}}, Done: []store.RowID{1, 2}}
	b := appendRecord(nil, &e)
	for bit := range 8 * len(b) {
		b[bit/8] ^= 1 << (bit % 8)
		var got store.Entry
		if _, err := readRecord(b, &got); err == nil {
			t.Fatalf("bit %d is flipped, and the record is read as %+v", bit, got)
		}
		b[bit/8] ^= 1 << (bit % 8)
	}
	for n := range b {
		var got store.Entry
		if _, err := readRecord(b[:n], &got); err == nil {
			t.Fatalf("cut to %d bytes it is still read", n)
		}
	}
}

// FuzzRecord reads what nobody wrote: with right sums, or it would not get far.
func FuzzRecord(f *testing.F) {
	e := store.Entry{Seq: 5, ID: store.ID{1}, Transfers: []store.Transfer{{Op: store.Post}, {Op: store.VoidHold, Hold: 4, Ref: 9, Partial: true}}, Limits: []store.Limit{{Account: 1, Ceiling: 9, Closed: true}}, Opens: []store.Open{{ID: 1, Kind: store.Liability, Currency: "CNY"}},
		Writes: []store.Write{{Key: "key", Data: []byte("data")}}, Rows: []store.OutRow{{ID: 3, Data: []byte("row")}}, Done: []store.RowID{1, 2}}
	b := appendRecord(nil, &e)
	f.Add(b[:headBytes], b[headBytes:])
	f.Add(make([]byte, headBytes), []byte{})
	f.Fuzz(func(t *testing.T, head, tail []byte) {
		if len(head) != headBytes {
			return
		}
		b := resum(head, tail)
		var e store.Entry
		size, err := readRecord(b, &e)
		if err != nil {
			return
		}
		if size != len(b) {
			t.Fatalf("read %d bytes of %d", size, len(b))
		}
		var again store.Entry
		if _, err := readRecord(appendRecord(nil, &e), &again); err != nil || !reflect.DeepEqual(filled(e), filled(again)) {
			t.Fatalf("%+v came back as %+v, %v", e, again, err)
		}
	})
}

func BenchmarkAppendRecord(b *testing.B) {
	e := store.Entry{Seq: 5, At: time.Unix(9, 0), ID: store.ID{1}, Transfers: []store.Transfer{{Op: store.Post, Debit: 1, Credit: 2, Amount: 3}}}
	buf := make([]byte, 0, 1024)
	b.ReportAllocs()
	for b.Loop() {
		buf = appendRecord(buf[:0], &e)
	}
}

func BenchmarkReadRecord(b *testing.B) {
	e := store.Entry{Seq: 5, At: time.Unix(9, 0), ID: store.ID{1}, Transfers: []store.Transfer{{Op: store.Post, Debit: 1, Credit: 2, Amount: 3}}}
	buf := appendRecord(nil, &e)
	var got store.Entry
	b.ReportAllocs()
	for b.Loop() {
		if _, err := readRecord(buf, &got); err != nil {
			b.Fatal(err)
		}
	}
}
