package peers

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"net"
	"net/netip"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"
)

// oddTrunk is a SIP trunk that writes its own messages and may break any rule. Each
// number has a behaviour. The trunk records its calls: one that it answered must be
// acknowledged and ended.
type oddTrunk struct {
	t    *testing.T
	conn *net.UDPConn
	ip   string
	does map[string]func(*oddCall) // by number, digits only
	wg   sync.WaitGroup

	mu     sync.Mutex
	calls  map[string]*oddCall // by Call-ID
	phones map[string]*oddPhone
}

// oddPhone is one phone that answered, by Call-ID and tag.
type oddPhone struct{ answered, acknowledged, ended bool }

// sipText is a SIP message as it came.
type sipText struct {
	line    string
	headers [][2]string // names in lower case
	body    string
	from    netip.AddrPort
}

func readSIPText(data []byte, from netip.AddrPort) *sipText {
	head, body, _ := strings.Cut(string(data), "\r\n\r\n")
	lines := strings.Split(head, "\r\n")
	m := &sipText{line: lines[0], body: body, from: from}
	for _, line := range lines[1:] {
		name, value, _ := strings.Cut(line, ":")
		m.headers = append(m.headers, [2]string{strings.ToLower(strings.TrimSpace(name)), strings.TrimSpace(value)})
	}
	return m
}

// is reports whether it is a request of the method, or a response with the code.
func (m *sipText) is(what string) bool {
	return strings.HasPrefix(m.line, what+" ") || strings.HasPrefix(m.line, "SIP/2.0 "+what)
}

func (m *sipText) all(name string) (values []string) {
	for _, h := range m.headers {
		if h[0] == name {
			values = append(values, h[1])
		}
	}
	return values
}

func (m *sipText) get(name string) string { return strings.Join(m.all(name), ", ") }

// tagIn is the tag of a From or To.
func tagIn(value string) string {
	_, tag, _ := strings.Cut(value, ";tag=")
	tag, _, _ = strings.Cut(tag, ";")
	return tag
}

// startOddTrunk takes the place of the phones.
func (w *world) startOddTrunk(does map[string]func(*oddCall)) *oddTrunk {
	w.t.Helper()
	conn, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.ParseIP(w.ip), Port: phoneSIP})
	if err != nil {
		w.t.Fatal(err)
	}
	k := &oddTrunk{t: w.t, conn: conn, ip: w.ip, does: does, calls: map[string]*oddCall{}, phones: map[string]*oddPhone{}}
	k.wg.Go(k.read)
	w.t.Cleanup(func() { _ = conn.Close(); k.wg.Wait() })
	return k
}

func (k *oddTrunk) read() {
	buf := make([]byte, 65536)
	for {
		n, from, err := k.conn.ReadFromUDPAddrPort(buf)
		if err != nil {
			return
		}
		m := readSIPText(bytes.Clone(buf[:n]), from)
		switch c := k.take(m); {
		case c != nil:
			select {
			case c.in <- m:
			default:
				k.t.Error("a behaviour does not read what comes for it")
			}
		case m.is("OPTIONS"):
			k.write(response(m, "200 OK", "t", nil, ""), from)
		}
	}
}

// take records a message and finds its call, or starts one.
func (k *oddTrunk) take(m *sipText) *oddCall {
	k.mu.Lock()
	defer k.mu.Unlock()
	id := m.get("call-id")
	if phone := k.phones[id+tagIn(m.get("to"))]; phone != nil {
		phone.acknowledged = phone.acknowledged || m.is("ACK")
		phone.ended = phone.ended || m.is("BYE")
	}
	if c := k.calls[id]; c != nil || !m.is("INVITE") {
		return c
	}
	number, _, _ := strings.Cut(strings.TrimPrefix(strings.Fields(m.line)[1], "sip:"), "@")
	does := k.does[number]
	if does == nil {
		k.t.Error("a number is called that nobody has")
		return nil
	}
	c := &oddCall{k: k, invite: m, in: make(chan *sipText, 64), seq: 100, over: make(chan struct{})}
	k.calls[id] = c
	k.wg.Go(func() { defer close(c.over); c.run(does) })
	return c
}

// phone is the account of a phone of a call.
func (k *oddTrunk) phone(id, tag string) *oddPhone {
	if k.phones[id+tag] == nil {
		k.phones[id+tag] = &oddPhone{}
	}
	return k.phones[id+tag]
}

// left counts the phones that were answered and not acknowledged, or not ended.
func (k *oddTrunk) left() (answered, left int) {
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, p := range k.phones {
		if p.answered {
			answered++
			if !p.acknowledged || !p.ended {
				left++
			}
		}
	}
	return answered, left
}

func (k *oddTrunk) write(text string, to netip.AddrPort) {
	m := readSIPText([]byte(text), to)
	k.mu.Lock()
	if strings.HasPrefix(text, "SIP/2.0 2") && strings.HasSuffix(strings.Join(strings.Fields(m.get("cseq")), " "), " INVITE") {
		k.phone(m.get("call-id")+m.get("i"), tagIn(m.get("to")+m.get("t"))).answered = true
	}
	if m.is("BYE") {
		k.phone(m.get("call-id"), tagIn(m.get("from"))).ended = true
	}
	k.mu.Unlock()
	if _, err := k.conn.WriteToUDPAddrPort([]byte(text), to); err != nil {
		k.t.Errorf("the odd trunk: %v", err)
	}
}

// response writes a response to a request, with the headers given besides.
func response(req *sipText, status, tag string, headers []string, body string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "SIP/2.0 %s\r\n", status)
	for _, via := range req.all("via") {
		fmt.Fprintf(&b, "Via: %s\r\n", via)
	}
	to := req.get("to")
	if tag != "" && tagIn(to) == "" {
		to += ";tag=" + tag
	}
	fmt.Fprintf(&b, "From: %s\r\nTo: %s\r\nCall-ID: %s\r\nCSeq: %s\r\n", req.get("from"), to, req.get("call-id"), req.get("cseq"))
	for _, h := range headers {
		b.WriteString(h + "\r\n")
	}
	if body != "" && !strings.Contains(b.String(), "Content-Type:") {
		b.WriteString("Content-Type: application/sdp\r\n")
	}
	fmt.Fprintf(&b, "Content-Length: %d\r\n\r\n%s", len(body), body)
	return b.String()
}

// oddCall is one call at the odd trunk.
type oddCall struct {
	k      *oddTrunk
	invite *sipText // the last one
	in     chan *sipText
	seq    int
	rtp    *oddRTP
	over   chan struct{} // closed when its behaviour is done
}

const oddTag = "odd"

// oddFailure ends a behaviour.
type oddFailure string

// run lets a call behave, with sound at hand.
func (c *oddCall) run(does func(*oddCall)) {
	defer func() {
		switch why := recover().(type) {
		case nil:
		case oddFailure:
			c.k.t.Errorf("%.40s: %s", c.invite.line, string(why))
		default:
			panic(why)
		}
	}()
	c.rtp = c.openRTP()
	defer func() { _ = c.rtp.conn.Close() }()
	c.expect("INVITE")
	does(c)
}

// expect returns the next message of the kind and passes over the rest. A BYE
// that comes meanwhile is answered.
func (c *oddCall) expect(what string) *sipText {
	late := time.After(patience)
	for {
		select {
		case m := <-c.in:
			if m.is("INVITE") {
				c.invite = m
			}
			if m.is(what) {
				return m
			}
			if m.is("BYE") {
				c.k.write(response(m, "200 OK", oddTag, nil, ""), m.from)
			}
		case <-late:
			panic(oddFailure("no " + what + " came"))
		}
	}
}

func (c *oddCall) contact() string {
	return fmt.Sprintf("Contact: <sip:gw@%s:%d>", c.k.ip, phoneSIP)
}

// reply answers the INVITE as a well-behaved trunk would, with extra headers.
func (c *oddCall) reply(status, body string, headers ...string) {
	c.raw(response(c.invite, status, oddTag, append([]string{c.contact()}, headers...), body))
}

func (c *oddCall) raw(text string) { c.k.write(text, c.invite.from) }

var uriIn = regexp.MustCompile(`<([^>]+)>`)

// request sends a request within the call.
func (c *oddCall) request(method, body string, headers ...string) {
	if method != "ACK" {
		c.seq++
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s SIP/2.0\r\nVia: SIP/2.0/UDP %s:%d;branch=z9hG4bK%x;rport\r\n", method,
		uriIn.FindStringSubmatch(c.invite.get("contact"))[1], c.k.ip, phoneSIP, rand.Uint64())
	fmt.Fprintf(&b, "Max-Forwards: 70\r\nFrom: %s;tag=%s\r\nTo: %s\r\nCall-ID: %s\r\nCSeq: %d %s\r\n%s\r\n",
		c.invite.get("to"), oddTag, c.invite.get("from"), c.invite.get("call-id"), c.seq, method, c.contact())
	for _, h := range headers {
		b.WriteString(h + "\r\n")
	}
	if body != "" && !strings.Contains(b.String(), "Content-Type:") {
		b.WriteString("Content-Type: application/sdp\r\n")
	}
	fmt.Fprintf(&b, "Content-Length: %d\r\n\r\n%s", len(body), body)
	c.raw(b.String())
}

// sdp describes the phone's sound, with telephone-event unless events is 0.
func (c *oddCall) sdp(events int) string {
	formats, lines := "8", ""
	if events != 0 {
		formats = fmt.Sprint("8 ", events)
		lines = fmt.Sprintf("a=rtpmap:%d telephone-event/8000\r\na=fmtp:%d 0-15\r\n", events, events)
	}
	return fmt.Sprintf("v=0\r\no=- 1 1 IN IP4 %s\r\ns=-\r\nc=IN IP4 %s\r\nt=0 0\r\nm=audio %d RTP/AVP %s\r\na=rtpmap:8 PCMA/8000\r\n%s",
		c.k.ip, c.k.ip, c.rtp.port(), formats, lines)
}

// pay presses all keys and hangs up when it is asked to.
func (c *oddCall) pay(events int) {
	time.Sleep(300 * time.Millisecond) // the answer must be in use
	c.rtp.press(events, oddKeys)
	c.goodBye()
}

// goodBye answers the BYE.
func (c *oddCall) goodBye() {
	bye := c.expect("BYE")
	c.k.write(response(bye, "200 OK", oddTag, nil, ""), bye.from)
}
