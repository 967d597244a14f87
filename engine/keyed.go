package engine

import (
	"crypto/hmac"
	"crypto/sha256"
	"hash"
	"sync"

	"mpg/store"
)

// keyed is HMAC-SHA-256 (RFC 2104) under one key. A payment needs six of them;
// those that were used before have the key mixed in already.
type keyed struct{ idle sync.Pool } // of hash.Hash, reset

func newKeyed(key []byte) *keyed {
	return &keyed{idle: sync.Pool{New: func() any { return hmac.New(sha256.New, key) }}}
}

// digest returns the start of the code of what write puts in.
func (k *keyed) digest(write func(h hash.Hash)) store.Digest {
	h := k.idle.Get().(hash.Hash)
	write(h)
	var sum [sha256.Size]byte
	h.Sum(sum[:0])
	h.Reset()
	k.idle.Put(h)
	return store.Digest(sum[:len(store.Digest{})])
}
