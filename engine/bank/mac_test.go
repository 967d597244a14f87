package bank_test

import (
	"bytes"
	"errors"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"mpg/engine/bank"
	"mpg/engine/bank/cbcmac"
	"mpg/engine/bank/host"
	"mpg/engine/bank/iso8583"
	"mpg/engine/bank/keyring"
)

// The keys of the tests, of no bank.
const (
	zoneHalf  = "0123456789ABCDEFFEDCBA9876543210"
	zoneOther = "00112233445566778899AABBCCDDEEFF"
	macHalf   = "404142434445464748494A4B4C4D4E4F"
	macOther  = "A0A1A2A3A4A5A6A7A8A9AAABACADAEAF"
)

// guarding is how a bank and a link authenticate their messages.
type guarding struct {
	algorithm cbcmac.Algorithm
	padding   cbcmac.Padding
	octets    int
	on        string // as in host.MAC
	element   iso8583.DE
	every     time.Duration
	dialect   string
	keyless   bool // the bank has to send the first key
}

// enter puts a key into the file at path, as two people do.
func enter(t testing.TB, path string, slot keyring.Slot, cipher cbcmac.Cipher, halves ...string) {
	t.Helper()
	for i, half := range halves {
		secret := unhex(t, half)
		check, err := cbcmac.CheckValue(cipher, secret)
		if err != nil {
			t.Fatal(err)
		}
		_, err = keyring.Enter(path, time.Now(), keyring.Entry{Slot: slot, Cipher: cipher, Component: half, Check: check, By: []string{"Li", "Wang"}[i]})
		if err != nil {
			t.Fatal(err)
		}
	}
}

func xor(a, b []byte) []byte {
	out := bytes.Clone(a)
	for i := range out {
		out[i] ^= b[i]
	}
	return out
}

// newGuarded makes a bank and a link that share keys.
func newGuarded(t *testing.T, g guarding, change func(*bank.Config)) (*world, *keyring.Ring) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "bank-icbc.key")
	cipher := cbcmac.CipherOf(g.algorithm)
	enter(t, path, keyring.Zone, cipher, zoneHalf, zoneOther)
	rules := &host.MAC{Algorithm: g.algorithm, Padding: g.padding, Octets: g.octets, On: g.on, KeyElement: g.element, Cipher: cipher,
		Zone: xor(unhex(t, zoneHalf), unhex(t, zoneOther))}
	if !g.keyless {
		enter(t, path, keyring.MACKey, cipher, macHalf, macOther)
		rules.Key = xor(unhex(t, macHalf), unhex(t, macOther))
	}
	ring, err := keyring.Open(keyring.Config{Path: path, Algorithm: g.algorithm, Padding: g.padding, Grace: 2 * timeout})
	if err != nil {
		t.Fatal(err)
	}
	w := newWorldWith(t, host.Config{MAC: rules, Dialect: g.dialect}, func(c *bank.Config) {
		c.Dialect = g.dialect
		c.MAC = bank.MAC{Keys: ring, Octets: g.octets, KeyElement: g.element, KeyEvery: g.every}
		for digit, class := range map[string]bank.MACClass{"1": bank.MACAuthorization, "2": bank.MACFinancial, "4": bank.MACReversal, "8": bank.MACNetwork} {
			if strings.Contains(g.on, digit) {
				c.MAC.On = append(c.MAC.On, class)
			}
		}
		if change != nil {
			change(c)
		}
	})
	return w, ring
}

func guardings() map[string]guarding {
	return map[string]guarding{
		"X9.19, padding 1":            {algorithm: cbcmac.X919, padding: cbcmac.Zeros, octets: 8, on: "124"},
		"X9.19, padding 2, 4 octets":  {algorithm: cbcmac.X919, padding: cbcmac.Bit, octets: 4, on: "1248"},
		"AES-CMAC":                    {algorithm: cbcmac.CMAC, octets: 8, on: "1248"},
		"AES-CMAC, the binary form":   {algorithm: cbcmac.CMAC, octets: 8, on: "124", dialect: iso8583.ISO87Binary},
		"X9.19, the binary form, all": {algorithm: cbcmac.X919, padding: cbcmac.Bit, octets: 8, on: "1248", dialect: iso8583.ISO87Binary},
	}
}

// TestAuthenticated: requests, advices and reversals pass with MACs on both sides, and a
// repeat, which is another message, has a MAC of its own.
func TestAuthenticated(t *testing.T) {
	t.Parallel()
	for name, g := range guardings() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				w, _ := newGuarded(t, g, nil)
				w.start()
				if got, err := w.authorize(t.Context(), w.request(rich, 1)); err != nil || !got.Approved {
					t.Fatalf("authorize: %+v, %v", got, err)
				}
				w.wantBalance(rich, opening-flowers)
				for _, repeat := range []bool{false, true, true} {
					if got, err := w.undo(t.Context(), w.request(rich, 1), repeat); err != nil || got.Outcome != bank.UndoDone {
						t.Fatalf("reverse: %+v, %v", got, err)
					}
				}
				w.wantBalance(rich, opening)
				time.Sleep(3 * echoTime)
				if !w.link.Up() {
					t.Error("the link is down after some echoes")
				}
				if n := w.outcomes(host.Unauthentic); n != 0 {
					t.Errorf("the bank could not verify %d messages", n)
				}
			})
		})
	}
}

// outcomes counts the entries of the bank's journal with that outcome.
func (w *world) outcomes(of host.Outcome) int {
	n := 0
	for _, e := range w.host.Journal() {
		if e.Outcome == of {
			n++
		}
	}
	return n
}

// TestAnswerWithoutItsMAC: an answer whose MAC is missing or wrong is silence, so that the
// request is reversed, and the cause and a counter say why.
func TestAnswerWithoutItsMAC(t *testing.T) {
	t.Parallel()
	for name, g := range guardings() {
		for fault, word := range map[host.Kind]string{host.WrongMAC: "wrong", host.NoMAC: "missing"} {
			t.Run(name+", "+word, func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					var log bytes.Buffer
					w, _ := newGuarded(t, g, func(c *bank.Config) { c.Log = slog.New(slog.NewTextHandler(&log, nil)) })
					w.start()
					w.host.Fault(host.Fault{Kind: fault, On: host.Requests, Times: 1})
					w.host.Fault(host.Fault{Kind: fault, On: host.Reversals, Times: 1})
					start := time.Now()
					_, err := w.authorize(t.Context(), w.request(rich, 1))
					if !errors.Is(err, bank.ErrUnknown) || bank.Cause(err) != "mac" || time.Since(start) != timeout {
						t.Errorf("got %v after %v, want silence", err, time.Since(start))
					}
					w.wantBalance(rich, opening-flowers)
					if _, err := w.undo(t.Context(), w.request(rich, 1), false); !errors.Is(err, bank.ErrUnknown) {
						t.Errorf("reversal: %v, want silence", err)
					}
					if got, err := w.undo(t.Context(), w.request(rich, 1), true); err != nil || got.Outcome != bank.UndoDone {
						t.Errorf("reversal again: %+v, %v", got, err)
					}
					w.wantBalance(rich, opening)
					stats := w.link.Stats()
					if stats.MAC[word] != 2 || stats.Unsure["mac"] != 2 {
						t.Errorf("counted %v and %v", stats.MAC, stats.Unsure)
					}
					if len(w.lates()) != 0 {
						t.Errorf("an answer that is not authentic was passed on: %+v", w.lates())
					}
					if !strings.Contains(log.String(), "treated as not received") {
						t.Error("no line in the log")
					}
				})
			})
		}
	}
}

// TestHostReversalWithoutItsMAC: nothing is done and nothing is answered.
func TestHostReversalWithoutItsMAC(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g := guarding{algorithm: cbcmac.X919, padding: cbcmac.Zeros, octets: 8, on: "24"}
		told := 0
		w, _ := newGuarded(t, g, func(c *bank.Config) {
			c.OnHost = func(bank.HostMessage) (bool, error) { told++; return true, nil }
			c.Dial = altering(c.Dial, func(packed []byte) []byte {
				if bytes.HasPrefix(packed, []byte("0421")) {
					packed[len(packed)-1] ^= 1
				}
				return packed
			})
		})
		w.start()
		w.host.Send(own("0421", ""))
		synctest.Wait()
		if told != 0 || len(w.answersTo("0421")) != 0 {
			t.Errorf("told %d times, answered %v", told, w.answersTo("0421"))
		}
		w.host.Send(own("0420", ""))
		synctest.Wait()
		if told != 1 || len(w.answersTo("0420")) != 1 {
			t.Errorf("with a MAC: told %d times, answered %v", told, w.answersTo("0420"))
		}
	})
}

// TestKeysChange: a key that the bank sends is used from then on, and one that mpg asks for,
// too. What is on its way under the key before still counts.
func TestKeysChange(t *testing.T) {
	t.Parallel()
	for name, g := range map[string]guarding{
		"in DE48":                 {algorithm: cbcmac.X919, padding: cbcmac.Bit, octets: 8, on: "1248"},
		"in DE96":                 {algorithm: cbcmac.X919, padding: cbcmac.Zeros, octets: 8, on: "124", element: iso8583.DESecurity},
		"in DE96, 1993":           {algorithm: cbcmac.X919, padding: cbcmac.Zeros, octets: 8, on: "124", element: iso8583.DESecurity, dialect: iso8583.ISO93},
		"in DE96, 1993, binary":   {algorithm: cbcmac.CMAC, octets: 8, on: "1248", element: iso8583.DESecurity, dialect: iso8583.ISO93Binary},
		"asked for in DE96, 1993": {algorithm: cbcmac.X919, padding: cbcmac.Bit, octets: 8, on: "124", element: iso8583.DESecurity, every: time.Hour, keyless: true, dialect: iso8583.ISO93},
		"AES":                     {algorithm: cbcmac.CMAC, octets: 8, on: "1248"},
		"AES, binary, asked for":  {algorithm: cbcmac.CMAC, octets: 8, on: "124", every: time.Hour, keyless: true, dialect: iso8583.ISO87Binary},
		"asked for":               {algorithm: cbcmac.X919, padding: cbcmac.Zeros, octets: 8, on: "124", every: time.Hour, keyless: true},
		"the bank sends all":      {algorithm: cbcmac.X919, padding: cbcmac.Zeros, octets: 8, on: "124", keyless: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				w, ring := newGuarded(t, g, nil)
				w.start()
				if g.keyless && g.every == 0 {
					if _, err := w.authorize(t.Context(), w.request(rich, 9)); w.link.Up() || !errors.Is(err, bank.ErrDown) {
						t.Errorf("without a key: up %t, %v", w.link.Up(), err)
					}
					if err := w.host.ChangeKey(); err != nil {
						t.Fatal(err)
					}
					synctest.Wait()
				}
				before := value(ring, "mac")
				w.host.Fault(host.Fault{Kind: host.LateAnswer, On: host.Requests, Delay: time.Second, Times: 1})
				done := make(chan error, 1)
				go func() {
					_, err := w.authorize(t.Context(), w.request(rich, 1))
					done <- err
				}()
				synctest.Wait()
				if err := w.host.ChangeKey(); err != nil {
					t.Fatal(err)
				}
				synctest.Wait()
				if after := value(ring, "mac"); after == before || value(ring, "before") != before {
					t.Errorf("the key was %s and is %s, before it %s", before, after, value(ring, "before"))
				}
				if err := <-done; err != nil {
					t.Errorf("the answer during the change: %v", err)
				}
				if got, err := w.authorize(t.Context(), w.request(rich, 2)); err != nil || !got.Approved {
					t.Errorf("after the change: %+v, %v", got, err)
				}
				if g.every > 0 {
					was := value(ring, "mac")
					time.Sleep(g.every + time.Minute)
					if value(ring, "mac") == was {
						t.Error("no new key after an hour")
					}
				}
				if got, err := w.authorize(t.Context(), w.request(rich, 3)); err != nil || !got.Approved {
					t.Errorf("at the end: %+v, %v", got, err)
				}
				if n := w.outcomes(host.Unauthentic); n != 0 {
					t.Errorf("the bank could not verify %d messages", n)
				}
			})
		})
	}
}

// value returns the check value of a key, or "".
func value(ring *keyring.Ring, key string) string {
	for _, check := range ring.Checks() {
		if check.Key == key {
			return check.Value
		}
	}
	return ""
}

// TestKeyThatCannotBeTaken: a key with another check value is refused, and the one in use
// stays. No part of either is in the log.
func TestKeyThatCannotBeTaken(t *testing.T) {
	t.Parallel()
	for name, content := range map[string]string{
		"another check value": strings.Repeat("31", 16) + "FFFFFF",
		"no digits":           strings.Repeat("G", 32) + "FFFFFF",
		"too short":           "3131" + "FFFFFF",
		"no key":              "",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				var log bytes.Buffer
				w, ring := newGuarded(t, guarding{algorithm: cbcmac.X919, padding: cbcmac.Zeros, octets: 8, on: "124"},
					func(c *bank.Config) { c.Log = slog.New(slog.NewTextHandler(&log, nil)) })
				w.start()
				was := value(ring, "mac")
				m := own("0800", iso8583.KeyChange)
				m.Set(iso8583.DEAdditional, content)
				w.host.Send(m)
				synctest.Wait()
				if codes := w.answersTo("0800"); len(codes) != 1 || codes[0] != "63" {
					t.Errorf("answered %v", codes)
				}
				if value(ring, "mac") != was || value(ring, "next") != "" || w.link.Stats().Keys["refused"] != 1 {
					t.Errorf("keys %v, counted %v", ring.Checks(), w.link.Stats().Keys)
				}
				if content != "" && strings.Contains(log.String(), content[:8]) {
					t.Errorf("the log has some of the key:\n%s", log.String())
				}
				if got, err := w.authorize(t.Context(), w.request(rich, 2)); err != nil || !got.Approved {
					t.Errorf("under the key before: %+v, %v", got, err)
				}
			})
		})
	}
}
