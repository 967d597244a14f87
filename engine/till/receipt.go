package till

import (
	"fmt"

	"mpg/engine/codec"
	"mpg/engine/lang"
	"mpg/engine/merchant"
	"mpg/engine/payment"
	"mpg/store"
)

// Receipt is what a slip tells of a payment that the shop was paid.
type Receipt struct {
	View
	Shop   lang.Name
	Ticket bool // the reference is the number of a ticket
}

// ReceiptsIn returns the receipts of the payments that a shop was paid with a record of the
// journal. ref returns the reference of a payment.
func ReceiptsIn(entry *store.Entry, shop string, ref func(no uint64) string) ([]Receipt, error) {
	var all []Receipt
	for i := range entry.Writes {
		p, err := moved(entry, i)
		if err != nil {
			return nil, err
		}
		if p == nil || p.Payee.Code != shop || shopOf(p) != shop || stateOf(p) != Paid {
			continue
		}
		all = append(all, Receipt{viewOf(p, ref), p.Payee.Name, p.Plan.Vertical == string(merchant.Tickets)})
	}
	return all, nil
}

// moved returns the payment of a shop that a write of a record has moved on, or nil.
func moved(entry *store.Entry, write int) (*payment.Payment, error) {
	w := &entry.Writes[write]
	if w.Table != payment.Table || w.Mode == store.Delete {
		return nil, nil
	}
	p := new(payment.Payment)
	if err := codec.Decode(w.Data, p); err != nil {
		return nil, fmt.Errorf("till: record %d: %w", entry.Seq, err)
	}
	// A payment is also written when something else wants to know that it has not changed.
	if shopOf(p) == "" || len(p.Steps) == 0 || !p.Updated().Equal(entry.At) {
		return nil, nil
	}
	return p, nil
}
