// Package sip places calls: a SIP user agent client (RFC 3261) that dials one
// configured trunk over UDP, agrees on G.711 and telephone-event by SDP, and
// keeps the dialog until one side says BYE.
//
// # What lives here
//
//	endpoint.go  one UDP socket that speaks SIP both ways, on sipgo
//	agent.go     Agent: configuration, trunk, OPTIONS; connects its parts
//	book.go      the current calls, by Call-ID
//	lifetime.go  what Close waits for
//	peers.go     whose datagrams are read
//	lenient.go   tolerates malformed headers that no call needs
//	invite.go    who calls whom: the INVITE as it is sent, and the CANCEL that withdraws it
//	dial.go      Dial: the INVITE loop, from the first octet to ACK or failure
//	digest.go    answers to 401 and 407; pure except for the random cnonce
//	early.go     a ringing call: its phones, and audio described before the answer
//	prack.go     extensions that a peer requires; PRACK
//	timer.go     session timers, if the peer wants them
//	session.go   Session: an answered call; ACK and BYE
//	strays.go    answers that are not wanted, or come twice
//	dialog.go    Dialog: requests within a call, for either role; routes
//	reach.go     where those are sent, and where else if that fails
//	resolve.go   the addresses of names
//	inbound.go   what the peer may ask of us: BYE, re-INVITE, UPDATE, INFO, OPTIONS
//	inbound_early.go  the same while it rings
//	final.go     Final: a final response sent until it is acknowledged
//	body.go      the session description among the parts of a body
//	sdp.go       Media -> session descriptions, and answers to offers; pure
//	sdp_read.go  session descriptions -> Media; pure; fuzzed
//	cause.go     Failure and its closed list of causes
//	quiet.go     a log handler that lets no number and no digit through
//
// Endpoint, Dialog, Final and Media serve the handset simulator (ivr/phone) as well.
//
// # Why a loop of our own
//
// sipgo carries transport, parser and transactions. Its WaitAnswer is not
// used: it stops after ten provisional responses without CANCEL, and when a
// 200 crosses its CANCEL it sends neither ACK nor BYE, so that the subscriber
// listens to silence. Dial obeys these clauses itself:
//
//	any number of 1xx                                    RFC 3261 13.2.2.1
//	no CANCEL before a provisional response              RFC 3261 9.1
//	CANCEL crossing a 200: ACK, then BYE at once         RFC 3261 9.1, 15
//	a 200 again: the same ACK again                      RFC 3261 13.2.2.4
//	a 200 of another branch: ACK and BYE of its own      RFC 3261 13.2.2.4
//	no response at all: Timer B ends it                  RFC 3261 17.1.1.2
//	401 and 407: once more for each challenge            RFC 3261 22.3
//	a 200 without tag, Contact or a way to it: ACK, BYE  RFC 3261 12.1.2
//	a 200 after a refusal by another phone: ACK and BYE  RFC 3261 16.7
//	421 and 422: once more with what was missing         RFC 3261 21.4.16, RFC 4028 7.3
//
// A 2xx that belongs to no call (the daemon restarted, or gave up long ago)
// gets ACK and BYE as well. 3xx is never followed and 181 ends the call:
// payments are read to the subscriber's own phone or to none.
//
// # Not here
//
// Our INVITE offers no extension: reliable provisional responses (RFC 3262) and
// session timers (RFC 4028) are used only if the peer starts them. TCP, TLS, REGISTER
// and RFC 3263 failover are missing. RFC 3261 18.1.1 wants requests above 1300 octets
// on TCP; the INVITE is kept smaller, and a test checks that. Messages that grow beyond
// it through a peer's routes, nonces or Via are still sent over UDP, in fragments.
//
// # Rules
//
// Imports nothing of ours. Libraries: emiago/sipgo (SIP); pion/sdp serves the
// tests as an oracle.
// Telephone numbers reach logs only through Mask, and sipgo logs only through
// quiet.go. sip.SIPDebug is never set: it prints whole messages.
package sip
