// Package till is the machines at which a shop takes payments: their keys, what they hear of
// the shop's payments, and the tickets that they redeem.
//
//	till.go    Till and its key          view.go    what a till may see of a payment
//	feed.go    Feed: the payments of each shop, as they are committed
//	stream.go  Stream: those of one shop, from a position on
//	redeem.go  tickets, each of which is good once    receipt.go  what a slip tells
//
// A till sees the payments of its own shop and of no other, and of those only what View has:
// the number of the payer is masked. Nothing is told before it is committed, because all of it
// comes from the journal. A position in the journal says what a till has heard, so that it can
// go on after a broken connection or a restart without missing anything or hearing it twice.
//
// The package imports store, the unit of work (engine/tx), engine/codec, engine/mac and the
// packages of what it shows: merchant, notice and payment, and engine/lang to mask numbers.
package till
