package audit

import (
	"fmt"
	"maps"
	"slices"

	"mpg/engine/payment"
	"mpg/store"
	"mpg/store/money"
)

// debtBook keeps what shops owe no longer, to compare that with the accounts of what they owe.
type debtBook struct {
	shops   map[store.AccountID]string // codes, by the account of what the shop owes
	cleared map[string]payment.Owed    // by code
	lost    money.Amount               // written off, of all shops
}

func newDebtBook() debtBook {
	return debtBook{shops: make(map[store.AccountID]string), cleared: make(map[string]payment.Owed)}
}

// owed takes in what a shop owes no longer.
func (b *debtBook) owed(now *payment.Owed, _ bool) {
	b.lost += now.WrittenOff - b.cleared[now.Code].WrittenOff
	b.cleared[now.Code] = *now
}

// compare compares the accounts with the records: only what a shop has paid, and what was
// written off, lessens what it owes, and no more than it has owed.
func (b *debtBook) compare(moved map[store.AccountID]sums) (faults []string) {
	for _, id := range slices.Sorted(maps.Keys(b.shops)) {
		code, has := b.shops[id], moved[id]
		cleared := b.cleared[code]
		if has.creditsPosted != cleared.Paid+cleared.WrittenOff {
			faults = append(faults, fmt.Sprintf("%d of what shop %s owed is cleared, but %d is paid and %d written off", has.creditsPosted, code, cleared.Paid, cleared.WrittenOff))
		}
		if has.creditsPosted > has.debitsPosted {
			faults = append(faults, fmt.Sprintf("shop %s owes %d less than nothing", code, has.creditsPosted-has.debitsPosted))
		}
	}
	return faults
}
