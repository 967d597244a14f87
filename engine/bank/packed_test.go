package bank_test

import (
	"bytes"
	"encoding/json"
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

// TestReversalIsOfWhatWasSent changes all of a bank's configuration between the
// request and its reversal, as an operator does over a restart: the 0420 names
// what was sent, element by element.
func TestReversalIsOfWhatWasSent(t *testing.T) {
	t.Parallel()
	tokyo := time.FixedZone("Tokyo", 9*60*60)
	for name, change := range map[string]func(*bank.Config){
		"nothing":       func(*bank.Config) {},
		"acquirer":      func(c *bank.Config) { c.Identity.Acquirer = "62000099" },
		"terminal":      func(c *bank.Config) { c.Identity.Terminal = "MPG00099" },
		"time zone":     func(c *bank.Config) { c.Identity.Zone = tokyo },
		"merchant type": func(c *bank.Config) { c.Identity.MerchantType = "5411" },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				before := newWorld(t, func(c *bank.Config) { c.Identity.MerchantType = "5992" })
				packed, err := before.link.Prepare(before.request(rich, 42))
				if err != nil {
					t.Fatal(err)
				}
				stored := bank.Packed(bytes.Clone(packed))
				time.Sleep(26 * time.Hour)
				w := newWorld(t, change)
				w.start()
				if got, err := w.link.Authorize(t.Context(), stored); err != nil || !got.Approved {
					t.Fatalf("got %+v, %v", got, err)
				}
				if got, err := w.link.Reverse(t.Context(), stored, false); err != nil || got.Outcome != bank.UndoDone {
					t.Fatalf("got %+v, %v", got, err)
				}
				w.wantBalance(rich, opening)
			})
		})
	}
}

// TestReversalOnTheWire compares the 0420 and the 0421 with the 0200, as a host
// that matches on every element does.
func TestReversalOnTheWire(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var heard []*iso8583.Message
		d, err := iso8583.Named(iso8583.ISO87)
		if err != nil {
			t.Fatal(err)
		}
		w := newWorld(t, func(c *bank.Config) {
			c.Identity.MerchantType = "5992"
			c.Dial = spying(c.Dial, func(octets []byte) {
				if m, err := d.Unpack(octets); err == nil {
					heard = append(heard, m)
				}
			})
		})
		w.start()
		packed, err := w.link.Prepare(w.request(rich, 42))
		if err != nil {
			t.Fatal(err)
		}
		heard = nil
		if _, err := w.link.Authorize(t.Context(), packed); err != nil {
			t.Fatal(err)
		}
		for try := range 2 {
			time.Sleep(time.Second)
			if _, err := w.link.Reverse(t.Context(), packed, try > 0); err != nil {
				t.Fatal(err)
			}
		}
		if len(heard) != 3 || heard[1].MTI != iso8583.ReversalAdvice || heard[2].MTI != iso8583.ReversalAdviceRepeat {
			t.Fatalf("the host heard %d messages", len(heard))
		}
		request := heard[0]
		if got := request.Get(iso8583.DEMerchantType); got != "5992" {
			t.Errorf("DE18 is %q", got)
		}
		for _, m := range heard[1:] {
			for de := iso8583.DE(2); de <= 128; de++ {
				switch de {
				case iso8583.DETransmitted, iso8583.DEResponse, iso8583.DEOriginalData:
					continue
				}
				if m.Get(de) != request.Get(de) {
					t.Errorf("%s: DE%d is %q, was sent as %q", m.MTI, de, m.Get(de), request.Get(de))
				}
			}
			want := "0200" + "000042" + request.Get(iso8583.DETransmitted) + "00062000001" + "00000000000"
			if got := m.Get(iso8583.DEOriginalData); got != want || m.Get(iso8583.DEResponse) != "68" {
				t.Errorf("%s: DE90 is %s, want %s", m.MTI, got, want)
			}
		}
	})
}

// TestPackedIsSilent prints a packed request in every way that a log or an error
// could.
func TestPackedIsSilent(t *testing.T) {
	t.Parallel()
	inWorld(t, func(t *testing.T, w *world) {
		p, err := w.link.Prepare(w.request(rich, 42))
		if err != nil {
			t.Fatal(err)
		}
		var out bytes.Buffer
		slog.New(slog.NewTextHandler(&out, nil)).Info("stored", "request", p)
		slog.New(slog.NewJSONHandler(&out, nil)).Info("stored", "request", p)
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%c"} {
			fmt.Fprintf(&out, verb+"\n", p)
			fmt.Fprintf(&out, verb+"\n", struct{ P bank.Packed }{p})
		}
		said := out.String()
		for _, secret := range []string{rich, "iso87", fmt.Sprintf("%x", rich), fmt.Sprintf("%X", rich), "54 50 50 50", "000042"} {
			if strings.Contains(said, secret) {
				t.Errorf("%q is shown:\n%s", secret, said)
			}
		}
		stored, err := json.Marshal(p)
		if err != nil {
			t.Fatal(err)
		}
		var again bank.Packed
		if err := json.Unmarshal(stored, &again); err != nil || !bytes.Equal(again, p) {
			t.Errorf("stored and read again: %v", err)
		}
	})
}

// TestDamagedPacked: a damaged request must not end a payment, since it may
// have been sent.
func TestDamagedPacked(t *testing.T) {
	t.Parallel()
	inWorld(t, func(t *testing.T, w *world) {
		good, err := w.link.Prepare(w.request(rich, 1))
		if err != nil {
			t.Fatal(err)
		}
		for name, p := range map[string]bank.Packed{
			"nothing":         nil,
			"no dialect":      good[6:],
			"another dialect": append(bank.Packed("iso93\n"), good[6:]...),
			"half":            good[:len(good)/2],
			"a reversal":      bytes.Replace(good, []byte("0200"), []byte("0420"), 1),
		} {
			_, err := w.link.Authorize(t.Context(), p)
			if !errors.Is(err, bank.ErrInvalid) || bank.Cause(err) != "invalid" {
				t.Errorf("%s: Authorize says %v", name, err)
			}
			got, err := w.link.Reverse(t.Context(), p, false)
			if !errors.Is(err, bank.ErrInvalid) || got.Outcome != bank.UndoOperator {
				t.Errorf("%s: Reverse says %+v, %v", name, got, err)
			}
			if strings.Contains(fmt.Sprint(err), rich) {
				t.Errorf("%s: %v shows the account", name, err)
			}
		}
		if n := w.came(iso8583.FinancialRequest) + w.came(iso8583.ReversalAdvice); n != 0 {
			t.Errorf("the bank got %d messages", n)
		}
	})
}

// TestReversalCodes compares a host's own table with the default.
func TestReversalCodes(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, func(c *bank.Config) {
			c.Reversals = map[string]bank.UndoOutcome{
				"00": bank.UndoDone, "94": bank.UndoDone, "25": bank.UndoAbsent, "76": bank.UndoAbsent, "96": bank.UndoOperator,
			}
		})
		w.start()
		for code, want := range map[string]bank.UndoOutcome{
			"00": bank.UndoDone, "94": bank.UndoDone, "25": bank.UndoAbsent, "76": bank.UndoAbsent,
			"96": bank.UndoOperator, "91": bank.UndoOperator, "A1": bank.UndoOperator,
		} {
			w.host.ClearFaults()
			w.host.Fault(host.Fault{Kind: host.Decline, On: host.Reversals, Code: code})
			got, err := w.undo(t.Context(), w.request(rich, 1), false)
			if err != nil || got != (bank.Undo{Outcome: want, Code: code}) {
				t.Errorf("%s: %+v, %v; want %s", code, got, err, want)
			}
			if n := w.link.Stats().Reversals[string(want)]; n == 0 {
				t.Errorf("%s is not counted", want)
			}
		}
	})
	if _, err := bank.Open(bank.Config{Addr: "x:1", Reversals: map[string]bank.UndoOutcome{"25": bank.UndoDone}}); err == nil {
		t.Error("a table is taken by which 25 ends a reversal")
	}
}

// TestManyReversalsAtOnce has each of many reversals on one line find its own
// answer, while the first ones are slow.
func TestManyReversalsAtOnce(t *testing.T) {
	t.Parallel()
	inWorld(t, func(t *testing.T, w *world) {
		const all = 60
		w.host.Fault(host.Fault{Kind: host.Ignore, On: host.Reversals, Times: all / 2})
		start := time.Now()
		outcomes := make(chan bank.UndoOutcome, all)
		for i := range all {
			r := w.request(rich, uint32(i+1))
			r.Amount = 1
			if _, err := w.authorize(t.Context(), r); err != nil {
				t.Fatal(err)
			}
			go func() {
				got, err := w.undo(t.Context(), r, false)
				if err != nil {
					got, err = w.undo(t.Context(), r, true)
				}
				if err != nil {
					t.Errorf("request %d: %v", i, err)
				}
				outcomes <- got.Outcome
			}()
		}
		synctest.Wait()
		if got := w.link.Stats().Outstanding; got != all/2 {
			t.Errorf("%d outstanding, want %d", got, all/2)
		}
		for range all {
			if got := <-outcomes; got != bank.UndoDone {
				t.Errorf("got %s", got)
			}
		}
		if took := time.Since(start); took > 2*timeout {
			t.Errorf("took %v: one waits for another", took)
		}
		w.wantBalance(rich, opening)
	})
}
