package pdu

import (
	"bytes"
	"encoding/binary"
	"iter"
)

// Tag is the tag of an optional parameter. SMPP 3.4 5.3.2
type Tag uint16

// The tags that mpg knows by name. SMPP 3.4 5.3.2
const (
	TagReceiptedMessageID   Tag = 0x001E // 5.3.2.12: names the message a receipt is for
	TagUserMessageReference Tag = 0x0204 // 5.3.2.17
	TagSourcePort           Tag = 0x020A // 5.3.2.20: an application's, as in a user data header
	TagDestinationPort      Tag = 0x020B // 5.3.2.21
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
// be written and leaves params as it was.
func AppendTLV(params TLVs, tag Tag, value []byte) (TLVs, error) {
	if len(value) > 0xFFFF {
		return params, &Error{Field: "optional parameter", Reason: TooLong, Status: RInvParLen}
	}
	params = binary.BigEndian.AppendUint16(params, uint16(tag))
	params = binary.BigEndian.AppendUint16(params, uint16(len(value)))
	return append(params, value...), nil
}

// tlvs takes the rest of a body, which must be whole parameters. SMPP 3.4 3.2.4
func (c *cursor) tlvs() TLVs {
	all, ok := wholeTLVs(c.rest)
	if !ok {
		c.fail("optional parameters", Malformed, RInvOptParStream)
		return nil
	}
	c.rest = nil
	return all
}

// paddedTLVs is like tlvs, after a short_message. SMSCs that keep texts as C
// strings also send NULs that sm_length does not count; NULs that belong to no
// parameter are skipped. Four NULs are a parameter with tag and length 0, so no
// more than three need to be tried.
func (c *cursor) paddedTLVs() TLVs {
	for rest, tries := c.rest, 0; tries < tlvHeaderLen; rest, tries = rest[1:], tries+1 {
		if all, ok := wholeTLVs(rest); ok {
			c.rest = nil
			return all
		}
		if rest[0] != 0 {
			break
		}
	}
	c.fail("optional parameters", Malformed, RInvOptParStream)
	return nil
}

// wholeTLVs returns octets as parameters; ok is false if they are incomplete. NULs at
// the end that are shorter than a header are padding and left out.
func wholeTLVs(octets []byte) (all TLVs, ok bool) {
	for rest := TLVs(octets); ; {
		if len(rest) < tlvHeaderLen && len(bytes.Trim(rest, "\x00")) == 0 {
			end := len(octets) - len(rest)
			return TLVs(octets[:end:end]), true
		}
		_, _, next, ok := rest.next()
		if !ok {
			return nil, false
		}
		rest = next
	}
}
