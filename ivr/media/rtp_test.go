package media

import (
	"bytes"
	"testing"

	"github.com/pion/rtp"
)

func TestHeaderComesBack(t *testing.T) {
	t.Parallel()
	for _, h := range []header{
		{},
		{payloadType: 96, marker: true, sequence: 0xFFFF, timestamp: 0xFFFFFFFF, ssrc: 0xDEADBEEF},
		{payloadType: 8, sequence: 1, timestamp: 160, ssrc: 1},
	} {
		var b [headerSize]byte
		putRTP(&b, h)
		got, payload, ok := parseRTP(append(b[:], 1, 2, 3))
		if !ok || got != h || !bytes.Equal(payload, []byte{1, 2, 3}) {
			t.Errorf("%+v came back as %+v, %v, %v", h, got, payload, ok)
		}
	}
}

func TestWhatIsNoRTP(t *testing.T) {
	t.Parallel()
	whole := append([]byte{0x80, 8, 0, 1, 0, 0, 0, 160, 0, 0, 0, 7}, make([]byte, 160)...)
	first := func(v byte) []byte {
		b := bytes.Clone(whole)
		b[0] = v
		return b
	}
	for name, b := range map[string][]byte{
		"nothing":                    nil,
		"a header cut short":         whole[:11],
		"version 1":                  first(0x40),
		"more CSRCs than octets":     first(0x8F)[:40],
		"an extension without end":   append(first(0x90)[:12], 0, 0, 0xFF, 0xFF),
		"half an extension header":   append(first(0x90)[:12], 0, 0),
		"padding of 0 octets":        first(0xA0),
		"padding longer than packet": append(first(0xA0), 255),
	} {
		if _, _, ok := parseRTP(b); ok {
			t.Errorf("%s was taken", name)
		}
	}
}

// pion/rtp reads the same packets as we do, in the same way.
func FuzzParseRTP(f *testing.F) {
	f.Add([]byte{0x80, 8, 0, 1, 0, 0, 0, 160, 0, 0, 0, 7, 1, 2, 3})
	f.Add([]byte{0xB1, 0xE0, 0, 1, 0, 0, 0, 160, 0, 0, 0, 7, 0, 0, 0, 1, 0xBE, 0xDE, 0, 1, 0, 0, 0, 0, 5, 10, 0, 160, 0, 2})
	f.Add([]byte{0x80})
	f.Fuzz(func(t *testing.T, b []byte) {
		h, payload, ok := parseRTP(b)
		var p rtp.Packet
		theirs := p.Unmarshal(bytes.Clone(b)) == nil && p.Version == rtpVersion
		if theirs && !ok {
			t.Fatal("pion reads it, we do not")
		}
		if !theirs {
			// pion looks into extensions and refuses some that we pass over.
			if ok && b[0]&maskExtension == 0 {
				t.Fatal("we read it, pion does not")
			}
			return
		}
		want := header{p.PayloadType, p.Marker, p.SequenceNumber, p.Timestamp, p.SSRC}
		if h != want || !bytes.Equal(payload, p.Payload) {
			t.Errorf("%+v with %x, pion reads %+v with %x", h, payload, want, p.Payload)
		}
	})
}

func BenchmarkParseRTP(b *testing.B) {
	packet := make([]byte, headerSize+FrameSamples)
	packet[0] = 0x80
	b.ReportAllocs()
	for b.Loop() {
		if _, _, ok := parseRTP(packet); !ok {
			b.Fatal("refused")
		}
	}
}
