package view

import (
	"fmt"
	"time"

	"mpg/engine/admin"
	"mpg/engine/approval"
	"mpg/engine/books"
	"mpg/engine/cdr"
	"mpg/engine/codec"
	"mpg/engine/merchant"
	notices "mpg/engine/notice"
	"mpg/engine/payment"
	"mpg/engine/refusal"
	"mpg/engine/staff"
	"mpg/engine/user"
	"mpg/store"
)

// facts are what a record tells.
type facts struct {
	docs    []doc
	notices []told
	size    int
}

// doc is a document of a record.
type doc struct {
	key    string
	n      int  // among the writes of the record
	fresh  bool // there was none before
	record any
}

// told is an outbox row of a record.
type told struct {
	id store.RowID
	notices.Head
}

// The documents as the tables of the view need them.
type (
	paymentDoc struct {
		*payment.Payment
		seq   uint64
		fresh bool // it has no row yet
	}
	requestDoc struct {
		*payment.Request
		seq uint64
	}
	callDoc struct {
		cdr.Record
		key string
	}
	lookupDoc struct {
		staff.Lookup
		seq uint64
		n   int
	}
	loginDoc struct {
		staff.Event
		key string
		seq uint64
		n   int
	}
	refusalDoc  struct{ refusal.Refused }
	consentDoc  struct{ user.Consent }
	merchantDoc struct {
		merchant.Merchant
		seq uint64
	}
	approvalDoc struct {
		approval.Approval
		seq uint64
	}
	commandDoc struct {
		admin.Recorded
		key, state string
		seq        uint64
		n          int
		at         time.Time
	}
	userDoc struct {
		userRow
		no    uint64
		purse store.AccountID
		seq   uint64
		at    int64
		fresh bool // it has no row yet
	}
)

// userOf returns what may be shown of a subscriber.
func userOf(u *user.Card) userRow {
	return userRow{phone: u.Phone, name: u.Name.EN, nameZH: u.Name.ZH, lang: string(u.Lang), state: string(u.State), why: u.Why, pin: flag(u.PIN != nil),
		bank: u.Bank, mask: u.BankMask, open: int64(u.Open), created: micros(u.Created)}
}

// read decodes what the view keeps of a record. The documents of modules, and those that
// only the daemon itself needs, are passed over.
func read(entry *store.Entry) (facts, error) {
	var f facts
	for i := range entry.Writes {
		w := &entry.Writes[i]
		if w.Mode == store.Delete {
			continue // no table of the view shows what may be deleted
		}
		record, err := decode(w)
		if err != nil {
			return f, fmt.Errorf("view: record %d, table %d: %w", entry.Seq, w.Table, err)
		}
		if record != nil {
			f.docs = append(f.docs, doc{w.Key, i, w.Expect == 0, record})
			f.size += len(w.Data)
		}
	}
	for _, row := range entry.Rows {
		n, err := notices.ReadHead(row)
		if err != nil {
			return f, fmt.Errorf("view: record %d, outbox row %d: %w", entry.Seq, row.ID, err)
		}
		f.notices = append(f.notices, told{row.ID, n})
		f.size += len(row.Data)
	}
	return f, nil
}

// decode returns the record that a write holds, or nil if the view does not keep it.
func decode(w *store.Write) (any, error) {
	switch w.Table {
	case payment.Table:
		return decoded[payment.Payment](w)
	case payment.BankTable:
		return decoded[payment.Request](w)
	case payment.UnclaimedTable:
		return decoded[payment.Unclaimed](w)
	case payment.ClaimTable:
		return decoded[payment.Claim](w)
	case payment.RefundsTable:
		return decoded[payment.Refunds](w)
	case user.Table:
		card := new(user.Card)
		return card, codec.Peek(w.Data, card)
	case books.NamesTable:
		return books.AccountOf(w.Data)
	case merchant.Table:
		m, err := decoded[merchant.Merchant](w)
		return merchantDoc{Merchant: *m}, err
	case cdr.Table:
		r, err := decoded[cdr.Record](w)
		return callDoc{*r, w.Key}, err
	case refusal.Table:
		r, err := decoded[refusal.Refused](w)
		return refusalDoc{*r}, err
	case user.ConsentTable:
		c, err := decoded[user.Consent](w)
		return consentDoc{*c}, err
	case staff.LookupTable:
		l, err := decoded[staff.Lookup](w)
		return lookupDoc{Lookup: *l}, err
	case staff.EventTable:
		e, err := decoded[staff.Event](w)
		return loginDoc{Event: *e, key: w.Key}, err
	case approval.Table:
		a, err := decoded[approval.Approval](w)
		return approvalDoc{Approval: *a}, err
	case notices.DroppedTable:
		return decoded[notices.Dropped](w)
	case admin.CommandTable:
		c, err := admin.ReadRecorded(w.Data)
		return commandDoc{Recorded: c}, err
	}
	return nil, nil
}

func decoded[T any](w *store.Write) (*T, error) {
	value := new(T)
	return value, codec.Decode(w.Data, value)
}
