package demo

import (
	"fmt"
	"strings"
)

// transcript turns what changes on screens into lines that read as a
// conversation. Keys show as dots.
type transcript struct {
	own   bool // whether the texts that a handset sends are told too
	brief bool // whether a call takes one line
	seen  map[string]mark
	said  map[string]bool // the sentences of calls that were told in one line
	heeds string          // words whose sentence is told again; empty: none
}

// mark is how far a screen has been told.
type mark struct {
	text, call, captions, answers int // answers: how many of the call's Keys
	state                         string
}

func newTranscript(own bool) *transcript {
	return &transcript{own: own, seen: map[string]mark{}, said: map[string]bool{}}
}

// skip takes what a screen shows now as told. A call under way is still told.
func (t *transcript) skip(on screen) {
	m := mark{}
	m.text = on.lastText()
	if on.Call != nil && on.Call.State == callOver {
		m.call, m.state = on.Call.ID, callOver
		m.captions, m.answers = len(on.Call.Captions), len(on.Call.Keys)
	}
	t.seen[on.Number] = m
}

// lines tells what is new on a screen. A text that is under way is told when it
// is known what became of it, and before the call that it may have brought about;
// one that came after the call began is told after what is known of the call.
func (t *transcript) lines(on screen) []string {
	m := t.seen[on.Number]
	last := on.lastText()
	if on.Call == nil {
		list, _ := t.textLines(&m, on, last)
		t.seen[on.Number] = m
		return list
	}
	list, underway := t.textLines(&m, on, on.Call.Texts)
	switch {
	case underway && on.Call.ID != m.call:
	case t.brief:
		line, told := t.callLine(&m, on.Name, *on.Call)
		list = append(list, line...)
		underway = underway || !told
	default:
		list = append(list, m.callLines(on.Name, *on.Call)...)
	}
	if !underway {
		after, _ := t.textLines(&m, on, last)
		list = append(list, after...)
	}
	t.seen[on.Number] = m
	return list
}

// textLines tells the texts up to an ID that are not told yet, as far as the
// first that is under way, and moves the mark.
func (t *transcript) textLines(mark *mark, on screen, last int) (list []string, underway bool) {
	for _, text := range on.Texts {
		if text.ID <= mark.text || text.ID > last {
			continue
		}
		if text.State == textSending {
			return list, true
		}
		mark.text = text.ID
		if line := t.textLine(on.Name, text); line != "" {
			list = append(list, line)
		}
	}
	return list, false
}

func (t *transcript) textLine(name string, text Text) string {
	switch {
	case !text.Mine:
		return fmt.Sprintf("%-17s ← %s  %s", name, text.With, text.Body)
	case text.State == textFailed:
		return fmt.Sprintf("%-17s → %s  could not be sent", name, text.With)
	case t.own:
		return fmt.Sprintf("%-17s → %s  %s", name, text.With, text.Body)
	}
	return ""
}

// callLines tells what is new in a call and moves the mark.
func (m *mark) callLines(name string, call Call) []string {
	if call.ID != m.call {
		*m = mark{text: m.text, call: call.ID}
	}
	var list []string
	add := func(format string, args ...any) {
		list = append(list, fmt.Sprintf("%-17s ", name)+fmt.Sprintf(format, args...))
	}
	if m.state == "" {
		add("☎ %s is calling", call.From)
		m.state = callRinging
	}
	if m.state == callRinging && (call.State == callTalking || len(call.Captions) > 0) {
		add("☎ answers")
		m.state = callTalking
	}
	say := func(until int) {
		for ; m.captions < until; m.captions++ {
			add("♪ %s", call.Captions[m.captions])
		}
	}
	// A handset presses one key after the other: they are told together, once nothing
	// can join them.
	for ; m.answers < len(call.Keys); m.answers++ {
		k := call.Keys[m.answers]
		if k.After == len(call.Captions) && call.State != callOver {
			break
		}
		say(k.After)
		add("# %s", strings.Repeat("•", k.Count))
	}
	say(len(call.Captions))
	if m.state != callOver && call.State == callOver {
		add("☎ call over: %s", call.Why)
		m.state = callOver
	}
	return list
}

// pinDigits is how many keys a PIN takes.
const pinDigits = 6

// callLine tells a call in one line, once its PIN has been keyed or it is over, and moves
// the mark; told reports whether it has been told. Of what is said between the first key
// and the PIN, a sentence that was told before is not told again, unless it has the words to
// heed.
func (t *transcript) callLine(mark *mark, name string, call Call) (line []string, told bool) {
	if call.ID == mark.call && mark.state == callOver {
		return nil, true
	}
	keyed := call.Keys
	if call.State != callOver && (len(keyed) < 2 || keyed[1].Count < pinDigits) {
		return nil, false
	}
	mark.call, mark.captions, mark.answers, mark.state = call.ID, len(call.Captions), len(keyed), callOver
	if len(keyed) < 2 {
		return []string{fmt.Sprintf("%-17s ☎ call over: %s", name, call.Why)}, true
	}
	words := []string{"☎"}
	for _, sentence := range call.Captions[keyed[0].After:keyed[1].After] {
		switch {
		case !t.said[sentence], t.heeds != "" && holds(sentence, t.heeds):
			t.said[sentence] = true
			words = append(words, sentence)
		case words[len(words)-1] != "…":
			words = append(words, "…")
		}
	}
	words = append(words, strings.Repeat("•", keyed[1].Count))
	return []string{fmt.Sprintf("%-17s ", name) + strings.Join(words, " ")}, true
}
