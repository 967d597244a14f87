// Package outbox sends what the store's outbox holds: one dispatcher, and a
// queue for each channel that texts go out by.
//
// Reading order: channel.go (what a channel is, and the ends of a text),
// dispatcher.go (New, Run, Wake), walk.go (from the store into memory), lane.go,
// backlog.go and queue.go (the queues of one channel), retry.go (when a refused text is
// sent again), attempt.go (tries that are written down first), mark.go (marking as done
// what was taken); sms.go is the channels of SMSC binds.
//
// What is promised:
//
//   - a row is marked only after its channel has taken it, so that a crash loses
//     no text; one whose fate is uncertain is sent again, and names its payment;
//   - what is urgent goes before what can wait, to the same number or another, and has
//     memory of its own, so that a receipt never waits for a campaign; see lang.Class;
//   - of the same urgency, a text to a number is never overtaken by a later one to the
//     same number by the same channel: at most one of them is on its way, and a refused
//     one goes back to the head of that number's queue;
//   - a number that refuses its texts holds up no other number, and a channel that
//     is down holds up no other channel;
//   - what a later outcome of the same payment has replaced is not sent: see
//     notice.Notice.Replaces;
//   - a costly channel tries a text at most as often as its policy says, whatever
//     crashes come between, since each try is written down before it begins;
//   - memory is bounded, however many rows the store holds.
//
// The package imports store and engine/notice, and nothing of the engine above.
package outbox
