package engine_test

import (
	"context"
	"testing"
	"time"

	"mpg/engine/bank"
	"mpg/engine/codec"
	"mpg/engine/payment"
	"mpg/store"
)

// TestAnAnswerThatNamesTwoRequestsIsEvidenceForNone: after 999,999 requests a
// trace number comes again. An answer that echoes nothing else belongs to one of
// the two, and nobody can tell which.
func TestAnAnswerThatNamesTwoRequestsIsEvidenceForNone(t *testing.T) {
	t.Parallel()
	w, b := bankWorld(t)
	first := w.payByBank()
	w.comes(first, "done", "answered")
	w.reaches(999_999)
	w.answers(wang, phone{keys: []string{pinOne}})
	w.text(wang, "PAY 8001 46 BANK")
	second := w.last().Ref
	w.comes(second, "done", "answered")
	old, young := b.requests()[0], b.requests()[1]
	if old.STAN != young.STAN || old.RRN == young.RRN {
		t.Fatalf("%+v and %+v are no namesakes", old, young)
	}
	alone := func(m message, code string) bank.Late {
		l := m.late(code)
		l.RRN, l.Transmitted = "", ""
		return l
	}
	for _, code := range []string{"05", "00"} {
		w.e.Banks().LateAnswer("icbc", alone(young, code))
	}
	w.hasSaidAll()
	w.until("three stray answers", func() bool { return w.e.Stats().StrayAnswers.Load() == 3 })
	for _, ref := range []string{first, second} {
		if p := w.shown(ref); p.Request.State != "answered" || len(p.Request.Late) != 0 {
			t.Errorf("%+v", p.Request)
		}
	}
	told := alone(old, "05")
	told.Transmitted = old.late("").Transmitted
	w.e.Banks().LateAnswer("icbc", told) // names the older one
	w.comes(first, "done", "disputed")
	if p := w.shown(second); p.Request.State != "answered" {
		t.Errorf("%+v", p.Request)
	}
}

// reaches sets the number of the last bank request to no, by adding records of requests
// that were never sent.
func (w *world) reaches(no uint64) {
	w.t.Helper()
	w.e.Close()
	doc, ok, err := w.store.LastDoc(w.t.Context(), payment.BankTable)
	if err != nil || !ok {
		w.t.Fatal(err)
	}
	var r payment.Request
	if err := codec.Decode(doc.Data, &r); err != nil {
		w.t.Fatal(err)
	}
	r.No, r.STAN, r.RRN, r.Approved = no, payment.STAN(no), "000000000000", false
	data, err := codec.Encode(r)
	if err != nil {
		w.t.Fatal(err)
	}
	_, err = w.store.Apply(context.Background(), w.store.Epoch(), []store.Cmd{{ID: store.ID{1, 2, 3}, At: w.clock(),
		Writes: []store.Write{{Table: payment.BankTable, Key: payment.Key(no), Data: data}}}})
	if err != nil {
		w.t.Fatal(err)
	}
	w.restart()
	w.pass(time.Hour)
}

// hasSaidAll waits until everything that banks have said so far has been processed,
// which happens in order.
func (w *world) hasSaidAll() {
	w.t.Helper()
	stray := w.e.Stats().StrayAnswers.Load()
	w.e.Banks().LateAnswer("nobody", bank.Late{STAN: 1, Code: "05"})
	w.until("the banks' words", func() bool { return w.e.Stats().StrayAnswers.Load() > stray })
}

// TestADoubtfulReversalOfTheHost names its request by the reference, even where the
// original data are lost. It is a dispute of what stands paid, and ends no reversal
// of ours: a part may stand.
func TestADoubtfulReversalOfTheHost(t *testing.T) {
	t.Parallel()
	doubtful := func(m message) bank.HostMessage {
		return bank.HostMessage{MTI: "0420", STAN: 777, RRN: m.RRN, Doubtful: "element 90 is cut short"}
	}
	t.Run("of a payment", func(t *testing.T) {
		t.Parallel()
		w, b := bankWorld(t)
		ref := w.payByBank()
		w.comes(ref, "done", "answered")
		if !w.hostReverses("icbc", doubtful(b.requests()[0])) {
			t.Error("not taken")
		}
		w.comes(ref, "done", "disputed")
	})
	t.Run("of what is being reversed", func(t *testing.T) {
		t.Parallel()
		w, b := bankWorld(t)
		b.silence(false)
		ref := w.payByBank()
		w.comes(ref, "reversing", "reversing")
		if !w.hostReverses("icbc", doubtful(b.requests()[0])) {
			t.Error("not taken")
		}
		tries := b.tries()
		w.until("it to be reversed all the same", func() bool { return b.tries() > tries })
		w.comes(ref, "reversing", "reversing")
		if !w.hostReverses("icbc", b.requests()[0].undone()) {
			t.Error("not taken")
		}
		w.comes(ref, "done", "reversed")
	})
	t.Run("of nothing", func(t *testing.T) {
		t.Parallel()
		w, _ := bankWorld(t)
		w.payByBank()
		if w.hostReverses("icbc", doubtful(message{Request: bank.Request{RRN: "632601000001"}})) {
			t.Error("taken")
		}
	})
}
