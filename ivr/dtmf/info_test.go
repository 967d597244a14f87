package dtmf

import (
	"errors"
	"strings"
	"testing"
)

func TestInfo(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		kind, body string
		want       byte
		err        error
	}{
		{TypeRelay, "Signal=5\r\nDuration=160", '5', nil},
		{TypeRelay, "Signal= 5\r\nDuration= 160\r\n", '5', nil},
		{TypeRelay, "duration=100\nSIGNAL = #\n", '#', nil},
		{TypeRelay, "Signal=*", '*', nil},
		{TypeRelay, "Signal=11", '#', nil},
		{TypeRelay, "Signal=10\r\n", '*', nil},
		{TypeRelay, "Signal=d", 'D', nil},
		{TypeRelay + "; charset=utf-8", "Signal=0", '0', nil},
		{"Application/DTMF-Relay;;=", "Signal=0", '0', nil},
		{TypePlain, "7", '7', nil},
		{TypePlain, " 7\r\n", '7', nil},
		{TypePlain, "d=5", '5', nil},
		{TypePlain, "D = *\r\n", '*', nil},
		{TypePlain, "Signal=5\r\nDuration=160", '5', nil},
		{TypePlain, "11", '#', nil},
		{TypeRelay, "Signal: 5\r\nDuration: 160\r\n", '5', nil},
		{TypeRelay, "Signal=\"5\"\r\n", '5', nil},
		{TypeRelay, "5\r\n", '5', nil},
		{TypeRelay, "Duration=160\r\nSignal=5\r\n\x00", '5', nil},
		{TypeEvent, "5", '5', nil},
		{TypeEvent, "\x05\x0a\x00\xa0", '5', nil},
		{TypeEvent, "\x0b\x0a\x00\xa0", '#', nil},
		{"application/telephone-event", "5\r\n", '5', nil},
		{"audio/telephone-event; rate=8000", "d=5", '5', nil},
		{TypeNortel, "p=Digit-Collection\r\ny=Digits\r\nd=Digits\r\nd=5\r\n", '5', nil},
		{TypeNortel, "p=Digit-Collection\r\ny=Digits\r\ns=success\r\nd=#\r\n", '#', nil},
		{TypeNortel, "p=Digit-Collection\r\ny=Digits\r\nd=Digits\r\n", 0, ErrInfoBody},
		{TypeEvent, "\x05\x8a\x03\x20", 0, ErrInfoBody},
		{TypeEvent, "\x10\x0a\x00\xa0", 0, ErrInfoBody},
		{TypePlain, "d=58", 0, ErrInfoBody},
		{TypePlain, "Duration=5", 0, ErrInfoBody},
		{TypeRelay, "", 0, ErrInfoBody},
		{TypeRelay, "Signal=", 0, ErrInfoBody},
		{TypeRelay, "Signal=58", 0, ErrInfoBody},
		{TypeRelay, "Signal=16", 0, ErrInfoBody},
		{TypeRelay, "Signal=!", 0, ErrInfoBody},
		{TypeRelay, "Signal\r\n5", 0, ErrInfoBody},
		{TypeRelay, "Duration=160\r\n5", 0, ErrInfoBody},
		{TypePlain, "hello", 0, ErrInfoBody},
		{TypePlain, "7" + strings.Repeat(" ", infoOctetsMax), 0, ErrInfoBody},
		{"text/plain", "7", 0, ErrInfoType},
		{"", "7", 0, ErrInfoType},
	} {
		got, err := ParseInfo(c.kind, []byte(c.body))
		if got != c.want || !errors.Is(err, c.err) {
			t.Errorf("%s %q: %q, %v; want %q, %v", c.kind, c.body, got, err, c.want, c.err)
		}
		if err != nil && strings.Contains(err.Error(), "58") {
			t.Errorf("the error quotes the body: %v", err)
		}
	}
}

func FuzzParseInfo(f *testing.F) {
	f.Add(TypeRelay, []byte("Signal=5\r\nDuration=160"))
	f.Add(TypePlain, []byte("5"))
	f.Add("application/dtmf;x", []byte("11"))
	f.Add(TypeEvent, []byte{5, 10, 0, 160})
	f.Add(TypeNortel, []byte("y=Digits\r\nd=Digits\r\nd=5"))
	f.Fuzz(func(t *testing.T, kind string, body []byte) {
		key, err := ParseInfo(kind, body)
		if _, ok := EventOf(key); ok != (err == nil) {
			t.Errorf("key %q with error %v", key, err)
		}
	})
}
