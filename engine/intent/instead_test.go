package intent

import (
	"testing"

	"mpg/engine/books"
	"mpg/engine/lang"
	"mpg/engine/local"
	"mpg/engine/merchant"
	"mpg/engine/notice"
	"mpg/engine/order"
	"mpg/engine/payment"
	"mpg/engine/tx"
	"mpg/engine/user"
	"mpg/store"
	"mpg/store/money"
)

// TestEachRefusalIsAnsweredOrComesAgain: a text is left to come again only if the next try
// may end differently. Each new refusal has to be judged here.
func TestEachRefusalIsAnsweredOrComesAgain(t *testing.T) {
	t.Parallel()
	again := map[store.Refusal]bool{
		store.None: true, store.RefusedStale: true, store.RefusedRedelivery: true,
		store.RefusedFingerprint: true, store.RefusedHoldExists: true, store.RefusedAccountExists: true, // a number that is drawn anew
		store.RefusedHold: true, store.RefusedHoldEnded: true, store.RefusedArchived: true, store.RefusedRowNotAdded: true, // a race
	}
	s := New(Config{})
	judged := 0
	for refusal := store.None; refusal.String() != "unknown"; refusal++ {
		judged++
		answered := s.Instead(&Request{Sender: &user.User{}}, tx.Refused{Result: store.Result{Refusal: refusal}}) != nil
		if answered == again[refusal] {
			t.Errorf("%s: answered %v", refusal, answered)
		}
	}
	if judged < 40 {
		t.Errorf("only %d refusals", judged)
	}
}

// TestWhatIsSaidOfARefusal: the sender's own purse and the payee's account are named;
// nothing is told about any other account.
func TestWhatIsSaidOfARefusal(t *testing.T) {
	t.Parallel()
	const purse, li, shop, budget store.AccountID = 101, 102, 801, 900
	cny, _ := money.Lookup("CNY")
	pay, send := order.Order{Intent: order.Pay, To: "8001"}, order.Order{Intent: order.Send, To: "+8613800000003"}
	florist, person := lang.Party{Name: lang.Name{EN: "BLUEBIRD"}, Code: "8001"}, lang.Party{Number: "+8613800000003"}
	for name, c := range map[string]struct {
		order order.Order
		by    store.Result
		text  lang.Key
		args  lang.Args
	}{
		"own purse short":         {pay, store.Result{Refusal: store.RefusedFunds, Account: purse, Short: 250}, lang.Funds, lang.Args{Short: 250, Currency: cny}},
		"budget short":            {pay, store.Result{Refusal: store.RefusedFunds, Account: budget, Short: 250}, lang.CannotDo, lang.Args{}},
		"payee short":             {pay, store.Result{Refusal: store.RefusedFunds, Account: shop, Short: 250}, lang.CannotDo, lang.Args{}},
		"no account named":        {pay, store.Result{Refusal: store.RefusedFunds, Short: 250}, lang.CannotDo, lang.Args{}},
		"shop closed":             {pay, store.Result{Refusal: store.RefusedClosed, Account: shop}, lang.PayeeClosed, lang.Args{Party: florist, Currency: cny}},
		"shop full":               {pay, store.Result{Refusal: store.RefusedCeiling, Account: shop, Short: 9}, lang.PayeeFull, lang.Args{Party: florist, Currency: cny}},
		"person closed":           {send, store.Result{Refusal: store.RefusedClosed, Account: li}, lang.PayeeClosed, lang.Args{Party: person, Currency: cny}},
		"person full":             {send, store.Result{Refusal: store.RefusedCeiling, Account: li, Short: 9}, lang.PayeeFull, lang.Args{Party: person, Currency: cny}},
		"own purse closed":        {pay, store.Result{Refusal: store.RefusedClosed, Account: purse}, lang.CannotDo, lang.Args{}},
		"own purse full":          {order.Order{Intent: "save"}, store.Result{Refusal: store.RefusedCeiling, Account: purse}, lang.CannotDo, lang.Args{}},
		"a module's, shop closed": {order.Order{Intent: "tank", To: "8001"}, store.Result{Refusal: store.RefusedClosed, Account: shop}, lang.PayeeClosed, lang.Args{Party: florist, Currency: cny}},
		"budget closed":           {send, store.Result{Refusal: store.RefusedClosed, Account: budget}, lang.CannotDo, lang.Args{}},
		"another shop's account":  {order.Order{Intent: order.Pay, To: "8002"}, store.Result{Refusal: store.RefusedClosed, Account: shop}, lang.CannotDo, lang.Args{}},
		"an account that is gone": {pay, store.Result{Refusal: store.RefusedAccount, Account: shop}, lang.CannotDo, lang.Args{}},
		"our fault":               {pay, store.Result{Refusal: store.RefusedDataLength}, lang.CannotDo, lang.Args{}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			run, disk := opened(t)
			err := run.Do(t.Context(), func(t *tx.Tx) error {
				payee := &user.User{No: 3, Phone: send.To, Purse: li, Name: lang.Name{EN: "Li Lei"}}
				t.SaveUser(payee)
				t.SaveAlias(payee)
				tx.Save(t, merchant.Table, "8001", &merchant.Merchant{Code: "8001", Name: florist.Name, Account: shop})
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
			s := New(Config{Books: &books.Books{}, Place: local.Place{Language: lang.EN, Currency: cny}, Counts: &OrderCounts{}})
			req := &Request{Via: "main", Code: "8888", Phone: wang, Order: c.order, read: order.Order{Intent: order.Yes}}
			answer := s.Instead(req, tx.Refused{Result: c.by})
			err = run.Do(t.Context(), func(t *tx.Tx) error {
				var err error
				if req.Sender, err = t.UserOf(wang); err != nil {
					return err
				}
				req.Sender.Purse = purse
				return answer(t, req)
			})
			if err != nil {
				t.Fatal(err)
			}
			var told []notice.Notice
			for row, err := range disk.Outbox(t.Context(), 0, 0) {
				n, unread := notice.Read(row)
				if err != nil || unread != nil {
					t.Fatal(err, unread)
				}
				told = append(told, *n)
			}
			if len(told) != 1 || told[0].Text != c.text || told[0].To != wang || lang.SMS(lang.EN, told[0].Text, told[0].Args) != lang.SMS(lang.EN, c.text, c.args) {
				t.Errorf("told %+v, want %s %+v", told, c.text, c.args)
			}
			if req.Order.Intent != c.order.Intent {
				t.Errorf("answered as %s, want %s", req.Order.Intent, c.order.Intent)
			}
		})
	}
}

// TestAStrangerIsToldSeldom, also where the books refuse what a module does for strangers.
func TestAStrangerIsToldSeldom(t *testing.T) {
	t.Parallel()
	run, disk := opened(t)
	s := New(Config{Books: &books.Books{}, Place: local.Place{Language: lang.EN}, Counts: &OrderCounts{}})
	const perHour = 2
	for range 5 {
		req := &Request{Via: "main", Code: "8888", Phone: stranger, Rules: Rules{UnreadPerHour: perHour}}
		answer := s.Instead(req, tx.Refused{Result: store.Result{Refusal: store.RefusedFunds, Account: 7}})
		if err := run.Do(t.Context(), func(t *tx.Tx) error { return answer(t, req) }); err != nil {
			t.Fatal(err)
		}
	}
	told := 0
	for _, err := range disk.Outbox(t.Context(), 0, 0) {
		if err != nil {
			t.Fatal(err)
		}
		told++
	}
	if told != perHour {
		t.Errorf("told %d times, want %d", told, perHour)
	}
}

// TestWhatElseAnOrderNeeds: a payer who lacks money for the amount is told what the fee needs
// as well.
func TestWhatElseAnOrderNeeds(t *testing.T) {
	t.Parallel()
	legs := []payment.Leg{{From: 3, Amount: 5000, Held: true}, {From: 1, Amount: 100, Held: true}, {From: 1, Amount: 10, Held: true, HeldAt: payment.AtConfirm}, {From: 1, Amount: 1, Held: true}}
	for at, want := range []money.Amount{101, 1, 0} {
		if got := alsoNeeded(legs, tx.Refused{Result: store.Result{Account: 1, At: at}}); got != want {
			t.Errorf("after transfer %d: %d, want %d", at, got, want)
		}
	}
	for i := range legs {
		legs[i].Held = false
	}
	if got := alsoNeeded(legs, tx.Refused{Result: store.Result{Account: 1, At: 1}}); got != 11 {
		t.Errorf("of what is paid at once: %d", got)
	}
}
