package tx

import (
	"bytes"
	"sync"

	"mpg/engine/merchant"
	"mpg/store"
)

// merchantsMax is how many decoded merchants are kept.
const merchantsMax = 10_000

// merchants caches decoded merchants: a few of them take part in most payments, and they
// change rarely. What it returns always matches the document.
type merchants struct {
	mu sync.Mutex
	by map[string]cached
}

// cached is a merchant and the document that it was decoded from.
type cached struct {
	from  []byte
	value merchant.Merchant
}

// decode returns the merchant in d, which the caller may change.
func (m *merchants) decode(d store.Doc) (*merchant.Merchant, error) {
	m.mu.Lock()
	known, ok := m.by[d.Key]
	m.mu.Unlock()
	if ok && bytes.Equal(known.from, d.Data) {
		return &known.value, nil
	}
	shop, err := Decode[merchant.Merchant](d)
	if err != nil {
		return nil, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.by == nil || len(m.by) >= merchantsMax {
		m.by = make(map[string]cached)
	}
	m.by[d.Key] = cached{d.Data, *shop}
	return shop, nil
}
