package dtmf

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"
)

func digitsOf(t *testing.T, keys string) Digits {
	t.Helper()
	var d Digits
	for _, k := range []byte(keys) {
		if !d.Append(k) {
			t.Fatalf("%q was not taken", k)
		}
	}
	return d
}

func TestDigitsHoldKeys(t *testing.T) {
	t.Parallel()
	d := digitsOf(t, "0123456789*#ABCD")
	if d.Len() != DigitsMax || d.At(0) != '0' || d.At(15) != 'D' {
		t.Errorf("holds %d, from %q to %q", d.Len(), d.At(0), d.At(15))
	}
	if d.Append('1') {
		t.Error("took one too many")
	}
	d.Wipe()
	if d != (Digits{}) {
		t.Error("not empty after Wipe")
	}
	if d.Append('a') || d.Append(0) {
		t.Error("took what is no key")
	}
}

func TestDigitsAreCompared(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		a, b string
		want bool
	}{
		{"", "", true}, {"582193", "582193", true}, {"582193", "582194", false},
		{"58219", "582193", false}, {"000000", "00000", false},
	} {
		a, b := digitsOf(t, c.a), digitsOf(t, c.b)
		if got := a.Equal(&b); got != c.want {
			t.Errorf("%d and %d digits: %v", a.Len(), b.Len(), got)
		}
	}
}

// Every way of printing is tried; the PIN may not come out as text, as
// numbers of its octets, or as their hex.
func TestDigitsAreNeverPrinted(t *testing.T) {
	t.Parallel()
	d := digitsOf(t, "582193")
	var printed []string
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%c", "%U", "%T %v", "%10s", "%!"} {
		printed = append(printed, fmt.Sprintf(verb, d), fmt.Sprintf(verb, &d),
			fmt.Sprintf(verb, []Digits{d}), fmt.Sprintf(verb, map[string]Digits{"k": d}),
			fmt.Sprintf(verb, struct{ D Digits }{d}), fmt.Sprintf(verb, struct{ D *Digits }{&d}))
	}
	for _, v := range []any{d, &d, []Digits{d}, struct{ D Digits }{d}, map[string]*Digits{"k": &d}} {
		b, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		var text, js bytes.Buffer
		slog.New(slog.NewTextHandler(&text, nil)).Info("x", "d", v, slog.Any("v", v))
		slog.New(slog.NewJSONHandler(&js, nil)).Info("x", "d", v)
		printed = append(printed, string(b), text.String(), js.String())
	}
	b, err := d.MarshalText()
	if err != nil {
		t.Fatal(err)
	}
	printed = append(printed, string(b), d.String(), d.GoString(), d.LogValue().String(), fmt.Sprint(fmt.Errorf("pin %v", d)))
	for _, p := range printed {
		if leaks(p) {
			t.Errorf("printed %s", p)
		}
	}
}

func leaks(s string) bool {
	for _, form := range []string{"582193", "5 8 2 1 9 3", "53 56 50", "353832", "35 38 32", "0x35", "NTgyMTkz"} {
		if strings.Contains(s, form) {
			return true
		}
	}
	return false
}

// The judge must be able to say no.
func TestALeakIsSeen(t *testing.T) {
	t.Parallel()
	keys := []byte("582193")
	for _, verb := range []string{"%v", "%s", "%x", "%#v", "% x"} {
		if !leaks(fmt.Sprintf(verb, keys)) {
			t.Errorf("%s of bare octets was not seen", verb)
		}
	}
}
