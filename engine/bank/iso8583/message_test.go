package iso8583_test

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"mpg/engine/bank/iso8583"
)

func TestMTI(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ ask, answer iso8583.MTI }{
		{iso8583.FinancialRequest, iso8583.FinancialResponse},
		{iso8583.ReversalAdvice, iso8583.ReversalAdviceResponse},
		{iso8583.ReversalAdviceRepeat, iso8583.ReversalAdviceResponse},
		{iso8583.NetworkRequest, iso8583.NetworkResponse},
	} {
		if got := tt.ask.Response(); got != tt.answer {
			t.Errorf("%s is answered by %s, want %s", tt.ask, got, tt.answer)
		}
		if tt.ask.IsResponse() || !tt.answer.IsResponse() {
			t.Errorf("%s or %s is on the wrong side", tt.ask, tt.answer)
		}
	}
	if iso8583.MTI("02").IsResponse() || iso8583.MTI("").IsResponse() {
		t.Error("half a type is taken for an answer")
	}
}

func TestAnswerHasTheKeyOfItsRequest(t *testing.T) {
	t.Parallel()
	at := florist().At
	for _, m := range []*iso8583.Message{
		florist().Request(),
		iso8583.Reversal(florist().Request(), at, false, iso8583.TooLate),
		iso8583.Reversal(florist().Request(), at, true, iso8583.TooLate),
		iso8583.Network(iso8583.Echo, 7, at, ""),
	} {
		if m.Key() != m.Answer("00").Key() {
			t.Errorf("%s: %+v is answered by %+v", m.MTI, m.Key(), m.Answer("00").Key())
		}
	}
}

func TestKeysDiffer(t *testing.T) {
	t.Parallel()
	first := florist().Request().Key()
	for name, change := range map[string]func(*iso8583.Transaction){
		"STAN": func(tr *iso8583.Transaction) { tr.STAN++ },
		"RRN":  func(tr *iso8583.Transaction) { tr.RRN = "632602000042" },
		"date": func(tr *iso8583.Transaction) { tr.At = tr.At.Add(24 * time.Hour) },
	} {
		other := florist()
		change(other)
		if other.Request().Key() == first {
			t.Errorf("another %s has the same key", name)
		}
	}
	if iso8583.Reversal(florist().Request(), florist().At, false, iso8583.TooLate).Key() == first {
		t.Error("a request and its reversal have the same key")
	}
}

func TestReversalNamesItsRequest(t *testing.T) {
	t.Parallel()
	request := florist().Request()
	// The reversal leaves the next day: the original keeps its date.
	for _, repeat := range []bool{false, true} {
		m := iso8583.Reversal(florist().Request(), florist().At.Add(24*time.Hour), repeat, iso8583.TooLate)
		if key, ok := m.OriginalKey(); !ok || key != request.Key() {
			t.Errorf("reversal names %+v, %v; the request is %+v", key, ok, request.Key())
		}
		if a, ok := m.Amount(); !ok || a != 4500 {
			t.Errorf("reversal of %d", a)
		}
	}
	if _, ok := request.OriginalKey(); ok {
		t.Error("a request names an original")
	}
}

func TestParseOriginal(t *testing.T) {
	t.Parallel()
	o := iso8583.Original{MTI: "0200", STAN: "000042", Transmitted: "1122013005", Acquirer: "62000001"}
	if got, ok := iso8583.ParseOriginal(o.String()); !ok || got != o {
		t.Errorf("%q came back as %+v, %v", o.String(), got, ok)
	}
	for _, s := range []string{"", "0200", o.String()[1:], o.String() + "0"} {
		if got, ok := iso8583.ParseOriginal(s); ok {
			t.Errorf("%q is read as %+v", s, got)
		}
	}
}

func TestZeroMessage(t *testing.T) {
	t.Parallel()
	var m iso8583.Message
	if _, ok := m.Amount(); ok || m.Get(iso8583.DEAmount) != "" || m.Len() != 0 {
		t.Error("the zero message holds something")
	}
	m.Set(iso8583.DERRN, "632601000042")
	m.Set(iso8583.DESTAN, "000042")
	m.Set(iso8583.DESTAN, "")
	if m.Len() != 1 || m.Get(iso8583.DERRN) == "" {
		t.Errorf("%d elements after one was set and one taken away", m.Len())
	}
}

func TestFrames(t *testing.T) {
	t.Parallel()
	var stream []byte
	for _, s := range []string{"one", "", strings.Repeat("x", iso8583.MessageMax)} {
		var err error
		if stream, err = iso8583.AppendFrame(stream, []byte(s)); err != nil {
			t.Fatal(err)
		}
	}
	// A line hands over octets as it likes.
	r := iotest.OneByteReader(bytes.NewReader(stream))
	for _, want := range []int{3, 0, iso8583.MessageMax} {
		if got, err := iso8583.ReadFrame(r); err != nil || len(got) != want {
			t.Fatalf("frame of %d octets, %v; want %d", len(got), err, want)
		}
	}
	if _, err := iso8583.ReadFrame(r); !errors.Is(err, io.EOF) {
		t.Errorf("after the last frame: %v", err)
	}
}

func TestFrameErrors(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		octets string
		want   error
	}{
		{"nothing", "", io.EOF},
		{"half a length", "\x00", io.ErrUnexpectedEOF},
		{"a length and nothing", "\x00\x05", io.ErrUnexpectedEOF},
		{"half a message", "\x00\x05ab", io.ErrUnexpectedEOF},
		{"a length beyond the limit", "\x20\x01", iso8583.ErrTooLong},
		{"text instead of frames", "HTTP/1.1 400 Bad Request", iso8583.ErrTooLong},
	} {
		if _, err := iso8583.ReadFrame(strings.NewReader(tt.octets)); !errors.Is(err, tt.want) {
			t.Errorf("%s: %v, want %v", tt.name, err, tt.want)
		}
	}
	if _, err := iso8583.AppendFrame(nil, make([]byte, iso8583.MessageMax+1)); !errors.Is(err, iso8583.ErrTooLong) {
		t.Errorf("a message beyond the limit: %v", err)
	}
}

func FuzzReadFrame(f *testing.F) {
	f.Add([]byte("\x00\x05hello"))
	f.Add([]byte("\x20\x01"))
	f.Fuzz(func(t *testing.T, octets []byte) {
		message, err := iso8583.ReadFrame(bytes.NewReader(octets))
		if err != nil {
			return
		}
		again, err := iso8583.AppendFrame(nil, message)
		if err != nil || !bytes.HasPrefix(octets, again) {
			t.Fatalf("%q was read out of %q", message, octets)
		}
	})
}
