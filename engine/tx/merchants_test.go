package tx

import (
	"testing"

	"mpg/engine/codec"
	"mpg/engine/lang"
	"mpg/engine/merchant"
	"mpg/store"
)

// TestMerchantsSayWhatTheDocumentSays, whatever was read before and whatever a caller
// did to it.
func TestMerchantsSayWhatTheDocumentSays(t *testing.T) {
	t.Parallel()
	var s merchants
	named := func(name string) store.Doc {
		data, err := codec.Encode(merchant.Merchant{Code: "8001", Name: lang.Name{EN: name}})
		if err != nil {
			t.Fatal(err)
		}
		return store.Doc{Key: "8001", Version: 1, Data: data}
	}
	one, other := named("FLORIST"), named("BAKER")
	for _, tt := range []struct {
		doc  store.Doc
		name string
	}{{one, "FLORIST"}, {one, "FLORIST"}, {other, "BAKER"}, {one, "FLORIST"}} {
		m, err := s.decode(tt.doc)
		if err != nil || m.Name.EN != tt.name {
			t.Fatalf("%+v %v, want %s", m, err, tt.name)
		}
		m.Name.EN = "changed by a caller"
	}
	if _, err := s.decode(store.Doc{Key: "8001", Data: []byte("{")}); err == nil {
		t.Error("a document that is none was read")
	}
}
