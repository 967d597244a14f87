package engine

import (
	"bytes"
	"sync"

	"mpg/engine/merchant"
	"mpg/store"
)

// shopsMax is how many decoded merchants are kept.
const shopsMax = 10_000

// shops caches decoded merchants: a few of them take part in most payments, and they
// change rarely. What it returns always matches the document.
type shops struct {
	mu sync.Mutex
	by map[string]shop
}

// shop is a merchant and the document that it was decoded from.
type shop struct {
	from  []byte
	value merchant.Merchant
}

// decode returns the merchant in d, which the caller may change.
func (s *shops) decode(d store.Doc) (*merchant.Merchant, error) {
	s.mu.Lock()
	known, ok := s.by[d.Key]
	s.mu.Unlock()
	if ok && bytes.Equal(known.from, d.Data) {
		return &known.value, nil
	}
	m, err := decode[merchant.Merchant](d)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.by == nil || len(s.by) >= shopsMax {
		s.by = make(map[string]shop)
	}
	s.by[d.Key] = shop{d.Data, *m}
	return m, nil
}
