package pdu

import (
	"encoding/binary"
	"iter"
)

// Tag is the tag of an optional parameter. SMPP 3.4 5.3.2
type Tag uint16

// The tags that mpg knows by name. SMPP 3.4 5.3.2
const (
	TagReceiptedMessageID   Tag = 0x001E // 5.3.2.12: names the message a receipt is for
	TagUserMessageReference Tag = 0x0204 // 5.3.2.17
	TagSARMsgRefNum         Tag = 0x020C // 5.3.2.22: parts of one long message
	TagSARTotalSegments     Tag = 0x020E // 5.3.2.23
	TagSARSegmentSeqnum     Tag = 0x020F // 5.3.2.24
	TagSCInterfaceVersion   Tag = 0x0210 // 5.3.2.25
	TagMessagePayload       Tag = 0x0424 // 5.3.2.32: the text, where short_message is empty
	TagMessageState         Tag = 0x0427 // 5.3.2.35
)

const tlvHeaderLen = 4 // octets of tag and length. SMPP 3.4 3.2.4.1

// TLVs are the optional parameters of a PDU as they stand on the wire: in
// order, repeats kept. Those that Decode gave are whole.
type TLVs []byte

// All yields tags and values in the order of the wire and stops where the
// octets are not whole. Values are views.
func (t TLVs) All() iter.Seq2[Tag, []byte] {
	return func(yield func(Tag, []byte) bool) {
		for rest := t; ; {
			tag, value, next, ok := rest.next()
			if !ok || !yield(tag, value) {
				return
			}
			rest = next
		}
	}
}

// Get is the value of the first parameter with tag.
func (t TLVs) Get(tag Tag) (value []byte, ok bool) {
	for rest := t; ; {
		have, value, next, ok := rest.next()
		if !ok {
			return nil, false
		}
		if have == tag {
			return value, true
		}
		rest = next
	}
}

func (t TLVs) next() (tag Tag, value []byte, rest TLVs, ok bool) {
	if len(t) < tlvHeaderLen {
		return 0, nil, nil, false
	}
	n := int(binary.BigEndian.Uint16(t[2:]))
	if len(t)-tlvHeaderLen < n {
		return 0, nil, nil, false
	}
	end := tlvHeaderLen + n
	return Tag(binary.BigEndian.Uint16(t)), t[tlvHeaderLen:end:end], t[end:], true
}

// AppendTLV appends one optional parameter. A value over 65535 octets cannot
// be written and leaves t as it was.
func AppendTLV(t TLVs, tag Tag, value []byte) (TLVs, error) {
	if len(value) > 0xFFFF {
		return t, &Error{Field: "optional parameter", Reason: TooLong, Status: RInvParLen}
	}
	t = binary.BigEndian.AppendUint16(t, uint16(tag))
	t = binary.BigEndian.AppendUint16(t, uint16(len(value)))
	return append(t, value...), nil
}

// tlvs takes the rest of a body, which must be whole parameters. SMPP 3.4 3.2.4
func (c *cursor) tlvs() TLVs {
	all := TLVs(c.rest)
	for rest := all; len(rest) > 0; {
		_, _, next, ok := rest.next()
		if !ok {
			c.fail("optional parameters", Malformed, RInvOptParStream)
			return nil
		}
		rest = next
	}
	c.rest = nil
	return all
}
