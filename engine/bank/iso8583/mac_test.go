package iso8583_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"strings"
	"testing"

	"mpg/engine/bank/iso8583"
)

// digest stands in for a MAC: the dialect knows nothing of keys.
func digest(data []byte) (iso8583.Code, error) {
	sum := sha256.Sum256(data)
	return iso8583.Code(sum[:]), nil
}

// TestMAC: a MAC is the last element, its bit is set, the bitmap with that bit is part of
// what it is made of, and the rest of the message stays as it is.
func TestMAC(t *testing.T) {
	t.Parallel()
	for _, d := range all(t) {
		for name, message := range vectors() {
			plain, err := d.Pack(message)
			if err != nil {
				t.Fatal(err)
			}
			before := bytes.Clone(plain)
			if _, _, found := d.MAC(plain); found {
				t.Errorf("%s %s: a MAC is found where there is none", d.Name(), name)
			}
			sent, err := d.Authenticate(plain, digest)
			if err != nil {
				t.Fatalf("%s %s: %v", d.Name(), name, err)
			}
			if !bytes.Equal(plain, before) {
				t.Errorf("%s %s: the packed message was changed", d.Name(), name)
			}
			read, err := d.Unpack(sent)
			if err != nil {
				t.Fatalf("%s %s: %v", d.Name(), name, err)
			}
			place := iso8583.DEMAC
			for de := iso8583.DEMAC + 1; de < iso8583.DESecondMAC; de++ {
				if message.Get(de) != "" {
					place = iso8583.DESecondMAC
				}
			}
			data, code, found := d.MAC(sent)
			want, _ := digest(sent[:len(data)])
			if !found || code != want || !bytes.HasPrefix(sent, data) || read.Get(place) != strings.ToUpper(hex.EncodeToString(code[:])) {
				t.Errorf("%s %s: DE%d is %q, the MAC is %X (%t)", d.Name(), name, place, read.Get(place), code, found)
			}
			read.Set(place, "")
			same(t, read, message)
			if _, err := d.Authenticate(sent, digest); err == nil {
				t.Errorf("%s %s: a second MAC is added", d.Name(), name)
			}
		}
	}
}

func TestMACIsNotFound(t *testing.T) {
	t.Parallel()
	d := dialect(t)
	for name, octets := range map[string]string{
		"nothing":                           "",
		"a type":                            "0210",
		"a bitmap that is cut short":        "0210" + "000000000000000",
		"a MAC that is cut short":           "0210" + "0000000000000001" + "0123456789ABCDE",
		"a MAC that is not hexadecimal":     "0210" + "0000000000000001" + "0123456789ABCDEG",
		"an element behind it":              "0210" + "8000000000000001" + "0400000000000000" + "0123456789ABCDEF" + "301",
		"a second bitmap that is not there": "0210" + "8000000000000001" + "01234567",
	} {
		if _, _, found := d.MAC([]byte(octets)); found {
			t.Errorf("%s: a MAC is found", name)
		}
	}
	const empty = "0210" + "8000000000000001" + "0000000000000000" + "0123456789ABCDEF"
	if data, _, found := d.MAC([]byte(empty)); !found || len(data) != len(empty)-16 {
		t.Error("the MAC behind an empty second bitmap is not found")
	}
	if _, err := d.Authenticate([]byte("0210"), digest); err == nil {
		t.Error("half a message gets a MAC")
	}
	failed := errors.New("no key")
	if _, err := d.Authenticate([]byte("0210"+"0000000002000000"+"00"), func([]byte) (iso8583.Code, error) { return iso8583.Code{}, failed }); !errors.Is(err, failed) {
		t.Errorf("got %v", err)
	}
}

// FuzzMAC: whatever comes is read without a panic, a MAC that is found is the end of its
// message, and any message that can be read gets a MAC that is found.
func FuzzMAC(f *testing.F) {
	for _, d := range all(f) {
		for _, message := range vectors() {
			packed, err := d.Pack(message)
			if err != nil {
				f.Fatal(err)
			}
			f.Add(packed)
			with, err := d.Authenticate(packed, digest)
			if err != nil {
				f.Fatal(err)
			}
			f.Add(with)
		}
	}
	dialects := all(f)
	f.Fuzz(func(t *testing.T, octets []byte) {
		for _, d := range dialects {
			if data, _, found := d.MAC(octets); found && !bytes.HasPrefix(octets, data) {
				t.Fatalf("%s: the data is not the start of the message", d.Name())
			}
			if _, err := d.Read(octets); err != nil {
				continue
			}
			sent, err := d.Authenticate(octets, digest)
			if err != nil {
				continue // it has one
			}
			data, code, found := d.MAC(sent)
			if want, _ := digest(data); found != (code == want) {
				t.Fatalf("%s: the MAC of %X is not found again", d.Name(), octets)
			}
		}
	})
}
