package sip

import (
	"bytes"
	"net"
	"net/netip"
	"strings"
	"testing"

	"github.com/emiago/sipgo/sip"
)

// Datagrams come from anybody. Those of strangers are read only if they name a call of
// ours or, as responses, us; and nothing stops the reader.
func FuzzStrangersDatagrams(f *testing.F) {
	for _, seed := range []string{
		"OPTIONS sip:8888@h SIP/2.0\r\nVia: SIP/2.0/UDP h\r\n\r\n",
		"BYE sip:8888@h SIP/2.0\r\ni: known\r\n\r\n",
		"BYE sip:8888@h SIP/2.0\r\nCall-ID : known \r\n\r\n",
		"BYE sip:8888@h SIP/2.0\r\nX: Call-ID: known\r\n\r\nCall-ID: known",
		"SIP/2.0 200 OK\r\nv: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bKa\r\nCall-ID: known\r\nCSeq: 1 INVITE\r\n\r\n",
		"SIP/2.0 200 OK\nVia: SIP/2.0/UDP 192.0.2.1:5060\n\n",
		"\r\n\r\n", "", "SIP/2.0", "\x00\xff",
	} {
		f.Add([]byte(seed))
	}
	const known = "known"
	own := netip.MustParseAddrPort("192.0.2.1:5060")
	f.Fuzz(func(t *testing.T, data []byte) {
		var p peers
		p.trunk = netip.MustParseAddr("192.0.2.9")
		taken := 0
		p.open(own, nil, func(id string) bool { return id == known }, func(*sip.Response) { taken++ })
		from := func(ip string) []byte {
			out, err := p.filter(sip.TransportReadProps{RemoteAddr: &net.UDPAddr{IP: net.ParseIP(ip), Port: 5060}}, bytes.Clone(data))
			if err != nil {
				t.Fatalf("the reader stops: %v", err)
			}
			return out
		}
		named := bytes.Contains(data, []byte(known)) || bytes.Contains(data, []byte(own.String()))
		if out := from("192.0.2.77"); len(out) > 0 && !named {
			t.Fatalf("read of a stranger: %q", out)
		}
		if out := from("192.0.2.9"); !bytes.Equal(out, readable(bytes.Clone(data))) && taken == 0 {
			t.Fatalf("of the trunk %q was read as %q", data, out)
		}
		// A call that was given up takes the answer of another phone out of the stream.
		p.linger(known, true)
		before := taken
		out := from("192.0.2.9")
		if late := taken > before; late && (len(out) > 0 || !bytes.HasPrefix(readable(bytes.Clone(data)), []byte("SIP/2.0 2"))) {
			t.Fatalf("%q is both late and read", out)
		}
	})
}

// RFC 3326: whatever stands in a Reason, the cause is one of Q.850, and quoted
// separators separate nothing.
func FuzzReason(f *testing.F) {
	for _, seed := range []string{
		`Q.850;cause=17;text="User busy"`, `SIP;cause=486, Q.850 ; Cause = 18`, `Q.850;cause=17;text="a, b; c"`,
		`Q.850;cause=128`, `Q.850;cause=-1`, `Q.850;text="\"";cause=1`, `;;;`, `"`, `Q.850;cause="21"`, `q.850;CAUSE=127`,
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, value string) {
		for _, sep := range []byte{',', ';'} {
			if back := strings.Join(split(value, sep), string(sep)); back != value {
				t.Fatalf("split and joined: %q", back)
			}
		}
		res := sip.NewResponse(486, "Busy Here")
		res.AppendHeader(sip.NewHeader("Reason", value))
		release := releaseOf(res)
		if release.Cause < 0 || release.Cause > causeMax {
			t.Fatalf("cause %d", release.Cause)
		}
		if release.Cause == 0 && release.Text != "Busy Here" {
			t.Fatalf("without a cause the words are the status line's, not %q", release.Text)
		}
		if c := causeOfResponse(res); c.String() == "unknown" {
			t.Fatalf("cause %d is in no list", c)
		}
	})
}

// RFC 5621 3.1: a body of many parts, as peers build them, well formed or not.
func FuzzParts(f *testing.F) {
	f.Add("application/sdp", []byte("v=0\r\n"))
	f.Add("multipart/mixed;boundary=b", []byte("--b\r\nContent-Type: application/sdp\r\n\r\nv=0\r\n--b\r\nContent-Type: application/ISUP\r\n\r\n\x01\x10\r\n--b--\r\n"))
	f.Add("multipart/mixed; boundary=\"b\"", []byte("--b\n\nv=0\n"))
	f.Add("multipart/mixed", []byte("--b\r\n\r\nv=0"))
	f.Add("multipart/mixed;boundary=b", []byte("--b\r\nContent-Type: multipart/mixed;boundary=c\r\n\r\n--c\r\n\r\nv=0\r\n--c--\r\n--b--"))
	f.Add(";;;", []byte{0})
	f.Fuzz(func(t *testing.T, kind string, body []byte) {
		res := sip.NewResponse(200, "OK")
		res.AppendHeader(sip.NewHeader("Content-Type", kind))
		res.SetBody(body)
		parts := partsOf(res)
		total := 0
		for _, p := range parts {
			total += len(p.body)
			if p.kind != strings.ToLower(p.kind) {
				t.Fatalf("type %q is not in lower case", p.kind)
			}
		}
		if len(parts) > partsMax || total > len(body) {
			t.Fatalf("%d parts of %d octets from %d", len(parts), total, len(body))
		}
		sdp := sdpOf(res)
		found := sdp == nil
		for _, p := range parts {
			found = found || bytes.Equal(p.body, sdp)
		}
		if !found {
			t.Fatalf("the description %q is none of the parts", sdp)
		}
	})
}

// RFC 4028 4: no Session-Expires makes a call refresh in the past, or an answer that
// names nobody.
func FuzzSessionTimer(f *testing.F) {
	for _, seed := range []string{
		"90;refresher=uac", "9999999999999;refresher=uac", "9223372036854775807", "1800 ; refresher = UAS", "90", "-1", "99999999999999999999", "90;refresher=", ";refresher=uac", "x", "0",
	} {
		f.Add(seed, "timer")
	}
	f.Fuzz(func(t *testing.T, expires, supported string) {
		req := requestOf(sip.UPDATE, "call", "peer", "ours", 1)
		req.AppendHeader(sip.NewHeader("Session-Expires", expires))
		req.AppendHeader(sip.NewHeader("Supported", supported))
		interval, refresher := sessionTimer(req)
		if interval < 0 {
			t.Fatalf("%q: %s", expires, interval)
		}
		res := sip.NewResponse(200, "OK")
		s := &Session{}
		s.agreeTimer(req, res)
		s.refreshAfter(0, 0) // nothing is sent by a test
		for _, h := range res.GetHeaders("Session-Expires") {
			if strings.HasPrefix(h.Value(), "-") {
				t.Fatalf("%q is answered %q", expires, h.Value())
			}
		}
		if interval == 0 && refresher != "" {
			t.Fatalf("%q: nobody refreshes, and %q does", expires, refresher)
		}
		if strings.ContainsAny(refresher, " ;") {
			t.Fatalf("%q: refresher %q", expires, refresher)
		}
	})
}
