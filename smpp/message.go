package smpp

import (
	"time"

	"mpg/smpp/pdu"
	"mpg/smpp/text"
)

// Kind says what a Message is.
type Kind uint8

// The kinds of Message. Only Text may be read as an order.
const (
	Text       Kind = iota + 1 // a whole text
	Long                       // a part of a long message, or a message_payload
	Receipt                    // a delivery receipt or another acknowledgement
	Unreadable                 // an unknown alphabet, binary, a user data header of another kind
	kinds
)

// String is the kind in a word, for logs and metrics.
func (k Kind) String() string {
	switch k {
	case Text:
		return "text"
	case Long:
		return "long"
	case Receipt:
		return "receipt"
	case Unreadable:
		return "unreadable"
	}
	return "unknown"
}

// Delivery is the handle of one deliver_sm: its link and its sequence_number.
// It is good for one Ack, on that link only.
type Delivery struct {
	epoch uint64
	seq   uint32
}

// Message is a deliver_sm. SMPP 3.4 4.6.1
type Message struct {
	Delivery Delivery
	From     string  // source_addr, as the SMSC wrote it
	FromTON  pdu.TON // pdu.TONAlphanumeric: From is a name, not a number
	To       string  // destination_addr: the short code
	ToTON    pdu.TON
	// Text is what a Text or Long says; empty where it cannot be read. It is a
	// subscriber's own words, and may be a PIN: never log it.
	Text string
	Kind Kind
	At   time.Time // when it was read off the link
}

// newMessage reads a decoded deliver_sm; scratch is the reader's, so that a
// message costs one allocation.
func newMessage(m *pdu.SM, scratch []byte) (Message, []byte) {
	kind, octets := classify(m)
	from, to := len(m.SourceAddr), len(m.SourceAddr)+len(m.DestinationAddr)
	scratch = append(append(scratch[:0], m.SourceAddr...), m.DestinationAddr...)
	if kind == Text || kind == Long {
		var err error
		if scratch, err = text.AppendDecode(scratch, m.DataCoding, octets); err != nil && kind == Text {
			kind = Unreadable
		}
	}
	all := string(scratch)
	return Message{
		From: all[:from], FromTON: m.SourceAddrTON,
		To: all[from:to], ToTON: m.DestAddrTON,
		Text: all[to:], Kind: kind,
	}, scratch
}

// classify says what m is and which of its octets are the text. Whatever might
// be only a part of what the subscriber wrote is Long: an amount cut in two
// must never be read.
func classify(m *pdu.SM) (Kind, []byte) {
	if _, ok := m.TLVs.Get(pdu.TagReceiptedMessageID); ok || !m.ESMClass.IsText() {
		return Receipt, nil // SMPP 3.4 5.2.12, 5.3.2.12
	}
	if m.ESMClass.HasUDH() {
		u, ok := pdu.SplitUDH(m.ShortMessage)
		if ok && u.Concat {
			return Long, u.Text
		}
		return Unreadable, nil // ports, pictures, shift tables: not a plain text
	}
	for tag, value := range m.TLVs.All() {
		switch tag {
		case pdu.TagMessagePayload: // SMPP 3.4 5.3.2.32
			return Long, value
		case pdu.TagSARMsgRefNum, pdu.TagSARTotalSegments, pdu.TagSARSegmentSeqnum: // SMPP 3.4 5.3.2.22
			return Long, m.ShortMessage
		}
	}
	return Text, m.ShortMessage
}
