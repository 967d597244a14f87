package smpp_test

import (
	"context"
	"net"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"mpg/smpp"
	"mpg/smpp/pdu"
	"mpg/smpp/smsc"
	"mpg/smpp/wire"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// patience bounds every wait of these tests; none is meant to use it up.
const patience = 2 * time.Minute

const (
	systemID = "mpg"
	password = "sesame"
	handset  = "+8613800000001"
	code     = "8888"
)

func soon(t testing.TB) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	t.Cleanup(cancel)
	return ctx
}

// inbox takes every message and leaves acknowledging to the test.
type inbox struct {
	ch   chan smpp.Message
	full bool
}

func newInbox() *inbox { return &inbox{ch: make(chan smpp.Message, 4096)} }

func (b *inbox) take(m smpp.Message) bool {
	if b.full {
		return false
	}
	b.ch <- m
	return true
}

func (b *inbox) next(t *testing.T) smpp.Message {
	t.Helper()
	select {
	case m := <-b.ch:
		return m
	case <-time.After(patience):
		t.Fatal("no message came")
		return smpp.Message{}
	}
}

// config is a session for addr that reconnects and ends quickly.
func config(addr string, deliver func(smpp.Message) bool) smpp.Config {
	return smpp.Config{
		Name: "test", Addr: addr, Account: smpp.Account{SystemID: systemID, Password: password},
		// Most scripted peers leave an unbind unanswered.
		Timeouts: smpp.Timeouts{Unbind: 20 * time.Millisecond},
		Backoff:  smpp.Backoff{Base: 2 * time.Millisecond, Max: 10 * time.Millisecond},
		Deliver:  deliver,
	}
}

// clock stands still until it is moved, so that no test depends on how fast the
// machine is.
type clock struct{ ns atomic.Int64 }

func (c *clock) Now() time.Time          { return time.Unix(0, c.ns.Load()) }
func (c *clock) advance(d time.Duration) { c.ns.Add(int64(d)) }

// run starts a session and ends it with the test.
func run(t testing.TB, cfg smpp.Config) *smpp.Session {
	t.Helper()
	s, err := smpp.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- s.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		select {
		case <-ended:
		case <-time.After(patience):
			t.Error("Run does not end")
		}
	})
	return s
}

// bind starts a session and waits until it is bound.
func bind(t testing.TB, cfg smpp.Config) *smpp.Session {
	t.Helper()
	s := run(t, cfg)
	if err := s.WaitBound(soon(t)); err != nil {
		t.Fatal("not bound:", err)
	}
	return s
}

// center starts a simulated SMSC for the account of config.
func center(t testing.TB, change ...func(*smsc.Config)) *smsc.Server {
	t.Helper()
	cfg := smsc.Config{Addr: "127.0.0.1:0", SystemID: systemID, Password: password}
	for _, f := range change {
		f(&cfg)
	}
	s, err := smsc.Listen(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

// until waits for a condition that nothing signals.
func until(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for deadline := time.Now().Add(patience); !ok(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("never:", what)
		}
	}
}

// script is an SMSC that a test plays PDU by PDU.
type script struct {
	t        *testing.T
	listener net.Listener

	mu    sync.Mutex
	conns []net.Conn
}

func newScript(t *testing.T) *script {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &script{t: t, listener: l}
	t.Cleanup(func() {
		_ = l.Close()
		s.mu.Lock()
		defer s.mu.Unlock()
		for _, c := range s.conns {
			_ = c.Close()
		}
	})
	return s
}

func (s *script) addr() string { return s.listener.Addr().String() }

// peer is one connection to a script.
type peer struct {
	t    *testing.T
	conn net.Conn
	in   *wire.Reader
}

// accept takes the next connection; bound also answers its bind.
func (s *script) accept() *peer {
	s.t.Helper()
	_ = s.listener.(*net.TCPListener).SetDeadline(time.Now().Add(patience))
	conn, err := s.listener.Accept()
	if err != nil {
		s.t.Fatal(err)
	}
	s.mu.Lock()
	s.conns = append(s.conns, conn)
	s.mu.Unlock()
	_ = conn.SetDeadline(time.Now().Add(patience))
	return &peer{t: s.t, conn: conn, in: wire.NewReader(conn, 0)}
}

func (s *script) bound() *peer {
	s.t.Helper()
	p := s.accept()
	h, _ := p.expect(pdu.BindTransceiver)
	resp, err := pdu.AppendBindResp(nil, pdu.BindTransceiverResp, pdu.ROK, h.SequenceNumber, &pdu.BindResp{SystemID: []byte("SMSC")})
	if err != nil {
		s.t.Fatal(err)
	}
	p.write(resp)
	return p
}

func (p *peer) write(octets []byte) {
	p.t.Helper()
	if _, err := p.conn.Write(octets); err != nil {
		p.t.Fatal(err)
	}
}

func (p *peer) bare(id pdu.CommandID, st pdu.Status, seq uint32) {
	p.t.Helper()
	p.write(pdu.AppendHeader(nil, id, st, seq))
}

// expect is the next PDU, which must be an id.
func (p *peer) expect(id pdu.CommandID) (pdu.Header, []byte) {
	p.t.Helper()
	f, err := p.in.Next()
	if err != nil {
		p.t.Fatalf("waiting for %s: %v", id, err)
	}
	if got := f.Header().CommandID; got != id {
		p.t.Fatalf("got %s, want %s", got, id)
	}
	return f.Header(), f.Body()
}

// answer expects the response id to seq with status st.
func (p *peer) answer(id pdu.CommandID, st pdu.Status, seq uint32) {
	p.t.Helper()
	h, _ := p.expect(id)
	if h.CommandStatus != st || h.SequenceNumber != seq {
		p.t.Fatalf("%s: %s to %d, want %s to %d", id, h.CommandStatus, h.SequenceNumber, st, seq)
	}
}

// gone expects the ESME to have closed the connection.
func (p *peer) gone() {
	p.t.Helper()
	if f, err := p.in.Next(); err == nil {
		p.t.Fatalf("got %s, want the end of the link", f.Header().CommandID)
	} else if nerr, ok := err.(net.Error); ok && nerr.Timeout() {
		p.t.Fatal("the link does not end")
	}
}

// deliver sends a text as deliver_sm seq.
func (p *peer) deliver(seq uint32, text string) {
	p.t.Helper()
	p.inject(seq, &pdu.SM{SourceAddr: []byte("8613800000001"), SourceAddrTON: 1, SourceAddrNPI: 1,
		DestinationAddr: []byte(code), ShortMessage: []byte(text)})
}

func (p *peer) inject(seq uint32, m *pdu.SM) {
	p.t.Helper()
	frame, err := pdu.AppendSM(nil, pdu.DeliverSM, seq, m)
	if err != nil {
		p.t.Fatal(err)
	}
	p.write(frame)
}

func (p *peer) submitResp(seq uint32, messageID string) {
	p.t.Helper()
	frame, err := pdu.AppendSMResp(nil, pdu.SubmitSMResp, pdu.ROK, seq, &pdu.SMResp{MessageID: []byte(messageID)})
	if err != nil {
		p.t.Fatal(err)
	}
	p.write(frame)
}
