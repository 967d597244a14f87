// Package iso8583 turns messages of ISO 8583:1987, and of 1993, into octets and back.
//
// It holds what a bank link says, and nothing of when or to whom: the message
// types, the data elements, the frame around them, and the dialect, which is a
// table of data elements and no code. There is no I/O but the frame reader, no
// clock and no state here; engine/bank talks, engine/bank/host answers.
//
// The dialect "iso87" is the 1987 edition as ASCII hosts speak it: the message
// type in four digits, a bitmap of sixteen hexadecimal digits and a second one
// where an element above 64 is there, numbers in ASCII digits, and two octets of
// length, most significant first, before each message. "iso87-binary" has the same
// elements with numbers and lengths as binary coded decimals, and bitmaps as octets. "iso93"
// and "iso93-binary" say the same in the words of the 1993 edition. All 128
// elements are in the table, so that a host which sends more than it is asked for is still
// read.
//
//	fields.go   the table of elements           form.go     ASCII or binary
//	edition93.go  the words of 1993
//	dialect.go  the dialects, and packing       read.go     reading
//	mac.go      the MAC at the end              frame.go    the length in front
//	message.go  Message, MTI, Key               transaction.go network.go  what mpg says
//	processing.go  which element has the account
//	totals.go   what both sides count for a business date
//
//	message                 here                     what makes it complete
//	0100 authorization      Transaction.Request      3 4 7 11 12 13 18 32 37 41 42 48 49 102
//	0110 its answer         Message.Answer           the same but 18 48, and 15 38 39
//	0200 financial request  Transaction.Request      3 4 7 11 12 13 18 32 37 41 42 48 49 102; a credit 103, a return 38 90
//	0210 its answer         Message.Answer           the same but 18 48, and 15 38 39
//	0220 completion         Transaction.Request      those of the 0100, 25 38 90
//	0221 the advice again   Repeat                   the same
//	0230 its answer         Message.Answer           the same but 18 25 48, and 15 39
//	0420 reversal advice    Reversal                 those of the 0100 or 0200, 39 90
//	0421 the advice again   Reversal                 the same
//	0430 its answer         Message.Answer           the same but 18 48, and 15
//	0500 totals             TotalsOf                 7 11 15 32 50 74-77 81 86-89 97
//	0510 its answer         Message.Answer           7 11 15 50 66 74-77 81 86-89 97
//	0800 network request    Network                  7 11 70
//	0810 its answer         Message.Answer           the same, 39
//
// Not here: how a MAC is computed, PIN blocks (52), what a key exchange holds; 012x but for
// their answers.
//
// Unpack refuses a message that it cannot read to the last byte. Read is for what a
// foreign host sends: it leaves out and names an element that cannot be read, and
// says so when the rest of a message is lost.
//
// A new element or another edition is a row or a table in fields.go. Accounts
// are personal data: no error of this package quotes the content of an element.
//
// Library: github.com/moov-io/iso8583 packs by that table, in both forms. Its own ready-made
// tables are not used, as they always send 128 bits of bitmap and drop the leading zeros of
// numbers. It is not used for reading, as it rejects a message for a single unknown
// character and ignores bytes after the last element; read.go reads, and fuzz
// targets check that the two agree.
//
// The package may import mpg/store/money and nothing else of ours.
package iso8583
