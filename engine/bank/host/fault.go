package host

import (
	"time"

	"mpg/engine/bank/iso8583"
)

// Kind is a way to misbehave.
type Kind uint8

// The kinds of faults. Processing a message means booking it and answering.
const (
	Decline     Kind = iota + 1 // answers Code and books nothing
	Ignore                      // does not process and does not answer
	Silence                     // books and does not answer
	Slow                        // waits Delay, then processes; other messages pass
	LateAnswer                  // books at once, answers after Delay
	Duplicate                   // answers twice
	DropBefore                  // closes the line and does not process
	DropAfter                   // books, then closes the line without an answer
	Garbage                     // books, answers a frame of noise
	HalfFrame                   // books, answers the first half of the frame
	WrongSTAN                   // books, answers with another STAN
	WrongRRN                    // books, answers with another RRN
	WrongSum                    // books, answers with another amount: where a part is held, with more than was asked for
	Contradict                  // answers Code, then, after Delay, processes and answers again
	Omit                        // books, answers without Elements
	Alter                       // books, answers with Value in each of Elements
	OtherType                   // books, answers with Value for a message type
	EmptyBitmap                 // books, answers without what is above 64, and a second bitmap that is empty
	Rewritten                   // books, answers what Rewrite makes of the message
	WrongMAC                    // books, answers with a wrong MAC
	NoMAC                       // books, answers without a MAC
	Misframed                   // books, answers what Rewrite makes of the message with its length in front
)

// Class is a kind of messages that a Fault is for.
type Class uint8

// The classes.
const (
	Requests  Class = iota + 1 // 0100 and 0200
	Reversals                  // 0420 and 0421
	Networks                   // 0800
	Advices                    // 0220 and 0221
	AllTotals                  // 0500
)

// Fault is one instruction to misbehave.
type Fault struct {
	Kind    Kind
	On      Class
	Account string // empty: all; ignored for Networks
	// Processing limits the fault to requests and reversals with this processing code,
	// such as iso8583.DepositToAccount; empty: all. ISO 8583:1987 DE3
	Processing string
	Delay      time.Duration // of Slow, LateAnswer and Contradict
	Code       string        // of Decline and Contradict, ISO 8583:1987 DE39
	Times      int           // how many messages it affects; 0: all until ClearFaults

	Elements []iso8583.DE               // of Omit and Alter
	Value    string                     // of Alter and OtherType
	Rewrite  func(packed []byte) []byte // of Rewritten and Misframed
}

// Fault adds a fault. If several fit a message, the one added first applies.
func (h *Host) Fault(fault Fault) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.faults = append(h.faults, &fault)
}

// ClearFaults takes back all faults. Answers that are already late stay so.
func (h *Host) ClearFaults() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.faults = nil
}

// pick returns the fault for message and counts its use; the zero Fault is none.
func (h *Host) pick(message *iso8583.Message) Fault {
	h.mu.Lock()
	defer h.mu.Unlock()
	for i, f := range h.faults {
		if !f.fits(message) {
			continue
		}
		picked := *f
		if f.Times > 0 {
			if f.Times--; f.Times == 0 {
				h.faults = append(h.faults[:i:i], h.faults[i+1:]...)
			}
		}
		return picked
	}
	return Fault{}
}

// fits reports whether f applies to the message.
func (f *Fault) fits(message *iso8583.Message) bool {
	return f.On == classOf(message.MTI) && (f.Account == "" || f.Account == message.Account()) &&
		(f.Processing == "" || f.Processing == message.Get(iso8583.DEProcessingCode))
}

func classOf(mti iso8583.MTI) Class {
	switch mti {
	case iso8583.AuthorizationRequest, iso8583.FinancialRequest:
		return Requests
	case iso8583.FinancialAdvice, iso8583.FinancialAdviceRepeat:
		return Advices
	case iso8583.ReversalAdvice, iso8583.ReversalAdviceRepeat:
		return Reversals
	case iso8583.NetworkRequest:
		return Networks
	case iso8583.TotalsRequest:
		return AllTotals
	}
	return 0
}
