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

// decode returns the merchant in found, which the caller may change.
func (m *merchants) decode(found store.Doc) (*merchant.Merchant, error) {
	m.mu.Lock()
	known, ok := m.by[found.Key]
	m.mu.Unlock()
	if ok && bytes.Equal(known.from, found.Data) {
		return &known.value, nil
	}
	shop, err := Decode[merchant.Merchant](found)
	if err != nil {
		return nil, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.by == nil || len(m.by) >= merchantsMax {
		m.by = make(map[string]cached)
	}
	m.by[found.Key] = cached{found.Data, *shop}
	return shop, nil
}
