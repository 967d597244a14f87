package pdu

import (
	"encoding/binary"
	"slices"
)

// The information elements of a user data header. 3GPP TS 23.040 9.2.3.24
const (
	ieConcat8       = 0x00 // 9.2.3.24.1
	iePorts8        = 0x04 // 9.2.3.24.3
	iePorts16       = 0x05 // 9.2.3.24.4
	ieConcat16      = 0x08 // 9.2.3.24.8
	ieWirelessCtl   = 0x09 // 9.2.3.24.9
	ieSingleShift   = 0x24 // 9.2.3.24.15
	ieLockingShift  = 0x25 // 9.2.3.24.16
	ieToolkitFirst  = 0x70 // 9.2.3.24.6: security headers of a SIM toolkit
	ieToolkitLast   = 0x7F
	concat8Len      = 3
	concat16Len     = 4
	shiftLen        = 1
	fewestPartsLong = 2
)

// Part says which part of a long message this is. The zero Part is none.
// 3GPP TS 23.040 9.2.3.24.1, SMPP 3.4 5.3.2.22
type Part struct {
	Ref           uint16 // the same in all parts
	Total, Number byte
	SAR           bool // named by optional parameters, whose references are separate
}

// Known reports whether the fields name a part; others are to be ignored.
// 3GPP TS 23.040 9.2.3.24.1
func (p Part) Known() bool { return p.Number >= 1 && p.Number <= p.Total }

// OfMany reports whether there are other parts. Part one of one is a whole message.
func (p Part) OfMany() bool { return p.Known() && p.Total >= fewestPartsLong }

// UserData is a short_message that begins with a user data header.
// 3GPP TS 23.040 9.2.3.24
type UserData struct {
	Part          Part   // zero if it is not a part
	ToApplication bool   // it names ports or a SIM toolkit, and is not for a person
	SingleShift   byte   // national language of the extension table; 0: none
	LockingShift  byte   // national language of the basic table; 0: none
	Text          []byte // what follows the header; a view
}

// SplitUDH removes the user data header from sm; ok is false if its lengths
// contradict each other. Unknown elements are skipped.
// 3GPP TS 23.040 9.2.3.24
func SplitUDH(sm []byte) (u UserData, ok bool) {
	if len(sm) == 0 || int(sm[0]) > len(sm)-1 {
		return UserData{}, false
	}
	end := 1 + int(sm[0])
	u.Text = sm[end:]
	for ies := sm[1:end]; len(ies) > 0; {
		if len(ies) < 2 || int(ies[1]) > len(ies)-2 {
			return UserData{}, false
		}
		n := int(ies[1])
		u.element(ies[0], ies[2:2+n])
		ies = ies[2+n:]
	}
	return u, true
}

// element reads one information element; one of a wrong length is ignored.
func (u *UserData) element(id byte, value []byte) {
	switch {
	case id == ieConcat8 && len(value) == concat8Len:
		u.part(Part{Ref: uint16(value[0]), Total: value[1], Number: value[2]})
	case id == ieConcat16 && len(value) == concat16Len:
		u.part(Part{Ref: binary.BigEndian.Uint16(value), Total: value[2], Number: value[3]})
	case id == iePorts8, id == iePorts16, id == ieWirelessCtl, id >= ieToolkitFirst && id <= ieToolkitLast:
		u.ToApplication = true
	case id == ieSingleShift && len(value) == shiftLen:
		u.SingleShift = value[0]
	case id == ieLockingShift && len(value) == shiftLen:
		u.LockingShift = value[0]
	}
}

// part keeps the last element that names a part. 3GPP TS 23.040 9.2.3.24
func (u *UserData) part(piece Part) {
	if piece.Known() {
		u.Part = piece
	}
}

// HasBareConcat reports whether sm starts with the user data header of a part. Many
// ESMEs and gateways send one without saying so in esm_class. No person starts a
// text with these octets.
func HasBareConcat(sm []byte) bool {
	if !hasPrefix(sm, concat8Len+2, ieConcat8, concat8Len) && !hasPrefix(sm, concat16Len+2, ieConcat16, concat16Len) {
		return false
	}
	u, ok := SplitUDH(sm)
	return ok && u.Part.Known()
}

func hasPrefix(sm []byte, prefix ...byte) bool {
	return len(sm) >= len(prefix) && slices.Equal(sm[:len(prefix)], prefix)
}

// SAR returns the part that the optional parameters name. All three must be there,
// and sensible, or they are ignored. SMPP 3.4 5.3.2.22, 5.3.2.23, 5.3.2.24
func (t TLVs) SAR() (p Part) {
	ref, okRef := t.Get(TagSARMsgRefNum)
	total, okTotal := t.Get(TagSARTotalSegments)
	number, okNumber := t.Get(TagSARSegmentSeqnum)
	if !okRef || !okTotal || !okNumber || len(ref) != 2 || len(total) != 1 || len(number) != 1 {
		return Part{}
	}
	p = Part{Ref: binary.BigEndian.Uint16(ref), Total: total[0], Number: number[0], SAR: true}
	if !p.Known() {
		return Part{}
	}
	return p
}
