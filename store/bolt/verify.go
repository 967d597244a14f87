package bolt

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	bbolt "go.etcd.io/bbolt"

	"mpg/store"
	"mpg/store/ledger"
	"mpg/store/money"
)

// faultsMax bounds the list of faults.
const faultsMax = 100

// Verify implements store.Store. It reads the journal from its first record to
// the last one of the moment when it begins, keeps books of its own, and
// compares them with what the store keeps in memory and on disk. It costs memory
// for all accounts, documents and holds, about 200 bytes each.
func (s *Store) Verify(ctx context.Context) (store.Report, error) {
	select {
	case <-s.queue.quit:
		return store.Report{}, store.ErrClosed
	default:
	}
	v := &verifier{mem: &s.memory, accounts: make(map[store.AccountID]*books), docs: make(map[docName]docPrint),
		holds: make(map[store.HoldID]ledger.Hold), rows: make(map[store.RowID]rowPrint), marks: make(map[uint64]age)}
	err := guarded(func() error { return v.run(ctx) })
	if errors.Is(err, store.ErrCorrupt) {
		v.fault("%v", err)
		err = nil
	}
	return v.report, err
}

// verifier keeps books of its own from the journal alone.
type verifier struct {
	mem    *memory
	report store.Report
	now    moment

	accounts map[store.AccountID]*books
	docs     map[docName]docPrint
	holds    map[store.HoldID]ledger.Hold // also those that have ended
	rows     map[store.RowID]rowPrint
	row      store.RowID // the next
	ages     ages
	marks    map[uint64]age
}

// books are an account's, with what the checkpoint has of it.
type books struct {
	store.Account
	stored  store.Account
	asOf    uint64 // of stored
	checked bool   // stored was as the account was then
	known   bool   // the account was opened
}

// moment is what the store keeps at one moment. The walks read on from it.
type moment struct {
	state    state
	accounts []store.Account
	trial    []store.Trial
	recent   []store.OutRow
	docs     *walk[docKey, document]
	archive  *walk[docKey, archived]
	holds    *walk[uint64, heldMoney]
	ended    *walk[uint64, nothing]
	rows     *walk[uint64, row]
}

func (m *memory) moment() moment {
	m.mu.Lock()
	defer m.mu.Unlock()
	base := uint64(m.outbox.base)
	all, allDocs := func(uint64) bool { return true }, func(docKey) bool { return true }
	return moment{state: m.state, accounts: m.accounts.all(), trial: m.accounts.trials(), recent: m.outbox.recent(0, 0),
		docs: m.docs.beginWalk(docKey{}, 0, allDocs), archive: m.archive.beginWalk(docKey{}, 0, allDocs),
		holds: m.holds.beginWalk(0, 0, all), ended: m.ended.beginWalk(0, 0, all),
		rows: m.outbox.ended.beginWalk(0, 0, func(id uint64) bool { return id < base })}
}

func (now *moment) end() {
	now.docs.end()
	now.archive.end()
	now.holds.end()
	now.ended.end()
	now.rows.end()
}

func (v *verifier) fault(format string, args ...any) {
	if len(v.report.Faults) < faultsMax {
		v.report.Faults = append(v.report.Faults, fmt.Sprintf(format, args...))
	}
}

func (v *verifier) run(ctx context.Context) error {
	v.now = v.mem.moment()
	defer v.now.end()
	v.report.LastSeq, v.report.Head, v.report.Trial = v.now.state.seq, v.now.state.head, v.now.trial
	if err := v.checkpoint(); err != nil {
		return err
	}
	if err := v.journal(ctx); err != nil {
		return err
	}
	for _, step := range []func(context.Context) error{v.compareAccounts, v.compareDocs, v.compareArchive, v.compareHolds, v.compareRows, v.compareAges} {
		if err := step(ctx); err != nil {
			return err
		}
	}
	return v.compareState()
}

// checkpoint reads the balances that the next start would begin with. It does so
// in short transactions: each block says as of which Cmd it is.
func (v *verifier) checkpoint() error {
	for from, more := []byte{0}, true; more; {
		more = false
		err := v.mem.db.View(func(tx *bbolt.Tx) error {
			size := 0
			c := tx.Bucket(bucketAccount).Cursor()
			for key, value := c.Seek(from); key != nil; key, value = c.Next() {
				if size > pageBytesMax {
					from, more = bytes.Clone(key), true
					return nil
				}
				size += len(value)
				v.block(key, bytes.Clone(value))
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func (v *verifier) block(key, value []byte) {
	b, err := parseBlock(key, value)
	if err != nil {
		v.fault("%v", err)
		return
	}
	for i := range b.len() {
		a := b.account(i)
		if v.accounts[a.ID] != nil {
			v.fault("the checkpoint has account %d twice", a.ID)
		}
		v.accounts[a.ID] = &books{stored: a, asOf: b.asOf}
	}
}

// journal checks sums, chain and numbers of all records and enters them in the
// books.
func (v *verifier) journal(ctx context.Context) error {
	chain := newChain([hashBytes]byte{})
	next := uint64(1)
	v.row = 1
	var e store.Entry
	for c, err := range v.mem.journal.chunks(ctx, 1, v.now.state.seq) {
		if err != nil {
			return err
		}
		if c.first != next {
			v.fault("the journal goes on at step %d after step %d", c.first, next-1)
			next = c.first
		}
		before := chain.head
		if chain.add(c.records) != c.hash {
			v.fault("the chain of hashes breaks in the chunk of %s", place(c.first))
			chain.head = c.hash
		}
		for records := c.records; len(records) > 0; {
			size, err := readRecord(records, &e)
			if err != nil {
				v.fault("%s and the rest of its chunk: %v", place(next), err)
				next = e.Seq + 1
				break
			}
			if e.Seq > v.now.state.seq { // the chunk has grown since that moment
				chain.head = newChain(before).add(c.records[:len(c.records)-len(records)])
				break
			}
			records = records[size:]
			if e.Seq != next {
				v.fault("%s stands where %d belongs", place(e.Seq), next)
			}
			next = e.Seq + 1
			v.enter(&e)
		}
	}
	if next != v.now.state.seq+1 || chain.head != v.now.state.head {
		v.fault("the journal ends at step %d with another hash than the store, which is at step %d", next-1, v.now.state.seq)
	}
	return nil
}

// enter puts a Cmd into the books and faults what no Decide would have done.
func (v *verifier) enter(entry *store.Entry) {
	v.report.Cmds++
	if v.ages.pass(entry.At) {
		v.marks[entry.Seq] = v.ages.now
	}
	for _, o := range entry.Opens {
		b := v.book(o.ID, entry.Seq)
		if b.known {
			v.fault("%s opens account %d again", place(entry.Seq), o.ID)
		}
		b.known, b.Account = true, ledger.Opened(&o)
	}
	for i := range entry.Transfers {
		v.transfer(&entry.Transfers[i], entry.Seq)
	}
	for _, l := range entry.Limits {
		b := v.book(l.Account, entry.Seq)
		if !b.known {
			v.fault("%s limits account %d, which was never opened", place(entry.Seq), l.Account)
		}
		b.Ceiling, b.Closed = l.Ceiling, l.Closed
	}
	for i := range entry.Writes {
		v.write(&entry.Writes[i], entry.Seq)
	}
	for i := range entry.Rows {
		r := &entry.Rows[i]
		if r.ID != v.row {
			v.fault("%s adds outbox row %d after %d", place(entry.Seq), r.ID, v.row-1)
		}
		v.row = r.ID + 1
		v.rows[r.ID] = rowPrint{r.Posted, printOf(r.Data)}
	}
	for _, id := range entry.Done {
		delete(v.rows, id)
	}
}

// book returns an account's books before Cmd seq, and compares them with the
// checkpoint if that is from just then.
func (v *verifier) book(id store.AccountID, seq uint64) *books {
	b := v.accounts[id]
	if b == nil {
		b = &books{checked: true} // the checkpoint has none
		v.accounts[id] = b
	}
	if !b.checked && seq > b.asOf {
		v.checkStored(b)
	}
	return b
}

func (v *verifier) checkStored(b *books) {
	b.checked = true
	if b.known && b.Account != b.stored {
		v.fault("account %d: the checkpoint as of step %d says %s, its transfers %s", b.stored.ID, b.asOf, counters(b.stored), counters(b.Account))
	}
}

func counters(account store.Account) string {
	return fmt.Sprintf("%s debits %d credits %d held %d and %d, ceiling %d, closed %v",
		account.Currency, account.DebitsPosted, account.CreditsPosted, account.DebitsPending, account.CreditsPending, account.Ceiling, account.Closed)
}

func (v *verifier) transfer(t *store.Transfer, seq uint64) {
	v.report.Transfers++
	debit, credit := v.book(t.Debit, seq), v.book(t.Credit, seq)
	if !debit.known || !credit.known || debit.Currency != credit.Currency || t.Debit == t.Credit || t.Amount < 1 || t.Amount > money.Max {
		v.fault("%s moves %d from account %d to %d, which cannot be", place(seq), t.Amount, t.Debit, t.Credit)
		return
	}
	if t.Op != store.Post {
		before, known := v.holds[t.Hold]
		after := ledger.HoldAfter(before, t)
		if !holdFollows(before, known, after, t) {
			v.fault("%s: hold %d begins twice, never began, or ends as another", place(seq), t.Hold)
		}
		v.holds[t.Hold] = after
	}
	ledger.Apply(t, &debit.Account, &credit.Account)
	if debit.Kind == store.Liability && debit.Available() < 0 {
		v.fault("%s takes account %d below zero", place(seq), t.Debit)
	}
	if t.Op == store.Post && !t.IgnoreLimits || t.Op == store.Hold {
		v.limits(debit, credit, seq)
	}
}

// holdFollows reports whether a transfer can have left after of the hold before.
func holdFollows(before ledger.Hold, known bool, after ledger.Hold, transfer *store.Transfer) bool {
	if transfer.Op == store.Hold {
		return !known && !transfer.Partial
	}
	return before.Open && before.Debit == transfer.Debit && before.Credit == transfer.Credit &&
		after.Amount >= 0 && after.Open == transfer.Partial
}

// limits checks what a new hold or post is held to.
func (v *verifier) limits(debit, credit *books, seq uint64) {
	for _, b := range [...]*books{debit, credit} {
		if b.Closed {
			v.fault("%s moves money of account %d, which is closed", place(seq), b.ID)
		}
	}
	for _, b := range [...]struct {
		*books
		nearer store.Kind // of an account that this side brings nearer its ceiling
	}{{debit, store.Asset}, {credit, store.Liability}} {
		if b.Kind == b.nearer && b.Ceiling > 0 && b.Reach() > b.Ceiling {
			v.fault("%s takes account %d above its ceiling", place(seq), b.ID)
		}
	}
}

func (v *verifier) compareAccounts(context.Context) error {
	for i := range v.now.accounts {
		a := &v.now.accounts[i]
		b := v.accounts[a.ID]
		if b == nil || !b.known || b.Account != *a {
			v.fault("account %d is kept with %s, and its transfers do not add up to that", a.ID, counters(*a))
		}
	}
	for id, b := range v.accounts {
		switch {
		case b.known:
			v.report.Accounts++
			if !b.checked && b.asOf <= v.now.state.seq {
				v.checkStored(b)
			}
		case b.asOf <= v.now.state.seq:
			v.fault("the checkpoint has account %d, which was never opened", id)
		}
	}
	if v.report.Accounts != len(v.now.accounts) {
		v.fault("%d accounts are kept and %d were opened", len(v.now.accounts), v.report.Accounts)
	}
	return nil
}

func (v *verifier) compareHolds(ctx context.Context) error {
	for it, err := range v.now.holds.all() {
		if err != nil {
			v.fault("%v", err)
			continue
		}
		h := it.entry.value.Hold
		h.ID, h.Open = store.HoldID(it.key), true
		if v.holds[h.ID] != h {
			v.fault("hold %d is kept as open, and was not made so", h.ID)
		}
		delete(v.holds, h.ID)
		v.report.Holds++
	}
	for it, err := range v.now.ended.all() {
		if err != nil {
			v.fault("%v", err)
			continue
		}
		if h, known := v.holds[store.HoldID(it.key)]; !known || h.Open {
			v.fault("hold %d is kept as ended, and did not end", it.key)
		}
		delete(v.holds, store.HoldID(it.key))
	}
	if len(v.holds) > 0 {
		v.fault("%d holds were made and are not kept", len(v.holds))
	}
	return ctx.Err()
}

func (v *verifier) compareRows(ctx context.Context) error {
	check := func(id store.RowID, posted money.Amount, data []byte) {
		if want, ok := v.rows[id]; !ok || want != (rowPrint{posted, printOf(data)}) {
			v.fault("outbox row %d is kept, and was not added so, or is done", id)
		}
		delete(v.rows, id)
		v.report.Rows++
	}
	for it, err := range v.now.rows.all() {
		if err != nil {
			v.fault("%v", err)
			continue
		}
		check(store.RowID(it.key), it.entry.value.posted, it.entry.value.data)
	}
	for _, r := range v.now.recent {
		check(r.ID, r.Posted, r.Data)
	}
	if len(v.rows) > 0 {
		v.fault("%d outbox rows are not done and not kept", len(v.rows))
	}
	return ctx.Err()
}

// compareState checks the sums, and the state that the next start would read.
func (v *verifier) compareState() error {
	holds := 0
	for _, t := range v.now.trial {
		holds += t.Holds
		if !t.Balanced() {
			v.fault("the books of %s do not balance: debits %d, credits %d, held %d and %d", t.Currency, t.Debits, t.Credits, t.HeldDebits, t.HeldCredits)
		}
	}
	if holds != v.report.Holds || v.row != v.now.state.row {
		v.fault("%d holds and %d rows are counted, and %d and %d were made", holds, v.now.state.row-1, v.report.Holds, v.row-1)
	}
	return v.mem.db.View(func(tx *bbolt.Tx) error {
		meta := tx.Bucket(bucketMeta)
		if err := checkSchema(meta.Get(keySchema)); err != nil {
			return err
		}
		kept, err := parseState(keyState, meta.Get(keyState))
		if err == nil && (kept.epoch != v.now.state.epoch || kept.seq < v.now.state.seq) {
			err = damaged("the state of the file is older than the store")
		}
		return err
	})
}
