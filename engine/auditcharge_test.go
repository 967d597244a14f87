package engine_test

import (
	"context"
	"testing"

	"mpg/engine/admin"
	"mpg/engine/audit"
	"mpg/engine/module/moduletest"
	"mpg/engine/payment"
	"mpg/store"
	"mpg/store/money"
)

// chargeHistory returns the journal of a world in which a bank holds money in each
// way: taken, released, in part, waiting for its amount, and told and not yet answered.
func chargeHistory(t *testing.T) entries {
	t.Helper()
	w, products, icbc, _ := relayWorld(t)
	charge := func(amount string) string {
		w.answers(wang, phone{keys: []string{pinOne}})
		w.text(wang, "CHARGE "+amount+" 8001")
		ref := w.last().Ref
		w.until("the amount to be set aside", func() bool { return w.shown(ref).State == "authorized" })
		return ref
	}
	end := func(ref, state string) { w.until(state, func() bool { return w.shown(ref).State == state }) }
	captured := charge("200")
	if err := takes(products, "c1", captured, 12000); err != nil {
		t.Fatal(err)
	}
	end(captured, "done")
	released := charge("90")
	if _, err := products.Release(context.Background(), admin.Command{Key: "c2"}, released); err != nil {
		t.Fatal(err)
	}
	w.comes(released, "done", "reversed")
	told := w.bills("BILL")
	w.comes(told, "done", "answered")
	charge("80")
	icbc.quiet(false)
	advised := charge("70")
	if err := takes(products, "c3", advised, 7000); err != nil {
		t.Fatal(err)
	}
	end(advised, "advising")
	return w.entries()
}

// TestAuditBitesCharges: what a bank holds is taken or released, and what it was told is
// repeated until it has answered.
func TestAuditBitesCharges(t *testing.T) {
	t.Parallel()
	whole := chargeHistory(t)
	if report, err := audit.Run(context.Background(), whole); err != nil || len(report.Faults) > 0 || report.Open != 2 || report.Requests != 7 || report.Unsolved != 1 {
		t.Fatalf("%+v %v", report, err)
	}
	charged := func(amount money.Amount) uint64 {
		return whole.first(func(p *payment.Payment) bool { return p.Plan.Product == moduletest.Charge && p.Ordered == amount })
	}
	captured, released, waiting, advised := charged(20000), charged(9000), charged(8000), charged(7000)
	told := whole.ended(moduletest.Bill, payment.Posted)
	for name, tt := range map[string]struct {
		spoil func(j entries) bool
		fault string
	}{
		"taken without a word of the bank": {func(j entries) bool {
			return j.requests(captured, payment.Completion, func(r *payment.Request) { r.Approved = false })
		}, "went on from its bank request"},
		"taken and never set aside": {func(j entries) bool {
			return j.requests(captured, payment.PreAuth, func(r *payment.Request) { r.Approved = false })
		}, "went on from its bank request"},
		"more taken than captured": {func(j entries) bool {
			return j.requests(captured, payment.Completion, func(r *payment.Request) { r.Amount++ })
		}, "differ in payment, kind"},
		"more taken than captured, and in the books": {func(j entries) bool {
			return j.forge(captured, func(p *payment.Payment) {
				if p.Captured != nil {
					p.Captured[0]++
				}
			}, func(t *store.Transfer) {
				if t.Op == store.PostHold && t.Code == payment.CodePay {
					t.Amount++
				}
				if t.Op == store.VoidHold && t.Code == payment.CodePay {
					t.Amount--
				}
			})
		}, "the account of bank icbc holds"},
		"set aside in part, and in full": {func(j entries) bool {
			return j.requests(captured, payment.PreAuth, func(r *payment.Request) { r.Granted = 15000 })
		}, "differ in what the bank holds"},
		"a debit that was only set aside": {func(j entries) bool {
			return j.requests(captured, payment.Completion, func(r *payment.Request) { r.Kind = payment.PreAuth })
		}, "differ in payment, kind"},
		"released and still set aside": {func(j entries) bool {
			return j.requests(released, payment.PreAuth, func(r *payment.Request) { r.State = payment.RequestAnswered })
		}, "did not go on from its bank request"},
		"released without a word of the bank": {func(j entries) bool {
			return j.requests(released, payment.PreAuth, func(r *payment.Request) { r.Reversal = "25" })
		}, "the bank has not said so"},
		"waiting for an amount, and nothing set aside": {func(j entries) bool {
			return j.requests(waiting, payment.PreAuth, func(r *payment.Request) { r.Approved = false })
		}, "its bank holds nothing"},
		"told once only": {func(j entries) bool {
			return j.requests(advised, payment.Completion, func(r *payment.Request) { r.State = payment.RequestSent })
		}, "an advice that is not repeated"},
		"told of another amount": {func(j entries) bool {
			return j.requests(advised, payment.Completion, func(r *payment.Request) { r.Amount-- })
		}, "an advice that is not repeated"},
		"told, and not listed": {func(j entries) bool { return j.unlisted() }, "listed as unresolved: false"},
		"a bill that no biller was told of": {func(j entries) bool {
			return j.forge(told, func(p *payment.Payment) { p.Requests = nil }, nil)
		}, "was never asked"},
	} {
		whole.bites(t, name, tt.spoil, tt.fault)
	}
}

// unlisted takes all out of the list of open requests.
func (j entries) unlisted() (changed bool) {
	for i := range j {
		for k := range j[i].Writes {
			if w := &j[i].Writes[k]; w.Table == payment.OpenRequestTable && w.Mode != store.Delete {
				w.Table, changed = 63, true
			}
		}
	}
	return changed
}
