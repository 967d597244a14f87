package smsc_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"mpg/smpp/pdu"
	"mpg/smpp/smsc"
	"mpg/smpp/wire"
)

// A rate takes a second's worth at once and answers the rest ESME_RTHROTTLED; without
// a rate everything is taken.
func TestRateThrottles(t *testing.T) {
	t.Parallel()
	s := listen(t)
	e := bound(t, s)
	statuses := func(n int) (taken, throttled int) {
		for i := range n {
			e.submit(uint32(i+1), "x")
			switch h, _ := e.expect(pdu.SubmitSMResp); h.CommandStatus {
			case pdu.ROK:
				taken++
			case pdu.RThrottled:
				throttled++
			default:
				t.Errorf("answered %s", h.CommandStatus)
			}
		}
		return taken, throttled
	}
	s.SetFaults(smsc.Faults{Rate: 3})
	if taken, throttled := statuses(20); taken < 3 || taken+throttled != 20 || throttled == 0 {
		t.Errorf("of 20 at 3 a second %d are taken and %d throttled", taken, throttled)
	}
	s.SetFaults(smsc.Faults{})
	if taken, _ := statuses(20); taken != 20 {
		t.Errorf("without a rate %d of 20 are taken", taken)
	}
}

func TestUnbindAsksEverybodyToLeave(t *testing.T) {
	t.Parallel()
	s := listen(t)
	stays, leaves := bound(t, s), bound(t, s)
	if err := s.WaitBound(soon(t), 2); err != nil {
		t.Fatal(err)
	}
	s.Unbind()
	for _, e := range []*esme{stays, leaves} {
		h, body := e.expect(pdu.Unbind)
		if h.SequenceNumber == 0 || len(body) != 0 {
			t.Errorf("unbind %d with %d octets", h.SequenceNumber, len(body))
		}
		if e == leaves {
			e.write(pdu.AppendHeader(nil, pdu.UnbindResp, pdu.ROK, h.SequenceNumber), nil)
		}
	}
	if err := s.WaitBound(soon(t), 1); err != nil {
		t.Fatal(err)
	}
	if s.Bound() != 1 {
		t.Errorf("%d are bound", s.Bound())
	}
	stays.submit(3, "still here")
	stays.expect(pdu.SubmitSMResp)
}

// Bytes that are not a PDU make the other side read nonsense, but never a valid PDU.
func TestNonsenseOnTheWire(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		send func(*smsc.Server)
		want error
	}{
		"garbage":    {(*smsc.Server).Garbage, wire.ErrLength},
		"raw":        {func(s *smsc.Server) { s.Raw([]byte{0, 0, 0, 1, 0, 0, 0, 0}) }, wire.ErrLength},
		"half frame": {(*smsc.Server).HalfFrame, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := listen(t)
			e := bound(t, s)
			if err := s.WaitBound(soon(t), 1); err != nil {
				t.Fatal(err)
			}
			c.send(s)
			if c.want != nil {
				if _, err := e.in.Next(); !errors.Is(err, c.want) {
					t.Errorf("read: %v", err)
				}
				return
			}
			// The rest of the frame is taken from the PDUs behind it.
			s.Raw([]byte(strings.Repeat("\x00", 60)))
			f, err := e.in.Next()
			if err != nil || f.Header().CommandID != pdu.DeliverSM || f.Header().SequenceNumber != pdu.SequenceMax {
				t.Fatalf("read %+v, %v", f.Header(), err)
			}
			var sm pdu.SM
			if err := sm.Decode(f.Body()); err != nil {
				return // and refused by its reader, as it should be
			}
			if string(sm.SourceAddr) != "861" {
				t.Errorf("a message of %q was made up", sm.SourceAddr)
			}
		})
	}
}

// An SMSC that sends too soon: the texts are delivered again once the bind is up.
func TestEarlyPDUs(t *testing.T) {
	t.Parallel()
	s := listen(t)
	s.SetFaults(smsc.Faults{Early: true})
	if err := s.DeliverAsync(handset, code, "BAL", nil); err != nil {
		t.Fatal(err)
	}
	e := dial(t, s)
	e.bindWith(pdu.BindTransceiver, systemID, password)
	e.expect(pdu.EnquireLink)
	if _, body := e.expect(pdu.AlertNotification); !strings.Contains(string(body), "8888") {
		t.Errorf("alert_notification of %q", body)
	}
	early, text := e.delivered()
	if h, _ := e.expect(pdu.BindTransceiverResp); h.CommandStatus != pdu.ROK || text != "BAL" {
		t.Fatalf("%s after %q", h.CommandStatus, text)
	}
	again, text := e.delivered()
	if text != "BAL" || again == early {
		t.Errorf("delivered %q as %d and %d", text, early, again)
	}
	e.write(pdu.AppendDeliverSMResp(nil, pdu.ROK, again), nil)
	e.submit(9, "x")
	e.expect(pdu.SubmitSMResp) // what was written before is read by now
	if st := s.Stats(); st.Waiting != 0 || st.Delivered != 1 {
		t.Errorf("%+v", st)
	}
}

// Responses wait as long as the fault says, and Close waits for none of them.
func TestDelayedResponses(t *testing.T) {
	t.Parallel()
	s := listen(t)
	e := bound(t, s)
	s.SetFaults(smsc.Faults{Delay: time.Millisecond})
	e.submit(1, "x")
	if h, _ := e.expect(pdu.SubmitSMResp); h.SequenceNumber != 1 || h.CommandStatus != pdu.ROK {
		t.Errorf("answered %s to %d", h.CommandStatus, h.SequenceNumber)
	}
	s.SetFaults(smsc.Faults{Delay: time.Hour, Submit: pdu.RSubmitFail})
	e.submit(2, "x")
	e.write(pdu.AppendHeader(nil, pdu.EnquireLink, 0, 3), nil)
	e.expect(pdu.EnquireLinkResp) // overtakes
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}

// Messages of a lost link go to the next one, oldest first; a message in flight is on one
// link only.
func TestQueueGoesToTheNextLink(t *testing.T) {
	t.Parallel()
	s := listen(t, func(c *smsc.Config) { c.Window = 2 })
	first := bound(t, s)
	for _, text := range []string{"1", "2", "3", "4"} {
		if err := s.DeliverAsync(handset, code, text, nil); err != nil {
			t.Fatal(err)
		}
	}
	for _, want := range []string{"1", "2"} {
		if _, text := first.delivered(); text != want {
			t.Errorf("delivered %q, want %q", text, want)
		}
	}
	_ = first.conn.Close()
	if err := s.WaitBound(soon(t), 0); err != nil {
		t.Fatal(err)
	}
	second := bound(t, s)
	for _, want := range []string{"1", "2", "3", "4"} {
		seq, text := second.delivered()
		if text != want {
			t.Errorf("delivered %q, want %q", text, want)
		}
		second.write(pdu.AppendDeliverSMResp(nil, pdu.ROK, seq), nil)
	}
	second.submit(1, "x")
	second.expect(pdu.SubmitSMResp)
	if st := s.Stats(); st.Delivered != 4 || st.Redelivered != 2 || st.Waiting != 0 {
		t.Errorf("%+v", st)
	}
}
