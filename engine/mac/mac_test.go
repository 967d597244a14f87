package mac_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"hash"
	"io"
	"sync"
	"testing"

	"pgregory.net/rapid"

	"mpg/engine/mac"
	"mpg/store"
)

// The digest is the beginning of HMAC-SHA-256. RFC 4231 4.3 is test case 2.
func TestDigestIsHMAC(t *testing.T) {
	t.Parallel()
	key := mac.New([]byte("Jefe"))
	got := key.Digest(func(into hash.Hash) { io.WriteString(into, "what do ya want for nothing?") })
	want := []byte{0x5b, 0xdc, 0xc1, 0x46, 0xbf, 0x60, 0x75, 0x4e, 0x6a, 0x04, 0x24, 0x26, 0x08, 0x95, 0x75, 0xc7}
	if string(got[:]) != string(want[:len(got)]) {
		t.Errorf("%x, want %x", got, want)
	}
}

// Parts divided in another way have another digest, and another key gives another digest.
func TestOfTellsPartsApart(t *testing.T) {
	t.Parallel()
	key, other := mac.New([]byte("one")), mac.New([]byte("two"))
	seen := make(map[store.Digest]string)
	for name, parts := range map[string][]string{
		"none": {}, "an empty one": {""}, "two empty ones": {"", ""}, "ab, c": {"ab", "c"}, "a, bc": {"a", "bc"},
		"abc": {"abc"}, "a length in a part": {"a1:b"}, "two parts": {"a", "b"}, "the same, written out": {"1:a1:b"},
	} {
		for which, digest := range map[string]store.Digest{"one": key.Of(parts...), "two": other.Of(parts...)} {
			if first, twice := seen[digest]; twice {
				t.Errorf("%s under key %s has the digest of %s", name, which, first)
			}
			seen[digest] = name + " under key " + which
		}
	}
}

// The hashes that are used again remember nothing of the text before, whoever else uses
// the key at the same time.
func TestHashesAreUsedAgain(t *testing.T) {
	t.Parallel()
	secret := []byte("secret")
	key := mac.New(secret)
	rapid.Check(t, func(t *rapid.T) {
		texts := rapid.SliceOfN(rapid.String(), 1, 20).Draw(t, "texts")
		var all sync.WaitGroup
		got := make([]store.Digest, len(texts))
		for i, text := range texts {
			all.Go(func() { got[i] = key.Digest(func(into hash.Hash) { io.WriteString(into, text) }) })
		}
		all.Wait()
		for i, text := range texts {
			once := hmac.New(sha256.New, secret)
			io.WriteString(once, text)
			if want := once.Sum(nil); string(got[i][:]) != string(want[:len(got[i])]) {
				t.Fatalf("%q: %x, want %x", text, got[i], want)
			}
		}
	})
}
