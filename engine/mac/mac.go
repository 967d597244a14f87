package engine

import (
	"crypto/hmac"
	"crypto/sha256"
	"hash"
	"sync"

	"mpg/store"
)

// keyed computes HMAC-SHA-256 (RFC 2104) with one key. A payment needs six codes; hashes
// that were used before have absorbed the key already.
type keyed struct{ idle sync.Pool } // of hash.Hash, reset

func newKeyed(key []byte) *keyed {
	return &keyed{idle: sync.Pool{New: func() any { return hmac.New(sha256.New, key) }}}
}

// digest returns the first bytes of the code of what write writes.
func (k *keyed) digest(write func(h hash.Hash)) store.Digest {
	h := k.idle.Get().(hash.Hash)
	write(h)
	var sum [sha256.Size]byte
	h.Sum(sum[:0])
	h.Reset()
	k.idle.Put(h)
	return store.Digest(sum[:len(store.Digest{})])
}
