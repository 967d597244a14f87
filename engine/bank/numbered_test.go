package bank_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"mpg/engine/bank"
	"mpg/engine/bank/host"
	"mpg/engine/bank/iso8583"
)

// The ends of a request at a bank that a stranger's bank was seen to be.
const (
	rowPaid     = "paid"     // approved, and it stands
	rowReversed = "reversed" // unknown, then undone by the bank's own word
	rowOpen     = "open"     // unknown, and no answer to its reversal ever ends it: people do
)

// row is one behaviour that banks were seen to show, by its number in the record of a day on
// which a stranger's bank showed all of them.
type row struct {
	number   int
	name     string
	request  host.Fault // once
	reversal host.Fault // so often, or always
	ends     string     // a reason: declined for it
	took     bool       // the bank keeps the money, whatever it says
}

// rowsOfCodes are the answers to a request that have a code and book nothing: rows 2 to 48 but
// for row 44. Only what certainly declines does; all else is undone, and as the bank knows no
// such request, open until people look into its book.
func rowsOfCodes() []row {
	var all []row
	for i, c := range []struct{ code, ends string }{
		{"05", "refused"}, {"55", "pin"}, {"51", "funds"}, {"14", "account"}, {"54", "expired"}, {"91", "unavailable"}, {"57", "restricted"}, {"65", "limit"},
		{"61", "limit"}, {"75", "pin"}, {"96", "unavailable"}, {"12", "refused"}, {"04", "refused"}, {"13", "refused"}, {"30", "refused"}, {"03", "refused"},
		{"92", "unavailable"}, {"41", "refused"}, {"43", "refused"}, {"77", "refused"}, {"82", "refused"}, {"01", "refused"}, {"62", "restricted"}, {"02", "refused"},
		{"06", rowOpen}, {"08", rowOpen}, {"11", rowOpen}, {"10", rowOpen}, {"16", rowOpen}, {"21", "refused"}, {"09", rowOpen}, {"17", "refused"}, {"68", rowOpen},
		{"94", rowOpen}, {"85", "refused"}, {"25", "refused"}, {"76", "refused"}, {"32", rowOpen}, {"34", "refused"}, {"A1", "refused"}, {"ZZ", "refused"}, {"N7", "refused"},
		{"00", rowPaid}, {"0A", "refused"}, {" 0", rowOpen}, {"0 ", rowOpen}, {"  ", rowOpen},
	} {
		all = append(all, row{number: i + 2, name: fmt.Sprintf("code %q", c.code), request: coded(c.code), ends: c.ends})
	}
	return all
}

// rowsOfTime are rows 49 to 55: when the answer comes.
func rowsOfTime() []row {
	return []row{
		{1, "approves", host.Fault{}, host.Fault{}, rowPaid, true},
		{49, "answers twice", host.Fault{Kind: host.Duplicate}, host.Fault{}, rowPaid, true},
		{50, "late, in time", host.Fault{Kind: host.LateAnswer, Delay: timeout * 5 / 6}, host.Fault{}, rowPaid, true},
		{51, "silence, booked", host.Fault{Kind: host.Silence}, host.Fault{}, rowReversed, false},
		{52, "late", host.Fault{Kind: host.LateAnswer, Delay: timeout * 3 / 2}, host.Fault{}, rowReversed, false},
		{53, "booked late, its reversal came first", host.Fault{Kind: host.Slow, Delay: timeout * 5 / 3}, host.Fault{}, rowReversed, false},
		{54, "ignored", host.Fault{Kind: host.Ignore}, host.Fault{}, rowOpen, false},
	}
}

// rowsOfElements are rows 56 to 77: what the answer repeats of the request.
func rowsOfElements() []row {
	paid := func(number int, name string, fault host.Fault) row {
		return row{number, name, fault, host.Fault{}, rowPaid, true}
	}
	undone := func(number int, name string, fault host.Fault) row {
		return row{number, name, fault, host.Fault{}, rowReversed, false}
	}
	return []row{
		undone(56, "DE39 absent", omit(iso8583.DEResponse)),
		paid(57, "DE37 absent", omit(iso8583.DERRN)),
		paid(58, "another RRN, with DE7 and the amount", host.Fault{Kind: host.WrongRRN}),
		undone(59, "another STAN", host.Fault{Kind: host.WrongSTAN}),
		paid(60, "DE11 absent", omit(iso8583.DESTAN)),
		undone(61, "DE4 higher", alter(iso8583.DEAmount, "000000999900")),
		paid(62, "DE4 absent", omit(iso8583.DEAmount)),
		undone(63, "DE4 lower", host.Fault{Kind: host.WrongSum}),
		paid(64, "DE7 own time, same day", alter(iso8583.DETransmitted, "0101235959")),
		paid(65, "DE7 own time, next day", alter(iso8583.DETransmitted, "0102000001")),
		paid(66, "DE7 absent", omit(iso8583.DETransmitted)),
		undone(67, "DE49 840", alter(iso8583.DECurrency, "840")),
		undone(68, "DE102 another", alter(iso8583.DEAccount, poor)),
		undone(69, "DE4 zero", alter(iso8583.DEAmount, "000000000000")),
		paid(70, "DE102 absent", omit(iso8583.DEAccount)),
		undone(71, "DE41 another", alter(iso8583.DETerminal, "MPG99999")),
		paid(72, "DE49 absent", omit(iso8583.DECurrency)),
		undone(73, "DE3 a refund", alter(iso8583.DEProcessingCode, "200000")),
		undone(74, "DE42 another", alter(iso8583.DEMerchant, "8009           ")),
		undone(75, "in part, with the part", host.Fault{Kind: host.Rewritten, Rewrite: func(p []byte) []byte {
			return bytes.Replace(bytes.Replace(p, []byte("000000012850"), []byte("000000000100"), 1), []byte("00MPG"), []byte("10MPG"), 1)
		}}),
		paid(76, "DE64 a MAC that nobody asked for", alter(64, "0123456789ABCDEF")),
		paid(77, "DE54 balances", alter(54, "0001156C000000012345")),
	}
}

// rowsOfForm are rows 78 to 98: the type, the octets and the frame of the answer.
func rowsOfForm() []row {
	var all []row
	for i, mti := range []string{"0230", "", "", "0211", "0110", "0430", "1210"} {
		if mti != "" {
			all = append(all, row{number: 78 + i, name: "MTI " + mti, request: typed(mti), ends: rowReversed})
		}
	}
	longer := func(by int) func([]byte) []byte {
		return func(frame []byte) []byte {
			out := bytes.Clone(frame)
			binary.BigEndian.PutUint16(out, uint16(int(binary.BigEndian.Uint16(out))+by))
			return out
		}
	}
	framed := func(change func([]byte) []byte) host.Fault { return host.Fault{Kind: host.Misframed, Rewrite: change} }
	return append(all,
		row{79, "a bitmap in small letters", rewritten(lowerBitmap), host.Fault{}, rowPaid, true},
		row{80, "two frames in one piece", framed(func(frame []byte) []byte { return append(bytes.Clone(frame), frame...) }), host.Fault{}, rowPaid, true},
		row{86, "DE65", rewritten(with65("1")), host.Fault{}, rowPaid, true},
		row{87, "a trailer", rewritten(trailer), host.Fault{}, rowPaid, true},
		row{88, "latin1 in DE44", rewritten(latin1), host.Fault{}, rowPaid, true},
		row{89, "noise", host.Fault{Kind: host.Garbage}, host.Fault{}, rowReversed, false},
		row{90, "closed", host.Fault{Kind: host.DropAfter}, host.Fault{}, rowReversed, false},
		row{92, "half a frame, then silence", host.Fault{Kind: host.HalfFrame}, host.Fault{}, rowReversed, false},
		row{94, "length + 1", framed(longer(1)), host.Fault{}, rowReversed, false},
		row{95, "length - 1", framed(longer(-1)), host.Fault{}, rowReversed, false},
		row{96, "length 0", framed(func(frame []byte) []byte { return append([]byte{0, 0}, frame[2:]...) }), host.Fault{}, rowReversed, false},
		row{97, "a length in digits", framed(func(frame []byte) []byte { return append([]byte("0170"), frame[2:]...) }), host.Fault{}, rowReversed, false},
		row{98, "a length that counts itself", framed(longer(2)), host.Fault{}, rowReversed, false})
}

// rowsOfReversals are rows 99 to 120: what the bank does with the reversal of what it booked
// without an answer.
func rowsOfReversals() []row {
	silent := host.Fault{Kind: host.Silence}
	all := []row{{99, "0430 with 00, and nothing undone", silent, coded("00"), rowReversed, true}}
	for number, code := range map[int]string{100: "25", 101: "21", 102: "12", 103: "30", 104: "76", 107: "05", 108: "94", 109: "96", 110: "A1"} {
		all = append(all, row{number, "0430 with " + code + " always", silent, coded(code), rowOpen, true})
	}
	for number, fault := range map[int]host.Fault{
		105: {Kind: host.WrongSTAN, Times: 1}, 106: {Kind: host.Silence, Times: 2}, 111: omit(iso8583.DEOriginalData), 112: {Kind: host.Alter, Elements: []iso8583.DE{iso8583.DECurrency}, Value: "840", Times: 1},
		113: {Kind: host.WrongSum, Times: 1}, 114: alter(iso8583.DETransmitted, "0102000000"), 115: omit(iso8583.DERRN), 116: {Kind: host.OtherType, Value: "0210", Times: 1},
		117: {Kind: host.Duplicate}, 118: {Kind: host.DropAfter, Times: 1}, 119: {Kind: host.OtherType, Value: "0410", Times: 1}, 120: {Kind: host.OtherType, Value: "0431", Times: 1},
	} {
		all = append(all, row{number, "a reversal that is answered oddly", silent, fault, rowReversed, false})
	}
	return all
}

// notInTheTable says why some rows of the record are not here.
func notInTheTable() map[int]string {
	return map[int]string{
		55: "the second answer comes 4 s later: that is row 49, since a duplicate has no end",
		85: "5 ms between two octets: how octets come is the network's, and TestOverTCP is about that",
		91: "a reset of the line is the end of the line, as in row 90",
		93: "half a frame and then the end is rows 90 and 92 together",
	}
}

// TestNumberedBehaviours: each behaviour of the record ends as it should, and the bank's book
// agrees with what the caller was told, or the request is open for people.
func TestNumberedBehaviours(t *testing.T) {
	t.Parallel()
	seen := notInTheTable()
	var all []row
	for _, rows := range [][]row{rowsOfTime(), rowsOfCodes(), rowsOfElements(), rowsOfForm(), rowsOfReversals()} {
		all = append(all, rows...)
	}
	for _, tt := range all {
		if seen[tt.number] != "" {
			t.Errorf("row %d is there twice", tt.number)
		}
		seen[tt.number] = tt.name
		t.Run(fmt.Sprintf("%d %s", tt.number, strings.TrimSpace(tt.name)), func(t *testing.T) {
			t.Parallel()
			inWorld(t, func(t *testing.T, w *world) { w.shows(t, &tt) })
		})
	}
	const rows = 120
	for number := 1; number <= rows; number++ {
		if seen[number] == "" {
			t.Errorf("row %d of the record is missing", number)
		}
	}
	if len(seen) != rows {
		t.Errorf("there are %d rows, want %d", len(seen), rows)
	}
}

// shows has the bank behave as the row says, and compares the end.
func (w *world) shows(t *testing.T, tt *row) {
	if tt.request.Kind != 0 {
		tt.request.On, tt.request.Times = host.Requests, 1
		w.host.Fault(tt.request)
	}
	if tt.reversal.Kind != 0 {
		tt.reversal.On = host.Reversals
		w.host.Fault(tt.reversal)
	}
	r := w.request(rich, 1)
	reply, err := w.authorize(t.Context(), r)
	got := string(reply.Reason)
	switch {
	case errors.Is(err, bank.ErrUnknown):
		got = w.undoes(t, r)
	case err != nil:
		t.Fatal(err)
	case reply.Approved:
		got = rowPaid
	}
	if got != tt.ends {
		t.Errorf("it ends as %s, want %s", got, tt.ends)
	}
	time.Sleep(2 * timeout)
	synctest.Wait()
	want := opening
	if tt.took {
		want -= flowers
	}
	w.wantBalance(rich, want)
}

// undoes reverses r until the bank says that it is done, and gives up after a good while.
func (w *world) undoes(t *testing.T, r bank.Request) string {
	for try := range 12 {
		if undo, err := w.undo(t.Context(), r, try > 0); err == nil && undo.Outcome == bank.UndoDone {
			return rowReversed
		}
		time.Sleep(timeout / 2)
		synctest.Wait()
	}
	return rowOpen
}
