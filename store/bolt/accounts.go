package bolt

import (
	"cmp"
	"encoding/binary"
	"slices"

	bbolt "go.etcd.io/bbolt"

	"mpg/store"
	"mpg/store/money"
)

// blockAccounts is how many accounts share a value of the bucket acct. Two such
// values fill 16 KiB, the least that bbolt then writes at a time.
const blockAccounts = 160

// account is an account in memory: no pointers, so that a million of them cost
// the garbage collector nothing, and 64 bytes, so that each fills one line of the
// processor's cache.
type account struct {
	id                            store.AccountID // 0: none yet in this place
	debitsPending, debitsPosted   money.Amount
	creditsPending, creditsPosted money.Amount
	ceiling                       money.Amount
	currency                      uint16 // place in accounts.currencies
	kind                          store.Kind
	closed                        bool

	_ [8]byte // see above
}

// accounts are all accounts, in slots in the order of their opening, which the
// journal gives. Only the committer changes them, under the lock of the memory.
type accounts struct {
	slots      []account
	slot       slotIndex
	free       uint32 // the slot of the next account
	dirty      []bool // by block: changed since it was last written to the bucket
	currencies []string
	trial      []store.Trial // one for each currency

	at    int   // the next block to be looked at by the checkpoint
	wrote []int // blocks in the current commit
}

func newAccounts() *accounts {
	return &accounts{slot: newSlotIndex()}
}

// get returns an account and its slot.
func (as *accounts) get(id store.AccountID) (a store.Account, slot uint32, ok bool) {
	slot, ok = as.slot.find(id)
	if ok {
		a = as.account(slot)
	}
	return a, slot, ok
}

func (as *accounts) account(slot uint32) store.Account {
	a := &as.slots[slot]
	return store.Account{ID: a.id, Kind: a.kind, Currency: as.currencies[a.currency],
		DebitsPending: a.debitsPending, DebitsPosted: a.debitsPosted,
		CreditsPending: a.creditsPending, CreditsPosted: a.creditsPosted, Ceiling: a.ceiling, Closed: a.closed}
}

// open gives an account its slot.
func (as *accounts) open(a *store.Account) (slot uint32) {
	for int(as.free) < len(as.slots) && as.slots[as.free].id != 0 {
		as.free++ // a block of the checkpoint that is older than the next one leaves places open
	}
	slot = as.free
	as.place(slot, account{id: a.ID, kind: a.Kind, currency: as.currency(a.Currency), ceiling: a.Ceiling})
	as.dirty[slot/blockAccounts] = true
	return slot
}

// place puts an account without balances into a slot.
func (as *accounts) place(slot uint32, a account) {
	if n := int(slot) + 1 - len(as.slots); n > 0 {
		as.slots = grown(as.slots, n)
	}
	for len(as.dirty) <= int(slot)/blockAccounts {
		as.dirty = append(as.dirty, false)
	}
	as.slots[slot] = a
	as.slot.set(a.id, slot)
}

// set sets the counters and limits of an account, and keeps the trial balance.
func (as *accounts) set(slot uint32, account *store.Account) {
	to := &as.slots[slot]
	t := &as.trial[to.currency]
	t.Debits += account.DebitsPosted - to.debitsPosted
	t.Credits += account.CreditsPosted - to.creditsPosted
	t.HeldDebits += account.DebitsPending - to.debitsPending
	t.HeldCredits += account.CreditsPending - to.creditsPending
	to.debitsPending, to.debitsPosted = account.DebitsPending, account.DebitsPosted
	to.creditsPending, to.creditsPosted = account.CreditsPending, account.CreditsPosted
	to.ceiling, to.closed = account.Ceiling, account.Closed
	as.dirty[slot/blockAccounts] = true
}

// currency returns the place of a currency. There are few.
func (as *accounts) currency(code string) uint16 {
	if i := slices.Index(as.currencies, code); i >= 0 {
		return uint16(i)
	}
	as.currencies = append(as.currencies, code)
	as.trial = append(as.trial, store.Trial{Currency: code})
	return uint16(len(as.currencies) - 1)
}

// hold counts the open holds of an account's currency up or down.
func (as *accounts) hold(debit store.AccountID, n int) {
	if slot, ok := as.slot.find(debit); ok {
		as.trial[as.slots[slot].currency].Holds += n
	}
}

// trials returns the trial balances in the order of the codes.
func (as *accounts) trials() []store.Trial {
	all := slices.Clone(as.trial)
	slices.SortFunc(all, func(a, b store.Trial) int { return cmp.Compare(a.Currency, b.Currency) })
	return all
}

// all copies all accounts in the order of their slots.
func (as *accounts) all() []store.Account {
	all := make([]store.Account, len(as.slots))
	for i := range all {
		all[i] = as.account(uint32(i))
	}
	return all
}

// writeSlice writes the blocks that have changed, as far as the round is to have
// come.
func (as *accounts) writeSlice(tx *bbolt.Tx, progress float64, asOf uint64, buf []byte) ([]byte, error) {
	as.wrote = as.wrote[:0]
	bucket := tx.Bucket(bucketAccount)
	bucket.FillPercent = 1 // a block keeps its size, so that its page is not split again
	for end := share(len(as.dirty), progress); as.at < end; as.at++ {
		if !as.dirty[as.at] {
			continue
		}
		start := len(buf)
		buf = as.appendBlock(append(buf, 0, 0, 0, 0), as.at, asOf)
		key, value := uint64Key(uint64(as.at)), buf[start:len(buf):len(buf)]
		sealValue(key, value)
		if err := bucket.Put(key, value); err != nil {
			return buf, err
		}
		as.wrote = append(as.wrote, as.at)
	}
	return buf, nil
}

// forgetWritten marks what the commit has written as clean.
func (as *accounts) forgetWritten() {
	for _, block := range as.wrote {
		as.dirty[block] = false
	}
	as.wrote = as.wrote[:0]
}

// roundDone reports whether the round has ended.
func (as *accounts) roundDone() bool { return as.at >= len(as.dirty) }

// A block's value is the number of the Cmd that it is as of, the codes of its
// currencies, of which there are seldom more than one, and its accounts: id, kind
// with closedFlag, place of the currency among the codes, four counters, ceiling.
const (
	blockAccountBytes = 8 + 1 + 1 + 5*8
	closedFlag        = 0x80
)

func (as *accounts) appendBlock(dst []byte, block int, asOf uint64) []byte {
	be := binary.BigEndian
	dst = be.AppendUint64(dst, asOf)
	first := block * blockAccounts
	members := as.slots[first:min(first+blockAccounts, len(as.slots))]
	var room [blockAccounts]uint16
	used := room[:0] // places in as.currencies
	for i := range members {
		if !slices.Contains(used, members[i].currency) {
			used = append(used, members[i].currency)
		}
	}
	dst = append(dst, byte(len(used)))
	for _, place := range used {
		code := as.currencies[place]
		dst = append(append(dst, byte(len(code))), code...)
	}
	for i := range members {
		a := &members[i]
		kind := byte(a.kind)
		if a.closed {
			kind |= closedFlag
		}
		dst = be.AppendUint64(dst, uint64(a.id))
		dst = append(dst, kind, byte(slices.Index(used, a.currency)))
		for _, n := range [...]money.Amount{a.debitsPending, a.debitsPosted, a.creditsPending, a.creditsPosted, a.ceiling} {
			dst = be.AppendUint64(dst, uint64(n))
		}
	}
	return dst
}

// block is a value of the bucket acct.
type block struct {
	number     uint64
	asOf       uint64
	currencies []string
	b          []byte // its accounts
}

func parseBlock(key, value []byte) (block, error) {
	b, ok := openValue(key, value)
	if !ok || len(key) != numberBytes {
		return block{}, damaged("a block of accounts, %x, has a wrong sum", key)
	}
	r := reader{b: b}
	bl := block{number: binary.BigEndian.Uint64(key), asOf: r.uint64()}
	for range int(r.uint8()) {
		bl.currencies = append(bl.currencies, string(r.take(int(r.uint8()))))
	}
	bl.b = r.b
	if r.short || len(bl.b)%blockAccountBytes != 0 || len(bl.b) > blockAccounts*blockAccountBytes {
		return block{}, damaged("a block of accounts, %x, has a wrong length", key)
	}
	for i := range bl.len() {
		if int(bl.b[i*blockAccountBytes+9]) >= len(bl.currencies) {
			return block{}, damaged("an account in block %x has a currency that the block lacks", key)
		}
	}
	return bl, nil
}

func (b *block) len() int { return len(b.b) / blockAccountBytes }

func (b *block) account(i int) store.Account {
	r := reader{b: b.b[i*blockAccountBytes:][:blockAccountBytes]}
	id, kind, currency := store.AccountID(r.uint64()), r.uint8(), b.currencies[r.uint8()]
	return store.Account{
		ID: id, Kind: store.Kind(kind &^ closedFlag), Closed: kind&closedFlag != 0, Currency: currency,
		DebitsPending: money.Amount(r.uint64()), DebitsPosted: money.Amount(r.uint64()),
		CreditsPending: money.Amount(r.uint64()), CreditsPosted: money.Amount(r.uint64()), Ceiling: money.Amount(r.uint64()),
	}
}

// load puts the accounts of a block into their slots.
func (as *accounts) load(b *block) error {
	for i := range b.len() {
		a := b.account(i)
		slot := b.number*blockAccounts + uint64(i)
		if _, twice := as.slot.find(a.ID); twice || a.ID == 0 || slot > maxSlot {
			return damaged("account %d is in the checkpoint twice, or out of its place", a.ID)
		}
		as.place(uint32(slot), account{id: a.ID, kind: a.Kind, currency: as.currency(a.Currency)})
		as.set(uint32(slot), &a)
		as.dirty[b.number] = false
	}
	return nil
}

// maxSlot bounds what a damaged key may make a start allocate.
const maxSlot = 1<<31 - 1
