package pdu

// TON is a type of number. SMPP 3.4 5.2.5
type TON byte

// The types of number. SMPP 3.4 5.2.5
const (
	TONUnknown TON = iota
	TONInternational
	TONNational
	TONNetworkSpecific
	TONSubscriberNumber
	TONAlphanumeric
	TONAbbreviated
)

// NPI is a numbering plan. SMPP 3.4 5.2.6
type NPI byte

// The numbering plans that mpg uses. SMPP 3.4 5.2.6
const (
	NPIUnknown NPI = 0
	NPIISDN    NPI = 1 // E.163, E.164
)

// ESMClass says how and what kind of message a PDU carries. SMPP 3.4 5.2.12
type ESMClass byte

// The parts of esm_class. SMPP 3.4 5.2.12
const (
	ESMDeliveryReceipt ESMClass = 0x04 // message type: SMSC delivery receipt
	ESMDeliveryAck     ESMClass = 0x08 // message type: SME delivery acknowledgement
	ESMManualAck       ESMClass = 0x10 // message type: SME manual or user acknowledgement
	ESMIntermediate    ESMClass = 0x20 // message type: intermediate delivery notification
	ESMUDHI            ESMClass = 0x40 // GSM feature: a user data header leads short_message

	esmMessageType ESMClass = 0x3C
)

// IsText reports whether the message is a subscriber's own, and neither a
// receipt nor an acknowledgement of any kind.
func (c ESMClass) IsText() bool { return c&esmMessageType == 0 }

// HasUDH reports whether short_message begins with a user data header.
func (c ESMClass) HasUDH() bool { return c&ESMUDHI != 0 }

// The information elements of a user data header that make a message one part
// of several. 3GPP TS 23.040 9.2.3.24.1, 9.2.3.24.8
const (
	ieConcat8  = 0x00
	ieConcat16 = 0x08
)

// UserData is a short_message that begins with a user data header.
// 3GPP TS 23.040 9.2.3.24
type UserData struct {
	Concat bool   // it is one part of a long message
	Text   []byte // what follows the header; a view
}

// SplitUDH takes the user data header off sm; ok is false where its lengths
// contradict each other.
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
		id, n := ies[0], int(ies[1])
		u.Concat = u.Concat || id == ieConcat8 && n == 3 || id == ieConcat16 && n == 4
		ies = ies[2+n:]
	}
	return u, true
}
