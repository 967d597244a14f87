package sip

import (
	"errors"
	"net/netip"
	"reflect"
	"strings"
	"testing"
)

func TestParseMedia(t *testing.T) {
	t.Parallel()
	const head = "v=0\r\no=- 1 1 IN IP4 10.0.0.1\r\ns=-\r\n"
	addr := netip.MustParseAddrPort("10.0.0.1:4000")
	for _, c := range []struct {
		name, body string
		want       Media
	}{
		{"static types without rtpmap", head + "c=IN IP4 10.0.0.1\r\nt=0 0\r\nm=audio 4000 RTP/AVP 8 0\r\n",
			Media{Addr: addr, Formats: []uint8{8, 0}, Dir: SendRecv}},
		{"order of the peer", head + "c=IN IP4 10.0.0.1\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0 18 8 101\r\na=rtpmap:101 telephone-event/8000\r\n",
			Media{Addr: addr, Formats: []uint8{0, 8}, EventPT: 101, Dir: SendRecv}},
		{"address of the stream wins", head + "c=IN IP4 10.9.9.9\r\nt=0 0\r\nm=audio 4000 RTP/AVP 8\r\nc=IN IP4 10.0.0.1\r\n",
			Media{Addr: addr, Formats: []uint8{8}, Dir: SendRecv}},
		{"names in any case, one channel", head + "c=IN IP4 10.0.0.1\r\nt=0 0\r\nm=audio 4000 RTP/AVP 8 96\r\na=rtpmap:8 pcma/8000/1\r\na=rtpmap:96 Telephone-Event/8000\r\n",
			Media{Addr: addr, Formats: []uint8{8}, EventPT: 96, Dir: SendRecv}},
		{"events at two clock rates", head + "c=IN IP4 10.0.0.1\r\nt=0 0\r\nm=audio 4000 RTP/AVP 9 8 100 101\r\na=rtpmap:100 telephone-event/16000\r\na=rtpmap:101 telephone-event/8000\r\n",
			Media{Addr: addr, Formats: []uint8{8}, EventPT: 101, Dir: SendRecv}},
		{"bare line feeds", strings.ReplaceAll(head+"c=IN IP4 10.0.0.1\r\nt=0 0\r\nm=audio 4000 RTP/AVP 8\r\na=sendonly\r\n", "\r", ""),
			Media{Addr: addr, Formats: []uint8{8}, Dir: SendOnly}},
		{"hold for the session", head + "c=IN IP4 10.0.0.1\r\nt=0 0\r\na=inactive\r\nm=audio 4000 RTP/AVP 8\r\n",
			Media{Addr: addr, Formats: []uint8{8}, Dir: Inactive}},
		{"hold as of old", head + "c=IN IP4 0.0.0.0\r\nt=0 0\r\nm=audio 4000 RTP/AVP 8\r\n",
			Media{Addr: netip.MustParseAddrPort("0.0.0.0:4000"), Formats: []uint8{8}, Dir: Inactive}},
		{"video first", head + "c=IN IP4 10.0.0.1\r\nt=0 0\r\nm=video 6000 RTP/AVP 99\r\nm=audio 4000 RTP/AVP 8\r\n",
			Media{Addr: addr, Formats: []uint8{8}, Dir: SendRecv, before: []string{"video 6000 RTP/AVP 99"}}},
		{"IPv6", "v=0\r\no=- 1 1 IN IP6 ::1\r\ns=-\r\nc=IN IP6 2001:db8::1\r\nt=0 0\r\nm=audio 4000 RTP/AVP 8\r\n",
			Media{Addr: netip.MustParseAddrPort("[2001:db8::1]:4000"), Formats: []uint8{8}, Dir: SendRecv}},
		{"unknown attributes and bandwidth", head + "c=IN IP4 10.0.0.1\r\nb=AS:84\r\nt=0 0\r\na=tool:x\r\nm=audio 4000 RTP/AVP 8\r\nb=TIAS:64000\r\na=rtcp:4001\r\na=ssrc:1 cname:x\r\na=maxptime:150\r\n",
			Media{Addr: addr, Formats: []uint8{8}, Dir: SendRecv}},
	} {
		got, err := ParseMedia([]byte(c.body))
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
		} else if !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s: %+v, want %+v", c.name, got, c.want)
		}
	}
}

func TestParseMediaRefuses(t *testing.T) {
	t.Parallel()
	const good = "v=0\r\no=- 1 1 IN IP4 10.0.0.1\r\ns=-\r\nc=IN IP4 10.0.0.1\r\nt=0 0\r\nm=audio 4000 RTP/AVP 8\r\na=rtpmap:8 PCMA/8000\r\n"
	if _, err := ParseMedia([]byte(good)); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string][2]string{
		"no address": {"c=IN IP4 10.0.0.1\r\n", ""}, "broken address": {"c=IN IP4 10.0.0.1", "c=IN IP4 10.0.0.256"},
		"blank in a name": {"c=IN IP4 10.0.0.1", "c=IN IP4 _evil_.example"},
		"multicast":       {"c=IN IP4 10.0.0.1", "c=IN IP4 224.0.0.1/127"}, "broadcast": {"c=IN IP4 10.0.0.1", "c=IN IP4 255.255.255.255"},
		"port 0": {"4000", "0"}, "port above 65535": {"4000", "70000"}, "port below 0": {"4000", "-1"},
		"SRTP": {"RTP/AVP", "RTP/SAVP"}, "wrong rate": {"PCMA/8000", "PCMA/16000"}, "another codec on 8": {"PCMA/8000", "opus/48000/2"},
		"no audio": {"audio", "image"}, "no format": {"RTP/AVP 8", "RTP/AVP"},
	} {
		body := strings.Replace(good, c[0], c[1], 1)
		if body == good {
			t.Fatalf("%s: nothing replaced", name)
		}
		if m, err := ParseMedia([]byte(body)); !errors.Is(err, ErrMedia) {
			t.Errorf("%s: %+v, %v", name, m, err)
		}
	}
	if _, err := ParseMedia(make([]byte, sdpOctetsMax+1)); !errors.Is(err, ErrMedia) {
		t.Error("too long a description was read")
	}
}

func TestMarshalAndBack(t *testing.T) {
	t.Parallel()
	for _, m := range []Media{
		{Addr: netip.MustParseAddrPort("127.0.0.1:20000"), Formats: []uint8{8, 0}, EventPT: 96, Dir: SendRecv},
		{Addr: netip.MustParseAddrPort("[::1]:20002"), Formats: []uint8{0}, Dir: RecvOnly},
	} {
		body, err := m.Marshal()
		if err != nil {
			t.Fatal(err)
		}
		got, err := ParseMedia(body)
		if err != nil || !reflect.DeepEqual(got, m) {
			t.Errorf("%+v came back as %+v, %v", m, got, err)
		}
	}
}

func TestAnswerMirrors(t *testing.T) {
	t.Parallel()
	own := Media{Addr: netip.MustParseAddrPort("127.0.0.1:20000"), Formats: []uint8{8, 0}, EventPT: 96}
	for offer, answer := range map[Direction]Direction{SendRecv: SendRecv, SendOnly: RecvOnly, RecvOnly: SendOnly, Inactive: Inactive, "": SendRecv} {
		got, err := own.Answer(Media{Formats: []uint8{0, 8}, EventPT: 101, Dir: offer})
		if err != nil || got.Dir != answer || got.EventPT != 101 || got.Formats[0] != 0 {
			t.Errorf("%q: %+v, %v", offer, got, err)
		}
	}
	if _, err := own.Answer(Media{Formats: []uint8{18}}); !errors.Is(err, ErrMedia) {
		t.Errorf("nothing in common: %v", err)
	}
}

func TestMask(t *testing.T) {
	t.Parallel()
	for number, want := range map[string]string{
		"+8613800000001": "+86138****0001", "+861380000": "**********", "8888": "****", "": "",
	} {
		if got := Mask(number); got != want {
			t.Errorf("Mask(%q) = %q, want %q", number, got, want)
		}
	}
}

func FuzzParseMedia(f *testing.F) {
	f.Add(answerSDP)
	f.Add(strings.ReplaceAll(answerSDP, "\r", ""))
	f.Add("v=0\r\no=- 1 1 IN IP6 ::1\r\ns=-\r\nt=0 0\r\nm=audio 1/2 RTP/AVP 0 8 96\r\nc=IN IP6 ::1\r\na=rtpmap:96 telephone-event/8000\r\na=inactive\r\n")
	f.Add("m=audio 4000 RTP/AVP 8")
	f.Fuzz(func(t *testing.T, body string) {
		m, err := ParseMedia([]byte(body))
		if err != nil {
			if !errors.Is(err, ErrMedia) {
				t.Fatalf("error of another kind: %v", err)
			}
			return
		}
		if m.Addr.Port() == 0 || m.Addr.Addr().IsValid() == (m.Host != "") || len(m.Formats) == 0 {
			t.Fatalf("useless media accepted: %+v", m)
		}
		if m.Host != "" {
			m.Addr = netip.AddrPortFrom(netip.IPv6Loopback(), m.Addr.Port())
		}
		out, err := m.Marshal()
		if err != nil {
			t.Fatal(err)
		}
		again, err := ParseMedia(out)
		if err != nil || again.Addr != m.Addr || again.EventPT != m.EventPT || len(again.before) != len(m.before) || len(again.after) != len(m.after) {
			t.Fatalf("%+v came back as %+v, %v", m, again, err)
		}
	})
}
