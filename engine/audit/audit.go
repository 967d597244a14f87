// Package audit checks the books against the documents: does every movement and
// every hold of the ledger belong to a payment that says so, and does
// everything that a bank has approved stand where it must?
//
// The store's own verification recomputes transfers and compares hashes. It
// knows nothing of payments, so books in which a bank's money was forgotten
// look sound to it. This check reads the same journal, from the first record to
// the last, keeps its own idea of every payment, request and subscriber, and
// names each contradiction. It reads nothing but the journal, so it sees a
// single moment while payments go on.
//
// audit.go folds the journal; payments.go, requests.go, banks.go, debts.go, users.go,
// records.go and waiting.go hold the rules; who.go names who was behind a record. The package
// imports store, engine/codec, the names of accounts (engine/books) and four of engine's
// packages of records: cdr, payment, refusal and user. In memory it keeps accounts, subscribers
// and whatever is not done; a payment that is done takes one bit, and a corrected top-up a few
// words.
package audit

import (
	"context"
	"fmt"

	"mpg/engine/books"
	"mpg/engine/cdr"
	"mpg/engine/codec"
	"mpg/engine/payment"
	"mpg/engine/refusal"
	"mpg/engine/user"
	"mpg/store"
)

// faultsMax bounds the list of faults.
const faultsMax = 100

// Report is what an audit found. The books agree with the documents if Faults
// is empty.
type Report struct {
	Payments int      // of all time
	Open     int      // of these, not done
	Requests int      // to banks, of all time
	Unsolved int      // of these, reversing, in doubt or disputed
	Users    int      // subscribers
	Refused  int      // orders that were not taken on and are recorded
	Calls    int      // that have ended and are recorded
	Faults   []string // one sentence each, at most 100; they hold references and record numbers, no personal data
}

// Check is a module's own audit. It reads the same records, and answers for the
// transfers that no payment makes.
type Check interface {
	// Entry takes in one record of the journal. own are the transfers in it that the
	// module's documents account for, by index; faults are sentences that name what is
	// wrong.
	Entry(e *store.Entry) (own []int, faults []string)
	// End compares what stands after the last record.
	End() (faults []string)
}

// Run audits the whole journal, with the checks of modules. Its error is the journal's or
// ctx's.
func Run(ctx context.Context, j store.Journal, checks ...Check) (Report, error) {
	a := newAuditor()
	a.checks = checks
	for entry, err := range j.Records(ctx, 1) {
		if err != nil {
			return a.report, err
		}
		a.entry(&entry)
	}
	a.end()
	return a.report, nil
}

// auditor is the state of the world after the records read so far.
type auditor struct {
	report Report
	seq    uint64 // of the record that is being read
	by     string // who caused it, if it was an operator's command; see behind
	checks []Check

	moved    map[store.AccountID]sums // by transfers
	told     map[store.AccountID]sums // by payments
	holds    map[store.HoldID]store.Transfer
	payments map[uint64]*payment.Payment // not done
	listed   map[uint64]bool             // in payment.OpenTable
	requests map[uint64]*payment.Request // listed, or of a payment that is not done
	unsolved map[uint64]bool             // in payment.OpenRequestTable
	users    map[uint64]*person
	done     []*payment.Payment // in the record that is being read
	stood    bits               // requests that a done payment went on from, by number
	late     []*payment.Request // in the record that is being read, about payments done before it
	returned map[uint64]sumOf   // by the number of the corrected top-up
	split    bits               // payments that a card and a purse have paid, by number
	known    bits               // all payments, by number
	banks    bankBook
	waiting  waitingBook
}

func newAuditor() *auditor {
	return &auditor{
		moved: make(map[store.AccountID]sums), told: make(map[store.AccountID]sums),
		holds:    make(map[store.HoldID]store.Transfer),
		payments: make(map[uint64]*payment.Payment), listed: make(map[uint64]bool),
		requests: make(map[uint64]*payment.Request), unsolved: make(map[uint64]bool),
		users: make(map[uint64]*person), returned: make(map[uint64]sumOf), banks: newBankBook(), waiting: newWaitingBook(),
	}
}

func (a *auditor) fault(format string, args ...any) {
	if len(a.report.Faults) < faultsMax {
		a.report.Faults = append(a.report.Faults, fmt.Sprintf("record %d%s: ", a.seq, a.by)+fmt.Sprintf(format, args...))
	}
}

// entry takes in one record: first the money, then the documents, then what
// must be true of both together once the record is whole.
func (a *auditor) entry(e *store.Entry) {
	a.seq, a.by = e.Seq, behind(e)
	own, faults := byModules(a.checks, e)
	for _, what := range faults {
		a.fault("%s", what)
	}
	for i := range e.Transfers {
		if !own[i] {
			a.transfer(&e.Transfers[i])
		}
	}
	a.done, a.late = a.done[:0], a.late[:0]
	for i := range e.Writes {
		a.write(&e.Writes[i])
	}
	for _, p := range a.done {
		a.checkDone(p)
	}
	for _, r := range a.late {
		a.checkLate(r)
	}
}

// byModules returns which transfers of a record the checks of modules account for, and
// what they find wrong.
func byModules(checks []Check, e *store.Entry) (own map[int]bool, faults []string) {
	for _, check := range checks {
		theirs, wrong := check.Entry(e)
		faults = append(faults, wrong...)
		for _, i := range theirs {
			if own == nil {
				own = make(map[int]bool)
			}
			own[i] = true
		}
	}
	return own, faults
}

// write takes in one document.
func (a *auditor) write(w *store.Write) {
	switch w.Table {
	case payment.Table:
		document(a, w, a.payment)
	case payment.BankTable:
		document(a, w, a.request)
	case user.Table:
		document(a, w, a.user)
	case payment.RefundsTable:
		document(a, w, a.returns)
	case refusal.Table:
		document(a, w, a.refusal)
	case cdr.Table:
		document(a, w, a.call)
	case payment.ClaimTable:
		document(a, w, a.waiting.claim)
	case payment.UnclaimedTable:
		document(a, w, a.waiting.unclaimed)
	case payment.OwedTable:
		document(a, w, a.banks.debts.owed)
	case books.NamesTable:
		if w.Key == books.Unclaimed {
			a.waiting.account, _ = books.AccountOf(w.Data) // what cannot be read is reported below
		}
		if err := a.banks.name(w); err != nil {
			a.fault("account %q cannot be read: %v", w.Key, err)
		}
	case payment.OpenTable:
		a.list(a.listed, w)
	case payment.OpenRequestTable:
		a.list(a.unsolved, w)
	}
}

// document decodes a document and passes it on; made says that there was none
// before. Payments, requests and subscribers are never deleted.
func document[T any](a *auditor, w *store.Write, take func(value *T, made bool)) {
	if w.Mode == store.Delete {
		a.fault("table %d: document %s was deleted", w.Table, w.Key)
		return
	}
	value := new(T)
	if err := codec.Decode(w.Data, value); err != nil {
		a.fault("table %d: document %s cannot be read: %v", w.Table, w.Key, err)
		return
	}
	take(value, w.Expect == 0)
}

// list follows a table of empty documents.
func (a *auditor) list(of map[uint64]bool, w *store.Write) {
	var no uint64
	if _, err := fmt.Sscanf(w.Key, "%x", &no); err != nil {
		a.fault("table %d: %q is not a number", w.Table, w.Key)
		return
	}
	if w.Mode == store.Delete {
		delete(of, no)
	} else {
		of[no] = true
	}
}

// end compares what stands after the last record.
func (a *auditor) end() {
	a.by = ""
	a.report.Open, a.report.Unsolved, a.report.Users = len(a.payments), len(a.unsolved), len(a.users)
	a.compareSums()
	for _, what := range a.banks.compare(a.moved, sorted(a.payments)) {
		a.fault("%s", what)
	}
	for _, what := range a.waiting.compare(a.moved) {
		a.fault("%s", what)
	}
	a.compareHolds()
	a.comparePayments()
	a.compareRequests()
	a.compareReturned()
	a.compareUsers()
	for _, check := range a.checks {
		for _, what := range check.End() {
			a.fault("%s", what)
		}
	}
}
