package smsc_test

import (
	"testing"
	"time"

	"mpg/smpp/pdu"
	"mpg/smpp/smsc"
)

// boundAs binds in another way than as a transceiver.
func boundAs(t *testing.T, s *smsc.Server, id pdu.CommandID) *esme {
	t.Helper()
	e := dial(t, s)
	e.bindWith(id, systemID, password)
	if h, _ := e.expect(id.Response()); h.CommandStatus != pdu.ROK {
		t.Fatalf("%s: %s", id, h.CommandStatus)
	}
	return e
}

// Texts come by a receiver and by no transmitter, and only a transmitter may
// send.
func TestReceiverAndTransmitter(t *testing.T) {
	t.Parallel()
	s := listen(t)
	out, in := boundAs(t, s, pdu.BindTransmitter), boundAs(t, s, pdu.BindReceiver)
	if err := s.WaitBound(soon(t), 2); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		if err := s.DeliverAsync(handset, code, "BAL", nil); err != nil {
			t.Fatal(err)
		}
		seq, text := in.delivered()
		if text != "BAL" {
			t.Errorf("delivered %q", text)
		}
		in.write(pdu.AppendDeliverSMResp(nil, pdu.ROK, seq), nil)
	}
	out.submit(1, "x")
	if h, _ := out.expect(pdu.SubmitSMResp); h.CommandStatus != pdu.ROK {
		t.Errorf("a transmitter's submit: %s", h.CommandStatus)
	}
	in.submit(1, "x")
	if h, _ := in.expect(pdu.SubmitSMResp); h.CommandStatus != pdu.RInvBndSts {
		t.Errorf("a receiver's submit: %s", h.CommandStatus)
	}
}

// What is set goes wrong, and nothing else does.
func TestFaultsOfTheField(t *testing.T) {
	t.Parallel()
	s := listen(t)
	e := bound(t, s)
	ask := func() pdu.Status {
		e.write(pdu.AppendHeader(nil, pdu.EnquireLink, 0, 9), nil)
		h, _ := e.expect(pdu.EnquireLinkResp)
		return h.CommandStatus
	}
	s.SetFaults(smsc.Faults{MuteSubmits: true})
	e.submit(1, "never answered")
	if st := ask(); st != pdu.ROK { // and the next PDU is its answer
		t.Errorf("enquire_link of a mute SMSC: %s", st)
	}
	s.SetFaults(smsc.Faults{Forgotten: true})
	e.submit(2, "x")
	if h, _ := e.expect(pdu.SubmitSMResp); h.CommandStatus != pdu.RInvBndSts {
		t.Errorf("submit_sm of a forgotten bind: %s", h.CommandStatus)
	}
	if st := ask(); st != pdu.RInvBndSts {
		t.Errorf("enquire_link of a forgotten bind: %s", st)
	}
	s.SetFaults(smsc.Faults{Padding: 3})
	m := pdu.SM{SourceAddr: []byte("1"), DestinationAddr: []byte("2"), ShortMessage: []byte("BAL"), TLVs: pdu.TLVs{2, 4, 0, 2, 0, 7}}
	if err := s.Inject(&m, nil); err != nil {
		t.Fatal(err)
	}
	_, body := e.expect(pdu.DeliverSM)
	if tail := string(body[len(body)-13:]); tail != "\x03BAL\x00\x00\x00\x02\x04\x00\x02\x00\x07"[:13] {
		t.Errorf("padded %q", tail)
	}
}

// A message that is not acknowledged in time comes again; the late answer counts
// for nothing.
func TestAckWithin(t *testing.T) {
	t.Parallel()
	s := listen(t, func(c *smsc.Config) { c.AckWithin = 10 * time.Millisecond })
	e := bound(t, s)
	answer := make(chan pdu.Status, 2)
	if err := s.DeliverAsync(handset, code, "x", func(st pdu.Status) { answer <- st }); err != nil {
		t.Fatal(err)
	}
	heads := make(chan pdu.Header, 1000)
	go func() {
		for {
			f, err := e.in.Next()
			if err != nil {
				return // the test is over
			}
			heads <- f.Header()
		}
	}()
	first, again := <-heads, <-heads
	if first.SequenceNumber == again.SequenceNumber {
		t.Error("delivered again under the same number")
	}
	e.write(pdu.AppendDeliverSMResp(nil, pdu.ROK, first.SequenceNumber), nil)
	e.write(pdu.AppendHeader(nil, pdu.EnquireLink, 0, 9), nil)
	for late := true; ; {
		select {
		case <-answer:
			if late {
				t.Error("a late acknowledgement counts")
			}
			return
		case h := <-heads:
			if h.CommandID == pdu.EnquireLinkResp { // the late one has been read
				late = false
			} else if !late {
				e.write(pdu.AppendDeliverSMResp(nil, pdu.ROK, h.SequenceNumber), nil)
			}
		}
	}
}
