package smpp

import (
	"bytes"
	"errors"
	"slices"
	"strings"

	"mpg/smpp/pdu"
	"mpg/smpp/text"
)

// Outgoing is one text to one number.
type Outgoing struct {
	From string // a short code, a number, or a name of at most 20 ASCII characters
	To   string // a number, with or without +
	Text string // at most one segment: see text.Segments

	Numbers *Numbers // how From and To are typed; nil: by their form
}

// Numbers says which type of number and numbering plan an SMSC insists on for
// addresses in digits. A name is always alphanumeric. SMPP 3.4 5.2.5, 5.2.6
type Numbers struct {
	SourceTON, DestTON pdu.TON
	SourceNPI, DestNPI pdu.NPI

	DestPlus bool   // international numbers keep their +
	Home     string // calling code to drop from numbers of the SMSC's own country; others go as +E.164
}

// destination returns To, given as digits with type and plan, in the form that the
// SMSC wants.
func (n *Numbers) destination(digits []byte, ton pdu.TON, npi pdu.NPI) ([]byte, pdu.TON, pdu.NPI) {
	national, home := bytes.CutPrefix(digits, []byte(n.Home))
	switch {
	case ton != pdu.TONInternational:
		return digits, n.DestTON, n.DestNPI
	case n.Home != "" && home && len(national) > 0:
		return national, n.DestTON, n.DestNPI
	case n.Home != "":
		return digits, ton, npi
	case n.DestPlus:
		return slices.Insert(digits, 0, '+'), n.DestTON, n.DestNPI
	}
	return digits, n.DestTON, n.DestNPI
}

// Verdict is how a submit_sm ended.
type Verdict uint8

// The ends of a submit_sm.
const (
	Accepted  Verdict = iota + 1 // the SMSC has it
	Refused                      // the SMSC said no: Outcome.Status
	Uncertain                    // no answer in time, or the link was lost: it may have it
)

// String is the verdict in a word.
func (v Verdict) String() string {
	switch v {
	case Accepted:
		return "accepted"
	case Refused:
		return "refused"
	case Uncertain:
		return "uncertain"
	}
	return "unknown"
}

// Outcome is the end of one submit_sm.
type Outcome struct {
	Verdict   Verdict
	MessageID string     // of an Accepted one. SMPP 3.4 5.2.23
	Status    pdu.Status // of a Refused one
}

// Transient reports whether the SMSC refused only for now.
func (o Outcome) Transient() bool { return o.Verdict == Refused && o.Status.Transient() }

// Permanent reports whether the SMSC refused this message for good.
func (o Outcome) Permanent() bool { return o.Verdict == Refused && o.Status.Permanent() }

// Why Send takes nothing. done is then never called.
var (
	ErrNotBound = errors.New("smpp: not bound")
	ErrDraining = errors.New("smpp: shutting down")
	ErrTooLong  = errors.New("smpp: text is longer than one short message")
	ErrAddress  = errors.New("smpp: not an address")
)

// submitMax is the most octets of a submit_sm that appendSubmit makes: its
// fields, two addresses, and 160 septets.
const submitMax = 256

// textMax is the most octets of UTF-8 that one short message can hold, 160
// characters of two octets; as many can make twice that in UCS-2.
const textMax = 2 * text.GSMUnitsMax

// appendSubmit appends a text as a submit_sm whose sequence_number is still 0.
// def is the alphabet of data_coding 0.
func appendSubmit(dst []byte, out *Outgoing, def text.Alphabet) ([]byte, error) {
	var fromBuf, toBuf [addrMax]byte
	var octets [2 * textMax]byte
	from, fromTON, fromNPI := address(fromBuf[:0], out.From)
	to, toTON, toNPI := address(toBuf[:0], out.To)
	if len(from) == 0 || len(to) == 0 || toTON == pdu.TONAlphanumeric {
		return dst, ErrAddress
	}
	if n := out.Numbers; n != nil {
		to, toTON, toNPI = n.destination(to, toTON, toNPI)
		if fromTON != pdu.TONAlphanumeric {
			fromTON, fromNPI = n.SourceTON, n.SourceNPI
		}
	}
	if len(out.Text) > textMax {
		return dst, ErrTooLong
	}
	msg, coding, err := text.AppendEncodeFor(octets[:0], out.Text, def)
	if err != nil {
		return dst, err
	}
	if len(msg) > oneSegment(coding, def) || !fitsOne(out.Text, def) {
		return dst, ErrTooLong
	}
	return pdu.AppendSM(dst, pdu.SubmitSM, 0, &pdu.SM{
		SourceAddrTON: fromTON, SourceAddrNPI: fromNPI, SourceAddr: from,
		DestAddrTON: toTON, DestAddrNPI: toNPI, DestinationAddr: to,
		DataCoding: coding, ShortMessage: msg,
	})
}

// fitsOne reports whether a text is one short message on the air, if the SMSC converts
// the octets of another alphabet to septets.
func fitsOne(body string, def text.Alphabet) bool {
	if def == text.GSM {
		return true // its octets are sent as they are
	}
	_, _, segments := text.Segments(body)
	return segments == 1
}

// oneSegment returns the octets of one short message. SMPP 3.4 5.2.21
func oneSegment(dataCoding byte, def text.Alphabet) int {
	switch {
	case dataCoding == text.DataCodingUCS2:
		return 2 * text.UCS2UnitsMax
	case def == text.UTF8: // a septet takes up to three octets
		return pdu.ShortMessageMax
	}
	return text.GSMUnitsMax
}

// addrMax is the most octets of an address. SMPP 3.4 5.2.8
const addrMax = 20

// shortCodeMax is the longest number taken for a short code.
const shortCodeMax = 8

// address returns an address as SMPP writes it, and the TON and NPI that it shows: +E.164 is
// international and loses its +, other digits are left to the SMSC, and letters
// are a name. What is no address gives nothing. SMPP 3.4 5.2.5, 5.2.6
func address(dst []byte, given string) ([]byte, pdu.TON, pdu.NPI) {
	number, plus := strings.CutPrefix(given, "+")
	if len(number) == 0 || len(number) > addrMax {
		return nil, 0, 0
	}
	dst = append(dst, number...)
	switch {
	case digits(number) && plus:
		return dst, pdu.TONInternational, pdu.NPIISDN
	case digits(number) && len(number) > shortCodeMax:
		return dst, pdu.TONUnknown, pdu.NPIISDN
	case digits(number):
		return dst, pdu.TONUnknown, pdu.NPIUnknown
	case !plus && printable(number):
		return dst, pdu.TONAlphanumeric, pdu.NPIUnknown
	}
	return nil, 0, 0
}

func digits(number string) bool {
	for i := range len(number) {
		if number[i] < '0' || number[i] > '9' {
			return false
		}
	}
	return true
}

func printable(name string) bool {
	for i := range len(name) {
		if name[i] < ' ' || name[i] > '~' {
			return false
		}
	}
	return true
}
