package smpp_test

import (
	"testing"

	gopdu "github.com/fiorix/go-smpp/smpp/pdu"
	"github.com/fiorix/go-smpp/smpp/pdu/pdufield"
	"github.com/fiorix/go-smpp/smpp/smpptest"

	"mpg/smpp"
	"mpg/smpp/pdu"
)

// A strange SMSC, written by others: go-smpp's test server, which answers each
// submit and sends its text back.
func TestGoSMPPServer(t *testing.T) {
	t.Parallel()
	acks := make(chan gopdu.Status, 1)
	srv := smpptest.NewUnstartedServer()
	srv.User, srv.Passwd = systemID, password
	srv.Handler = func(c smpptest.Conn, m gopdu.Body) {
		var out []gopdu.Body
		switch m.Header().ID {
		case gopdu.SubmitSMID:
			resp := gopdu.NewSubmitSMResp()
			resp.Header().Seq = m.Header().Seq
			_ = resp.Fields().Set(pdufield.MessageID, "strange-1")
			back := gopdu.NewSubmitSM(nil) // its deliver_sm is written with an octet too many
			back.Header().ID = gopdu.DeliverSMID
			for _, f := range []pdufield.Name{pdufield.DataCoding, pdufield.ShortMessage} {
				_ = back.Fields().Set(f, m.Fields()[f].Bytes())
			}
			_ = back.Fields().Set(pdufield.SourceAddr, m.Fields()[pdufield.DestinationAddr].String())
			_ = back.Fields().Set(pdufield.DestinationAddr, m.Fields()[pdufield.SourceAddr].String())
			out = append(out, resp, back)
		case gopdu.UnbindID:
			resp := gopdu.NewUnbindResp()
			resp.Header().Seq = m.Header().Seq
			out = append(out, resp)
		case gopdu.DeliverSMRespID:
			acks <- m.Header().Status
		}
		for _, p := range out {
			if err := c.Write(p); err != nil {
				t.Error(err)
			}
		}
	}
	srv.Start()
	t.Cleanup(srv.Close)

	in := newInbox()
	s := bind(t, config(srv.Addr(), in.take))
	for _, body := range []string{"PAID 128.50 TO BLUEBIRD", "已付 128.50 元 😀"} {
		o, err := s.Submit(soon(t), smpp.Outgoing{From: code, To: handset, Text: body})
		if err != nil || o.Verdict != smpp.Accepted || o.MessageID != "strange-1" {
			t.Fatalf("%+v, %v", o, err)
		}
		m := in.next(t)
		if m.Text != body || m.From != handset[1:] || m.To != code || m.Kind != smpp.Text {
			t.Errorf("came back as %+v", m)
		}
		s.Ack(m.Delivery, pdu.ROK)
		if st := <-acks; st != 0 {
			t.Errorf("acknowledged with %v", st)
		}
	}
	if err := s.Drain(soon(t)); err != nil {
		t.Error(err)
	}
	if st := s.Stats(); st.Received["unbind_resp"] != 1 {
		t.Errorf("stats %+v", st)
	}
}
