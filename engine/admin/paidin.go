package admin

import (
	"mpg/engine/payment"
	"mpg/engine/tx"
	"mpg/store"
	"mpg/store/money"
)

// paidInTable holds the PaidIn of each subscriber and agent that the operator has paid cash
// in for.
const paidInTable store.Table = 72

// PaidIn is how much cash the operator has paid in for somebody on one local day: one person
// could otherwise pay in any amount in small parts.
type PaidIn struct {
	Date string       `cbor:"1,keyasint"` // 2006-01-02
	Sum  money.Amount `cbor:"2,keyasint"`
}

// paidIn counts it.
type paidIn struct{ *Service }

// userKey and merchantKey are the keys of the records.
func userKey(no uint64) string { return "u" + payment.Key(no) }

func merchantKey(code string) string { return "m" + code }

// today returns the record of the local day. A date that goes back does not begin a new one.
func (c paidIn) today(t *tx.Tx, key string) (*PaidIn, error) {
	kept, err := tx.Read[PaidIn](t, paidInTable, key)
	if err != nil {
		return nil, err
	}
	if date := c.cfg.Place.Day(t.Now); kept == nil || date > kept.Date {
		kept = &PaidIn{Date: date}
	}
	return kept, nil
}

// isLarge reports whether paying amount in takes two people, with what was paid in today.
func (c paidIn) isLarge(t *tx.Tx, key string, amount money.Amount) (bool, error) {
	above := c.cfg.Rules().TopUpAbove
	if above == 0 || amount > above {
		return above != 0, nil
	}
	today, err := c.today(t, key)
	if err != nil {
		return false, err
	}
	return today.Sum > above-amount, nil
}

// add counts amount.
func (c paidIn) add(t *tx.Tx, key string, amount money.Amount) error {
	today, err := c.today(t, key)
	if err != nil {
		return err
	}
	today.Sum += amount
	tx.Save(t, paidInTable, key, today)
	return nil
}
