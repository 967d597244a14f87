package engine_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"mpg/engine/admin"
	"mpg/engine/bank"
	"mpg/engine/call"
	"mpg/engine/cdr"
	"mpg/engine/intake"
	"mpg/engine/lang"
	"mpg/engine/refusal"
	"mpg/store"
)

// logged waits until n calls have a record.
func (w *world) logged(n int) {
	w.t.Helper()
	w.until(fmt.Sprintf("%d records of calls", n), func() bool {
		found := 0
		for range w.store.Docs(w.t.Context(), cdr.Table, "", 0) {
			found++
		}
		return found >= n
	})
}

// TestARefusedOrderIsKept: the reason why an order was refused can be looked up later,
// also after a restart, and nothing is kept that could be secret or a third person's.
func TestARefusedOrderIsKept(t *testing.T) {
	t.Parallel()
	const stranger = "+8613900000077"
	for _, tt := range []struct {
		name, from, text string
		before           func(w *world)
		want             refusedOrder
	}{
		{name: "short of funds", text: "PAY 8001 600 for the roses",
			want: refusedOrder{Reason: "funds", Reply: "funds-topup", Intent: "pay", To: "8001", Amount: "600.00", Currency: "CNY"}},
		{name: "over a limit", text: "PAY 8001 5001",
			want: refusedOrder{Reason: "over_payment_limit", Reply: "over-payment", Intent: "pay", To: "8001", Amount: "5001.00", Currency: "CNY"}},
		{name: "wrong shop", text: "PAY 9999 1 bank",
			want: refusedOrder{Reason: "unknown_shop", Reply: "unknown-shop", Intent: "pay", To: "9999", Amount: "1.00", Currency: "CNY", Source: "bank"}},
		{name: "payee unknown", text: "SEND 5 13911112222 for Anna",
			want: refusedOrder{Reason: "payee_not_registered", Reply: "payee-not-registered", Intent: "send", To: "139****2222", Amount: "5.00", Currency: "CNY"}},
		{name: "nobody is asked", text: "ASK 5 13800000001",
			want: refusedOrder{Reason: "yourself", Reply: "ask-yourself", Intent: "ask", To: "138****0001", Amount: "5.00", Currency: "CNY"}},
		{name: "no cash is taken", text: "IN 5 13911112222",
			want: refusedOrder{Reason: "not_agent", Reply: "not-an-agent", Intent: "in", To: "139****2222", Amount: "5.00", Currency: "CNY"}},
		{name: "blocked", text: "PAY 8001 5", before: func(w *world) { w.block(wang) },
			want: refusedOrder{Reason: "blocked", Reply: "blocked", Intent: "pay", To: "8001", Amount: "5.00", Currency: "CNY"}},
		{name: "another order is open", text: "PAY 8001 6", before: func(w *world) { w.text(wang, "PAY 8001 5"); w.expect(wang, "AGAIN") },
			want: refusedOrder{Reason: "open_order", Reply: "open-order", Intent: "pay", To: "8001", Amount: "6.00", Currency: "CNY", Ref: "REF"}},
		{name: "asked again", text: "PAY 8001 5", before: func(w *world) {
			w.answers(wang, phone{keys: []string{pinOne}})
			w.text(wang, "PAY 8001 5")
			w.expect(wang, "you paid")
		}, want: refusedOrder{Reason: "asked_again", Reply: "ask-again", Intent: "pay", To: "8001", Amount: "5.00", Currency: "CNY", Ref: "REF"}},
		{name: "no voice", text: "PAY 8001 5", before: func(w *world) { w.mu.Lock(); w.mute = true; w.mu.Unlock() },
			want: refusedOrder{Reason: "cannot_call", Reply: "try-later", Intent: "pay", To: "8001", Amount: "5.00", Currency: "CNY"}},
		{name: "bank down", text: "PAY 8001 5 BANK", before: func(w *world) { w.bank.set(func() { w.bank.up = false }) },
			want: refusedOrder{Reason: "bank_closed", Reply: "bank-closed", Intent: "pay", To: "8001", Amount: "5.00", Currency: "CNY", Source: "bank"}},
		{name: "not understood", text: "PAY 8001 12,50",
			want: refusedOrder{Reason: "not_understood", Detail: "amount", Reply: "not-understood", Intent: "pay", To: "8001"}},
		{name: "a PIN beside an order", text: "PAY 8001 5 " + pinOne,
			want: refusedOrder{Reason: "pin_in_text", Reply: "pin-warning"}},
		{name: "a card's number", text: "pay with 6222020200001234567 please",
			want: refusedOrder{Reason: "not_understood", Detail: "amount", Reply: "not-understood", Intent: "pay"}},
		{name: "a PIN for a code", text: "PAY " + pinOne + " 5",
			want: refusedOrder{Reason: "unknown_shop", Reply: "unknown-shop", Intent: "pay", To: "******", Amount: "5.00", Currency: "CNY"}},
		{name: "no number", text: "SEND 5 Anna",
			want: refusedOrder{Reason: "not_understood", Detail: "number", Reply: "no-such-name", Intent: "send", Amount: "5.00", Currency: "CNY"}},
		{name: "nothing to call again for", text: "AGAIN",
			want: refusedOrder{Reason: "nothing_open", Reply: "nothing-open", Intent: "again"}},
		{name: "not registered", from: stranger, text: "PAY 8001 5",
			want: refusedOrder{Reason: "not_registered", Reply: "not-registered", Intent: "pay", To: "8001", Amount: "5.00", Currency: "CNY"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			from, want := wang, tt.want
			if tt.from != "" {
				from = tt.from
			}
			if tt.before != nil {
				tt.before(w)
			}
			if want.Ref != "" {
				want.Ref = w.last().Ref
			}
			var commits int
			w.told(func(c store.Cmd) {
				for _, write := range c.Writes {
					if write.Table == refusal.Table {
						commits++
						if c.Dedup == nil || len(c.Outbox) != 1 || len(write.Data) > 600 {
							t.Errorf("kept in %+v, %d bytes", c, len(write.Data))
						}
						for _, secret := range []string{pinOne, "roses", "Anna", "13911112222", "622202"} {
							if bytes.Contains(write.Data, []byte(secret)) {
								t.Errorf("%s holds %q", write.Data, secret)
							}
						}
					}
				}
			})
			w.text(from, tt.text)
			w.told(nil)
			want.At, want.Sender, want.Known, want.Via, want.Code = "2026-11-22T04:00:00Z", from, from == wang, "main", "8888"
			for range 2 {
				if got := w.refusals(); len(got) != 1 || got[0] != want || commits != 1 {
					t.Errorf("kept %+v in %d commits, want %+v", got, commits, want)
				}
				w.restart()
			}
			if n := w.e.Orders().Refused.Load(refusal.Reason(want.Reason)); n != 0 {
				t.Errorf("counted %d since the start", n)
			}
		})
	}
}

// TestOnlyRefusalsAreKept: a text that is not refused leaves no refusal, and an order
// that is carried out writes no extra document.
func TestOnlyRefusalsAreKept(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.answers(wang, phone{keys: []string{pinOne}})
	for _, text := range []string{"BAL", "HELP", "LAST", "STOP", "LANG EN", "PAY 8001 5"} {
		w.text(wang, text)
	}
	w.expect(wang, "you paid")
	w.deliver(intake.Text{Via: "main", From: wang, To: "8888", Body: "PAY 9999 1", Kind: intake.Plain}, false)
	w.deliver(intake.Text{Via: "main", From: wang, To: "8888", Body: "PAY 9999 1", Kind: intake.Plain}, false) // a copy
	if got := w.refusals(); len(got) != 1 || got[0].Reason != "unknown_shop" {
		t.Errorf("kept %+v", got)
	}
}

// TestRefusalsKeptPerHour: at most twenty refusals of a sender are kept in an hour; the
// rest are only counted, and other senders are not affected.
func TestRefusalsKeptPerHour(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const flood = 50
	for i := range flood {
		w.text("+8613900000077", fmt.Sprintf("garbage %c%c", 'a'+i%26, 'a'+i/26))
	}
	w.text(wang, "PAY 9999 1")
	var from, heard int
	for _, r := range w.refusals() {
		if r.Sender != wang {
			from++
		}
		if r.Reply != "" {
			heard++
		}
	}
	if from != 20 || heard != w.rules.UnreadPerHour+1 {
		t.Errorf("kept %d of the flood, %d with an answer", from, heard)
	}
	if n := w.e.Stats().RefusalsDropped.Load(); n != flood-20 {
		t.Errorf("dropped %d", n)
	}
	if n := w.e.Orders().Refused.Load(refusal.NotUnderstood); n != flood {
		t.Errorf("counted %d", n)
	}
	w.pass(time.Hour)
	w.text("+8613900000077", "garbage again")
	if n := len(w.refusals()); n != 22 {
		t.Errorf("kept %d in all", n)
	}
}

// TestPaymentShowsItsCalls: a payment shows how each of its calls ended and who ended
// it, whether or not that moved the payment, also after a restart.
func TestPaymentShowsItsCalls(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.answers(wang, phone{end: call.EndBusy}, phone{keys: []string{pinTwo}, then: call.EndHungUp}, phone{keys: []string{pinOne}})
	w.text(wang, "PAY 8001 5")
	w.expect(wang, "busy")
	w.text(wang, "AGAIN")
	w.expect(wang, "Wrong PIN")
	w.text(wang, "AGAIN")
	w.expect(wang, "you paid")
	ref := w.ended().Ref
	w.logged(3)
	at := "2026-11-22T04:00:00Z"
	want := []call.View{
		{At: at, End: "busy", Rang: "4.2s", SIP: 486, Cause: 17, Text: "User busy *************"},
		{At: at, End: "hung_up", Rang: "4.2s", Talked: "9s", HungUp: "subscriber", SIP: 200, Step: "guard", Wrong: 1},
		{At: at, End: "finished", Rang: "4.2s", Talked: "21s", HungUp: "us", SIP: 200},
	}
	for range 2 {
		if got := w.shown(ref).Calls; !slices.Equal(got, want) {
			t.Errorf("calls %+v, want %+v", got, want)
		}
		w.restart()
	}
	if p := w.last(); p.Calls != nil {
		t.Errorf("a list tells calls: %+v", p.Calls)
	}
}

// TestACallThatFailsIsKeptWithItsEnd: the record is part of the commit that the end
// causes; calls that ended well take at most one more commit.
func TestACallThatFailsIsKeptWithItsEnd(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var failed, alone int
	w.told(func(c store.Cmd) {
		for _, write := range c.Writes {
			switch {
			case write.Table != cdr.Table:
			case len(c.Outbox) > 0:
				failed++
			default:
				alone++
			}
		}
	})
	w.answers(wang, phone{end: call.EndBusy}, phone{keys: []string{pinOne}})
	w.text(wang, "PAY 8001 5")
	w.expect(wang, "busy")
	w.text(wang, "AGAIN")
	w.expect(wang, "you paid")
	w.logged(2)
	w.told(nil)
	if failed != 1 || alone != 1 {
		t.Errorf("%d with the end of the call, %d apart", failed, alone)
	}
}

// TestACallThatAStopCutsOffIsKept, as well as one in which the payment was made.
func TestACallThatAStopCutsOffIsKept(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.answers(wang, phone{ring: make(chan struct{})})
	w.text(wang, "PAY 8001 5")
	w.until("the call", func() bool { return w.calls == 1 })
	w.restart()
	w.expect(wang, "cut off")
	if got := w.last(); len(w.shown(got.Ref).Calls) != 1 || w.shown(got.Ref).Calls[0].End != "cut_off" {
		t.Errorf("%+v", w.shown(got.Ref).Calls)
	}
}

// TestTopUpsNameTheirActor: a top-up and its correction say who entered them, and with
// which key.
func TestTopUpsNameTheirActor(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx := context.Background()
	result, err := w.e.Admin().TopUp(ctx, admin.Command{Key: "till-7/42", UID: 1007}, wang, 1000)
	if err != nil {
		t.Fatal(err)
	}
	var p admin.PaymentView
	if err := json.Unmarshal(result, &p); err != nil {
		t.Fatal(err)
	}
	if _, err := w.e.Admin().Correct(ctx, admin.Command{Key: "c-1", UID: 1008}, admin.Correction{Ref: p.Ref, Reason: "typed twice"}); err != nil {
		t.Fatal(err)
	}
	if by := w.shown(p.Ref).By; by == nil || *by != (admin.ActorView{UID: 1007, Key: "till-7/42"}) {
		t.Errorf("topped up by %+v", by)
	}
	if by := w.last().By; by == nil || *by != (admin.ActorView{UID: 1008, Key: "c-1"}) {
		t.Errorf("corrected by %+v", by)
	}
}

// TestWordsOfTheNetwork: they are kept as one short line without any number.
func TestWordsOfTheNetwork(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"User busy": "User busy", "call to +8613800000001 rejected": "call to +************* rejected",
		"two\r\nlines\x00": "two lines", "\xff忙": "忙", strings.Repeat("x", 100): strings.Repeat("x", 40), "٣ ３": "* *",
	} {
		if got := cdr.Words(in); got != want {
			t.Errorf("%q is kept as %q, want %q", in, got, want)
		}
	}
}

// TestEveryCommandIsLogged with what it did, to whom, how much, and who gave it.
func TestEveryCommandIsLogged(t *testing.T) {
	t.Parallel()
	var out safeBuffer
	w := newWorld(t, func(w *world) { w.log = slog.New(slog.NewTextHandler(&out, nil)) })
	w.bank.set(func() { w.bank.err, w.bank.stubborn = bank.ErrUnknown, 1 })
	w.answers(wang, phone{keys: []string{pinOne}})
	w.text(wang, "PAY 8001 45 BANK")
	w.expect(wang, "checked")
	w.pass(2 * time.Hour)
	ctx := context.Background()
	bankRef := w.last().Ref
	ref := w.topUp("t5", 1000)
	for _, tt := range []struct {
		does func(o admin.Command) error
		want string
	}{
		{func(o admin.Command) error {
			_, err := w.e.Admin().AddUser(ctx, o, admin.NewUser{Phone: "+8613800000007", Name: lang.Name{EN: "Han Mei"}})
			return err
		}, `command="user add" object=138****0007`},
		{func(o admin.Command) error { _, err := w.e.Admin().SetBlocked(ctx, o, li, true, ""); return err }, `command="user block" object=138****0002`},
		{func(o admin.Command) error { _, err := w.e.Admin().SetBlocked(ctx, o, li, false, ""); return err }, `command="user unblock" object=138****0002`},
		{func(o admin.Command) error { _, err := w.e.Admin().ResetPIN(ctx, o, li, "forgotten"); return err }, `command="user pin-reset" object=138****0002`},
		{func(o admin.Command) error {
			_, err := w.e.Admin().AddMerchant(ctx, o, admin.NewMerchant{Code: "8002", Name: lang.Name{EN: "SHOP"}})
			return err
		}, `command="merchant add" object=8002`},
		{func(o admin.Command) error { _, err := w.e.Admin().TopUp(ctx, o, wang, 2050); return err }, `command="purse topup" object=138****0001 uid=UID repeat=false amount=20.50 currency=CNY`},
		{func(o admin.Command) error {
			_, err := w.e.Admin().Correct(ctx, o, admin.Correction{Ref: ref, Reason: "typed twice"})
			return err
		}, `command="purse correct" object=` + ref + ` uid=UID repeat=false amount=10.00 currency=CNY`},
		{func(o admin.Command) error {
			_, err := w.e.Admin().Resolve(ctx, o, bankRef, "reversed", "statement")
			return err
		}, `command="payment resolve" object=` + bankRef + ` uid=UID repeat=false amount=45.00 currency=CNY`},
	} {
		for _, repeat := range []bool{false, true} {
			before := len(out.String())
			if err := tt.does(admin.Command{Key: tt.want, UID: 4711}); err != nil {
				t.Fatalf("%s: %v", tt.want, err)
			}
			want := strings.NewReplacer("UID", "4711", "repeat=false", fmt.Sprint("repeat=", repeat)).Replace(tt.want)
			logged := out.String()[before:]
			if !strings.Contains(logged, want) || !strings.Contains(logged, "uid=4711") {
				t.Errorf("logged %q, want %q", logged, want)
			}
		}
	}
}
