package smpp

import (
	"fmt"
	"log/slog"

	"mpg/smpp/pdu"
)

// Mode says what a bind is for.
type Mode uint8

// The modes. The zero Mode is Transceiver.
const (
	Transceiver Mode = iota // both ways. SMPP 3.4 4.1.5
	Transmitter             // only sends. SMPP 3.4 4.1.1
	Receiver                // only receives. SMPP 3.4 4.1.3
)

// Sends reports whether submit_sm may be sent.
func (m Mode) Sends() bool { return m != Receiver }

// Receives reports whether the bind gets deliver_sm.
func (m Mode) Receives() bool { return m != Transmitter }

// command returns the PDU that binds as m.
func (m Mode) command() pdu.CommandID {
	switch m {
	case Transmitter:
		return pdu.BindTransmitter
	case Receiver:
		return pdu.BindReceiver
	}
	return pdu.BindTransceiver
}

// Account holds what the SMSC knows an ESME by: the fields of its bind. Printing or logging
// it shows no password.
type Account struct {
	SystemID   string // at most 15 octets; see LongCredentials. SMPP 3.4 5.2.1
	Password   string // at most 8 octets; see LongCredentials. SMPP 3.4 5.2.2
	SystemType string // at most 12 octets. SMPP 3.4 5.2.3

	Mode Mode // what the bind is for

	// What the bind says about itself. SMPP 3.4 5.2.4 to 5.2.7
	InterfaceVersion byte // 0 is pdu.InterfaceVersion
	AddrTON, AddrNPI byte
	AddressRange     string // at most 40 octets
	// LongCredentials allows a SystemID and a Password of up to 64 octets, for an operator
	// who insists on more than SMPP 3.4 has room for.
	LongCredentials bool
}

// String returns the system_id, and what it binds as.
func (a Account) String() string { return fmt.Sprintf("%s as %s", a.SystemID, a.Mode.command()) }

// GoString returns String: %#v must not show the password either.
func (a Account) GoString() string { return a.String() }

// LogValue returns String.
func (a Account) LogValue() slog.Value { return slog.StringValue(a.String()) }

// bindPDU returns the bind of the account. SMPP 3.4 4.1
func (a Account) bindPDU(sequence uint32) ([]byte, error) {
	return pdu.AppendBind(nil, a.Mode.command(), sequence, &pdu.Bind{
		SystemID:         []byte(a.SystemID),
		Password:         []byte(a.Password),
		SystemType:       []byte(a.SystemType),
		InterfaceVersion: a.InterfaceVersion,
		AddrTON:          a.AddrTON,
		AddrNPI:          a.AddrNPI,
		AddressRange:     []byte(a.AddressRange),
		LongCredentials:  a.LongCredentials,
	})
}
