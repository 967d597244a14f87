package sip

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/emiago/sipgo/sip"
)

const (
	number   = "+8613800000001"
	patience = 2 * time.Minute // for anything that must happen
)

// trunk is a peer made of octets: it does what no decent stack would do. Each
// call that it has answered must be acknowledged and ended when the test is over.
type trunk struct {
	t     *testing.T
	conn  *net.UDPConn
	in    chan sip.Message
	tag   string
	calls *answeredCalls
	over  atomic.Bool // the test is over

	rings atomic.Int32 // that Dial has told of, see tellsOfRinging

	mu   sync.Mutex
	done map[string]bool // the transactions that the test has ended by its answer
}

// answeredCalls are the dialogs that a trunk began with a 2xx, by Call-ID and
// the tag of that phone.
type answeredCalls struct {
	mu  sync.Mutex
	all map[[2]string]*answeredCall
}

type answeredCall struct{ answered, acknowledged, ended bool }

// of finds what is known about a dialog.
func (c *answeredCalls) of(m sip.Message, tag string) *answeredCall {
	key := [2]string{m.CallID().Value(), tag}
	if c.all[key] == nil {
		c.all[key] = &answeredCall{}
	}
	return c.all[key]
}

// sent notes what the trunk says: the answer to an INVITE, or BYE.
func (c *answeredCalls) sent(text string) {
	bye := strings.HasPrefix(text, "BYE ")
	if !bye && !strings.HasPrefix(text, "SIP/2.0 2") || !bye && !strings.Contains(text, " INVITE\r\n") {
		return
	}
	msg, err := sip.NewParser(sip.WithHeadersParsers((&lenient{log: slog.New(slog.DiscardHandler), warned: map[string]bool{}}).parsers())).ParseSIP(readable([]byte(text)))
	if err != nil || msg.CallID() == nil {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if !bye {
		c.of(msg, tagOf(msg.To())).answered = true
		return
	}
	tag, _ := msg.From().Params.Get("tag")
	c.of(msg, tag).ended = true
}

// heard notes what the agent says.
func (c *answeredCalls) heard(msg sip.Message) {
	req, ok := msg.(*sip.Request)
	if !ok || req.CallID() == nil {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	call := c.of(req, tagOf(req.To()))
	call.acknowledged = call.acknowledged || req.Method == sip.ACK
	call.ended = call.ended || req.Method == sip.BYE
}

// check fails the test for each call that was left up.
func (c *answeredCalls) check(t *testing.T) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for key, call := range c.all {
		if call.answered && (!call.acknowledged || !call.ended) {
			t.Errorf("an answered call (tag %q) was left: acknowledged %v, ended %v", key[1], call.acknowledged, call.ended)
		}
	}
}

func newTrunk(t *testing.T) *trunk {
	t.Helper()
	return newTrunkFor(t, &answeredCalls{all: map[[2]string]*answeredCall{}})
}

// newTrunkFor returns a trunk that shares its records with others.
func newTrunkFor(t *testing.T, calls *answeredCalls) *trunk {
	t.Helper()
	conn, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	p := &trunk{t: t, conn: conn, in: make(chan sip.Message, 256), tag: "peer", calls: calls}
	var wg sync.WaitGroup
	wg.Go(p.read)
	t.Cleanup(func() { conn.Close(); wg.Wait(); p.calls.check(t) })
	return p
}

func (p *trunk) read() {
	buf := make([]byte, 65536)
	parser := sip.NewParser()
	for {
		n, _, err := p.conn.ReadFromUDP(buf)
		if err != nil {
			return
		}
		msg, err := parser.ParseSIP(bytes.Clone(buf[:n]))
		if err != nil {
			p.t.Errorf("the agent sent what is not SIP: %v", err)
			continue
		}
		p.calls.heard(msg)
		if p.over.Load() {
			p.agreeTo(msg)
			continue
		}
		p.in <- msg
	}
}

// agree answers each BYE from now on, and those that the test left unanswered,
// so that Close need not wait.
func (p *trunk) agree() {
	p.over.Store(true)
	for {
		select {
		case m := <-p.in:
			p.agreeTo(m)
		default:
			return
		}
	}
}

func (p *trunk) agreeTo(m sip.Message) {
	if req, ok := m.(*sip.Request); ok && req.Method == sip.BYE {
		p.send(viaAddr(req), sip.NewResponseFromRequest(req, 200, "OK", nil).String())
	}
}

func (p *trunk) port() int { return p.conn.LocalAddr().(*net.UDPAddr).Port }

// expect returns the next request of the method, skipping others, and what was sent once
// more before our answer to it arrived.
func (p *trunk) expect(method sip.RequestMethod) *sip.Request {
	p.t.Helper()
	deadline := time.After(patience)
	for {
		select {
		case m := <-p.in:
			if req, ok := m.(*sip.Request); ok && req.Method == method && !p.hasEnded(req) {
				return req
			}
		case <-deadline:
			p.t.Fatalf("no %s came", method)
		}
	}
}

// expectResponse returns the next response with the code.
func (p *trunk) expectResponse(code int) *sip.Response {
	p.t.Helper()
	deadline := time.After(patience)
	for {
		select {
		case m := <-p.in:
			if res, ok := m.(*sip.Response); ok && res.StatusCode == code {
				return res
			}
		case <-deadline:
			p.t.Fatalf("no response %d came", code)
		}
	}
}

// never fails if a request of the method comes within the time, other than once more one
// that was answered.
func (p *trunk) never(method sip.RequestMethod, within time.Duration) {
	p.t.Helper()
	deadline := time.After(within)
	for {
		select {
		case m := <-p.in:
			if req, ok := m.(*sip.Request); ok && req.Method == method && !p.hasEnded(req) {
				p.t.Fatalf("unexpected %s", method)
			}
		case <-deadline:
			return
		}
	}
}

// ends notes that a final answer is sent to req. That of an INVITE by 2xx may be sent again.
func (p *trunk) ends(req *sip.Request, code int) {
	if code < 200 || code < 300 && req.Method == sip.INVITE {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.done == nil {
		p.done = make(map[string]bool)
	}
	p.done[transactionOf(req)] = true
}

// hasEnded reports whether req repeats one that was answered.
func (p *trunk) hasEnded(req *sip.Request) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.done[transactionOf(req)]
}

// transactionOf returns what a request and its repeats have in common. RFC 3261 17.2.3
func transactionOf(req *sip.Request) string {
	branch, _ := req.Via().Params.Get("branch")
	return branch + " " + string(req.Method)
}

const answerSDP = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n" +
	"m=audio 40000 RTP/AVP 8 101\r\na=rtpmap:8 PCMA/8000\r\na=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-15\r\n"

func (p *trunk) reply(req *sip.Request, code int, body string) {
	p.replyAs(req, code, p.tag, body)
}

func (p *trunk) replyAs(req *sip.Request, code int, tag, body string) {
	p.ends(req, code)
	res := sip.NewResponseFromRequest(req, code, "Reason", []byte(body))
	res.To().Params.Remove("tag")
	res.To().Params.Add("tag", tag)
	if req.Method == sip.INVITE {
		res.AppendHeader(sip.NewHeader("Contact", fmt.Sprintf("<sip:peer@127.0.0.1:%d>", p.port())))
	}
	if body != "" {
		res.AppendHeader(sip.NewHeader("Content-Type", "application/sdp"))
	}
	p.send(viaAddr(req), res.String())
}

// tellsOfRinging has a call count what it hears of ringing.
func (p *trunk) tellsOfRinging(c *Call) { c.Ringing = func() { p.rings.Add(1) } }

// isHeard waits until the call, see tellsOfRinging, has dealt with n provisional responses:
// sipgo takes each message in a goroutine of its own.
func (p *trunk) isHeard(n int32) {
	p.t.Helper()
	for deadline := time.Now().Add(patience); p.rings.Load() < n; time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			p.t.Fatal("the ringing is not heard")
		}
	}
}

func viaAddr(req *sip.Request) *net.UDPAddr {
	return &net.UDPAddr{IP: net.ParseIP(req.Via().Host), Port: req.Via().Port}
}

func (p *trunk) send(to *net.UDPAddr, text string) {
	p.calls.sent(text)
	_, err := p.conn.WriteToUDP([]byte(text), to)
	if closed := p.over.Load() && errors.Is(err, net.ErrClosed); err != nil && !closed {
		p.t.Errorf("trunk: %v", err)
	}
}

// request sends a request within the dialog that inv began.
func (p *trunk) request(inv *sip.Request, method string, seq int, extra, body string) {
	var b strings.Builder
	from := inv.To().Value()
	if !strings.Contains(from, "tag=") {
		from += ";tag=" + p.tag
	}
	fmt.Fprintf(&b, "%s %s SIP/2.0\r\n", method, inv.Contact().Address.String())
	fmt.Fprintf(&b, "Via: SIP/2.0/UDP 127.0.0.1:%d;branch=z9hG4bK.%s%d\r\n", p.port(), method, seq)
	fmt.Fprintf(&b, "From: %s\r\nTo: %s\r\n", from, inv.From().Value())
	fmt.Fprintf(&b, "Call-ID: %s\r\nCSeq: %d %s\r\nMax-Forwards: 70\r\n", inv.CallID().Value(), seq, method)
	fmt.Fprintf(&b, "Contact: <sip:peer@127.0.0.1:%d>\r\n%s", p.port(), extra)
	fmt.Fprintf(&b, "Content-Length: %d\r\n\r\n%s", len(body), body)
	p.send(viaAddr(inv), b.String())
}

func newAgent(t *testing.T, p *trunk, change ...func(*Config)) *Agent {
	t.Helper()
	cfg := Config{
		Listen: netip.MustParseAddrPort("127.0.0.1:0"),
		Trunk:  fmt.Sprintf("sip:127.0.0.1:%d", p.port()),
		From:   "8888", Ring: patience, Log: slog.New(slog.DiscardHandler),
	}
	for _, f := range change {
		f(&cfg)
	}
	a, err := Listen(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		p.agree()
		if err := a.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return a
}

// dialled is a Dial under way.
type dialled struct {
	session *Session
	err     error
	done    chan struct{}
}

func dial(ctx context.Context, a *Agent, change ...func(*Call)) *dialled {
	call := Call{To: number, Ref: "TEST", Media: Media{Addr: netip.MustParseAddrPort("127.0.0.1:30000")}}
	for _, f := range change {
		f(&call)
	}
	d := &dialled{done: make(chan struct{})}
	go func() {
		defer close(d.done)
		d.session, d.err = a.Dial(ctx, call)
	}()
	return d
}

func (d *dialled) wait(t *testing.T) (*Session, error) {
	t.Helper()
	select {
	case <-d.done:
	case <-time.After(patience):
		t.Fatal("Dial does not return")
	}
	return d.session, d.err
}
