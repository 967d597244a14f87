package ledger

import (
	"fmt"

	"mpg/store"
	"mpg/store/money"
)

// Assert checks the invariants after a Cmd that Decide has accepted: in each currency
// debits equal credits, posted and pending; no pending counter is below zero and no
// posted one has decreased; a hold is open exactly as long as something is left of it.
// An error means that the State or this code is wrong, and that nothing of the Cmd may
// be kept.
func (fx *Effects) Assert() error {
	for i := range fx.Accounts {
		if err := assertAccount(&fx.before[i], &fx.Accounts[i]); err != nil {
			return err
		}
		if !fx.seenBefore(i) {
			if err := fx.assertBalance(i); err != nil {
				return err
			}
		}
	}
	for i := range fx.Holds {
		h := &fx.Holds[i]
		if h.Amount < 0 || h.Amount > h.First || h.Open != (h.Amount > 0) {
			return fmt.Errorf("ledger: hold %d has %d left of %d, open: %v", h.ID, h.Amount, h.First, h.Open)
		}
	}
	return nil
}

func assertAccount(before *counters, after *store.Account) error {
	if after.DebitsPending < 0 || after.CreditsPending < 0 {
		return fmt.Errorf("ledger: account %d has less than nothing pending: debits %d, credits %d",
			after.ID, after.DebitsPending, after.CreditsPending)
	}
	if after.DebitsPosted < before.debitsPosted || after.CreditsPosted < before.creditsPosted {
		return fmt.Errorf("ledger: a posted counter of account %d falls: debits from %d to %d, credits from %d to %d",
			after.ID, before.debitsPosted, after.DebitsPosted, before.creditsPosted, after.CreditsPosted)
	}
	return nil
}

// seenBefore reports whether an account before the i-th has the same currency.
func (fx *Effects) seenBefore(at int) bool {
	for j := range fx.Accounts[:at] {
		if fx.Accounts[j].Currency == fx.Accounts[at].Currency {
			return true
		}
	}
	return false
}

// assertBalance adds up what the Cmd changed in the currency of the i-th account,
// which is the first of that currency.
func (fx *Effects) assertBalance(at int) error {
	currency := fx.Accounts[at].Currency
	var posted, pending money.Amount // debits less credits
	for j := at; j < len(fx.Accounts); j++ {
		before, after := &fx.before[j], &fx.Accounts[j]
		if after.Currency != currency {
			continue
		}
		posted += after.DebitsPosted - before.debitsPosted - (after.CreditsPosted - before.creditsPosted)
		pending += after.DebitsPending - before.debitsPending - (after.CreditsPending - before.creditsPending)
	}
	if posted != 0 || pending != 0 {
		return fmt.Errorf("ledger: the debits of a step in %s differ from its credits by %d posted and %d pending", currency, posted, pending)
	}
	return nil
}
