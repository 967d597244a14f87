package keyring_test

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"mpg/engine/bank/cbcmac"
	"mpg/engine/bank/keyring"
)

// Components of the tests, of no bank, and their check values.
const (
	half       = "0123456789ABCDEFFEDCBA9876543210"
	halfCheck  = "08D7B4"
	other      = "404142434445464748494A4B4C4D4E4F"
	otherCheck = "8BAF47"
	// whole is the exclusive or of both.
	whole      = "41620724CDEE8BA8B695F0D33A197C5F"
	wholeCheck = "1BF19F"
)

func at() time.Time { return time.Date(2026, 11, 26, 9, 0, 0, 0, time.UTC) }

func entry(component, check, by string) keyring.Entry {
	return keyring.Entry{Slot: keyring.Zone, Cipher: cbcmac.DES3, Component: component, Check: check, By: by}
}

func file(t testing.TB) string { t.Helper(); return filepath.Join(t.TempDir(), "bank-icbc.key") }

// TestTwoPeople: two people enter one component each, and nobody knows the key.
func TestTwoPeople(t *testing.T) {
	t.Parallel()
	path := file(t)
	first, err := keyring.Enter(path, at(), entry(half, halfCheck, "Li"))
	if err != nil || first.Component != halfCheck || first.Key != "" {
		t.Fatalf("first: %+v, %v", first, err)
	}
	for name, tt := range map[string]struct {
		entry keyring.Entry
		want  error
	}{
		"the same person":       {entry(other, otherCheck, "Li"), keyring.ErrSamePerson},
		"the same component":    {entry(half, halfCheck, "Wang"), keyring.ErrSameComponent},
		"a slip of the finger":  {entry(strings.Replace(other, "4F", "4C", 1), otherCheck, "Wang"), keyring.ErrCheckValue},
		"no check value":        {entry(other, "", "Wang"), keyring.ErrCheckValue},
		"half a check value":    {entry(other, otherCheck[:3], "Wang"), keyring.ErrCheckValue},
		"not hexadecimal":       {entry("xyzw", otherCheck, "Wang"), keyring.ErrForm},
		"too short":             {entry(other[:20], otherCheck, "Wang"), cbcmac.ErrKey},
		"half as long":          {entry(other[:16], "D5D44F", "Wang"), keyring.ErrCheckValue},
		"for the other slot":    {keyring.Entry{Slot: keyring.MACKey, Cipher: cbcmac.DES3, Component: other, Check: otherCheck, By: "Wang"}, keyring.ErrOtherKey},
		"of the other cipher":   {keyring.Entry{Slot: keyring.Zone, Cipher: cbcmac.AES, Component: other, Check: "6F2F", By: "Wang"}, keyring.ErrOtherKey},
		"nothing at all":        {entry("", "", "Wang"), keyring.ErrForm},
		"an unknown cipher key": {entry(strings.Repeat("0", 34), "8CA6", "Wang"), cbcmac.ErrKey},
	} {
		got, err := keyring.Enter(path, at(), tt.entry)
		if !errors.Is(err, tt.want) {
			t.Errorf("%s: got %+v, %v, want %v", name, got, err, tt.want)
		}
		if err != nil && tt.entry.Component != "" && strings.Contains(err.Error(), tt.entry.Component[:4]) {
			t.Errorf("%s: the error has some of the component: %v", name, err)
		}
	}
	second, err := keyring.Enter(path, at(), entry(strings.ToLower(other), otherCheck[:4], "Wang"))
	if err != nil || second.Component != otherCheck || second.Key != wholeCheck || fmt.Sprint(second.By) != "[Li Wang]" {
		t.Fatalf("second: %+v, %v", second, err)
	}
	text, err := os.ReadFile(path)
	if err != nil || !bytes.Contains(bytes.ToUpper(text), []byte(whole)) || bytes.Contains(bytes.ToUpper(text), []byte(half)) {
		t.Errorf("the file lacks the key or still has a component (%v)", err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the file has mode %v (%v)", info.Mode(), err)
	}
}

// TestAnew: a first component that was entered by mistake is forgotten when asked for.
func TestAnew(t *testing.T) {
	t.Parallel()
	path := file(t)
	for _, e := range []keyring.Entry{
		{Slot: keyring.MACKey, Cipher: cbcmac.AES, Component: strings.Repeat("00", 16), Check: "0D77", By: "Li"},
		{Slot: keyring.Zone, Cipher: cbcmac.DES3, Component: half, Check: halfCheck, By: "Li", Anew: true},
		entry(other, otherCheck, "Wang"),
	} {
		if _, err := keyring.Enter(path, at(), e); err != nil && e.Cipher == cbcmac.DES3 {
			t.Fatal(err)
		}
	}
	if r := open(t, path); check(r, "zone") != wholeCheck || !r.Checks()[0].Since.Equal(at()) {
		t.Errorf("keys: %v", r.Checks())
	}
}

func open(t testing.TB, path string) *keyring.Ring {
	t.Helper()
	r, err := keyring.Open(keyring.Config{Path: path, Algorithm: cbcmac.X919, Padding: cbcmac.Zeros, Grace: time.Minute})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func check(r *keyring.Ring, key string) string {
	for _, c := range r.Checks() {
		if c.Key == key {
			return c.Value
		}
	}
	return ""
}

// sealed returns what a bank sends: a key under the zone master key, and its check value.
func sealed(t testing.TB, fill byte) (digits, value string, mac *cbcmac.MAC) {
	t.Helper()
	zone, err := hex.DecodeString(whole)
	if err != nil {
		t.Fatal(err)
	}
	block, err := cbcmac.NewCipher(cbcmac.DES3, zone)
	if err != nil {
		t.Fatal(err)
	}
	plain := bytes.Repeat([]byte{fill << 1}, 16) // the lowest bit is parity, and makes no other key
	plain[0] ^= 0x55
	if value, err = cbcmac.CheckValue(cbcmac.DES3, plain); err != nil {
		t.Fatal(err)
	}
	if mac, err = cbcmac.New(cbcmac.X919, cbcmac.Zeros, plain); err != nil {
		t.Fatal(err)
	}
	out := make([]byte, 16)
	block.Encrypt(out, plain[:8])
	block.Encrypt(out[8:], plain[8:])
	return hex.EncodeToString(out), value, mac
}

func withZone(t testing.TB) string {
	t.Helper()
	path := file(t)
	for _, e := range []keyring.Entry{entry(half, halfCheck, "Li"), entry(other, otherCheck, "Wang")} {
		if _, err := keyring.Enter(path, at(), e); err != nil {
			t.Fatal(err)
		}
	}
	return path
}

// TestExchange follows a key from the bank's message to its successor, over restarts.
func TestExchange(t *testing.T) {
	t.Parallel()
	path, data := withZone(t), []byte("0210")
	r := open(t, path)
	if r.Ready() {
		t.Error("ready without a key")
	}
	if _, err := r.Sum(data); !errors.Is(err, keyring.ErrNoKey) {
		t.Errorf("a MAC without a key: %v", err)
	}
	offer := func(fill byte) *cbcmac.MAC {
		digits, value, mac := sealed(t, fill)
		if got, err := r.Offer(at(), digits, value); err != nil || got != value {
			t.Fatalf("offer: %s, %v, want %s", got, err, value)
		}
		return mac
	}
	use := func(now time.Time) {
		if err := r.Use(now); err != nil {
			t.Fatal(err)
		}
	}
	first := offer(1)
	if r.Ready() || !r.Unsure() {
		t.Error("a key is in use that was only offered")
	}
	use(at())
	second := offer(2)
	good := func(mac *cbcmac.MAC, now time.Time) bool { return r.Verify(now, data, mac.Sum(data), 8) }
	if code, err := r.Sum(data); err != nil || code != first.Sum(data) {
		t.Errorf("the next key is used too early (%v)", err)
	}
	// mpg stops before the bank is told: either may be right, and what the bank does shows it.
	r = open(t, path)
	if !r.Unsure() || !good(first, at()) || !good(second, at()) || r.Unsure() {
		t.Errorf("after a restart: %v", r.Checks())
	}
	if code, _ := r.Sum(data); code != second.Sum(data) {
		t.Error("the key that the bank uses is not used")
	}
	if again := open(t, path); check(again, "mac") != check(r, "mac") || again.Unsure() {
		t.Errorf("after another restart: %v", again.Checks())
	}
	if !good(first, at().Add(time.Minute)) || good(first, at().Add(time.Minute+1)) {
		t.Error("the key before does not count for just a minute")
	}
	offer(2) // the bank repeats itself
	use(at())
	if !good(first, at()) {
		t.Error("the key before is lost by a repeat")
	}
	third := offer(3)
	use(at())
	if good(first, at()) || !good(second, at()) || !good(third, at()) {
		t.Error("more than one key before counts, or none")
	}
	offer(4)
	offer(3) // the bank goes back to the key in use before it has begun with the next
	use(at())
	if code, _ := r.Sum(data); code != third.Sum(data) || r.Unsure() {
		t.Error("a key is used that the bank has taken back")
	}
}

func TestOffersThatAreRefused(t *testing.T) {
	t.Parallel()
	path := withZone(t)
	r := open(t, path)
	digits, value, _ := sealed(t, 1)
	if _, err := r.Offer(at(), digits, value); err != nil {
		t.Fatal(err)
	}
	before := fmt.Sprint(r.Checks())
	for name, tt := range map[string]struct {
		digits, check string
		want          error
	}{
		"another check value":  {digits, "000000", keyring.ErrCheckValue},
		"no check value":       {digits, "", keyring.ErrCheckValue},
		"a changed key":        {"00" + digits[2:], value, keyring.ErrCheckValue},
		"not hexadecimal":      {"key", value, keyring.ErrForm},
		"nothing":              {"", "", keyring.ErrForm},
		"half a block":         {digits[:24], value, keyring.ErrForm},
		"three keys in length": {digits + digits[:16], value, cbcmac.ErrKey},
	} {
		if got, err := r.Offer(at(), tt.digits, tt.check); !errors.Is(err, tt.want) || fmt.Sprint(r.Checks()) != before {
			t.Errorf("%s: %s, %v, want %v; keys %v", name, got, err, tt.want, r.Checks())
		}
	}
	if _, err := open(t, file(t)).Offer(at(), digits, value); !errors.Is(err, keyring.ErrNoKey) {
		t.Errorf("without a zone master key: %v", err)
	}
	for _, e := range []keyring.Entry{entry(half, halfCheck, "Li"), entry(strings.Repeat("31", 16), "", "Wang")} {
		e.Check, _ = cbcmac.CheckValue(cbcmac.DES3, decode(t, e.Component))
		if _, err := keyring.Enter(path, at(), e); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := r.Offer(at(), digits, value); err == nil || !strings.Contains(err.Error(), "restart") {
		t.Errorf("under another zone master key than at the start: %v", err)
	}
	if again := open(t, path); check(again, "next") != "" || check(again, "zone") == wholeCheck {
		t.Errorf("keys under the zone master key before are kept: %v", again.Checks())
	}
}

func decode(t testing.TB, digits string) []byte {
	t.Helper()
	b, err := hex.DecodeString(digits)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestFilesThatAreRefused(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		text string
		mode os.FileMode
		want string
	}{
		"others may read it": {"{}", 0o644, "others may read"},
		"not a key file":     {half, 0o600, "is not a key file"},
		"a key of AES":       {`{"mac":{"cipher":"aes","secret":"` + half + `","check":"504A08"}}`, 0o600, "needs one for 3des"},
		"no digits":          {`{"mac":{"cipher":"3des","secret":"x"}}`, 0o600, "hexadecimal"},
		"sealed, no zone":    {`{"mac":{"cipher":"3des","sealed":true,"secret":"` + half + `"}}`, 0o600, "no such key"},
	} {
		path := file(t)
		if err := os.WriteFile(path, []byte(tt.text), tt.mode); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(path, tt.mode); err != nil {
			t.Fatal(err)
		}
		_, err := keyring.Open(keyring.Config{Path: path, Algorithm: cbcmac.X919, Padding: cbcmac.Zeros})
		if err == nil || !strings.Contains(err.Error(), tt.want) || strings.Contains(err.Error(), half[:6]) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestTwoProcesses: the daemon takes keys from the bank while people enter others; no change
// is lost.
func TestTwoProcesses(t *testing.T) {
	t.Parallel()
	path := withZone(t)
	r := open(t, path)
	digits, value, _ := sealed(t, 1)
	var both sync.WaitGroup
	both.Go(func() {
		if _, err := r.Offer(at(), digits, value); err != nil {
			t.Error(err)
		}
	})
	both.Go(func() {
		if _, err := keyring.Enter(path, at(), entry(half, halfCheck, "Li")); err != nil {
			t.Error(err)
		}
	})
	both.Wait()
	if again := open(t, path); check(again, "next") != value {
		t.Errorf("the key of the bank is lost: %v", again.Checks())
	}
	if got, err := keyring.Enter(path, at(), entry(other, otherCheck, "Wang")); err != nil || got.Key != wholeCheck {
		t.Errorf("the first component is lost: %+v, %v", got, err)
	}
}
