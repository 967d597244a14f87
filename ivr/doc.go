// Package ivr makes telephone calls: it places a call, runs a script in it, and returns
// an Answer. It knows neither payments nor PIN rules; a Judge decides what
// follows from what was keyed.
//
// # What lives here
//
//	caller.go   Caller: configuration, guards, health of the trunk
//	call.go     Call: one call from the guards to the BYE
//	line.go     the telephone line that a script talks over
//	keys.go     where its keys are heard: events, INFO, tones
//	end.go      Answer and the closed list of its ends
//
//	sip         the call as SIP sees it            media   RTP, one wheel per core
//	dtmf        keys, and the secret Digits        voice   sentences to G.711
//	flow        scripts and the keypad rules       phone   a simulated handset
//
// # One call
//
//	guards: prefix allowed, number not in a call, a line free
//	make the prompts, reserve an RTP port, send INVITE
//	200: ACK, start RTP (silence while the phone is put to the ear), run the script
//	hang up, or be hung up on; free the port
//
// The guards are toll-fraud guards: an empty AllowPrefixes means no calls, and
// no number is called twice at once. Per-order and hourly limits are the
// engine's.
//
// # Rules
//
// Imports only mpg/ivr/…; no protocol here knows of money. Keys reach the
// Judge in dtmf.Digits and nothing else; logs say how many calls and how they
// ended, never what was keyed, and numbers only through sip.Mask.
package ivr
