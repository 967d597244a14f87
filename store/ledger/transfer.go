package ledger

import (
	"mpg/store"
	"mpg/store/money"
)

// transfer does one transfer or refuses it.
func (d *decision) transfer(t *store.Transfer) store.Result {
	switch t.Op {
	case store.Post, store.Hold:
		return d.move(t)
	case store.Settle, store.Void:
		return d.end(t)
	}
	return store.Result{Refusal: store.RefusedForm}
}

// move does a Post or makes a hold.
func (d *decision) move(t *store.Transfer) store.Result {
	debit, knownDebit := d.account(t.Debit)
	credit, knownCredit := d.account(t.Credit)
	if !knownDebit || !knownCredit || t.Debit == t.Credit {
		return store.Result{Refusal: store.RefusedAccount}
	}
	from, to := &d.fx.Accounts[debit], &d.fx.Accounts[credit]
	if from.Currency != to.Currency {
		return store.Result{Refusal: store.RefusedCurrency}
	}
	if t.Amount < 1 || t.Amount > money.Max || overflows(t.Amount, from, to) {
		return store.Result{Refusal: store.RefusedAmount}
	}
	if t.Op == store.Hold {
		if _, used := d.hold(t.Hold); used {
			return store.Result{Refusal: store.RefusedHold}
		}
	}
	if missing := t.Amount - from.Available(); from.Kind == store.Owed && missing > 0 {
		return store.Result{Refusal: store.RefusedFunds, Short: missing}
	}
	Apply(t, from, to)
	d.fx.Transfers = append(d.fx.Transfers, *t)
	if t.Op == store.Hold {
		d.fx.Holds = append(d.fx.Holds, HoldOf(t))
	}
	return store.Result{}
}

// end settles or voids a hold, with the accounts and the amount that the hold
// itself names. What was held was there, and was counted against overflow, so
// neither is asked for again.
func (d *decision) end(t *store.Transfer) store.Result {
	h, ok := d.hold(t.Hold)
	if !ok || !h.Open {
		return store.Result{Refusal: store.RefusedHold}
	}
	debit, knownDebit := d.account(h.Debit)
	credit, knownCredit := d.account(h.Credit)
	if !knownDebit || !knownCredit {
		return store.Result{Refusal: store.RefusedAccount}
	}
	full := *t
	full.Debit, full.Credit, full.Amount = h.Debit, h.Credit, h.Amount
	Apply(&full, &d.fx.Accounts[debit], &d.fx.Accounts[credit])
	h.Open = false
	d.fx.Transfers = append(d.fx.Transfers, full)
	d.fx.Holds = append(d.fx.Holds, h)
	return store.Result{}
}

// overflows reports whether a counter would pass what an Amount can say. The
// pending and posted counters of a side are taken together, so that a hold can
// always be settled.
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
	case store.Settle:
		*pending -= t.Amount
		*posted += t.Amount
	case store.Void:
		*pending -= t.Amount
	}
}

// HoldOf is the hold that a transfer leaves behind: open after Hold, ended
// after Settle and Void. The transfer must carry its accounts and amount.
func HoldOf(t *store.Transfer) Hold {
	return Hold{ID: t.Hold, Debit: t.Debit, Credit: t.Credit, Amount: t.Amount, Code: t.Code, Open: t.Op == store.Hold}
}
