package ledger

import (
	"mpg/store"
	"mpg/store/money"
)

// transfer does one transfer or refuses it.
func (d *decision) transfer(t *store.Transfer) store.Refusal {
	switch t.Op {
	case store.Post, store.Hold:
		return d.move(t)
	case store.PostHold, store.VoidHold:
		return d.end(t)
	}
	return store.RefusedOp
}

// move does a Post or makes a hold.
func (d *decision) move(t *store.Transfer) store.Refusal {
	debit, knownDebit := d.account(t.Debit)
	credit, knownCredit := d.account(t.Credit)
	switch {
	case !knownDebit:
		return d.refuse(store.RefusedAccount, t.Debit, 0)
	case !knownCredit:
		return d.refuse(store.RefusedAccount, t.Credit, 0)
	case t.Debit == t.Credit:
		return d.refuse(store.RefusedSameAccount, t.Debit, 0)
	}
	from, to := &d.fx.Accounts[debit], &d.fx.Accounts[credit]
	switch {
	case from.Currency != to.Currency:
		return store.RefusedCurrency
	case t.Amount < 1 || t.Amount > money.Max:
		return store.RefusedAmount
	case overflows(t.Amount, from, to):
		return store.RefusedOverflow
	}
	if t.Op == store.Hold {
		if _, used := d.hold(t.Hold); used {
			return store.RefusedHoldExists
		}
	}
	if r := d.admit(t, from, to); r != store.None {
		return r
	}
	Apply(t, from, to)
	kept := *t
	kept.Partial = false // it means nothing in a Cmd
	kept.IgnoreLimits = t.IgnoreLimits && t.Op == store.Post
	d.fx.Transfers = append(d.fx.Transfers, kept)
	if t.Op == store.Hold {
		d.fx.Holds = append(d.fx.Holds, HoldAfter(Hold{}, t))
	}
	return store.None
}

// admit checks what only a new Hold or Post must meet: both accounts are open, there is
// enough money, and there is room below the ceilings. One that ignores limits needs the
// money alone.
func (d *decision) admit(t *store.Transfer, from, to *store.Account) store.Refusal {
	limited := t.Op == store.Hold || !t.IgnoreLimits
	switch {
	case limited && from.Closed:
		return d.refuse(store.RefusedClosed, from.ID, 0)
	case limited && to.Closed:
		return d.refuse(store.RefusedClosed, to.ID, 0)
	}
	if missing := t.Amount - from.Available(); from.Kind == store.Liability && missing > 0 {
		return d.refuse(store.RefusedFunds, from.ID, missing)
	}
	if !limited {
		return store.None
	}
	// A debit brings an Asset nearer its ceiling, a credit a Liability account.
	if over := from.Reach() + t.Amount - from.Ceiling; from.Kind == store.Asset && from.Ceiling > 0 && over > 0 {
		return d.refuse(store.RefusedCeiling, from.ID, over)
	}
	if over := to.Reach() + t.Amount - to.Ceiling; to.Kind == store.Liability && to.Ceiling > 0 && over > 0 {
		return d.refuse(store.RefusedCeiling, to.ID, over)
	}
	return store.None
}

// end posts or voids a hold, or part of it, with the accounts that the hold itself
// names. The money was there when it was held, and was counted against overflow and
// ceilings, so none of this is checked again.
func (d *decision) end(t *store.Transfer) store.Refusal {
	h, known := d.hold(t.Hold)
	switch {
	case !known:
		return store.RefusedHold
	case !h.Open:
		return store.RefusedHoldEnded
	case t.Amount > h.Amount:
		return d.refuse(store.RefusedHoldExceeded, 0, t.Amount-h.Amount)
	}
	debit, knownDebit := d.account(h.Debit)
	credit, knownCredit := d.account(h.Credit)
	switch {
	case !knownDebit:
		return d.refuse(store.RefusedAccount, h.Debit, 0)
	case !knownCredit:
		return d.refuse(store.RefusedAccount, h.Credit, 0)
	}
	full := *t
	full.Debit, full.Credit = h.Debit, h.Credit
	if full.Amount == 0 {
		full.Amount = h.Amount
	}
	h = HoldAfter(h, &full)
	full.Partial = h.Open
	Apply(&full, &d.fx.Accounts[debit], &d.fx.Accounts[credit])
	d.fx.Transfers = append(d.fx.Transfers, full)
	d.fx.Holds = append(d.fx.Holds, h)
	return store.None
}

// overflows reports whether a counter would pass what an Amount can say. The
// pending and posted counters of a side are taken together, so that a hold can
// always be posted.
func overflows(a money.Amount, from, to *store.Account) bool {
	_, debitErr := money.Add(from.DebitsPosted+from.DebitsPending, a)
	_, creditErr := money.Add(to.CreditsPosted+to.CreditsPending, a)
	return debitErr != nil || creditErr != nil
}

// Apply moves the counters of both accounts of a transfer that was decided. An
// engine calls it again when it replays or checks its journal; either account
// may be nil there, and then only the other side moves.
func Apply(t *store.Transfer, debit, credit *store.Account) {
	if debit != nil {
		applySide(t, &debit.DebitsPending, &debit.DebitsPosted)
	}
	if credit != nil {
		applySide(t, &credit.CreditsPending, &credit.CreditsPosted)
	}
}

func applySide(t *store.Transfer, pending, posted *money.Amount) {
	switch t.Op {
	case store.Post:
		*posted += t.Amount
	case store.Hold:
		*pending += t.Amount
	case store.PostHold:
		*pending -= t.Amount
		*posted += t.Amount
	case store.VoidHold:
		*pending -= t.Amount
	}
}

// HoldAfter returns what a transfer leaves of a hold: a new one after Hold, and after
// PostHold and VoidHold the previous one less the amount. The transfer must carry its accounts
// and amount. Decide, replay and Verify all use it.
func HoldAfter(before Hold, t *store.Transfer) Hold {
	if t.Op == store.Hold {
		return Hold{ID: t.Hold, Debit: t.Debit, Credit: t.Credit, Amount: t.Amount, First: t.Amount, Code: t.Code, Open: true}
	}
	before.Amount -= t.Amount
	before.Open = before.Amount > 0
	return before
}
