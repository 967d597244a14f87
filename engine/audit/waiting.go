package audit

import (
	"fmt"

	"mpg/engine/payment"
	"mpg/store"
	"mpg/store/money"
)

// waitingBook keeps what waits for somebody according to its records, to compare that with
// the account of unclaimed money.
type waitingBook struct {
	account store.AccountID // 0: there is none yet
	claims  map[uint64]money.Amount
	kept    map[uint64]money.Amount // for customers whose purses are closed
}

func newWaitingBook() waitingBook {
	return waitingBook{claims: make(map[uint64]money.Amount), kept: make(map[uint64]money.Amount)}
}

// claim takes in what waits for a number to be registered.
func (b *waitingBook) claim(c *payment.Claim, _ bool) {
	if c.State == payment.ClaimOpen {
		b.claims[c.Payment] = c.Amount
		return
	}
	delete(b.claims, c.Payment)
}

// unclaimed takes in what waits for a customer whose purse is closed.
func (b *waitingBook) unclaimed(u *payment.Unclaimed, _ bool) {
	if u.By != 0 {
		delete(b.kept, u.Payment)
		return
	}
	b.kept[u.Payment] = u.Amount
}

// compare compares the records with the account.
func (b *waitingBook) compare(moved map[store.AccountID]sums) (faults []string) {
	var claims, kept money.Amount
	for _, amount := range b.claims {
		claims += amount
	}
	for _, amount := range b.kept {
		kept += amount
	}
	if has := moved[b.account].creditsPosted - moved[b.account].debitsPosted; has != claims+kept {
		faults = append(faults, fmt.Sprintf("%d is unclaimed, but %d waits for numbers to be registered, and %d for customers whose purses are closed", has, claims, kept))
	}
	return faults
}
