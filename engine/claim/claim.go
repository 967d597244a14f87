// Package claim keeps money that was sent to a number that is not registered, until its owner
// registers or it goes back to its payer.
//
// The payment itself is done at once, so that its payer may order again: it moves the money
// into the account of unclaimed money. A payment.Claim remembers whose it becomes, and one row
// of due work what happens next. It ends with a payment of its own, to the payee or back, in
// one step that drops the row: registration and expiry cannot both have the money.
//
//	claim.go   the lists    desk.go   how claims begin and end
//
// The package imports store, the unit of work (engine/tx), books, due, process, the records
// and rules that it applies, lang and local.
package claim

import (
	"fmt"
	"slices"

	"mpg/engine/payment"
	"mpg/engine/tx"
	"mpg/store"
)

// ListTable holds each List, by what fromKey and toKey return. The claims themselves are in
// payment.ClaimTable.
const ListTable store.Table = 69

// List holds the open claims of one payer, or to one number, with the orders that are about to
// become claims: two payers who order at once cannot both have the last room for a number.
type List struct {
	Claims []uint64 `cbor:"1,keyasint"` // by the numbers of their payments
}

// Of returns the claim of payment no, or nil.
func Of(t *tx.Tx, no uint64) (*payment.Claim, error) {
	return tx.Read[payment.Claim](t, payment.ClaimTable, payment.Key(no))
}

// fromKey and toKey name lists. The number is a keyed digest, as in an alias.
func fromKey(payer uint64) string { return fmt.Sprintf("from/%016x", payer) }

func toKey(t *tx.Tx, phone string) string { return "to/" + tx.AliasKey(t, phone) }

// listOf returns the list of a key.
func listOf(t *tx.Tx, key string) (*List, error) {
	list, err := tx.Read[List](t, ListTable, key)
	if err == nil && list == nil {
		list = &List{}
	}
	return list, err
}

// change adds a claim to the lists of a key, or removes it.
func change(t *tx.Tx, key string, no uint64, open bool) error {
	list, err := listOf(t, key)
	if err != nil {
		return err
	}
	list.Claims = slices.DeleteFunc(list.Claims, func(other uint64) bool { return other == no })
	if open {
		list.Claims = append(list.Claims, no)
	}
	if len(list.Claims) == 0 {
		tx.Drop(t, ListTable, key)
		return nil
	}
	tx.Save(t, ListTable, key, list)
	return nil
}
