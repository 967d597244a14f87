package bank_test

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"mpg/engine/bank"
	"mpg/engine/bank/host"
	"mpg/engine/bank/iso8583"
	"mpg/store/money"
)

// card is an authorization of 128.50 and its completion for less, as they are stored.
type card struct {
	auth, completion bank.Packed
	reply            bank.Reply // to the authorization
}

const captured = flowers - 1000

// preAuth authorizes a payment and prepares its completion.
func (w *world) preAuth(account string, serial uint32) card {
	w.t.Helper()
	c := w.prepared(account, serial)
	var err error
	if c.reply, err = w.link.Authorize(w.t.Context(), c.auth); err != nil {
		w.t.Fatal(err)
	}
	c.completion = w.completion(c, serial+1, captured)
	return c
}

func (w *world) prepared(account string, serial uint32) card {
	w.t.Helper()
	asked := w.request(account, serial)
	asked.Kind = bank.PreAuth
	packed, err := w.link.Prepare(asked)
	if err != nil {
		w.t.Fatal(err)
	}
	return card{auth: packed}
}

func (w *world) completion(c card, serial uint32, amount money.Amount) bank.Packed {
	w.t.Helper()
	asked := w.request(rich, serial)
	asked.Kind, asked.Amount, asked.Of, asked.AuthID = bank.Completion, amount, c.auth, c.reply.AuthID
	packed, err := w.link.Prepare(asked)
	if err != nil {
		w.t.Fatal(err)
	}
	return packed
}

func (w *world) wantHeld(want money.Amount) {
	w.t.Helper()
	if got := w.host.Held()[rich]; got != want {
		w.t.Errorf("%d is set aside, want %d", got, want)
	}
}

// TestPreAuthOnTheWire: the completion names what it completes, in DE38 and DE90, and a
// repeat says the same under another type.
func TestPreAuthOnTheWire(t *testing.T) {
	t.Parallel()
	inWorld(t, func(t *testing.T, w *world) {
		c := w.preAuth(rich, 7)
		auth, advice := unpack(t, c.auth), unpack(t, c.completion)
		if auth.MTI != "0100" || auth.Get(iso8583.DEAccount) != rich || auth.Get(iso8583.DEOriginalData) != "" {
			t.Errorf("authorization %v", auth)
		}
		for de, want := range map[iso8583.DE]string{
			iso8583.DEAuthID: c.reply.AuthID, iso8583.DECondition: "06", iso8583.DEAmount: "000000011850", iso8583.DEAccount: rich,
			iso8583.DEOriginalData: "0100" + auth.Get(iso8583.DESTAN) + auth.Get(iso8583.DETransmitted) + "00062000001" + "00000000000",
		} {
			if got := advice.Get(de); got != want {
				t.Errorf("element %d is %q, want %q", de, got, want)
			}
		}
		if again := iso8583.Repeat(advice); advice.MTI != "0220" || again.MTI != "0221" || again.Len() != advice.Len() || again.Key() != advice.Key() {
			t.Errorf("%s, repeated as %s", advice.MTI, again.MTI)
		}
		undo := iso8583.Reversal(auth, time.Now(), false, iso8583.TooLate)
		if original, ok := undo.OriginalKey(); !ok || original != auth.Key() || original.Answer != "0110" {
			t.Errorf("the reversal names %v", original)
		}
	})
}

func unpack(t *testing.T, packed bank.Packed) *iso8583.Message {
	t.Helper()
	d, err := iso8583.Named(iso8583.ISO87)
	if err != nil {
		t.Fatal(err)
	}
	m, err := d.Unpack(packed[len(iso8583.ISO87)+1:])
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// TestSetAsideAndTaken: however often the completion is sent, the money is taken once, and
// what was not captured is free again. What is released is not taken any more.
func TestSetAsideAndTaken(t *testing.T) {
	t.Parallel()
	inWorld(t, func(t *testing.T, w *world) {
		c := w.preAuth(rich, 7)
		if !c.reply.Approved || c.reply.AuthID == "" || c.reply.Granted != 0 {
			t.Fatalf("%+v", c.reply)
		}
		w.wantHeld(flowers)
		w.wantBalance(rich, opening)
		for try := range 3 {
			reply, err := w.link.Advise(t.Context(), c.completion, try > 0)
			if err != nil || !reply.Approved || reply.Code != "00" {
				t.Fatalf("try %d: %+v %v", try, reply, err)
			}
			w.wantHeld(0)
			w.wantBalance(rich, opening-captured)
		}
		if n := w.came("0221"); n != 2 || w.came("0220") != 1 {
			t.Errorf("%d repeats", n)
		}
		if undo, err := w.link.Reverse(t.Context(), c.auth, false); err != nil || undo.Outcome == bank.UndoDone {
			t.Errorf("what was taken is released: %+v %v", undo, err)
		}
		other := w.preAuth(rich, 17)
		for try := range 2 {
			if undo, err := w.link.Reverse(t.Context(), other.auth, try > 0); err != nil || undo.Outcome != bank.UndoDone {
				t.Errorf("release: %+v %v", undo, err)
			}
		}
		w.wantHeld(0)
		if reply, err := w.link.Advise(t.Context(), other.completion, false); err != nil || reply.Approved || reply.Reason != bank.Refused {
			t.Errorf("what was released is taken: %+v %v", reply, err)
		}
		w.wantBalance(rich, opening-captured)
		if st := w.link.Stats(); st.Advices["approved"] != 3 || st.Advices["refused"] != 1 || st.Requests["approved"] != 2 {
			t.Errorf("%+v", st)
		}
	})
}

// TestAdvicesAreNotReversed: each kind of message is accepted only by the call
// for its kind.
func TestAdvicesAreNotReversed(t *testing.T) {
	t.Parallel()
	inWorld(t, func(t *testing.T, w *world) {
		c := w.preAuth(rich, 7)
		if _, err := w.link.Authorize(t.Context(), c.completion); !errors.Is(err, bank.ErrInvalid) {
			t.Errorf("an advice is authorized: %v", err)
		}
		if undo, err := w.link.Reverse(t.Context(), c.completion, false); !errors.Is(err, bank.ErrInvalid) || undo.Outcome != bank.UndoOperator {
			t.Errorf("an advice is reversed: %+v %v", undo, err)
		}
		if _, err := w.link.Advise(t.Context(), c.auth, false); !errors.Is(err, bank.ErrInvalid) {
			t.Errorf("an authorization is advised: %v", err)
		}
		spoilt := w.request(rich, 9)
		for name, change := range map[string]func(r *bank.Request){
			"a completion of nothing": func(r *bank.Request) { r.Kind = bank.Completion },
			"a debit of something":    func(r *bank.Request) { r.Of = c.auth },
			"a completion of a completion": func(r *bank.Request) {
				r.Kind, r.Of = bank.Completion, c.completion
			},
			"a completion of noise": func(r *bank.Request) { r.Kind, r.Of = bank.Completion, bank.Packed("iso87\nx") },
		} {
			r := spoilt
			change(&r)
			if _, err := w.link.Prepare(r); !errors.Is(err, bank.ErrInvalid) {
				t.Errorf("%s: %v", name, err)
			}
		}
		w.wantHeld(flowers)
	})
}

// TestAnswersToAdvices: silence and whatever decides nothing have the advice sent again; the
// money is taken once all the same.
func TestAnswersToAdvices(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		fault host.Fault
		late  int // answers that nothing waited for
	}{
		"ignored":             {host.Fault{Kind: host.Ignore}, 0},
		"taken and silent":    {host.Fault{Kind: host.Silence}, 0},
		"line lost before":    {host.Fault{Kind: host.DropBefore}, 0},
		"line lost after":     {host.Fault{Kind: host.DropAfter}, 0},
		"late":                {host.Fault{Kind: host.LateAnswer, Delay: timeout + time.Second}, 1},
		"noise":               {host.Fault{Kind: host.Garbage}, 0},
		"another amount":      {host.Fault{Kind: host.WrongSum}, 0},
		"duplicate":           {host.Fault{Kind: host.Decline, Code: "94"}, 0},
		"no code":             {host.Fault{Kind: host.Omit, Elements: []iso8583.DE{iso8583.DEResponse}}, 0},
		"an answer to others": {host.Fault{Kind: host.OtherType, Value: "0210"}, 1},
		"in part":             {host.Fault{Kind: host.Alter, Elements: []iso8583.DE{iso8583.DEResponse}, Value: "10"}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			inWorld(t, func(t *testing.T, w *world) {
				c := w.preAuth(rich, 7)
				tt.fault.On, tt.fault.Times = host.Advices, 1
				w.host.Fault(tt.fault)
				if reply, err := w.link.Advise(t.Context(), c.completion, false); !errors.Is(err, bank.ErrUnknown) {
					t.Fatalf("%+v %v", reply, err)
				}
				time.Sleep(time.Minute)
				synctest.Wait()
				lates := w.lates()
				if len(lates) != tt.late {
					t.Errorf("late %+v", lates)
				}
				for _, late := range lates {
					if !late.Approved || late.Reversal || late.STAN != 8 {
						t.Errorf("late %+v", late)
					}
				}
				reply, err := w.link.Advise(t.Context(), c.completion, true)
				if err != nil || !reply.Approved {
					t.Fatalf("%+v %v", reply, err)
				}
				w.wantBalance(rich, opening-captured)
				w.wantHeld(0)
			})
		})
	}
}

// TestSetAsideInPart: only an authorization may be approved in part, only if the bank says
// how much, and only for less.
func TestSetAsideInPart(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		kind    bank.Kind
		alter   []iso8583.DE
		value   string
		granted money.Amount
	}{
		"half":                     {bank.PreAuth, nil, "", 100},
		"of a debit":               {bank.Debit, []iso8583.DE{iso8583.DEResponse}, "10", 0},
		"nothing":                  {bank.PreAuth, []iso8583.DE{iso8583.DEAmount}, "000000000000", 0},
		"all":                      {bank.PreAuth, []iso8583.DE{iso8583.DEAmount}, "000000012850", 0},
		"more":                     {bank.PreAuth, []iso8583.DE{iso8583.DEAmount}, "000000099999", 0},
		"of another account":       {bank.PreAuth, []iso8583.DE{iso8583.DEAccount}, rich, 0},
		"without saying how much":  {bank.PreAuth, []iso8583.DE{iso8583.DEAmount}, "", 0},
		"and done in another part": {bank.PreAuth, []iso8583.DE{iso8583.DEResponse}, "32", 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			inWorld(t, func(t *testing.T, w *world) {
				if err := w.host.Open(host.Account{No: poor, Parts: true}); err != nil {
					t.Fatal(err)
				}
				if tt.alter != nil {
					w.host.Fault(host.Fault{Kind: host.Alter, On: host.Requests, Elements: tt.alter, Value: tt.value})
				}
				asked := w.request(poor, 7)
				asked.Kind = tt.kind
				reply, err := w.authorize(t.Context(), asked)
				if granted := tt.granted > 0; granted != (err == nil) || reply.Granted != tt.granted || reply.Approved != granted || !granted && !errors.Is(err, bank.ErrUnknown) {
					t.Errorf("%+v %v", reply, err)
				}
			})
		})
	}
}

// TestLateAuthorization: an approval that comes late is reported, as that of a debit is.
func TestLateAuthorization(t *testing.T) {
	t.Parallel()
	inWorld(t, func(t *testing.T, w *world) {
		w.host.Fault(host.Fault{Kind: host.LateAnswer, On: host.Requests, Delay: timeout + time.Second, Times: 1})
		c := w.prepared(rich, 7)
		if _, err := w.link.Authorize(t.Context(), c.auth); !errors.Is(err, bank.ErrUnknown) {
			t.Fatal(err)
		}
		time.Sleep(time.Minute)
		synctest.Wait()
		if late := w.lates(); len(late) != 1 || !late[0].Approved || late[0].STAN != 7 || late[0].Amount != flowers || late[0].Differs != "" {
			t.Errorf("%+v", late)
		}
		if undo, err := w.link.Reverse(t.Context(), c.auth, false); err != nil || undo.Outcome != bank.UndoDone {
			t.Errorf("%+v %v", undo, err)
		}
		w.wantHeld(0)
	})
}

// TestRefundOnTheWire: a refund names the debit or the completion that it gives back, in DE38
// and DE90, and its own reversal names the refund. An answer that repeats that name alone may
// be about another refund of the same payment, and decides nothing.
func TestRefundOnTheWire(t *testing.T) {
	t.Parallel()
	inWorld(t, func(t *testing.T, w *world) {
		c := w.preAuth(rich, 7)
		if _, err := w.link.Advise(t.Context(), c.completion, false); err != nil {
			t.Fatal(err)
		}
		back := w.request(rich, 9)
		back.Kind, back.Of, back.AuthID, back.Amount = bank.Refund, c.completion, c.reply.AuthID, 100
		packed, err := w.link.Prepare(back)
		if err != nil {
			t.Fatal(err)
		}
		of, refund := unpack(t, c.completion), unpack(t, packed)
		for de, want := range map[iso8583.DE]string{
			iso8583.DEAuthID: c.reply.AuthID, iso8583.DECondition: "", iso8583.DEToAccount: rich, iso8583.DEAccount: "", iso8583.DEProcessingCode: "200000",
			iso8583.DEOriginalData: "0220" + of.Get(iso8583.DESTAN) + of.Get(iso8583.DETransmitted) + "00062000001" + "00000000000",
		} {
			if got := refund.Get(de); got != want {
				t.Errorf("element %d is %q, want %q", de, got, want)
			}
		}
		if original, ok := iso8583.Reversal(refund, time.Now(), false, iso8583.TooLate).OriginalKey(); !ok || original != refund.Key() {
			t.Errorf("the reversal names %v", original)
		}
		back.Of = c.auth
		if packed, err = w.link.Prepare(back); err != nil || unpack(t, packed).Get(iso8583.DEOriginalData) != "" || unpack(t, packed).Get(iso8583.DEAuthID) != "" {
			t.Errorf("what is set aside is returned: %v", err)
		}
		back.Of = c.completion
		for where, want := range map[bank.RefundOf]string{bank.InAdditional: of.Get(iso8583.DERRN), bank.InNone: back.Ref} {
			l, err := bank.Open(bank.Config{Name: "icbc", Addr: "pipes", Identity: bank.Identity{RefundOf: where}})
			if err != nil {
				t.Fatal(err)
			}
			packed, err := l.Prepare(back)
			if err != nil {
				t.Fatal(err)
			}
			if m := unpack(t, packed); m.Get(iso8583.DEOriginalData) != "" || m.Get(iso8583.DEAuthID) != "" || m.Get(iso8583.DEAdditional) != want {
				t.Errorf("refund of %d: %v", where, m)
			}
			if err := l.Close(); err != nil {
				t.Error(err)
			}
		}
		w.host.Fault(host.Fault{Kind: host.Omit, On: host.Requests, Elements: []iso8583.DE{iso8583.DESTAN, iso8583.DERRN}})
		if reply, err := w.authorize(t.Context(), back); !errors.Is(err, bank.ErrUnknown) {
			t.Errorf("an answer without numbers counts: %+v, %v", reply, err)
		}
	})
}
