package notice

import (
	"mpg/engine/codec"
	"mpg/engine/lang"
	"mpg/store"
)

// Head is a Notice without what only its words need: who is told which text, and about which
// payment.
type Head struct {
	Medium Medium    `cbor:"1,keyasint"`
	Via    string    `cbor:"2,keyasint"`
	To     string    `cbor:"4,keyasint"`
	Lang   lang.Lang `cbor:"5,keyasint"`
	Text   lang.Key  `cbor:"6,keyasint"`
	About  struct {
		Ref string `cbor:"1,keyasint"` // of the payment; empty: none
	} `cbor:"7,keyasint"`
	Class lang.Class `cbor:"9,keyasint,omitempty"`
}

// ReadHead takes the head of a notice from the outbox.
func ReadHead(row store.OutRow) (Head, error) {
	var head Head
	return head, codec.Peek(row.Data, &head)
}
