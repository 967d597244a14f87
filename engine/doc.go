// Package engine is the pipeline from a text to a payment and its receipts. No
// rule of money lives here, and no protocol.
//
// Reading order: receive.go (lanes, acknowledgement), number.go (whose text it
// is), copies.go (copies of a text, and words said twice), answer.go (every
// intent), optout.go, pay.go (from an order to an open payment),
// effects.go (what a transition asks for, made part of one commit), call.go and
// pincall.go (the conversation), authorize.go (asking a bank), reversal.go (undoing
// what it was asked), evidence.go (what it says when nobody waits), resolve.go
// (people end what it left open), sending.go (texts out), deadline.go, resume.go (after a stop). work.go is what all of
// them stand on: a step reads documents, decides, and commits all it touches at
// once, again where another step came in between.
//
// The rules are in the pure packages beside it:
//
//	order     what a text orders            product   what plan an order is
//	payment   states, events, the table     pin       six digits and their hash
//	user, merchant   the records            notice    who is told what
//	lang      all words, both languages     bank      the connector
//	outbox    texts in order, to each bind
//	acquirer  which reversal is sent when
//
// What a payment promises here:
//
//   - a text is acknowledged only after the commit that takes it in, and a copy
//     of it, if the first may not have been acknowledged, pays, stops and calls
//     nothing;
//   - the payment's number is chosen before the work and every step has an id
//     of its own, so that nothing is done twice;
//   - what was under way at a crash is found again in payment.OpenTable: a call
//     becomes "we were cut off", a bank that was asked becomes unknown, and
//     unknown is always reversed, never sent again;
//   - an approval is money whenever it comes: its request is reversed until the
//     bank says that it is undone, whatever has become of the payment, and stands
//     in payment.OpenRequestTable until then;
//   - notices are sent at least once and name their payment.
//
// The package imports store and the folders below engine; the world comes in by
// Ports. github.com/nyaruka/phonenumbers reads numbers as people write them.
package engine
