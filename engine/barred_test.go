package engine_test

import (
	"context"
	"strings"
	"testing"

	"mpg/engine/admin"
	"mpg/engine/bank"
	"mpg/engine/call"
	"mpg/engine/lang"
	"mpg/engine/payment"
	"mpg/engine/pin"
)

// block is the operator's command.
func (w *world) block(number string) {
	w.t.Helper()
	if _, err := w.e.Admin().SetBlocked(context.Background(), admin.Command{Key: "block " + number}, number, true, ""); err != nil {
		w.t.Fatal(err)
	}
}

// stopped checks that the newest payment was stopped by the block and left nothing held.
func (w *world) stopped(reason string) {
	w.t.Helper()
	if p := w.ended(); p.Reason != reason {
		w.t.Errorf("%+v", p)
	}
	w.balance("purse:"+wang, "500.00", "500.00")
	if u, err := w.e.Admin().User(w.t.Context(), wang); err != nil || u.State == "active" {
		w.t.Errorf("%+v %v", u, err)
	}
}

// A subscriber who is blocked pays nothing, neither by AGAIN nor in a call that was on.
func TestABlockStopsTheOpenOrder(t *testing.T) {
	t.Parallel()
	t.Run("waiting", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		w.answers(wang, phone{end: call.EndBusy}, phone{keys: []string{pinOne}})
		w.text(wang, "PAY 8001 128.50")
		w.expect(wang, "AGAIN")
		w.block(wang)
		w.text(wang, "AGAIN")
		w.stopped("blocked")
	})
	t.Run("in the call", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		keyed := make(chan struct{})
		w.answers(wang, phone{keys: []string{pinOne}, wait: keyed})
		w.text(wang, "PAY 8001 128.50")
		w.until("the PIN to be asked", func() bool { return len(w.spoken) > 2 })
		w.block(wang)
		close(keyed)
		w.stopped("blocked")
		w.until("the caller to be told", func() bool {
			return containsAll(w.spoken[len(w.spoken)-1], lang.Voice(lang.EN, lang.StoppedCall, lang.Args{})[1:])
		})
	})
}

// A subscriber who is blocked or locked in the call to choose a PIN pays nothing either: the
// order came between the text and the end of that call.
func TestACallToChooseAPINThatBlocksStopsTheOpenOrder(t *testing.T) {
	t.Parallel()
	for name, p := range map[string]phone{
		"not me": {none: true},
		"locked": {keys: []string{"111222", "111222", "111222"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			ring := make(chan struct{})
			p.ring = ring
			w.answers(wang, p, phone{keys: []string{pinOne}})
			w.text(wang, "PIN")
			w.until("the call", func() bool { return w.calls == 1 })
			w.text(wang, "PAY 8001 128.50")
			close(ring)
			w.stopped(name + " elsewhere")
		})
	}
}

// The reason why an order was stopped is kept and told: its payer, the operator, or
// something that happened to its payer. Only payers who may order again are invited to.
func TestWhyAnOrderWasStopped(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	for reason, c := range map[string]struct {
		stops func(w *world) error
		text  string
		again bool
	}{
		"stopped":   {func(w *world) error { w.text(wang, "NO"); return nil }, "as you asked", true},
		"opted out": {func(w *world) error { w.text(wang, "STOP"); return nil }, "Offers are off", false},
		"blocked":   {func(w *world) error { w.block(wang); return nil }, "blocked for payments", false},
		"pin reset": {func(w *world) error {
			_, err := w.e.Admin().ResetPIN(ctx, admin.Command{Key: "r"}, wang, "forgotten")
			return err
		}, "your PIN was reset. Nothing was taken. Choose a new PIN and order again", true},
	} {
		t.Run(reason, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.answers(wang, phone{end: call.EndBusy})
			w.text(wang, "PAY 8001 128.50")
			w.expect(wang, "AGAIN")
			w.forget()
			if err := c.stops(w); err != nil {
				t.Fatal(err)
			}
			told := w.expect(wang, w.last().Ref, c.text)
			if p := w.ended(); p.Reason != reason {
				t.Errorf("%+v", p)
			}
			if n := w.e.Stats().EndedBy.Load(payment.Reason(reason)); n != 1 {
				t.Errorf("counted %d times", n)
			}
			if again := strings.Contains(told, "order again"); again != c.again {
				t.Errorf("told to order again: %t: %q", again, told)
			}
		})
	}
}

// A payer who is blocked while the bank is asked is not invited to order again either.
func TestABlockedPayerIsNotToldToOrderAgain(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		reply bank.Reply
		err   error
		text  string
	}{
		"declined": {bank.Reply{Code: "51", Reason: bank.Funds}, nil, "nothing was taken"},
		"away":     {bank.Reply{}, bank.ErrDown, "nothing was taken"},
		"reversed": {bank.Reply{}, bank.ErrUnknown, "will return it"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			asked, answer := make(chan struct{}, 1), make(chan struct{})
			w.bank.set(func() { w.bank.reply, w.bank.err, w.bank.wait, w.bank.announce = c.reply, c.err, answer, asked })
			w.answers(wang, phone{keys: []string{pinOne}})
			w.text(wang, "PAY 8001 45 BANK")
			<-asked
			w.block(wang)
			close(answer)
			told := w.expect(wang, "was not paid", c.text, "blocked")
			if strings.Contains(told, "again") {
				t.Errorf("%q", told)
			}
			w.ended()
		})
	}
}

// A block or a reset during the call to choose a PIN keeps the new PIN from being set:
// the operator may know that somebody else has the phone or knows the PIN.
func TestTheOperatorActsDuringTheCallToChooseAPIN(t *testing.T) {
	t.Parallel()
	const pinNew = "740218"
	ctx := context.Background()
	for name, acts := range map[string]func(w *world) error{
		"block": func(w *world) error { w.block(wang); return nil },
		"block and unblock": func(w *world) error {
			w.block(wang)
			_, err := w.e.Admin().SetBlocked(ctx, admin.Command{Key: "on"}, wang, false, "")
			return err
		},
		"reset": func(w *world) error {
			_, err := w.e.Admin().ResetPIN(ctx, admin.Command{Key: "r"}, wang, "stolen")
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			asked := make(chan struct{}, 1)
			acted := make(chan struct{})
			w.handset(func(ctx context.Context, c call.Call) call.End {
				for i, keys := range []string{"", pinOne, pinNew, pinNew} {
					var digits *pin.PIN
					if keys != "" {
						d, _ := pin.Read([]byte(keys))
						digits = &d
					}
					if i == 3 {
						asked <- struct{}{}
						<-acted
					}
					c.OnInput(ctx, c.Steps[i].Name, digits)
				}
				return call.EndFinished
			})
			w.text(wang, "PIN")
			<-asked
			if err := acts(w); err != nil {
				t.Fatal(err)
			}
			close(acted)
			if name == "block and unblock" { // nobody is barred any more, and the PIN is the one that was asked for
				w.expect(wang, "PIN is set")
				return
			}
			w.expect(wang, "PIN was not changed")
			if n := w.count(wang, "PIN is set"); n != 0 {
				t.Error("told that it is set")
			}
			if u, err := w.e.Admin().User(t.Context(), wang); err != nil || u.PIN != (name == "block") {
				t.Errorf("%+v %v", u, err)
			}
		})
	}
}
