package payment_test

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"mpg/engine/payment"
)

// TestHear checks the table of what a word means that nobody was waiting for.
func TestHear(t *testing.T) {
	t.Parallel()
	const (
		approved, declined, reversed = payment.SaysApproved, payment.SaysDeclined, payment.SaysReversed
	)
	for _, tt := range []struct {
		name     string
		state    payment.RequestState
		approved bool
		word     payment.Word
		means    payment.Meaning
		becomes  payment.RequestState
	}{
		{"sent, approved late", payment.RequestSent, false, approved, payment.Noted, payment.RequestSent},
		{"sent, declined late", payment.RequestSent, false, declined, payment.Noted, payment.RequestSent},
		{"sent, reversed by the host", payment.RequestSent, false, reversed, payment.Noted, payment.RequestSent},
		{"approved twice", payment.RequestAnswered, true, approved, payment.Repeated, payment.RequestAnswered},
		{"approved, then declined", payment.RequestAnswered, true, declined, payment.Disputes, payment.RequestDisputed},
		{"approved, then reversed by the host", payment.RequestAnswered, true, reversed, payment.Disputes, payment.RequestDisputed},
		{"declined, then approved", payment.RequestAnswered, false, approved, payment.Reopens, payment.RequestReversing},
		{"declined twice", payment.RequestAnswered, false, declined, payment.Repeated, payment.RequestAnswered},
		{"declined, then reversed by the host", payment.RequestAnswered, false, reversed, payment.Noted, payment.RequestAnswered},
		{"reversing, approved", payment.RequestReversing, false, approved, payment.Confirms, payment.RequestReversing},
		{"reversing, declined", payment.RequestReversing, false, declined, payment.Noted, payment.RequestReversing},
		{"reversing, reversed by the host", payment.RequestReversing, false, reversed, payment.Undoes, payment.RequestReversed},
		{"in doubt, approved", payment.RequestDoubt, false, approved, payment.Confirms, payment.RequestDoubt},
		{"in doubt, declined", payment.RequestDoubt, false, declined, payment.Noted, payment.RequestDoubt},
		{"in doubt, reversed by the host", payment.RequestDoubt, false, reversed, payment.Undoes, payment.RequestReversed},
		{"reversed, then approved", payment.RequestReversed, false, approved, payment.Reopens, payment.RequestReversing},
		{"reversed, then declined", payment.RequestReversed, false, declined, payment.Noted, payment.RequestReversed},
		{"reversed twice", payment.RequestReversed, false, reversed, payment.Repeated, payment.RequestReversed},
		{"disputed, approved", payment.RequestDisputed, true, approved, payment.Noted, payment.RequestDisputed},
		{"disputed, reversed", payment.RequestDisputed, true, reversed, payment.Noted, payment.RequestDisputed},
		{"resolved as paid, then approved", payment.RequestResolved, true, approved, payment.Repeated, payment.RequestResolved},
		{"resolved as paid, then reversed", payment.RequestResolved, true, reversed, payment.Disputes, payment.RequestDisputed},
		{"resolved as reversed, then approved", payment.RequestResolved, false, approved, payment.Reopens, payment.RequestReversing},
		{"resolved as reversed, then declined", payment.RequestResolved, false, declined, payment.Repeated, payment.RequestResolved},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := &payment.Request{State: tt.state, Answer: payment.Answer{Approved: tt.approved}}
			means := r.Hear(tt.word, "00", at(7))
			if means != tt.means || r.State != tt.becomes {
				t.Errorf("means %d and is %s, want %d and %s", means, r.State, tt.means, tt.becomes)
			}
			if kept := r.Heard(tt.word); kept != (means != payment.Repeated) {
				t.Errorf("kept: %v", kept)
			}
			if reopened := means == payment.Reopens || means == payment.Disputes; reopened && (!r.Since.Equal(at(7)) || !r.Listed()) {
				t.Errorf("listed since %v", r.Since)
			}
		})
	}
}

// TestHearOfAdvices: an advice is never reversed. What answers it while it is repeated ends
// it, and what contradicts its end is left to people.
func TestHearOfAdvices(t *testing.T) {
	t.Parallel()
	const approved, declined, reversed = payment.SaysApproved, payment.SaysDeclined, payment.SaysReversed
	for _, tt := range []struct {
		name     string
		kind     payment.Kind
		state    payment.RequestState
		code     string
		approved bool
		word     payment.Word
		means    payment.Meaning
		becomes  payment.RequestState
	}{
		{"accepted late", payment.Completion, payment.RequestAdvising, "", false, approved, payment.Accepts, payment.RequestAdvising},
		{"refused late", payment.Completion, payment.RequestAdvising, "", false, declined, payment.Rejects, payment.RequestAdvising},
		{"reversed by the host meanwhile", payment.Completion, payment.RequestAdvising, "", false, reversed, payment.Noted, payment.RequestAdvising},
		{"overdue, then accepted", payment.Completion, payment.RequestDoubt, "", false, approved, payment.Accepts, payment.RequestDoubt},
		{"overdue, then refused", payment.Completion, payment.RequestDoubt, "", false, declined, payment.Rejects, payment.RequestDoubt},
		{"refused, then accepted", payment.Completion, payment.RequestDoubt, "05", false, approved, payment.Noted, payment.RequestDoubt},
		{"refused, then reversed", payment.Completion, payment.RequestDoubt, "05", false, reversed, payment.Noted, payment.RequestDoubt},
		{"accepted twice", payment.Completion, payment.RequestAnswered, "00", true, approved, payment.Repeated, payment.RequestAnswered},
		{"accepted, then refused", payment.Completion, payment.RequestAnswered, "00", true, declined, payment.Disputes, payment.RequestDisputed},
		{"accepted, then reversed by the host", payment.Completion, payment.RequestAnswered, "00", true, reversed, payment.Disputes, payment.RequestDisputed},
		{"resolved as reversed, then accepted", payment.Completion, payment.RequestResolved, "", false, approved, payment.Disputes, payment.RequestDisputed},
		{"resolved as reversed, then refused", payment.Completion, payment.RequestResolved, "", false, declined, payment.Repeated, payment.RequestResolved},
		{"a biller that accepts late", payment.Notify, payment.RequestAdvising, "", false, approved, payment.Accepts, payment.RequestAdvising},
		{"a biller that goes back on it", payment.Notify, payment.RequestAnswered, "00", true, declined, payment.Noted, payment.RequestAnswered},
		{"set aside, and then expired at the bank", payment.PreAuth, payment.RequestAnswered, "00", true, reversed, payment.Noted, payment.RequestAnswered},
		{"set aside, and then declined", payment.PreAuth, payment.RequestAnswered, "00", true, declined, payment.Noted, payment.RequestAnswered},
		{"declined, and then set aside", payment.PreAuth, payment.RequestAnswered, "05", false, approved, payment.Reopens, payment.RequestReversing},
		{"released, and then set aside", payment.PreAuth, payment.RequestReversed, "00", true, approved, payment.Reopens, payment.RequestReversing},
		{"being released, and released by the host", payment.PreAuth, payment.RequestReversing, "00", true, reversed, payment.Undoes, payment.RequestReversed},
	} {
		r := &payment.Request{Kind: tt.kind, State: tt.state, Answer: payment.Answer{Approved: tt.approved, Code: tt.code}}
		if means := r.Hear(tt.word, "00", at(7)); means != tt.means || r.State != tt.becomes {
			t.Errorf("%s: means %d and is %s, want %d and %s", tt.name, means, r.State, tt.means, tt.becomes)
		}
		if r.Kind.Advice() && r.Reversing() {
			t.Errorf("%s: an advice is reversed", tt.name)
		}
		if !r.Listed() && (r.State == payment.RequestDoubt || r.Repeats()) {
			t.Errorf("%s: %s and not listed", tt.name, r.State)
		}
	}
}

// TestAnApprovalIsNeverForgotten: whatever a bank says and in whatever order, what
// it approved last is either paid or being reversed; only a word of its own that
// surely came later ends that.
func TestAnApprovalIsNeverForgotten(t *testing.T) {
	t.Parallel()
	words := []payment.Word{payment.SaysApproved, payment.SaysDeclined, payment.SaysReversed}
	states := []payment.RequestState{payment.RequestAnswered, payment.RequestReversing, payment.RequestDoubt,
		payment.RequestReversed, payment.RequestDisputed, payment.RequestResolved}
	rapid.Check(t, func(t *rapid.T) {
		r := &payment.Request{State: rapid.SampledFrom(states).Draw(t, "state")}
		r.Approved = r.State == payment.RequestDisputed || rapid.Bool().Draw(t, "approved") &&
			slices.Contains([]payment.RequestState{payment.RequestAnswered, payment.RequestResolved}, r.State)
		for range rapid.IntRange(1, 40).Draw(t, "words") {
			word := rapid.SampledFrom(words).Draw(t, "word")
			was := *r
			r.Hear(word, "00", at(1))
			if word == payment.SaysApproved && !r.Approved && !r.Reversing() {
				t.Fatalf("%s forgot an approval: now %s", was.State, r.State)
			}
			if was.Listed() && !r.Listed() && (word != payment.SaysReversed || was.Approvals > 0) {
				t.Fatalf("%s ended by %q after %d approvals", was.State, word, was.Approvals)
			}
			if len(r.Late) > 16 {
				t.Fatalf("%d words are kept", len(r.Late))
			}
		}
	})
}

func TestAnAnswerThatWasContradictedIsUnknown(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		word               payment.Word
		approval, declined bool // whether such an answer is contradicted
	}{
		{payment.SaysApproved, false, true}, {payment.SaysDeclined, true, false}, {payment.SaysReversed, true, false},
	} {
		r := &payment.Request{State: payment.RequestSent}
		r.Hear(tt.word, "00", at(0))
		if r.Contradicted(true) != tt.approval || r.Contradicted(false) != tt.declined {
			t.Errorf("%s: %v %v", tt.word, r.Contradicted(true), r.Contradicted(false))
		}
	}
}

func TestNamesakes(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		stan uint32
		last uint64
		want []uint64
	}{
		{1, 0, nil}, {0, 5, nil}, {1_000_000, 5_000_000, nil}, {6, 5, nil}, {5, 5, []uint64{5}},
		{5, 1_000_003, []uint64{5}}, {5, 1_000_004, []uint64{1_000_004, 5}}, {999_999, 1_999_998, []uint64{1_999_998, 999_999}},
	} {
		if got := slices.Collect(payment.Namesakes(tt.stan, tt.last)); !slices.Equal(got, tt.want) {
			t.Errorf("of %d up to %d: %v, want %v", tt.stan, tt.last, got, tt.want)
		}
		for _, no := range tt.want {
			if payment.STAN(no) != tt.stan {
				t.Errorf("%d has another STAN", no)
			}
		}
	}
}
