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
