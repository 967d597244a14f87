// Package phone is the other end of the line: an exchange of simulated
// handsets that a Caller can dial, for tests, for the demo and for load.
//
//	exchange.go   Exchange: one SIP socket, any number of subscriber numbers
//	behaviour.go  Behaviour: what a handset does with a call, as data
//	call.go       Call: one call at a handset; answered by script or by hand
//	uas.go        the called side of SIP: 180, 200 until ACK, BYE, CANCEL
//	invitation.go the INVITE of a call, and its answers
//	talk.go       an answered call: keys, hold, BYE
//	script.go     the acts of a Behaviour: wait for a prompt, press keys
//	ear.go        what is heard: speech and silence, octets, WAV
//
// A handset answers as its Behaviour says: at once or after ringing, busy,
// rejecting, unreachable, deaf to the ringing, or with a 200 that crosses the
// CANCEL. Acts press keys when a prompt begins or has ended, which the ear
// finds in the audio itself, so a script needs no times. A Live handset waits
// for somebody to call Answer, Press and Hangup, and hears through Audio.
//
// Everything heard can be kept octet for octet, in the order of RTP timestamps,
// to be compared with the prompt that was meant.
//
// It costs one goroutine per call and none per packet, so that hundreds of
// calls at once leave the machine to the side that is measured.
//
// Imports mpg/ivr/sip for dialogs and SDP and mpg/ivr/media for RTP.
package phone
