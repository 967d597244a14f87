package audit

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"mpg/engine/books"
	"mpg/engine/payment"
	"mpg/store"
	"mpg/store/money"
)

// bankBook keeps what each bank owes us according to its answers, to compare that with the
// accounts of the banks, and the accounts of what is in transit from one bank to another.
type bankBook struct {
	banks    map[store.AccountID]string // name of the bank, by its account
	transits map[store.AccountID]string
	owes     map[string]money.Amount // by the requests that stand, by bank
	stand    bits                    // requests that stand, by number
}

func newBankBook() bankBook {
	return bankBook{banks: make(map[store.AccountID]string), transits: make(map[store.AccountID]string), owes: make(map[string]money.Amount)}
}

// name records the name of an account.
func (b *bankBook) name(w *store.Write) error {
	id, err := books.AccountOf(w.Data)
	if err != nil {
		return err
	}
	if bank, ok := strings.CutPrefix(w.Key, books.BankPrefix); ok {
		b.banks[id] = bank
	}
	if bank, ok := strings.CutPrefix(w.Key, books.TransitPrefix); ok {
		b.transits[id] = bank
	}
	return nil
}

// request records the current state of a request.
func (b *bankBook) request(r *payment.Request) {
	stood, now := b.stand.has(r.No), stands(r) && (r.Kind.Takes() || r.Kind.Pays())
	if stood == now {
		return
	}
	amount := r.Amount
	if r.Kind.Pays() {
		amount = -amount
	}
	if now {
		b.stand.set(r.No)
		b.owes[r.Bank] += amount
		return
	}
	b.stand.clear(r.No)
	b.owes[r.Bank] -= amount
}

// compare compares the accounts of the banks with what the banks have said, and what is in
// transit with the payments that are not done: a payment that is done leaves nothing in
// transit.
func (b *bankBook) compare(moved map[store.AccountID]sums, open []*payment.Payment) (faults []string) {
	for _, id := range slices.Sorted(maps.Keys(b.banks)) {
		bank := b.banks[id]
		if has := moved[id].debitsPosted - moved[id].creditsPosted; has != b.owes[bank] {
			faults = append(faults, fmt.Sprintf("the account of bank %s holds %d, but its answers add up to %d", bank, has, b.owes[bank]))
		}
	}
	under := make(map[store.AccountID]sums)
	for _, p := range open {
		tell(under, p, 1)
	}
	for _, id := range slices.Sorted(maps.Keys(b.transits)) {
		has, told := moved[id].creditsPosted-moved[id].debitsPosted, under[id].creditsPosted-under[id].debitsPosted
		if has != told {
			faults = append(faults, fmt.Sprintf("%d is in transit from bank %s, but the open payments account for %d", has, b.transits[id], told))
		}
	}
	return faults
}
