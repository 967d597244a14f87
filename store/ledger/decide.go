package ledger

import (
	"slices"

	"mpg/store"
	"mpg/store/money"
)

// Decide returns how cmd ends, given what is known. If it is done, fx holds everything that
// changes besides the documents and rows that cmd itself names; if it is refused or
// repeated, fx is empty. Result.Seq and Result.Rows are the engine's to fill in, except
// with a Repeat.
//
// The order of the refusals is part of the contract: what cannot be right at
// any time comes first, what another try may cure comes last.
func Decide(known State, cmd *store.Cmd, fx *Effects) store.Result {
	fx.reset()
	d := decision{s: known, fx: fx}
	if d.res.Refusal = d.form(cmd); d.res.Refusal != store.None {
		return d.res
	}
	if past, ok := known.SeenID(cmd.ID); ok {
		return repeat(past, cmd)
	}
	if past, ok := copyOf(known, cmd); ok {
		return store.Result{Refusal: store.RefusedRedelivery, First: past.ID, FirstAt: past.At}
	}
	if i := slices.IndexFunc(cmd.Done, func(id store.RowID) bool { return id >= known.NextRow() }); i >= 0 {
		return store.Result{Refusal: store.RefusedRowNotAdded, At: i} // nobody can have delivered it
	}
	if i, r := refusedWrite(known, cmd.Writes); r != store.None {
		return store.Result{Refusal: r, At: i}
	}
	if d.res.Refusal = d.do(cmd); d.res.Refusal != store.None {
		fx.reset()
	}
	return d.res
}

// repeat answers an id that was seen with the first result, or refuses it.
func repeat(past Past, cmd *store.Cmd) store.Result {
	if past.Fingerprint != cmd.Fingerprint {
		return store.Result{Refusal: store.RefusedFingerprint}
	}
	return store.Result{Repeat: true, Seq: past.Seq}
}

// copyOf finds the Cmd that took the same text in. A clock that was set back
// since makes the earlier one no older than nothing.
func copyOf(known State, cmd *store.Cmd) (Past, bool) {
	if cmd.Dedup == nil || cmd.Dedup.KnownAcked {
		return Past{}, false
	}
	past, ok := known.SeenMessage(cmd.Dedup.Digest)
	return past, ok && cmd.At.Sub(past.At) <= cmd.Dedup.Window
}

// refusedWrite returns the first write that is refused, and why. The version comes
// first: whoever lost a race, even to the step that archived the document, is to read it
// again.
func refusedWrite(known State, writes []store.Write) (int, store.Refusal) {
	for i := range writes {
		w := &writes[i]
		switch version, archived := known.Version(w.Table, w.Key); {
		case version != w.Expect:
			return i, store.RefusedStale
		case archived && w.Mode != store.Check:
			return i, store.RefusedArchived
		}
	}
	return 0, store.None
}

// decision is one Cmd on its way: later transfers see what earlier ones did,
// which is in fx, before what is in the State.
type decision struct {
	s   State
	fx  *Effects
	res store.Result // says more of a refusal; see refuse and item
}

// refuse notes the account that is to blame, and by how much.
func (d *decision) refuse(why store.Refusal, account store.AccountID, short money.Amount) store.Refusal {
	d.res.Account, d.res.Short = account, short
	return why
}

// item records which item of its list is to blame, if why is a refusal.
func (d *decision) item(at int, why store.Refusal) store.Refusal {
	if why != store.None {
		d.res.At = at
	}
	return why
}

// do does all that cmd asks of accounts and holds.
func (d *decision) do(cmd *store.Cmd) store.Refusal {
	for i := range cmd.Opens {
		if r := d.item(i, d.open(&cmd.Opens[i])); r != store.None {
			return r
		}
	}
	for i := range cmd.Transfers {
		if r := d.item(i, d.transfer(&cmd.Transfers[i])); r != store.None {
			return r
		}
	}
	for i := range cmd.Limits {
		if r := d.item(i, d.limit(&cmd.Limits[i])); r != store.None {
			return r
		}
	}
	for i := range cmd.Outbox {
		if r := d.item(i, d.stampRow(cmd.Outbox[i].Stamp)); r != store.None {
			return r
		}
	}
	for i := range cmd.Writes {
		if r := d.item(i, d.stampDoc(cmd.Writes[i].Stamp)); r != store.None {
			return r
		}
	}
	return store.None
}

// account returns the place of an account in the effects. A place, and not a
// pointer, since the slice may move. The search is linear: a Cmd touches few
// accounts, never more than 2*TransfersMax+OpensMax.
func (d *decision) account(id store.AccountID) (int, bool) {
	for i := range d.fx.Accounts {
		if d.fx.Accounts[i].ID == id {
			return i, true
		}
	}
	a, ok := d.s.Account(id)
	if !ok {
		return 0, false
	}
	d.fx.before = append(d.fx.before, countersOf(&a))
	d.fx.Accounts = append(d.fx.Accounts, a)
	return len(d.fx.Accounts) - 1, true
}

// hold returns a hold as this Cmd has left it so far. The last entry counts: a
// hold may be made and ended in one Cmd.
func (d *decision) hold(id store.HoldID) (Hold, bool) {
	for _, h := range slices.Backward(d.fx.Holds) {
		if h.ID == id {
			return h, true
		}
	}
	return d.s.Hold(id)
}

func (d *decision) open(o *store.Open) store.Refusal {
	if _, known := d.account(o.ID); known {
		return d.refuse(store.RefusedAccountExists, o.ID, 0)
	}
	d.fx.before = append(d.fx.before, counters{})
	d.fx.Accounts = append(d.fx.Accounts, Opened(o))
	return store.None
}

// Opened returns the account that an Open opens.
func Opened(open *store.Open) store.Account {
	return store.Account{ID: open.ID, Kind: open.Kind, Currency: open.Currency, Ceiling: open.Ceiling}
}

func (d *decision) limit(l *store.Limit) store.Refusal {
	at, known := d.account(l.Account)
	if !known {
		return d.refuse(store.RefusedAccount, l.Account, 0)
	}
	if l.IfEmpty && !d.fx.Accounts[at].Empty() {
		return d.refuse(store.RefusedNotEmpty, l.Account, 0)
	}
	d.fx.Accounts[at].Ceiling, d.fx.Accounts[at].Closed = l.Ceiling, l.Closed
	return store.None
}

// stampRow notes the balance that a row is to tell, after all transfers.
func (d *decision) stampRow(id store.AccountID) store.Refusal {
	if id == 0 {
		d.fx.Posted = append(d.fx.Posted, 0)
		return store.None
	}
	at, known := d.account(id)
	if !known {
		return d.refuse(store.RefusedAccount, id, 0)
	}
	d.fx.Posted = append(d.fx.Posted, d.fx.Accounts[at].Posted())
	return store.None
}

// stampDoc notes the counters that are frozen into a document.
func (d *decision) stampDoc(ids []store.AccountID) store.Refusal {
	for _, id := range ids {
		at, known := d.account(id)
		if !known {
			return d.refuse(store.RefusedAccount, id, 0)
		}
		d.fx.Stamps = append(d.fx.Stamps, d.fx.Accounts[at])
	}
	return store.None
}
