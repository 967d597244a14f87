package engine_test

import (
	"bytes"
	"context"
	"iter"
	"strings"
	"testing"

	"mpg/engine/audit"
	"mpg/engine/bank"
	"mpg/engine/cdr"
	"mpg/engine/codec"
	"mpg/engine/payment"
	"mpg/engine/refusal"
	"mpg/engine/user"
	"mpg/store"
)

// entries is a journal in memory.
type entries []store.Entry

func (j entries) Records(_ context.Context, from uint64) iter.Seq2[store.Entry, error] {
	return func(yield func(store.Entry, error) bool) {
		for _, e := range j {
			if e.Seq >= from && !yield(e, nil) {
				return
			}
		}
	}
}

// history returns the journal of a world in which every kind of payment has ended in
// several ways, and one is open.
func history(t *testing.T) entries {
	w := newWorld(t)
	w.bank.set(func() { w.bank.reply = bank.Reply{Approved: true, Code: "00"} })
	right := phone{keys: []string{pinOne}}
	for _, order := range []string{"PAY 8001 128.50", "PAY 8001 45 BANK", "SEND 5 13800000002"} {
		w.answers(wang, right)
		w.text(wang, order)
		w.until("a receipt", func() bool { return len(w.texts) == 2 })
		w.forget()
	}
	ref := w.topUp("t9", 2000)
	if _, err := w.correct("c1", ref, false); err != nil {
		t.Fatal(err)
	}
	w.forget()
	w.text(wang, "PAY 8001 7")
	w.expect(wang, "did not answer", "7.00")
	w.text(wang, "NO")
	w.expect(wang, "stopped", "7.00")
	w.forget()
	w.text(wang, "PAY 8001 9")
	w.expect(wang, "did not answer", "9.00")
	w.text(wang, "PAY 9999 1")
	w.expect(wang, "9999")
	w.logged(5)
	return w.entries()
}

// entries returns the journal so far.
func (w *world) entries() (all entries) {
	w.t.Helper()
	for e, err := range w.store.(store.Journal).Records(context.Background(), 1) {
		if err != nil {
			w.t.Fatal(err)
		}
		all = append(all, e)
	}
	return all
}

// clone copies what tests spoil.
func (j entries) clone() entries {
	own := make(entries, len(j))
	for i, e := range j {
		e.Transfers = append([]store.Transfer(nil), e.Transfers...)
		e.Writes = bytesOf(e.Writes)
		own[i] = e
	}
	return own
}

// last returns the newest record in which find finds something.
func (j entries) last(find func(e *store.Entry) bool) *store.Entry {
	for i := len(j) - 1; i >= 0; i-- {
		if find(&j[i]) {
			return &j[i]
		}
	}
	return nil
}

// rewrite changes the newest document of a table for which fn reports true.
func rewrite[T any](j entries, table store.Table, fn func(v *T) bool) bool {
	for i := len(j) - 1; i >= 0; i-- {
		for k := range j[i].Writes {
			w := &j[i].Writes[k]
			v := new(T)
			if w.Table != table || w.Mode == store.Delete || codec.Decode(w.Data, v) != nil || !fn(v) {
				continue
			}
			w.Data, _ = codec.Encode(v)
			return true
		}
	}
	return false
}

// Each way in which books and documents can part is found and named. The store's
// own verification finds none of them: its sums and hashes are right.
func TestAuditBites(t *testing.T) {
	t.Parallel()
	whole := history(t)
	if report, err := audit.Run(context.Background(), whole); err != nil || len(report.Faults) > 0 || report.Open != 1 || report.Requests != 1 || report.Refused != 1 || report.Calls != 5 {
		t.Fatalf("%+v %v", report, err)
	}
	writes := func(table store.Table, mode store.Mode) func(e *store.Entry) bool {
		return func(e *store.Entry) bool {
			for _, w := range e.Writes {
				if w.Table == table && w.Mode == mode {
					return true
				}
			}
			return false
		}
	}
	without := func(e *store.Entry, table store.Table) bool {
		var kept []store.Write
		for _, w := range e.Writes {
			if w.Table != table {
				kept = append(kept, w)
			}
		}
		e.Writes = kept
		return true
	}
	bank := func(fn func(r *payment.Request)) func(j entries) bool {
		return func(j entries) bool {
			return rewrite(j, payment.BankTable, func(r *payment.Request) bool { fn(r); return true })
		}
	}
	// later writes the request once more, long after its payment was done.
	later := func(fn func(r *payment.Request)) func(j entries) bool {
		return func(j entries) bool {
			e := j.last(writes(payment.BankTable, store.Put))
			w := pick(bytesOf(e.Writes), payment.BankTable)
			w.Expect++
			j[len(j)-1].Writes = append(bytesOf(j[len(j)-1].Writes), w)
			return rewrite(j, payment.BankTable, func(r *payment.Request) bool { fn(r); return true })
		}
	}
	for name, tt := range map[string]struct {
		spoil func(j entries) bool
		fault string
	}{
		"a movement of nobody's": {func(j entries) bool {
			e := j.last(func(e *store.Entry) bool { return len(e.Transfers) == 1 && e.Transfers[0].Op == store.Post })
			e.Transfers = append(e.Transfers, e.Transfers[0])
			return true
		}, "the transfers add up to"},
		"limits ignored for no good reason": {func(j entries) bool {
			j.last(func(e *store.Entry) bool { return len(e.Transfers) == 1 && e.Transfers[0].Op == store.Post }).Transfers[0].IgnoreLimits = true
			return true
		}, "ignores limits, and hands nothing back"},
		"a payment without its money": {func(j entries) bool {
			j.last(func(e *store.Entry) bool { return len(e.Transfers) > 0 && e.Transfers[0].Op == store.PostHold }).Transfers = nil
			return true
		}, "the transfers add up to"},
		"a hold of nobody's": {func(j entries) bool {
			j.last(func(e *store.Entry) bool { return len(e.Transfers) > 0 && e.Transfers[0].Op == store.VoidHold }).Transfers = nil
			return true
		}, "is open and payment"},
		"an open payment on no list": {func(j entries) bool {
			return without(j.last(writes(payment.OpenTable, store.Put)), payment.OpenTable)
		}, "not listed as open"},
		"a done payment on the list": {func(j entries) bool {
			return without(j.last(writes(payment.OpenTable, store.Delete)), payment.OpenTable)
		}, "listed as open"},
		"an approval that is forgotten": {bank(func(r *payment.Request) {
			r.State, r.Reversal = payment.RequestReversed, "25"
		}), "the bank has not said so"},
		"reversed by nobody's word": {bank(func(r *payment.Request) {
			r.State, r.Reversal = payment.RequestReversed, ""
		}), "the bank has not said so"},
		"paid against the bank's word": {bank(func(r *payment.Request) { r.Approved = false }), "went on from its bank request"},
		"another amount at the bank":   {bank(func(r *payment.Request) { r.Amount++ }), "differ in payment, kind, bank, amount or currency"},
		"a reversal that nobody sends": {bank(func(r *payment.Request) { r.State = payment.RequestReversing }), "listed as unresolved: false"},
		"reversed after it was paid": {later(func(r *payment.Request) {
			r.State, r.Reversal = payment.RequestReversed, "00"
		}), "but its payment went on from it"},
		"closed as not paid after it was paid": {later(func(r *payment.Request) {
			r.State, r.Approved = payment.RequestResolved, false
		}), "but its payment went on from it"},
		"a correction that is forgotten": {func(j entries) bool {
			return rewrite(j, payment.RefundsTable, func(r *payment.Refunds) bool { r.Sum -= 100; return true })
		}, "was given back, but"},
		"a correction without its record": {func(j entries) bool {
			return without(j.last(writes(payment.RefundsTable, store.Put)), payment.RefundsTable)
		}, "was given back, but"},
		"an open order of another's": {func(j entries) bool {
			return rewrite(j, user.Table, func(u *user.User) bool {
				mine := u.Open != 0
				u.Open = 1
				return mine
			})
		}, "open, which is done or another's"},
		"an open order that is forgotten": {func(j entries) bool {
			return rewrite(j, user.Table, func(u *user.User) bool {
				mine := u.Open != 0
				u.Open = 0
				return mine
			})
		}, "not the open order of whoever ordered it"},
		"a limit that has forgotten": {func(j entries) bool {
			return rewrite(j, user.Table, func(u *user.User) bool {
				mine := u.Open != 0
				u.Day.Sum -= 100
				return mine
			})
		}, "the sum of 2026-11-22"},
		"a done payment that changes": {func(j entries) bool {
			done := j.last(func(e *store.Entry) bool {
				return writes(payment.OpenTable, store.Delete)(e)
			})
			again := *done
			again.Transfers = nil
			*done = again
			j[len(j)-1].Writes = append(bytesOf(j[len(j)-1].Writes), pick(done.Writes, payment.Table))
			return true
		}, "changed after it was done"},
		"a refused order that changes": {func(j entries) bool {
			w := pick(j.last(writes(refusal.Table, store.Put)).Writes, refusal.Table)
			w.Expect = 1
			j[len(j)-1].Writes = append(bytesOf(j[len(j)-1].Writes), w)
			return true
		}, "changed after it was recorded"},
		"a refused order of nobody": {func(j entries) bool {
			return rewrite(j, refusal.Table, func(r *refusal.Refused) bool { r.Phone = ""; return true })
		}, "has no sender"},
		"a call about nothing": {func(j entries) bool {
			return rewrite(j, cdr.Table, func(r *cdr.Record) bool { r.Payment = 99; return true })
		}, "which does not exist"},
		"a call to confirm no payment": {func(j entries) bool {
			return rewrite(j, cdr.Table, func(r *cdr.Record) bool { r.Payment = 0; return true })
		}, "was about nothing"},
		"a call to nobody": {func(j entries) bool {
			return rewrite(j, cdr.Table, func(r *cdr.Record) bool { r.User = 99; return true })
		}, "who does not exist"},
		"a payment deleted": {func(j entries) bool {
			w := pick(j[len(j)-1].Writes, user.Table)
			w.Table, w.Mode = payment.Table, store.Delete
			j[len(j)-1].Writes = append(bytesOf(j[len(j)-1].Writes), w)
			return true
		}, "was deleted"},
	} {
		whole.bites(t, name, tt.spoil, tt.fault)
	}
}

// bites spoils a copy of the journal and checks that the audit names the fault.
func (j entries) bites(t *testing.T, name string, spoil func(j entries) bool, fault string) {
	t.Helper()
	spoilt := j.clone()
	if !spoil(spoilt) {
		t.Errorf("%s: nothing to spoil", name)
		return
	}
	report, err := audit.Run(context.Background(), spoilt)
	if err != nil || !strings.Contains(strings.Join(report.Faults, "\n"), fault) {
		t.Errorf("%s: %v %q, want %q", name, err, report.Faults, fault)
	}
}

// bytesOf copies writes with their data.
func bytesOf(writes []store.Write) []store.Write {
	own := make([]store.Write, len(writes))
	for i, w := range writes {
		w.Data = bytes.Clone(w.Data)
		own[i] = w
	}
	return own
}

func pick(writes []store.Write, table store.Table) store.Write {
	for _, w := range writes {
		if w.Table == table {
			return w
		}
	}
	return store.Write{Table: table, Key: "0", Expect: 1, Data: []byte("{}")}
}
