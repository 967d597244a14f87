package process

import (
	"slices"

	"mpg/engine/payment"
	"mpg/engine/tx"
	"mpg/store/money"
)

// unclaimed keeps money for customers whose purses are closed.
type unclaimed struct{ *Machine }

// back has the money of p handed back to the account of unclaimed money if Back is
// closed.
func (m unclaimed) back(t *tx.Tx, p *payment.Payment) error {
	back, ok, err := m.cfg.Run.Books().Account(t.Context(), p.Plan.Back)
	if err != nil || !ok || !back.Closed {
		return err
	}
	for _, side := range []payment.Party{p.Payer, p.Payee} {
		owner, err := subscriber(t, side)
		if err != nil {
			return err
		}
		if owner == nil || owner.Purse != p.Plan.Back {
			continue
		}
		if p.Plan.Back, err = m.cfg.Unclaimed(t); err != nil {
			return err
		}
		keepUnclaimed(t, p, owner.No, p.HandedBack())
		return nil
	}
	return nil
}

// leave sends what a refund brings back to a purse to the account of unclaimed money, or leaves it
// there, if the purse was closed after the refund was planned: neither a limit nor a closed account
// refuses such a leg.
func (m unclaimed) leave(t *tx.Tx, p *payment.Payment) error {
	back := slices.IndexFunc(p.Plan.Legs, func(leg payment.Leg) bool { return leg.Code == payment.CodeBack })
	if p.Plan.Product != payment.PaidBack || back < 0 {
		return nil
	}
	purse, ok, err := m.cfg.Run.Books().Account(t.Context(), p.Plan.Legs[back].To)
	if err != nil || !ok || !purse.Closed {
		return err
	}
	account, err := m.cfg.Unclaimed(t)
	if err != nil {
		return err
	}
	p.Plan.Legs = slices.Clone(p.Plan.Legs)
	if p.Plan.Legs[back].To = account; p.Plan.Legs[back].From == account {
		p.Plan.Legs = slices.Delete(p.Plan.Legs, back, back+1)
	}
	return nil
}

// keepUnclaimed records that p has brought amount, which is owner's, to the account of
// unclaimed money.
func keepUnclaimed(t *tx.Tx, p *payment.Payment, owner uint64, amount money.Amount) {
	tx.Save(t, payment.UnclaimedTable, payment.Key(p.No), &payment.Unclaimed{Payment: p.No, User: owner, Amount: amount, Currency: p.Currency, Since: t.Now.UTC()})
}
