package engine_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"mpg/engine"
	"mpg/engine/admin"
	"mpg/engine/bank"
	"mpg/engine/call"
	"mpg/engine/intake"
	"mpg/engine/lang"
	"mpg/engine/payment"
	"mpg/engine/pin"
)

func chmod700(dir string) error { return os.Chmod(dir, 0o700) }

func TestPursePaymentByCall(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.answers(wang, phone{keys: []string{pinOne}})
	w.text(wang, "PAY 8001 128.50")
	mine := w.expect(wang, "128.50", "BLUEBIRD FLORIST", "371.50")
	theirs := w.expect(shop, "128.50", "138****0001")
	p := w.ended()
	if p.Outcome != "paid" || p.Product != "mpurse" || p.Payee != "8001" {
		t.Errorf("%+v", p)
	}
	for _, text := range []string{mine, theirs} {
		if !strings.Contains(text, p.Ref) {
			t.Errorf("%q lacks the reference %s", text, p.Ref)
		}
	}
	w.balance("purse:"+wang, "371.50", "371.50")
	w.balance("merchant:8001", "128.50", "128.50")
	w.balance("float", "500.00", "500.00")
	if n := w.count(wang, ""); n != 1 {
		t.Errorf("%d texts to the payer: only the receipt is sent", n)
	}
}

func TestPINFreePaymentIsOneStep(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.rules.Products.PINAbove, w.rules.Products.PINFreeDay = 2000, 3000
	w.e.SetRules(w.rules)
	w.text(wang, "PAY 8001 20")
	w.expect(wang, "20.00", "480.00")
	if w.called() != 0 {
		t.Error("called below the PIN-free amount")
	}
	w.answers(wang, phone{keys: []string{pinOne}})
	w.text(wang, "PAY 8001 15") // over the day's sum without a PIN
	w.expect(wang, "15.00", "465.00")
	if w.called() != 1 {
		t.Errorf("%d calls over the day's free sum", w.called())
	}
}

func TestSendToAPerson(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.answers(wang, phone{keys: []string{pinOne}})
	w.text(wang, "SEND 20 13800000002")
	w.expect(wang, "20.00", "138****0002", "480.00")
	w.expect(li, "20.00", "138****0001", "20.00")
	w.balance("purse:"+li, "20.00", "20.00")
	w.text(wang, "SEND 20 13800000001")
	w.expect(wang, lang.SMS(lang.EN, lang.Yourself, lang.Args{}))
	w.text(wang, "SEND 20 13800000009")
	w.expect(wang, "138****0009")
}

func TestBankPayment(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.bank.set(func() { w.bank.reply = bank.Reply{Approved: true, Code: "00"} })
	w.answers(wang, phone{keys: []string{pinOne}})
	w.text(wang, "PAY 8001 45 BANK")
	w.expect(wang, "45.00", "BLUEBIRD FLORIST")
	w.expect(shop, "45.00")
	if p := w.ended(); p.Outcome != "paid" || p.Product != "mdebit" {
		t.Errorf("%+v", p)
	}
	w.balance("bank:icbc", "45.00", "45.00")
	w.balance("merchant:8001", "45.00", "45.00")
	w.balance("purse:"+wang, "500.00", "500.00")
	if !containsAll(strings.Join(w.heard(), " "), lang.Voice(lang.EN, lang.Irrevocable, lang.Args{})) {
		t.Errorf("not told that it cannot be undone: %q", w.heard())
	}
	if r := w.bank.requests()[0]; r.STAN != 1 || len(r.RRN) != 12 || r.Amount != 4500 {
		t.Errorf("asked %+v", r)
	}
}

func TestBankDeclines(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.bank.set(func() { w.bank.reply = bank.Reply{Code: "51", Reason: bank.Funds} })
	w.answers(wang, phone{keys: []string{pinOne}})
	w.text(wang, "PAY 8001 45 BANK")
	if p := w.ended(); p.Outcome != "not paid" || p.Reason != "declined" {
		t.Errorf("%+v", p)
	}
	w.until("a text", func() bool { return len(w.texts) == 1 })
	w.balance("merchant:8001", "0.00", "0.00")
}

func TestSilentBankIsReversedAndThePayerIsTold(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.bank.set(func() { w.bank.err, w.bank.deaf = bank.ErrUnknown, 2 })
	w.answers(wang, phone{keys: []string{pinOne}})
	w.text(wang, "PAY 8001 45 BANK")
	p := w.ended()
	if p.Outcome != "not paid" || p.Reason != "reversed" {
		t.Errorf("%+v", p)
	}
	w.expect(wang, "being checked")
	w.expect(wang, p.Ref, "was not paid")
	if n := w.count(shop, p.Ref); n != 0 {
		t.Errorf("the shop, which knew nothing of it, got %d texts", n)
	}
	if asked, undone := w.bank.requests(), w.bank.reversals(); len(asked) != 1 || len(undone) != 1 || undone[0].STAN != asked[0].STAN {
		t.Errorf("asked %v, undone %v", asked, undone)
	}
	w.balance("bank:icbc", "0.00", "0.00")
	// The subscriber may pay again meanwhile and after.
	w.answers(wang, phone{keys: []string{pinOne}})
	w.text(wang, "PAY 8001 12.34")
	w.expect(wang, "12.34", "487.66")
}

func TestBankDownIsToldBeforeACall(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.bank.set(func() { w.bank.up = false })
	w.text(wang, "PAY 8001 45 BANK")
	w.expect(wang, lang.SMS(lang.EN, lang.BankClosed, lang.Args{}))
	if w.called() != 0 {
		t.Error("called though the bank is down")
	}
}

// TestBankDownWhileAnOrderWaits: AGAIN cannot be followed and the order stays open, so its
// payer is told to text AGAIN later, not to order again. That order then pays.
func TestBankDownWhileAnOrderWaits(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.answers(wang, phone{end: call.EndBusy}, phone{keys: []string{pinOne}})
	w.text(wang, "PAY 8001 45 BANK")
	w.expect(wang, "AGAIN")
	w.bank.set(func() { w.bank.up = false })
	w.forget()
	w.text(wang, "AGAIN")
	w.expect(wang, "Your bank cannot be reached", w.last().Ref, "Reply AGAIN within")
	w.bank.set(func() { w.bank.up, w.bank.reply = true, bank.Reply{Approved: true, Code: "00"} })
	w.text(wang, "AGAIN")
	if p := w.ended(); p.Outcome != "paid" {
		t.Errorf("%+v", p)
	}
}

func TestCallsThatFail(t *testing.T) {
	t.Parallel()
	for end, text := range map[call.End]lang.Key{
		call.EndBusy: lang.LineBusy, call.EndNoAnswer: lang.NoAnswer, call.EndRejected: lang.CallRefused,
		call.EndHungUp: lang.HungUp, call.EndSilent: lang.NoKeys, call.EndUnreachable: lang.CallFailed,
		call.EndFailed: lang.NotPlaced,
	} {
		t.Run(string(text), func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.answers(wang, phone{end: end}, phone{keys: []string{pinOne}})
			w.text(wang, "PAY 8001 128.50")
			w.expect(wang, "AGAIN")
			w.balance("purse:"+wang, "500.00", "371.50") // held, not taken
			w.text(wang, "AGAIN")
			w.expect(wang, "371.50")
			if p := w.ended(); p.Outcome != "paid" {
				t.Errorf("%+v", p)
			}
		})
	}
}

func TestWrongPINsLockAcrossCalls(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.answers(wang, phone{keys: []string{"111222", "333444"}, then: call.EndHungUp}, phone{keys: []string{"555666"}})
	w.text(wang, "PAY 8001 128.50")
	w.expect(wang, "AGAIN")
	w.restart()
	w.text(wang, "AGAIN")
	p := w.ended()
	if p.Reason != "locked" || p.Outcome != "not paid" {
		t.Errorf("%+v", p)
	}
	w.balance("purse:"+wang, "500.00", "500.00")
	if u, err := w.e.Admin().User(t.Context(), wang); err != nil || u.State != "locked" {
		t.Errorf("%+v %v", u, err)
	}
	w.forget()
	w.text(wang, "PAY 8001 1")
	w.expect(wang, "locked")
	if w.called() != 0 {
		t.Error("a locked subscriber was called")
	}
	if _, err := w.e.Admin().SetBlocked(context.Background(), admin.Command{Key: "unlock"}, wang, false, ""); err != nil {
		t.Fatal(err)
	}
	w.answers(wang, phone{keys: []string{pinOne}})
	w.text(wang, "PAY 8001 1")
	w.expect(wang, "499.00")
}

func TestARightPINForgetsWrongOnes(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for i := range 3 {
		w.answers(wang, phone{keys: []string{"111222", "333444", pinOne}})
		w.text(wang, fmt.Sprintf("PAY 8001 1%d", i))
		w.expect(wang, fmt.Sprintf("1%d.00", i))
	}
	w.balance("merchant:8001", "33.00", "33.00")
}

func TestARightPINThatComesTooLateIsNoWrongOne(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for i := range pin.TriesMax + 1 {
		thinks := make(chan struct{})
		w.answers(wang, phone{keys: []string{pinOne}, wait: thinks})
		w.text(wang, fmt.Sprintf("PAY 8001 1%d", i))
		w.until("a call", func() bool { return w.calls == 1 })
		w.text(wang, "NO")
		w.ended()
		close(thinks)
		stopped := lang.Voice(lang.EN, lang.StoppedCall, lang.Args{})[0]
		w.until("the news that it was stopped", func() bool { return slices.Contains(w.spoken, stopped) })
		w.forget()
	}
	if u, err := w.e.Admin().User(t.Context(), wang); err != nil || u.State != "active" {
		t.Errorf("%+v %v", u, err)
	}
}

func TestNotMeBlocks(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.answers(wang, phone{end: call.EndNotMe})
	w.text(wang, "PAY 8001 128.50")
	if p := w.ended(); p.Reason != "not me" {
		t.Errorf("%+v", p)
	}
	if u, _ := w.e.Admin().User(t.Context(), wang); u.State != "blocked" || !strings.Contains(u.Why, "not me") {
		t.Errorf("%+v", u)
	}
	w.balance("purse:"+wang, "500.00", "500.00")
	w.answers(li, phone{keys: []string{pinTwo}})
	if _, err := w.e.Admin().TopUp(context.Background(), admin.Command{Key: "t2"}, li, 1000); err != nil {
		t.Fatal(err)
	}
	w.text(li, "SEND 5 13800000001") // a blocked payee still receives
	w.expect(wang, "5.00")
}

func TestOneOpenOrderAndNO(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ring := make(chan struct{})
	defer close(ring)
	w.answers(wang, phone{ring: ring, keys: []string{pinOne}})
	w.text(wang, "PAY 8001 128.50")
	w.until("a call", func() bool { return w.calls == 1 })
	w.text(wang, "PAY 8001 5")
	w.expect(wang, "128.50", "NO")
	w.text(wang, "NO")
	if p := w.ended(); p.Reason != "stopped" {
		t.Errorf("%+v", p)
	}
	w.balance("purse:"+wang, "500.00", "500.00")
	w.forget()
	w.text(wang, "NO")
	w.expect(wang, lang.SMS(lang.EN, lang.NothingOpen, lang.Args{}))
}

func TestAnEqualOrderIsAskedAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.answers(wang, phone{keys: []string{pinOne}}, phone{keys: []string{pinOne}})
	w.text(wang, "PAY 8001 128.50")
	w.expect(wang, "371.50")
	first := w.ended().Ref
	w.text(wang, "pay 8001 128.5")
	w.expect(wang, first, "YES")
	w.balance("merchant:8001", "128.50", "128.50")
	w.text(wang, "YES")
	w.expect(wang, "243.00")
	w.forget()
	w.text(wang, "YES")
	w.expect(wang, lang.SMS(lang.EN, lang.NothingOpen, lang.Args{}))
	w.pass(25 * time.Hour)
	w.answers(wang, phone{keys: []string{pinOne}})
	w.text(wang, "PAY 8001 128.50")
	w.expect(wang, "114.50")
}

func TestACopyOfATextIsTakenInSilently(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.answers(wang, phone{keys: []string{pinOne}})
	text := intake.Text{Via: "main", From: wang, To: "8888", Body: "PAY 8001 128.50", Kind: intake.Plain}
	w.deliver(text, false)
	w.expect(wang, "371.50")
	w.deliver(text, false)
	w.restart()
	w.deliver(text, true)
	w.text(wang, "BAL")
	w.expect(wang, "holds CNY 371.50")
	if n := w.count(wang, ""); n != 2 {
		t.Errorf("%d texts to the payer, want the receipt and the balance: %v", n, w.written())
	}
	w.balance("merchant:8001", "128.50", "128.50")
}

func TestMoneyThatIsNotThere(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.text(wang, "PAY 8001 500.01")
	w.expect(wang, "0.01")
	w.balance("purse:"+wang, "500.00", "500.00")
	w.text(wang, "PAY 8001 6000")
	w.expect(wang, "5000.00")
	w.text(wang, "PAY 9999 1")
	w.expect(wang, "9999")
	if w.called() != 0 {
		t.Errorf("%d calls", w.called())
	}
}

func TestAnOrderExpires(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.answers(wang, phone{end: call.EndBusy})
	w.text(wang, "PAY 8001 128.50")
	w.expect(wang, "AGAIN")
	w.pass(6 * time.Minute)
	if p := w.ended(); p.Reason != "expired" {
		t.Errorf("%+v", p)
	}
	w.balance("purse:"+wang, "500.00", "500.00")
}

func TestARestartInACall(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ring := make(chan struct{})
	defer close(ring)
	w.answers(wang, phone{ring: ring}, phone{keys: []string{pinOne}})
	w.text(wang, "PAY 8001 128.50")
	w.until("a call", func() bool { return w.calls == 1 })
	w.restart()
	w.expect(wang, "cut off")
	w.text(wang, "AGAIN")
	w.expect(wang, "371.50")
}

func TestARestartWhileTheBankIsAsked(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	never, asked := make(chan struct{}), make(chan struct{}, 1)
	w.bank.set(func() { w.bank.wait, w.bank.announce = never, asked })
	w.bank.set(func() { w.bank.reply = bank.Reply{Approved: true} })
	w.answers(wang, phone{keys: []string{pinOne}})
	w.text(wang, "PAY 8001 45 BANK")
	<-asked
	w.restart()
	if p := w.ended(); p.Reason != "reversed" {
		t.Errorf("%+v", p)
	}
	w.balance("merchant:8001", "0.00", "0.00")
	if asked, undone := len(w.bank.requests()), len(w.bank.reversals()); asked != 1 || undone != 1 {
		t.Errorf("asked %d times, undone %d times", asked, undone)
	}
}

func TestTextsThatAreNoOrders(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for i := range 5 {
		w.text(wang, fmt.Sprintf("what is this %d", i))
	}
	w.text(wang, "BAL")
	w.expect(wang, "500.00")
	if n := w.count(wang, ""); n != 4 {
		t.Errorf("%d answers: three to unread texts and the balance are right: %v", n, w.written())
	}
	w.forget()
	w.text("BANK-INFO", "your loan")
	w.text("10086", "hello")
	w.deliver(intake.Text{Via: "main", From: wang, To: "7777", Body: "BAL", Kind: intake.Plain}, true)
	w.deliver(intake.Text{Via: "main", From: wang, To: "8888", Kind: intake.Unusable}, true)
	w.text(li, "BAL")
	w.expect(li, "0.00")
	if len(w.written()) != 1 {
		t.Errorf("answered what has nobody to answer: %v", w.written())
	}
	w.deliver(intake.Text{Via: "main", From: li, To: "8888", Body: "a part", Kind: intake.Long}, true)
	w.expect(li, "too long")
}

func TestAPINInATextIsNotKept(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.text(wang, pinOne)
	w.expect(wang, lang.SMS(lang.EN, lang.PINWarning, lang.Args{}))
	w.restart()
	data := w.allBytes()
	if bytes.Contains(data, []byte(pinOne)) {
		t.Error("the store holds the PIN")
	}
	if !bytes.Contains(data, []byte(wang)) {
		t.Error("the search does not see the store")
	}
}

func TestStrangers(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const stranger = "+8613900000009"
	w.text(stranger, "PAY 8001 1")
	w.expect(stranger, "")
	w.forget()
	w.text(stranger, "HELP")
	w.expect(stranger, "PAY")
	w.text(stranger, "STOP")
	w.until("two texts", func() bool { return len(w.texts) == 2 })
}

func TestChoosingAPIN(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx := context.Background()
	const fresh = "+8613800000003"
	if _, err := w.e.Admin().AddUser(ctx, admin.Command{Key: "u3"}, admin.NewUser{Phone: fresh, Name: lang.Name{EN: "Han Mei"}, Lang: lang.EN}); err != nil {
		t.Fatal(err)
	}
	if _, err := w.e.Admin().TopUp(ctx, admin.Command{Key: "t3"}, fresh, 10000); err != nil {
		t.Fatal(err)
	}
	w.text(fresh, "PAY 8001 1")
	w.expect(fresh, "text PIN")
	w.answers(fresh, phone{keys: []string{"111111", "314159", "314159"}})
	w.text(fresh, "PIN")
	w.expect(fresh, lang.SMS(lang.EN, lang.PINChanged, lang.Args{}))
	w.answers(fresh, phone{keys: []string{"314159"}})
	w.text(fresh, "PAY 8001 1")
	w.expect(fresh, "99.00")
	w.forget()
	w.answers(fresh, phone{keys: []string{"314159", "271828", "271829"}, then: call.EndHungUp})
	w.text(fresh, "PIN")
	w.expect(fresh, lang.SMS(lang.EN, lang.PINUnchanged, lang.Args{}))
}

func TestCallsAnHourAndAnOrder(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for range 6 {
		w.answers(wang, phone{end: call.EndBusy})
	}
	for i := range 2 {
		w.text(wang, fmt.Sprintf("PAY 8001 1%d", i))
		for n := range 2 {
			w.until("call", func() bool { return w.calls == 3*i+n+1 && len(w.texts) == 3*i+n+1 })
			w.text(wang, "AGAIN")
		}
		w.until("call", func() bool { return w.calls == 3*i+3 && len(w.texts) == 3*i+3 })
		if i == 0 {
			w.text(wang, "AGAIN") // the fourth call of an order
			w.until("a refusal", func() bool { return len(w.texts) == 4 })
			w.text(wang, "NO")
			w.until("stopped", func() bool { return len(w.texts) == 5 })
			w.mu.Lock()
			w.texts = w.texts[:3]
			w.mu.Unlock()
		}
	}
	w.text(wang, "NO")
	w.until("stopped", func() bool { return len(w.texts) == 7 })
	w.text(wang, "PAY 8001 30")
	w.until("a refusal", func() bool { return len(w.texts) == 8 })
	if w.called() != 6 {
		t.Errorf("%d calls in an hour", w.called())
	}
}

func TestNoVoiceNoCall(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(w *world) { w.mute = true })
	w.text(wang, "PAY 8001 1")
	w.expect(wang, "cannot call you")
	if w.called() != 0 {
		t.Error("called without a voice")
	}
}

func TestTextsAreSentAgainUntilTaken(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	tries := 0
	w.carries(func(engine.SMS) engine.Sending {
		tries++
		switch tries {
		case 1:
			return engine.Busy
		case 2:
			return engine.Uncertain
		}
		return engine.Accepted
	})
	w.text(wang, "BAL")
	w.expect(wang, "500.00")
	w.until("three tries", func() bool { return tries == 3 })
}

func TestCommandsAreKeyed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx := context.Background()
	first, err := w.e.Admin().TopUp(ctx, admin.Command{Key: "till-7"}, wang, 1000)
	if err != nil {
		t.Fatal(err)
	}
	repeat := func() admin.PaymentView {
		result, err := w.e.Admin().TopUp(ctx, admin.Command{Key: "till-7"}, wang, 1000)
		if err != nil {
			t.Error(err)
			return admin.PaymentView{}
		}
		return w.payment(result)
	}
	if again := repeat(); !again.Repeat || again.Ref != w.payment(first).Ref {
		t.Errorf("a repeat: %+v; first %s", again, first)
	}
	if _, err := w.e.Admin().TopUp(ctx, admin.Command{Key: "till-7"}, wang, 2000); !errors.Is(err, admin.ErrKeyBody) {
		t.Errorf("another body under the key: %v", err)
	}
	w.restart()
	if again := repeat(); !again.Repeat || again.Ref != w.payment(first).Ref {
		t.Errorf("a repeat after a restart: %+v; first %s", again, first)
	}
	w.balance("purse:"+wang, "510.00", "510.00")
}

// TestAProductThatIsOff is answered and takes nothing; a reload brings it back.
func TestAProductThatIsOff(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	rules := w.rules
	rules.Products.Off = []payment.Product{payment.MP2P}
	w.e.SetRules(rules)
	w.text(wang, "SEND 13800000002 5")
	w.expect(wang, "not offered", "nothing was taken")
	w.balance("purse:"+wang, "500.00", "500.00")
	w.e.SetRules(w.rules)
	w.answers(wang, phone{keys: []string{pinOne}})
	w.text(wang, "SEND 13800000002 6")
	w.expect(wang, "6.00")
}
