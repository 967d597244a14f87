package engine_test

import (
	"encoding/json"
	"errors"
	"testing"

	"mpg/engine/acquirer"
	"mpg/engine/admin"
	"mpg/engine/order"
	"mpg/engine/payment"
	"mpg/engine/reconcile"
)

// paidLate has the second bank decline a transfer, and approve it once the payer has the money
// back. It answers the reversal so.
func (w *world) paidLate(boc *bookBank, reversal string) (ref string) {
	w.t.Helper()
	boc.says("05")
	boc.answersReversals(reversal)
	ref = w.relay()
	w.until("the end", func() bool { return w.shown(ref).Outcome == "returned" })
	late := boc.requests()[0]
	boc.book(late)
	w.e.Banks().LateAnswer("boc", late.late("00"))
	return ref
}

// wantLate compares our account of the second bank, what is in suspense and what is lost.
func (w *world) wantLate(owes, suspense, losses string, breaks int) {
	w.t.Helper()
	w.balance("bank:boc", owes, owes)
	w.balance("suspense:boc", suspense, suspense)
	if losses != "" {
		w.balance("losses", losses, losses)
	}
	open := w.breaks()
	if len(open) != breaks || breaks > 0 && (open[0].Kind != reconcile.LateApproval || open[0].Bank != "boc" || open[0].Amount != 5000 || open[0].Payment == 0) {
		w.t.Errorf("breaks: %+v", open)
	}
}

// TestALateApprovalOfTheSecondBank: an approval that comes after the payer has the money back
// does not change the payment. Until the bank has reversed it, what it paid is in suspense and
// a break is open, so that our account of the bank says what its own book says.
func TestALateApprovalOfTheSecondBank(t *testing.T) {
	t.Parallel()
	w, _, icbc, boc := relayWorld(t)
	ref := w.paidLate(boc, "-")
	w.comes(ref, "done", "reversing")
	w.wantBooks("550.00", "50.00", "-50.00", "0.00", "0.00", icbc, boc)
	w.wantLate("-50.00", "50.00", "", 1)
	last := w.last()
	if last.Product != string(payment.LatePaid) || last.Payer != "suspense:boc" || last.Payee != "bank:boc" || last.Outcome != "paid" || w.shown(last.Ref).Of != ref || w.shown(ref).Request.Suspended != "50.00" {
		t.Errorf("%+v", last)
	}
	w.restart()
	w.wantLate("-50.00", "50.00", "", 1)
	boc.answersReversals("")
	w.comes(ref, "done", "reversed")
	w.wantBooks("550.00", "50.00", "0.00", "0.00", "0.00", icbc, boc)
	w.wantLate("0.00", "0.00", "", 0)
	if last := w.last(); last.Product != string(payment.LateUndone) || w.count(wang, last.Ref)+w.count(zhang, last.Ref) != 0 {
		t.Errorf("%+v", last)
	}
}

// TestALateApprovalOfAPayout: the same from the purse.
func TestALateApprovalOfAPayout(t *testing.T) {
	t.Parallel()
	w, _, icbc, boc := relayWorld(t)
	w.receives(zhang, order.FromBank)
	boc.says("14")
	boc.answersReversals("-")
	ref := w.sends50("")
	w.until("the end", func() bool { return w.shown(ref).Outcome == "not paid" })
	boc.book(boc.requests()[0])
	w.e.Banks().LateAnswer("boc", boc.requests()[0].late("00"))
	w.comes(ref, "done", "reversing")
	w.wantPeople("500.00", "0.00", icbc, boc, "0.00", "-50.00")
	w.wantLate("-50.00", "50.00", "", 1)
}

// TestALateApprovalIsWrittenOff: what the bank does not take back is lost only once two people
// have said so. If it is taken back after all, the loss is, too.
func TestALateApprovalIsWrittenOff(t *testing.T) {
	t.Parallel()
	w, _, icbc, boc := relayWorld(t)
	ref := w.paidLate(boc, "12")
	w.comes(ref, "done", "doubt")
	paid := func(by admin.Command) (json.RawMessage, error) {
		return admin.AtBank{Service: w.e.Admin(), Found: acquirer.Found{Bank: "boc"}}.Resolve(t.Context(), by, ref, acquirer.ResolvedPaid, "their statement")
	}
	if _, err := paid(admin.Command{Key: "alone"}); !errors.Is(err, admin.ErrTwoNeeded) {
		t.Errorf("written off by one person: %v", err)
	}
	w.wantLate("-50.00", "50.00", "", 1)
	w.twoPeople()
	w.approved("two", paid)
	w.wantBooks("550.00", "50.00", "-50.00", "0.00", "0.00", icbc, boc)
	w.wantLate("-50.00", "0.00", "50.00", 0)
	if p := w.shown(ref); p.Outcome != "returned" || p.Request.State != "resolved" || p.Request.WrittenOff != "50.00" {
		t.Errorf("%+v", p.Request)
	}
	if !w.hostReverses("boc", boc.requests()[0].undone()) {
		t.Error("not taken in")
	}
	w.comes(ref, "done", "disputed")
	boc.giveBack(boc.requests()[0])
	w.approved("back", func(by admin.Command) (json.RawMessage, error) {
		return w.e.Admin().Resolve(t.Context(), by, ref, acquirer.ResolvedReversed, "they took it back")
	})
	w.wantBooks("550.00", "50.00", "0.00", "0.00", "0.00", icbc, boc)
	w.wantLate("0.00", "0.00", "0.00", 0)
}

// TestALateApprovalOfTheFirstBank: what the payer's bank has taken although nothing was paid is
// a break, too, until it is reversed.
func TestALateApprovalOfTheFirstBank(t *testing.T) {
	t.Parallel()
	w, _, icbc, _ := relayWorld(t)
	icbc.says("51")
	icbc.answersReversals("-")
	ref := w.relay()
	w.until("the end", func() bool { return w.shown(ref).Outcome == "not paid" })
	icbc.book(icbc.requests()[0])
	w.e.Banks().LateAnswer("icbc", icbc.requests()[0].late("00"))
	w.comes(ref, "done", "reversing")
	if open := w.breaks(); len(open) != 1 || open[0].Kind != reconcile.LateApproval || open[0].Bank != "icbc" {
		t.Errorf("breaks: %+v", open)
	}
	icbc.answersReversals("")
	w.comes(ref, "done", "reversed")
	if open := w.breaks(); len(open) != 0 {
		t.Errorf("breaks: %+v", open)
	}
}
