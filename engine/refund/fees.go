package refund

import (
	"errors"

	"mpg/engine/payment"
	"mpg/engine/product"
	"mpg/engine/tx"
	"mpg/store/money"
)

// errFeesShort is an ErrShort of whoever got the fee of a payment.
var errFeesShort = errors.New("the account of the fees does not hold enough to return the fee")

// feeShares returns what those who got the fee of a payment pay of a refund of amount, if the
// row of the tariff says that a refund returns the fee: each side then pays back what it got
// of that amount. before has been refunded already. The parts are rounded down as a running
// total, so that those of a whole refund in any number of parts make the whole fee.
func feeShares(first *payment.Payment, before, amount money.Amount) (shares []product.Share, sum money.Amount) {
	if first.Tariff == nil || !first.Tariff.Terms.Returned {
		return nil, 0
	}
	for i := range first.Plan.Legs {
		leg := &first.Plan.Legs[i]
		if leg.Code != payment.CodeFee && leg.Code != payment.CodeTax {
			continue
		}
		got := first.Moves(i)
		if part := got.Part(before+amount, first.Charged) - got.Part(before, first.Charged); part > 0 {
			shares, sum = append(shares, product.Share{Account: leg.To, Amount: part}), sum+part
		}
	}
	return shares, sum
}

// holdFees returns an error if an account that got a fee has been emptied since.
func (d *Desk) holdFees(t *tx.Tx, shares []product.Share) error {
	for _, share := range shares {
		has, _, err := d.cfg.Store.Account(t.Context(), share.Account)
		if err != nil {
			return err
		}
		if lacking := share.Amount - has.Available(); lacking > 0 {
			return d.lacks(errFeesShort, lacking)
		}
	}
	return nil
}
