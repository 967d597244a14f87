// Package cdr holds call detail records: how each call to a subscriber ended, and who
// ended it. A payment says that its call failed; the record says why.
//
// A Record is a document of bounded size that is written once, if possible in the
// commit that the end of the call causes anyway. It identifies the subscriber by record
// number, contains no telephone number, and about the keys says only how many PINs were
// wrong. The package is pure; it imports store.
package cdr

import (
	"fmt"
	"strings"
	"time"
	"unicode"

	"mpg/store"
)

// Table holds each Record by its Key.
const Table store.Table = 48

// Purpose says what a call was for.
type Purpose string

// The purposes.
const (
	ForPayment Purpose = "payment" // to confirm one
	ForPIN     Purpose = "pin"     // to choose one
)

// Party says who ended a call that was answered.
type Party string

// The parties. Nobody: the call was not answered, or it is not known who ended it.
const (
	Nobody     Party = ""
	Subscriber Party = "subscriber"
	Us         Party = "us"
)

// CutOff is the end of a call during which we stopped. The other ends come from the
// calls port.
const CutOff = "cut_off"

// Record is one call that has ended.
type Record struct {
	Purpose Purpose   `cbor:"1,keyasint"`
	User    uint64    `cbor:"2,keyasint"`           // record number of the person called
	Payment uint64    `cbor:"3,keyasint,omitempty"` // number; 0: a call to choose a PIN
	Try     int       `cbor:"4,keyasint,omitempty"` // of the payment's calls, from 1
	At      time.Time `cbor:"5,keyasint"`           // when it was placed
	End     string    `cbor:"6,keyasint"`           // as the metrics name it, or CutOff

	Answered bool  `cbor:"7,keyasint,omitempty"`
	Ring     int64 `cbor:"8,keyasint,omitempty"` // milliseconds from the INVITE to the answer or the end
	Talk     int64 `cbor:"9,keyasint,omitempty"` // from the answer to the end
	HungUp   Party `cbor:"10,keyasint,omitempty"`

	SIP   int    `cbor:"11,keyasint,omitempty"` // final status, RFC 3261 21; 0: none came
	Cause int    `cbor:"12,keyasint,omitempty"` // ITU-T Q.850; 0: none was told
	Text  string `cbor:"13,keyasint,omitempty"` // the network's own words
	Step  string `cbor:"14,keyasint,omitempty"` // of the conversation at which the call ended; empty: it was over, or had not begun
	Wrong int    `cbor:"15,keyasint,omitempty"` // PINs keyed in it
}

// textRunesMax bounds Record.Text.
const textRunesMax = 40

// Words returns the part of a network's text that may be kept: one short line without
// digits, since digits may be a number.
func Words(said string) string {
	kept := strings.Map(func(char rune) rune {
		switch {
		case unicode.IsNumber(char):
			return '*'
		case unicode.IsSpace(char):
			return ' '
		case unicode.IsPrint(char):
			return char
		}
		return -1
	}, strings.ToValidUTF8(said, ""))
	runes := []rune(strings.Join(strings.Fields(kept), " "))
	return string(runes[:min(len(runes), textRunesMax)])
}

// Key is the document key of r. Those of one payment follow one another; see
// OfPayment.
func (r *Record) Key() string {
	if r.Payment != 0 {
		return fmt.Sprintf("%s%03d", OfPayment(r.Payment), r.Try)
	}
	return fmt.Sprintf("%s/%016x/%016x", r.Purpose, r.User, uint64(r.At.UnixNano()))
}

// OfPayment returns the prefix of the keys of a payment's calls.
func OfPayment(no uint64) string { return fmt.Sprintf("%016x/", no) }
