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
func (d *decision) move(transfer *store.Transfer) store.Refusal {
	debit, knownDebit := d.account(transfer.Debit)
	credit, knownCredit := d.account(transfer.Credit)
	switch {
	case !knownDebit:
		return d.refuse(store.RefusedAccount, transfer.Debit, 0)
	case !knownCredit:
		return d.refuse(store.RefusedAccount, transfer.Credit, 0)
	case transfer.Debit == transfer.Credit:
		return d.refuse(store.RefusedSameAccount, transfer.Debit, 0)
	}
	from, to := &d.fx.Accounts[debit], &d.fx.Accounts[credit]
	switch {
	case from.Currency != to.Currency:
		return store.RefusedCurrency
	case transfer.Amount < 1 || transfer.Amount > money.Max:
		return store.RefusedAmount
	case overflows(transfer.Amount, from, to):
		return store.RefusedOverflow
	}
	if transfer.Op == store.Hold {
		if _, used := d.hold(transfer.Hold); used {
			return store.RefusedHoldExists
		}
	}
	if r := d.admit(transfer, from, to); r != store.None {
		return r
	}
	Apply(transfer, from, to)
	kept := *transfer
	kept.Partial = false // it has no meaning in a Cmd
	kept.IgnoreLimits = transfer.IgnoreLimits && transfer.Op == store.Post
	d.fx.Transfers = append(d.fx.Transfers, kept)
	if transfer.Op == store.Hold {
		d.fx.Holds = append(d.fx.Holds, HoldAfter(Hold{}, transfer))
	}
	return store.None
}

// admit checks what only a new Hold or Post must meet: both accounts are open, there is
// enough money, and there is room below the ceilings. A transfer that ignores limits needs
// only the money.
func (d *decision) admit(transfer *store.Transfer, from, to *store.Account) store.Refusal {
	limited := transfer.Op == store.Hold || !transfer.IgnoreLimits
	switch {
	case limited && from.Closed:
		return d.refuse(store.RefusedClosed, from.ID, 0)
	case limited && to.Closed:
		return d.refuse(store.RefusedClosed, to.ID, 0)
	}
	if missing := transfer.Amount - from.Available(); from.Kind == store.Liability && missing > 0 {
		return d.refuse(store.RefusedFunds, from.ID, missing)
	}
	if !limited {
		return store.None
	}
	// A debit brings an Asset nearer its ceiling, a credit a Liability account.
	if over := from.Reach() + transfer.Amount - from.Ceiling; from.Kind == store.Asset && from.Ceiling > 0 && over > 0 {
		return d.refuse(store.RefusedCeiling, from.ID, over)
	}
	if over := to.Reach() + transfer.Amount - to.Ceiling; to.Kind == store.Liability && to.Ceiling > 0 && over > 0 {
		return d.refuse(store.RefusedCeiling, to.ID, over)
	}
	return store.None
}

// end posts or voids a hold, or part of it, with the accounts that the hold itself
// names. The money was there when it was held, and was counted against overflow and
// ceilings, so none of this is checked again.
func (d *decision) end(transfer *store.Transfer) store.Refusal {
	h, known := d.hold(transfer.Hold)
	switch {
	case !known:
		return store.RefusedHold
	case !h.Open:
		return store.RefusedHoldEnded
	case transfer.Amount > h.Amount:
		return d.refuse(store.RefusedHoldExceeded, 0, transfer.Amount-h.Amount)
	}
	debit, knownDebit := d.account(h.Debit)
	credit, knownCredit := d.account(h.Credit)
	switch {
	case !knownDebit:
		return d.refuse(store.RefusedAccount, h.Debit, 0)
	case !knownCredit:
		return d.refuse(store.RefusedAccount, h.Credit, 0)
	}
	full := *transfer
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
func overflows(amount money.Amount, from, to *store.Account) bool {
	_, debitErr := money.Add(from.DebitsPosted+from.DebitsPending, amount)
	_, creditErr := money.Add(to.CreditsPosted+to.CreditsPending, amount)
	return debitErr != nil || creditErr != nil
}

// Apply moves the counters of both accounts of a transfer that was decided. An
// engine calls it again when it replays or checks its journal; either account
// may be nil there, and then only the other side moves.
func Apply(transfer *store.Transfer, debit, credit *store.Account) {
	if debit != nil {
		applySide(transfer, &debit.DebitsPending, &debit.DebitsPosted)
	}
	if credit != nil {
		applySide(transfer, &credit.CreditsPending, &credit.CreditsPosted)
	}
}

func applySide(transfer *store.Transfer, pending, posted *money.Amount) {
	switch transfer.Op {
	case store.Post:
		*posted += transfer.Amount
	case store.Hold:
		*pending += transfer.Amount
	case store.PostHold:
		*pending -= transfer.Amount
		*posted += transfer.Amount
	case store.VoidHold:
		*pending -= transfer.Amount
	}
}

// HoldAfter returns what a transfer leaves of a hold: a new one after Hold, and after
// PostHold and VoidHold the previous one less the amount. The transfer must carry its accounts
// and amount. Decide, replay and Verify all use it.
func HoldAfter(before Hold, transfer *store.Transfer) Hold {
	if transfer.Op == store.Hold {
		return Hold{ID: transfer.Hold, Debit: transfer.Debit, Credit: transfer.Credit, Amount: transfer.Amount, First: transfer.Amount, Code: transfer.Code, Open: true}
	}
	before.Amount -= transfer.Amount
	before.Open = before.Amount > 0
	return before
}
