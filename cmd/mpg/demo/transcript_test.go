package demo

import (
	"slices"
	"testing"
)

func TestTranscript(t *testing.T) {
	t.Parallel()
	told := newTranscript(true)
	s := screen{Number: wangFang, Name: "Wang Fang", Texts: []Text{{ID: 1, With: ShortCode, Body: "old"}},
		Call: &Call{ID: 1, From: ShortCode, State: callOver, Why: "hung up", Keys: []Keyed{{1, 3}}, Captions: []string{"old"}}}
	told.skip(s)
	steps := []struct {
		change func()
		want   []string
	}{
		{func() {}, nil},
		{func() {
			s.Texts = append(s.Texts, Text{ID: 2, Mine: true, With: ShortCode, Body: "PAY", State: textSending})
		}, nil},
		{func() { s.Texts[1].State = textSent }, []string{"Wang Fang         → 8888  PAY"}},
		{func() { s.Call = &Call{ID: 2, From: ShortCode, State: callRinging} }, []string{"Wang Fang         ☎ 8888 is calling"}},
		{func() {
			s.Call.State, s.Call.Captions, s.Call.Keys = callTalking, []string{"Press 1."}, []Keyed{{1, 1}}
		},
			[]string{"Wang Fang         ☎ answers", "Wang Fang         ♪ Press 1."}},
		// Keys are told with what answers them, all of one question together.
		{func() {
			s.Call.Captions, s.Call.Keys = append(s.Call.Captions, "Key your PIN."), append(s.Call.Keys, Keyed{2, 4})
		},
			[]string{"Wang Fang         # •", "Wang Fang         ♪ Key your PIN."}},
		{func() {
			s.Call.Captions, s.Call.Keys = append(s.Call.Captions, "Wrong.", "Again."), []Keyed{{1, 1}, {2, 6}, {4, 6}}
		}, []string{"Wang Fang         # ••••••", "Wang Fang         ♪ Wrong.", "Wang Fang         ♪ Again."}},
		{func() { s.Call.State, s.Call.Why = callOver, "the subscriber hung up" }, []string{"Wang Fang         # ••••••", "Wang Fang         ☎ call over: the subscriber hung up"}},
		{func() { s.Texts = append(s.Texts, Text{ID: 3, With: ShortCode, Body: "Paid"}) }, []string{"Wang Fang         ← 8888  Paid"}},
		{func() {
			s.Texts = append(s.Texts, Text{ID: 4, Mine: true, With: ShortCode, Body: "BAL", State: textFailed})
		},
			[]string{"Wang Fang         → 8888  could not be sent"}},
		// A missed call that the hub overtook: it is told from its beginning.
		{func() { s.Call = &Call{ID: 3, From: ShortCode, State: callOver, Why: "not answered"} },
			[]string{"Wang Fang         ☎ 8888 is calling", "Wang Fang         ☎ call over: not answered"}},
		// The call that a text brings about is quicker than its acknowledgement.
		{func() {
			s.Texts = append(s.Texts, Text{ID: 5, Mine: true, With: ShortCode, Body: "AGAIN", State: textSending})
			s.Call = &Call{ID: 4, From: ShortCode, State: callRinging, Texts: 5}
		}, nil},
		{func() { s.Texts[4].State = textSent }, []string{"Wang Fang         → 8888  AGAIN", "Wang Fang         ☎ 8888 is calling"}},
		// A call that is over at once, and the text about it, are seen together.
		{func() {
			s.Call = &Call{ID: 5, From: ShortCode, State: callOver, Why: "not answered", Texts: 5}
			s.Texts = append(s.Texts, Text{ID: 6, With: ShortCode, Body: "We could not reach you."})
		}, []string{"Wang Fang         ☎ 8888 is calling", "Wang Fang         ☎ call over: not answered", "Wang Fang         ← 8888  We could not reach you."}},
		{func() {}, nil},
	}
	for i, step := range steps {
		step.change()
		if got := told.lines(s.copy()); !slices.Equal(got, step.want) {
			t.Errorf("step %d: got %q, want %q", i, got, step.want)
		}
	}
}

// TestBriefTranscript tells a call in one line, with the texts before and after it in their
// order, and a sentence once.
func TestBriefTranscript(t *testing.T) {
	t.Parallel()
	told := newTranscript(true)
	told.brief = true
	s := screen{Number: wangFang, Name: "Wang Fang", Texts: []Text{{ID: 1, Mine: true, With: ShortCode, Body: "PAY", State: textSent}}}
	const hello, to, sum, other, key = "Hello.", "To BLUEBIRD.", "It is five yuan.", "It is six yuan.", "Key your PIN."
	call := func(id int, state string, texts int, captions []string, keys ...Keyed) *Call {
		return &Call{ID: id, From: ShortCode, State: state, Why: "declined", Texts: texts, Captions: captions, Keys: keys}
	}
	in := func(id int, body string) { s.Texts = append(s.Texts, Text{ID: id, With: ShortCode, Body: body}) }
	for i, step := range []struct {
		change func()
		want   []string
	}{
		{func() { s.Call = call(1, callRinging, 1, nil) }, []string{"Wang Fang         → 8888  PAY"}},
		{func() { s.Call = call(1, callTalking, 1, []string{hello, to, sum, key}, Keyed{1, 1}, Keyed{4, 5}) }, nil},
		// A text that comes meanwhile waits until the call has been told.
		{func() {
			in(2, "Paid")
			s.Call = call(1, callTalking, 1, []string{hello, to, sum, key}, Keyed{1, 1}, Keyed{4, 5})
		}, nil},
		{func() {
			s.Call = call(1, callTalking, 1, []string{hello, to, sum, key, "Thank you."}, Keyed{1, 1}, Keyed{4, 6})
		},
			[]string{"Wang Fang         ☎ To BLUEBIRD. It is five yuan. Key your PIN. ••••••", "Wang Fang         ← 8888  Paid"}},
		{func() {
			s.Call = call(1, callOver, 1, []string{hello, to, sum, key, "Thank you."}, Keyed{1, 1}, Keyed{4, 6})
		}, nil},
		{func() { s.Call = call(2, callOver, 2, []string{hello, to, other, key}, Keyed{1, 1}, Keyed{4, 6}) },
			[]string{"Wang Fang         ☎ … It is six yuan. … ••••••"}},
		{func() { s.Call = call(3, callOver, 2, []string{hello}) }, []string{"Wang Fang         ☎ call over: declined"}},
		{func() {
			told.heeds = "five yuan"
			s.Call = call(4, callOver, 2, []string{hello, to, sum, key}, Keyed{1, 1}, Keyed{4, 6})
		}, []string{"Wang Fang         ☎ … It is five yuan. … ••••••"}},
	} {
		step.change()
		if got := told.lines(s.copy()); !slices.Equal(got, step.want) {
			t.Errorf("step %d: got %q, want %q", i, got, step.want)
		}
	}
}
