package bank_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"mpg/engine/bank"
	"mpg/engine/bank/host"
	"mpg/engine/bank/iso8583"
	"mpg/store/money"
)

// Short ways to say what a host does wrong.
func alter(de iso8583.DE, value string) host.Fault {
	return host.Fault{Kind: host.Alter, Elements: []iso8583.DE{de}, Value: value}
}

func omit(des ...iso8583.DE) host.Fault { return host.Fault{Kind: host.Omit, Elements: des} }

func typed(mti string) host.Fault { return host.Fault{Kind: host.OtherType, Value: mti} }

func coded(code string) host.Fault { return host.Fault{Kind: host.Decline, Code: code} }

func rewritten(change func([]byte) []byte) host.Fault {
	return host.Fault{Kind: host.Rewritten, Rewrite: change}
}

// Rewritings of a packed answer. Bitmaps begin behind the four digits of the type.
const bitmapAt, bitmapLen = 4, 16

// with65 announces an element 65 and puts content where it stands: behind the
// elements below it and in front of DE102, the only one above it in an answer.
func with65(content string) func([]byte) []byte {
	return func(packed []byte) []byte {
		second := bitmapAt + bitmapLen
		out := bytes.Clone(packed)
		out[second] |= '8' - '0' // the first bit of the second bitmap, whose digit was 0
		at := bytes.Index(out, []byte("16"+rich))
		return append(append(bytes.Clone(out[:at]), content...), out[at:]...)
	}
}

// latin1 puts a DE44 of two characters, one not ASCII, behind DE42.
func latin1(packed []byte) []byte {
	const sixth, bit44 = bitmapAt + 10, 1 // the digit of bits 41 to 44
	out := bytes.Clone(packed)
	digit := strings.IndexByte("0123456789ABCDEF", out[sixth]) | bit44
	out[sixth] = "0123456789ABCDEF"[digit]
	at := bytes.Index(out, []byte("8001           ")) + 15
	return append(append(bytes.Clone(out[:at]), "02\xe9!"...), out[at:]...)
}

func lowerBitmap(packed []byte) []byte {
	out := bytes.Clone(packed)
	copy(out[bitmapAt:], bytes.ToLower(out[bitmapAt:bitmapAt+2*bitmapLen]))
	return out
}

func trailer(packed []byte) []byte { return append(bytes.Clone(packed), "\x03\x0d"...) }

// shifted loses DE38 and keeps its bit, so that all behind it are misplaced.
func shifted(packed []byte) []byte {
	return bytes.Replace(packed, []byte("000001"+"00"+"MPG"), []byte("00"+"MPG"), 1)
}

// answer is what a host does with a request, and what the link must make of it.
type answer struct {
	name  string
	fault host.Fault
	want  bank.Reason // of a decision; empty: unknown
	cause string      // of what is unknown
	says  string      // in the error
	took  bool        // the bank has booked it
}

// TestAnswers covers every way in which hosts have been seen to answer a 0200.
// An approval counts only if it refers to what was asked; anything uncertain is
// unknown with its cause, and reversing it leaves the account as it was.
func TestAnswers(t *testing.T) {
	t.Parallel()
	for _, tt := range append(append(answersByCode(), answersByElement()...), answersByForm()...) {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			inWorld(t, func(t *testing.T, w *world) { w.wantAnswer(tt) })
		})
	}
}

func (w *world) wantAnswer(tt answer) {
	tt.fault.On, tt.fault.Times = host.Requests, 1
	w.host.Fault(tt.fault)
	r := w.request(rich, 1)
	reply, err := w.authorize(w.t.Context(), r)
	switch {
	case tt.want == "":
		if !errors.Is(err, bank.ErrUnknown) || errors.Is(err, bank.ErrDown) || reply != (bank.Reply{}) {
			w.t.Fatalf("got %+v, %v; want ErrUnknown", reply, err)
		}
		if got := bank.Cause(err); got != tt.cause || !strings.Contains(err.Error(), tt.says) {
			w.t.Errorf("cause %s: %v; want %s, %q", got, err, tt.cause, tt.says)
		}
		if n := w.link.Stats().Unsure[tt.cause]; n != 1 {
			w.t.Errorf("counted %d of %s", n, tt.cause)
		}
	case err != nil || reply.Reason != tt.want || reply.Approved != (tt.want == bank.Approved):
		w.t.Fatalf("got %+v, %v; want %s", reply, err, tt.want)
	case !strings.Contains(reply.Cause, tt.says) || tt.says == "" && reply.Cause != "":
		w.t.Errorf("oddness %q, want %q", reply.Cause, tt.says)
	}
	wantNow := opening
	if tt.took {
		wantNow -= flowers
	}
	w.wantBalance(rich, wantNow)
	if tt.want == "" {
		w.reverse(r)
		w.wantBalance(rich, opening)
	}
}

func answersByCode() []answer {
	list := []answer{
		{name: "approved", want: bank.Approved, took: true},
		{name: "approved, nothing booked", fault: coded("00"), want: bank.Approved},
		{name: "no code", fault: omit(iso8583.DEResponse), cause: "no_code", says: "element 39", took: true},
		{name: "blanks for a code", fault: alter(iso8583.DEResponse, "  "), cause: "no_code", took: true},
		{name: "half a code", fault: coded("0"), cause: "code"},
		{name: "a blank and half a code", fault: coded(" 0"), cause: "code"},
		{name: "in part, with the part", fault: host.Fault{Kind: host.Rewritten, Rewrite: func(p []byte) []byte {
			p = bytes.Replace(p, []byte("000000012850"), []byte("000000000500"), 1)
			return bytes.Replace(p, []byte("00MPG"), []byte("10MPG"), 1)
		}}, cause: "code", took: true},
	}
	for reason, codes := range map[bank.Reason]string{
		bank.Funds: "51", bank.Account: "14", bank.Expired: "54 33", bank.Restricted: "57 62", bank.PIN: "55 75", bank.Limit: "65 61", bank.Unavailable: "91 96 92",
		bank.Refused: "05 12 04 13 30 03 41 43 77 82 01 02 21 17 85 25 76 34 A1 ZZ N7 0A",
	} {
		for code := range strings.FieldsSeq(codes) {
			list = append(list, answer{name: "declined " + code, fault: coded(code), want: reason})
		}
	}
	declined := func(p []byte) []byte { return bytes.Replace(p, []byte("00MPG"), []byte("51MPG"), 1) }
	list = append(list,
		answer{name: "declined, no amount", fault: rewritten(func(p []byte) []byte {
			return bytes.Replace(declined(p), []byte("000000012850"), []byte("000000000000"), 1)
		}), want: bank.Funds, took: true},
		answer{name: "declined, another terminal", fault: rewritten(func(p []byte) []byte {
			return bytes.Replace(declined(p), []byte("MPG00001"), []byte("MPG00002"), 1)
		}), cause: "element", says: "element 41", took: true},
		answer{name: "declined, another amount", fault: rewritten(func(p []byte) []byte {
			return bytes.Replace(declined(p), []byte("000000012850"), []byte("000000012851"), 1)
		}), cause: "element", says: "element 4 ", took: true},
	)
	for code := range strings.FieldsSeq("06 08 09 10 11 16 32 68 94") {
		list = append(list, answer{name: "undecided " + code, fault: coded(code), cause: "code", says: code})
	}
	return list
}

func answersByElement() []answer {
	list := []answer{
		{name: "DE4 absent", fault: omit(iso8583.DEAmount), want: bank.Approved},
		{name: "DE102 absent", fault: omit(iso8583.DEAccount), want: bank.Approved},
		{name: "DE49 absent", fault: omit(iso8583.DECurrency), want: bank.Approved},
		{name: "DE7 the host's own time", fault: alter(iso8583.DETransmitted, "0101235959"), want: bank.Approved},
		{name: "DE7 the host's own day", fault: alter(iso8583.DETransmitted, "0102000001"), want: bank.Approved, says: "element 7"},
		{name: "DE7 absent", fault: omit(iso8583.DETransmitted), want: bank.Approved, says: "element 7"},
		{name: "DE37 absent", fault: omit(iso8583.DERRN), want: bank.Approved, says: "element 37"},
		{name: "DE37 the host's own", fault: alter(iso8583.DERRN, "HOST00000017"), want: bank.Approved, says: "element 37"},
		{name: "DE11 absent", fault: omit(iso8583.DESTAN), want: bank.Approved, says: "element 11"},
		{name: "DE7 and DE37 absent", fault: omit(iso8583.DETransmitted, iso8583.DERRN), want: bank.Approved, says: "element 37"},
		{name: "DE32 with zeros in front", fault: alter(iso8583.DEAcquirer, "00062000001"), want: bank.Approved},
		{name: "DE102 with blanks behind", fault: alter(iso8583.DEAccount, rich+"   "), want: bank.Approved},
		{name: "DE2 is the account", fault: alter(iso8583.DEPAN, rich), want: bank.Approved},
		{name: "DE54 balances", fault: alter(54, "0001156C000000012345"), want: bank.Approved},
		{name: "DE64 a MAC", fault: alter(64, "0123456789ABCDEF"), want: bank.Approved},

		{name: "DE11 another", fault: host.Fault{Kind: host.WrongSTAN}, cause: "element", says: "element 11"},
		{name: "DE11 and DE37 absent", fault: omit(iso8583.DESTAN, iso8583.DERRN), cause: "timeout"},
		{name: "DE7 and DE37 the host's own", fault: host.Fault{Kind: host.Rewritten, Rewrite: func(p []byte) []byte {
			p = bytes.Replace(p, []byte("0101000000"), []byte("0102000000"), 1)
			return bytes.Replace(p, []byte("000100000001"+"000001"+"00"), []byte("HOST00000017"+"000001"+"00"), 1)
		}}, cause: "element", says: "element 37"},
		{name: "DE2 another's", fault: alter(iso8583.DEPAN, poor), cause: "element", says: "element 2 "},
	}
	for de, value := range map[iso8583.DE]string{
		iso8583.DEProcessingCode: "200000", // a refund
		iso8583.DELocalTime:      "235959",
		iso8583.DELocalDate:      "0229",
		iso8583.DEAcquirer:       "62000002",
		iso8583.DETerminal:       "MPG00002",
		iso8583.DEMerchant:       "8002",
		iso8583.DECurrency:       "840",
		iso8583.DEAccount:        poor,
	} {
		list = append(list, answer{name: de.Name() + " another", fault: alter(de, value), cause: "element", says: de.Name()})
	}
	for name, value := range map[string]string{"lower": "000000000001", "higher": "000000012851", "zero": "000000000000"} {
		list = append(list, answer{name: "DE4 " + name, fault: alter(iso8583.DEAmount, value), cause: "element", says: "element 4 "})
	}
	for i := range list {
		list[i].took = true
	}
	return list
}

func answersByForm() []answer {
	list := []answer{
		{name: "twice", fault: host.Fault{Kind: host.Duplicate}, want: bank.Approved},
		{name: "late, in time", fault: host.Fault{Kind: host.LateAnswer, Delay: timeout - time.Second}, want: bank.Approved},
		{name: "late", fault: host.Fault{Kind: host.LateAnswer, Delay: timeout + time.Second}, cause: "timeout", says: "no answer within 15s"},
		{name: "silence", fault: host.Fault{Kind: host.Silence}, cause: "timeout"},
		{name: "an empty second bitmap", fault: host.Fault{Kind: host.EmptyBitmap}, want: bank.Approved},
		{name: "a bitmap in small letters", fault: rewritten(lowerBitmap), want: bank.Approved},
		{name: "DE65 of one character", fault: rewritten(with65("1")), want: bank.Approved, says: "field 65"},
		{name: "DE65 of one byte", fault: rewritten(with65("80")), want: bank.Approved, says: "field 65"},
		{name: "DE65 a third bitmap", fault: rewritten(with65("0000000000000000")), want: bank.Approved, says: "field 65"},
		{name: "DE65 of no known width", fault: rewritten(with65("12345")), want: bank.Approved, says: "field 65"},
		{name: "latin1 in DE44", fault: rewritten(latin1), want: bank.Approved, says: "field 44"},
		{name: "a trailer", fault: rewritten(trailer), want: bank.Approved, says: "field 1"},
		{name: "latin1 in DE41", fault: rewritten(func(p []byte) []byte {
			return bytes.Replace(p, []byte("MPG00001"), []byte("MPG0000\xe9"), 1)
		}), cause: "element", says: "element 41"},
		{name: "DE38 lost and announced", fault: rewritten(shifted), cause: "unreadable"},
		{name: "noise", fault: host.Fault{Kind: host.Garbage}, cause: "unreadable"},
		{name: "half a frame", fault: host.Fault{Kind: host.HalfFrame}, cause: "timeout"},
		{name: "closed after", fault: host.Fault{Kind: host.DropAfter}, cause: "line", says: "the line broke"},
	}
	for mti := range strings.FieldsSeq("0230 0211 0110 0430 1210 0510") {
		list = append(list, answer{name: "a " + mti, fault: typed(mti), cause: "type", says: mti})
	}
	for i := range list {
		list[i].took = true
	}
	return append(list,
		answer{name: "ignored", fault: host.Fault{Kind: host.Ignore}, cause: "timeout"},
		answer{name: "closed before", fault: host.Fault{Kind: host.DropBefore}, cause: "line"},
		answer{name: "booked late", fault: host.Fault{Kind: host.Slow, Delay: 2 * timeout}, cause: "timeout"},
	)
}

// TestMisframedAnswers are lengths that hosts get wrong: nothing is approved, the
// line is found again, and the reversal leaves the account as it was.
func TestMisframedAnswers(t *testing.T) {
	t.Parallel()
	longer := func(by int) func([]byte) []byte {
		return func(frame []byte) []byte {
			out := bytes.Clone(frame)
			binary.BigEndian.PutUint16(out, uint16(int(binary.BigEndian.Uint16(out))+by))
			return out
		}
	}
	for name, change := range map[string]func([]byte) []byte{
		"one more":       longer(1),
		"one less":       longer(-1),
		"counts itself":  longer(2),
		"nothing":        func(frame []byte) []byte { return append([]byte{0, 0}, frame[2:]...) },
		"in digits":      func(frame []byte) []byte { return append([]byte("0170"), frame[2:]...) },
		"other order":    func(frame []byte) []byte { return append([]byte{frame[1], frame[0]}, frame[2:]...) },
		"no length":      func(frame []byte) []byte { return frame[2:] },
		"a header first": func(frame []byte) []byte { return append([]byte("\x60\x00\x00\x00\x00"), frame...) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			inWorld(t, func(t *testing.T, w *world) {
				w.host.Fault(host.Fault{Kind: host.Misframed, On: host.Requests, Rewrite: change, Times: 1})
				r := w.request(rich, 1)
				if reply, err := w.authorize(t.Context(), r); !errors.Is(err, bank.ErrUnknown) {
					t.Fatalf("got %+v, %v; want ErrUnknown", reply, err)
				}
				w.wantBalance(rich, opening-flowers)
				w.reverse(r)
				w.wantBalance(rich, opening)
			})
		})
	}
}

// undoing is what a host does with the first 0420, and what the link must make
// of it.
type undoing struct {
	name  string
	fault host.Fault
	want  bank.UndoOutcome
	cause string // of an error
	left  bool   // the bank has not given the money back
}

// TestUndoings covers every way in which hosts have been seen to answer a 0420.
func TestUndoings(t *testing.T) {
	t.Parallel()
	for _, tt := range undoings() {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			inWorld(t, func(t *testing.T, w *world) {
				r := w.request(rich, 1)
				if _, err := w.authorize(t.Context(), r); err != nil {
					t.Fatal(err)
				}
				tt.fault.On, tt.fault.Times = host.Reversals, 1
				w.host.Fault(tt.fault)
				got, err := w.undo(t.Context(), r, false)
				if got.Outcome != tt.want || bank.Cause(err) != tt.cause {
					t.Errorf("got %+v, %s: %v; want %s, %s", got, bank.Cause(err), err, tt.want, tt.cause)
				}
				want := opening
				if tt.left {
					want -= flowers
				}
				w.wantBalance(rich, want)
				w.reverse(r)
				w.wantBalance(rich, opening)
			})
		})
	}
}

func undoings() []undoing {
	list := []undoing{
		{name: "done", want: bank.UndoDone},
		{name: "twice", fault: host.Fault{Kind: host.Duplicate}, want: bank.UndoDone},
		{name: "no DE90", fault: omit(iso8583.DEOriginalData), want: bank.UndoDone},
		{name: "no DE37", fault: omit(iso8583.DERRN), want: bank.UndoDone},
		{name: "no DE37, its own DE7", fault: host.Fault{Kind: host.Rewritten, Rewrite: func(p []byte) []byte {
			return bytes.Replace(p, []byte("0101000000"), []byte("0102000000"), 1)
		}}, want: bank.UndoDone},
		{name: "DE7 of the next day", fault: alter(iso8583.DETransmitted, "0102000000"), want: bank.UndoDone},
		{name: "an empty second bitmap", fault: host.Fault{Kind: host.EmptyBitmap}, want: bank.UndoDone},
		{name: "another currency", fault: alter(iso8583.DECurrency, "840"), want: bank.UndoAgain, cause: "element"},
		{name: "another amount", fault: host.Fault{Kind: host.WrongSum}, want: bank.UndoAgain, cause: "element"},
		{name: "another account", fault: alter(iso8583.DEAccount, poor), want: bank.UndoAgain, cause: "element"},
		{name: "another original", fault: alter(iso8583.DEOriginalData, strings.Repeat("0", 42)), want: bank.UndoAgain, cause: "element"},
		{name: "another STAN", fault: host.Fault{Kind: host.WrongSTAN}, want: bank.UndoAgain, cause: "element"},
		{name: "silence", fault: host.Fault{Kind: host.Silence}, want: bank.UndoAgain, cause: "timeout"},
		{name: "closed", fault: host.Fault{Kind: host.DropAfter}, want: bank.UndoAgain, cause: "line"},
		{name: "no code", fault: omit(iso8583.DEResponse), want: bank.UndoAgain, cause: "no_code"},
		{name: "a 0410", fault: typed("0410"), want: bank.UndoAgain, cause: "type"},
		{name: "a 0431", fault: typed("0431"), want: bank.UndoAgain, cause: "type"},
	}
	for outcome, codes := range map[bank.UndoOutcome]string{
		bank.UndoAbsent: "25", bank.UndoAgain: "06 09 68 91 94 96", bank.UndoOperator: "21 12 30 76 05 A1 14 40",
	} {
		for code := range strings.FieldsSeq(codes) {
			list = append(list, undoing{name: "code " + code, fault: coded(code), want: outcome, left: true})
		}
	}
	return list
}

// TestLateApprovalIsTold: missing this costs money. The reversal finds nothing,
// and then the bank books the request and says so.
func TestLateApprovalIsTold(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name  string
		fault host.Fault
		first string // code of the answer in time
		kind  string
	}{
		{"booked after two reversals", host.Fault{Kind: host.Slow, Delay: 3 * timeout}, "", "late"},
		{"declined by a switch, then approved", host.Fault{Kind: host.Contradict, Code: "91", Delay: time.Second}, "91", "contradicting"},
		{"refused, then approved", host.Fault{Kind: host.Contradict, Code: "05", Delay: time.Minute}, "05", "contradicting"},
		{"undecided, then approved", host.Fault{Kind: host.Contradict, Code: "09", Delay: time.Second}, "", "late"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			inWorld(t, func(t *testing.T, w *world) {
				tt.fault.On, tt.fault.Times = host.Requests, 1
				w.host.Fault(tt.fault)
				r := w.request(rich, 1)
				reply, err := w.authorize(t.Context(), r)
				if reply.Code != tt.first || errors.Is(err, bank.ErrUnknown) != (tt.first == "") {
					t.Fatalf("got %+v, %v", reply, err)
				}
				for try := range 2 {
					if got, err := w.undo(t.Context(), r, try > 0); tt.first == "" && (got.Outcome == bank.UndoDone || err != nil) {
						t.Fatalf("try %d: %+v, %v", try, got, err)
					}
				}
				time.Sleep(4 * timeout)
				synctest.Wait()
				w.wantLateApproval(r)
				if got := w.link.Stats().Answers[tt.kind]; got != 1 {
					t.Errorf("counted %d of %s", got, tt.kind)
				}
				w.wantBalance(rich, opening-flowers)
				w.reverse(r)
				w.wantBalance(rich, opening)
			})
		})
	}
}

func (w *world) wantLateApproval(r bank.Request) {
	w.t.Helper()
	var told []bank.Late
	for _, l := range w.lates() {
		if !l.Reversal {
			told = append(told, l)
		}
	}
	want := bank.Late{STAN: r.STAN, RRN: r.RRN, Code: "00", Approved: true, AuthID: "000001", Settlement: "0101",
		Amount: r.Amount, AmountTold: true, Processing: r.Kind.Processing(), Transmitted: "0101000000"}
	if len(told) != 1 || told[0] != want {
		w.t.Errorf("told of %+v, want %+v", told, want)
	}
}

// TestAnswerAfterARestart has a second link, which has asked nothing, hear the
// answer to the first one's request.
func TestAnswerAfterARestart(t *testing.T) {
	t.Parallel()
	inWorld(t, func(t *testing.T, w *world) {
		r := w.request(rich, 7)
		m := iso8583.New(iso8583.FinancialResponse)
		for de, v := range map[iso8583.DE]string{
			iso8583.DESTAN: "000007", iso8583.DERRN: r.RRN, iso8583.DEResponse: "00", iso8583.DEAuthID: "000009",
			iso8583.DESettlementDate: "0101", iso8583.DETransmitted: "0101000000", iso8583.DEAmount: "000000012850",
			iso8583.DEProcessingCode: "210000",
		} {
			m.Set(de, v)
		}
		w.host.Send(m)
		synctest.Wait()
		want := bank.Late{STAN: 7, RRN: r.RRN, Code: "00", Approved: true, AuthID: "000009", Settlement: "0101",
			Amount: money.Amount(12_850), AmountTold: true, Processing: "210000", Transmitted: "0101000000"}
		if got := w.lates(); len(got) != 1 || got[0] != want {
			t.Errorf("told of %+v, want %+v", got, want)
		}
	})
}
