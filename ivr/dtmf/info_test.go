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
		{TypeRelay, "", 0, ErrInfoBody},
		{TypeRelay, "Signal=", 0, ErrInfoBody},
		{TypeRelay, "Signal=58", 0, ErrInfoBody},
		{TypeRelay, "Signal=16", 0, ErrInfoBody},
		{TypeRelay, "Signal=!", 0, ErrInfoBody},
		{TypeRelay, "Signal\r\n5", 0, ErrInfoBody},
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
	f.Fuzz(func(t *testing.T, kind string, body []byte) {
		key, err := ParseInfo(kind, body)
		if _, ok := EventOf(key); ok != (err == nil) {
			t.Errorf("key %q with error %v", key, err)
		}
	})
}
