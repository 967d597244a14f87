package engine_test

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"mpg/engine/admin"
	"mpg/engine/bank"
	"mpg/engine/call"
	"mpg/engine/lang"
	"mpg/engine/user"
	"mpg/store/money"
)

// Whoever means to stop a payment that is paid is told that it is paid.
func TestWhoStopsTooLateIsTold(t *testing.T) {
	t.Parallel()
	for _, body := range []string{"NO", "no!", "CANCEL", "STOP", "取消", "END"} {
		t.Run(body, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.answers(wang, phone{keys: []string{pinOne}})
			w.text(wang, "PAY 8001 12")
			w.expect(wang, "488.00")
			ref := w.ended().Ref
			w.forget()
			w.text(wang, body)
			said := w.expect(wang, ref, "CNY 12.00", "is paid", "refund")
			if strings.Contains(said, "nothing was taken") {
				t.Error(said)
			}
			w.forget()
			w.pass(11 * time.Minute)
			w.text(wang, "STOP")
			if said := w.expect(wang, "Offers are off"); strings.Contains(said, ref) {
				t.Errorf("an opt-out much later: %s", said)
			}
			w.forget()
			w.text(wang, "NO")
			w.expect(wang, ref, "is paid")
			w.forget()
			w.pass(24 * time.Hour)
			w.text(wang, "NO")
			w.expect(wang, lang.SMS(lang.EN, lang.NothingOpen, lang.Args{}))
		})
	}
}

// An order that came to nothing hides no payment before it.
func TestNoAfterAStoppedOrderNamesThePaidOne(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ring := make(chan struct{})
	defer close(ring)
	w.answers(wang, phone{keys: []string{pinOne}}, phone{ring: ring})
	w.text(wang, "PAY 8001 12")
	w.expect(wang, "488.00")
	ref := w.ended().Ref
	w.text(wang, "PAY 8001 13")
	w.until("a call", func() bool { return w.calls == 2 })
	w.text(wang, "NO")
	w.expect(wang, "13.00", "was stopped, as you asked")
	w.forget()
	w.text(wang, "NO")
	w.expect(wang, ref, "12.00", "is paid")
}

// While the bank is asked, or does not answer, nothing is called stopped or not
// taken.
func TestNoToAPaymentAtTheBank(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	release := make(chan struct{})
	w.bank.set(func() { w.bank.wait, w.bank.err, w.bank.deaf = release, bank.ErrUnknown, 1_000_000 })
	w.answers(wang, phone{keys: []string{pinOne}})
	w.text(wang, "PAY 8001 12 BANK")
	w.until("the PIN to be right", func() bool { return w.last().State == "sent" })
	w.text(wang, "NO")
	w.expect(wang, "Too late to stop", "12.00", "Only the payee can refund it")
	w.text(wang, "PAY 8001 13")
	w.expect(wang, "12.00", "Your bank is still processing")
	close(release)
	w.expect(wang, "12.00", "being checked with your bank")
	w.forget()
	w.text(wang, "NO")
	w.expect(wang, "12.00", "being checked with your bank")
	w.text(wang, "STOP")
	w.expect(wang, "Offers are off", "Too late to stop", "12.00")
}

func TestNoToAgain(t *testing.T) {
	t.Parallel()
	for _, body := range []string{"NO", "CANCEL"} {
		w := newWorld(t)
		w.answers(wang, phone{keys: []string{pinOne}})
		w.text(wang, "PAY 8001 12")
		w.expect(wang, "488.00")
		w.text(wang, "PAY 8001 12")
		w.expect(wang, "Reply YES")
		w.text(wang, body)
		w.expect(wang, lang.SMS(lang.EN, lang.NotAgain, lang.Args{}))
		w.text(wang, "YES")
		w.expect(wang, lang.SMS(lang.EN, lang.NothingOpen, lang.Args{}))
		w.balance("purse:"+wang, "488.00", "488.00")
	}
}

// YES without a question does not say that nothing is open while a phone rings.
func TestYesWhileACallIsOn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ring := make(chan struct{})
	defer close(ring)
	w.answers(wang, phone{ring: ring})
	w.text(wang, "PAY 8001 12")
	w.until("a call", func() bool { return w.calls == 1 })
	w.text(wang, "YES")
	w.expect(wang, "A payment is waiting", "12.00", "NO")
}

// The order of one who is blocked is not "stopped, as you asked", and cannot be
// ordered again.
func TestABlockedSubscriberIsNotToldToOrderAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.answers(wang, phone{end: call.EndBusy})
	w.text(wang, "PAY 8001 128.50")
	w.expect(wang, "AGAIN")
	w.forget()
	w.block(wang)
	said := w.expect(wang, "128.50", "was stopped: your number is blocked")
	if strings.Contains(said, "order again") {
		t.Error(said)
	}
}

// LAST shows no name that the receipts hide, and a top-up as one.
func TestLastMasksPeople(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.answers(wang, phone{keys: []string{pinOne}})
	w.text(wang, "SEND 20 13800000002")
	w.expect(wang, "480.00")
	for _, number := range []string{wang, li} {
		w.forget()
		w.text(number, "LAST")
		said := w.expect(number, "Last:")
		if strings.Contains(said, "Li Lei") || strings.Contains(said, "Wang Fang") || strings.Contains(said, "李") {
			t.Error(said)
		}
	}
	w.forget()
	w.text(wang, "LAST")
	w.expect(wang, "CNY -20.00 to 138****0002", "CNY +500.00, top-up")
}

// Before the PIN the payer hears whom the number belongs to, and what pays.
func TestWhatIsSpokenBeforeThePIN(t *testing.T) {
	t.Parallel()
	cny, _ := money.Lookup("CNY")
	for body, want := range map[string][][]string{
		"SEND 20 13800000002": {lang.Voice(lang.EN, lang.Details, lang.Args{Amount: 2000, Currency: cny,
			Party: lang.Party{Number: li, Name: lang.Name{EN: "Li Lei"}}}), lang.Voice(lang.EN, lang.FromPurse, lang.Args{})},
		"PAY 8001 20": {lang.Voice(lang.EN, lang.Details, lang.Args{Amount: 2000, Currency: cny,
			Party: lang.Party{Code: "8001", Name: lang.Name{EN: "BLUEBIRD FLORIST"}}}), lang.Voice(lang.EN, lang.FromPurse, lang.Args{})},
		"PAY 8001 20 BANK": {lang.Voice(lang.EN, lang.Irrevocable, lang.Args{})},
	} {
		w := newWorld(t)
		w.answers(wang, phone{keys: []string{pinOne}})
		w.text(wang, body)
		w.ended()
		spoken := strings.Join(w.heard(), " ")
		for _, sentences := range want {
			if !strings.Contains(spoken, strings.Join(sentences, " ")) {
				t.Errorf("%s: %q is not in %s", body, sentences, spoken)
			}
		}
		if strings.Contains(spoken, "Lei") {
			t.Errorf("%s: the whole name is spoken: %s", body, spoken)
		}
	}
}

func (w *world) heard() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.spoken)
}

// A payer who goes through numbers hears ten names a day.
func TestNamesAreNotHarvested(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.rules.CallsPerHour = 100
	w.e.SetRules(w.rules)
	ctx := context.Background()
	for i := range user.NamedMax + 1 {
		number := fmt.Sprintf("+86138000001%02d", i)
		if _, err := w.e.Admin().AddUser(ctx, admin.Command{Key: number}, admin.NewUser{Phone: number, Name: lang.Name{EN: "Han Mei"}}); err != nil {
			t.Fatal(err)
		}
		w.answers(wang, phone{keys: []string{pinOne}})
		before := len(w.heard())
		w.text(wang, fmt.Sprintf("SEND 0.0%d %s", i%9+1, number))
		w.ended()
		spoken := strings.Join(w.heard()[before:], " ")
		if named := strings.Contains(spoken, "Han M"); named != (i < user.NamedMax) {
			t.Errorf("payee %d: %s", i+1, spoken)
		}
	}
	w.pass(24 * time.Hour)
	w.answers(wang, phone{keys: []string{pinOne}})
	before := len(w.heard())
	w.text(wang, fmt.Sprintf("SEND 0.31 +86138000001%02d", user.NamedMax))
	w.ended()
	if spoken := strings.Join(w.heard()[before:], " "); !strings.Contains(spoken, "Han M") {
		t.Errorf("the next day: %s", spoken)
	}
}

func TestTheOperatorsNumberAndName(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.rules.Operator = lang.Operator{Care: "10086", Service: lang.Name{EN: "SKYPAY"}}
	w.e.SetRules(w.rules)
	w.block(wang)
	w.text(wang, "PAY 8001 1")
	w.expect(wang, "SKYPAY: Your number is blocked", "call 10086.")
}

// A text that is no order is told why, with no amount and no payee but its own.
func TestWhyATextIsNoOrder(t *testing.T) {
	t.Parallel()
	typed := regexp.MustCompile(`[0-9][0-9.]*`)
	for body, want := range map[string]string{
		"PAY 8001 12,50":       "We could not read the amount",
		"PAY 8002 20k":         "this text paid nothing",
		"PAY 8001 12.505":      "too many decimals",
		"PAY 8001 0":           "The amount must be more than zero, so this text paid nothing",
		"ASK 0 13800138000":    "The amount must be more than zero, so nobody was asked. To ask for money",
		"收款 一点 13800138000":    "没有发出收款请求",
		"PAY 8001 100 USD":     "cannot pay in that currency",
		"SEND 50 Anna":         "saved no such name",
		"付8002 200元 退款":        "这条短信没有付款",
		"hello":                "To stop a payment: NO",
		"PAY florist 12":       "PAY shop-code amount",
		"LANG FR":              "Text LANG EN or LANG ZH",
		"PAY 8001 45.60 12.50": "more than one number",
	} {
		w := newWorld(t)
		from := li
		if body[0] > 'z' {
			from = "+8613800000009"
		}
		w.text(from, body)
		said := w.expect(from, "")
		if !strings.Contains(said, want) {
			t.Errorf("%s: %s", body, said)
		}
		for _, number := range typed.FindAllString(said, -1) {
			if amount := strings.TrimSuffix(strings.TrimSuffix(number, "."), ".00"); !strings.Contains(body, amount) {
				t.Errorf("%s: %s was never typed: %s", body, number, said)
			}
		}
	}
}

// OK is no YES, but who says so is told what waits.
func TestOKIsToldToReplyYes(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ring := make(chan struct{})
	defer close(ring)
	w.answers(wang, phone{keys: []string{pinOne}}, phone{ring: ring})
	w.text(wang, "ok")
	w.expect(wang, lang.SMS(lang.EN, lang.NothingOpen, lang.Args{}))
	w.text(wang, "PAY 8001 12")
	w.expect(wang, "488.00")
	w.text(wang, "PAY 8001 12")
	w.expect(wang, "Reply YES")
	w.text(wang, "好的")
	w.expect(wang, lang.SMS(lang.EN, lang.ReplyYes, lang.Args{}))
	w.balance("purse:"+wang, "488.00", "488.00")
	w.text(wang, "YES")
	w.until("a second call", func() bool { return w.calls == 2 })
	w.text(wang, "sure")
	w.expect(wang, "A payment is waiting", "12.00")
}
