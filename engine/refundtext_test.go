package engine_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"mpg/engine/admin"
	"mpg/engine/books"
	"mpg/engine/call"
	"mpg/engine/codec"
	"mpg/engine/intake"
	"mpg/engine/lang"
	"mpg/engine/payment"
	"mpg/engine/pin"
	"mpg/store"
	"mpg/store/money"
)

// pinShop is the PIN of the shop's manager.
const pinShop = "730281"

// manages makes the shop's phone a subscriber's, with a PIN.
func (w *world) manages() {
	w.t.Helper()
	digits, _ := pin.Read([]byte(pinShop))
	_, err := w.e.Admin().AddUser(context.Background(), admin.Command{Key: "u3"}, admin.NewUser{Phone: shop, Name: lang.Name{EN: "Zhao Min"}, Lang: lang.EN, PIN: &digits})
	if err != nil {
		w.t.Fatal(err)
	}
}

// shopPaid has the customer pay the shop from the purse.
func (w *world) shopPaid(amount string) string {
	w.t.Helper()
	w.answers(wang, phone{keys: []string{pinOne}})
	w.text(wang, "PAY 8001 "+amount)
	ref := w.last().Ref
	w.until("the payment", func() bool { return w.shown(ref).Outcome == "paid" })
	w.expect(wang, ref)
	w.expect(shop, ref)
	w.forget()
	return ref
}

// TestTheShopRefundsByText: the manager is called, hears what is to be refunded, and no money
// moves before the PIN. Both are told, and the first payment shows what came back.
func TestTheShopRefundsByText(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.manages()
	first := w.shopPaid("128.50")
	w.answers(shop, phone{keys: []string{pinTwo, pinShop}})
	w.text(shop, "refund "+strings.ToLower(first[:4])+" "+first[4:]+" 28.50")
	w.until("the refund", func() bool { return w.last().Ref != first && w.last().Outcome == "paid" })
	back := w.last()
	if back.Of != first || back.Payer != "8001" || back.Payee != wang || back.Amount != "28.50" || back.By != nil {
		t.Errorf("%+v", back)
	}
	w.expect(wang, back.Ref, "BLUEBIRD FLORIST refunded CNY 28.50 of "+first, "Balance CNY 400.00")
	w.expect(shop, back.Ref, "you refunded CNY 28.50 of "+first)
	if p := w.shown(first); p.Returned != "28.50" || p.Refundable != "100.00" || !slices.Equal(p.Refunds, []string{back.Ref}) || back.Manager != shop {
		t.Errorf("%+v", p)
	}
	w.balance("merchant:8001", "100.00", "100.00")
	w.balance("purse:"+shop, "0.00", "0.00")
	heard := strings.Join(w.heard(), " ")
	for _, said := range []string{"There is a refund to confirm.", lang.Ref(lang.EN, first), "ends in zero, zero, zero, one", "twenty-eight yuan and fifty fen", "key in your six-digit PIN", "That PIN is wrong", "is refunded"} {
		if !strings.Contains(heard, said) {
			t.Errorf("not heard: %q in %q", said, heard)
		}
	}
	if strings.Contains(heard, "zero zero zero one") || strings.Contains(heard, "Wang") {
		t.Errorf("the customer's number or name was spoken: %q", heard)
	}
	w.forget()
	w.answers(shop, phone{keys: []string{pinShop}})
	w.text(shop, "退款 "+first)
	w.until("the rest", func() bool { return w.shown(first).Returned == "128.50" && w.last().Outcome == "paid" })
	w.expect(wang, "refunded CNY 100.00")
	w.balance("merchant:8001", "0.00", "0.00")
	w.text(shop, "TK "+first)
	w.expect(shop, "All of "+first+" has already been given back", "128.50")
}

// TestRefundsThatAreNotTakenOn: whoever may not refund, or not so much, is told why and what
// would help. Nothing moves, and nothing counts as refunded.
func TestRefundsThatAreNotTakenOn(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		before func(w *world)
		from   string
		text   func(first string) string
		told   []string
		reason string
	}{
		"no such reference": {nil, shop, func(string) string { return "REFUND 7HQ3KX9D 5" }, []string{"not the reference of a payment to your shop"}, "no_refund"},
		"mistyped":          {nil, shop, func(first string) string { return "REFUND A" + first[:7] + "2" }, []string{"not the reference"}, "no_refund"},
		"a word":            {nil, shop, func(string) string { return "REFUND PURCHASE 5" }, []string{"could not find the reference", "text: REFUND"}, "not_understood"},
		"the payer":         {nil, wang, func(first string) string { return "REFUND " + first }, []string{"Only BLUEBIRD FLORIST can refund"}, "no_refund"},
		"too much":          {nil, shop, func(first string) string { return "REFUND " + first + " 10.01" }, []string{"Only CNY 10.00 of", "text: REFUND "}, "no_refund"},
		"too old":           {func(w *world) { w.pass(200 * 24 * time.Hour) }, shop, func(first string) string { return "REFUND " + first }, []string{"too long ago", "call"}, "no_refund"},
		"blocked":           {func(w *world) { w.block(shop) }, shop, func(first string) string { return "REFUND " + first }, []string{"blocked"}, "blocked"},
		"the money left":    {func(w *world) { w.drains("8001", 400) }, shop, func(first string) string { return "REFUND " + first }, []string{"short by CNY 4.00"}, "refund_funds"},
		"another is open":   {func(w *world) { w.opens() }, shop, func(first string) string { return "REFUND " + first }, []string{"A payment is waiting"}, "open_order"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, func(w *world) { w.rules.RefundWithin = 180 * 24 * time.Hour })
			w.manages()
			first := w.shopPaid("10")
			if tt.before != nil {
				tt.before(w)
			}
			w.forget()
			w.text(tt.from, tt.text(first))
			w.expect(tt.from, tt.told...)
			if refused := w.refusals(); len(refused) == 0 || refused[len(refused)-1].Reason != tt.reason {
				t.Errorf("refused as %+v, want %s", refused, tt.reason)
			}
			if p := w.shown(first); p.Returned != "" {
				t.Errorf("%s counts as refunded", p.Returned)
			}
		})
	}
}

// TestNobodyElseRefunds: whoever texts the reference of a payment to a shop of others learns
// nothing, not even whether there is such a payment.
func TestNobodyElseRefunds(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	first := w.shopPaid("10")
	unknown := w.e.Books().Refs.Ref(1 << 30)
	for _, ref := range []string{first, unknown, "PURCHASE"} { // one in ten references has no digit
		if strings.ContainsAny(ref, "0123456789") {
			w.text(li, "REFUND "+ref+" 5")
			w.expect(li, "not the reference of a payment to your shop")
		} else { // it may be a word
			w.text(li, "REFUND "+ref+" 5")
			w.expect(li, "could not find the reference of a payment")
		}
		w.forget()
	}
	w.balance("merchant:8001", "10.00", "10.00")
}

// drains takes amount out of a shop's account, as a settlement does.
func (w *world) drains(code string, amount money.Amount) {
	w.t.Helper()
	w.moves(books.Merchant(code), w.named(books.Float), amount)
}

// named returns an account that has a name.
func (w *world) named(name string) store.AccountID {
	w.t.Helper()
	id, ok, err := w.e.Books().Named(context.Background(), name)
	if err != nil || !ok {
		w.t.Fatalf("%s: %v %v", name, ok, err)
	}
	return id
}

// moves moves money by a payment of its own, as a settlement will, so that the books add up.
func (w *world) moves(from, to store.AccountID, amount money.Amount) {
	w.t.Helper()
	b, at := w.e.Books(), w.clock()
	no := b.Payments.Add(1)
	p := &payment.Payment{No: no, Ref: b.Refs.Ref(no), State: payment.Done, Reason: payment.Paid,
		Plan:    payment.Plan{Product: admin.PayOut, PINExempt: true, Legs: []payment.Leg{{From: from, To: to, Amount: amount, Code: 30, PostedAt: payment.AtConfirm}}},
		Amounts: payment.Amounts{Ordered: amount, Charged: amount, Received: amount, Currency: "CNY"}, Date: "2026-11-22", Deadline: at,
		Steps: []payment.Step{{At: at, State: payment.Posted}, {At: at, State: payment.Done}}}
	data, err := codec.Encode(p)
	if err != nil {
		w.t.Fatal(err)
	}
	res, err := w.store.Apply(context.Background(), w.store.Epoch(), []store.Cmd{{ID: store.ID{0xED, byte(no)}, At: at,
		Transfers: []store.Transfer{{Op: store.Post, Code: 30, Debit: from, Credit: to, Amount: amount, Ref: no}},
		Writes:    []store.Write{{Table: payment.Table, Key: payment.Key(no), Mode: store.Archive, Data: data}}}})
	if err != nil || res[0].Refusal != store.None {
		w.t.Fatal(res, err)
	}
}

// opens has the manager order a payment that waits.
func (w *world) opens() {
	w.t.Helper()
	if _, err := w.e.Admin().TopUp(context.Background(), admin.Command{Key: "t7"}, shop, 5000); err != nil {
		w.t.Fatal(err)
	}
	w.answers(shop, phone{end: call.EndBusy})
	w.text(shop, "SEND 1 13800000002")
	w.expect(shop, "line was busy")
}

// TestAPhoneThatIsNoSubscriber: without a PIN nothing can be confirmed, and the text says what
// to do. Strangers learn nothing.
func TestAPhoneThatIsNoSubscriber(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	first := w.shopPaid("10")
	w.text(shop, "REFUND "+first)
	w.expect(shop, "This number has no PIN", "nothing was refunded")
	w.text("+8613800000099", "REFUND "+first)
	w.expect("+8613800000099", "not registered")
}

// TestTheManagersCallFails: the money is held while the call is on, AGAIN calls once more, and
// a refund that expires, is stopped or is not theirs gives everything back.
func TestTheManagersCallFails(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		then    func(w *world)
		told    string
		outcome string
		state   string
	}{
		"AGAIN":   {func(w *world) { w.answers(shop, phone{keys: []string{pinShop}}); w.text(shop, "AGAIN") }, "you refunded", "paid", "active"},
		"NO":      {func(w *world) { w.text(shop, "NO") }, "stopped", "not paid", "active"},
		"expires": {func(w *world) { w.pass(6 * time.Minute) }, "expired", "not paid", "active"},
		"locked":  {func(w *world) { w.answers(shop, phone{keys: []string{pinOne, pinOne, pinOne}}); w.text(shop, "AGAIN") }, "locked", "not paid", "locked"},
		"not me":  {func(w *world) { w.answersNotMe(); w.text(shop, "AGAIN") }, "not", "not paid", "blocked"},
		"blocked": {func(w *world) { w.block(shop) }, "blocked", "not paid", "blocked"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.manages()
			first := w.shopPaid("10")
			w.answers(shop, phone{end: call.EndNoAnswer})
			w.text(shop, "REFUND "+first+" 6")
			w.expect(shop, "did not answer", "CNY 6.00", "AGAIN")
			w.balance("merchant:8001", "10.00", "4.00")
			w.audited("while it waits")
			if p := w.shown(first); p.Returned != "6.00" {
				t.Errorf("%q is being refunded", p.Returned)
			}
			w.forget()
			tt.then(w)
			back := w.last().Ref
			w.until("the end", func() bool { return w.shown(back).State == "done" })
			w.expect(shop, tt.told)
			if p := w.shown(back); p.Outcome != tt.outcome {
				t.Errorf("%+v", p)
			}
			if u, err := w.e.Admin().User(context.Background(), shop); err != nil || u.State != tt.state {
				t.Errorf("the manager is %s, want %s: %v", u.State, tt.state, err)
			}
			left := map[string]string{"paid": "4.00", "not paid": "10.00"}[tt.outcome]
			w.balance("merchant:8001", left, left)
			if p := w.shown(first); (p.Returned == "6.00") != (tt.outcome == "paid") {
				t.Errorf("%q is refunded", p.Returned)
			}
			w.audited("after the end")
		})
	}
}

// TestThePurseIsClosedBeforeTheManagerConfirms: the money, which a full purse would have taken all
// the same, waits for the customer elsewhere.
func TestThePurseIsClosedBeforeTheManagerConfirms(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.manages()
	first := w.shopPaid("10")
	w.closesPurse(9, store.Limit{Ceiling: 1})
	w.answers(shop, phone{end: call.EndNoAnswer})
	w.text(shop, "REFUND "+first+" 6")
	w.expect(shop, "did not answer")
	w.closesPurse(10, store.Limit{Closed: true})
	w.answers(shop, phone{keys: []string{pinShop}})
	w.text(shop, "AGAIN")
	w.expect(wang, "refunded CNY 6.00 of "+first, "Your purse is closed")
	w.balance("purse:"+wang, "490.00", "490.00")
	w.balance(books.Unclaimed, "6.00", "6.00")
	w.audited("at the end")
}

// answersNotMe has the manager say that they ordered nothing.
func (w *world) answersNotMe() { w.answers(shop, phone{end: call.EndNotMe}) }

// TestARefundIsAskedAbout if it equals one of the last day. YES makes it.
func TestARefundIsAskedAbout(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.manages()
	first := w.shopPaid("10")
	w.answers(shop, phone{keys: []string{pinShop}}, phone{keys: []string{pinShop}})
	w.text(shop, "REFUND "+first+" 3")
	w.expect(shop, "you refunded CNY 3.00")
	w.forget()
	w.text(shop, "REFUND "+first+" 3.00")
	w.expect(shop, "Same as", first, "CNY 3.00", "YES")
	if p := w.shown(first); p.Returned != "3.00" {
		t.Errorf("%s is refunded", p.Returned)
	}
	w.text(shop, "REFUND") // neither a YES nor a NO
	w.expect(shop, "To agree to what we asked, please reply YES.")
	w.text(shop, "REFUND A2345678 3")
	w.expect(shop, "This is not the reference of a payment to your shop")
	w.text(shop, "YES")
	w.expect(shop, "you refunded CNY 3.00")
	if p := w.shown(first); p.Returned != "6.00" {
		t.Errorf("%s is refunded", p.Returned)
	}
	w.text(shop, "REFUND "+first+" 3.00")
	w.expect(shop, "Same as", first, "CNY 3.00", "YES")
	w.text(shop, "NO")
	w.expect(shop, "As you asked, nothing more was refunded.")
	w.text(shop, "YES")
	w.expect(shop, "No payment is waiting")
}

// TestACopyOfARefund: a text that the SMSC delivers again, since it may not have had the
// acknowledgement, refunds and asks nothing.
func TestACopyOfARefund(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.manages()
	first := w.shopPaid("10")
	w.answers(shop, phone{keys: []string{pinShop}})
	text := intake.Text{Via: "main", From: shop, To: "8888", Body: "REFUND " + first + " 3", Kind: intake.Plain}
	w.deliver(text, false)
	w.expect(shop, "you refunded CNY 3.00")
	w.forget()
	w.deliver(text, false)
	w.text(shop, "BAL") // answered after the copy
	w.expect(shop, "Your purse holds")
	if p := w.shown(first); p.Returned != "3.00" || w.count(shop, first) != 0 {
		t.Errorf("%+v, and the shop was told %q", p, w.texts)
	}
}

// TestPayersWhoTextREFUND mean that what is open is to be stopped.
func TestPayersWhoTextREFUND(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"refund", "REFUND PURCHASE", "REFUND 7HQ3KX9D", "退款", "REFUND %s"} {
		t.Run(text, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.answers(wang, phone{end: call.EndBusy})
			w.text(wang, "PAY 8001 10")
			w.expect(wang, "line was busy")
			if strings.Contains(text, "%s") {
				text = fmt.Sprintf(text, w.last().Ref)
			}
			w.text(wang, text)
			w.until("it is stopped", func() bool { return w.last().State == "done" })
			w.expect(wang, "stopped", "Nothing was taken")
		})
	}
}

// TestTheShopRefundsToTheBank: after the PIN the customer's bank is asked; what it does not
// take goes to the purse.
func TestTheShopRefundsToTheBank(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		bank  func(b *bookBank)
		told  string
		purse string
	}{
		"it takes it": {func(*bookBank) {}, "to your bank account", "500.00"},
		"it declines": {func(b *bookBank) { b.says("14") }, "to your purse", "520.00"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, b := bankWorld(t)
			w.manages()
			first := w.payByBank()
			w.comes(first, "done", "answered")
			w.forget()
			tt.bank(b)
			w.answers(shop, phone{keys: []string{pinShop}})
			w.text(shop, "REFUND "+first+" 20")
			w.expect(wang, "refunded CNY 20.00 of "+first, tt.told)
			w.expect(shop, "you refunded CNY 20.00 of "+first)
			w.balance("merchant:8001", "25.00", "25.00")
			w.balance("purse:"+wang, tt.purse, tt.purse)
			w.balance("transit:icbc", "0.00", "0.00")
			if heard := w.heard(); !slices.ContainsFunc(heard, func(said string) bool { return strings.Contains(said, "refunded") || strings.Contains(said, "refund") }) {
				t.Errorf("heard %q", heard)
			}
		})
	}
	w, b := bankWorld(t)
	w.manages()
	first := w.payByBank()
	w.comes(first, "done", "answered")
	b.set(func() { b.down = true })
	w.text(shop, "REFUND "+first)
	w.expect(shop, "The customer's bank cannot be reached")
}

// TestPowerIsLostInAShopsRefund at each commit from the text to the end: the customer is paid
// once or not at all, and a text that was acknowledged is not lost.
func TestPowerIsLostInAShopsRefund(t *testing.T) {
	t.Parallel()
	for n := 1; n <= 6; n++ {
		for _, after := range []bool{false, true} {
			t.Run(fmt.Sprintf("commit %d, after it %v", n, after), func(t *testing.T) {
				t.Parallel()
				w, b := bankWorld(t)
				b.undoes()
				w.manages()
				first := w.payByBank()
				w.comes(first, "done", "answered")
				w.answers(shop, phone{keys: []string{pinShop}})
				lost := w.losesPower(n, after)
				w.tries(shop, "REFUND "+first+" 20")
				select {
				case <-lost:
				case <-w.refunded(first):
				}
				w.restart()
				w.answers(shop, phone{keys: []string{pinShop}}, phone{keys: []string{pinShop}})
				if w.last().Ref == first { // nothing was kept, and the SMSC delivers the text again
					w.text(shop, "REFUND "+first+" 20")
				}
				w.until("a payment of its own", func() bool { return w.last().Ref != first })
				back := w.last().Ref
				w.until("it waits or is done", func() bool { p := w.shown(back); return p.State == "waiting" || p.State == "done" })
				if w.shown(back).State == "waiting" {
					w.text(shop, "AGAIN")
				}
				w.until("the end", func() bool { return w.shown(back).State == "done" })
				w.balance("merchant:8001", "25.00", "25.00")
				w.agrees(map[string]*bookBank{"icbc": b})
				if p := w.shown(first); p.Returned != "20.00" {
					t.Errorf("%s is returned", p.Returned)
				}
				purse := map[string]string{"paid": "500.00", "returned": "520.00"}[w.shown(back).Outcome]
				w.balance("purse:"+wang, purse, purse)
			})
		}
	}
}

// tries hands a text over, which is taken in or not.
func (w *world) tries(from, body string) {
	w.t.Helper()
	acked := make(chan struct{})
	text := intake.Text{Via: "main", From: from, To: "8888", Body: body, Kind: intake.Plain, Ack: func(bool) func() bool {
		close(acked)
		return func() bool { return false }
	}}
	if !w.e.Receive(text) {
		w.t.Fatal("the queue is full")
	}
	select {
	case <-acked:
	case <-time.After(patience):
		w.t.Fatal("no acknowledgement")
	}
}

// refunded is closed once a payment after the one with that reference is done.
func (w *world) refunded(first string) <-chan struct{} {
	done := make(chan struct{})
	books := w.e.Admin()
	go func() {
		defer close(done)
		for w.t.Context().Err() == nil {
			last := ""
			for p, err := range books.Payments(w.t.Context()) {
				if err != nil {
					return
				}
				if p.Ref != first && p.State == "done" && p.Of == first {
					last = p.Ref
				}
			}
			if last != "" {
				return
			}
			time.Sleep(2 * time.Millisecond)
		}
	}()
	return done
}
