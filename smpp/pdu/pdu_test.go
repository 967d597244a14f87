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
		want     pdu.UserData
	}{
		{"8-bit reference", "05 00 03 a7 02 01 50", true, pdu.UserData{Part: pdu.Part{Ref: 0xa7, Total: 2, Number: 1}}},
		{"16-bit reference", "06 08 04 01a7 02 01 50", true, pdu.UserData{Part: pdu.Part{Ref: 0x1a7, Total: 2, Number: 1}}},
		{"one of one", "05 00 03 a7 01 01 50", true, pdu.UserData{Part: pdu.Part{Ref: 0xa7, Total: 1, Number: 1}}},
		{"part 0", "05 00 03 a7 02 00 50", true, pdu.UserData{}},
		{"part 3 of 2", "05 00 03 a7 02 03 50", true, pdu.UserData{}},
		{"of 0 parts", "05 00 03 a7 00 00 50", true, pdu.UserData{}},
		{"the last of two that say the same counts", "0a 00 03 01 02 01 00 03 02 03 03 50", true, pdu.UserData{Part: pdu.Part{Ref: 2, Total: 3, Number: 3}}},
		{"16-bit ports", "06 05 04 0b84 23f0 50", true, pdu.UserData{ToApplication: true}},
		{"8-bit ports", "04 04 02 f0f1 50", true, pdu.UserData{ToApplication: true}},
		{"SIM toolkit", "02 70 00 50", true, pdu.UserData{ToApplication: true}},
		{"ports, then concat", "0b 05 04 0b84 23f0 00 03 01 02 01 50", true, pdu.UserData{ToApplication: true, Part: pdu.Part{Ref: 1, Total: 2, Number: 1}}},
		{"Turkish", "06 24 01 01 25 01 01 50", true, pdu.UserData{SingleShift: 1, LockingShift: 1}},
		{"bold letters", "05 0a 03 00 04 10 50", true, pdu.UserData{}},
		{"concat of wrong length", "04 00 02 a7 02 50", true, pdu.UserData{}},
		{"empty header", "00 50", true, pdu.UserData{}},
		{"nothing", "", false, pdu.UserData{}},
		{"header over the end", "05 00 03 a7", false, pdu.UserData{}},
		{"element over the header", "03 00 03 a7 50 50", false, pdu.UserData{}},
		{"half an element", "01 00 50", false, pdu.UserData{}},
	} {
		u, ok := pdu.SplitUDH(wireOf(t, c.sm))
		text := string(u.Text)
		u.Text = nil
		if ok != c.ok || ok && (text != "P" || u.Part != c.want.Part || u.ToApplication != c.want.ToApplication ||
			u.SingleShift != c.want.SingleShift || u.LockingShift != c.want.LockingShift) {
			t.Errorf("%s: %+v with text %q, %v", c.name, u, text, ok)
		}
	}
}

// A header that esm_class does not announce is known by its first octets; text
// that people write never is one.
func TestBareConcat(t *testing.T) {
	t.Parallel()
	for sm, want := range map[string]bool{
		"05 00 03 a7 02 01 50": true, "06 08 04 00a7 02 02 50": true, "05 00 03 a7 01 01": true,
		"05 00 03 a7 02 03 50": false, "05 00 03 a7 00 00 50": false, "05 00 03": false, "05 00 04 a7 02 01 50": false,
		"50 41 59": false, "": false, "05": false,
	} {
		if got := pdu.HasBareConcat(wireOf(t, sm)); got != want {
			t.Errorf("%s: %v", sm, got)
		}
	}
}

// A SAR parameter that is alone, or makes no sense, shall be ignored.
// SMPP 3.4 5.3.2.22
func TestSAR(t *testing.T) {
	t.Parallel()
	const ref, total, number = "020c 0002 0107", "020e 0001 03", "020f 0001 02"
	for _, c := range []struct {
		name, tlvs string
		want       pdu.Part
	}{
		{"all three", ref + total + number, pdu.Part{Ref: 0x107, Total: 3, Number: 2, SAR: true}},
		{"in any order", number + "0204 0002 0001" + ref + total, pdu.Part{Ref: 0x107, Total: 3, Number: 2, SAR: true}},
		{"one of one", ref + "020e 0001 01" + "020f 0001 01", pdu.Part{Ref: 0x107, Total: 1, Number: 1, SAR: true}},
		{"reference alone", ref, pdu.Part{}},
		{"total alone", total, pdu.Part{}},
		{"number alone", number, pdu.Part{}},
		{"no reference", total + number, pdu.Part{}},
		{"no total", ref + number, pdu.Part{}},
		{"no number", ref + total, pdu.Part{}},
		{"empty ones", "020c 0000 020e 0000 020f 0000", pdu.Part{}},
		{"of 0 segments", ref + "020e 0001 00 020f 0001 00", pdu.Part{}},
		{"segment 0", ref + total + "020f 0001 00", pdu.Part{}},
		{"segment 4 of 3", ref + total + "020f 0001 04", pdu.Part{}},
		{"a reference of one octet", "020c 0001 07" + total + number, pdu.Part{}},
	} {
		if got := pdu.TLVs(wireOf(t, c.tlvs)).SAR(); got != c.want {
			t.Errorf("%s: %+v", c.name, got)
		}
	}
}

// NULs behind short_message that sm_length does not count are padding, whatever
// their number and whatever follows; anything else there is a fault.
func TestPaddingBehindShortMessage(t *testing.T) {
	t.Parallel()
	const head, tlv = "00 010131323300 010138383838 00 000000 0000 00000000 03 504159", "0204 0002 0007"
	for n := range 70 {
		pad := strings.Repeat("00", n)
		for _, c := range []struct{ name, tail, tlvs string }{
			{"alone", pad, ""}, {"before a parameter", pad + tlv, tlv}, {"behind one", tlv + pad, tlv},
			{"before one whose tag begins with 00", pad + "001e 0002 3100", "001e 0002 3100"},
			{"before two", pad + tlv + "0424 0000", tlv + "0424 0000"},
		} {
			var m pdu.SM
			if err := m.Decode(wireOf(t, head+c.tail)); err != nil {
				t.Errorf("%d NULs %s: %v", n, c.name, err)
				continue
			}
			want := pdu.TLVs(wireOf(t, c.tlvs))
			for tag, value := range want.All() {
				if got, ok := m.TLVs.Get(tag); !ok || !bytes.Equal(got, value) {
					t.Errorf("%d NULs %s: tag %#x is %x, %v", n, c.name, tag, got, ok)
				}
			}
			if string(m.ShortMessage) != "PAY" {
				t.Errorf("%d NULs %s: short_message %q", n, c.name, m.ShortMessage)
			}
		}
	}
	for _, bad := range []string{"30", "0030", "00000030", "0204 0003 0007", "00 0204 0003 0007", tlv + "01", tlv + "0001"} {
		var m pdu.SM
		var e *pdu.Error
		if err := m.Decode(wireOf(t, head+bad)); !errors.As(err, &e) || e.Status != pdu.RInvOptParStream {
			t.Errorf("%s: %v", bad, err)
		}
	}
}

// Longer credentials than SMPP 3.4 has room for pass only where both sides have
// agreed on them.
func TestLongCredentials(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", pdu.LongCredentialMax)
	b := pdu.Bind{SystemID: []byte(long), Password: []byte(long), InterfaceVersion: pdu.InterfaceVersion,
		AddrTON: 1, AddrNPI: 1, AddressRange: []byte("^8888$")}
	if _, err := pdu.AppendBind(nil, pdu.BindReceiver, 1, &b); err == nil {
		t.Error("64 octets pass unasked")
	}
	b.LongCredentials = true
	frame, err := pdu.AppendBind(nil, pdu.BindReceiver, 1, &b)
	if err != nil {
		t.Fatal(err)
	}
	if err := new(pdu.Bind).Decode(pdu.Frame(frame).Body()); err == nil {
		t.Error("64 octets are read unasked")
	}
	got := pdu.Bind{LongCredentials: true}
	if err := got.Decode(pdu.Frame(frame).Body()); err != nil || string(got.Password) != long || string(got.AddressRange) != "^8888$" || got.AddrTON != 1 {
		t.Errorf("%+v, %v", got, err)
	}
	b.SystemID = append(b.SystemID, 'x')
	if _, err := pdu.AppendBind(nil, pdu.BindReceiver, 1, &b); err == nil {
		t.Error("65 octets pass")
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
