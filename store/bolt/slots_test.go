package bolt

import (
	"math"
	"testing"
	"unsafe"

	"pgregory.net/rapid"

	"mpg/store"
)

// The index is a map from ids to slots, whatever the ids are.
func TestSlotIndexIsAMap(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		id := rapid.OneOf(rapid.Uint64Range(1, 200), rapid.Uint64Range(1<<40, 1<<40+200), rapid.SampledFrom([]uint64{1, 63, 64, 65, 127, 128, math.MaxUint64 - 63, math.MaxUint64}), rapid.Uint64())
		index, model := newSlotIndex(), make(map[store.AccountID]uint32)
		for range rapid.IntRange(0, 300).Draw(t, "accounts") {
			at, slot := store.AccountID(id.Draw(t, "id")), uint32(rapid.IntRange(0, maxSlot).Draw(t, "slot"))
			index.set(at, slot)
			model[at] = slot
			asked := store.AccountID(id.Draw(t, "asked"))
			got, ok := index.find(asked)
			if want, known := model[asked]; ok != known || known && got != want {
				t.Fatalf("account %d is in slot %d, %t; want %d, %t", asked, got, ok, want, known)
			}
		}
		for at, want := range model {
			if got, ok := index.find(at); !ok || got != want {
				t.Fatalf("account %d is in slot %d, %t; want %d", at, got, ok, want)
			}
		}
	})
}

// A million accounts in a row take four bytes each and a word for each group.
func TestSlotIndexOfNeighboursIsSmall(t *testing.T) {
	t.Parallel()
	index := newSlotIndex()
	const accounts = 100_000
	for i := range uint32(accounts) {
		index.set(store.AccountID(1<<40+uint64(i)), i)
	}
	if most := accounts/groupSlots + 2; len(index.groups) > most || len(index.group) > most {
		t.Errorf("%d accounts in a row take %d groups, at most %d wanted", accounts, len(index.groups), most)
	}
}

// An account fills one line of the processor's cache; across two it would be waited for
// twice.
func TestAnAccountFillsALine(t *testing.T) {
	t.Parallel()
	if got := unsafe.Sizeof(account{}); got != 64 {
		t.Errorf("an account takes %d bytes", got)
	}
}
