package engine_test

import (
	"slices"
	"testing"
	"time"

	"mpg/engine"
	"mpg/engine/acquirer"
	"mpg/engine/bank"
	"mpg/engine/bank/host"
	"mpg/engine/bank/iso8583"
	"mpg/engine/books"
	"mpg/engine/due"
	"mpg/engine/module"
	"mpg/engine/payment"
	"mpg/engine/tx"
)

// subscription is a module that takes 30.00 from wang's bank account whenever an item is due,
// without a call.
type subscription struct{ *module.Parts }

func (s *subscription) module() module.Module {
	return module.Module{Name: "subscription", What: "a fee at its time", Join: func(p *module.Parts) module.Additions {
		s.Parts = p
		return module.Additions{Due: []due.Kind{{Name: "subscription", Missed: due.All, Do: s.collect}}}
	}}
}

// collect begins the payment of an item.
func (s *subscription) collect(t *tx.Tx, _ due.Item) error {
	payer, err := t.UserOf(wang)
	if err != nil {
		return err
	}
	florist, err := t.Merchant("8001")
	if err != nil {
		return err
	}
	from, ok, err := s.Books.Named(t.Context(), books.BankPrefix+"icbc")
	if err != nil || !ok {
		return err
	}
	no := s.Books.Payments.Add(1)
	p := &payment.Payment{No: no, Ref: s.Books.Refs.Ref(no), Date: s.Place.Day(t.Now), Deadline: t.Now.Add(5 * time.Minute),
		Payer:   payment.Party{User: payer.No, Phone: payer.Phone, Name: payer.Name},
		Payee:   payment.Party{Code: florist.Code, Phone: florist.Phone, Name: florist.Name},
		Amounts: payment.Amounts{Ordered: 3000, Charged: 3000, Received: 3000, Currency: "CNY"},
		Plan: payment.Plan{Product: payment.MDebit, PINExempt: true, Notice: payment.NoticeVersion,
			Asks: []payment.Ask{{Bank: "icbc", Account: payer.BankAccount, Amount: 3000, Kind: payment.Debit}},
			Legs: []payment.Leg{{From: from, To: florist.Account, Amount: 3000, Code: payment.CodePay, Held: true, PostedAt: payment.AtConfirm + 1}}}}
	return s.Process.Advance(t, p, payment.Event{Kind: payment.Ordered, At: t.Now})
}

// comesDue stops w, and starts it again when an item is due.
func (s *subscription) comesDue(w *world) {
	w.t.Helper()
	err := s.Run.Do(w.t.Context(), func(t *tx.Tx) error {
		return s.Due.Add(t, due.Item{Kind: "subscription", ID: "wang", At: t.Now.Add(time.Hour)})
	})
	if err != nil {
		w.t.Fatal(err)
	}
	w.close()
	w.pass(2 * time.Hour)
	w.open()
}

// TestDueBeforeTheBankIsSignedOn: work that is due at a start waits for its bank, which is asked
// once; if the bank does not sign on in time, it is not asked at all.
func TestDueBeforeTheBankIsSignedOn(t *testing.T) {
	t.Parallel()
	var w *world
	h, link := hostLink(t, patience, host.Config{}, bank.Config{}, func() *engine.Engine { return w.e })
	fee := new(subscription)
	w = newWorld(t, func(w *world) {
		w.banks = map[string]acquirer.Bank{"icbc": link}
		w.module = fee.module
	})
	fee.comesDue(w)
	w.polls("the payment to wait for the bank", func() bool { return w.debits("sent") == 1 })
	h.Fault(host.Fault{Kind: host.LateAnswer, On: host.Networks, Delay: 300 * time.Millisecond, Times: 1})
	runs(t, link)
	w.polls("the payment", func() bool { return w.debits("done") == 1 })
	w.balance("bank:icbc", "30.00", "30.00")

	if err := link.Close(); err != nil {
		t.Fatal(err)
	}
	fee.comesDue(w)
	w.polls("the next payment to wait for the bank", func() bool { return w.debits("sent") == 1 })
	w.pass(6 * time.Minute)
	w.polls("the end of the next payment", func() bool { return w.debits("done") == 2 })
	w.balance("bank:icbc", "30.00", "30.00")
	asked := slices.DeleteFunc(h.Journal(), func(e host.Entry) bool {
		return e.Dir != host.In || e.MTI != iso8583.FinancialRequest && e.MTI != iso8583.ReversalAdvice
	})
	if len(asked) != 1 {
		t.Errorf("the bank was asked %d times: %+v", len(asked), asked)
	}
}

// debits returns how many payments from bank accounts are in a state.
func (w *world) debits(state string) (n int) {
	w.t.Helper()
	for p, err := range w.e.Admin().Payments(w.t.Context()) {
		if err != nil {
			w.t.Fatal(err)
		}
		if p.Product == string(payment.MDebit) && p.State == state {
			n++
		}
	}
	return n
}
