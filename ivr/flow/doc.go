// Package flow runs the script of a telephone call: what is said, which keys
// are wanted, and what follows from them. A script is data; the telephone is
// a Line; the one who decides is a Judge. It knows neither SIP nor money.
//
//	script.go   Step, Script, Judge, Verdict, Line: the words of a conversation
//	run.go      Run: one conversation, step by step
//	keypad.go   the rules of the keypad, one key at a time; pure
//
// # The keypad
//
//	a Key step    1 continues, 0 is "not me", any other key asks again
//	a PIN step    six digits, 0 allowed anywhere; complete at the sixth
//	              0# is "not me"; # before the sixth digit asks again and says why
//	both          * clears what was keyed and asks again, in full and slower
//	              # right after a complete entry is swallowed
//	barge-in      a key stops the prompt, and counts
//	type-ahead    keys wait for the step that wants them; a question whose
//	              answer is there already is not asked
//	silence       First for the first key, Inter for each further one; asked
//	              again twice, then the call ends with a last word
//	              half a PIN is kept, and its owner is asked to continue
//	              a key that is held and a call on hold are not silence
//	after Repeat  keys from before the verdict are forgotten: they answered
//	              something else, and must not become half of the next PIN
//
// # Hanging up
//
// Run ends at once when the line does, in any phase but one: a Judge that has
// been asked is never interrupted, since it may have committed a payment. Its
// context is not cancelled by the hang-up; it needs deadlines of its own.
//
// # Rules
//
// Imports mpg/ivr/dtmf for the secret Digits, and nothing else of ours. Time
// is the time package's: tests run in testing/synctest bubbles.
package flow
