package engine_test

import (
	"bytes"
	"context"
	"crypto/subtle"
	"encoding/hex"
	"fmt"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"mpg/engine"
	"mpg/engine/acquirer"
	"mpg/engine/admin"
	"mpg/engine/bank"
	"mpg/engine/bank/cbcmac"
	"mpg/engine/bank/host"
	"mpg/engine/bank/iso8583"
	"mpg/engine/bank/keyring"
	"mpg/store/money"
)

// hostTime is always the time of the bank, whose business date is then the one on which worlds
// begin.
func hostTime() time.Time { return time.Date(2026, 11, 22, 4, 0, 0, 0, time.UTC) }

// hostWorld returns a world whose bank is the simulated host, over TCP. After timeout an
// answer is not waited for.
func hostWorld(t *testing.T, timeout time.Duration) (*world, *host.Host) {
	t.Helper()
	return linkedWorld(t, timeout, host.Config{}, bank.Config{})
}

// linkedWorld is hostWorld with a MAC, or in a dialect, that both sides have in their
// configurations.
func linkedWorld(t *testing.T, timeout time.Duration, theirs host.Config, ours bank.Config) (*world, *host.Host) {
	t.Helper()
	var e func() *engine.Engine
	h, link := hostLink(t, timeout, theirs, ours, func() *engine.Engine { return e() })
	w := newWorld(t, func(w *world) {
		w.banks = map[string]acquirer.Bank{"icbc": link}
		w.rules.Reversals = map[string]acquirer.Reversal{"icbc": {Retry: 20 * time.Millisecond, For: 24 * time.Hour}}
	})
	e = func() *engine.Engine { return w.e }
	runs(t, link)
	w.until("the bank to be up", link.Up)
	return w, h
}

// hostLink returns the simulated host, and a link to it that does not run yet.
func hostLink(t *testing.T, timeout time.Duration, theirs host.Config, ours bank.Config, e func() *engine.Engine) (*host.Host, *bank.Link) {
	t.Helper()
	h, err := host.New(host.Config{MAC: theirs.MAC, Dialect: theirs.Dialect, Now: hostTime, NamedReturns: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = h.Close() })
	addr, err := h.Listen("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	cny, _ := money.Lookup("CNY")
	if err := h.Open(host.Account{No: payerAccount, Balance: hostFunds, Currency: cny}); err != nil {
		t.Fatal(err)
	}
	link, err := bank.Open(bank.Config{Name: "icbc", Addr: addr, MAC: ours.MAC, Dialect: ours.Dialect, Timeout: timeout, Reconnect: bank.Reconnect{BackoffMin: time.Millisecond, BackoffMax: 20 * time.Millisecond},
		OnLate: func(l bank.Late) { e().Banks().LateAnswer("icbc", l) },
		OnHost: func(m bank.HostMessage) (bool, error) { return e().Banks().HostReversal("icbc", m) },
		Peer: bank.Peer{
			OnAdvice:  func(a bank.HostAdvice) error { return e().Banks().HostAdvice("icbc", a) },
			OnCutOver: func(date string) error { return e().Banks().CutOver("icbc", date, true) },
			OnTotals:  func(r bank.Reconciliation) (bank.Totals, error) { return e().Banks().HostTotals("icbc", r) },
		}})
	if err != nil {
		t.Fatal(err)
	}
	return h, link
}

// runs has a link run until the test ends.
func runs(t *testing.T, link *bank.Link) {
	ended := make(chan struct{})
	go func() { _ = link.Run(context.Background()); close(ended) }()
	t.Cleanup(func() { _ = link.Close(); <-ended })
}

const (
	payerAccount = "6222020200001"
	hostFunds    = money.Amount(100_000)
)

// The ends of a payment at a bank that misbehaves.
const (
	endsPaid     = "paid"
	endsDeclined = "declined"
	endsReversed = "reversed"
	endsDoubt    = "doubt" // until people have looked into the bank's book
)

// behaviour is what a bank does to one payment, and how that must end.
type behaviour struct {
	name     string
	request  host.Fault // once
	reversal host.Fault // always, or so often
	ends     string
	mac      bool // the messages carry MACs
}

// guarded returns what banks do with MACs.
func guarded() []behaviour {
	all := []behaviour{
		{name: "a MAC", ends: endsPaid},
		{name: "a wrong MAC", request: host.Fault{Kind: host.WrongMAC}, ends: endsReversed},
		{name: "no MAC", request: host.Fault{Kind: host.NoMAC}, ends: endsReversed},
		{name: "a changed amount", request: host.Fault{Kind: host.Rewritten, Rewrite: func(p []byte) []byte {
			return bytes.Replace(p, []byte("000000004500"), []byte("000000000045"), 1)
		}}, ends: endsReversed},
		{name: "reversal with a wrong MAC twice", request: host.Fault{Kind: host.Silence}, reversal: host.Fault{Kind: host.WrongMAC, Times: 2}, ends: endsReversed},
		{name: "reversal without a MAC twice", request: host.Fault{Kind: host.NoMAC}, reversal: host.Fault{Kind: host.NoMAC, Times: 2}, ends: endsReversed},
	}
	for i := range all {
		all[i].mac = true
	}
	return all
}

// shared returns the two ends of a key.
func shared(t *testing.T) (*host.MAC, bank.MAC) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "bank-icbc.key")
	halves := [][]byte{bytes.Repeat([]byte{0x31}, 16), []byte("0123456789abcdef")}
	whole := make([]byte, len(halves[0]))
	for i, half := range halves {
		subtle.XORBytes(whole, whole, half)
		check, err := cbcmac.CheckValue(cbcmac.DES3, half)
		if err != nil {
			t.Fatal(err)
		}
		entry := keyring.Entry{Slot: keyring.MACKey, Cipher: cbcmac.DES3, Component: hex.EncodeToString(half), Check: check, By: []string{"Li", "Wang"}[i]}
		if _, err := keyring.Enter(path, time.Now(), entry); err != nil {
			t.Fatal(err)
		}
	}
	ring, err := keyring.Open(keyring.Config{Path: path, Algorithm: cbcmac.X919, Padding: cbcmac.Bit})
	if err != nil {
		t.Fatal(err)
	}
	return &host.MAC{Algorithm: cbcmac.X919, Padding: cbcmac.Bit, On: "24", Key: whole},
		bank.MAC{Keys: ring, Octets: cbcmac.Size, On: []bank.MACClass{bank.MACFinancial, bank.MACReversal}}
}

// codes are behaviours of one code each.
func codes(of func(code string) behaviour, list ...string) []behaviour {
	var all []behaviour
	for _, code := range list {
		all = append(all, of(code))
	}
	return all
}

func alter(de iso8583.DE, value string) host.Fault {
	return host.Fault{Kind: host.Alter, Elements: []iso8583.DE{de}, Value: value}
}

func omit(de iso8583.DE) host.Fault { return host.Fault{Kind: host.Omit, Elements: []iso8583.DE{de}} }

// behaviours returns what banks were seen to do.
func behaviours() []behaviour {
	silent := host.Fault{Kind: host.Silence}
	all := []behaviour{
		{name: "approves", ends: endsPaid},
		{name: "answers twice", request: host.Fault{Kind: host.Duplicate}, ends: endsPaid},
		{name: "an empty second bitmap", request: host.Fault{Kind: host.EmptyBitmap}, ends: endsPaid},
		{name: "no amount", request: omit(iso8583.DEAmount), ends: endsPaid},
		{name: "no currency", request: omit(iso8583.DECurrency), ends: endsPaid},
		{name: "no account", request: omit(iso8583.DEAccount), ends: endsPaid},
		{name: "no code", request: omit(iso8583.DEResponse), ends: endsReversed},
		{name: "another currency", request: alter(iso8583.DECurrency, "840"), ends: endsReversed},
		{name: "another account", request: alter(iso8583.DEAccount, "6222020209999"), ends: endsReversed},
		{name: "a refund", request: alter(iso8583.DEProcessingCode, "200000"), ends: endsReversed},
		{name: "another terminal", request: alter(iso8583.DETerminal, "MPG99999"), ends: endsReversed},
		{name: "another merchant", request: alter(iso8583.DEMerchant, "8009           "), ends: endsReversed},
		{name: "a higher amount", request: alter(iso8583.DEAmount, "000000009900"), ends: endsReversed},
		{name: "a lower amount", request: host.Fault{Kind: host.WrongSum}, ends: endsReversed},
		{name: "another STAN", request: host.Fault{Kind: host.WrongSTAN}, ends: endsReversed},
		{name: "another type", request: host.Fault{Kind: host.OtherType, Value: "0230"}, ends: endsReversed},
		{name: "noise", request: host.Fault{Kind: host.Garbage}, ends: endsReversed},
		{name: "half a frame", request: host.Fault{Kind: host.HalfFrame}, ends: endsReversed},
		{name: "cut short", request: host.Fault{Kind: host.Rewritten, Rewrite: func(p []byte) []byte { return bytes.Clone(p[:len(p)-3]) }}, ends: endsReversed},
		{name: "booked, silent", request: silent, ends: endsReversed},
		{name: "booked, closed", request: host.Fault{Kind: host.DropAfter}, ends: endsReversed},
		{name: "booked, answered late", request: host.Fault{Kind: host.LateAnswer, Delay: 500 * time.Millisecond}, ends: endsReversed},
		{name: "booked late", request: host.Fault{Kind: host.Slow, Delay: time.Second}, ends: endsReversed},
		{name: "never booked", request: host.Fault{Kind: host.Ignore}, ends: endsDoubt},
		{name: "closed before", request: host.Fault{Kind: host.DropBefore}, ends: endsDoubt},
		{name: "91, then 00", request: host.Fault{Kind: host.Contradict, Code: "91", Delay: 100 * time.Millisecond}, ends: endsDeclined},
		{name: "51, then 00 long after", request: host.Fault{Kind: host.Contradict, Code: "51", Delay: 800 * time.Millisecond}, ends: endsDeclined},
		{name: "68, then 00", request: host.Fault{Kind: host.Contradict, Code: "68", Delay: 100 * time.Millisecond}, ends: endsReversed},
		{name: "reversal unanswered twice", request: silent, reversal: host.Fault{Kind: host.Silence, Times: 2}, ends: endsReversed},
		{name: "reversal ignored twice", request: silent, reversal: host.Fault{Kind: host.Ignore, Times: 2}, ends: endsReversed},
		{name: "reversal answered late", request: silent, reversal: host.Fault{Kind: host.LateAnswer, Delay: 500 * time.Millisecond, Times: 2}, ends: endsReversed},
		{name: "reversal answered by noise", request: silent, reversal: host.Fault{Kind: host.Garbage, Times: 1}, ends: endsReversed},
		{name: "reversal of another sum", request: silent, reversal: host.Fault{Kind: host.WrongSum, Times: 1}, ends: endsReversed},
	}
	all = append(all, codes(func(code string) behaviour {
		return behaviour{name: "declines " + code, request: host.Fault{Kind: host.Decline, Code: code}, ends: endsDeclined}
	}, "05", "51", "14", "61", "91", "12")...)
	all = append(all, codes(func(code string) behaviour {
		return behaviour{name: "answers " + code + " and has booked nothing", request: host.Fault{Kind: host.Decline, Code: code}, ends: endsDoubt}
	}, "06", "10", "32", "68", "94")...)
	all = append(all, codes(func(code string) behaviour {
		return behaviour{name: "reversal answered three times " + code, request: silent, reversal: host.Fault{Kind: host.Decline, Code: code, Times: 3}, ends: endsReversed}
	}, "25", "96", "94", "91", "12", "21", "30", "76", "05", "A1")...)
	return all
}

// TestBooksAgreeWhateverTheBankDoes: once all is quiet, and people have looked
// into what is in doubt, the bank has taken what we say was paid, and nothing else.
func TestBooksAgreeWhateverTheBankDoes(t *testing.T) {
	t.Parallel()
	for _, tt := range append(behaviours(), guarded()...) {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			timeout := 300 * time.Millisecond
			if tt.ends == endsPaid || tt.ends == endsDeclined {
				timeout = patience // it answers, if the machine lets it
			}
			var theirs *host.MAC
			var ours bank.MAC
			if tt.mac {
				theirs, ours = shared(t)
			}
			w, h := linkedWorld(t, timeout, host.Config{MAC: theirs}, bank.Config{MAC: ours})
			if tt.request.Kind != 0 {
				tt.request.On, tt.request.Times = host.Requests, 1
				h.Fault(tt.request)
			}
			if tt.reversal.Kind != 0 {
				tt.reversal.On = host.Reversals
				h.Fault(tt.reversal)
			}
			ref := w.payByBank()
			if tt.ends == endsDoubt {
				w.clearUp(h, ref)
			}
			p := w.settled(ref, tt.request.Kind == host.Contradict)
			want := map[string]string{endsPaid: "paid", endsDeclined: "declined"}[tt.ends]
			if want == "" {
				want = "reversed"
			}
			if p.Reason != want {
				t.Errorf("ended as %s, want %s: %+v", p.Reason, want, p.Request)
			}
			left, _ := h.Balance(payerAccount)
			cny, _ := money.Lookup("CNY")
			w.balance("bank:icbc", cny.Format(hostFunds-left), cny.Format(hostFunds-left))
			w.balance("merchant:8001", cny.Format(hostFunds-left), cny.Format(hostFunds-left))
			if (tt.ends == endsPaid) != (hostFunds-left == 4500) {
				t.Errorf("the bank took %s", cny.Format(hostFunds-left))
			}
		})
	}
}

// settled waits until nothing more is to come of the payment at the bank.
func (w *world) settled(ref string, contradicted bool) admin.PaymentView {
	w.t.Helper()
	var p admin.PaymentView
	w.until(ref+" to be settled", func() bool {
		var err error
		p, err = w.e.Admin().Payment(w.t.Context(), ref)
		return err == nil && p.State == "done" && !slices.Contains([]string{"reversing", "doubt"}, p.Request.State) &&
			(!contradicted || p.Request.State == "reversed")
	})
	return p
}

// clearUp waits for the doubt and resolves it by the bank's own book.
func (w *world) clearUp(h *host.Host, ref string) {
	w.t.Helper()
	w.until("the bank to say 25", func() bool {
		p, err := w.e.Admin().Payment(w.t.Context(), ref)
		return err == nil && p.Request != nil && p.Request.Reversal == "25"
	})
	if p := w.shown(ref); p.State != "reversing" {
		w.t.Errorf("25 ended it: %+v", p)
	}
	w.pass(25 * time.Hour)
	w.comes(ref, "doubt", "doubt")
	if left, _ := h.Balance(payerAccount); left != hostFunds {
		w.t.Errorf("the bank took %d", hostFunds-left)
	}
	if _, err := w.e.Admin().Resolve(context.Background(), admin.Command{Key: fmt.Sprint("clerk ", ref)}, ref, "reversed", "not in its book"); err != nil {
		w.t.Error(err)
	}
}
