package sip

import (
	"errors"
	"net/netip"
	"slices"
	"strings"
	"testing"

	pion "github.com/pion/sdp/v3"
)

const (
	sdpO = "v=0\r\no=- 1 1 IN IP4 10.0.0.1\r\n"
	sdpS = "s=-\r\n"
	sdpC = "c=IN IP4 10.0.0.1\r\n"
	sdpT = "t=0 0\r\n"
	sdpM = "m=audio 4000 RTP/AVP 8 96\r\n"
	sdpA = sdpM + "a=rtpmap:8 PCMA/8000\r\na=rtpmap:96 telephone-event/8000\r\n"
)

// Descriptions as gateways write them. RFC 8866 5 would refuse many, but what they say
// about the audio is clear in all of them.
func TestParseMediaTakesWhatGatewaysWrite(t *testing.T) {
	t.Parallel()
	origin := func(o string) string { return "v=0\r\no=" + o + "\r\n" + sdpS + sdpC + sdpT + sdpA }
	for name, body := range map[string]string{
		"plain":                     sdpO + sdpS + sdpC + sdpT + sdpA,
		"LF only":                   strings.ReplaceAll(sdpO+sdpS+sdpC+sdpT+sdpA, "\r", ""),
		"CR only":                   strings.ReplaceAll(sdpO+sdpS+sdpC+sdpT+sdpA, "\n", ""),
		"no last CRLF":              strings.TrimSuffix(sdpO+sdpS+sdpC+sdpT+sdpA, "\r\n"),
		"no last LF":                strings.TrimSuffix(sdpO+sdpS+sdpC+sdpT+sdpA, "\n"),
		"no CRLF after the m= line": sdpO + sdpS + sdpC + sdpT + strings.TrimSuffix(sdpM, "\r\n"),
		"blank line at the end":     sdpO + sdpS + sdpC + sdpT + sdpA + "\r\n",
		"blank lines between":       sdpO + "\r\n" + sdpS + "\r\n" + sdpC + sdpT + "\r\n" + sdpA,
		"NUL at the end":            sdpO + sdpS + sdpC + sdpT + sdpA + "\x00",
		"byte order mark":           "\ufeff" + sdpO + sdpS + sdpC + sdpT + sdpA,
		"c= after t=":               sdpO + sdpS + sdpT + sdpC + sdpA,
		"c= of the stream, late":    sdpO + sdpS + sdpT + sdpA + sdpC,
		"two c= of the stream":      sdpO + sdpS + sdpT + sdpM + sdpC + "c=IN IP4 10.0.0.2\r\n",
		"a= before c= and t=":       sdpO + sdpS + "a=sendrecv\r\n" + sdpC + sdpT + sdpA,
		"no t=":                     sdpO + sdpS + sdpC + sdpA,
		"no s=":                     sdpO + sdpC + sdpT + sdpA,
		"no v=, o=, s=, t=":         sdpC + sdpA,
		"s= empty":                  sdpO + "s=\r\n" + sdpC + sdpT + sdpA,
		"s= with any octets":        sdpO + "s=\xff\xfe=m=c=\r\n" + sdpC + sdpT + sdpA,
		"o= above 64 bits":          origin("- 195994400711874789120 13656283801756621937 IN IP4 10.0.0.1"),
		"o= with letters":           origin("- 5f3a77e1 1 IN IP4 10.0.0.1"),
		"o= below zero":             origin("- -2208991488 1 IN IP4 10.0.0.1"),
		"o= with a dot":             origin("- 3928306425.5 1 IN IP4 10.0.0.1"),
		"o= user name with blanks":  origin("Cisco SIP UA 1 1 IN IP4 10.0.0.1"),
		"o= without user name":      origin("22089 22089 IN IP4 10.0.0.1"),
		"o= empty":                  origin(""),
		"t= below zero":             sdpO + sdpS + sdpC + "t=-1 0\r\n" + sdpA,
		"t= with a word":            sdpO + sdpS + sdpC + "t=now later\r\n" + sdpA,
		"e= before u=":              sdpO + sdpS + "e=a@b\r\nu=http://x/\r\n" + sdpC + sdpT + sdpA,
		"b= unknown":                sdpO + sdpS + sdpC + sdpT + sdpM + "b=FOO:64\r\n",
		"b= with a fraction":        sdpO + sdpS + sdpC + "b=AS:64.5\r\n" + sdpT + sdpA,
		"b= after a=":               sdpO + sdpS + sdpC + sdpT + sdpA + "b=AS:80\r\n",
		"k= and z=":                 sdpO + sdpS + sdpC + sdpT + "z=0 0\r\nk=clear:x\r\n" + sdpA,
		"a line of a vendor":        sdpO + sdpS + sdpC + sdpT + sdpA + "x=vendor\r\nnonsense\r\n=\r\n",
		"c= in lower case":          sdpO + sdpS + "c=in ip4 10.0.0.1\r\n" + sdpT + sdpA,
		"c= with a TTL":             sdpO + sdpS + "c=IN IP4 10.0.0.1/127\r\n" + sdpT + sdpA,
		"c= with TTL and count":     sdpO + sdpS + "c=IN IP4 10.0.0.1/127/1\r\n" + sdpT + sdpA,
		"blanks everywhere":         sdpO + sdpS + "c= IN  IP4\t10.0.0.1 \r\n" + sdpT + "m= audio  4000 RTP/AVP  8 96 \r\n",
		"AUDIO":                     sdpO + sdpS + sdpC + sdpT + strings.Replace(sdpA, "audio", "AUDIO", 1),
		"rtp/avp":                   sdpO + sdpS + sdpC + sdpT + strings.Replace(sdpA, "RTP/AVP", "rtp/avp", 1),
		"RTP/AVPF":                  sdpO + sdpS + sdpC + sdpT + strings.Replace(sdpA, "RTP/AVP", "RTP/AVPF", 1),
		"crypto where none is used": sdpO + sdpS + sdpC + sdpT + sdpA + "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:x\r\n",
		"port/2":                    sdpO + sdpS + sdpC + sdpT + strings.Replace(sdpA, "4000", "4000/2", 1),
		"rtpmap with two blanks":    sdpO + sdpS + sdpC + sdpT + sdpM + "a=rtpmap:8  pcma/8000/1\r\nA=RTPMAP:96  TELEPHONE-EVENT/8000\r\n",
		"PCMA of a dynamic type":    sdpO + sdpS + sdpC + sdpT + "m=audio 4000 RTP/AVP 108 96\r\na=rtpmap:108 PCMA/8000\r\na=rtpmap:96 telephone-event/8000\r\n",
		"image refused, then audio": sdpO + sdpS + sdpC + sdpT + "m=image 0 udptl t38\r\n" + sdpA,
		"audio, then image refused": sdpO + sdpS + sdpC + sdpT + sdpA + "m=image 0 udptl t38\r\n",
		"media of a vendor":         sdpO + sdpS + sdpC + sdpT + sdpA + "m=x-vendor 0 RTP/AVP 9\r\n",
		"profile of another world":  sdpO + sdpS + sdpC + sdpT + sdpA + "m=application 0 TCP/WS/BFCP *\r\n",
		"audio 0, then audio":       sdpO + sdpS + sdpC + sdpT + "m=audio 0 RTP/AVP 18\r\n" + sdpA,
		"SAVP first, then AVP":      sdpO + sdpS + sdpC + sdpT + "m=audio 4002 RTP/SAVP 8\r\n" + sdpA,
		"G.729 alone, then PCMA":    sdpO + sdpS + sdpC + sdpT + "m=audio 4002 RTP/AVP 18\r\n" + sdpA,
		"an m= line cut short":      sdpO + sdpS + sdpC + sdpT + "m=video\r\nc=IN IP4 10.9.9.9\r\n" + sdpA,
		"a hundred attributes":      sdpO + sdpS + sdpC + sdpT + sdpA + strings.Repeat("a=x-long:"+strings.Repeat("y", 90)+"\r\n", 100),
	} {
		m, err := ParseMedia([]byte(body))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if want := netip.MustParseAddrPort("10.0.0.1:4000"); m.Addr != want || m.Formats[0] != PCMA || m.Held() {
			t.Errorf("%s: %+v", name, m)
		}
		if strings.Contains(strings.ToLower(body), "telephone-event") && m.EventPT != 96 {
			t.Errorf("%s: telephone-event is %d", name, m.EventPT)
		}
	}
}

// Which payload type carries keys, in the ways that gateways say it.
func TestParseMediaFindsEvents(t *testing.T) {
	t.Parallel()
	for lines, want := range map[string]uint8{
		"8 96\r\na=rtpmap:8 PCMA/8000\r\n":                                    96,
		"8 101\r\na=rtpmap:101 telephone-event\r\n":                           101,
		"8 101\r\na=rtpmap:101 telephone-event/8000/1\r\na=fmtp:101 0-16\r\n": 101,
		"8 101\r\n":                     101,
		"8 97\r\na=fmtp:97 0-15\r\n":    97,
		"8 97\r\na=fmtp:97 mode=20\r\n": 0,
		"8 97\r\n":                      0,
		"8\r\na=rtpmap:100 telephone-event/8000\r\n": 100,
		"8\r\n": 0,
		"8 101 100\r\na=rtpmap:101 telephone-event/16000\r\na=rtpmap:100 telephone-event/8000\r\n": 100,
		"8 101\r\na=rtpmap:101 speex/8000\r\n":                                                     0,
		"101 8\r\na=rtpmap:101 TELEPHONE-EVENT/8000\r\n":                                           101,
		"8 127\r\na=rtpmap: 127 telephone-event/8000\r\n":                                          127,
		"8 101 102\r\na=rtpmap:101 telephone-event/8000\r\na=rtpmap:102 telephone-event/8000\r\n":  101,
		"8 96\r\na=rtpmap:8 PCMA\r\na=rtpmap:96 telephone-event/8000 \r\n":                         96,
	} {
		m, err := ParseMedia([]byte(sdpO + sdpS + sdpC + sdpT + "m=audio 4000 RTP/AVP " + lines))
		if err != nil || m.EventPT != want || m.Formats[0] != PCMA || len(m.Formats) != 1 {
			t.Errorf("%q: %+v, %v; want events as %d", lines, m, err, want)
		}
	}
}

func TestParseMediaReadsNames(t *testing.T) {
	t.Parallel()
	for host, ok := range map[string]bool{
		"media.example.net": true, "localhost": true, "sbc-7.internal.": true, "3com.example": true,
		"10.0.0.256": false, "10.0.0": false, "a..b": false, "a_b": false, "a/b c": true, strings.Repeat("a", 64): false,
	} {
		m, err := ParseMedia([]byte(sdpO + sdpS + "c=IN IP4 " + host + "\r\n" + sdpT + sdpA))
		if (err == nil) != ok || ok && (m.Host == "" || m.Addr.Port() != 4000 || m.Held()) {
			t.Errorf("%q: %+v, %v", host, m, err)
		}
	}
}

// RFC 3264 6: the answer has as many m= lines as the offer, in its order, and
// those that are refused have port 0.
func TestTheAnswerHasALineForEachStream(t *testing.T) {
	t.Parallel()
	own := Media{Addr: netip.MustParseAddrPort("127.0.0.1:20000"), Formats: []uint8{PCMA, PCMU}, EventPT: 96}
	head := sdpO + sdpS + sdpC + sdpT
	for name, c := range map[string]struct {
		offer string
		want  []string
	}{
		"audio and video": {head + "m=audio 4000 RTP/AVP 8\r\nm=video 31000 RTP/AVP 99\r\na=rtpmap:99 H264/90000\r\n",
			[]string{"m=audio 20000 RTP/AVP 8", "m=video 0 RTP/AVP 99"}},
		"video first": {head + "m=video 31000/2 RTP/AVP 99 100\r\nm=audio 4000 RTP/AVPF 0\r\n",
			[]string{"m=video 0 RTP/AVP 99 100", "m=audio 20000 RTP/AVPF 0"}},
		"secured and plain": {head + "m=audio 4000 RTP/SAVP 8\r\nm=audio 4002 RTP/AVP 108 97\r\na=rtpmap:108 PCMA/8000\r\na=rtpmap:97 telephone-event/8000\r\nm=image 4004 udptl t38\r\n",
			[]string{"m=audio 0 RTP/SAVP 8", "m=audio 20000 RTP/AVP 108 97", "m=image 0 udptl t38"}},
	} {
		offer, err := ParseMedia([]byte(c.offer))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		answer, err := own.Answer(offer)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		body, err := answer.Marshal()
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		var lines []string
		for line := range strings.SplitSeq(string(body), "\r\n") {
			if strings.HasPrefix(line, "m=") {
				lines = append(lines, line)
			}
		}
		if !slices.Equal(lines, c.want) {
			t.Errorf("%s: %q, want %q", name, lines, c.want)
		}
		var strict pion.SessionDescription
		// It knows no images, of which RFC 8866 8.2.1 speaks.
		if err := strict.Unmarshal([]byte(strings.Replace(string(body), "m=image 0 udptl t38\r\n", "", 1))); err != nil {
			t.Errorf("%s: a strict reader refuses our answer: %v", name, err)
		}
	}
}

func TestEventTypes(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		own, peer Media
		want      [3]uint8
	}{
		"the answer follows the offer":   {Media{EventPT: 96}, Media{EventPT: 96}, [3]uint8{96, 96, 96}},
		"the answer has its own":         {Media{EventPT: 96}, Media{EventPT: 101}, [3]uint8{96, 96, 101}},
		"we answered an offer of theirs": {Media{EventPT: 101}, Media{EventPT: 101}, [3]uint8{101, 96, 101}},
		"96 is something else to them":   {Media{EventPT: 101}, Media{EventPT: 101, notOurs: true}, [3]uint8{101, 0, 101}},
		"none in the answer":             {Media{EventPT: 96}, Media{}, [3]uint8{96, 96, 0}},
	} {
		if got := c.peer.EventTypes(c.own); got != c.want {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
}

func TestMarshalRefusesIncompleteMedia(t *testing.T) {
	t.Parallel()
	for _, m := range []Media{{}, {Formats: []uint8{8}}, {Addr: netip.MustParseAddrPort("127.0.0.1:1")}} {
		if _, err := m.Marshal(); !errors.Is(err, ErrMedia) {
			t.Errorf("%+v was written", m)
		}
	}
}
