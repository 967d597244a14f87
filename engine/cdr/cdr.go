// Package cdr holds call detail records: how each call to a subscriber ended, and by
// whose doing. A payment says that its call failed; this says why.
//
// A Record is a document of bounded size that is written once, where possible in the
// commit that the end of the call causes anyway. It names the subscriber by number of
// record, holds no telephone number, and of the keys only how many PINs were wrong.
// The package is pure; it imports store.
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

// The parties. Nobody: it was not answered, or that is not known.
const (
	Nobody     Party = ""
	Subscriber Party = "subscriber"
	Us         Party = "us"
)

// CutOff is the end of a call during which we stopped. The other ends are those of
// the calls port.
const CutOff = "cut_off"

// Record is one call that has ended.
type Record struct {
	Purpose Purpose   `json:"purpose"`
	User    uint64    `json:"user"`              // number of who was called
	Payment uint64    `json:"payment,omitempty"` // number; 0: a call to choose a PIN
	Try     int       `json:"try,omitempty"`     // of the payment's calls, from 1
	At      time.Time `json:"at"`                // when it was placed
	End     string    `json:"end"`               // as the metrics name it, or CutOff

	Answered bool  `json:"answered,omitempty"`
	Ring     int64 `json:"ring_ms,omitempty"` // milliseconds from the INVITE to the answer or the end
	Talk     int64 `json:"talk_ms,omitempty"` // from the answer to the end
	HungUp   Party `json:"hung_up,omitempty"`

	SIP   int    `json:"sip,omitempty"`   // final status, RFC 3261 21; 0: none came
	Cause int    `json:"cause,omitempty"` // ITU-T Q.850; 0: none was told
	Text  string `json:"text,omitempty"`  // the network's own words
	Step  string `json:"step,omitempty"`  // of the conversation at which it ended; empty: it was over, or had not begun
	Wrong int    `json:"wrong,omitempty"` // PINs keyed in it
}

// textRunesMax bounds Record.Text.
const textRunesMax = 40

// Words returns what may be kept of a network's words: one short line without
// digits, since they may name a number.
func Words(s string) string {
	kept := strings.Map(func(r rune) rune {
		switch {
		case unicode.IsNumber(r):
			return '*'
		case unicode.IsPrint(r):
			return r
		}
		return -1
	}, strings.ToValidUTF8(s, ""))
	runes := []rune(kept)
	return string(runes[:min(len(runes), textRunesMax)])
}

// Key is the document key of r. Those of one payment follow one another; see
// OfPayment.
func (r *Record) Key() string {
	if r.Payment != 0 {
		return fmt.Sprintf("%s%03d", OfPayment(r.Payment), r.Try)
	}
	return fmt.Sprintf("pin/%016x/%016x", r.User, uint64(r.At.UnixNano()))
}

// OfPayment is what the keys of a payment's calls begin with.
func OfPayment(no uint64) string { return fmt.Sprintf("%016x/", no) }
