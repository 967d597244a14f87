package flow

import (
	"context"
	"time"

	"mpg/ivr/dtmf"
)

// Want is what a step needs from the keypad.
type Want uint8

// What a step may want.
const (
	Nothing Want = iota // said, then on to the next step
	Key                 // 1 continues, 0 is "not me"
	PIN                 // PINDigits digits; 0# is "not me"
)

// Step is one thing said and, unless it wants Nothing, one thing asked.
type Step struct {
	Name  string   // what the Judge and the Result call it
	Say   []string // finished sentences in the language of the call
	Again []string // said when it is asked again, except after *; empty: Say
	Short []string // said before Again if # ended an entry too early
	// GoOn is said if an entry stops half way: what was keyed is kept, and the
	// caller may continue. Empty: the entry is dropped and the step is asked again.
	GoOn []string
	Bye  []string // the last words if the step was asked in vain
	Want Want
}

func (s *Step) again() []string {
	if len(s.Again) > 0 {
		return s.Again
	}
	return s.Say
}

// Script is a call's steps in order.
type Script []Step

// Input is what a step got.
type Input struct {
	// Digits is what was keyed at a PIN step, PINDigits long; empty otherwise.
	// It is wiped when the Judge returns and must not be kept.
	Digits *dtmf.Digits
	// NotMe says that the person does not know of the call. The call ends
	// after the verdict's Say, whatever its Do.
	NotMe bool
}

// Do is how a call continues after a step.
type Do uint8

// How a call continues.
const (
	Next   Do = iota // to the next step; after the last one the call ends
	Repeat           // the same step, asked again after Say
	End              // the call ends after Say
)

// Verdict is a Judge's answer to an input.
type Verdict struct {
	Say []string // finished sentences
	Do  Do
}

// Judge is asked after a step got its input. It may block, for a PIN check or
// for a bank: the line is silent meanwhile. Its context carries the values of
// the call's but is never cancelled by the call (see the package comment).
type Judge func(ctx context.Context, step string, in Input) Verdict

// Line is the telephone line that a script talks over. One goroutine uses it.
type Line interface {
	// Play begins the sentences in place of what plays now. It may block until
	// they are synthesised. The channel is closed when the last has been heard;
	// not when Stop or another Play cut it off.
	Play(ctx context.Context, say []string) (played <-chan struct{}, err error)
	// Stop silences what plays.
	Stop()
	// Slower makes everything played from now on slower.
	Slower()
	// Keys delivers each key pressed since the call was answered, in order:
	// '0' to '9', '*', '#', 'A' to 'D'.
	Keys() <-chan byte
	// Idle returns how long no key has been down and the call has not been on hold:
	// a key held long, and a caller on hold, are not silence.
	Idle() time.Duration
	// HungUp is closed when the call is over.
	HungUp() <-chan struct{}
}

// Ended is how a conversation ended. The list is closed.
type Ended uint8

// The ends of a conversation.
const (
	Finished Ended = iota // the script or the Judge brought it to its end
	HungUp                // the person did, before that
	NotMe                 // the person does not know of it
	Silent                // asked AsksMax times and got nothing usable
	Failed                // a prompt could not be played
	Stopped               // the context ended while a step was asked
)

// String names the end for logs.
func (e Ended) String() string {
	names := [...]string{"finished", "hung up", "not me", "silent", "failed", "stopped"}
	if int(e) < len(names) {
		return names[e]
	}
	return "unknown"
}

// Result is how a conversation went.
type Result struct {
	End  Ended
	Step string // the step where it ended; empty after the last one
	Err  error  // of Failed and Stopped
}

// Limits of a conversation.
const (
	PINDigits    = 6                // digits of a payment PIN
	AsksMax      = 3                // times a step is asked until it is answered
	DefaultFirst = 8 * time.Second  // Timing.First if it is zero
	DefaultInter = 8 * time.Second  // Timing.Inter if it is zero
	closingMax   = 60 * time.Second // how long the last words of a call may take
)

// Timing is how long a person may take. Zero fields have defaults.
type Timing struct {
	First time.Duration // from the end of the prompt to the first key
	Inter time.Duration // from one key to the next
}
