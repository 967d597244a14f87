package smsc_test

import (
	"context"
	"errors"
	"net"
	"sync"
	"testing"
	"time"

	gosmpp "github.com/fiorix/go-smpp/smpp"
	gopdu "github.com/fiorix/go-smpp/smpp/pdu"
	"github.com/fiorix/go-smpp/smpp/pdu/pdufield"
	"github.com/fiorix/go-smpp/smpp/pdu/pdutext"
	"go.uber.org/goleak"

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

func soon(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	t.Cleanup(cancel)
	return ctx
}

func listen(t *testing.T, change ...func(*smsc.Config)) *smsc.Server {
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

// esme is a client played PDU by PDU.
type esme struct {
	t    *testing.T
	conn net.Conn
	in   *wire.Reader
}

func dial(t *testing.T, s *smsc.Server) *esme {
	t.Helper()
	conn, err := net.Dial("tcp", s.Addr())
	if err != nil {
		t.Fatal(err)
	}
	_ = conn.SetDeadline(time.Now().Add(patience))
	t.Cleanup(func() { _ = conn.Close() })
	return &esme{t: t, conn: conn, in: wire.NewReader(conn, 0)}
}

func (e *esme) write(frame []byte, err error) {
	e.t.Helper()
	if err == nil {
		_, err = e.conn.Write(frame)
	}
	if err != nil {
		e.t.Fatal(err)
	}
}

func (e *esme) expect(id pdu.CommandID) (pdu.Header, []byte) {
	e.t.Helper()
	f, err := e.in.Next()
	if err != nil {
		e.t.Fatalf("waiting for %s: %v", id, err)
	}
	if got := f.Header().CommandID; got != id {
		e.t.Fatalf("got %s, want %s", got, id)
	}
	return f.Header(), f.Body()
}

func (e *esme) bindWith(id pdu.CommandID, system, pass string) {
	e.t.Helper()
	e.write(pdu.AppendBind(nil, id, 1, &pdu.Bind{SystemID: []byte(system), Password: []byte(pass), InterfaceVersion: 0x34}))
}

func bound(t *testing.T, s *smsc.Server) *esme {
	t.Helper()
	e := dial(t, s)
	e.bindWith(pdu.BindTransceiver, systemID, password)
	if h, _ := e.expect(pdu.BindTransceiverResp); h.CommandStatus != pdu.ROK || h.SequenceNumber != 1 {
		t.Fatalf("bind answered %+v", h)
	}
	return e
}

func (e *esme) submit(seq uint32, text string) {
	e.t.Helper()
	e.write(pdu.AppendSM(nil, pdu.SubmitSM, seq, &pdu.SM{SourceAddr: []byte(code), DestinationAddr: []byte("8613800000001"),
		DestAddrTON: pdu.TONInternational, DestAddrNPI: pdu.NPIISDN, ShortMessage: []byte(text)}))
}

// delivered expects a deliver_sm and gives its number and text.
func (e *esme) delivered() (uint32, string) {
	e.t.Helper()
	h, body := e.expect(pdu.DeliverSM)
	var m pdu.SM
	if err := m.Decode(body); err != nil {
		e.t.Fatal(err)
	}
	return h.SequenceNumber, string(m.ShortMessage)
}

func TestBindIsChecked(t *testing.T) {
	t.Parallel()
	s := listen(t)
	for _, c := range []struct {
		name         string
		id           pdu.CommandID
		system, pass string
		faults       smsc.Faults
		answer       pdu.CommandID
		want         pdu.Status
	}{
		{"wrong password", pdu.BindTransceiver, systemID, "wrong", smsc.Faults{}, pdu.BindTransceiverResp, pdu.RInvPaswd},
		{"wrong name", pdu.BindTransceiver, "other", password, smsc.Faults{}, pdu.BindTransceiverResp, pdu.RInvSysID},
		{"no bind at all", pdu.DataSM, systemID, password, smsc.Faults{}, pdu.GenericNack, pdu.RInvBndSts},
		{"a receiver with a wrong password", pdu.BindReceiver, systemID, "wrong", smsc.Faults{}, pdu.BindReceiverResp, pdu.RInvPaswd},
		{"told to refuse", pdu.BindTransceiver, systemID, password, smsc.Faults{Bind: pdu.RAlyBnd}, pdu.BindTransceiverResp, pdu.RAlyBnd},
	} {
		s.SetFaults(c.faults)
		e := dial(t, s)
		e.bindWith(c.id, c.system, c.pass)
		if h, _ := e.expect(c.answer); h.CommandStatus != c.want {
			t.Errorf("%s: %s, want %s", c.name, h.CommandStatus, c.want)
		}
		if _, err := e.in.Next(); err == nil {
			t.Errorf("%s: the link stays", c.name)
		}
	}
	e := dial(t, s)
	e.write(pdu.AppendHeader(nil, pdu.BindTransceiver, 0, 3), nil)
	if s.Bound() != 0 || s.Stats().Binds != 0 {
		t.Error("somebody is bound")
	}
}

func TestDeliverAndRedeliver(t *testing.T) {
	t.Parallel()
	s := listen(t)
	type result struct {
		st  pdu.Status
		err error
	}
	results := make(chan result, 1)
	go func() {
		st, err := s.Deliver(soon(t), handset, code, "PAY 8001 5")
		results <- result{st, err}
	}()
	first := bound(t, s) // the message waits for a link
	if _, text := first.delivered(); text != "PAY 8001 5" {
		t.Fatalf("delivered %q", text)
	}
	_ = first.conn.Close()
	second := bound(t, s)
	seq, text := second.delivered()
	if text != "PAY 8001 5" {
		t.Fatalf("redelivered %q", text)
	}
	second.write(pdu.AppendDeliverSMResp(nil, pdu.ROK, seq+100), nil) // of nothing
	second.write(pdu.AppendDeliverSMResp(nil, pdu.RxPAppn, seq), nil)
	second.write(pdu.AppendDeliverSMResp(nil, pdu.ROK, seq), nil) // once more, too late
	if r := <-results; r.st != pdu.RxPAppn || r.err != nil {
		t.Errorf("got %+v", r)
	}
	if st := s.Stats(); st.Redelivered != 1 || st.Delivered != 0 || st.Waiting != 0 || st.Binds != 2 {
		t.Errorf("stats %+v", st)
	}
}

func TestWindowAndOrder(t *testing.T) {
	t.Parallel()
	s := listen(t, func(c *smsc.Config) { c.Window = 2 })
	e := bound(t, s)
	for _, text := range []string{"1", "2", "3", "4"} {
		if err := s.DeliverAsync(handset, code, text, nil); err != nil {
			t.Fatal(err)
		}
	}
	one, _ := e.delivered()
	if _, text := e.delivered(); text != "2" {
		t.Fatalf("second is %q", text)
	}
	// A third is not sent before an answer: the next PDU is that of enquire_link.
	e.write(pdu.AppendHeader(nil, pdu.EnquireLink, 0, 9), nil)
	e.expect(pdu.EnquireLinkResp)
	e.write(pdu.AppendDeliverSMResp(nil, pdu.ROK, one), nil)
	if _, text := e.delivered(); text != "3" {
		t.Fatalf("third is %q", text)
	}
}

func TestRetryAfterTemporaryRefusal(t *testing.T) {
	t.Parallel()
	s := listen(t, func(c *smsc.Config) { c.RetryAfter = time.Millisecond })
	e := bound(t, s)
	answer := make(chan pdu.Status, 1)
	if err := s.DeliverAsync(handset, code, "x", func(st pdu.Status) { answer <- st }); err != nil {
		t.Fatal(err)
	}
	for _, st := range []pdu.Status{pdu.RMsgQFul, pdu.RxTAppn, pdu.ROK} {
		seq, _ := e.delivered()
		e.write(pdu.AppendDeliverSMResp(nil, st, seq), nil)
	}
	if st := <-answer; st != pdu.ROK {
		t.Errorf("answered %s", st)
	}
}

func TestSubmits(t *testing.T) {
	t.Parallel()
	s := listen(t, func(c *smsc.Config) {
		c.OnSubmit = func(m smsc.Submit) (string, pdu.Status) {
			switch {
			case m.Err != nil || m.From != code || m.To != handset:
				return "", pdu.RSysErr
			case m.Text == "refuse":
				return "", pdu.RSubmitFail
			}
			return "id-" + m.Text, pdu.ROK
		}
	})
	e := bound(t, s)
	for i, c := range []struct {
		text   string
		faults smsc.Faults
		status pdu.Status
		id     string
	}{
		{"a", smsc.Faults{}, pdu.ROK, "id-a\x00"},
		{"refuse", smsc.Faults{}, pdu.RSubmitFail, ""},
		{"b", smsc.Faults{Submit: pdu.RThrottled}, pdu.RThrottled, ""},
		{"c", smsc.Faults{Delay: time.Millisecond}, pdu.ROK, "id-c\x00"},
	} {
		s.SetFaults(c.faults)
		e.submit(uint32(i+10), c.text)
		h, body := e.expect(pdu.SubmitSMResp)
		if h.CommandStatus != c.status || string(body) != c.id || h.SequenceNumber != uint32(i+10) {
			t.Errorf("%q: %+v %q", c.text, h, body)
		}
	}
	s.SetFaults(smsc.Faults{})
	e.write(pdu.AppendHeader(nil, pdu.SubmitSM, 0, 20), nil)
	if h, _ := e.expect(pdu.SubmitSMResp); h.CommandStatus != pdu.RInvCmdLen {
		t.Errorf("without a body: %s", h.CommandStatus)
	}
	e.write(pdu.AppendHeader(nil, pdu.QuerySM, 0, 21), nil)
	if h, _ := e.expect(pdu.GenericNack); h.CommandStatus != pdu.RInvCmdID || h.SequenceNumber != 21 {
		t.Errorf("query_sm: %+v", h)
	}
	s.SetFaults(smsc.Faults{Mute: true})
	e.submit(22, "lost")
	for deadline := time.Now().Add(patience); s.Stats().Submits < 6; time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("the submit is not read")
		}
	}
	s.SetFaults(smsc.Faults{})
	e.write(pdu.AppendHeader(nil, pdu.Unbind, 0, 24), nil)
	e.expect(pdu.UnbindResp)
	if _, err := e.in.Next(); err == nil {
		t.Error("the link outlives its unbind")
	}
	if err := s.WaitBound(soon(t), 0); err != nil {
		t.Error(err)
	}
}

func TestDuplicateAndLostAcks(t *testing.T) {
	t.Parallel()
	s := listen(t)
	e := bound(t, s)
	s.SetFaults(smsc.Faults{Duplicate: true, LoseAcks: true})
	answer := make(chan pdu.Status, 1)
	if err := s.DeliverAsync(handset, code, "x", func(st pdu.Status) { answer <- st }); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		seq, text := e.delivered()
		if text != "x" {
			t.Errorf("delivered %q", text)
		}
		e.write(pdu.AppendDeliverSMResp(nil, pdu.ROK, seq), nil)
	}
	e.write(pdu.AppendHeader(nil, pdu.EnquireLink, 0, 9), nil)
	e.expect(pdu.EnquireLinkResp)
	if len(answer) > 0 || s.Stats().Waiting != 2 {
		t.Error("a lost acknowledgement counts")
	}
	s.SetFaults(smsc.Faults{})
	s.DropLinks()
	again := bound(t, s)
	for range 2 {
		seq, _ := again.delivered()
		again.write(pdu.AppendDeliverSMResp(nil, pdu.ROK, seq), nil)
	}
	if st := <-answer; st != pdu.ROK {
		t.Errorf("answered %s", st)
	}
}

func TestDown(t *testing.T) {
	t.Parallel()
	s := listen(t)
	e := bound(t, s)
	s.SetFaults(smsc.Faults{Down: true})
	if _, err := e.in.Next(); err == nil {
		t.Error("a link survives")
	}
	late := dial(t, s)
	if _, err := late.in.Next(); err == nil {
		t.Error("a connection is served")
	}
	s.SetFaults(smsc.Faults{})
	bound(t, s)
}

func TestClose(t *testing.T) {
	t.Parallel()
	s := listen(t)
	e := bound(t, s)
	dial(t, s) // never binds
	waiting := make(chan error, 1)
	go func() {
		_, err := s.Deliver(soon(t), handset, code, "x")
		waiting <- err
	}()
	e.delivered()
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	if err := <-waiting; !errors.Is(err, smsc.ErrClosed) {
		t.Errorf("Deliver: %v", err)
	}
	if err := s.DeliverAsync(handset, code, "x", nil); !errors.Is(err, smsc.ErrClosed) {
		t.Errorf("DeliverAsync: %v", err)
	}
	if err := s.Close(); !errors.Is(err, smsc.ErrClosed) {
		t.Errorf("second Close: %v", err)
	}
}

// A strange ESME, written by others: go-smpp's transceiver.
func TestGoSMPPTransceiver(t *testing.T) {
	t.Parallel()
	got := make(chan smsc.Submit, 1)
	s := listen(t, func(c *smsc.Config) {
		c.OnSubmit = func(m smsc.Submit) (string, pdu.Status) { got <- m; return "mc-7", pdu.ROK }
	})
	var mu sync.Mutex
	var texts []string
	client := &gosmpp.Transceiver{Addr: s.Addr(), User: systemID, Passwd: password, RespTimeout: patience,
		Handler: func(p gopdu.Body) {
			if p.Header().ID == gopdu.DeliverSMID {
				mu.Lock()
				defer mu.Unlock()
				texts = append(texts, p.Fields()[pdufield.ShortMessage].String())
			}
		}}
	status := client.Bind()
	if st := <-status; st.Error() != nil {
		t.Fatal(st.Error())
	}
	t.Cleanup(func() { _ = client.Close() })
	for _, text := range []string{"PAY 8001 5", "BAL"} {
		if st, err := s.Deliver(soon(t), handset, code, text); err != nil || st != pdu.ROK {
			t.Fatalf("%s, %v", st, err)
		}
	}
	mu.Lock()
	if len(texts) != 2 || texts[0] != "PAY 8001 5" || texts[1] != "BAL" {
		t.Errorf("go-smpp read %q", texts)
	}
	mu.Unlock()
	m, err := client.Submit(&gosmpp.ShortMessage{Src: code, Dst: handset[1:], Text: pdutext.UCS2("已付 5 元")})
	if err != nil || m.RespID() != "mc-7" {
		t.Fatalf("%q, %v", m.RespID(), err)
	}
	if sub := <-got; sub.Text != "已付 5 元" || sub.From != code {
		t.Errorf("the SMSC has %+v", sub)
	}
}
