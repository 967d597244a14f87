package bolt

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"mpg/store"
)

// TestShortKeys: each key comes back, the order stays, and what most keys are made of is
// kept in five bits a character.
func TestShortKeys(t *testing.T) {
	t.Parallel()
	key := rapid.OneOf(rapid.StringMatching(`[0-9a-f]{16}`), rapid.StringMatching(`\+[0-9]{5,15}`), rapid.StringMatching(`[0-9a-f:/.-]{1,20}`),
		rapid.Map(rapid.SliceOfN(rapid.Byte(), 1, store.KeyBytesMax), func(b []byte) string { return string(b) }))
	rapid.Check(t, func(t *rapid.T) {
		a, b := key.Draw(t, "a"), key.Draw(t, "b")
		if rapid.Bool().Draw(t, "alike") { // where the first characters do not decide the order
			b = a[:rapid.IntRange(0, len(a)).Draw(t, "cut")] + b
		}
		shortA, shortB := appendShort(nil, a), appendShort(nil, b)
		if back, ok := parseShort(shortA); !ok || back != a {
			t.Fatalf("%q came back as %q, %v", a, back, ok)
		}
		if bytes.Compare(shortA, shortB) != strings.Compare(a, b) {
			t.Fatalf("%q and %q are in another order: %x and %x", a, b, shortA, shortB)
		}
	})
	for _, tt := range []struct {
		key string
		max int
	}{{fmt.Sprintf("%016x", 1<<40+12345), 10}, {"2026-11-26T00:00:00", 13}, {"8001", 3}, {"1", 1}} {
		if n := len(appendShort(nil, tt.key)); n > tt.max {
			t.Errorf("%q takes %d bytes", tt.key, n)
		}
	}
}

// FuzzShortKey: what is read is what would be written.
func FuzzShortKey(f *testing.F) {
	f.Add([]byte{})
	f.Add(appendShort(nil, "00000000000001ff"))
	f.Add(appendShort(nil, "+8613800000000"))
	f.Add([]byte{0xFF, 0x00})
	f.Fuzz(func(t *testing.T, short []byte) {
		if key, ok := parseShort(short); ok && !bytes.Equal(appendShort(nil, key), short) {
			t.Fatalf("%x is read as %q, which is written as %x", short, key, appendShort(nil, key))
		}
	})
}
