package bank

import (
	"time"

	"mpg/engine/bank/iso8583"
)

// DefaultTerminal is the terminal if Identity.Terminal is empty.
const DefaultTerminal = "MPG00001"

// Identity says who we are in messages to a bank.
type Identity struct {
	Acquirer     string         // our institution, ISO 8583:1987 DE32: up to 11 digits; may be empty
	Terminal     string         // ISO 8583:1987 DE41: up to 8 characters; empty: DefaultTerminal
	MerchantType string         // ISO 8583:1987 DE18: four digits; may be empty
	Zone         *time.Location // of local dates and times, ISO 8583:1987 DE12 DE13; nil: UTC
	// VerifyByCode has us ask whether a card is good by ISO 8583:1987 DE3 330000, rather than
	// by DE25 51.
	VerifyByCode bool
	// RefundOf says where a refund names the payment that it gives back. The zero value is
	// InOriginalData.
	RefundOf RefundOf
}

// RefundOf is the element in which a refund names the payment that it gives back.
type RefundOf uint8

// The elements. ISO 8583:1987 hosts differ in what they take in a 0200.
const (
	InOriginalData RefundOf = iota // DE90, which is DE56 in the edition of 1993, with the approval code in DE38
	InAdditional                   // DE48: the reference of the payment, its DE37, in place of ours
	InNone                         // it is not named
)

// complete fills in the defaults.
func (id Identity) complete() Identity {
	if id.Terminal == "" {
		id.Terminal = DefaultTerminal
	}
	if id.Zone == nil {
		id.Zone = time.UTC
	}
	return id
}

// check refuses what no message of the dialect could carry: a bad identifier is a fault of
// the configuration, not of each payment.
func (id Identity) check(dialect *iso8583.Dialect) error {
	probe := iso8583.New(iso8583.NetworkRequest)
	probe.Set(iso8583.DEAcquirer, id.Acquirer)
	probe.Set(iso8583.DETerminal, id.Terminal)
	probe.Set(iso8583.DEMerchantType, id.MerchantType)
	_, err := dialect.Pack(probe)
	return err
}
