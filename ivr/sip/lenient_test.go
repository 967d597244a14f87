package sip

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"

	"github.com/emiago/sipgo/sip"
)

const torn = "SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP 127.0.0.1:5060;branch=z9hG4bKx\r\nFrom: <sip:a@x>;tag=1\r\nTo: <sip:b@x>;tag=2\r\n" +
	"Call-ID: c\r\nCSeq: 1 INVITE\r\nContact: <sip:b@127.0.0.1>\r\nContent-Length: 3\r\nEND\r\nv=0"

// RFC 3261 8.2.2: malformed header fields that are not necessary are ignored.
func TestMalformedHeadersArePassedOver(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	l := &lenient{log: slog.New(slog.NewTextHandler(&out, nil)), warned: map[string]bool{}}
	parser := sip.NewParser(sip.WithHeadersParsers(l.parsers()))
	for name, change := range map[string][2]string{
		"nothing":                         {"END", ""},
		"two blanks in CSeq (25.1 LWS)":   {"1 INVITE", "1  INVITE"},
		"a tab and zeros in CSeq":         {"1 INVITE", "0001 \t INVITE"},
		"a line without a colon":          {"END", "P-Broken-No-Colon\r\n"},
		"two of them, and one at the top": {"Via:", "nonsense\r\n???\r\nVia:"},
		"empty Referred-By":               {"END", "Referred-By: \r\n"},
		"Refer-To of noise":               {"END", "Refer-To: <<\r\n"},
		"Max-Forwards of letters":         {"END", "Max-Forwards: x\r\n"},
		"Record-Route of noise":           {"END", "Record-Route: ,;<\r\n"},
		"Route of noise":                  {"END", "Route: \r\n"},
		"a second Contact of noise":       {"END", "m: <>><\r\n"},
		"an empty Content-Type":           {"END", "c:\r\n"},
		"Content-Length of letters":       {"Content-Length: 3", "Content-Length: three"},
		"folded lines":                    {"END", "Subject: a\r\n b\r\n\tc\r\n"},
	} {
		data := strings.Replace(torn, change[0], change[1], 1)
		data = strings.Replace(data, "END\r\n", "\r\n", 1)
		if change[0] == "END" {
			data = strings.Replace(strings.Replace(torn, "END", change[1]+"END", 1), "END\r\n", "\r\n", 1)
		}
		msg, err := parser.ParseSIP(readable([]byte(data)))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		seq := msg.CSeq()
		if seq == nil || seq.SeqNo != 1 || seq.MethodName != sip.INVITE || string(msg.Body()) != "v=0" || tagOf(msg.To()) != "2" {
			t.Errorf("%s: read as %q", name, msg.String())
		}
		if c := contactOf(msg, sip.Uri{}); c.User != "b" {
			t.Errorf("%s: the Contact is %q", name, c.String())
		}
	}
	if n := strings.Count(out.String(), "header=max-forwards"); n != 1 {
		t.Errorf("%d warnings of one name", n)
	}
	// What is necessary must be right.
	for _, broken := range []string{"Call-ID: c", "CSeq: 1 INVITE", "From: <sip:a@x>;tag=1"} {
		name, _, _ := strings.Cut(broken, ":")
		data := strings.Replace(strings.Replace(torn, broken, name+": ", 1), "END\r\n", "\r\n", 1)
		if msg, err := parser.ParseSIP([]byte(data)); err == nil && name != "From" {
			t.Errorf("%s: read as %q", name, msg.String())
		}
	}
}

func FuzzReadable(f *testing.F) {
	f.Add([]byte(strings.Replace(torn, "END\r\n", "\r\n", 1)))
	f.Add([]byte("INVITE sip:a@b SIP/2.0\nno colon\n\nno colon here\n"))
	f.Add([]byte("\r\n\r\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		before := bytes.Clone(data)
		out := readable(data)
		if !bytes.Equal(before, data) {
			t.Fatal("the datagram was written into")
		}
		if again := readable(out); !bytes.Equal(again, out) {
			t.Fatalf("%q became %q, and that %q", data, out, again)
		}
		if _, body, ok := cutHead(data); ok && !bytes.HasSuffix(out, body) {
			t.Fatalf("the body changed: %q became %q", data, out)
		}
	})
}

// RFC 5621 3.1: multipart/mixed must be understood.
func TestBodiesOfSeveralParts(t *testing.T) {
	t.Parallel()
	const sdp = "v=0\r\nm=audio 1 RTP/AVP 8"
	isup := "--cut\r\nContent-Type: application/isup; version=itu-t92+\r\nContent-Disposition: signal; handling=optional\r\n\r\n\x09\x01\x10\x00\r\n"
	part := "--cut\r\nContent-Type: application/sdp\r\n\r\n" + sdp + "\r\n"
	for name, c := range map[string]struct {
		kind, body string
		found      bool
	}{
		"alone":                        {"application/sdp", sdp, true},
		"without a type":               {"", sdp, true},
		"with a type of its own":       {"text/plain", sdp, true},
		"parameters of noise":          {"Application/SDP;;=", sdp, true},
		"SDP first":                    {"multipart/mixed; boundary=cut", part + isup + "--cut--\r\n", true},
		"ISUP first":                   {`multipart/mixed;boundary="cut"`, isup + part + "--cut--\r\n", true},
		"a preamble, bare line feeds":  {"multipart/mixed;boundary=cut", strings.ReplaceAll("hello\r\n"+part+"--cut--\r\n", "\r\n", "\n"), true},
		"the last boundary is missing": {"multipart/mixed;boundary=cut", isup + part, true},
		"alternative within mixed":     {"multipart/mixed;boundary=out", "--out\r\nContent-Type: multipart/alternative;boundary=cut\r\n\r\n" + isup + part + "--cut--\r\n--out--", true},
		"related":                      {"multipart/related;boundary=cut", part + "--cut--", true},
		"no SDP":                       {"multipart/mixed;boundary=cut", isup + "--cut--", false},
		"no boundary":                  {"multipart/mixed", part, false},
		"ISUP alone":                   {"application/isup", "\x09\x01", false},
		"nothing":                      {"application/sdp", "", false},
	} {
		res := sip.NewResponse(200, "OK")
		if c.kind != "" {
			res.AppendHeader(sip.NewHeader("Content-Type", c.kind))
		}
		res.SetBody([]byte(c.body))
		got := strings.ReplaceAll(string(sdpOf(res)), "\r", "")
		if (got == strings.ReplaceAll(sdp, "\r", "")) != c.found {
			t.Errorf("%s: %q", name, got)
		}
	}
}

// A message that cannot be read at all is reported once, without its contents.
func TestUnreadableMessagesAreReportedOnce(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	log := newQuiet(slog.New(slog.NewTextHandler(&out, nil)))
	for range 3 {
		log.Error(unreadable, "data", "INVITE sip:8613800000001@x")
		log.Error("something else", "data", "8613800000001")
	}
	if text := out.String(); strings.Count(text, "\n") != 1 || !strings.Contains(text, "could not be read") || strings.Contains(text, "8613800000001") {
		t.Errorf("the log says %q", text)
	}
}
