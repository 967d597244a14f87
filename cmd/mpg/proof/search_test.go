package proof

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"unicode/utf16"
)

// needle is one way in which a secret may stand in octets.
type needle struct {
	encoding string
	octets   []byte
	// before and after are the digits at the edges of a BCD that begins in the
	// middle of an octet; -1: none.
	before, after int
	swapped       bool // BCD with the low half first
	// weak needles are so short that chance makes them: six digits in a time
	// stamp, three octets in a hash. One is no leak; see sweep.
	weak bool
}

// weakDigits is how many digits in a row may well occur by chance. Account and card numbers are longer.
const weakDigits = 8

// needles are the encodings of a secret. One of digits has more.
func needles(secret string) []needle {
	plain := []byte(secret)
	all := []needle{{encoding: "ASCII", octets: plain, weak: isWeak(secret)}}
	add := func(encoding string, octets []byte) { all = append(all, needle{encoding: encoding, octets: octets}) }
	add("UTF-16BE", utf16Of(secret, true))
	add("UTF-16LE", utf16Of(secret, false))
	for name, raw := range raws(secret) {
		add("hex of "+name, []byte(hex.EncodeToString(raw)))
		add("HEX of "+name, []byte(strings.ToUpper(hex.EncodeToString(raw))))
		add("list of "+name, []byte(list(raw, "%d", " ")))         // fmt's %v
		add("traceback of "+name, []byte(list(raw, "%#x", ", ")))  // arguments in a Go stack
		add("JSON list of "+name, []byte(list(raw, "%d", ",")))    // encoding/json of an array
		add("spaced hex of "+name, []byte(list(raw, "%02x", " "))) // a dump
		add("hex dump of "+name, []byte(list(raw, "\\x%02x", ""))) // strconv.Quote
		for shift := range 3 {
			add(fmt.Sprintf("base64 of %s, shifted by %d", name, shift), base64Of(raw, shift))
		}
	}
	if isDigits(secret) {
		add("digit bytes", digitsOf(secret))
		all = append(all, bcds(secret)...)
	}
	return all
}

// raws are the octets that hold a secret before anything encodes them.
func raws(secret string) map[string][]byte {
	if isDigits(secret) {
		return map[string][]byte{"ASCII": []byte(secret), "digit bytes": digitsOf(secret)}
	}
	return map[string][]byte{"ASCII": []byte(secret)}
}

func isDigits(s string) bool { return strings.Trim(s, "0123456789") == "" }

// isWeak reports whether the secret may occur by chance.
func isWeak(secret string) bool { return isDigits(secret) && len(secret) <= weakDigits }

func digitsOf(s string) []byte {
	d := []byte(s)
	for i := range d {
		d[i] -= '0'
	}
	return d
}

func list(raw []byte, form, between string) string {
	parts := make([]string, len(raw))
	for i, b := range raw {
		parts[i] = fmt.Sprintf(form, b)
	}
	return strings.Join(parts, between)
}

func utf16Of(s string, big bool) []byte {
	var b []byte
	for _, u := range utf16.Encode([]rune(s)) {
		if big {
			b = append(b, byte(u>>8), byte(u))
		} else {
			b = append(b, byte(u), byte(u>>8))
		}
	}
	return b
}

// base64Of is what of raw stands in any base64 in which shift octets, modulo
// three, come before it: the signs that hold bits of raw alone.
func base64Of(raw []byte, shift int) []byte {
	coded := base64.RawStdEncoding.EncodeToString(append(make([]byte, shift), raw...))
	first := (shift*8 + 5) / 6
	return []byte(coded[first : (shift+len(raw))*8/6])
}

// bcds are the packed forms: both orders of halves, beginning at an octet or in
// the middle of one.
func bcds(secret string) []needle {
	d := digitsOf(secret)
	pack := func(swapped bool, d []byte) (b []byte) {
		for i := 0; i+1 < len(d); i += 2 {
			if swapped {
				b = append(b, d[i+1]<<4|d[i])
			} else {
				b = append(b, d[i]<<4|d[i+1])
			}
		}
		return b
	}
	inner := d[1 : len(d)-1]
	var all []needle
	for _, swapped := range []bool{false, true} {
		name := map[bool]string{false: "BCD", true: "BCD low half first"}[swapped]
		all = append(all,
			needle{encoding: name, octets: pack(swapped, d), before: -1, after: -1, weak: isWeak(secret)},
			needle{encoding: name + ", odd", octets: pack(swapped, inner), before: int(d[0]), after: int(d[len(d)-1]), swapped: swapped, weak: isWeak(secret)})
	}
	return all
}

// in reports the place of the needle in data, or -1.
func (n *needle) in(data []byte) int {
	if n.octets == nil {
		return -1
	}
	odd := strings.HasSuffix(n.encoding, ", odd")
	for from := 0; ; {
		i := bytes.Index(data[from:], n.octets)
		if i < 0 {
			return -1
		}
		i += from
		if !odd || n.edges(data, i) {
			return i
		}
		from = i + 1
	}
}

// edges looks at the halves before and after a packed middle at i.
func (n *needle) edges(data []byte, i int) bool {
	end := i + len(n.octets)
	if i == 0 || end >= len(data) {
		return false
	}
	first, last := int(data[i-1]&0x0f), int(data[end]>>4)
	if n.swapped {
		first, last = int(data[i-1]>>4), int(data[end]&0x0f)
	}
	return first == n.before && last == n.after
}

// source is one thing that may not hold secrets.
type source struct {
	name   string
	octets []byte
	// but names the groups of secrets that stand there by right, such as the
	// password in a bind.
	but []string
}

// group is secrets that have gone the same ways: what leaks of one leaks of all.
type group struct {
	name    string
	secrets []string
	strong  bool // weak encodings say nothing: the secrets are too short
}

// severalLeak is how many secrets of a group have to be found in a weak encoding
// in one source: chance finds one now and then, and not another beside it.
const severalLeak = 2

// sweep looks for all secrets in all sources and tells what leaks where. It
// never tells the secret.
func sweep(sources []source, groups []group) (leaks []string) {
	for _, s := range sources {
		for _, g := range groups {
			if slices.Contains(s.but, g.name) {
				continue
			}
			weak := map[string]int{}
			for i, secret := range g.secrets {
				for _, n := range needles(secret) {
					at := n.in(s.octets)
					if at < 0 || n.weak && g.strong {
						continue
					}
					if n.weak {
						weak[n.encoding]++
						continue
					}
					leaks = append(leaks, fmt.Sprintf("%s: %s %d as %s at octet %d", s.name, g.name, i, n.encoding, at))
				}
			}
			for encoding, found := range weak {
				if found >= severalLeak || len(g.secrets) < severalLeak {
					leaks = append(leaks, fmt.Sprintf("%s: %d of %d %s as %s", s.name, found, len(g.secrets), g.name, encoding))
				}
			}
		}
	}
	return leaks
}

// TestSearchFinds plants a PIN and a password in every encoding, among noise,
// and finds each by that encoding.
func TestSearchFinds(t *testing.T) {
	t.Parallel()
	rng := chance(t)
	for _, secret := range []string{"582193", "007460", "s3cr3t-w"} {
		for _, n := range needles(secret) {
			noise := make([]byte, 5000)
			for i := range noise {
				noise[i] = byte(rng.Uint32())
			}
			at := 1 + rng.IntN(4000)
			plant(noise, at, &n)
			if got := n.in(noise); got < 0 || got > at {
				t.Errorf("%s is found at %d, was planted at %d", n.encoding, got, at)
			}
			wiped := bytes.ReplaceAll(noise, n.octets, make([]byte, len(n.octets)))
			if got := n.in(wiped); got >= 0 {
				t.Errorf("%s is found at %d where there is none", n.encoding, got)
			}
		}
	}
}

// plant writes the needle at i.
func plant(data []byte, i int, n *needle) {
	copy(data[i:], n.octets)
	if !strings.HasSuffix(n.encoding, ", odd") {
		return
	}
	end := i + len(n.octets)
	if n.swapped {
		data[i-1] = data[i-1]&0x0f | byte(n.before)<<4
		data[end] = data[end]&0xf0 | byte(n.after)
		return
	}
	data[i-1] = data[i-1]&0xf0 | byte(n.before)
	data[end] = data[end]&0x0f | byte(n.after)<<4
}

// TestSearchByStrangersHands: encodings made by other code than the searcher's
// are found too, wherever they begin.
func TestSearchByStrangersHands(t *testing.T) {
	t.Parallel()
	const pin = "582193"
	pins := []group{{name: rightPINs, secrets: []string{pin}}}
	for name, written := range map[string]string{
		"a log line":    `level=INFO msg="got 582193"`,
		"%v of octets":  fmt.Sprintf("%v", []byte(pin)),
		"%v of digits":  fmt.Sprintf("%v", [6]byte{5, 8, 2, 1, 9, 3}),
		"%#v of digits": fmt.Sprintf("%#v", []byte{5, 8, 2, 1, 9, 3}),
		"%x":            fmt.Sprintf("%x", pin),
		"% x":           fmt.Sprintf("% x", pin),
		"ISO 8583 DE52": "\x30\x58\x21\x93\x00",
		"odd BCD":       "\x05\x82\x19\x3f",
		"swapped":       "\x85\x12\x39",
		"a wide string": "5\x008\x002\x001\x009\x003\x00",
		"base64":        base64.StdEncoding.EncodeToString([]byte("PIN=" + pin + ";")),
		"base64, 1":     base64.StdEncoding.EncodeToString([]byte("xPIN=" + pin + ";")),
		"base64, 2":     base64.URLEncoding.EncodeToString([]byte("xxPIN=" + pin + ";")),
		"JSON":          `{"digits":[5,8,2,1,9,3]}`,
	} {
		if leaks := sweep([]source{{name: name, octets: []byte("before" + written + "after")}}, pins); len(leaks) == 0 {
			t.Errorf("%s is not found: %q", name, written)
		}
	}
	if leaks := sweep([]source{{name: "others", octets: []byte("582139 85 12 93 [5 8 2 1 9 4]")}}, pins); len(leaks) > 0 {
		t.Errorf("found where there is none: %q", leaks)
	}
}

// TestChanceIsNoLeak: megabytes of noise with a weak encoding of one PIN are no
// leak, of two they are; a strong one always is.
func TestChanceIsNoLeak(t *testing.T) {
	t.Parallel()
	rng := rand.New(rand.NewPCG(1, 2))
	noise := make([]byte, 1<<16)
	for i := range noise {
		noise[i] = byte(rng.Uint32())
	}
	pins := []group{{name: rightPINs, secrets: []string{"582193", "640175", "931804"}}}
	plantIn := func(secret, encoding string) []byte {
		data := bytes.Clone(noise)
		for _, n := range needles(secret) {
			if n.encoding == encoding {
				plant(data, 1000, &n)
			}
		}
		return data
	}
	if leaks := sweep([]source{{name: "noise", octets: plantIn("582193", "BCD")}}, pins); len(leaks) != 0 {
		t.Errorf("chance is called a leak: %q", leaks)
	}
	two := append(plantIn("582193", "BCD"), plantIn("931804", "BCD")...)
	if leaks := sweep([]source{{name: "noise", octets: two}}, pins); len(leaks) != 1 {
		t.Errorf("two PINs: %q", leaks)
	}
	if leaks := sweep([]source{{name: "noise", octets: plantIn("640175", "digit bytes")}}, pins); len(leaks) != 1 {
		t.Errorf("a strong one: %q", leaks)
	}
}
