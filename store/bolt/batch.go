package bolt

import (
	"time"

	bbolt "go.etcd.io/bbolt"

	"mpg/store"
	"mpg/store/ledger"
)

// batch is the scratch overlay of one commit: what its Cmds have changed so far, over the
// memory of the last commit. It is the ledger.State that they are decided on. The committer
// has one, which it reuses.
type batch struct {
	c   *committer
	tx  *bbolt.Tx
	err error // of a look-up in the file: the batch must not be committed

	seq uint64
	row store.RowID // the next to be given out

	accounts []batchAccount
	account  map[store.AccountID]int // place in accounts
	docs     map[docKey]batchDoc
	holds    map[uint64]batchHold
	rows     []row
	done     []doneRow
	pasts    []ledger.Past
	seen     map[store.ID]int     // place in pasts
	messages map[store.Digest]int // the same
	keys     []*store.DedupKey    // of pasts
	elapsed  []time.Duration      // age of the journal after each of pasts

	largest int // number of entries that the maps have had since they were made

	fx      ledger.Effects
	record  store.Entry
	journal journalWriter
}

// batchAccount is an account that the batch has looked at.
type batchAccount struct {
	store.Account
	slot    uint32
	opened  bool // by the batch: it has no slot yet
	changed bool
}

// batchDoc is a document as the batch has left it.
type batchDoc struct {
	document
	gone     bool
	stored   bool   // before the batch there was one
	archived uint64 // the Cmd that archived it, 0: none
}

type batchHold struct {
	heldMoney
	begun bool // in this batch
}

func newBatch(by *committer) *batch {
	b := &batch{c: by, journal: newJournalWriter(by.journal.packer, by.state.head)}
	b.makeMaps()
	return b
}

func (b *batch) makeMaps() {
	b.account, b.docs, b.holds = make(map[store.AccountID]int), make(map[docKey]batchDoc), make(map[uint64]batchHold)
	b.seen, b.messages = make(map[store.ID]int), make(map[store.Digest]int)
}

// clearMaps empties the maps. A map takes as long to clear as when it was at its
// largest, so the small batches after a bulk payment get new ones.
func (b *batch) clearMaps() {
	used := len(b.account) + len(b.docs) + len(b.holds) + len(b.seen) + len(b.messages)
	b.largest = max(b.largest, used)
	if used < b.largest/roomyMaps {
		b.makeMaps()
		b.largest = used
		return
	}
	clear(b.account)
	clear(b.docs)
	clear(b.holds)
	clear(b.seen)
	clear(b.messages)
}

// roomyMaps is how many times more entries than a batch needs its maps may have had.
const roomyMaps = 16

// reset begins a batch over what is visible now.
func (b *batch) reset(tx *bbolt.Tx) {
	b.tx, b.err = tx, nil
	b.seq, b.row = b.c.state.seq, b.c.state.row
	b.clearMaps()
	clear(b.rows) // they hold data
	clear(b.keys)
	b.accounts, b.rows, b.done = b.accounts[:0], b.rows[:0], b.done[:0]
	b.pasts, b.keys, b.elapsed = b.pasts[:0], b.keys[:0], b.elapsed[:0]
	b.journal.reset(b.c.state.head)
}

// do decides one Cmd and, if it is done, adds it to the scratch overlay and to the journal.
func (b *batch) do(cmd *store.Cmd) store.Result {
	res := ledger.Decide(b, cmd, &b.fx)
	if res.Refusal != store.None || res.Repeat || b.err != nil {
		return res
	}
	if b.err = b.fx.Assert(); b.err != nil {
		return res
	}
	b.seq++
	res.Seq = b.seq
	res.Rows = b.addRows(cmd)
	b.addEffects()
	b.stamp(cmd.Writes)
	b.addWrites()
	b.addDone(cmd.Done)
	b.remember(cmd)
	b.record.Seq, b.record.At, b.record.ID, b.record.Fingerprint = b.seq, cmd.At, cmd.ID, cmd.Fingerprint
	b.record.Dedup, b.record.Opens, b.record.Transfers = cmd.Dedup, cmd.Opens, b.fx.Transfers
	b.record.Limits, b.record.Rows, b.record.Done = cmd.Limits, res.Rows, cmd.Done
	b.journal.add(&b.record)
	return res
}

func (b *batch) addRows(cmd *store.Cmd) []store.OutRow {
	if len(cmd.Outbox) == 0 {
		return nil
	}
	kept := make([]store.OutRow, len(cmd.Outbox))
	for i := range kept {
		kept[i] = store.OutRow{ID: b.row, Data: cmd.Outbox[i].Data, Posted: b.fx.Posted[i]}
		b.rows = append(b.rows, row{posted: b.fx.Posted[i], data: cmd.Outbox[i].Data})
		b.row++
	}
	return kept
}

func (b *batch) addEffects() {
	for i := range b.fx.Accounts {
		a := &b.fx.Accounts[i]
		at, known := b.account[a.ID]
		if !known {
			at = b.addAccount(batchAccount{Account: store.Account{ID: a.ID}, opened: true})
		}
		b.accounts[at].Account, b.accounts[at].changed = *a, true
	}
	for _, h := range b.fx.Holds {
		b.holds[uint64(h.ID)] = batchHold{heldMoney{h, b.seq}, h.Whole() || b.holds[uint64(h.ID)].begun}
	}
}

func (b *batch) addAccount(added batchAccount) (at int) {
	at = len(b.accounts)
	b.account[added.ID] = at
	b.accounts = append(b.accounts, added)
	return at
}

// stamp takes the writes that change something into the entry, with the counters
// that are frozen into their documents.
func (b *batch) stamp(writes []store.Write) {
	b.record.Writes = b.record.Writes[:0]
	stamps := b.fx.Stamps
	for i := range writes {
		w := writes[i]
		if w.Mode == store.Check || (w.Mode == store.Delete && w.Expect == 0) {
			continue // nothing changes
		}
		if n := len(w.Stamp); n > 0 {
			w.Data = append(make([]byte, 0, len(w.Data)+n*store.StampBytes), w.Data...)
			for j := range stamps[:n] {
				w.Data = store.AppendStamp(w.Data, &stamps[j])
			}
			stamps, w.Stamp = stamps[n:], nil
		}
		b.record.Writes = append(b.record.Writes, w)
	}
}

func (b *batch) addWrites() {
	for i := range b.record.Writes {
		w := &b.record.Writes[i]
		k := docKey{w.Table, w.Key}
		before, changed := b.docs[k]
		d := batchDoc{gone: w.Mode == store.Delete, stored: w.Expect > 0}
		if changed {
			d.stored = before.stored
		}
		if !d.gone {
			d.document = document{w.Expect + 1, w.Data}
		}
		if w.Mode == store.Archive {
			d.archived = b.seq
		}
		b.docs[k] = d
	}
}

// addDone finds out which of the rows are in the bucket; of the others the
// outbox itself knows.
func (b *batch) addDone(ids []store.RowID) {
	for _, id := range ids {
		stored, err := b.c.outbox.isStored(b.tx, id)
		if err != nil {
			b.err = err
			return
		}
		b.done = append(b.done, doneRow{id, stored})
	}
}

func (b *batch) remember(cmd *store.Cmd) {
	b.seen[cmd.ID] = len(b.pasts)
	if cmd.Dedup != nil {
		b.messages[cmd.Dedup.Digest] = len(b.pasts)
	}
	b.pasts = append(b.pasts, ledger.Past{ID: cmd.ID, Fingerprint: cmd.Fingerprint, Seq: b.seq, At: cmd.At})
	b.keys = append(b.keys, cmd.Dedup)
}

// Account implements ledger.State.
func (b *batch) Account(id store.AccountID) (store.Account, bool) {
	if at, ok := b.account[id]; ok {
		return b.accounts[at].Account, true
	}
	a, slot, ok := b.c.accounts.get(id)
	if ok {
		b.addAccount(batchAccount{Account: a, slot: slot})
	}
	return a, ok
}

// Hold implements ledger.State.
func (b *batch) Hold(id store.HoldID) (ledger.Hold, bool) {
	if h, ok := b.holds[uint64(id)]; ok {
		return h.Hold, true
	}
	h, ok, err := b.c.holds.get(b.tx, uint64(id))
	if err == nil && !ok {
		_, ok, err = b.c.ended.get(b.tx, uint64(id))
	}
	b.fail(err)
	h.ID = id
	return h.Hold, ok
}

// Version implements ledger.State.
func (b *batch) Version(table store.Table, key string) (version uint64, isArchived bool) {
	k := docKey{table, key}
	if d, ok := b.docs[k]; ok {
		return d.version, d.archived != 0
	}
	d, ok, err := b.c.docs.get(b.tx, k)
	if err != nil || ok {
		b.fail(err)
		return d.version, false
	}
	a, ok, err := b.c.archive.get(b.tx, k)
	b.fail(err)
	return a.version, ok
}

// SeenID implements ledger.State.
func (b *batch) SeenID(id store.ID) (ledger.Past, bool) {
	if at, ok := b.seen[id]; ok {
		return b.pasts[at], true
	}
	return b.recall(b.c.dedup.seenID(id))
}

// SeenMessage implements ledger.State.
func (b *batch) SeenMessage(text store.Digest) (ledger.Past, bool) {
	if at, ok := b.messages[text]; ok {
		return b.pasts[at], true
	}
	return b.recall(b.c.dedup.seenMessage(text))
}

// NextRow implements ledger.State.
func (b *batch) NextRow() store.RowID { return b.row }

// recall reads in the journal what the index points at.
func (b *batch) recall(seq uint64) (ledger.Past, bool) {
	if seq == 0 {
		return ledger.Past{}, false
	}
	e, err := b.c.journal.findRecord(b.tx, seq)
	b.fail(err)
	return ledger.Past{ID: e.ID, Fingerprint: e.Fingerprint, Seq: e.Seq, At: e.At}, err == nil
}

func (b *batch) fail(err error) {
	if b.err == nil {
		b.err = err
	}
}

// publish lays a committed batch over what readers see; the caller holds the
// lock.
func (b *batch) publish() {
	m := b.c.memory
	for i := range b.accounts {
		a := &b.accounts[i]
		if a.opened {
			a.slot = m.accounts.open(&a.Account)
		}
		if a.changed {
			m.accounts.set(a.slot, &a.Account)
		}
	}
	for k, d := range b.docs {
		if d.gone || d.archived != 0 {
			m.docs.drop(k, d.stored)
		} else {
			m.docs.put(k, d.document, d.stored)
		}
		if d.archived != 0 {
			m.archive.put(k, archived{d.archived, d.document, true}, false)
		}
	}
	for id, h := range b.holds {
		m.setHold(id, h.heldMoney, h.begun)
	}
	for i := range b.rows {
		m.outbox.add(b.rows[i])
	}
	for _, d := range b.done {
		m.outbox.done(d.id, d.stored)
	}
	m.outbox.trim()
}

// size is what the batch adds to memory, roughly: it hastens the checkpoint.
func (b *batch) size() int {
	n := 0
	for k, d := range b.docs {
		n += entryBytes + len(k.key) + len(d.data)
	}
	for i := range b.rows {
		n += entryBytes + len(b.rows[i].data)
	}
	return n + entryBytes*(len(b.holds)+len(b.done))
}

// entryBytes is what an item costs in memory in addition to its data.
const entryBytes = 100

// assert checks, before the commit, that the file is where memory has it and that
// the journal, its head and the numbers advance together.
func (b *batch) assert(tx *bbolt.Tx, next *state) error {
	was := &b.c.state
	kept, err := parseState(keyState, tx.Bucket(bucketMeta).Get(keyState))
	switch {
	case err != nil:
		return err
	case kept != *was:
		return damaged("the file is at step %d of epoch %d, but the store at step %d of epoch %d", kept.seq, kept.epoch, was.seq, was.epoch)
	case next.seq-was.seq != uint64(len(b.pasts)) || len(b.pasts) != b.journal.count || b.journal.from != was.seq+1 || b.journal.chunks[0].first > b.journal.from:
		return damaged("%d steps are to be kept, but their numbers run from %d to %d", b.journal.count, was.seq, next.seq)
	case next.row-was.row != store.RowID(len(b.rows)):
		return damaged("%d outbox rows are to be kept, but their numbers run from %d to %d", len(b.rows), was.row, next.row)
	case next.head == was.head:
		return damaged("the head of the journal is the same at step %d as at step %d", was.seq, next.seq)
	}
	return nil
}
