package payment

import (
	"slices"
	"time"

	"mpg/store/money"
)

// RequestState says how far a bank request has come.
type RequestState string

// The states of a Request. A request that is advising, reversing, in doubt or disputed is
// Listed, whatever has become of the payment meanwhile.
const (
	RequestSent      RequestState = "sent"      // or about to be: stored before the first byte
	RequestAdvising  RequestState = "advising"  // an advice, which is repeated until it is answered
	RequestAnswered  RequestState = "answered"  // Approved says how
	RequestReversing RequestState = "reversing" // a 0420 is due until it is answered with 00
	RequestDoubt     RequestState = "doubt"     // the same, or an advice that is not answered or was refused: people are told
	RequestReversed  RequestState = "reversed"  // by the bank's word
	RequestDisputed  RequestState = "disputed"  // the bank contradicts the payment: people decide
	RequestResolved  RequestState = "resolved"  // by people; Approved says how
)

// Request is the record of what a bank was asked. It holds everything that a
// reversal repeats, so that a later configuration does not change it.
type Request struct {
	No      uint64 `cbor:"1,keyasint"` // durable counter; STAN follows from it
	Payment uint64 `cbor:"2,keyasint"`
	Ask     int    `cbor:"3,keyasint"` // index in the payment's plan
	Kind    Kind   `cbor:"4,keyasint"`
	Bank    string `cbor:"5,keyasint"`
	Account uint64 `cbor:"6,keyasint"` // number of the sealed document of the account
	Message
	Amount   money.Amount `cbor:"12,keyasint"`
	Currency string       `cbor:"13,keyasint"`
	Shop     string       `cbor:"14,keyasint"` // code of the shop that is a side of the payment, if one is

	State RequestState `cbor:"15,keyasint"`
	Answer
	Undoing
	Loss
	Late []Said `cbor:"26,keyasint,omitempty"` // what the bank said when nobody was waiting, newest last

	Resolved *Resolution `cbor:"27,keyasint,omitempty"` // by people

	Bill string `cbor:"29,keyasint,omitempty"` // of a Notify: the reference that the biller knows
	Card bool   `cbor:"30,keyasint,omitempty"` // the account is the token of a card
	// Increases says that the request is for an Increase of what the payment's first one
	// holds.
	Increases bool `cbor:"45,keyasint,omitempty"`
}

// Message is a request as it was sent.
type Message struct {
	MTI    string    `cbor:"7,keyasint,omitempty"` // of Packed
	Packed []byte    `cbor:"8,keyasint,omitempty"` // all of it, sealed; none: nothing could be sent
	STAN   uint32    `cbor:"9,keyasint"`           // ISO 8583:1987 DE11
	RRN    string    `cbor:"10,keyasint"`          // ISO 8583:1987 DE37
	At     time.Time `cbor:"11,keyasint"`
}

// Answer is what decided a request.
type Answer struct {
	Approved   bool   `cbor:"16,keyasint,omitempty"` // answered: by the bank; resolved: by people
	Code       string `cbor:"17,keyasint,omitempty"` // ISO 8583:1987 DE39
	AuthID     string `cbor:"18,keyasint,omitempty"` // ISO 8583:1987 DE38
	Settlement string `cbor:"19,keyasint,omitempty"` // ISO 8583:1987 DE15
	// Granted is how much was approved, if that is less than was asked for.
	Granted  money.Amount `cbor:"28,keyasint,omitempty"`
	Answered time.Time    `cbor:"20,keyasint,omitzero"`
	Cause    string       `cbor:"21,keyasint,omitempty"` // why the answer is not known
}

// Undoing says how far the reversal of a request has come, or an advice.
type Undoing struct {
	Since     time.Time `cbor:"22,keyasint,omitzero"`  // start of the reversal, the advice or the dispute
	Tries     int       `cbor:"23,keyasint,omitempty"` // of the reversal, or of the advice, as of the last write
	Reversal  string    `cbor:"24,keyasint,omitempty"` // ISO 8583:1987 DE39 of the last 0430
	Approvals int       `cbor:"25,keyasint,omitempty"` // that came while it was being reversed
	Back      string    `cbor:"31,keyasint,omitempty"` // ISO 8583:1987 DE15 of the 0430 that ended it
}

// Loss says where the amount of a request is that its bank has paid out although the payment
// had ended without it.
type Loss struct {
	Suspended  money.Amount `cbor:"32,keyasint,omitempty"` // in suspense: the bank is to take it back
	WrittenOff money.Amount `cbor:"33,keyasint,omitempty"` // by people: the bank will not
}

// Said is something that a bank said about a request when nobody was waiting.
type Said struct {
	At   time.Time `cbor:"1,keyasint"`
	What Word      `cbor:"2,keyasint"`
	Code string    `cbor:"3,keyasint,omitempty"` // ISO 8583:1987 DE39
}

// Word is what a bank said.
type Word string

// The words. SaysReversed is a 0420 that the host initiated: an advice, by which
// its sender tells what it has already done.
const (
	SaysApproved Word = "approved"
	SaysDeclined Word = "declined"
	SaysReversed Word = "reversed"
)

// Meaning says what a word that nobody was waiting for means for its request.
type Meaning uint8

// The meanings, from the harmless to the worst.
const (
	Repeated Meaning = iota // nothing new
	Noted                   // recorded, but ends nothing
	Confirms                // an approval of what is being reversed: all the more reason to reverse it
	Undoes                  // ends the reversal
	Reopens                 // an approval of a request that had ended otherwise: it is now reversed
	Disputes                // the bank goes back on what stands paid, or takes what stands void
	Accepts                 // an advice
	Rejects                 // an advice
)

// Listed reports whether a restart has to look at the request.
func (r *Request) Listed() bool {
	switch r.State {
	case RequestAdvising, RequestReversing, RequestDoubt, RequestDisputed:
		return true
	}
	return false
}

// Reversing reports whether the bank is still asked to reverse the request.
func (r *Request) Reversing() bool {
	return r.State == RequestReversing || r.State == RequestDoubt && !r.Kind.Advice()
}

// Repeats reports whether the request is an advice that is still repeated: one that was
// answered is not, even if the answer is a refusal that leaves it in doubt.
func (r *Request) Repeats() bool {
	return r.State == RequestAdvising || r.State == RequestDoubt && r.Kind.Advice() && r.Code == ""
}

// lateMax bounds how much is kept when a bank repeats itself.
const lateMax = 16

// Hear records a word that nobody was waiting for, and returns what it means. An
// approval is money whenever it comes; a decline and silence prove nothing. An advice is
// not due for reversal whatever the bank says: people decide what contradicts it.
func (r *Request) Hear(word Word, code string, at time.Time) Meaning {
	m := r.meaning(word)
	if m == Repeated {
		return m
	}
	r.note(Said{at.UTC(), word, code})
	switch m {
	case Confirms:
		r.Approvals++
	case Reopens:
		r.Approvals++
		r.State, r.Since = RequestReversing, at.UTC()
	case Disputes:
		r.State, r.Since = RequestDisputed, at.UTC()
	case Undoes:
		r.State = RequestReversed
	case Repeated, Noted, Accepts, Rejects:
	}
	return m
}

// meaning holds the table of Hear. Before the answer is committed every word is only
// noted; see Contradicted. What ends the reversal must have come after the last
// approval, which is not known of a word that nobody was waiting for.
func (r *Request) meaning(word Word) Meaning {
	if r.Repeats() {
		switch word {
		case SaysApproved:
			return Accepts
		case SaysDeclined:
			return Rejects
		case SaysReversed:
		}
		return Noted
	}
	if r.State == RequestDoubt && r.Kind.Advice() {
		return Noted
	}
	switch r.State {
	case RequestReversing, RequestDoubt:
		switch {
		case word == SaysApproved:
			return Confirms
		case word == SaysReversed && r.Approvals == 0:
			return Undoes
		}
	case RequestReversed:
		switch word {
		case SaysApproved:
			return Reopens
		case SaysReversed:
			return Repeated
		case SaysDeclined:
		}
	case RequestAnswered, RequestResolved:
		return r.afterwards(word)
	case RequestSent, RequestAdvising, RequestDisputed:
	}
	return Noted
}

// afterwards returns the meaning of a word about a request that was decided. What a bank
// says of money that it only holds moves none: its completion shows.
func (r *Request) afterwards(word Word) Meaning {
	switch {
	case r.Approved && word == SaysApproved, !r.Approved && word == SaysDeclined:
		return Repeated
	case r.Kind == PreAuth && r.Approved, r.Kind == Notify:
		return Noted
	case r.Approved, r.Kind == Completion && word == SaysApproved:
		return Disputes
	case word == SaysApproved:
		return Reopens
	}
	return Noted
}

// Contradicted reports whether the bank said otherwise before its answer could be
// committed; approved is that answer. A bank that contradicts itself leaves the
// outcome unknown.
func (r *Request) Contradicted(approved bool) bool {
	if approved {
		return r.Heard(SaysDeclined) || r.Heard(SaysReversed)
	}
	return r.Heard(SaysApproved)
}

// Heard reports whether the bank has said word when nobody was waiting.
func (r *Request) Heard(word Word) bool {
	return slices.ContainsFunc(r.Late, func(s Said) bool { return s.What == word })
}

// note keeps s, unless it only repeats the last one.
func (r *Request) note(s Said) {
	if n := len(r.Late); n > 0 && r.Late[n-1].What == s.What && r.Late[n-1].Code == s.Code {
		r.Late[n-1].At = s.At
		return
	}
	r.Late = append(r.Late, s)
	if over := len(r.Late) - lateMax; over > 0 {
		r.Late = slices.Delete(r.Late, 0, over)
	}
}

// Unknown marks the request for reversal; cause says why its answer is not known.
func (r *Request) Unknown(cause string, at time.Time) {
	r.State, r.Since = RequestReversing, at.UTC()
	if cause != "" {
		r.Cause = cause
	}
}

// Resolution is how people ended what the bank left open.
type Resolution struct {
	As     string    `cbor:"1,keyasint"` // "paid" or "reversed"
	Reason string    `cbor:"2,keyasint"`
	UID    uint32    `cbor:"3,keyasint"`
	At     time.Time `cbor:"4,keyasint"`
	Person string    `cbor:"5,keyasint,omitempty"` // name of the member of staff; empty: nobody had logged in
}

// stanMax is the greatest STAN: six digits, ISO 8583:1987 DE11.
const stanMax = 999_999

// STAN returns the trace number of request no: 1 to 999999, then 1 again.
func STAN(no uint64) uint32 { return uint32((no-1)%stanMax) + 1 }

// Namesakes returns the numbers of the requests up to last that have the trace
// number stan, newest first: their RRN tells them apart.
func Namesakes(stan uint32, last uint64) func(yield func(no uint64) bool) {
	return func(yield func(uint64) bool) {
		if stan == 0 || stan > stanMax || uint64(stan) > last {
			return
		}
		first := uint64(stan)
		for no := first + (last-first)/stanMax*stanMax; ; no -= stanMax {
			if !yield(no) || no == first {
				return
			}
		}
	}
}
