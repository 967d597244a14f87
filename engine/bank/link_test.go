package bank_test

import (
	"context"
	"errors"
	"net"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"mpg/engine/bank"
	"mpg/engine/bank/host"
	"mpg/engine/bank/iso8583"
)

func TestOpenRefuses(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]bank.Config{
		"no address":           {},
		"no such dialect":      {Addr: "x:1", Dialect: "iso03"},
		"acquirer of letters":  {Addr: "x:1", Identity: bank.Identity{Acquirer: "ICBC"}},
		"acquirer too long":    {Addr: "x:1", Identity: bank.Identity{Acquirer: "123456789012"}},
		"terminal too long":    {Addr: "x:1", Identity: bank.Identity{Terminal: "MPG000001"}},
		"merchant type of two": {Addr: "x:1", Identity: bank.Identity{MerchantType: "59"}},
	} {
		if l, err := bank.Open(c); err == nil || l != nil {
			t.Errorf("%s is taken", name)
		}
	}
}

func TestDownBeforeRun(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, nil)
		if w.link.Up() {
			t.Error("up before Run")
		}
		if _, err := w.authorize(t.Context(), w.request(rich, 1)); !errors.Is(err, bank.ErrDown) {
			t.Errorf("Authorize: %v, want ErrDown", err)
		}
		if undo, err := w.undo(t.Context(), w.request(rich, 1), false); undo.Outcome != bank.UndoAgain || !errors.Is(err, bank.ErrDown) {
			t.Errorf("Reverse: %+v, %v, want ErrDown", undo, err)
		}
	})
}

func TestSignOnComesFirstAndSignOffLast(t *testing.T) {
	t.Parallel()
	inWorld(t, func(t *testing.T, w *world) {
		if _, err := w.authorize(t.Context(), w.request(rich, 1)); err != nil {
			t.Fatal(err)
		}
		if err := w.link.Close(); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		if w.link.Up() {
			t.Error("up after Close")
		}
		if _, err := w.authorize(t.Context(), w.request(rich, 2)); !errors.Is(err, bank.ErrDown) {
			t.Errorf("after Close: %v, want ErrDown", err)
		}
		var got []iso8583.MTI
		for _, e := range w.host.Journal() {
			if e.Dir == host.In {
				got = append(got, e.MTI)
			}
		}
		want := []iso8583.MTI{iso8583.NetworkRequest, iso8583.FinancialRequest, iso8583.NetworkRequest}
		if !slices.Equal(got, want) {
			t.Errorf("the bank got %v, want %v", got, want)
		}
		if got := w.changed(); !slices.Equal(got, []bool{true, false}) {
			t.Errorf("told of %v", got)
		}
	})
}

// TestSignOnNotAnswered leaves the link down, but trying; it comes up when the
// bank does.
func TestSignOnNotAnswered(t *testing.T) {
	t.Parallel()
	for name, f := range map[string]host.Fault{
		"silence": {Kind: host.Silence},
		"refusal": {Kind: host.Decline, Code: "05"},
		"noise":   {Kind: host.Garbage},
		"half":    {Kind: host.HalfFrame},
		"drop":    {Kind: host.DropBefore},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t, nil)
				f.On = host.Networks
				w.host.Fault(f)
				w.start()
				time.Sleep(10 * time.Minute)
				if w.link.Up() || len(w.changed()) != 0 {
					t.Errorf("up without a sign-on; told of %v", w.changed())
				}
				if n := w.came(iso8583.NetworkRequest); n < 5 || n > 50 {
					t.Errorf("%d tries in ten minutes", n)
				}
				if _, err := w.authorize(t.Context(), w.request(rich, 1)); !errors.Is(err, bank.ErrDown) {
					t.Errorf("Authorize: %v, want ErrDown", err)
				}
				w.host.ClearFaults()
				time.Sleep(2 * time.Minute)
				synctest.Wait()
				if !w.link.Up() {
					t.Error("still down")
				}
			})
		})
	}
}

// TestBackoff reads the times of dialling off a clock that stands still between
// them: each pause is twice the last, up to the greatest.
func TestBackoff(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		var at []time.Duration
		w := newWorld(t, func(c *bank.Config) {
			c.Reconnect.BackoffMin, c.Reconnect.BackoffMax = time.Second, 8*time.Second
			c.Dial = func(context.Context, string, string) (net.Conn, error) {
				at = append(at, time.Since(start))
				return nil, errors.New("no route")
			}
		})
		w.start()
		time.Sleep(32 * time.Second)
		w.stop()
		var pauses []time.Duration
		for i := range len(at) - 1 {
			pauses = append(pauses, at[i+1]-at[i])
		}
		want := []time.Duration{1, 2, 4, 8, 8, 8}
		for i := range want {
			want[i] *= time.Second
		}
		if !slices.Equal(pauses, want) {
			t.Errorf("pauses %v, want %v", pauses, want)
		}
	})
}

func TestBackoffIsJittered(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		var at []time.Duration
		w := newWorld(t, func(c *bank.Config) {
			c.Reconnect.BackoffMin, c.Reconnect.BackoffMax = 4*time.Second, 4*time.Second
			c.Rand = func(int64) int64 { return 0 }
			c.Dial = func(context.Context, string, string) (net.Conn, error) {
				at = append(at, time.Since(start))
				return nil, errors.New("no route")
			}
		})
		w.start()
		time.Sleep(5 * time.Second)
		w.stop()
		if want := []time.Duration{0, 2 * time.Second, 4 * time.Second}; !slices.Equal(at, want) {
			t.Errorf("dialled at %v, want %v: half of the pause is the least", at, want)
		}
	})
}

func TestReconnects(t *testing.T) {
	t.Parallel()
	inWorld(t, func(t *testing.T, w *world) {
		for i := range uint32(3) {
			w.host.Drop()
			time.Sleep(bank.DefaultBackoffMin)
			synctest.Wait()
			if got, err := w.authorize(t.Context(), w.request(rich, i+1)); err != nil || !got.Approved {
				t.Fatalf("after drop %d: %+v, %v", i+1, got, err)
			}
		}
		if got := w.changed(); !slices.Equal(got, []bool{true, false, true, false, true, false, true}) {
			t.Errorf("told of %v", got)
		}
	})
}

func TestEchoWhenIdle(t *testing.T) {
	t.Parallel()
	inWorld(t, func(t *testing.T, w *world) {
		time.Sleep(10*echoTime + time.Second)
		synctest.Wait()
		if n := w.came(iso8583.NetworkRequest) - 1; n != 10 {
			t.Errorf("%d echoes in ten idle minutes", n)
		}
		if !w.link.Up() {
			t.Error("an idle link went down")
		}
	})
}

func TestEchoNotAnsweredEndsTheLine(t *testing.T) {
	t.Parallel()
	inWorld(t, func(t *testing.T, w *world) {
		w.host.Fault(host.Fault{Kind: host.Silence, On: host.Networks, Times: 1})
		time.Sleep(echoTime + timeout)
		synctest.Wait()
		if w.link.Up() {
			t.Error("up, and the echo is not answered")
		}
		time.Sleep(time.Second)
		synctest.Wait()
		if !w.link.Up() {
			t.Error("no new line")
		}
	})
}

// TestDeadLine is a host that takes everything and says nothing any more, while
// there is too much to do for an idle moment.
func TestDeadLine(t *testing.T) {
	t.Parallel()
	inWorld(t, func(t *testing.T, w *world) {
		w.host.Fault(host.Fault{Kind: host.Ignore, On: host.Requests})
		for serial := uint32(1); len(w.changed()) == 1; serial++ {
			if serial > 20 {
				t.Fatal("the line is kept, and brings nothing")
			}
			if _, err := w.authorize(t.Context(), w.request(rich, serial)); !errors.Is(err, bank.ErrUnknown) {
				t.Fatalf("got %v", err)
			}
			synctest.Wait()
		}
	})
}

func TestHostSpeaksFirst(t *testing.T) {
	t.Parallel()
	inWorld(t, func(t *testing.T, w *world) {
		if n := w.host.Say(iso8583.Echo); n != 1 {
			t.Fatalf("said to %d lines", n)
		}
		w.host.Say("161") // a change of keys, which the dialect does not have
		synctest.Wait()
		var codes []string
		for _, e := range w.host.Journal() {
			if e.Dir == host.In && e.MTI == iso8583.NetworkResponse {
				codes = append(codes, e.Code)
			}
		}
		if !slices.Equal(codes, []string{"00", "40"}) {
			t.Errorf("answered %v", codes)
		}
		if got := w.link.Stats().Host["network"]; got != 2 || !w.link.Up() {
			t.Errorf("counted %d, up %v", got, w.link.Up())
		}
	})
}

// TestSignOffWaitsForAnswers has the host sign off while it still works on a
// request: the answer is taken, and nothing new is asked.
func TestSignOffWaitsForAnswers(t *testing.T) {
	t.Parallel()
	inWorld(t, func(t *testing.T, w *world) {
		w.host.Fault(host.Fault{Kind: host.Slow, On: host.Requests, Delay: 5 * time.Second, Times: 1})
		first := make(chan error, 1)
		go func() {
			_, err := w.authorize(t.Context(), w.request(rich, 1))
			first <- err
		}()
		synctest.Wait()
		w.host.Say(iso8583.SignOff)
		synctest.Wait()
		if _, err := w.authorize(t.Context(), w.request(rich, 2)); !errors.Is(err, bank.ErrDown) {
			t.Errorf("after the sign-off: %v, want ErrDown", err)
		}
		if err := <-first; err != nil {
			t.Errorf("what was asked before: %v", err)
		}
		w.wantBalance(rich, opening-flowers)
	})
}

func TestHostSignsOff(t *testing.T) {
	t.Parallel()
	inWorld(t, func(t *testing.T, w *world) {
		w.host.Say(iso8583.SignOff)
		synctest.Wait()
		if w.link.Up() {
			t.Error("up after the host signed off")
		}
		signOns := w.came(iso8583.NetworkRequest)
		time.Sleep(bank.DefaultSignOffWait - time.Second)
		synctest.Wait()
		if w.link.Up() || w.came(iso8583.NetworkRequest) != signOns {
			t.Error("the host wanted to be left alone, and was not")
		}
		time.Sleep(bank.DefaultSignOffWait)
		synctest.Wait()
		if !w.link.Up() {
			t.Error("never signed on again")
		}
	})
}

// TestNoiseEndsTheLine: after some messages that cannot be read, the beginning of
// the next is in doubt.
func TestNoiseEndsTheLine(t *testing.T) {
	t.Parallel()
	inWorld(t, func(t *testing.T, w *world) {
		w.host.Fault(host.Fault{Kind: host.Garbage, On: host.Requests, Times: 3})
		for i := range uint32(3) {
			if _, err := w.authorize(t.Context(), w.request(rich, i+1)); !errors.Is(err, bank.ErrUnknown) {
				t.Fatalf("got %v", err)
			}
		}
		time.Sleep(time.Second)
		synctest.Wait()
		if got := w.changed(); !slices.Equal(got, []bool{true, false, true}) || w.link.Stats().Answers["unreadable"] != 3 {
			t.Errorf("told of %v, counted %+v", got, w.link.Stats())
		}
	})
}

// TestHostTakesNothing is a peer whose receive buffer is full for ever: a write
// must not wait for it longer than a request may take.
func TestHostTakesNothing(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var far []net.Conn
		w := newWorld(t, func(c *bank.Config) {
			c.Dial = func(context.Context, string, string) (net.Conn, error) {
				near, other := net.Pipe()
				far = append(far, other)
				return near, nil
			}
		})
		w.start()
		time.Sleep(time.Minute)
		w.stop()
		if len(far) < 2 {
			t.Errorf("%d lines in a minute: one of them hangs", len(far))
		}
		for _, c := range far {
			if err := c.Close(); err != nil {
				t.Error(err)
			}
		}
	})
}

func TestRRN(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 11, 22, 1, 30, 0, 0, time.UTC)
	for _, tt := range []struct {
		at     time.Time
		serial uint64
		want   string
	}{
		{at, 42, "632601000042"},
		{at, 999_999, "632601999999"},
		{at, 1_000_042, "632601000042"},
		{time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC), 1, "000100000001"},
		{time.Date(2028, 12, 31, 23, 0, 0, 0, time.UTC), 1, "836623000001"},
	} {
		if got := bank.RRN(tt.at, tt.serial); got != tt.want || len(got) != bank.RRNLen {
			t.Errorf("RRN(%v, %d) = %s, want %s", tt.at, tt.serial, got, tt.want)
		}
	}
}

// TestReasons holds that nothing but 00 is an approval, and that no doubtful code
// is a decision.
func TestReasons(t *testing.T) {
	t.Parallel()
	unclear := []string{"", "06", "08", "09", "10", "11", "16", "32", "68", "94"}
	const signs = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	for _, a := range signs {
		for _, b := range signs {
			code := string(a) + string(b)
			got := bank.ReasonOf(code)
			if (got == bank.Approved) != (code == "00") {
				t.Errorf("%s is %s", code, got)
			}
			if (got == bank.Unclear) != slices.Contains(unclear, code) {
				t.Errorf("%s is %s", code, got)
			}
		}
	}
	for reason, codes := range map[bank.Reason]string{
		bank.Funds: "51", bank.Account: "14 39 42 52 53 56", bank.Limit: "61 65", bank.Expired: "33 54", bank.Restricted: "36 57 58 62", bank.PIN: "38 55 75",
		bank.Unavailable: "15 90 91 92 96", bank.Refused: "05 12 30 41 43",
	} {
		for code := range strings.FieldsSeq(codes) {
			if got := bank.ReasonOf(code); got != reason {
				t.Errorf("%s is %s, want %s", code, got, reason)
			}
		}
	}
}
