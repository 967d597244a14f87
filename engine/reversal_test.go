package engine_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"mpg/engine/acquirer"
	"mpg/engine/admin"
	"mpg/engine/bank"
	"mpg/store"
)

// notPaidShop is what the shop, which reads Chinese, is told.
const notPaidShop = "请勿按已收处理"

// TestNotFoundIsNoProof: a bank whose core books late answers 25 until then.
// The payer is told nothing final before the bank says 00.
func TestNotFoundIsNoProof(t *testing.T) {
	t.Parallel()
	w, b := bankWorld(t)
	b.silence(false)
	ref := w.payByBank()
	w.until("a few reversals", func() bool { return b.tries() >= 4 })
	if p := w.shown(ref); p.State != "reversing" || p.Request.Reversal != "25" || w.count(wang, "not paid") != 0 {
		t.Errorf("after four times 25: %+v %+v", p, p.Request)
	}
	b.book(b.requests()[0])
	w.e.Banks().LateAnswer("icbc", b.requests()[0].late("00"))
	p := w.comes(ref, "done", "reversed")
	w.expect(wang, ref, "was not paid")
	w.until("the alarm", func() bool { return w.e.Stats().LateApprovals.Load() == 1 })
	if p = w.shown(ref); p.Outcome != "not paid" || p.Reason != "reversed" || len(p.Request.Late) != 1 {
		t.Errorf("%+v %+v", p, p.Request)
	}
	if repeats := b.repeated(); repeats[0] || !repeats[1] {
		t.Errorf("repeats %v", repeats[:2])
	}
	w.booksAgree(b)
}

// TestALateApprovalIsReversed: whatever had become of the request, with and
// without a restart before the approval. A payment that is done does not
// change.
func TestALateApprovalIsReversed(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name    string
		bank    func(b *bookBank) // before the order
		state   string            // and the request's, when the approval comes
		request string
		act     func(w *world, ref string) // before it comes
	}{
		{name: "declined by the switch", bank: func(b *bookBank) { b.says("91") }, state: "done", request: "answered"},
		{name: "declined for want of money", bank: func(b *bookBank) { b.says("51") }, state: "done", request: "answered"},
		{name: "surely not sent", bank: func(b *bookBank) {
			b.set(func() { b.request = func(message) (bank.Reply, error) { return bank.Reply{}, bank.ErrDown } })
		}, state: "done", request: "answered"},
		{name: "a bank that says 00 to what it has not got", bank: func(b *bookBank) { b.silence(false); b.answersReversals("00") }, state: "done", request: "reversed"},
		{name: "reversing", bank: func(b *bookBank) { b.silence(false) }, state: "reversing", request: "reversing"},
		{name: "in doubt", bank: func(b *bookBank) { b.silence(false); b.answersReversals("12") }, state: "doubt", request: "doubt"},
		{name: "resolved as reversed", bank: func(b *bookBank) { b.silence(false); b.answersReversals("12") }, state: "done", request: "resolved",
			act: func(w *world, ref string) {
				w.comes(ref, "doubt", "doubt")
				if _, err := w.e.Admin().Resolve(context.Background(), admin.Command{Key: "r1", UID: 7}, ref, "reversed", "the bank says so"); err != nil {
					w.t.Error(err)
				}
			}},
	} {
		for _, restart := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, restart %v", tt.name, restart), func(t *testing.T) {
				t.Parallel()
				w, b := bankWorld(t)
				tt.bank(b)
				ref := w.payByBank()
				if tt.act != nil {
					tt.act(w, ref)
				}
				was := w.comes(ref, tt.state, tt.request)
				if restart {
					w.restart()
				}
				b.answersReversals("")
				m := b.requests()[0]
				b.book(m)
				w.e.Banks().LateAnswer("icbc", m.late("00"))
				w.until("it to be heard", func() bool {
					p, err := w.e.Admin().Payment(t.Context(), ref)
					return err == nil && len(p.Request.Late) > 0
				})
				p := w.comes(ref, "done", "reversed")
				if p.Outcome != "not paid" || p.Request.AuthID != "L00001" || p.Request.Settlement != "1124" {
					t.Errorf("%+v %+v", p, p.Request)
				}
				if was.State == "done" && len(p.Steps) != len(was.Steps) {
					t.Errorf("a done payment changed: %+v", p)
				}
				w.booksAgree(b)
			})
		}
	}
}

// TestAnApprovalBetweenReversalAndAnswer may be the later of the two: the answer
// ends nothing, and the bank is asked once more.
func TestAnApprovalBetweenReversalAndAnswer(t *testing.T) {
	t.Parallel()
	w, b := bankWorld(t)
	b.silence(false)
	heard := func() bool { return w.e.Stats().LateApprovals.Load() == 1 }
	b.set(func() {
		b.reversal = func(m message, try int) string {
			if try > 1 {
				return ""
			}
			b.booked[m.STAN], b.moved = m.Amount, b.moved-m.Amount
			w.e.Banks().LateAnswer("icbc", m.late("00"))
			for !heard() {
				time.Sleep(time.Millisecond)
			}
			return "00" // of before it was booked
		}
	})
	ref := w.payByBank()
	w.comes(ref, "done", "reversed")
	if n := b.tries(); n != 2 {
		t.Errorf("asked %d times", n)
	}
	w.booksAgree(b)
}

// TestAnAnswerThatIsContradictedIsReversed: what the bank says first is not
// believed where it has said otherwise before that could be kept.
func TestAnAnswerThatIsContradictedIsReversed(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ first, then string }{{"91", "00"}, {"00", "51"}, {"00", "host"}} {
		t.Run(tt.first+" and "+tt.then, func(t *testing.T) {
			t.Parallel()
			w, b := bankWorld(t)
			b.set(func() {
				b.request = func(m message) (bank.Reply, error) {
					b.book(m)
					if tt.then == "host" {
						w.hostReverses("icbc", m.undone())
					} else {
						w.e.Banks().LateAnswer("icbc", m.late(tt.then))
					}
					for p := w.last(); p.Request == nil || len(p.Request.Late) == 0; p = w.last() {
						time.Sleep(time.Millisecond)
					}
					return bank.Reply{Approved: tt.first == "00", Code: tt.first, Reason: bank.ReasonOf(tt.first)}, nil
				}
			})
			ref := w.payByBank()
			p := w.comes(ref, "done", "reversed")
			if p.Outcome != "not paid" || p.Request.Cause != "contradiction" {
				t.Errorf("%+v %+v", p, p.Request)
			}
			w.booksAgree(b)
		})
	}
}

// undone returns a reversal of m that the host initiates.
func (m message) undone() bank.HostMessage {
	return bank.HostMessage{MTI: "0420", STAN: 777, RRN: m.RRN,
		Original: bank.Original{STAN: m.STAN, Transmitted: m.At.UTC().Format("0102150405")}, Amount: m.Amount}
}

// TestABankThatGoesBackOnAPaymentIsADispute: the payment stands, people are told,
// nothing is posted.
func TestABankThatGoesBackOnAPaymentIsADispute(t *testing.T) {
	t.Parallel()
	for _, how := range []string{"declines", "reverses", "reverses a part"} {
		t.Run(how, func(t *testing.T) {
			t.Parallel()
			w, b := bankWorld(t)
			ref := w.payByBank()
			w.comes(ref, "done", "answered")
			m := b.requests()[0]
			w.e.Banks().LateAnswer("icbc", m.late("00")) // a copy
			w.e.Banks().LateAnswer("icbc", m.late("09")) // decides nothing
			w.e.Banks().LateAnswer("icbc", m.late(""))
			w.hasSaidAll()
			switch how {
			case "declines":
				w.e.Banks().LateAnswer("icbc", m.late("05"))
			default:
				h := m.undone()
				if how != "reverses" {
					h.Amount = 100
				}
				for range 2 { // a host repeats itself
					if !w.hostReverses("icbc", h) {
						t.Error("not taken")
					}
				}
			}
			w.comes(ref, "done", "disputed")
			w.restart()
			p := w.comes(ref, "done", "disputed")
			if p.Outcome != "paid" || len(p.Request.Late) != 1 {
				t.Errorf("%+v %+v", p, p.Request)
			}
			if u := w.e.Banks().Unsettled(); len(u) != 1 || u[0].Doubt != 1 || u[0].Reversing != 0 {
				t.Errorf("unsettled %+v", u)
			}
			ctx := context.Background()
			if _, err := w.e.Admin().Resolve(ctx, admin.Command{Key: "a"}, ref, "reversed", "x"); !errors.Is(err, acquirer.ErrStands) {
				t.Errorf("a paid payment resolved as reversed: %v", err)
			}
			if _, err := w.e.Admin().Resolve(ctx, admin.Command{Key: "b"}, ref, "paid", "statement of the day"); err != nil {
				t.Error(err)
			}
			w.comes(ref, "done", "resolved")
			w.balance("merchant:8001", "45.00", "45.00")
			if u := w.e.Banks().Unsettled(); u[0].Doubt != 0 {
				t.Errorf("unsettled %+v", u)
			}
		})
	}
}

// TestTheHostsOwnReversalEndsOurs, if it is of the whole amount; one of a part
// does not.
func TestTheHostsOwnReversalEndsOurs(t *testing.T) {
	t.Parallel()
	w, b := bankWorld(t)
	b.silence(false)
	ref := w.payByBank()
	w.comes(ref, "reversing", "reversing")
	m := b.requests()[0]
	part, other, nobody := m.undone(), m.undone(), m.undone()
	part.Amount = 1
	other.Original.STAN = 99
	nobody.RRN, nobody.Original.Transmitted = "", "0101000000"
	if !w.hostReverses("icbc", part) || w.hostReverses("icbc", other) || w.hostReverses("icbc", nobody) || w.hostReverses("boc", m.undone()) {
		t.Error("taken wrongly")
	}
	if p := w.shown(ref); p.State != "reversing" {
		t.Errorf("%+v", p)
	}
	whole := m.undone()
	whole.RRN = "" // DE90 is enough
	if !w.hostReverses("icbc", whole) {
		t.Error("not taken")
	}
	w.comes(ref, "done", "reversed")
	if n := w.e.Stats().StrayAnswers.Load(); n != 3 {
		t.Errorf("%d stray", n)
	}
}

// TestALateAnswerToAReversal is believed unless an approval was heard.
func TestALateAnswerToAReversal(t *testing.T) {
	t.Parallel()
	w, b := bankWorld(t)
	b.silence(true)
	b.answersReversals("-") // always too late
	ref := w.payByBank()
	w.until("a reversal", func() bool { return b.tries() > 0 })
	m := b.requests()[0]
	undone := m.late("00")
	undone.Reversal = true
	if code := b.giveBack(m); code != "00" {
		t.Fatal(code)
	}
	w.e.Banks().LateAnswer("icbc", undone)
	w.comes(ref, "done", "reversed")
	w.booksAgree(b)
	b.book(m)
	w.e.Banks().LateAnswer("icbc", m.late("00"))
	w.comes(ref, "done", "reversing")
	w.e.Banks().LateAnswer("icbc", undone) // the same once more, or an older one
	time.Sleep(50 * time.Millisecond)
	if p := w.shown(ref); p.Request.State != "reversing" {
		t.Errorf("ended by an answer that may be older than the approval: %+v", p.Request)
	}
	b.answersReversals("")
	w.comes(ref, "done", "reversed")
	w.booksAgree(b)
}

// TestCodesOfAReversal: what a bank says to a reversal decides how it goes on,
// and nothing but 00 ends it.
func TestCodesOfAReversal(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ code, state string }{
		{"25", "reversing"}, {"-", "reversing"}, {"96", "reversing"}, {"94", "reversing"}, {"91", "reversing"},
		{"12", "doubt"}, {"21", "doubt"}, {"30", "doubt"}, {"76", "doubt"}, {"05", "doubt"}, {"A1", "doubt"},
	} {
		t.Run(tt.code, func(t *testing.T) {
			t.Parallel()
			w, b := bankWorld(t)
			b.silence(true)
			b.answersReversals(tt.code)
			ref := w.payByBank()
			w.until("three reversals", func() bool { return b.tries() >= 3 })
			p := w.comes(ref, tt.state, tt.state)
			if code := strings.Trim(tt.code, "-"); p.Request.Reversal != code || p.Request.Tries == 0 {
				t.Errorf("%+v", p.Request)
			}
			if tt.state == "doubt" {
				w.expect(wang, ref, "has not told us")
			}
			b.answersReversals("")
			w.comes(ref, "done", "reversed")
			w.expect(wang, ref, "was not paid")
			if tt.state == "doubt" {
				w.expect(shop, notPaidShop)
			}
			if told := w.count(shop, notPaidShop); told != map[string]int{"doubt": 1, "reversing": 0}[tt.state] {
				t.Errorf("the shop was told %d times", told)
			}
			w.booksAgree(b)
		})
	}
}

// TestAReversalWithoutEndIsADoubt, after the time that the configuration gives,
// however often the daemon was started in it; people are shown its age.
func TestAReversalWithoutEndIsADoubt(t *testing.T) {
	t.Parallel()
	w, b := bankWorld(t)
	b.silence(true)
	b.answersReversals("-")
	ref := w.payByBank()
	w.comes(ref, "reversing", "reversing")
	w.pass(13 * time.Hour)
	w.restart()
	w.pass(10 * time.Hour)
	time.Sleep(3 * 200 * time.Millisecond) // more than one look of the sweeper
	if p := w.shown(ref); p.State != "reversing" {
		t.Errorf("in doubt after 23 hours: %+v", p)
	}
	w.pass(2 * time.Hour)
	p := w.comes(ref, "doubt", "doubt")
	w.expect(wang, ref, "has not told us", "do not pay again")
	u := w.doubted()
	if len(u) != 1 || u[0].Doubt != 1 || u[0].OldDoubt < 24*time.Hour {
		t.Errorf("unsettled %+v", u)
	}
	tries := b.tries()
	w.restart()
	w.until("it to be asked on", func() bool { return b.tries() > tries })
	if p.Reason != "in doubt" || w.count(wang, "has not told us") != 1 {
		t.Errorf("%+v, told %d times", p, w.count(wang, "has not told us"))
	}
	b.answersReversals("")
	w.comes(ref, "done", "reversed")
	w.booksAgree(b)
}

// doubted returns what banks left open once one request is listed as in doubt, which follows
// the commit.
func (w *world) doubted() []acquirer.Unsettled {
	w.t.Helper()
	for end := time.Now().Add(patience); ; time.Sleep(time.Millisecond) {
		if u := w.e.Banks().Unsettled(); len(u) == 1 && u[0].Doubt == 1 || time.Now().After(end) {
			return u
		}
	}
}

// TestResolve: people end a doubt either way, and only once.
func TestResolve(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	for _, as := range []string{"paid", "reversed"} {
		t.Run(as, func(t *testing.T) {
			t.Parallel()
			w, b := bankWorld(t)
			b.silence(true)
			b.answersReversals("12")
			ref := w.payByBank()
			w.comes(ref, "doubt", "doubt")
			for _, bad := range [][2]string{{"done", "x"}, {as, " "}, {as, "two\nlines"}, {as, strings.Repeat("x", 201)}} {
				if _, err := w.e.Admin().Resolve(ctx, admin.Command{Key: "k0"}, ref, bad[0], bad[1]); err == nil {
					t.Errorf("resolved as %q because of %q", bad[0], bad[1])
				}
			}
			if err := w.resolvesPart("k0", ref, 100); !errors.Is(err, acquirer.ErrNotHeld) {
				t.Errorf("a debit in part: %v", err)
			}
			key := admin.Command{Key: "k1", UID: 501}
			for range 2 { // the second is a repeat
				if _, err := w.e.Admin().Resolve(ctx, key, ref, as, "statement 4711"); err != nil {
					t.Fatal(err)
				}
			}
			p := w.comes(ref, "done", "resolved")
			how := p.Request.Resolved
			if how == nil || how.As != as || how.UID != 501 || how.Reason != "statement 4711" || how.At == "" {
				t.Errorf("kept %+v", how)
			}
			if as == "paid" {
				w.expect(wang, ref, "you paid")
				w.expect(shop, ref, "收到")
				w.booksAgree(b)
			} else {
				w.expect(wang, ref, "was not paid")
				w.expect(shop, ref, notPaidShop)
				w.balance("merchant:8001", "0.00", "0.00")
			}
			if _, err := w.e.Admin().Resolve(ctx, admin.Command{Key: "k2"}, ref, "paid", "again"); !errors.Is(err, acquirer.ErrNotInDoubt) {
				t.Errorf("resolved twice: %v", err)
			}
			w.close() // what was on its way has ended
			tries := b.tries()
			w.open()
			time.Sleep(100 * time.Millisecond)
			if b.tries() > tries {
				t.Error("what people have resolved is reversed on")
			}
		})
	}
}

// TestWhatCannotBeResolved: only what a bank left open.
func TestWhatCannotBeResolved(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	w, b := bankWorld(t)
	paid := w.payByBank()
	w.comes(paid, "done", "answered")
	w.answers(wang, phone{keys: []string{pinOne}})
	w.text(wang, "PAY 8001 7")
	purse := w.ended().Ref
	b.silence(true)
	b.answersReversals("-")
	w.answers(wang, phone{keys: []string{pinOne}})
	w.text(wang, "PAY 8001 46 BANK")
	young := w.last().Ref
	w.comes(young, "reversing", "reversing")
	for i, ref := range []string{paid, purse, young} {
		if _, err := w.e.Admin().Resolve(ctx, admin.Command{Key: fmt.Sprint("no", i)}, ref, "paid", "because"); !errors.Is(err, acquirer.ErrNotInDoubt) {
			t.Errorf("%s: %v", ref, err)
		}
	}
	w.pass(time.Hour)
	if _, err := w.e.Admin().Resolve(ctx, admin.Command{Key: "yes"}, young, "reversed", "the bank phoned"); err != nil {
		t.Errorf("after an hour of reversing: %v", err)
	}
	w.comes(young, "done", "resolved")
}

// TestAReversalAfterResolvedAsPaid: the bank was asked meanwhile, and has given
// the money back.
func TestAReversalAfterResolvedAsPaid(t *testing.T) {
	t.Parallel()
	w, b := bankWorld(t)
	b.silence(true)
	var once sync.Once
	go1, go2 := make(chan struct{}), make(chan struct{})
	b.set(func() {
		b.reversal = func(_ message, try int) string {
			if try == 1 {
				return "12"
			}
			once.Do(func() { close(go1); b.mu.Unlock(); <-go2; b.mu.Lock() })
			return ""
		}
	})
	ref := w.payByBank()
	<-go1
	if _, err := w.e.Admin().Resolve(context.Background(), admin.Command{Key: "k"}, ref, "paid", "they said so"); err != nil {
		t.Fatal(err)
	}
	close(go2)
	p := w.comes(ref, "done", "disputed")
	if p.Outcome != "paid" {
		t.Errorf("%+v", p)
	}
	w.until("the alarm", func() bool { return w.e.Stats().Disputes.Load() == 1 })
}

// TestAReversalIsMadeOfWhatWasSent, whatever the configuration has said since.
func TestAReversalIsMadeOfWhatWasSent(t *testing.T) {
	t.Parallel()
	w, b := bankWorld(t)
	b.silence(true)
	b.answersReversals("-")
	ref := w.payByBank()
	w.until("a reversal", func() bool { return b.tries() > 0 })
	w.e.Close()
	b.set(func() { b.terminal = "MPG00002"; b.reversal = nil })
	w.restart()
	w.comes(ref, "done", "reversed")
	asked := b.requests()[0]
	for _, m := range b.reversals() {
		if !reflect.DeepEqual(m, asked) {
			t.Errorf("reversed %+v of %+v", m, asked)
		}
	}
	w.booksAgree(b)
}

// TestTheFirstReversalAfterARestart is no repeat where the bank was asked when we
// stopped; where a reversal may have been sent, it is one.
func TestTheFirstReversalAfterARestart(t *testing.T) {
	t.Parallel()
	w, b := bankWorld(t)
	b.answersReversals("-")
	stop := make(chan struct{})
	b.set(func() {
		b.request = func(m message) (bank.Reply, error) { b.book(m); <-stop; return bank.Reply{}, bank.ErrUnknown }
	})
	ref := w.payByBank()
	w.until("it to be asked", func() bool { b.mu.Lock(); defer b.mu.Unlock(); return len(b.asked) == 1 })
	go func() { time.Sleep(10 * time.Millisecond); close(stop) }() // once Close has begun
	w.restart()
	w.comes(ref, "reversing", "reversing")
	w.until("a reversal", func() bool { return b.tries() > 0 })
	tries := b.tries()
	w.restart()
	w.until("another", func() bool { return b.tries() > tries })
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.repeats[0] || slices.Contains(b.repeats[1:], false) {
		t.Errorf("repeats %v", b.repeats)
	}
}

// TestNoAccountNumberInTheJournal of a bank payment: the message is sealed.
func TestNoAccountNumberInTheJournal(t *testing.T) {
	t.Parallel()
	w, b := bankWorld(t)
	b.silence(true)
	ref := w.payByBank()
	w.comes(ref, "done", "reversed")
	journal, ok := w.store.(store.Journal)
	if !ok {
		t.Skip("the store keeps no journal")
	}
	records := 0
	for entry, err := range journal.Records(t.Context(), 0) {
		if err != nil {
			t.Fatal(err)
		}
		records++
		for _, write := range entry.Writes {
			if bytes.Contains(write.Data, []byte("6222020200001")) {
				t.Errorf("table %d holds the account number: %s", write.Table, write.Data)
			}
		}
	}
	if records < 5 {
		t.Errorf("%d records", records)
	}
}

// TestABankThatIsNoLongerConfigured: what waits is declined, for nothing was
// asked; what was being reversed is in doubt until the bank is back.
func TestABankThatIsNoLongerConfigured(t *testing.T) {
	t.Parallel()
	w, b := bankWorld(t)
	b.silence(true)
	b.answersReversals("-")
	ref := w.payByBank()
	w.comes(ref, "reversing", "reversing")
	w.text(wang, "PAY 8001 46 BANK") // nobody picks up
	w.expect(wang, "46.00", "AGAIN")
	waits := w.last().Ref
	with := w.banks
	w.close()
	w.banks = map[string]acquirer.Bank{}
	w.open()
	w.comes(ref, "doubt", "doubt")
	w.expect(wang, ref, "has not told us")
	if p := w.shown(ref); p.Request.Cause != "no such bank" {
		t.Errorf("%+v", p.Request)
	}
	if u := w.doubted(); len(u) != 1 || u[0].Bank != "icbc" || u[0].Doubt != 1 {
		t.Errorf("unsettled %+v", u)
	}
	w.forget()
	w.text(wang, "AGAIN")
	w.expect(wang, "cannot be reached")
	if p := w.shown(waits); p.State != "waiting" || w.called() != 0 {
		t.Errorf("%+v, %d calls", p, w.called())
	}
	w.close()
	w.banks = with
	b.answersReversals("")
	w.open()
	w.comes(ref, "done", "reversed")
	w.booksAgree(b)
}

// TestAPINForABankThatIsGone: the call was on when the bank went; it was never
// asked, and is not reversed.
func TestAPINForABankThatIsGone(t *testing.T) {
	t.Parallel()
	w, b := bankWorld(t)
	keyed := make(chan struct{})
	w.answers(wang, phone{keys: []string{pinOne}, wait: keyed})
	w.text(wang, "PAY 8001 45 BANK")
	w.until("the PIN to be asked", func() bool { return len(w.spoken) > 5 })
	delete(w.banks, "icbc") // only what comes of the PIN looks there
	close(keyed)
	p := w.comes(w.last().Ref, "done", "answered")
	if p.Reason != "bank down" || p.Request.Cause != "no such bank" || b.tries() != 0 || len(b.requests()) != 0 {
		t.Errorf("%+v %+v", p, p.Request)
	}
	w.expect(wang, "cannot be reached")
}

// TestWhatABankPaymentCannotBe is told before a call and a PIN.
func TestWhatABankPaymentCannotBe(t *testing.T) {
	t.Parallel()
	w, b := bankWorld(t)
	rules := w.e.Rules()
	rules.Products.PaymentLimit, rules.Products.DayLimit = 0, 0
	w.e.SetRules(rules)
	w.text(wang, "PAY 8001 10000000000 BANK")
	w.expect(wang, "at most", "9999999999.99")
	release := make(chan struct{})
	let := sync.OnceFunc(func() { close(release) })
	t.Cleanup(let)
	b.set(func() {
		b.request = func(message) (bank.Reply, error) { <-release; return bank.Reply{}, bank.ErrDown }
	})
	ref := w.payByBank()
	w.until("it to be sent", func() bool { p, err := w.e.Admin().Payment(t.Context(), ref); return err == nil && p.State == "sent" })
	w.text(wang, "PAY 8001 46 BANK")
	told := w.expect(wang, "45.00", "still processing")
	if strings.Contains(told, "Reply NO") {
		t.Errorf("offers what comes too late: %q", told)
	}
	let()
	w.comes(ref, "done", "answered")
}

// TestStrayAnswersAreCounted and change nothing.
func TestStrayAnswersAreCounted(t *testing.T) {
	t.Parallel()
	w, b := bankWorld(t)
	b.says("51")
	ref := w.payByBank()
	w.comes(ref, "done", "answered")
	m := b.requests()[0]
	foreign := m.late("00")
	foreign.RRN, foreign.Transmitted = "000000000000", "0101000000"
	unknown := m.late("00")
	unknown.STAN = 4711
	w.e.Banks().LateAnswer("icbc", foreign)
	w.e.Banks().LateAnswer("icbc", unknown)
	w.e.Banks().LateAnswer("boc", m.late("00"))
	w.until("three", func() bool { return w.e.Stats().StrayAnswers.Load() == 3 })
	if p := w.shown(ref); p.Request.State != "answered" || len(p.Request.Late) != 0 {
		t.Errorf("%+v", p.Request)
	}
	nameless := m.late("00") // the host echoes neither: only the trace number is left
	nameless.RRN, nameless.Transmitted = "", ""
	b.book(m)
	w.e.Banks().LateAnswer("icbc", nameless)
	w.comes(ref, "done", "reversed")
	w.booksAgree(b)
	if repeats := b.repeated(); len(repeats) == 0 || repeats[0] {
		t.Errorf("the first reversal said that it was a repeat: %v", repeats)
	}
}
