// Package bank asks a bank over ISO 8583 to take money out of an account or to pay it
// into one, and undoes what it asked.
//
// A Link has one line to each address of one host. Run keeps them signed on: dial, sign-on, an
// echo when nothing was said for a while, and a new connection with jittered back-off when the
// old one fails. A request goes out once, by the first line that is signed on; if that line
// breaks, what it was asked is unknown, and never asked again by another line. Authorize asks
// for money (0200), or for money to be held (0100); Advise takes what was held (0220, 0221),
// and Reverse undoes (0420, 0421).
//
// What a caller has to know is how sure an answer is:
//
//	Reply, nil     the bank decided: approved, or declined for a Reason
//	ErrDown        nothing left this machine: no money moved
//	ErrInvalid     the same, and it never will: no message can carry the request
//	ErrUnknown     the bank may have moved the money: reverse it, never ask again;
//	               an advice is the opposite: send it again, never reverse it
//
// The package keeps nothing across a restart and repeats nothing. Prepare packs a
// request under the configuration of that moment; the caller stores the Packed
// before it calls Authorize or Advise, and keeps reversals in a queue until Reverse returns
// UndoDone. engine does so, with one record for each request. A reversal is built
// from the Packed alone. Any number of requests and reversals may be outstanding.
//
// An answer belongs to a request by what the host repeats of it: the reference, or
// STAN and DE7, or STAN with amount or local time, if only one request is like it.
// It decides only if every element that it repeats is as it was sent; otherwise the
// outcome is unknown and the error names the element. An answer that nothing is
// waiting for, because it is late, contradicts the first one, or belongs to a
// request from before a restart, goes to Config.OnLate: an approval is money
// whenever it comes. Code 25 in answer to a reversal proves nothing, and no
// configuration can make it end one.
//
// Where Config.MAC says so, messages carry a MAC, computed when they are sent and not part of
// a Packed. A message of the host without its MAC, or with a wrong one, is as if it had never
// come.
//
// Messages that the host initiates are answered: network messages with 00,
// reversals with 00 once Config.OnHost has recorded them, and so are advices, totals and
// cut-overs once Config.Peer has; everything else with 40. A
// message that cannot be read to its end is answered with 30; if it is a reversal, it is
// recorded first, as far as it names a request.
//
// Library: github.com/moov-io/iso8583-connection writes the line, times its idle
// hours and closes it. Three of its parts are not used, each for a reason found
// in its v0.9.0: its Send matches answers on unbuffered channels, so that a second
// answer to one request leaves a goroutine behind for ever and a line that fails
// at the moment of a time-out blocks both sides; Send gives one error for "never
// written" and "written, then lost", which are the two cases that money must tell
// apart; and its read loop waits for ever where a line is closed with a message
// at hand. So requests go by its Write, messages come by its MessageReader hook in
// the order of the line, and the matching is ours, in exchange.go. Messages are
// packed by engine/bank/iso8583.
//
// The package imports mpg/engine/bank/iso8583, mpg/engine/bank/cbcmac and mpg/store/money and
// nothing else of ours; nothing of SMPP, calls or configuration. engine/bank/keyring keeps
// the keys, and engine/bank/host is the other end for tests and the demo.
//
// Accounts are personal data: they are masked wherever they are logged.
package bank
