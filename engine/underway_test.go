package engine_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"mpg/engine/acquirer"
	"mpg/engine/admin"
	"mpg/engine/audit"
	"mpg/engine/bank"
	"mpg/engine/call"
	"mpg/engine/lang"
	"mpg/engine/payment"
	"mpg/engine/pin"
	"mpg/store"
	"mpg/store/money"
)

// audited checks the books as they are now, while payments are under way.
func (w *world) audited(when string) {
	w.t.Helper()
	if report, err := audit.Run(context.Background(), w.store.(store.Journal)); err != nil || len(report.Faults) > 0 {
		w.t.Errorf("%s: %v %q", when, err, report.Faults)
	}
}

// holdsBack has a bank think about each request until the returned func is called.
func (b *bookBank) holdsBack() (release func()) {
	wait := make(chan struct{})
	b.set(func() {
		b.request = func(m message) (bank.Reply, error) {
			<-wait
			b.book(m)
			return bank.Reply{Approved: true, Code: "00", Reason: bank.Approved}, nil
		}
	})
	return func() { close(wait) }
}

// isAsked waits for the n-th request to a bank.
func (w *world) isAsked(b *bookBank, n int) message {
	w.t.Helper()
	w.until("the bank to be asked", func() bool { b.mu.Lock(); defer b.mu.Unlock(); return len(b.asked) == n })
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.asked[n-1]
}

// resolve is the word of people about a payment.
func (w *world) resolve(key, ref, as string) (admin.PaymentView, error) {
	w.t.Helper()
	result, err := w.e.Admin().Resolve(context.Background(), admin.Command{Key: key}, ref, as, "their statement")
	if err != nil {
		return admin.PaymentView{}, err
	}
	return w.payment(result), nil
}

// TestAuditOfARefundUnderWay: a shop that refunds has no open order, and the books are
// right while its customer's bank thinks.
func TestAuditOfARefundUnderWay(t *testing.T) {
	t.Parallel()
	w, b := bankWorld(t)
	first := w.payByBank()
	w.comes(first, "done", "answered")
	goOn := b.holdsBack()
	back, err := w.refund("r1", first, 2000)
	if err != nil {
		t.Fatal(err)
	}
	w.isAsked(b, 2)
	w.audited("the bank thinks")
	goOn()
	w.until("the end", func() bool { return w.shown(back.Ref).Outcome == "paid" })
}

// TestTheFirstBankStandsPaid: the second bank is asked although the payer, whose first bank
// was silent, may order again meanwhile; the books are right, and the open order is the
// new one.
func TestTheFirstBankStandsPaid(t *testing.T) {
	t.Parallel()
	w, _, icbc, boc := relayWorld(t)
	icbc.silence(true)
	icbc.answersReversals("12")
	ref := w.relay()
	w.comes(ref, "doubt", "doubt")
	w.answers(wang, phone{end: call.EndNoAnswer})
	w.text(wang, "PAY 8001 3")
	other := w.last().Ref
	goOn := boc.holdsBack()
	if p, err := w.resolve("r1", ref, acquirer.ResolvedPaid); err != nil || p.State != "sent" || p.Request.Bank != "icbc" {
		t.Fatalf("%+v %v", p, err)
	}
	w.isAsked(boc, 1)
	w.audited("the second bank thinks")
	goOn()
	w.until("the end", func() bool { return w.shown(ref).Outcome == "paid" })
	w.expect(wang, "3.00", "AGAIN")
	w.text(wang, "NO")
	w.until("the other order to stop", func() bool { return w.shown(other).Outcome == "not paid" })
	w.wantBooks("499.50", "50.00", "-50.00", "0.00", "0.50", icbc, boc)
}

// TestWhatIsSaidAndWrittenOfMoneyThatCameBack: when the first bank has paid, nobody hears
// or reads that nothing was taken, and the text tells the amount that is in the purse.
func TestWhatIsSaidAndWrittenOfMoneyThatCameBack(t *testing.T) {
	t.Parallel()
	for name, does := range map[string]func(b *bookBank){
		"declined": func(b *bookBank) { b.says("14") },
		"not asked": func(b *bookBank) {
			b.set(func() { b.request = func(message) (bank.Reply, error) { return bank.Reply{}, bank.ErrDown } })
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, _, _, boc := relayWorld(t)
			does(boc)
			ref := w.relay()
			w.until("the end", func() bool { return w.shown(ref).Outcome == "returned" })
			w.expect(wang, ref+": CNY 50.00 to", "Your bank had already paid it, so the money is in your purse. Balance CNY 550.00")
			w.until("the last words", func() bool {
				return len(w.spoken) > 0 && w.spoken[len(w.spoken)-1] == last(lang.Voice(lang.EN, lang.Texting, lang.Args{}))
			})
			if said := strings.Join(w.heard(), " "); strings.Contains(said, "Nothing was taken") {
				t.Errorf("said %q", said)
			}
			if w.count(wang, "othing was taken") > 0 {
				t.Errorf("wrote %q", w.written())
			}
		})
	}
}

// TestNotMeOfMoneyThatCameBack: who says "not me" once the first bank has paid is not told
// that nothing was done.
func TestNotMeOfMoneyThatCameBack(t *testing.T) {
	t.Parallel()
	w, _, _, boc := relayWorld(t)
	boc.says("14")
	said := make(chan string, 1)
	w.handset(func(ctx context.Context, c call.Call) call.End {
		digits, _ := pin.Read([]byte(pinOne))
		c.OnInput(ctx, c.Steps[1].Name, &digits)
		said <- strings.Join(c.OnNotMe(ctx), " ")
		return call.EndNotMe
	})
	w.text(wang, "RELAY 50 13800000003")
	if words := <-said; words != strings.Join(lang.Voice(lang.EN, lang.NotMeLate, lang.Args{}), " ") {
		t.Errorf("said %q", words)
	}
	w.expect(wang, "already confirmed", "blocked")
	w.expect(wang, "the money is in your purse")
}

func last(words []string) string { return words[len(words)-1] }

// TestBooksThatRefuseTheFirstBanksMoney: an approval that cannot be booked is reversed, and
// the second bank is not asked.
func TestBooksThatRefuseTheFirstBanksMoney(t *testing.T) {
	t.Parallel()
	w, _, icbc, boc := relayWorld(t)
	w.refuses(func(c store.Cmd) store.Refusal {
		if len(c.Transfers) > 1 && c.Transfers[0].Op == store.PostHold {
			return store.RefusedClosed
		}
		return store.None
	})
	ref := w.relay()
	w.until("the end", func() bool { return w.shown(ref).Outcome == "not paid" })
	w.expect(wang, ref, "has been told to return it")
	w.wantBooks("500.00", "0.00", "0.00", "0.00", "0.00", icbc, boc)
	if len(boc.requests()) != 0 {
		t.Error("the second bank was asked")
	}
}

// TestLimitsHoldForEveryProduct: what the payer pays, fees included, counts, whoever makes
// the plan.
func TestLimitsHoldForEveryProduct(t *testing.T) {
	t.Parallel()
	w, _, icbc, _ := relayWorld(t)
	w.text(wang, "RELAY 4990 13800000003")
	w.expect(wang, "limit", "5000.00")
	if len(icbc.requests()) != 0 || w.last().Product == "relay" {
		t.Error("it was taken on")
	}
}

// TestTwoWordsOfPeople: where both banks have left something open, a word of people ends
// first what cannot move the payment: meant for the other bank, it moves no money.
func TestTwoWordsOfPeople(t *testing.T) {
	t.Parallel()
	w, _, icbc, boc := relayWorld(t)
	boc.silence(true)
	boc.answersReversals("12")
	ref := w.relay()
	w.comes(ref, "doubt", "doubt")
	w.e.Banks().LateAnswer("icbc", icbc.requests()[0].late("05"))
	w.until("the dispute", func() bool { return w.shown(ref).Earlier[0].State == "disputed" })
	if _, err := w.resolve("r1", ref, acquirer.ResolvedReversed); !errors.Is(err, acquirer.ErrStands) || !strings.Contains(err.Error(), "icbc") {
		t.Errorf("meant for the first bank: %v", err)
	}
	if p := w.shown(ref); p.State != "doubt" || p.Request.State != "doubt" {
		t.Fatalf("it moved the payment: %s", p.State)
	}
	if p, err := w.resolve("r2", ref, acquirer.ResolvedPaid); err != nil || p.Request.Bank != "icbc" || p.State != "doubt" {
		t.Fatalf("the first bank's dispute: %+v %v", p, err)
	}
	if p, err := w.resolve("r3", ref, acquirer.ResolvedPaid); err != nil || p.Request.Bank != "boc" || p.Outcome != "paid" {
		t.Fatalf("then the second bank's doubt: %+v %v", p, err)
	}
	w.wantBooks("499.50", "50.00", "-50.00", "0.00", "0.50", icbc, boc)
}

// TestTwoCapturesOfOneStep: of two captures of different amounts at once, one is too late,
// and is told so.
func TestTwoCapturesOfOneStep(t *testing.T) {
	t.Parallel()
	w, products, _, _ := relayWorld(t)
	ref := w.tank()
	no, err := products.Books.Refs.Number(ref)
	if err != nil {
		t.Fatal(err)
	}
	capture := func(amount money.Amount) error {
		return products.Process.Fire(context.Background(), no, payment.Event{Kind: payment.Capture, Amounts: payment.Amounts{
			Captured: []money.Amount{amount, 1}, Charged: amount + 1, Received: amount, Fee: 1}}, nil)
	}
	var second error
	var fired atomic.Bool
	w.told(func(c store.Cmd) {
		if len(c.Transfers) > 0 && c.Transfers[0].Op == store.PostHold && fired.CompareAndSwap(false, true) {
			second = capture(5000)
		}
	})
	first := capture(12000)
	w.told(nil)
	if second != nil || !errors.Is(first, payment.ErrLate) {
		t.Errorf("50.00: %v; 120.00, which came second: %v", second, first)
	}
	w.balance("merchant:8001", "50.00", "50.00")
}

// TestWhateverComesInBetween: while the second bank thinks, or is silent, whatever people,
// clocks and the first bank do, in any order, the payment ends as the second bank says, and
// the books agree with both banks at each moment.
func TestWhateverComesInBetween(t *testing.T) {
	t.Parallel()
	for seed := range uint64(12) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			between(t, rand.New(rand.NewPCG(seed, 7)), []string{"approves", "declines", "is silent"}[seed%3])
		})
	}
}

// disturbances are what may come in between, besides the first bank's words.
func (w *world) disturbances() []func() {
	ctx := context.Background()
	return []func(){
		func() { w.text(wang, "NO") },
		func() { w.text(wang, "AGAIN") },
		func() { w.text(wang, "STOP") },
		func() { w.text(wang, "PAY 8001 1") },
		func() { w.pass(11 * time.Minute) },
		func() { w.block(wang) },
		func() { _, _ = w.e.Admin().ResetPIN(ctx, admin.Command{Key: "p"}, wang, "forgotten") },
	}
}

func between(t *testing.T, draw *rand.Rand, boc2 string) {
	w, _, icbc, boc := relayWorld(t)
	wait := make(chan struct{})
	boc.set(func() {
		boc.request = func(m message) (bank.Reply, error) {
			<-wait
			switch boc2 {
			case "approves":
				boc.book(m)
				return bank.Reply{Approved: true, Code: "00", Reason: bank.Approved}, nil
			case "declines":
				return bank.Reply{Code: "14", Reason: bank.ReasonOf("14")}, nil
			}
			boc.book(m)
			return bank.Reply{}, bank.ErrUnknown
		}
	})
	ref := w.relay()
	asked := w.isAsked(boc, 1)
	does := append(w.disturbances(),
		func() { w.e.Banks().LateAnswer("icbc", icbc.requests()[0].late("00")); w.hasSaidAll() },
		func() { w.e.Banks().LateAnswer("icbc", icbc.requests()[0].late("05")); w.hasSaidAll() },
		func() { w.hostReverses("icbc", icbc.requests()[0].undone()) },
		func() { w.e.Banks().LateAnswer("icbc", asked.late("00")); w.hasSaidAll() }, // another bank's number
		func() { _, _ = w.resolve(fmt.Sprint(draw.Uint64()), ref, acquirer.ResolvedReversed) },
	)
	draw.Shuffle(len(does), func(i, j int) { does[i], does[j] = does[j], does[i] })
	for _, does := range does {
		does()
		w.audited("while the second bank thinks")
		if p := w.shown(ref); p.State != "sent" {
			t.Fatalf("%s while the second bank thinks", p.State)
		}
	}
	close(wait)
	want := map[string]string{"approves": "paid", "declines": "returned", "is silent": "returned"}[boc2]
	w.until("the end", func() bool { return w.shown(ref).Outcome == want })
	if want == "paid" {
		w.wantBooks("499.50", "50.00", "-50.00", "0.00", "0.50", icbc, boc)
	} else {
		w.wantBooks("550.00", "50.00", "0.00", "0.00", "0.00", icbc, boc)
	}
}

// TestRefundOfACapturedAmount: at most what the shop received is refunded, neither what was
// held nor the fee, also by the last of several refunds.
func TestRefundOfACapturedAmount(t *testing.T) {
	t.Parallel()
	w, products, _, _ := relayWorld(t)
	ref := w.tank()
	if _, err := products.Capture(context.Background(), admin.Command{Key: "c1"}, ref, 12000); err != nil {
		t.Fatal(err)
	}
	if _, err := w.refund("r1", ref, 12001); !errors.Is(err, admin.ErrOverRefund) {
		t.Errorf("more than the shop received: %v", err)
	}
	if _, err := w.refund("r2", ref, 5000); err != nil {
		t.Error(err)
	}
	if p, err := w.refund("r3", ref, 0); err != nil || p.Amount != "70.00" {
		t.Errorf("the rest: %+v %v", p, err)
	}
	w.balance("merchant:8001", "0.00", "0.00")
	w.balance("purse:"+wang, "498.80", "498.80")
	w.balance("fees", "1.20", "1.20")
}

// TestAuditOfAnApprovalThatWasForgotten: a bank has paid, and its payment was voided.
func TestAuditOfAnApprovalThatWasForgotten(t *testing.T) {
	t.Parallel()
	w, b := bankWorld(t)
	b.says("05")
	w.comes(w.payByBank(), "done", "answered")
	var all entries
	for e, err := range w.store.(store.Journal).Records(context.Background(), 1) {
		if err != nil {
			t.Fatal(err)
		}
		e.Writes = bytesOf(e.Writes)
		all = append(all, e)
	}
	rewrite(all, payment.BankTable, func(r *payment.Request) bool { r.Approved = true; return true })
	report, err := audit.Run(context.Background(), all)
	if found := strings.Join(report.Faults, "\n"); err != nil || !strings.Contains(found, "did not go on from its bank request") ||
		!strings.Contains(found, "its answers add up to 4500") {
		t.Errorf("%v %q", err, report.Faults)
	}
}
