package ledger

import (
	"mpg/store"
	"mpg/store/money"
)

// book is the accounts and holds as the Cmd has changed them so far.
type book struct {
	s   State
	out *Outcome
}

// account returns an account to be changed, or nil. The pointer is good until
// the next call.
func (b *book) account(id store.AccountID) *store.Account {
	for i := range b.out.Accounts {
		if b.out.Accounts[i].ID == id {
			return &b.out.Accounts[i]
		}
	}
	a, ok := b.s.Account(id)
	if !ok {
		return nil
	}
	b.out.Accounts = append(b.out.Accounts, a)
	return &b.out.Accounts[len(b.out.Accounts)-1]
}

func (b *book) open(o store.Open) store.Refusal {
	if b.account(o.ID) != nil {
		return store.RefusedAccount
	}
	b.out.Accounts = append(b.out.Accounts, store.Account{ID: o.ID, Kind: o.Kind, Currency: o.Currency})
	return store.None
}

// held returns a hold as the Cmd has left it.
func (b *book) held(id store.HoldID) (Held, bool) {
	for i := len(b.out.Holds) - 1; i >= 0; i-- {
		if b.out.Holds[i].ID == id {
			return b.out.Holds[i].Held, !b.out.Holds[i].Ended
		}
	}
	return b.s.Held(id)
}

// move does one transfer. short is what is missing where funds are refused.
func (b *book) move(t *store.Transfer) (r store.Refusal, short money.Amount) {
	switch t.Op {
	case store.Post, store.Hold:
		r, short := b.begin(t)
		b.out.Moves = append(b.out.Moves, *t)
		return r, short
	case store.Settle, store.Void:
		return b.end(t), 0
	}
	return store.RefusedForm, 0
}

// begin posts or holds.
func (b *book) begin(t *store.Transfer) (store.Refusal, money.Amount) {
	if t.Debit == t.Credit {
		return store.RefusedAccount, 0
	}
	// Both are looked up before either pointer is kept: the second look-up may
	// move the first.
	if b.account(t.Debit) == nil || b.account(t.Credit) == nil {
		return store.RefusedAccount, 0
	}
	debit, credit := b.account(t.Debit), b.account(t.Credit)
	if debit.Currency != credit.Currency {
		return store.RefusedCurrency, 0
	}
	if t.Amount <= 0 || t.Amount > money.Max {
		return store.RefusedAmount, 0
	}
	if debit.Kind == store.Owed && debit.Available() < t.Amount {
		return store.RefusedFunds, t.Amount - debit.Available()
	}
	if t.Op == store.Hold {
		return b.hold(t, debit, credit), 0
	}
	if t.Hold != 0 {
		return store.RefusedForm, 0
	}
	return add(&debit.DebitsPosted, &credit.CreditsPosted, t.Amount), 0
}

func (b *book) hold(t *store.Transfer, debit, credit *store.Account) store.Refusal {
	if t.Hold == 0 || b.known(t.Hold) {
		return store.RefusedHold
	}
	if r := add(&debit.DebitsPending, &credit.CreditsPending, t.Amount); r != store.None {
		return r
	}
	b.out.Holds = append(b.out.Holds, HoldChange{ID: t.Hold, Held: Held{t.Debit, t.Credit, t.Amount}})
	return store.None
}

// known reports whether the hold is open, or was ended by this Cmd.
func (b *book) known(id store.HoldID) bool {
	for i := range b.out.Holds {
		if b.out.Holds[i].ID == id {
			return true
		}
	}
	_, ok := b.s.Held(id)
	return ok
}

// end settles or voids the whole hold.
func (b *book) end(t *store.Transfer) store.Refusal {
	if t.Amount != 0 || t.Debit != 0 || t.Credit != 0 {
		return store.RefusedForm
	}
	h, ok := b.held(t.Hold)
	if !ok {
		return store.RefusedHold
	}
	if b.account(h.Debit) == nil || b.account(h.Credit) == nil {
		return store.RefusedAccount
	}
	debit, credit := b.account(h.Debit), b.account(h.Credit)
	if debit.DebitsPending < h.Amount || credit.CreditsPending < h.Amount {
		panic("ledger: a hold is larger than what its account holds")
	}
	debit.DebitsPending -= h.Amount
	credit.CreditsPending -= h.Amount
	b.out.Holds = append(b.out.Holds, HoldChange{ID: t.Hold, Held: h, Ended: true})
	b.out.Moves = append(b.out.Moves, store.Transfer{Op: t.Op, Code: t.Code, Debit: h.Debit, Credit: h.Credit, Amount: h.Amount, Hold: t.Hold})
	if t.Op == store.Void {
		return store.None
	}
	return add(&debit.DebitsPosted, &credit.CreditsPosted, h.Amount)
}

// add adds a to both sides, or to none.
func add(debit, credit *money.Amount, a money.Amount) store.Refusal {
	d, derr := money.Add(*debit, a)
	c, cerr := money.Add(*credit, a)
	if derr != nil || cerr != nil {
		return store.RefusedAmount
	}
	*debit, *credit = d, c
	return store.None
}
