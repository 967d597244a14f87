package pdu

import "encoding/binary"

// Limits of a PDU, in octets.
const (
	HeaderLen = 16 // SMPP 3.4 3.2

	// SizeMax is the longest PDU taken unless a caller says otherwise: a
	// message_payload of 64 KiB and the rest of its PDU.
	SizeMax = 66 << 10
)

// SequenceMax is the last sequence_number; 1 follows. SMPP 3.4 5.1.4
const SequenceMax = 0x7FFFFFFF

// Header is the part that all PDUs begin with. SMPP 3.4 3.2
type Header struct {
	CommandLength  uint32 // octets, the header's own included
	CommandID      CommandID
	CommandStatus  Status // 0 in a request
	SequenceNumber uint32
}

// Frame is one whole PDU, header and body.
type Frame []byte

// Header reads the header. A Frame shorter than HeaderLen is a broken
// invariant of whoever cut it and panics.
func (f Frame) Header() Header {
	_ = f[HeaderLen-1]
	return Header{
		CommandLength:  binary.BigEndian.Uint32(f[0:]),
		CommandID:      CommandID(binary.BigEndian.Uint32(f[4:])),
		CommandStatus:  Status(binary.BigEndian.Uint32(f[8:])),
		SequenceNumber: binary.BigEndian.Uint32(f[12:]),
	}
}

// Body is what follows the header; it may be empty.
func (f Frame) Body() []byte { return f[HeaderLen:] }

// AppendHeader appends a PDU that has no body: enquire_link, unbind, their
// responses, generic_nack, or a response that refuses.
func AppendHeader(dst []byte, id CommandID, st Status, seq uint32) []byte {
	dst = binary.BigEndian.AppendUint32(dst, HeaderLen)
	dst = binary.BigEndian.AppendUint32(dst, uint32(id))
	dst = binary.BigEndian.AppendUint32(dst, uint32(st))
	return binary.BigEndian.AppendUint32(dst, seq)
}

// seal writes the command_length of the PDU that begins at start.
func seal(dst []byte, start int) []byte {
	binary.BigEndian.PutUint32(dst[start:], uint32(len(dst)-start))
	return dst
}

// SetSequence writes the sequence_number into an encoded PDU.
func (f Frame) SetSequence(seq uint32) { binary.BigEndian.PutUint32(f[12:], seq) }
