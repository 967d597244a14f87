package smpp

import (
	"encoding/hex"
	"slices"
	"strings"
	"testing"
	"unicode/utf16"

	"golang.org/x/text/encoding/simplifiedchinese"

	"mpg/smpp/pdu"
	"mpg/smpp/text"
)

const order = "PAY 8001 1.50"

func ucs2(s string) []byte {
	var b []byte
	for _, u := range utf16.Encode([]rune(s)) {
		b = append(b, byte(u>>8), byte(u))
	}
	return b
}

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(strings.ReplaceAll(s, " ", ""))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// parameter returns one optional parameter.
func parameter(tag pdu.Tag, value string) pdu.TLVs {
	t, err := pdu.AppendTLV(nil, tag, []byte(value))
	if err != nil {
		panic(err)
	}
	return t
}

// sar returns the three parameters of a segment.
func sar(total, number byte) pdu.TLVs {
	return slices.Concat(parameter(pdu.TagSARMsgRefNum, "\x00\x07"),
		parameter(pdu.TagSARTotalSegments, string([]byte{total})), parameter(pdu.TagSARSegmentSeqnum, string([]byte{number})))
}

// classified is a deliver_sm and what it must be read as.
type classified struct {
	name   string
	sm     pdu.SM
	kind   Kind
	text   string
	reason Reason
}

func (c classified) check(t *testing.T, def text.Alphabet) {
	t.Helper()
	c.sm.SourceAddr, c.sm.DestinationAddr = []byte("8613800000001"), []byte("8888")
	m, _ := newMessage(&c.sm, def, nil)
	if m.Kind != c.kind || m.Text != c.text || m.Reason != c.reason || m.From != "8613800000001" || m.To != "8888" {
		t.Errorf("%s: %s %q (%s) from %s to %s, want %s %q (%s)", c.name, m.Kind, m.Text, m.Reason, m.From, m.To, c.kind, c.text, c.reason)
	}
	if m.Part.OfMany() != (m.Part != pdu.Part{}) || m.Part.OfMany() && m.Kind != Long {
		t.Errorf("%s: a %s that is part %+v", c.name, m.Kind, m.Part)
	}
}

func TestClassify(t *testing.T) {
	t.Parallel()
	udh := func(header, body string) []byte { return append(unhex(t, header), body...) }
	for _, c := range []classified{
		{"plain", pdu.SM{ShortMessage: []byte(order)}, Text, order, 0},
		{"empty", pdu.SM{}, Text, "", 0},
		{"chinese", pdu.SM{DataCoding: 8, ShortMessage: ucs2("付5")}, Text, "付5", 0},
		{"a reference is harmless", pdu.SM{ShortMessage: []byte("x"), TLVs: parameter(pdu.TagUserMessageReference, "\x00\x01")}, Text, "x", 0},
		{"store and forward mode", pdu.SM{ESMClass: 0x03, ShortMessage: []byte("x")}, Text, "x", 0},
		{"reply path", pdu.SM{ESMClass: 0x80, ShortMessage: []byte("x")}, Text, "x", 0},

		// Parts of a long message, and what only looks like one.
		{"part by UDH", pdu.SM{ESMClass: pdu.ESMUDHI, ShortMessage: udh("050003a70201", "PAY")}, Long, "PAY", 0},
		{"part by wide UDH", pdu.SM{ESMClass: pdu.ESMUDHI, ShortMessage: udh("06080400a70202", "8001")}, Long, "8001", 0},
		{"part by UDH in a payload", pdu.SM{ESMClass: pdu.ESMUDHI, TLVs: parameter(pdu.TagMessagePayload, string(udh("050003a70201", "PAY")))}, Long, "PAY", 0},
		{"one part of one", pdu.SM{ESMClass: pdu.ESMUDHI, ShortMessage: udh("050003a70101", order)}, Text, order, 0},
		{"one wide part of one", pdu.SM{ESMClass: pdu.ESMUDHI, ShortMessage: udh("06080400a70101", order)}, Text, order, 0},
		{"part 3 of 2 is ignored", pdu.SM{ESMClass: pdu.ESMUDHI, ShortMessage: udh("050003a70203", order)}, Text, order, 0},
		{"of 0 parts is ignored", pdu.SM{ESMClass: pdu.ESMUDHI, ShortMessage: udh("050003a70000", order)}, Text, order, 0},
		{"an empty header", pdu.SM{ESMClass: pdu.ESMUDHI, ShortMessage: udh("00", order)}, Text, order, 0},
		{"bold letters", pdu.SM{ESMClass: pdu.ESMUDHI, ShortMessage: udh("050a03000410", order)}, Text, order, 0},
		{"a header that is not announced", pdu.SM{ShortMessage: udh("050003a70201", order)}, Long, order, 0},
		{"the same before Chinese", pdu.SM{DataCoding: 8, ShortMessage: append(unhex(t, "050003a70202"), ucs2("付 8001 5")...)}, Long, "付 8001 5", 0},
		{"the same, one of one", pdu.SM{ShortMessage: udh("050003a70101", order)}, Text, order, 0},
		{"part by SAR", pdu.SM{ShortMessage: []byte("PAY"), TLVs: sar(2, 1)}, Long, "PAY", 0},
		{"SAR, one of one", pdu.SM{ShortMessage: []byte(order), TLVs: sar(1, 1)}, Text, order, 0},
		{"SAR of no segments", pdu.SM{ShortMessage: []byte(order), TLVs: sar(0, 0)}, Text, order, 0},
		{"SAR, 3 of 2", pdu.SM{ShortMessage: []byte(order), TLVs: sar(2, 3)}, Text, order, 0},
		{"SAR reference alone", pdu.SM{ShortMessage: []byte(order), TLVs: parameter(pdu.TagSARMsgRefNum, "\x00\x01")}, Text, order, 0},
		{"SAR total alone", pdu.SM{ShortMessage: []byte(order), TLVs: parameter(pdu.TagSARTotalSegments, "\x02")}, Text, order, 0},
		{"SAR number alone", pdu.SM{ShortMessage: []byte(order), TLVs: parameter(pdu.TagSARSegmentSeqnum, "\x01")}, Text, order, 0},
		{"SAR without a number", pdu.SM{ShortMessage: []byte(order), TLVs: sar(2, 1)[:11]}, Text, order, 0},
		{"whole by UDH and a part by SAR", pdu.SM{ESMClass: pdu.ESMUDHI, ShortMessage: udh("050003a70101", "PAY"), TLVs: sar(3, 2)}, Long, "PAY", 0},

		// Payloads.
		{"payload", pdu.SM{TLVs: parameter(pdu.TagMessagePayload, order)}, Text, order, 0},
		{"payload of 254", pdu.SM{TLVs: parameter(pdu.TagMessagePayload, strings.Repeat("x", 254))}, Text, strings.Repeat("x", 254), 0},
		{"payload of 255", pdu.SM{TLVs: parameter(pdu.TagMessagePayload, strings.Repeat("x", 255))}, Long, strings.Repeat("x", 255), 0},
		{"Chinese payload", pdu.SM{DataCoding: 8, TLVs: parameter(pdu.TagMessagePayload, string(ucs2("付 8001 5")))}, Text, "付 8001 5", 0},
		{"empty payload beside a text", pdu.SM{ShortMessage: []byte(order), TLVs: parameter(pdu.TagMessagePayload, "")}, Text, order, 0},
		{"payload that repeats the text", pdu.SM{ShortMessage: []byte(order), TLVs: parameter(pdu.TagMessagePayload, order)}, Text, order, 0},
		{"payload that says something else", pdu.SM{ShortMessage: []byte(order), TLVs: parameter(pdu.TagMessagePayload, "PAY 8001 1.5")}, Unreadable, "", ReasonTwoTexts},
		{"part in a payload", pdu.SM{TLVs: slices.Concat(parameter(pdu.TagMessagePayload, "PAY"), sar(2, 2))}, Long, "PAY", 0},
		{"unreadable payload", pdu.SM{DataCoding: 4, TLVs: parameter(pdu.TagMessagePayload, "x")}, Unreadable, "", ReasonAlphabet},

		// For a program, not for a person.
		{"ports", pdu.SM{ESMClass: pdu.ESMUDHI, ShortMessage: udh("0605040b8423f0", order)}, Unreadable, "", ReasonApplication},
		{"narrow ports", pdu.SM{ESMClass: pdu.ESMUDHI, ShortMessage: udh("040402f0f1", order)}, Unreadable, "", ReasonApplication},
		{"destination port as a parameter", pdu.SM{ShortMessage: []byte(order), TLVs: parameter(pdu.TagDestinationPort, "\x15\x81")}, Unreadable, "", ReasonApplication},
		{"source port as a parameter", pdu.SM{ShortMessage: []byte(order), TLVs: parameter(pdu.TagSourcePort, "\x15\x81")}, Unreadable, "", ReasonApplication},
		{"a port of no octets", pdu.SM{ShortMessage: []byte(order), TLVs: parameter(pdu.TagDestinationPort, "")}, Text, order, 0},

		// Not readable.
		{"broken UDH", pdu.SM{ESMClass: pdu.ESMUDHI, ShortMessage: []byte(order)}, Unreadable, "", ReasonHeader},
		{"UDH and nothing", pdu.SM{ESMClass: pdu.ESMUDHI}, Unreadable, "", ReasonHeader},
		{"binary", pdu.SM{DataCoding: 4, ShortMessage: []byte(order)}, Unreadable, "", ReasonAlphabet},
		{"Cyrillic", pdu.SM{DataCoding: 6, ShortMessage: []byte(order)}, Unreadable, "", ReasonAlphabet},
		{"half a character", pdu.SM{DataCoding: 8, ShortMessage: []byte("PAY")}, Unreadable, "", ReasonOctets},
		{"octets that are no septets", pdu.SM{ShortMessage: []byte("PAY \xe9")}, Unreadable, "", ReasonOctets},
		{"letters of a table that is not here", pdu.SM{ESMClass: pdu.ESMUDHI, ShortMessage: udh("03240104", "PAY 8001 1\x1b\x19")}, Unreadable, "", ReasonAlphabet},
		{"a basic table that is not here", pdu.SM{ESMClass: pdu.ESMUDHI, ShortMessage: udh("03250104", order)}, Unreadable, "", ReasonAlphabet},
		{"a part in an unknown alphabet", pdu.SM{DataCoding: 4, ShortMessage: []byte("PAY"), TLVs: sar(2, 1)}, Long, "", 0},
	} {
		c.check(t, text.GSM)
	}
}

func TestReceiptsAreKnown(t *testing.T) {
	t.Parallel()
	const receipt = "id:0123456789 sub:001 dlvrd:001 submit date:2611251200 done date:2611251201 stat:DELIVRD err:000 text:ok"
	for _, c := range []classified{
		{"delivery receipt", pdu.SM{ESMClass: pdu.ESMDeliveryReceipt, ShortMessage: []byte("id:1 stat:DELIVRD")}, Receipt, "", 0},
		{"delivery acknowledgement", pdu.SM{ESMClass: pdu.ESMDeliveryAck, ShortMessage: []byte(order)}, Receipt, "", 0},
		{"user acknowledgement", pdu.SM{ESMClass: pdu.ESMManualAck}, Receipt, "", 0},
		{"conversation abort", pdu.SM{ESMClass: 0x18}, Receipt, "", 0},
		{"intermediate notification", pdu.SM{ESMClass: pdu.ESMIntermediate}, Receipt, "", 0},
		{"receipt by its parameter", pdu.SM{ShortMessage: []byte("x"), TLVs: parameter(pdu.TagReceiptedMessageID, "1\x00")}, Receipt, "", 0},
		{"receipt by message_state", pdu.SM{TLVs: parameter(pdu.TagMessageState, "\x02")}, Receipt, "", 0},
		{"receipt by its text", pdu.SM{ShortMessage: []byte(receipt)}, Receipt, "", 0},
		{"in capitals", pdu.SM{ShortMessage: []byte(strings.ToUpper(receipt))}, Receipt, "", 0},
		{"in UCS-2", pdu.SM{DataCoding: 8, ShortMessage: ucs2(receipt)}, Receipt, "", 0},
		{"in a payload", pdu.SM{TLVs: parameter(pdu.TagMessagePayload, receipt)}, Receipt, "", 0},
		{"with the fields in another order", pdu.SM{ShortMessage: []byte("id:77 stat:UNDELIV err:069 dlvrd:000 sub:001 text:")}, Receipt, "", 0},
		{"with a NUL behind", pdu.SM{ShortMessage: []byte(receipt + "\x00")}, Receipt, "", 0},

		{"parameters of no octets", pdu.SM{ShortMessage: []byte(order), TLVs: slices.Concat(parameter(pdu.TagMessageState, ""), parameter(pdu.TagReceiptedMessageID, ""))}, Text, order, 0},
		{"a text about one", pdu.SM{ShortMessage: []byte("PAY 8001 5 id:1 stat:DELIVRD")}, Text, "PAY 8001 5 id:1 stat:DELIVRD", 0},
		{"an id alone", pdu.SM{ShortMessage: []byte("id:77")}, Text, "id:77", 0},
	} {
		c.check(t, text.GSM)
	}
}

// NULs at the end are padding, or close the text as a C string does.
func TestTrailingNULs(t *testing.T) {
	t.Parallel()
	for nuls := range 20 {
		tail := make([]byte, nuls)
		for _, coding := range []byte{0x00, 0x01, 0x03, 0x10, 0xF1} {
			classified{"septets", pdu.SM{DataCoding: coding, ShortMessage: append([]byte(order), tail...)}, Text, order, 0}.check(t, text.GSM)
		}
		want := classified{"UCS-2", pdu.SM{DataCoding: 8, ShortMessage: append(ucs2("付 8001 1"), tail...)}, Text, "付 8001 1", 0}
		if nuls%2 == 1 { // half a unit: 1, or 15 cut short
			want.kind, want.text, want.reason = Unreadable, "", ReasonOctets
		}
		want.check(t, text.GSM)
	}
	classified{"within", pdu.SM{ShortMessage: []byte("me\x00home")}, Text, "me@home", 0}.check(t, text.GSM)
	classified{"in front", pdu.SM{ShortMessage: []byte("\x00x")}, Text, "@x", 0}.check(t, text.GSM)
}

// All values of data_coding, by SMPP 3.4 5.2.19 and 3GPP TS 23.038 4.
func TestDataCodings(t *testing.T) {
	t.Parallel()
	septets := []byte{0x00, 0x01, 0x03}
	for coding := 0x10; coding <= 0xFF; coding++ {
		group, low := coding>>4, coding&0x0F
		if general := group == 0x1 || group == 0x4 || group == 0x5; general && low < 0x04 || group == 0xF && low&0x04 == 0 {
			septets = append(septets, byte(coding))
		}
	}
	wide := []byte{0x08, 0x18, 0x19, 0x1A, 0x1B, 0x48, 0x49, 0x4A, 0x4B, 0x58, 0x59, 0x5A, 0x5B}
	for coding := range 0x100 {
		c := classified{hex.EncodeToString([]byte{byte(coding)}), pdu.SM{DataCoding: byte(coding), ShortMessage: []byte(order)}, Unreadable, "", ReasonAlphabet}
		switch {
		case slices.Contains(septets, byte(coding)):
			c.kind, c.text, c.reason = Text, order, 0
		case slices.Contains(wide, byte(coding)):
			c.sm.ShortMessage = ucs2("付 8001 1.50")
			c.kind, c.text, c.reason = Text, "付 8001 1.50", 0
		}
		c.check(t, text.GSM)
	}
}

// What data_coding 0 means is the bind's to say.
func TestAlphabetOfTheBind(t *testing.T) {
	t.Parallel()
	gbk, err := simplifiedchinese.GBK.NewEncoder().Bytes([]byte("付 8001 1.50元"))
	if err != nil {
		t.Fatal(err)
	}
	latin := []byte("PAY 8001 \xa51.50 caf\xe9")
	for _, c := range []struct {
		def text.Alphabet
		classified
	}{
		{text.Latin1, classified{"Latin 1", pdu.SM{ShortMessage: latin}, Text, "PAY 8001 ¥1.50 café", 0}},
		{text.GSM, classified{"Latin 1 as GSM", pdu.SM{ShortMessage: latin}, Unreadable, "", ReasonOctets}},
		{text.ASCII, classified{"dollars", pdu.SM{ShortMessage: []byte("PAY 8001 $1.50 @_[]")}, Text, "PAY 8001 $1.50 @_[]", 0}},
		{text.ASCII, classified{"no ASCII", pdu.SM{ShortMessage: latin}, Unreadable, "", ReasonOctets}},
		{text.UTF8, classified{"UTF-8", pdu.SM{ShortMessage: []byte("付 8001 1.50")}, Text, "付 8001 1.50", 0}},
		{text.UTF8, classified{"broken UTF-8", pdu.SM{ShortMessage: latin}, Unreadable, "", ReasonOctets}},
		{text.UCS2, classified{"UCS-2", pdu.SM{ShortMessage: ucs2("付 8001 1.50")}, Text, "付 8001 1.50", 0}},
		{text.UCS2, classified{"an odd octet", pdu.SM{ShortMessage: []byte("PAY")}, Unreadable, "", ReasonOctets}},
		{text.GBK, classified{"GBK", pdu.SM{ShortMessage: gbk}, Text, "付 8001 1.50元", 0}},
		{text.GBK, classified{"GBK with a NUL", pdu.SM{ShortMessage: append(slices.Clone(gbk), 0)}, Text, "付 8001 1.50元", 0}},
		{text.GBK, classified{"half a character", pdu.SM{ShortMessage: append(slices.Clone(gbk), 0xB8)}, Unreadable, "", ReasonOctets}},
		{text.GBK, classified{"GBK by data_coding 15", pdu.SM{DataCoding: 15, ShortMessage: gbk}, Text, "付 8001 1.50元", 0}},
		{text.GSM, classified{"GBK by data_coding 15, unasked", pdu.SM{DataCoding: 15, ShortMessage: gbk}, Unreadable, "", ReasonAlphabet}},
		{text.Latin1, classified{"UCS-2 says what it is", pdu.SM{DataCoding: 8, ShortMessage: ucs2("付5")}, Text, "付5", 0}},
	} {
		c.check(t, c.def)
	}
}
