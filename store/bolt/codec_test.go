package bolt

import (
	"bytes"
	"errors"
	"reflect"
	"slices"
	"testing"
	"time"

	bbolt "go.etcd.io/bbolt"
	"pgregory.net/rapid"

	"mpg/store"
	"mpg/store/ledger"
	"mpg/store/money"
)

// comesBack writes key and value as an overlay does, and reads them again. No bit of
// either can change unseen, and keys sort in their bucket as they do in memory.
func comesBack[K comparable, V any](t *rapid.T, lies codec[K, V], key, other K, value V) {
	keyBytes := lies.appendKey(nil, key)
	sealed := lies.appendValue(make([]byte, sumBytes), value)
	sealValue(keyBytes, sealed)
	over := &overlay[K, V]{codec: lies}
	gotKey, ok := lies.parseKey(keyBytes)
	got, err := over.parse(keyBytes, sealed)
	if !ok || err != nil || gotKey != key || !reflect.DeepEqual(got, value) {
		t.Fatalf("%v: %+v came back as %v: %+v, %v, %v", key, value, gotKey, got, ok, err)
	}
	if a, b := bytes.Compare(keyBytes, lies.appendKey(nil, other)), lies.compare(key, other); a != b && a*b <= 0 {
		t.Fatalf("%v and %v sort as %d in memory and as %d in the bucket", key, other, b, a)
	}
	bit := rapid.IntRange(0, 8*(len(keyBytes)+len(sealed))-1).Draw(t, "bit")
	both := slices.Concat(keyBytes, sealed)
	both[bit/8] ^= 1 << (bit % 8)
	if _, err := over.parse(both[:len(keyBytes)], both[len(keyBytes):]); !errors.Is(err, store.ErrCorrupt) {
		t.Fatalf("bit %d is flipped, and it is read: %v", bit, err)
	}
	cut := rapid.IntRange(0, len(sealed)-1).Draw(t, "cut")
	if _, err := over.parse(keyBytes, sealed[:cut]); !errors.Is(err, store.ErrCorrupt) {
		t.Fatalf("cut to %d bytes it is read: %v", cut, err)
	}
}

// TestCodecs: what each bucket keeps comes back.
func TestCodecs(t *testing.T) {
	t.Parallel()
	keys := rapid.Custom(func(t *rapid.T) docKey {
		return docKey{store.Table(rapid.Byte().Draw(t, "table")), string(rapid.SliceOfN(rapid.Byte(), 1, store.KeyBytesMax).Draw(t, "key"))}
	})
	data := rapid.Map(rapid.SliceOfN(rapid.Byte(), 0, 50), func(b []byte) []byte { return append([]byte{}, b...) })
	amounts := rapid.Map(rapid.Int64(), func(n int64) money.Amount { return money.Amount(n) })
	rapid.Check(t, func(t *rapid.T) {
		key, other := keys.Draw(t, "a"), keys.Draw(t, "b")
		number, another := rapid.Uint64().Draw(t, "number"), rapid.Uint64().Draw(t, "another")
		comesBack(t, docCodec(), key, other, document{rapid.Uint64().Draw(t, "version"), data.Draw(t, "data")})
		comesBack(t, archiveCodec(), key, other, archived{seq: max(1, number), document: document{version: max(1, another)}})
		comesBack(t, holdCodec(), number, another, heldMoney{ledger.Hold{Code: rapid.Uint16().Draw(t, "code"), Debit: store.AccountID(another), Credit: store.AccountID(number),
			Amount: amounts.Draw(t, "amount"), First: amounts.Draw(t, "first"), Open: true}, rapid.Uint64().Draw(t, "as of")})
		comesBack(t, endedCodec(), number, another, nothing{})
		comesBack(t, rowCodec(), number, another, row{posted: amounts.Draw(t, "posted"), data: data.Draw(t, "row")})
	})
}

// TestCodecsRefuseWrongSizes: a value with the right sum and a wrong form is damaged, too.
func TestCodecsRefuseWrongSizes(t *testing.T) {
	t.Parallel()
	for n := range 100 {
		b := bytes.Repeat([]byte{1}, n)
		_, doc := docCodec().parseValue(b)
		_, held := holdCodec().parseValue(b)
		_, ended := endedCodec().parseValue(b)
		_, out := rowCodec().parseValue(b)
		_, number := rowCodec().parseKey(b)
		if doc != (n >= numberBytes) || held != (n == holdBytes) || ended != (n == 0) || out != (n >= numberBytes) || number != (n == numberBytes) {
			t.Errorf("%d bytes: document %v, hold %v, ended %v, row %v, number %v", n, doc, held, ended, out, number)
		}
		if _, key := docCodec().parseKey(b); key != (n >= 2) {
			t.Errorf("a key of %d bytes: %v", n, key)
		}
	}
	for name, b := range map[string][]byte{"empty": {}, "no version": {1}, "step 0": {0, 1}, "version 0": {1, 0}, "more behind": {1, 1, 1},
		"a number that never ends": {0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 1}} {
		if a, ok := parseArchived(b); ok {
			t.Errorf("%s is read as %+v", name, a)
		}
	}
}

// TestStateComesBack, and no bit of it can change unseen.
func TestStateComesBack(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		number := rapid.Uint64()
		duration := rapid.Map(rapid.Int64(), func(n int64) time.Duration { return time.Duration(n) })
		was := state{epoch: number.Draw(t, "epoch"), seq: number.Draw(t, "seq"), row: store.RowID(number.Draw(t, "row")),
			head: [32]byte(rapid.SliceOfN(rapid.Byte(), 32, 32).Draw(t, "head")), mark: number.Draw(t, "mark"), markRow: store.RowID(number.Draw(t, "mark's row")),
			ages: ages{now: age{duration.Draw(t, "elapsed"), rapid.Int64().Draw(t, "top"), rapid.Int64().Draw(t, "last"), duration.Draw(t, "stalled")},
				marked: duration.Draw(t, "marked"), any: rapid.Bool().Draw(t, "any")}}
		value := was.value(keyState)
		if got, err := parseState(keyState, value); err != nil || got != was {
			t.Fatalf("%+v came back as %+v, %v", was, got, err)
		}
		bit := rapid.IntRange(0, 8*len(value)-1).Draw(t, "bit")
		value[bit/8] ^= 1 << (bit % 8)
		if _, err := parseState(keyState, value); !errors.Is(err, store.ErrCorrupt) {
			t.Fatalf("bit %d is flipped, and it is read: %v", bit, err)
		}
	})
}

// drawAccounts draws accounts of a few currencies with balances.
func drawAccounts(t *rapid.T) *accounts {
	all := newAccounts()
	n := rapid.IntRange(0, 2*blockAccounts+3).Draw(t, "accounts")
	amount := rapid.Map(rapid.Int64Range(0, 1<<40), func(n int64) money.Amount { return money.Amount(n) })
	for i := range n {
		a := store.Account{ID: store.AccountID(1 + i*7), Kind: store.Liability, Currency: rapid.SampledFrom([]string{"CNY", "USD", "XTS"}).Draw(t, "currency"),
			Ceiling: amount.Draw(t, "ceiling")}
		if i%3 == 0 {
			a.Kind = store.Asset
		}
		slot := all.open(&a)
		a.DebitsPosted, a.CreditsPosted, a.Closed = amount.Draw(t, "debits"), amount.Draw(t, "credits"), i%5 == 0
		a.DebitsPending, a.CreditsPending = amount.Draw(t, "held"), amount.Draw(t, "coming")
		all.set(slot, &a)
	}
	return all
}

// TestBlocksOfAccounts: the checkpoint brings back each account in its slot, and the trial
// balance.
func TestBlocksOfAccounts(t *testing.T) {
	t.Parallel()
	db := newFile(t)
	rapid.Check(t, func(t *rapid.T) {
		was, now := drawAccounts(t), newAccounts()
		asOf := rapid.Uint64().Draw(t, "as of")
		for number := range (len(was.slots) + blockAccounts - 1) / blockAccounts {
			key := uint64Key(uint64(number))
			value := was.appendBlock(make([]byte, sumBytes), number, asOf)
			sealValue(key, value)
			b, err := parseBlock(key, value)
			if err != nil || b.asOf != asOf {
				t.Fatalf("block %d as of %d, want %d: %v", number, b.asOf, asOf, err)
			}
			if err := now.load(&b); err != nil {
				t.Fatal(err)
			}
			if err := now.load(&b); !errors.Is(err, store.ErrCorrupt) {
				t.Fatalf("block %d was loaded twice: %v", number, err)
			}
		}
		if !slices.Equal(was.all(), now.all()) {
			t.Fatalf("%+v came back as %+v", was.all(), now.all())
		}
		if a, b := was.trials(), now.trials(); !slices.Equal(a, b) {
			t.Fatalf("the trial balance %+v came back as %+v", a, b)
		}
		if slices.Contains(now.dirty, true) {
			t.Fatal("what the checkpoint has is to be written again")
		}
		rounds(t, db, was)
	})
}

// rounds writes a round of the checkpoint slice by slice: all that is dirty is written
// once, whatever the steps.
func rounds(t *rapid.T, db *bbolt.DB, as *accounts) {
	as.at = 0
	written := 0
	for progress := 0.0; !as.roundDone(); {
		progress = min(1, progress+rapid.SampledFrom([]float64{0.05, 0.3, 1}).Draw(t, "step"))
		err := db.Update(func(tx *bbolt.Tx) error {
			_, err := as.writeSlice(tx, progress, 1, nil)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		written += len(as.wrote)
		as.forgetWritten()
	}
	if written != len(as.dirty) || slices.Contains(as.dirty, true) {
		t.Fatalf("%d of %d blocks were written", written, len(as.dirty))
	}
}

// FuzzBlock: whatever a block of accounts holds, it is read or refused, and what was read
// can be loaded or is refused.
func FuzzBlock(f *testing.F) {
	as := newAccounts()
	for i := range 3 {
		a := store.Account{ID: store.AccountID(i + 1), Kind: store.Liability, Currency: "CNY"}
		as.open(&a)
	}
	f.Add(uint64(0), as.appendBlock(nil, 0, 7))
	f.Add(uint64(maxSlot), []byte{0, 0, 0, 0, 0, 0, 0, 1, 255})
	f.Fuzz(func(t *testing.T, number uint64, value []byte) {
		key, sealed := uint64Key(number), append(make([]byte, sumBytes), value...)
		sealValue(key, sealed)
		b, err := parseBlock(key, sealed)
		if err != nil {
			if !errors.Is(err, store.ErrCorrupt) {
				t.Error(err)
			}
			return
		}
		if number > 1<<10 {
			return // it would be loaded, and take the memory of all blocks before it
		}
		loaded := newAccounts()
		if err := loaded.load(&b); err != nil {
			return
		}
		found := 0
		for i, a := range loaded.slots {
			if slot, ok := loaded.slot.find(a.id); ok && slot == uint32(i) {
				found++
			}
		}
		if found != b.len() {
			t.Errorf("%d accounts of %d were loaded", found, b.len())
		}
	})
}
