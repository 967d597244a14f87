// Package due does work at its time: a daily report, a monthly fee, a reminder.
//
// What is due is a row of one durable table, so that neither a restart nor a crash
// forgets it. The key of a row is its minute, its kind and its id; the document says
// what to do. A Sweeper walks the rows up to now. It does each as one step that removes
// the row, writes the next one and does the work, so that work is done once or not at
// all.
//
//	due.go       Kind, Item, New: the list of kinds       add.go    Add and Cancel
//	sweep.go     the walk, and the step of an item        row.go    keys and documents
//	schedule.go  every, daily, monthly, in a time zone
//
// What is promised:
//
//   - an item is never done before its time, and no occurrence of it is done twice,
//     whatever crashes and however the clock is set;
//   - occurrences follow from each other and not from when they were done, so that
//     restarts that are more frequent than the period lose none;
//   - after a time in which nothing ran, each kind does what its Missed says;
//   - an item that fails is tried again after a pause, holds up no other, and keeps the
//     order of its own occurrences;
//   - after the clock ran ahead and was set right, an item runs again at its next time
//     by the right clock; see Sweeper.
//
// The deadlines of payments are not here. They follow from the open payments, which a
// start reads anyway (process.Machine.Resume): a second record of them would cost each
// payment that is ordered and paid within a minute two more writes, and could disagree
// with the first. They are also shorter: seconds matter to a caller who waits, and rows
// here are due by the minute. What is to happen days after a payment, when nothing holds
// it in memory any more, belongs here.
//
// The package imports store and the unit of work (engine/tx).
package due
