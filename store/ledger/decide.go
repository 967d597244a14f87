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
	if !wellFormed(cmd) {
		return store.Result{Refusal: store.RefusedForm}
	}
	if past, ok := s.Seen(cmd.ID); ok {
		return repeat(past, cmd)
	}
	if past, ok := copyOf(s, cmd); ok {
		return store.Result{Refusal: store.RefusedRedelivery, First: past.ID, FirstAt: past.At}
	}
	if slices.ContainsFunc(cmd.Done, func(id store.RowID) bool { return id >= s.NextRow() }) {
		return store.Result{Refusal: store.RefusedForm} // nobody can have delivered a row that does not exist
	}
	if stale(s, cmd.Writes) {
		return store.Result{Refusal: store.RefusedStale}
	}
	d := decision{s, fx}
	r := d.open(cmd.Opens)
	for i := 0; i < len(cmd.Transfers) && r.Refusal == store.None; i++ {
		r = d.transfer(&cmd.Transfers[i])
	}
	if r.Refusal == store.None {
		r = d.stamp(cmd.Outbox)
	}
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

func stale(s State, writes []store.Write) bool {
	return slices.ContainsFunc(writes, func(w store.Write) bool {
		return s.Version(w.Table, w.Key) != w.Expect
	})
}

// decision is one Cmd on its way: later transfers see what earlier ones did,
// which is in fx, before what is in the State.
type decision struct {
	s  State
	fx *Effects
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

func (d *decision) open(opens []store.Open) store.Result {
	for _, o := range opens {
		if _, known := d.account(o.ID); known {
			return store.Result{Refusal: store.RefusedAccount}
		}
		d.fx.Accounts = append(d.fx.Accounts, store.Account{ID: o.ID, Kind: o.Kind, Currency: o.Currency})
	}
	return store.Result{}
}

// stamp notes the balances that rows are to tell, after all transfers.
func (d *decision) stamp(rows []store.Row) store.Result {
	for i := range rows {
		if rows[i].Stamp == 0 {
			d.fx.Posted = append(d.fx.Posted, 0)
			continue
		}
		at, known := d.account(rows[i].Stamp)
		if !known {
			return store.Result{Refusal: store.RefusedAccount}
		}
		d.fx.Posted = append(d.fx.Posted, d.fx.Accounts[at].Posted())
	}
	return store.Result{}
}
