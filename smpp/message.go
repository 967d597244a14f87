package smpp

import (
	"bytes"
	"errors"
	"time"

	"mpg/smpp/pdu"
	"mpg/smpp/text"
)

// Kind says what a Message is.
type Kind uint8

// The kinds of Message. Only Text may be read as an order.
const (
	Text       Kind = iota + 1 // a whole text
	Long                       // a part of a long message, or a reassembled one: see Message.Part
	Receipt                    // a delivery receipt or another acknowledgement
	Unreadable                 // not plain text: see Message.Reason
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

// Reason says why a Message is Unreadable, or why a deliver_sm never became a
// Message.
type Reason uint8

// The reasons.
const (
	ReasonNone        Reason = iota
	ReasonAlphabet           // data_coding names binary, or an alphabet that is not supported
	ReasonOctets             // octets outside the alphabet that data_coding names
	ReasonHeader             // esm_class announces a user data header, but there is none
	ReasonApplication        // meant for a port or a SIM toolkit, not for a person
	ReasonTwoTexts           // short_message and message_payload say different things
	reasons
)

// String returns the reason in a word or two, for logs and metrics.
func (r Reason) String() string {
	switch r {
	case ReasonAlphabet:
		return "alphabet"
	case ReasonOctets:
		return "octets"
	case ReasonHeader:
		return "header"
	case ReasonApplication:
		return "application"
	case ReasonTwoTexts:
		return "two_texts"
	}
	return "none"
}

// Delivery is the handle of one deliver_sm: its link and its sequence_number.
// It is good for one Ack, on that link only.
type Delivery struct {
	epoch   uint64
	seq     uint32
	arrived int64 // Unix nanoseconds; it came in no earlier than this: see stall
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
	Text   string
	Kind   Kind
	Reason Reason    // of an Unreadable one
	Part   pdu.Part  // of a Long one; zero if it is not a part
	At     time.Time // when it was read off the link
}

// newMessage reads a decoded deliver_sm; def is the alphabet of data_coding 0.
// scratch is the reader's, so that a message costs one allocation.
func newMessage(sm *pdu.SM, def text.Alphabet, scratch []byte) (Message, []byte) {
	from, to := len(sm.SourceAddr), len(sm.SourceAddr)+len(sm.DestinationAddr)
	scratch = append(append(scratch[:0], sm.SourceAddr...), sm.DestinationAddr...)
	c := classify(sm, def)
	if c.kind == Text || c.kind == Long {
		var err error
		scratch, err = c.coding.AppendDecode(scratch, c.coding.TrimNULs(c.octets))
		c = c.read(scratch[to:], err)
	}
	if c.kind == Receipt || c.kind == Unreadable {
		scratch = scratch[:to]
	}
	all := string(scratch)
	return Message{
		From: all[:from], FromTON: sm.SourceAddrTON,
		To: all[from:to], ToTON: sm.DestAddrTON,
		Text: all[to:], Kind: c.kind, Reason: c.reason, Part: c.part,
	}, scratch
}

// class says what a deliver_sm is, and where its text is.
type class struct {
	kind   Kind
	reason Reason
	part   pdu.Part
	octets []byte
	coding text.Coding
}

func unreadable(reason Reason) class { return class{kind: Unreadable, reason: reason} }

// read completes c once its octets have been decoded, or could not be. A receipt
// may be recognisable by its text alone.
func (c class) read(decoded []byte, err error) class {
	switch {
	case err != nil && c.kind == Long:
		return c
	case errors.Is(err, text.ErrAlphabet):
		return unreadable(ReasonAlphabet)
	case err != nil:
		return unreadable(ReasonOctets)
	case c.kind == Text && isReceiptText(decoded):
		return class{kind: Receipt}
	}
	return c
}

// classify returns what a deliver_sm is and which of its octets are the text. Anything that
// is only a part of what the subscriber wrote is Long: an amount cut in two must never be
// read. A payload that fits in short_message is a text like any other; a longer one is a
// long message that the SMSC has reassembled.
func classify(sm *pdu.SM, def text.Alphabet) class {
	if isReceipt(sm) {
		return class{kind: Receipt}
	}
	if given(sm.TLVs, pdu.TagSourcePort) || given(sm.TLVs, pdu.TagDestinationPort) {
		return unreadable(ReasonApplication) // as ports in a user data header are
	}
	octets, ok := textOctets(sm)
	if !ok {
		return unreadable(ReasonTwoTexts)
	}
	c := class{kind: Text, octets: octets, part: sm.TLVs.SAR(), coding: text.Coding{DataCoding: sm.DataCoding, Default: def}}
	if sm.ESMClass.HasUDH() || pdu.HasBareConcat(octets) {
		u, ok := pdu.SplitUDH(octets)
		switch {
		case !ok:
			return unreadable(ReasonHeader)
		case u.ToApplication:
			return unreadable(ReasonApplication)
		case u.Part.OfMany():
			c.part = u.Part
		}
		c.octets = u.Text
		c.coding.SingleShift, c.coding.LockingShift = u.SingleShift, u.LockingShift
	}
	switch {
	case c.part.OfMany():
		c.kind = Long
	case len(octets) > pdu.ShortMessageMax:
		c.kind, c.part = Long, pdu.Part{}
	default:
		c.part = pdu.Part{}
	}
	return c
}

// isReceipt reports whether a field of a deliver_sm says that it is a receipt or an
// acknowledgement. SMPP 3.4 5.2.12, 5.3.2.12, 5.3.2.35
func isReceipt(sm *pdu.SM) bool {
	return !sm.ESMClass.IsText() || given(sm.TLVs, pdu.TagReceiptedMessageID) || given(sm.TLVs, pdu.TagMessageState)
}

// given reports whether a parameter is present and not empty: some SMSCs send those
// that they do not use with a length of 0.
func given(params pdu.TLVs, tag pdu.Tag) bool {
	value, _ := params.Get(tag)
	return len(value) > 0
}

// textOctets returns the text of a deliver_sm, which is in short_message or in message_payload,
// or in both if they are equal. SMPP 3.4 5.3.2.32
func textOctets(sm *pdu.SM) (octets []byte, ok bool) {
	payload, _ := sm.TLVs.Get(pdu.TagMessagePayload)
	switch {
	case len(payload) == 0:
		return sm.ShortMessage, true
	case len(sm.ShortMessage) == 0:
		return payload, true
	}
	return payload, bytes.Equal(payload, sm.ShortMessage)
}

// isReceiptText reports whether a text is a receipt in the form that SMPP 3.4
// appendix B gives as an example and nearly every SMSC uses. No order starts like
// that.
func isReceiptText(decoded []byte) bool {
	const idField, statField = "id:", "stat:"
	body := bytes.TrimSpace(decoded)
	return len(body) > len(idField) && bytes.EqualFold(body[:len(idField)], []byte(idField)) &&
		bytes.Contains(bytes.ToLower(body), []byte(statField))
}
