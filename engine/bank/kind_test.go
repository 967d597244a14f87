package bank_test

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"mpg/engine/bank"
	"mpg/engine/bank/host"
	"mpg/engine/bank/iso8583"
	"mpg/store/money"
)

// kinds lists what a kind looks like on the wire and does to the account.
var kinds = []struct {
	kind       bank.Kind
	word       string
	processing string
	holder     iso8583.DE // of the account
	other      iso8583.DE // absent
	moves      money.Amount
}{
	{bank.Debit, "debit", "000000", iso8583.DEAccount, iso8583.DEToAccount, -flowers},
	{bank.Credit, "credit", "210000", iso8583.DEToAccount, iso8583.DEAccount, flowers},
	{bank.Refund, "refund", "200000", iso8583.DEToAccount, iso8583.DEAccount, flowers},
}

// eachKind runs test in a world of its own for each kind, with a request of that kind.
func eachKind(t *testing.T, test func(t *testing.T, w *world, r bank.Request, moves money.Amount)) {
	t.Helper()
	for _, k := range kinds {
		t.Run(k.word, func(t *testing.T) {
			t.Parallel()
			inWorld(t, func(t *testing.T, w *world) {
				r := w.request(rich, 42)
				r.Kind = k.kind
				test(t, w, r, k.moves)
			})
		})
	}
}

// TestPrepareKinds unpacks what each kind is packed as: only the processing code and the
// place of the account differ from a debit, and a Request without a kind is a debit.
func TestPrepareKinds(t *testing.T) {
	t.Parallel()
	dialect, err := iso8583.Named(iso8583.ISO87)
	if err != nil {
		t.Fatal(err)
	}
	for _, k := range kinds {
		t.Run(k.word, func(t *testing.T) {
			t.Parallel()
			inWorld(t, func(t *testing.T, w *world) {
				unpacked := func(r bank.Request) *iso8583.Message {
					packed, err := w.link.Prepare(r)
					if err != nil {
						t.Fatal(err)
					}
					name, octets, _ := bytes.Cut(packed, []byte("\n"))
					m, err := dialect.Unpack(octets)
					if err != nil || string(name) != iso8583.ISO87 {
						t.Fatalf("packed as %q: %v", name, err)
					}
					return m
				}
				plain := w.request(rich, 42)
				asked := plain
				asked.Kind = k.kind
				got, debit := unpacked(asked), unpacked(plain)
				if got.MTI != iso8583.FinancialRequest || got.Get(iso8583.DEProcessingCode) != k.processing ||
					got.Get(k.holder) != rich || got.Get(k.other) != "" {
					t.Errorf("%s, DE3 %q, DE%d %q, DE%d %q", got.MTI, got.Get(iso8583.DEProcessingCode),
						k.holder, got.Get(k.holder), k.other, got.Get(k.other))
				}
				for de := iso8583.DE(2); de <= 128; de++ {
					switch de {
					case iso8583.DEProcessingCode, iso8583.DEAccount, iso8583.DEToAccount:
						continue
					}
					if got.Get(de) != debit.Get(de) {
						t.Errorf("DE%d is %q, in a debit %q", de, got.Get(de), debit.Get(de))
					}
				}
				if got.Len() != debit.Len() {
					t.Errorf("%d elements, a debit has %d", got.Len(), debit.Len())
				}
			})
		})
	}
}

// TestNoSuchKind: a request of no known kind is never sent, since no processing code stands
// for it.
func TestNoSuchKind(t *testing.T) {
	t.Parallel()
	inWorld(t, func(t *testing.T, w *world) {
		for kind := bank.Completion + 1; kind != bank.Debit; kind++ {
			r := w.request(rich, 1)
			r.Kind = kind
			if packed, err := w.link.Prepare(r); !errors.Is(err, bank.ErrInvalid) || packed != nil {
				t.Errorf("%s: packed as %v, %v", kind, packed, err)
			}
		}
	})
}

// TestKindsMoveMoney asks for each kind, asks again with the same numbers, and reverses it
// twice: money moves once in the direction of the kind, and comes back once.
func TestKindsMoveMoney(t *testing.T) {
	t.Parallel()
	eachKind(t, func(t *testing.T, w *world, r bank.Request, moves money.Amount) {
		for range 2 {
			if reply, err := w.authorize(t.Context(), r); err != nil || !reply.Approved || reply.AuthID != "000001" {
				t.Fatalf("got %+v, %v", reply, err)
			}
			w.wantBalance(rich, opening+moves)
		}
		for try := range 2 {
			if undo, err := w.undo(t.Context(), r, try > 0); err != nil || undo.Outcome != bank.UndoDone {
				t.Errorf("got %+v, %v", undo, err)
			}
			w.wantBalance(rich, opening)
		}
	})
}

// TestCreditDeclined is a decision like any other.
func TestCreditDeclined(t *testing.T) {
	t.Parallel()
	for account, want := range map[string]bank.Reason{
		nobody: bank.Account, dollars: bank.Refused, blocked: bank.Approved, poor: bank.Approved, limited: bank.Approved,
	} {
		inWorld(t, func(t *testing.T, w *world) {
			r := w.request(account, 1)
			r.Kind = bank.Credit
			before := w.balance(account)
			reply, err := w.authorize(t.Context(), r)
			if err != nil || reply.Reason != want {
				t.Errorf("%s: got %+v, %v; want %s", account, reply, err, want)
			}
			if want == bank.Approved {
				before += flowers
			}
			w.wantBalance(account, before)
		})
	}
}

// TestAnswersToCredits: an approval of a credit counts only if it is about this account
// and this direction, wherever a host repeats them.
func TestAnswersToCredits(t *testing.T) {
	t.Parallel()
	for _, kind := range []bank.Kind{bank.Credit, bank.Refund} {
		for _, tt := range []answer{
			{name: "as it was sent", want: bank.Approved},
			{name: "DE103 absent", fault: omit(iso8583.DEToAccount), want: bank.Approved},
			{name: "DE3 absent", fault: omit(iso8583.DEProcessingCode), want: bank.Approved},
			{name: "DE3 and DE103 absent", fault: omit(iso8583.DEProcessingCode, iso8583.DEToAccount), want: bank.Approved},
			{name: "DE103 with blanks behind", fault: alter(iso8583.DEToAccount, rich+"   "), want: bank.Approved},
			{name: "DE2 is the account", fault: alter(iso8583.DEPAN, rich), want: bank.Approved},
			{name: "DE102 an account of the bank", fault: alter(iso8583.DEAccount, "9999000000000001"), want: bank.Approved},
			{name: "DE103 another", fault: alter(iso8583.DEToAccount, poor), cause: "element", says: "element 103 "},
			{name: "DE103 shorter", fault: alter(iso8583.DEToAccount, rich[:15]), cause: "element", says: "element 103 "},
			{name: "DE103 unreadable", fault: rewritten(func(p []byte) []byte {
				return bytes.Replace(p, []byte(rich), []byte(rich[:15]+"\xe9"), 1)
			}), cause: "element", says: "element 103 "},
			{name: "DE2 another's", fault: alter(iso8583.DEPAN, poor), cause: "element", says: "element 2 "},
			{name: "DE3 a debit", fault: alter(iso8583.DEProcessingCode, iso8583.PurchaseFromAccount), cause: "element", says: "element 3 "},
			{name: "DE3 an adjustment", fault: alter(iso8583.DEProcessingCode, "220000"), cause: "element", says: "element 3 "},
			{name: "DE4 another", fault: host.Fault{Kind: host.WrongSum}, cause: "element", says: "element 4 "},
			{name: "undecided", fault: alter(iso8583.DEResponse, "10"), cause: "code", says: "10"},
			{name: "late", fault: host.Fault{Kind: host.LateAnswer, Delay: timeout + time.Second}, cause: "timeout"},
			{name: "silence", fault: host.Fault{Kind: host.Silence}, cause: "timeout"},
			{name: "closed after", fault: host.Fault{Kind: host.DropAfter}, cause: "line"},
		} {
			t.Run(kind.String()+" "+tt.name, func(t *testing.T) {
				t.Parallel()
				inWorld(t, func(t *testing.T, w *world) { w.wantAnswerToCredit(kind, tt) })
			})
		}
	}
}

func (w *world) wantAnswerToCredit(kind bank.Kind, tt answer) {
	tt.fault.On, tt.fault.Times = host.Requests, 1
	w.host.Fault(tt.fault)
	r := w.request(rich, 1)
	r.Kind = kind
	reply, err := w.authorize(w.t.Context(), r)
	w.wantBalance(rich, opening+flowers)
	if tt.want != "" {
		if err != nil || reply.Reason != tt.want {
			w.t.Errorf("got %+v, %v; want %s", reply, err, tt.want)
		}
		return
	}
	if !errors.Is(err, bank.ErrUnknown) || reply != (bank.Reply{}) {
		w.t.Fatalf("got %+v, %v; want ErrUnknown", reply, err)
	}
	if got := bank.Cause(err); got != tt.cause || !strings.Contains(err.Error(), tt.says) {
		w.t.Errorf("cause %s: %v; want %s, %q", got, err, tt.cause, tt.says)
	}
	w.reverse(r)
	w.wantBalance(rich, opening)
}

// TestUndoingsOfCredits: a 0430 about another account or direction confirms nothing.
func TestUndoingsOfCredits(t *testing.T) {
	t.Parallel()
	for _, tt := range []undoing{
		{name: "done", want: bank.UndoDone},
		{name: "no DE103", fault: omit(iso8583.DEToAccount), want: bank.UndoDone},
		{name: "another account", fault: alter(iso8583.DEToAccount, poor), want: bank.UndoAgain, cause: "element"},
		{name: "another DE2", fault: alter(iso8583.DEPAN, poor), want: bank.UndoAgain, cause: "element"},
		{name: "of a debit", fault: alter(iso8583.DEProcessingCode, "000000"), want: bank.UndoAgain, cause: "element"},
		{name: "spent", fault: coded("51"), want: bank.UndoOperator},
		{name: "silence", fault: host.Fault{Kind: host.Silence}, want: bank.UndoAgain, cause: "timeout"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			inWorld(t, func(t *testing.T, w *world) {
				r := w.request(rich, 1)
				r.Kind = bank.Credit
				if _, err := w.authorize(t.Context(), r); err != nil {
					t.Fatal(err)
				}
				tt.fault.On, tt.fault.Times = host.Reversals, 1
				w.host.Fault(tt.fault)
				got, err := w.undo(t.Context(), r, false)
				if got.Outcome != tt.want || bank.Cause(err) != tt.cause {
					t.Errorf("got %+v, %s: %v; want %s, %s", got, bank.Cause(err), err, tt.want, tt.cause)
				}
				w.reverse(r)
				w.wantBalance(rich, opening)
			})
		})
	}
}

// TestSpentCredit is a credit that the account no longer covers when it is reversed: a bank
// that allows no overdraft declines, which only people can end, and accepts once the money
// is there.
func TestSpentCredit(t *testing.T) {
	t.Parallel()
	inWorld(t, func(t *testing.T, w *world) {
		w.host.AllowOverdraft(false)
		paid := w.request(poor, 1)
		paid.Kind = bank.Credit
		spends := w.request(poor, 2)
		for _, r := range []bank.Request{paid, spends} {
			if reply, err := w.authorize(t.Context(), r); err != nil || !reply.Approved {
				t.Fatalf("got %+v, %v", reply, err)
			}
		}
		want := bank.Undo{Outcome: bank.UndoOperator, Code: "51"}
		if got, err := w.undo(t.Context(), paid, false); err != nil || got.Outcome != want.Outcome || got.Code != want.Code {
			t.Errorf("got %+v, %v; want %+v", got, err, want)
		}
		w.reverse(spends)
		w.reverse(paid)
		w.wantBalance(poor, 100)
	})
}

// TestReversalOfEachKind compares the 0420 with the 0200, element by element, except for
// what only a reversal has. The link that sends both has not packed the request.
func TestReversalOfEachKind(t *testing.T) {
	t.Parallel()
	dialect, err := iso8583.Named(iso8583.ISO87)
	if err != nil {
		t.Fatal(err)
	}
	for _, k := range kinds {
		synctest.Test(t, func(t *testing.T) {
			var heard []*iso8583.Message
			before := newWorld(t, nil)
			r := before.request(rich, 42)
			r.Kind = k.kind
			stored, err := before.link.Prepare(r)
			if err != nil {
				t.Fatal(err)
			}
			w := newWorld(t, func(c *bank.Config) {
				c.Dial = spying(c.Dial, func(octets []byte) {
					if m, err := dialect.Unpack(octets); err == nil && m.MTI != iso8583.NetworkRequest {
						heard = append(heard, m)
					}
				})
			})
			w.start()
			if _, err := w.link.Authorize(t.Context(), stored); err != nil {
				t.Fatal(err)
			}
			time.Sleep(time.Minute)
			if _, err := w.link.Reverse(t.Context(), stored, false); err != nil {
				t.Fatal(err)
			}
			if len(heard) != 2 || heard[1].MTI != iso8583.ReversalAdvice {
				t.Fatalf("%s: the host heard %d messages", k.word, len(heard))
			}
			request, undo := heard[0], heard[1]
			if request.Get(k.holder) != rich || request.Get(iso8583.DEProcessingCode) != k.processing {
				t.Errorf("%s: not as it was stored: DE%d %q, DE3 %q", k.word, k.holder, request.Get(k.holder), request.Get(iso8583.DEProcessingCode))
			}
			for de := iso8583.DE(2); de <= 128; de++ {
				want := request.Get(de)
				switch de {
				case iso8583.DETransmitted:
					want = "0101000100"
				case iso8583.DEResponse:
					want = "68"
				case iso8583.DEOriginalData:
					want = "0200" + "000042" + "0101000000" + "00062000001" + "00000000000"
				}
				if got := undo.Get(de); got != want {
					t.Errorf("%s: DE%d is %q, want %q", k.word, de, got, want)
				}
			}
			w.wantBalance(rich, opening)
		})
	}
}

// TestLateAnswerOfEachKind is told as it came; a direction that differs from that of the
// request is named.
func TestLateAnswerOfEachKind(t *testing.T) {
	t.Parallel()
	eachKind(t, func(t *testing.T, w *world, r bank.Request, moves money.Amount) {
		w.host.Fault(host.Fault{Kind: host.LateAnswer, On: host.Requests, Delay: timeout + time.Second, Times: 1})
		if _, err := w.authorize(t.Context(), r); !errors.Is(err, bank.ErrUnknown) {
			t.Fatalf("got %v", err)
		}
		time.Sleep(timeout)
		synctest.Wait()
		other := iso8583.New(iso8583.FinancialResponse)
		other.Set(iso8583.DEProcessingCode, "220000")
		other.Set(iso8583.DESTAN, "000042")
		other.Set(iso8583.DERRN, r.RRN)
		other.Set(iso8583.DEResponse, "05")
		w.host.Send(other)
		synctest.Wait()
		got := w.lates()
		if len(got) != 2 || !got[0].Approved || got[0].Differs != "" || got[0].Amount != flowers || got[0].Processing != r.Kind.Processing() {
			t.Fatalf("told of %+v", got)
		}
		if got[1].Approved || got[1].Processing != "220000" || !strings.HasPrefix(got[1].Differs, "element 3 ") {
			t.Errorf("another direction is told as %+v", got[1])
		}
		w.wantBalance(rich, opening+moves)
		w.reverse(r)
		w.wantBalance(rich, opening)
	})
}

// TestHostReversesEachKind: the bank undoes a request by its own decision, and names it
// as it does a debit.
func TestHostReversesEachKind(t *testing.T) {
	t.Parallel()
	for _, k := range kinds {
		synctest.Test(t, func(t *testing.T) {
			var mu sync.Mutex
			var told []bank.HostMessage
			w := newWorld(t, func(c *bank.Config) {
				c.OnHost = func(m bank.HostMessage) (bool, error) {
					mu.Lock()
					defer mu.Unlock()
					told = append(told, m)
					return true, nil
				}
			})
			w.start()
			r := w.request(rich, 42)
			r.Kind = k.kind
			if _, err := w.authorize(t.Context(), r); err != nil {
				t.Fatal(err)
			}
			w.host.Send(w.host.Withdraw("000042", r.RRN))
			synctest.Wait()
			mu.Lock()
			defer mu.Unlock()
			if len(told) != 1 || told[0].Doubtful != "" || told[0].Amount != flowers || told[0].RRN != r.RRN || told[0].Processing != k.processing ||
				told[0].Original != (bank.Original{STAN: 42, Transmitted: "0101000000", Acquirer: "62000001"}) {
				t.Errorf("%s: told of %+v", k.word, told)
			}
			w.wantBalance(rich, opening)
		})
	}
}

// TestCreditShowsNoAccount prints a credit, what is stored of it, its errors and the log
// of a link whose host misbehaves.
func TestCreditShowsNoAccount(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var out bytes.Buffer
		log := slog.New(slog.NewTextHandler(&out, &slog.HandlerOptions{Level: slog.LevelDebug}))
		w := newWorld(t, func(c *bank.Config) { c.Log = log })
		w.start()
		for i, f := range []host.Fault{
			alter(iso8583.DEToAccount, poor), alter(iso8583.DEPAN, poor), omit(iso8583.DERRN), {Kind: host.Garbage},
			{Kind: host.LateAnswer, Delay: 2 * timeout}, {Kind: host.DropAfter},
		} {
			f.On, f.Times = host.Requests, 1
			w.host.Fault(f)
			r := w.request(rich, uint32(i+1))
			r.Kind = bank.Credit
			packed, err := w.link.Prepare(r)
			if err != nil {
				t.Fatal(err)
			}
			_, err = w.link.Authorize(t.Context(), packed)
			log.Info("asked", "request", r, "packed", packed, "err", err)
			log.Info("stored", "text", fmt.Sprint(packed))
			time.Sleep(2 * time.Minute)
		}
		r := w.request(rich+"\x00", 99)
		r.Kind = bank.Credit
		_, err := w.link.Prepare(r)
		log.Info("refused", "err", err)
		w.stop()
		synctest.Wait()
		said := out.String()
		if strings.Contains(said, rich) || strings.Contains(said, poor) || !strings.Contains(said, "request.kind=credit") || !strings.Contains(said, "6222****0001") {
			t.Errorf("the log shows accounts in full, or not what was asked:\n%s", said)
		}
	})
}
