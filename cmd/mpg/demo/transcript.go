package demo

import (
	"fmt"
	"strings"
)

// transcript turns what changes on screens into lines that read as a
// conversation. Keys show as dots.
type transcript struct {
	own  bool // whether the texts that a handset sends are told too
	seen map[string]mark
}

// mark is how far a screen has been told.
type mark struct {
	text, call, captions, answers int // answers: how many of the call's Keys
	state                         string
}

func newTranscript(own bool) *transcript {
	return &transcript{own: own, seen: map[string]mark{}}
}

// skip takes what a screen shows now as told. A call under way is still told.
func (t *transcript) skip(s screen) {
	m := mark{}
	m.text = s.lastText()
	if s.Call != nil && s.Call.State == callOver {
		m.call, m.state = s.Call.ID, callOver
		m.captions, m.answers = len(s.Call.Captions), len(s.Call.Keys)
	}
	t.seen[s.Number] = m
}

// lines tells what is new on a screen. A text that is under way is told when it
// is known what became of it, and before the call that it may have brought about;
// one that came after the call began is told after what is known of the call.
func (t *transcript) lines(s screen) []string {
	m := t.seen[s.Number]
	last := s.lastText()
	if s.Call == nil {
		list, _ := t.textLines(&m, s, last)
		t.seen[s.Number] = m
		return list
	}
	list, underway := t.textLines(&m, s, s.Call.Texts)
	if !underway || s.Call.ID == m.call {
		list = append(list, m.callLines(s.Name, *s.Call)...)
	}
	if !underway {
		after, _ := t.textLines(&m, s, last)
		list = append(list, after...)
	}
	t.seen[s.Number] = m
	return list
}

// textLines tells the texts up to an ID that are not told yet, as far as the
// first that is under way, and moves the mark.
func (t *transcript) textLines(m *mark, s screen, last int) (list []string, underway bool) {
	for _, text := range s.Texts {
		if text.ID <= m.text || text.ID > last {
			continue
		}
		if text.State == textSending {
			return list, true
		}
		m.text = text.ID
		if line := t.textLine(s.Name, text); line != "" {
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
func (m *mark) callLines(name string, c Call) []string {
	if c.ID != m.call {
		*m = mark{text: m.text, call: c.ID}
	}
	var list []string
	add := func(format string, args ...any) {
		list = append(list, fmt.Sprintf("%-17s ", name)+fmt.Sprintf(format, args...))
	}
	if m.state == "" {
		add("☎ %s is calling", c.From)
		m.state = callRinging
	}
	if m.state == callRinging && (c.State == callTalking || len(c.Captions) > 0) {
		add("☎ answers")
		m.state = callTalking
	}
	say := func(until int) {
		for ; m.captions < until; m.captions++ {
			add("♪ %s", c.Captions[m.captions])
		}
	}
	// A handset presses one key after the other: they are told together, once nothing
	// can join them.
	for ; m.answers < len(c.Keys); m.answers++ {
		k := c.Keys[m.answers]
		if k.After == len(c.Captions) && c.State != callOver {
			break
		}
		say(k.After)
		add("# %s", strings.Repeat("•", k.Count))
	}
	say(len(c.Captions))
	if m.state != callOver && c.State == callOver {
		add("☎ call over: %s", c.Why)
		m.state = callOver
	}
	return list
}
