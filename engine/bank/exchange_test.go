package bank

import (
	"fmt"
	"testing"

	"mpg/engine/bank/iso8583"
)

func numbered(mti iso8583.MTI, i int) *iso8583.Message {
	m := iso8583.New(mti)
	m.Set(iso8583.DESTAN, fmt.Sprintf("%06d", i))
	m.Set(iso8583.DERRN, fmt.Sprintf("632601%06d", i))
	m.Set(iso8583.DETransmitted, "1122013005")
	return m
}

func asked(i int) *iso8583.Message { return numbered(iso8583.FinancialRequest, i) }

func answerTo(i int, code string) *iso8583.Message {
	m := numbered(iso8583.FinancialResponse, i)
	m.Set(iso8583.DEResponse, code)
	return m
}

func wantFate(t *testing.T, x *exchanges, m *iso8583.Message, want fate) {
	t.Helper()
	if got, _, _ := x.settle(m); got != want {
		t.Errorf("%s %s %s: fate %d, want %d", m.MTI, m.Get(iso8583.DESTAN), m.Get(iso8583.DEResponse), got, want)
	}
}

func begun(t *testing.T, x *exchanges, i int) *exchange {
	t.Helper()
	e, err := x.begin(asked(i))
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// TestMemoryOfExchangesIsBounded gives up far more requests than are remembered:
// the newest are known as late, the oldest are strangers.
func TestMemoryOfExchangesIsBounded(t *testing.T) {
	t.Parallel()
	x := newExchanges()
	const all = 3 * recentMax
	for i := range all {
		if m, _ := x.giveUp(begun(t, x, i)); m != nil {
			t.Fatal("an answer out of nothing")
		}
	}
	if len(x.recent) != recentMax || len(x.order) != recentMax || len(x.waiting) != 0 {
		t.Errorf("remembers %d and %d, waits for %d", len(x.recent), len(x.order), len(x.waiting))
	}
	wantFate(t, x, answerTo(all-1, "00"), late)
	wantFate(t, x, answerTo(all-recentMax, "00"), late)
	wantFate(t, x, answerTo(all-recentMax-1, "00"), unmatched)
}

// TestAnswerAtTheTimeout is an answer between the end of the waiting and its
// being given up: it is taken, not late.
func TestAnswerAtTheTimeout(t *testing.T) {
	t.Parallel()
	x := newExchanges()
	e := begun(t, x, 1)
	wantFate(t, x, answerTo(1, "00"), taken)
	if m, _ := x.giveUp(e); m == nil {
		t.Error("the answer is lost")
	}
	wantFate(t, x, answerTo(1, "00"), duplicate)
}

// TestFates goes through what a host can say after the first answer: whatever
// says another thing than the one before is told again.
func TestFates(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name  string
		first string // code of the answer in time; "-": none
		then  []string
		want  []fate
	}{
		{"late, and again", "-", []string{"00", "00"}, []fate{late, duplicate}},
		{"late decline, then approval", "-", []string{"05", "00"}, []fate{late, contradicting}},
		{"declined, then approved", "91", []string{"00", "00", "91"}, []fate{contradicting, duplicate, contradicting}},
		{"declined, then approved in part", "51", []string{"10"}, []fate{contradicting}},
		{"approved, then declined", "00", []string{"05"}, []fate{contradicting}},
		{"declined in two ways", "05", []string{"51"}, []fate{duplicate}},
		{"undecided, then approved", "09", []string{"00"}, []fate{late}},
		{"approved, then undecided", "00", []string{"09", "00"}, []fate{duplicate, duplicate}},
		{"no code, then declined", "", []string{"05"}, []fate{late}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			x := newExchanges()
			e := begun(t, x, 1)
			if tt.first == "-" {
				x.giveUp(e)
			} else {
				wantFate(t, x, answerTo(1, tt.first), taken)
			}
			for i, code := range tt.then {
				wantFate(t, x, answerTo(1, code), tt.want[i])
			}
			// The same request, asked again, starts afresh.
			begun(t, x, 1)
			wantFate(t, x, answerTo(1, "00"), taken)
		})
	}
}

// TestMixedAnswers: answers that name their request only in part are taken only
// if they can be meant for one request alone.
func TestMixedAnswers(t *testing.T) {
	t.Parallel()
	const amount, other = "000000012850", "000000000001"
	with := func(m *iso8583.Message, elements map[iso8583.DE]string) *iso8583.Message {
		for de, v := range elements {
			m.Set(de, v)
		}
		return m
	}
	type set = map[iso8583.DE]string
	for _, tt := range []struct {
		name   string
		answer *iso8583.Message
		want   fate
	}{
		{"all is there", with(answerTo(1, "00"), set{iso8583.DEAmount: amount}), taken},
		{"the reference alone", with(answerTo(1, "00"), set{iso8583.DESTAN: "", iso8583.DETransmitted: ""}), taken},
		{"no reference", with(answerTo(1, "00"), set{iso8583.DERRN: ""}), taken},
		{"an own reference", with(answerTo(1, "00"), set{iso8583.DERRN: "HOST00000001", iso8583.DEAmount: amount}), taken},
		{"an own reference and no amount", with(answerTo(1, "00"), set{iso8583.DERRN: "HOST00000001"}), unmatched},
		{"an own reference and another amount", with(answerTo(1, "00"), set{iso8583.DERRN: "HOST00000001", iso8583.DEAmount: other}), unmatched},
		{"an own reference and an own time", with(answerTo(1, "00"), set{iso8583.DERRN: "HOST00000001", iso8583.DETransmitted: "1122235959", iso8583.DEAmount: amount}), unmatched},
		{"the reference of another that waits", with(answerTo(1, "00"), set{iso8583.DERRN: "632601000002", iso8583.DEAmount: amount}), unmatched},
		{"the reference of another that is over", with(answerTo(1, "00"), set{iso8583.DERRN: "632601000003", iso8583.DEAmount: amount}), unmatched},
		{"the STAN and the amount", with(answerTo(1, "00"), set{iso8583.DERRN: "", iso8583.DETransmitted: "", iso8583.DEAmount: amount}), taken},
		{"the STAN alone", with(answerTo(1, "00"), set{iso8583.DERRN: "", iso8583.DETransmitted: ""}), unmatched},
		{"the STAN and the amount of two", with(answerTo(4, "00"), set{iso8583.DERRN: "", iso8583.DETransmitted: "", iso8583.DEAmount: amount}), unmatched},
		{"neither STAN nor reference", with(answerTo(1, "00"), set{iso8583.DERRN: "", iso8583.DESTAN: "", iso8583.DEAmount: amount}), unmatched},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			x := newExchanges()
			for i := 1; i <= 4; i++ {
				e, err := x.begin(with(asked(i), set{iso8583.DEAmount: amount}))
				if err != nil {
					t.Fatal(err)
				}
				if i == 3 {
					x.giveUp(e)
				}
			}
			again := with(asked(4), set{iso8583.DEAmount: amount, iso8583.DERRN: "632602000004"}) // the STAN, an hour later
			if _, err := x.begin(again); err != nil {
				t.Fatal(err)
			}
			wantFate(t, x, tt.answer, tt.want)
		})
	}
}

// TestAnswerToAnEarlierReversal: a reversal and its repeats have the same STAN and
// reference, and only their DE7 tells them apart. An answer that echoes the DE7 of
// an earlier one says nothing about what the host has done since.
func TestAnswerToAnEarlierReversal(t *testing.T) {
	t.Parallel()
	reversal := func(mti iso8583.MTI, at string) *iso8583.Message {
		m := numbered(mti, 1)
		m.Set(iso8583.DETransmitted, at)
		return m
	}
	const first, second, third, hosts = "1122013005", "1122013035", "1122013105", "1122013106"
	for _, tt := range []struct {
		echoes string
		want   fate
	}{
		{first, late}, {second, late}, {third, taken}, {hosts, taken}, {"", taken},
	} {
		x := newExchanges()
		for i, at := range []string{first, second, third} {
			mti := iso8583.ReversalAdviceRepeat
			if i == 0 {
				mti = iso8583.ReversalAdvice
			}
			e, err := x.begin(reversal(mti, at))
			if err != nil {
				t.Fatal(err)
			}
			if at != third {
				x.giveUp(e)
			}
		}
		answer := reversal(iso8583.ReversalAdviceResponse, tt.echoes)
		answer.Set(iso8583.DEResponse, "00")
		wantFate(t, x, answer, tt.want)
		if tt.want == late {
			answer.Set(iso8583.DETransmitted, third)
			wantFate(t, x, answer, taken)
		}
	}
}
