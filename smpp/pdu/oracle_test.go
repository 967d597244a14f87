package pdu_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"testing"

	gosmpp "github.com/fiorix/go-smpp/smpp/pdu"
	"github.com/fiorix/go-smpp/smpp/pdu/pdufield"
	"github.com/fiorix/go-smpp/smpp/pdu/pdutext"
	"github.com/fiorix/go-smpp/smpp/pdu/pdutlv"

	"mpg/smpp/pdu"
)

// The constants agree with go-smpp's, name by name.
func TestCommandIDsAgreeWithGoSMPP(t *testing.T) {
	t.Parallel()
	for ours, theirs := range map[pdu.CommandID]gosmpp.ID{
		pdu.GenericNack: gosmpp.GenericNACKID, pdu.BindReceiver: gosmpp.BindReceiverID, pdu.BindReceiverResp: gosmpp.BindReceiverRespID,
		pdu.BindTransmitter: gosmpp.BindTransmitterID, pdu.BindTransmitterResp: gosmpp.BindTransmitterRespID,
		pdu.QuerySM: gosmpp.QuerySMID, pdu.QuerySMResp: gosmpp.QuerySMRespID, pdu.SubmitSM: gosmpp.SubmitSMID,
		pdu.SubmitSMResp: gosmpp.SubmitSMRespID, pdu.DeliverSM: gosmpp.DeliverSMID, pdu.DeliverSMResp: gosmpp.DeliverSMRespID,
		pdu.Unbind: gosmpp.UnbindID, pdu.UnbindResp: gosmpp.UnbindRespID, pdu.ReplaceSM: gosmpp.ReplaceSMID,
		pdu.ReplaceSMResp: gosmpp.ReplaceSMRespID, pdu.CancelSM: gosmpp.CancelSMID, pdu.CancelSMResp: gosmpp.CancelSMRespID,
		pdu.BindTransceiver: gosmpp.BindTransceiverID, pdu.BindTransceiverResp: gosmpp.BindTransceiverRespID,
		pdu.Outbind: gosmpp.OutbindID, pdu.EnquireLink: gosmpp.EnquireLinkID, pdu.EnquireLinkResp: gosmpp.EnquireLinkRespID,
		pdu.SubmitMulti: gosmpp.SubmitMultiID, pdu.SubmitMultiResp: gosmpp.SubmitMultiRespID,
		pdu.AlertNotification: gosmpp.AlertNotificationID, pdu.DataSM: gosmpp.DataSMID, pdu.DataSMResp: gosmpp.DataSMRespID,
	} {
		if uint32(ours) != uint32(theirs) {
			t.Errorf("%s is %#x, theirs %#x", ours, uint32(ours), uint32(theirs))
		}
		if want := uint32(ours) | 0x80000000; uint32(ours.Response()) != want {
			t.Errorf("%s is answered by %#x", ours, uint32(ours.Response()))
		}
	}
}

// TestEncodingsAreReadByGoSMPP gives what we write to the second opinion.
func TestEncodingsAreReadByGoSMPP(t *testing.T) {
	t.Parallel()
	tlvs, _ := pdu.AppendTLV(nil, pdu.TagUserMessageReference, []byte{1, 2})
	sm := pdu.SM{ServiceType: []byte("CMT"), SourceAddr: []byte("8888"), DestinationAddr: []byte("8613800000001"),
		DestAddrTON: 1, DestAddrNPI: 1, DataCoding: 8, ShortMessage: []byte{0x4E, 0xD8}, TLVs: tlvs}
	frame, err := pdu.AppendSM(nil, pdu.SubmitSM, 77, &sm)
	if err != nil {
		t.Fatal(err)
	}
	bind, err := pdu.AppendBind(nil, pdu.BindTransceiver, 1, &pdu.Bind{SystemID: []byte("mpg"), Password: []byte("p"), InterfaceVersion: 0x34})
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range [][]byte{
		frame, bind, pdu.AppendDeliverSMResp(nil, pdu.ROK, 3),
		pdu.AppendHeader(nil, pdu.EnquireLink, pdu.ROK, 4), pdu.AppendHeader(nil, pdu.GenericNack, pdu.RInvCmdID, 5),
	} {
		theirs, err := gosmpp.Decode(bytes.NewReader(f))
		if err != nil {
			t.Errorf("%x: %v", f, err)
			continue
		}
		var back bytes.Buffer
		if err := theirs.SerializeTo(&back); err != nil || !bytes.Equal(back.Bytes(), f) {
			t.Errorf("go-smpp writes %x as %x, %v", f, back.Bytes(), err)
		}
	}
}

// goSMPPMax is the longest PDU that go-smpp reads, in octets.
const goSMPPMax = 4096

// FuzzSMAgainstGoSMPP feeds both decoders the same body. What we read they must
// read alike; what we refuse they may take only where they are known to be
// careless.
func FuzzSMAgainstGoSMPP(f *testing.F) {
	f.Add(deliver(f).Body())
	f.Add([]byte{})
	f.Add(deliver(f).Body()[:50])
	f.Fuzz(func(t *testing.T, body []byte) {
		if len(body) > goSMPPMax-pdu.HeaderLen {
			return
		}
		var ours pdu.SM
		err := ours.Decode(body)
		if ours.ESMClass.HasUDH() {
			return // go-smpp takes the user data header apart and cannot put it together again (E4, E5)
		}
		if again, encErr := pdu.AppendSM(nil, pdu.DeliverSM, 1, &ours); err == nil && encErr == nil && len(again) < pdu.HeaderLen+len(body) {
			return // padded, which go-smpp does not know
		}
		theirs, theirErr := gosmpp.Decode(bytes.NewReader(whole(pdu.DeliverSM, body)))
		switch {
		case err == nil && theirErr != nil:
			t.Fatalf("go-smpp refuses %x: %v", body, theirErr)
		case err == nil:
			compare(t, &ours, theirs)
		case theirErr == nil && !careless(err):
			t.Fatalf("go-smpp reads %x, and we do not: %v", body, err)
		}
	})
}

// careless reports whether go-smpp lets a fault pass: mandatory fields left out
// (E3), C-octet strings and texts of any length (E1, E2), optional parameters
// that end early.
func careless(err error) bool {
	var e *pdu.Error
	if !errors.As(err, &e) {
		return false
	}
	switch e.Reason {
	case pdu.Truncated:
		return e.Field != "short_message"
	case pdu.TooLong, pdu.Malformed:
		return true
	}
	return false
}

// whole puts a header before body.
func whole(id pdu.CommandID, body []byte) pdu.Frame {
	f := append(pdu.AppendHeader(nil, id, pdu.ROK, 1), body...)
	binary.BigEndian.PutUint32(f, uint32(len(f)))
	return f
}

func compare(t *testing.T, ours *pdu.SM, theirs gosmpp.Body) {
	t.Helper()
	fields := theirs.Fields()
	for name, want := range map[pdufield.Name][]byte{
		pdufield.ServiceType: ours.ServiceType, pdufield.SourceAddr: ours.SourceAddr, pdufield.DestinationAddr: ours.DestinationAddr,
		pdufield.ScheduleDeliveryTime: ours.ScheduleDeliveryTime, pdufield.ValidityPeriod: ours.ValidityPeriod,
	} {
		if got := bytes.TrimSuffix(fields[name].Bytes(), []byte{0}); !bytes.Equal(got, want) {
			t.Errorf("%s: go-smpp %q, ours %q", name, got, want)
		}
	}
	for name, want := range map[pdufield.Name]byte{
		pdufield.SourceAddrTON: byte(ours.SourceAddrTON), pdufield.SourceAddrNPI: byte(ours.SourceAddrNPI),
		pdufield.DestAddrTON: byte(ours.DestAddrTON), pdufield.DestAddrNPI: byte(ours.DestAddrNPI),
		pdufield.ESMClass: byte(ours.ESMClass), pdufield.ProtocolID: ours.ProtocolID, pdufield.PriorityFlag: ours.PriorityFlag,
		pdufield.RegisteredDelivery: ours.RegisteredDelivery, pdufield.ReplaceIfPresentFlag: ours.ReplaceIfPresentFlag,
		pdufield.DataCoding: ours.DataCoding, pdufield.SMDefaultMsgID: ours.SMDefaultMsgID,
	} {
		if got := fields[name].Bytes(); len(got) != 1 || got[0] != want {
			t.Errorf("%s: go-smpp %x, ours %x", name, got, want)
		}
	}
	if got := fields[pdufield.ShortMessage].Bytes(); !bytes.Equal(got, ours.ShortMessage) {
		t.Errorf("short_message: go-smpp %x, ours %x", got, ours.ShortMessage)
	}
	last := make(map[pdu.Tag][]byte) // go-smpp keeps the last of several (E7)
	for tag, value := range ours.TLVs.All() {
		last[tag] = value
	}
	for tag, want := range last {
		got := theirs.TLVFields()[pdutlv.Tag(tag)]
		if got == nil || !bytes.Equal(got.Bytes(), want) {
			t.Errorf("optional parameter %#x: go-smpp %v, ours %x", tag, got, want)
		}
	}
}

// FuzzDecode takes any frame apart: no panic, and what is read is written back
// octet by octet.
func FuzzDecode(f *testing.F) {
	f.Add([]byte(deliver(f)))
	f.Add(pdu.AppendDeliverSMResp(nil, pdu.ROK, 1))
	bind, _ := pdu.AppendBind(nil, pdu.BindTransceiver, 1, &pdu.Bind{SystemID: []byte("mpg"), Password: []byte("x")})
	f.Add(bind)
	f.Add(append(bytes.Clone(deliver(f)), 0, 0, 0))
	resp, _ := pdu.AppendBindResp(nil, pdu.BindTransceiverResp, 0, 1, &pdu.BindResp{SystemID: []byte("SMSC"), TLVs: pdu.TLVs{2, 0x10, 0, 1, 0x34}})
	f.Add(resp)
	f.Fuzz(func(t *testing.T, octets []byte) {
		if len(octets) < pdu.HeaderLen {
			return
		}
		frame := pdu.Frame(bytes.Clone(octets))
		binary.BigEndian.PutUint32(frame, uint32(len(frame)))
		again, ok := recode(frame)
		if ok && len(again) > 0 && len(again) < len(frame) {
			frame, ok = recode(withoutPadding(frame, again))
		}
		if ok && !bytes.Equal(again, frame) {
			t.Errorf("%s\n read  %x\n wrote %x", frame.Header().CommandID, []byte(frame), again)
		}
		_, _ = pdu.SplitUDH(octets)
	})
}

// withoutPadding takes out of frame the NULs that again lacks: where the two
// first differ, or at the end.
func withoutPadding(frame, again pdu.Frame) pdu.Frame {
	missing := len(frame) - len(again)
	for at := pdu.HeaderLen; at < len(again); at++ {
		if frame[at] != again[at] && frame[at] == 0 {
			for missing > 0 && frame[at] == 0 {
				frame = append(frame[:at:at], frame[at+1:]...)
				missing--
			}
			break
		}
	}
	frame = append(pdu.Frame(nil), frame[:len(again)]...)
	binary.BigEndian.PutUint32(frame, uint32(len(frame)))
	return frame
}

// recode decodes a frame and encodes what it said; ok is false where it was
// refused or has no body of interest.
func recode(frame pdu.Frame) (again []byte, ok bool) {
	h, body := frame.Header(), frame.Body()
	var err error
	switch h.CommandID {
	case pdu.SubmitSM, pdu.DeliverSM:
		var m pdu.SM
		if h.CommandStatus != pdu.ROK || m.Decode(body) != nil {
			return nil, false
		}
		again, err = pdu.AppendSM(nil, h.CommandID, h.SequenceNumber, &m)
	case pdu.SubmitSMResp, pdu.DeliverSMResp:
		var r pdu.SMResp
		if r.Decode(body) != nil {
			return nil, false
		}
		again, err = pdu.AppendSMResp(nil, h.CommandID, h.CommandStatus, h.SequenceNumber, &r)
	case pdu.BindTransceiver, pdu.BindReceiver, pdu.BindTransmitter:
		var b pdu.Bind
		if h.CommandStatus != pdu.ROK || b.Decode(body) != nil {
			return nil, false
		}
		again, err = pdu.AppendBind(nil, h.CommandID, h.SequenceNumber, &b)
	case pdu.BindTransceiverResp, pdu.BindReceiverResp, pdu.BindTransmitterResp:
		var b pdu.BindResp
		if b.Decode(body) != nil {
			return nil, false
		}
		again, err = pdu.AppendBindResp(nil, h.CommandID, h.CommandStatus, h.SequenceNumber, &b)
	default:
		return nil, false
	}
	if err != nil {
		return nil, true // what was read must be writable: compared with nothing, it fails
	}
	return again, true
}

// benchSM is a receipt of 100 characters, as it leaves.
func benchSM() pdu.SM {
	return pdu.SM{SourceAddr: []byte("8888"), DestinationAddr: []byte("8613800000001"), DestAddrTON: 1, DestAddrNPI: 1,
		RegisteredDelivery: 1, ShortMessage: bytes.Repeat([]byte("PAID 128.50 TO BLUE "), 5)}
}

func benchFrame(b *testing.B, id pdu.CommandID) pdu.Frame {
	m := benchSM()
	f, err := pdu.AppendSM(nil, id, 1, &m)
	if err != nil {
		b.Fatal(err)
	}
	return f
}

func BenchmarkDecodeDeliverSM(b *testing.B) {
	f := benchFrame(b, pdu.DeliverSM)
	var m pdu.SM
	b.SetBytes(int64(len(f)))
	b.ReportAllocs()
	for b.Loop() {
		if f.Header().CommandID != pdu.DeliverSM || m.Decode(f.Body()) != nil {
			b.Fatal("refused")
		}
	}
}

func BenchmarkDecodeDeliverSMGoSMPP(b *testing.B) {
	f := benchFrame(b, pdu.DeliverSM)
	r := bytes.NewReader(nil)
	b.SetBytes(int64(len(f)))
	b.ReportAllocs()
	for b.Loop() {
		r.Reset(f)
		if _, err := gosmpp.Decode(r); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkEncodeSubmitSM(b *testing.B) {
	m := benchSM()
	buf := make([]byte, 0, 512)
	b.ReportAllocs()
	for b.Loop() {
		var err error
		if buf, err = pdu.AppendSM(buf[:0], pdu.SubmitSM, 1, &m); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkEncodeSubmitSMGoSMPP(b *testing.B) {
	m := benchSM()
	var buf bytes.Buffer
	b.ReportAllocs()
	for b.Loop() {
		buf.Reset()
		p := gosmpp.NewSubmitSM(nil)
		set := p.Fields().Set
		_, _ = set(pdufield.SourceAddr, string(m.SourceAddr)), set(pdufield.DestinationAddr, string(m.DestinationAddr))
		_, _ = set(pdufield.ShortMessage, pdutext.Raw(m.ShortMessage)), set(pdufield.RegisteredDelivery, uint8(1))
		if err := p.SerializeTo(&buf); err != nil {
			b.Fatal(err)
		}
	}
}
