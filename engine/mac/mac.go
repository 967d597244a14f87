// Package mac makes short keyed digests: of texts, which must be recognised but not
// readable, of the numbers in references, and of what an operator's command asks.
//
// It imports store, for the type of a digest.
package mac

import (
	"crypto/hmac"
	"crypto/sha256"
	"hash"
	"io"
	"strconv"
	"sync"

	"mpg/store"
)

// Key computes HMAC-SHA-256 (RFC 2104) with one key. A payment needs six digests; hashes
// that were used before have absorbed the key already.
type Key struct{ idle sync.Pool } // of hash.Hash, reset

// New returns the Key with the given secret, which it keeps.
func New(secret []byte) *Key {
	return &Key{idle: sync.Pool{New: func() any { return hmac.New(sha256.New, secret) }}}
}

// Digest returns the first bytes of the MAC of what write writes.
func (k *Key) Digest(write func(into hash.Hash)) store.Digest {
	h := k.idle.Get().(hash.Hash)
	write(h)
	var sum [sha256.Size]byte
	h.Sum(sum[:0])
	h.Reset()
	k.idle.Put(h)
	return store.Digest(sum[:len(store.Digest{})])
}

// Of returns the digest of parts, each with its length: "ab", "c" and "a", "bc" differ.
func (k *Key) Of(parts ...string) store.Digest {
	return k.Digest(func(into hash.Hash) {
		for _, p := range parts {
			into.Write(strconv.AppendInt(nil, int64(len(p)), 10))
			io.WriteString(into, ":"+p)
		}
	})
}
