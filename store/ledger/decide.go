package ledger

import (
	"slices"

	"mpg/store"
)

// Decide says how cmd ends on s. If it is done, fx holds all that changes
// besides the documents and rows that cmd itself names; if it is refused or
// repeated, fx is empty. Result.Seq and Result.Rows are the engine's to fill in,
// except with a Repeat.
//
// The order of the refusals is part of the contract: what cannot be right at
// any time comes first, what another try may cure comes last.
func Decide(s State, cmd *store.Cmd, fx *Effects) store.Result {
	fx.reset()
	if r := form(cmd); r.Refusal != store.None {
		return r
	}
	if past, ok := s.Seen(cmd.ID); ok {
		return repeat(past, cmd)
	}
	if past, ok := copyOf(s, cmd); ok {
		return store.Result{Refusal: store.RefusedRedelivery, First: past.ID, FirstAt: past.At}
	}
	if i := slices.IndexFunc(cmd.Done, func(id store.RowID) bool { return id >= s.NextRow() }); i >= 0 {
		return store.Result{Refusal: store.RefusedRowNotAdded, At: i} // nobody can have delivered it
	}
	if i := stale(s, cmd.Writes); i >= 0 {
		return store.Result{Refusal: store.RefusedStale, At: i}
	}
	d := decision{s, fx}
	r := d.do(cmd)
	if r.Refusal != store.None {
		fx.reset()
	}
	return r
}

// repeat answers an id that was seen with the first result, or refuses it.
func repeat(past Past, cmd *store.Cmd) store.Result {
	if past.Body != cmd.Body {
		return store.Result{Refusal: store.RefusedBody}
	}
	return store.Result{Repeat: true, Seq: past.Seq}
}

// copyOf finds the Cmd that took the same text in. A clock that was set back
// since makes the earlier one no older than nothing.
func copyOf(s State, cmd *store.Cmd) (Past, bool) {
	if cmd.Intake == nil || cmd.Intake.Again {
		return Past{}, false
	}
	past, ok := s.TakenIn(cmd.Intake.Digest)
	return past, ok && cmd.At.Sub(past.At) <= cmd.Intake.Window
}

// stale returns the first write that expects another version, or -1.
func stale(s State, writes []store.Write) int {
	return slices.IndexFunc(writes, func(w store.Write) bool {
		return s.Version(w.Table, w.Key) != w.Expect
	})
}

// decision is one Cmd on its way: later transfers see what earlier ones did,
// which is in fx, before what is in the State.
type decision struct {
	s  State
	fx *Effects
}

// do does all that cmd asks of accounts and holds.
func (d *decision) do(cmd *store.Cmd) store.Result {
	if r := d.open(cmd.Opens); r.Refusal != store.None {
		return r
	}
	for i := range cmd.Transfers {
		if r := d.transfer(&cmd.Transfers[i]); r.Refusal != store.None {
			r.At = i
			return r
		}
	}
	if r := d.limit(cmd.Limits); r.Refusal != store.None {
		return r
	}
	if r := d.stampRows(cmd.Outbox); r.Refusal != store.None {
		return r
	}
	return d.stampWrites(cmd.Writes)
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
	d.add(a, a)
	return len(d.fx.Accounts) - 1, true
}

// add takes an account into the effects, with what it was before the Cmd.
func (d *decision) add(before, now store.Account) {
	d.fx.before = append(d.fx.before, before)
	d.fx.Accounts = append(d.fx.Accounts, now)
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

func (d *decision) open(opens []store.Open) store.Result {
	for i := range opens {
		o := &opens[i]
		if _, known := d.account(o.ID); known {
			return store.Result{Refusal: store.RefusedAccountExists, At: i, Account: o.ID}
		}
		d.add(store.Account{}, Opened(o))
	}
	return store.Result{}
}

// Opened returns the account that an Open opens.
func Opened(o *store.Open) store.Account {
	return store.Account{ID: o.ID, Kind: o.Kind, Currency: o.Currency, Ceiling: o.Ceiling}
}

func (d *decision) limit(limits []store.Limit) store.Result {
	for i := range limits {
		l := &limits[i]
		at, known := d.account(l.Account)
		if !known {
			return store.Result{Refusal: store.RefusedAccount, At: i, Account: l.Account}
		}
		d.fx.Accounts[at].Ceiling, d.fx.Accounts[at].Closed = l.Ceiling, l.Closed
	}
	return store.Result{}
}

// stampRows notes the balances that rows are to tell, after all transfers.
func (d *decision) stampRows(rows []store.Row) store.Result {
	for i := range rows {
		if rows[i].Stamp == 0 {
			d.fx.Posted = append(d.fx.Posted, 0)
			continue
		}
		at, known := d.account(rows[i].Stamp)
		if !known {
			return store.Result{Refusal: store.RefusedAccount, At: i, Account: rows[i].Stamp}
		}
		d.fx.Posted = append(d.fx.Posted, d.fx.Accounts[at].Posted())
	}
	return store.Result{}
}

// stampWrites notes the counters that are frozen into documents.
func (d *decision) stampWrites(writes []store.Write) store.Result {
	for i := range writes {
		for _, id := range writes[i].Stamp {
			at, known := d.account(id)
			if !known {
				return store.Result{Refusal: store.RefusedAccount, At: i, Account: id}
			}
			d.fx.Stamps = append(d.fx.Stamps, d.fx.Accounts[at])
		}
	}
	return store.Result{}
}
