package bank_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"mpg/engine/bank"
	"mpg/engine/bank/host"
	"mpg/engine/bank/iso8583"
)

func TestAuthorizeDecides(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name    string
		account string
		want    bank.Reply
	}{
		{"approved", rich, bank.Reply{Approved: true, Code: "00", Reason: bank.Approved, AuthID: "000001", Settlement: "0101"}},
		{"not enough", poor, bank.Reply{Code: "51", Reason: bank.Funds, Settlement: "0101"}},
		{"no such account", nobody, bank.Reply{Code: "14", Reason: bank.Account, Settlement: "0101"}},
		{"over the limit", limited, bank.Reply{Code: "61", Reason: bank.Limit, Settlement: "0101"}},
		{"refused", blocked, bank.Reply{Code: "05", Reason: bank.Refused, Settlement: "0101"}},
		{"bank is away", away, bank.Reply{Code: "91", Reason: bank.Unavailable, Settlement: "0101"}},
		{"another currency", dollars, bank.Reply{Code: "12", Reason: bank.Refused, Settlement: "0101"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			inWorld(t, func(t *testing.T, w *world) {
				before := w.balance(tt.account)
				got, err := w.authorize(t.Context(), w.request(tt.account, 1))
				if err != nil || got != tt.want {
					t.Errorf("got %+v, %v; want %+v", got, err, tt.want)
				}
				if tt.want.Approved {
					before -= flowers
				}
				w.wantBalance(tt.account, before)
			})
		})
	}
}

// reverse tries again and again until the bank says that r is undone, or for long
// that it has none.
func (w *world) reverse(r bank.Request) {
	w.t.Helper()
	w.reverseUntil(r, patient)
}

// reverseUntil gives up after so many answers that there is nothing to undo.
func (w *world) reverseUntil(r bank.Request, absents int) {
	w.t.Helper()
	const triesMax = 30
	for try := range triesMax {
		got, err := w.undo(w.t.Context(), r, try > 0)
		if got.Outcome == bank.UndoDone && err == nil {
			return
		}
		if got.Outcome == bank.UndoAbsent {
			if absents--; absents == 0 {
				return
			}
		}
		time.Sleep(timeout)
	}
	w.t.Fatal("the bank never said that it is undone")
}

func TestLateAnswerIsTold(t *testing.T) {
	t.Parallel()
	inWorld(t, func(t *testing.T, w *world) {
		w.host.Fault(host.Fault{Kind: host.LateAnswer, On: host.Requests, Delay: 20 * time.Second, Times: 1})
		r := w.request(rich, 7)
		if _, err := w.authorize(t.Context(), r); !errors.Is(err, bank.ErrUnknown) {
			t.Fatalf("got %v", err)
		}
		if got := w.lates(); len(got) != 0 {
			t.Fatalf("told before it came: %+v", got)
		}
		time.Sleep(timeout)
		synctest.Wait()
		want := bank.Late{STAN: 7, RRN: r.RRN, Code: "00", Approved: true, AuthID: "000001", Settlement: "0101",
			Amount: flowers, AmountTold: true, Processing: "000000", Transmitted: "0101000000"}
		if got := w.lates(); len(got) != 1 || got[0] != want {
			t.Errorf("told of %+v, want %+v", got, want)
		}
		if got := w.link.Stats().Answers; got["late"] != 1 || got["unmatched"] != 0 {
			t.Errorf("counted %v", got)
		}
		w.reverse(r)
		w.wantBalance(rich, opening)
	})
}

func TestLateAnswerToReversal(t *testing.T) {
	t.Parallel()
	inWorld(t, func(t *testing.T, w *world) {
		r := w.request(rich, 1)
		w.host.Fault(host.Fault{Kind: host.LateAnswer, On: host.Reversals, Delay: 20 * time.Second, Times: 1})
		if undo, err := w.undo(t.Context(), r, false); undo.Outcome != bank.UndoAgain || !errors.Is(err, bank.ErrUnknown) {
			t.Fatalf("got %+v, %v", undo, err)
		}
		time.Sleep(timeout)
		synctest.Wait()
		if got := w.lates(); len(got) != 1 || !got[0].Reversal {
			t.Errorf("told of %+v", got)
		}
	})
}

// TestLateAnswerOfSomethingElse says what a late answer does not repeat as it was
// sent: a reversal of another amount or terminal is none of ours.
func TestLateAnswerOfSomethingElse(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		de    iso8583.DE
		value string
		want  string
	}{
		{iso8583.DEAmount, "000000000100", "element 4"},
		{iso8583.DECurrency, "840", "element 49"},
		{iso8583.DETerminal, "OTHER001", "element 41"},
		{iso8583.DEResponse, "00", ""},
	} {
		t.Run(fmt.Sprint(tt.de), func(t *testing.T) {
			t.Parallel()
			inWorld(t, func(t *testing.T, w *world) {
				r := w.request(rich, 1)
				w.host.Fault(host.Fault{Kind: host.Ignore, On: host.Reversals, Times: 1})
				if undo, err := w.undo(t.Context(), r, false); !errors.Is(err, bank.ErrUnknown) {
					t.Fatalf("got %+v, %v", undo, err)
				}
				m := iso8583.New(iso8583.ReversalAdviceResponse)
				m.Set(iso8583.DESTAN, "000001")
				m.Set(iso8583.DERRN, r.RRN)
				m.Set(iso8583.DEResponse, "00")
				m.Set(tt.de, tt.value)
				w.host.Send(m)
				synctest.Wait()
				got := w.lates()
				if len(got) != 1 || !got[0].Reversal || !strings.HasPrefix(got[0].Differs, tt.want) || (got[0].Differs == "") != (tt.want == "") {
					t.Errorf("told of %+v, want %q", got, tt.want)
				}
			})
		})
	}
}

func TestSecondAnswerIsCounted(t *testing.T) {
	t.Parallel()
	inWorld(t, func(t *testing.T, w *world) {
		w.host.Fault(host.Fault{Kind: host.Duplicate, On: host.Requests})
		for serial := range uint32(3) {
			if got, err := w.authorize(t.Context(), w.request(rich, serial+1)); err != nil || !got.Approved {
				t.Fatalf("got %+v, %v", got, err)
			}
		}
		synctest.Wait()
		if got := w.link.Stats().Answers; got["duplicate"] != 3 || got["contradicting"] != 0 || len(w.lates()) != 0 {
			t.Errorf("counted %v, told %+v", got, w.lates())
		}
		w.wantBalance(rich, opening-3*flowers)
	})
}

func TestAnswerToNothingIsCounted(t *testing.T) {
	t.Parallel()
	inWorld(t, func(t *testing.T, w *world) {
		w.host.Fault(host.Fault{Kind: host.WrongSTAN, On: host.Requests, Times: 1})
		if _, err := w.authorize(t.Context(), w.request(rich, 1)); !errors.Is(err, bank.ErrUnknown) {
			t.Fatalf("got %v", err)
		}
		if got := w.link.Stats().Answers; got["unmatched"] != 1 || len(w.lates()) != 1 {
			t.Errorf("counted %v, late %+v", got, w.lates())
		}
	})
}

// TestSameSTANAgain is the 999,999th request later: the number is the same, the
// reference is not, and both stand.
func TestSameSTANAgain(t *testing.T) {
	t.Parallel()
	inWorld(t, func(t *testing.T, w *world) {
		first := w.request(rich, 42)
		time.Sleep(2 * time.Hour)
		second := w.request(rich, 42)
		for _, r := range []bank.Request{first, second} {
			if got, err := w.authorize(t.Context(), r); err != nil || !got.Approved {
				t.Fatalf("got %+v, %v", got, err)
			}
		}
		w.wantBalance(rich, opening-2*flowers)
		w.reverse(first)
		w.wantBalance(rich, opening-flowers)
	})
}

// TestSameRequestTwice is what must not happen; the bank then answers as before
// and takes the money once.
func TestSameRequestTwice(t *testing.T) {
	t.Parallel()
	inWorld(t, func(t *testing.T, w *world) {
		r := w.request(rich, 1)
		first, err := w.authorize(t.Context(), r)
		if err != nil {
			t.Fatal(err)
		}
		if again, err := w.authorize(t.Context(), r); err != nil || again != first {
			t.Errorf("got %+v, %v; the first was %+v", again, err, first)
		}
		w.wantBalance(rich, opening-flowers)
	})
}

func TestSameRequestAtOnceIsRefused(t *testing.T) {
	t.Parallel()
	inWorld(t, func(t *testing.T, w *world) {
		w.host.Fault(host.Fault{Kind: host.Slow, On: host.Requests, Delay: time.Second})
		r := w.request(rich, 1)
		first := make(chan error, 1)
		go func() {
			_, err := w.authorize(t.Context(), r)
			first <- err
		}()
		synctest.Wait()
		if _, err := w.authorize(t.Context(), r); !errors.Is(err, bank.ErrDown) {
			t.Errorf("the second: %v, want ErrDown", err)
		}
		if err := <-first; err != nil {
			t.Errorf("the first: %v", err)
		}
		w.wantBalance(rich, opening-flowers)
	})
}

// TestManyAtOnce gives each caller its own answer, whatever the order.
func TestManyAtOnce(t *testing.T) {
	t.Parallel()
	inWorld(t, func(t *testing.T, w *world) {
		const callers = 200
		w.host.Fault(host.Fault{Kind: host.Slow, On: host.Requests, Account: poor, Delay: time.Second})
		wrong := make(chan string, callers)
		for i := range callers {
			go func() {
				account, want := rich, bank.Approved
				if i%2 == 1 {
					account, want = poor, bank.Funds
				}
				r := w.request(account, uint32(i+1))
				r.Amount = 101
				got, err := w.authorize(t.Context(), r)
				if err != nil || got.Reason != want {
					wrong <- string(got.Reason)
					return
				}
				wrong <- ""
			}()
		}
		for range callers {
			if got := <-wrong; got != "" {
				t.Errorf("a caller got %q", got)
			}
		}
		w.wantBalance(rich, opening-callers/2*101)
	})
}

func TestReverseRefusedThenRepeated(t *testing.T) {
	t.Parallel()
	inWorld(t, func(t *testing.T, w *world) {
		r := w.request(rich, 1)
		if _, err := w.authorize(t.Context(), r); err != nil {
			t.Fatal(err)
		}
		w.host.Fault(host.Fault{Kind: host.Decline, On: host.Reversals, Code: "96", Times: 1})
		undo, err := w.undo(t.Context(), r, false)
		if undo != (bank.Undo{Outcome: bank.UndoAgain, Code: "96"}) || err != nil {
			t.Errorf("got %+v, %v", undo, err)
		}
		for range 3 {
			if undo, err := w.undo(t.Context(), r, true); undo.Outcome != bank.UndoDone || err != nil {
				t.Errorf("again: %+v, %v", undo, err)
			}
		}
		if first, again := w.came(iso8583.ReversalAdvice), w.came(iso8583.ReversalAdviceRepeat); first != 1 || again != 3 {
			t.Errorf("the bank got %d 0420 and %d 0421", first, again)
		}
		w.wantBalance(rich, opening)
	})
}

func TestContextEnds(t *testing.T) {
	t.Parallel()
	inWorld(t, func(t *testing.T, w *world) {
		w.host.Fault(host.Fault{Kind: host.Silence, On: host.Requests})
		before, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := w.authorize(before, w.request(rich, 1)); !errors.Is(err, bank.ErrDown) {
			t.Errorf("before the sending: %v, want ErrDown", err)
		}
		if n := w.came(iso8583.FinancialRequest); n != 0 {
			t.Errorf("the bank got %d requests", n)
		}
		during, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		start := time.Now()
		if _, err := w.authorize(during, w.request(rich, 2)); !errors.Is(err, bank.ErrUnknown) {
			t.Errorf("after the sending: %v, want ErrUnknown", err)
		}
		if waited := time.Since(start); waited != time.Second {
			t.Errorf("waited %v", waited)
		}
	})
}

// TestNotWritten holds that a request which no message can carry never leaves.
func TestNotWritten(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*bank.Request){
		"no STAN":             func(r *bank.Request) { r.STAN = 0 },
		"STAN too great":      func(r *bank.Request) { r.STAN = bank.STANMax + 1 },
		"RRN too short":       func(r *bank.Request) { r.RRN = "1" },
		"no account":          func(r *bank.Request) { r.Account = "" },
		"account too long":    func(r *bank.Request) { r.Account = strings.Repeat("6", bank.AccountMax+1) },
		"account not ASCII":   func(r *bank.Request) { r.Account = "６２２２" },
		"nothing":             func(r *bank.Request) { r.Amount = 0 },
		"less than nothing":   func(r *bank.Request) { r.Amount = -1 },
		"too much":            func(r *bank.Request) { r.Amount = bank.AmountMax + 1 },
		"no currency":         func(r *bank.Request) { r.Currency.Number = "" },
		"no time":             func(r *bank.Request) { r.At = time.Time{} },
		"merchant too long":   func(r *bank.Request) { r.Merchant = strings.Repeat("8", 16) },
		"reference not ASCII": func(r *bank.Request) { r.Ref = "参考" },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			inWorld(t, func(t *testing.T, w *world) {
				r := w.request(rich, 1)
				change(&r)
				_, err := w.authorize(t.Context(), r)
				if !errors.Is(err, bank.ErrInvalid) || !errors.Is(err, bank.ErrDown) || errors.Is(err, bank.ErrUnknown) {
					t.Errorf("Authorize: %v, want ErrInvalid, which is ErrDown", err)
				}
				synctest.Wait()
				if w.came(iso8583.FinancialRequest)+w.came(iso8583.ReversalAdvice) != 0 {
					t.Error("the bank got it")
				}
			})
		})
	}
}

func TestNoAccountInLogs(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var out bytes.Buffer
		log := slog.New(slog.NewTextHandler(&out, &slog.HandlerOptions{Level: slog.LevelDebug}))
		w := newWorld(t, func(c *bank.Config) { c.Log = log })
		w.start()
		for _, f := range []host.Fault{
			{Kind: host.Garbage}, {Kind: host.LateAnswer, Delay: time.Minute}, {Kind: host.DropAfter},
		} {
			f.On, f.Times = host.Requests, 1
			w.host.Fault(f)
			r := w.request(rich, 1)
			_, err := w.authorize(t.Context(), r)
			log.Info("asked", "request", r, "err", err)
			time.Sleep(2 * time.Minute)
		}
		w.stop()
		synctest.Wait()
		if strings.Contains(out.String(), rich) || !strings.Contains(out.String(), "6222****0001") {
			t.Errorf("the log shows accounts in full, or not at all:\n%s", out.String())
		}
	})
}
