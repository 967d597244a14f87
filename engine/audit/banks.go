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
	banks    map[store.AccountID]party // by its account
	transits map[store.AccountID]string
	owes     map[party]money.Amount // by the requests that stand, less what was charged back
	stand    bits                   // requests that stand, by number
	losses   store.AccountID
	suspense map[store.AccountID]string // banks, by the account of what is in suspense
	waits    map[string]money.Amount    // in suspense, by bank and by the requests
	lost     money.Amount               // written off, by the requests
	debts    debtBook
	booked   map[uint64]payment.Loss // by request, what waits or is lost
}

// party is a bank, or what it owes for cards, which is an account of its own.
type party struct {
	bank string
	card bool
}

// String names p in a fault.
func (p party) String() string {
	if p.card {
		return "card issuer " + p.bank
	}
	return "bank " + p.bank
}

func newBankBook() bankBook {
	return bankBook{banks: make(map[store.AccountID]party), transits: make(map[store.AccountID]string), owes: make(map[party]money.Amount),
		suspense: make(map[store.AccountID]string), waits: make(map[string]money.Amount), booked: make(map[uint64]payment.Loss), debts: newDebtBook()}
}

// name records the name of an account.
func (b *bankBook) name(w *store.Write) error {
	id, err := books.AccountOf(w.Data)
	if err != nil {
		return err
	}
	if bank, ok := strings.CutPrefix(w.Key, books.BankPrefix); ok {
		b.banks[id] = party{bank: bank}
	}
	if issuer, ok := strings.CutPrefix(w.Key, books.CardPrefix); ok {
		b.banks[id] = party{issuer, true}
	}
	if bank, ok := strings.CutPrefix(w.Key, books.TransitPrefix); ok {
		b.transits[id] = bank
	}
	if bank, ok := strings.CutPrefix(w.Key, books.SuspensePrefix); ok {
		b.suspense[id] = bank
	}
	if shop, ok := strings.CutPrefix(w.Key, books.ReceivablePrefix); ok {
		b.debts.shops[id] = shop
	}
	if w.Key == books.Losses {
		b.losses = id
	}
	return nil
}

// request records the current state of a request.
func (b *bankBook) request(r *payment.Request) {
	b.late(r)
	stood, now := b.stand.has(r.No), (stands(r) || r.Suspended > 0) && (r.Kind.Takes() || r.Kind.Pays())
	if stood == now {
		return
	}
	amount := r.Amount
	if r.Kind.Pays() {
		amount = -amount
	}
	who := party{r.Bank, r.Card}
	if now {
		b.stand.set(r.No)
		b.owes[who] += amount
		return
	}
	b.stand.clear(r.No)
	b.owes[who] -= amount
}

// late records what a bank has paid after the payer had the money back.
func (b *bankBook) late(r *payment.Request) {
	was := b.booked[r.No]
	if r.Loss == was {
		return
	}
	b.waits[r.Bank] += r.Suspended - was.Suspended
	b.lost += r.WrittenOff - was.WrittenOff
	if b.booked[r.No] = r.Loss; r.Loss == (payment.Loss{}) {
		delete(b.booked, r.No)
	}
}

// chargedBack takes what a card issuer has charged back by p out of what it owes.
func (b *bankBook) chargedBack(p *payment.Payment) {
	if p.Plan.Product != payment.Chargeback || !p.Passed(payment.Posted) {
		return
	}
	for i := range p.Plan.Legs {
		if issuer, known := b.banks[p.Plan.Legs[i].To]; known {
			b.owes[issuer] -= p.Moves(i)
		}
	}
}

// compare compares the accounts of the banks with what the banks have said, and what is in
// transit with the payments that are not done: a payment that is done leaves nothing in
// transit.
func (b *bankBook) compare(moved map[store.AccountID]sums, open []*payment.Payment) (faults []string) {
	for _, id := range slices.Sorted(maps.Keys(b.banks)) {
		who := b.banks[id]
		if has := moved[id].debitsPosted - moved[id].creditsPosted; has != b.owes[who] {
			faults = append(faults, fmt.Sprintf("the account of %s holds %d, but its answers add up to %d", who, has, b.owes[who]))
		}
	}
	for _, id := range slices.Sorted(maps.Keys(b.suspense)) {
		if has, waits := moved[id].debitsPosted-moved[id].creditsPosted, b.waits[b.suspense[id]]; has != waits {
			faults = append(faults, fmt.Sprintf("%d is in suspense with bank %s, but its requests account for %d", has, b.suspense[id], waits))
		}
	}
	faults = append(faults, b.debts.compare(moved)...)
	if has, lost := moved[b.losses].debitsPosted-moved[b.losses].creditsPosted, b.lost+b.debts.lost; has != lost {
		faults = append(faults, fmt.Sprintf("%d is written off, but the requests account for %d, and what shops owed for %d", has, b.lost, b.debts.lost))
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
