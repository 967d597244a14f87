package pdu_test

import (
	"bytes"
	"encoding/hex"
	"errors"
	"strings"
	"testing"

	"mpg/smpp/pdu"
)

// wireOf reads hex with spaces and line breaks.
func wireOf(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(strings.Join(strings.Fields(s), ""))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// deliverPAY is a deliver_sm as an SMSC in China sends it.
const deliverPAY = `
	00000047 00000005 00000000 00000007
	00                                     service_type
	01 01 38363133383030303030303031 00    source
	00 00 38383838 00                      destination
	00 00 00  00 00                        esm_class, protocol_id, priority_flag, times
	00 00 00 00                            registered_delivery ... sm_default_msg_id
	0f 504159203830303120 3132382e3530     sm_length, short_message
	0204 0002 0001                         user_message_reference`

func deliver(t testing.TB) pdu.Frame {
	t.Helper()
	var clean strings.Builder
	for line := range strings.Lines(deliverPAY) {
		for _, word := range strings.Fields(line) {
			if _, err := hex.DecodeString(word); err == nil {
				clean.WriteString(word)
			}
		}
	}
	return wireOf(t, clean.String())
}

func TestDecodeDeliverSM(t *testing.T) {
	t.Parallel()
	f := deliver(t)
	h := f.Header()
	if int(h.CommandLength) != len(f) || h.CommandID != pdu.DeliverSM || h.CommandStatus != pdu.ROK || h.SequenceNumber != 7 {
		t.Fatalf("header %+v of %d octets", h, len(f))
	}
	var m pdu.SM
	if err := m.Decode(f.Body()); err != nil {
		t.Fatal(err)
	}
	if string(m.SourceAddr) != "8613800000001" || m.SourceAddrTON != pdu.TONInternational || m.SourceAddrNPI != pdu.NPIISDN ||
		string(m.DestinationAddr) != "8888" || string(m.ShortMessage) != "PAY 8001 128.50" || m.DataCoding != 0 {
		t.Errorf("decoded %+v", m)
	}
	if ref, ok := m.TLVs.Get(pdu.TagUserMessageReference); !ok || !bytes.Equal(ref, []byte{0, 1}) {
		t.Errorf("user_message_reference %x, %v", ref, ok)
	}
	again, err := pdu.AppendSM(nil, h.CommandID, h.SequenceNumber, &m)
	if err != nil || !bytes.Equal(again, f) {
		t.Errorf("encoded again:\n%x, %v, want\n%x", again, err, f)
	}
}

// Whatever is cut off, the decoder notices: no field is ever left out in
// silence.
func TestEveryTruncationIsRefused(t *testing.T) {
	t.Parallel()
	body := deliver(t).Body()
	withoutTLV := len(body) - 6
	for n := range body {
		var m pdu.SM
		err := m.Decode(body[:n])
		if n == withoutTLV {
			if err != nil {
				t.Errorf("without optional parameters: %v", err)
			}
			continue
		}
		var e *pdu.Error
		if !errors.As(err, &e) || e.Status == pdu.ROK || e.Field == "" {
			t.Errorf("%d of %d octets: %v", n, len(body), err)
		}
	}
}

func TestDecodeRefuses(t *testing.T) {
	t.Parallel()
	field := func(s string, n int) string { return strings.Repeat(s, n) }
	for _, c := range []struct {
		name, body string
		status     pdu.Status
		field      string
	}{
		{"service_type of 6", field("41", 6) + "00", pdu.RInvSerTyp, "service_type"},
		{"source_addr of 21", "00 0101" + field("31", 21) + "00", pdu.RInvSrcAdr, "source_addr"},
		{"destination_addr of 21", "00 0101 00 0101" + field("31", 21) + "00", pdu.RInvDstAdr, "destination_addr"},
		{"schedule of 17", "00 010100 010100 000000" + field("31", 17) + "00", pdu.RInvSched, "schedule_delivery_time"},
		{"validity of 17", "00 010100 010100 000000 00" + field("31", 17) + "00", pdu.RInvExpiry, "validity_period"},
		{"sm_length 255", "00 010100 010100 000000 0000 00000000 ff" + field("41", 255), pdu.RInvMsgLen, "sm_length"},
		{"sm_length over the end", "00 010100 010100 000000 0000 00000000 05 41414141", pdu.RInvMsgLen, "short_message"},
		{"half a tag", "00 010100 010100 000000 0000 00000000 00 02", pdu.RInvOptParStream, "optional parameters"},
		{"value over the end", "00 010100 010100 000000 0000 00000000 00 0204 0003 0001", pdu.RInvOptParStream, "optional parameters"},
		{"nothing", "", pdu.RInvCmdLen, "service_type"},
	} {
		var m pdu.SM
		var e *pdu.Error
		if err := m.Decode(wireOf(t, c.body)); !errors.As(err, &e) || e.Status != c.status || e.Field != c.field {
			t.Errorf("%s: %v, want %s of %s", c.name, err, c.status, c.field)
		}
	}
}

// A NUL within a field would end it early and shift what the sender chose into
// the next one.
func TestEncodeRefuses(t *testing.T) {
	t.Parallel()
	for name, m := range map[string]pdu.SM{
		"NUL in source":       {SourceAddr: []byte("1\x002")},
		"NUL in destination":  {DestinationAddr: []byte("2547\x00\x00")},
		"NUL in service":      {ServiceType: []byte("\x00")},
		"NUL in schedule":     {ScheduleDeliveryTime: []byte("\x00")},
		"NUL in validity":     {ValidityPeriod: []byte("\x00")},
		"source of 21":        {SourceAddr: bytes.Repeat([]byte("1"), 21)},
		"destination of 21":   {DestinationAddr: bytes.Repeat([]byte("1"), 21)},
		"service_type of 6":   {ServiceType: []byte("123456")},
		"validity of 17":      {ValidityPeriod: bytes.Repeat([]byte("1"), 17)},
		"255 octets of text":  {ShortMessage: make([]byte, 255)},
		"1000 octets of text": {ShortMessage: make([]byte, 1000)},
	} {
		before := []byte("kept")
		after, err := pdu.AppendSM(before, pdu.SubmitSM, 1, &m)
		var e *pdu.Error
		if !errors.As(err, &e) || e.Status == pdu.ROK {
			t.Errorf("%s: %v", name, err)
		}
		if string(after) != "kept" {
			t.Errorf("%s: dst became %q", name, after)
		}
	}
}

func TestBind(t *testing.T) {
	t.Parallel()
	want := pdu.Bind{SystemID: []byte("mpg"), Password: []byte("secret08"), SystemType: []byte("pay"),
		InterfaceVersion: pdu.InterfaceVersion, AddressRange: []byte("^8888$")}
	frame, err := pdu.AppendBind(nil, pdu.BindTransceiver, 1, &want)
	if err != nil {
		t.Fatal(err)
	}
	var got pdu.Bind
	if err := got.Decode(pdu.Frame(frame).Body()); err != nil {
		t.Fatal(err)
	}
	if string(got.SystemID) != "mpg" || string(got.Password) != "secret08" || string(got.AddressRange) != "^8888$" || got.InterfaceVersion != 0x34 {
		t.Errorf("decoded %+v", got)
	}
	if got.Decode(append(pdu.Frame(frame).Body(), 0)) == nil {
		t.Error("octets behind the last field pass")
	}
	for _, bad := range []pdu.Bind{
		{SystemID: make([]byte, 16)}, {Password: []byte("ninechars")}, {SystemType: bytes.Repeat([]byte("x"), 13)},
		{AddressRange: bytes.Repeat([]byte("1"), 41)}, {SystemID: []byte("a\x00b")},
	} {
		if _, err := pdu.AppendBind(nil, pdu.BindTransceiver, 1, &bad); err == nil {
			t.Errorf("%+v passes", bad)
		}
		if _, err := pdu.AppendBind(nil, pdu.BindTransceiver, 1, &bad); err != nil && strings.Contains(err.Error(), "ninechars") {
			t.Error("the error tells the password")
		}
	}
}

func TestResponses(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		resp pdu.SMResp
		size int
	}{
		{"no body", pdu.SMResp{}, 16},
		{"empty message_id", pdu.SMResp{MessageID: []byte{}}, 17},
		{"message_id", pdu.SMResp{MessageID: []byte("5f3a")}, 21},
		{"with a parameter", pdu.SMResp{MessageID: []byte("5f3a"), TLVs: pdu.TLVs{0, 6, 0, 1, 9}}, 26},
	} {
		frame, err := pdu.AppendSMResp(nil, pdu.SubmitSMResp, pdu.ROK, 9, &c.resp)
		if err != nil || len(frame) != c.size || int(pdu.Frame(frame).Header().CommandLength) != c.size {
			t.Errorf("%s: %x, %v", c.name, frame, err)
			continue
		}
		var got pdu.SMResp
		if err := got.Decode(pdu.Frame(frame).Body()); err != nil ||
			!bytes.Equal(got.MessageID, c.resp.MessageID) || (got.MessageID == nil) != (c.resp.MessageID == nil) ||
			!bytes.Equal(got.TLVs, c.resp.TLVs) {
			t.Errorf("%s: %+v, %v", c.name, got, err)
		}
	}
	if _, err := pdu.AppendSMResp(nil, pdu.SubmitSMResp, 0, 1, &pdu.SMResp{MessageID: make([]byte, 65)}); err == nil {
		t.Error("a message_id of 65 octets passes")
	}
	var r pdu.SMResp
	if err := r.Decode([]byte("no NUL")); err == nil {
		t.Error("a message_id without its NUL passes")
	}
	if got := pdu.AppendDeliverSMResp(nil, pdu.RMsgQFul, 7); !bytes.Equal(got, wireOf(t, "00000011 80000005 00000014 00000007 00")) {
		t.Errorf("deliver_sm_resp %x", got)
	}
}

func TestTLVsKeepOrderAndRepeats(t *testing.T) {
	t.Parallel()
	var tlvs pdu.TLVs
	var err error
	for _, v := range []string{"b", "a", "", "c"} {
		if tlvs, err = pdu.AppendTLV(tlvs, pdu.TagMessagePayload, []byte(v)); err != nil {
			t.Fatal(err)
		}
	}
	var got []string
	for tag, v := range tlvs.All() {
		if tag != pdu.TagMessagePayload {
			t.Errorf("tag %#x", tag)
		}
		got = append(got, string(v))
	}
	if strings.Join(got, ",") != "b,a,,c" {
		t.Errorf("got %q", got)
	}
	for range tlvs.All() {
		break // a caller may stop
	}
	if v, ok := tlvs.Get(pdu.TagMessagePayload); !ok || string(v) != "b" {
		t.Errorf("first %q, %v", v, ok)
	}
	if _, ok := tlvs.Get(pdu.TagMessageState); ok {
		t.Error("found what is not there")
	}
	if _, err := pdu.AppendTLV(nil, pdu.TagMessagePayload, make([]byte, 65536)); err == nil {
		t.Error("a value of 65536 octets passes")
	}
}

func TestSplitUDH(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, sm string
		ok       bool
		concat   bool
		text     string
	}{
		{"8-bit reference", "05 00 03 a7 02 01 50", true, true, "P"},
		{"16-bit reference", "06 08 04 00a7 02 01 50", true, true, "P"},
		{"ports", "06 05 04 0b84 23f0 50", true, false, "P"},
		{"ports, then concat", "0b 05 04 0b84 23f0 00 03 01 02 01 50", true, true, "P"},
		{"concat of wrong length", "04 00 02 a7 02 50", true, false, "P"},
		{"empty header", "00 50", true, false, "P"},
		{"nothing", "", false, false, ""},
		{"header over the end", "05 00 03 a7", false, false, ""},
		{"element over the header", "03 00 03 a7 50 50", false, false, ""},
		{"half an element", "01 00 50", false, false, ""},
	} {
		u, ok := pdu.SplitUDH(wireOf(t, c.sm))
		if ok != c.ok || u.Concat != c.concat || string(u.Text) != c.text {
			t.Errorf("%s: %+v, %v", c.name, u, ok)
		}
	}
}

func TestNames(t *testing.T) {
	t.Parallel()
	for id, want := range map[pdu.CommandID]string{
		pdu.SubmitSM: "submit_sm", pdu.DeliverSMResp: "deliver_sm_resp", pdu.GenericNack: "generic_nack",
		pdu.EnquireLink.Response(): "enquire_link_resp", pdu.AlertNotification: "alert_notification",
		pdu.Outbind.Response(): "command_id(0x8000000b)", 0x12345: "command_id(0x00012345)", 0: "command_id(0x00000000)",
	} {
		if got := id.String(); got != want {
			t.Errorf("%#x is %q, want %q", uint32(id), got, want)
		}
	}
	for st, want := range map[pdu.Status]string{
		pdu.ROK: "ESME_ROK", pdu.RThrottled: "ESME_RTHROTTLED", pdu.RUnknownErr: "ESME_RUNKNOWNERR",
		9: "command_status(0x9)", 0x400: "command_status(0x400)", 0xFFFFFFFF: "command_status(0xffffffff)",
	} {
		if got := st.String(); got != want {
			t.Errorf("%#x is %q, want %q", uint32(st), got, want)
		}
	}
	if got := pdu.RInvPaswd.Error(); got != "ESME_RINVPASWD: invalid password" {
		t.Errorf("%q", got)
	}
	if got := pdu.Status(0x500).Error(); got != "command_status(0x500)" {
		t.Errorf("%q", got)
	}
	e := &pdu.Error{Field: "source_addr", Reason: pdu.TooLong, Status: pdu.RInvSrcAdr}
	if got := e.Error(); got != "smpp: source_addr is too long (ESME_RINVSRCADR)" {
		t.Errorf("%q", got)
	}
	for r := pdu.Truncated; r <= pdu.Malformed+1; r++ {
		if r.String() == "" {
			t.Errorf("reason %d has no words", r)
		}
	}
}

func TestTransientIsAClosedList(t *testing.T) {
	t.Parallel()
	want := map[pdu.Status]bool{pdu.RThrottled: true, pdu.RMsgQFul: true, pdu.RxTAppn: true, pdu.RSysErr: true}
	for st := range pdu.Status(0x500) {
		if st.Transient() != want[st] {
			t.Errorf("%s: transient %v", st, st.Transient())
		}
	}
}

// A text is given up at once only where the SMSC blames the text.
func TestNoOtherFailureIsPermanent(t *testing.T) {
	t.Parallel()
	for _, st := range []pdu.Status{pdu.ROK, pdu.RInvBndSts, pdu.RAlyBnd, pdu.RBindFail, pdu.RInvPaswd, pdu.RInvSysID,
		pdu.RSubmitFail, pdu.RDeliveryFailure, pdu.RUnknownErr, 0x400, 0x40b, 0x4ff} {
		if st.Permanent() {
			t.Errorf("%s is permanent", st)
		}
	}
	for st := range pdu.Status(0x500) {
		if st.Permanent() && st.Transient() {
			t.Errorf("%s is both", st)
		}
	}
	for _, st := range []pdu.Status{pdu.RInvDstAdr, pdu.RxPAppn, pdu.RInvEsmClass} {
		if !st.Permanent() {
			t.Errorf("%s is not permanent", st)
		}
	}
}

func TestNothingIsAllocated(t *testing.T) {
	body := deliver(t).Body()
	buf := make([]byte, 0, 512)
	var m pdu.SM
	if n := testing.AllocsPerRun(100, func() {
		if m.Decode(body) != nil {
			t.Error("refused")
		}
		for range m.TLVs.All() {
		}
		buf, _ = pdu.AppendSM(buf[:0], pdu.SubmitSM, 1, &m)
		buf = pdu.AppendDeliverSMResp(buf[:0], pdu.ROK, 1)
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
