package demo

import (
	"context"
	"slices"
	"sync"
	"time"
)

// line is a call as the person with the handset has it in hand.
type line interface {
	answer() error // returns once the line is open
	press(keys string) error
	hangUp() error // rejects the call if it still rings
}

// send hands a text to the SMSC and returns when the gateway has acknowledged
// it. Its error is a sentence for the sender.
type send func(ctx context.Context, from, to, body string) error

// handset is one phone: its screen, its line and what it hears.
type handset struct {
	topic string
	hub   *hub
	send  send
	now   func() time.Time

	mu    sync.Mutex
	show  screen
	texts int // so far, for their ids
	calls int
	line  line
	heard *recording // of the latest call; nil before the first
}

func newHandset(all *hub, first screen, out send, now func() time.Time) *handset {
	p := &handset{topic: "phone:" + first.Number, hub: all, send: out, now: now, show: first}
	p.change(func() {})
	return p
}

// change alters the handset and publishes a copy of its screen.
func (p *handset) change(fn func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	fn()
	p.hub.set(p.topic, p.show.copy())
}

// view is the screen as it is now.
func (p *handset) view() screen {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.show.copy()
}

// recording returns the sound of the latest call, or nil.
func (p *handset) recording() *recording {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.heard
}

// text sends a message. It shows at once as "sending"; the error is that of the
// SMSC, and shows too.
func (p *handset) text(ctx context.Context, to, body string) error {
	if err := checkText(to, body); err != nil {
		return err
	}
	var id int
	p.change(func() { id = p.add(Text{Mine: true, With: to, Body: body, State: textSending}) })
	err := p.send(ctx, p.show.Number, to, body)
	state := textSent
	if err != nil {
		state = textFailed
	}
	p.change(func() {
		for i := range p.show.Texts {
			if p.show.Texts[i].ID == id {
				p.show.Texts[i].State = state
			}
		}
	})
	return err
}

// receive shows a message from the gateway.
func (p *handset) receive(from, body string) {
	p.change(func() { p.add(Text{With: from, Body: body}) })
}

func (p *handset) add(text Text) int {
	p.texts++
	text.ID, text.At = p.texts, p.now()
	if len(p.show.Texts) == textsMax {
		p.show.Texts = slices.Delete(p.show.Texts, 0, 1)
	}
	p.show.Texts = append(p.show.Texts, text)
	return text.ID
}

// rings begins a call and returns what will be heard in it.
func (p *handset) rings(from string, said line) *recording {
	r := newRecording()
	p.change(func() {
		p.calls++
		p.line, p.heard = said, r
		p.show.Call = &Call{ID: p.calls, From: from, State: callRinging, Keys: []Keyed{}, Captions: []string{}, Texts: p.show.lastText()}
	})
	return r
}

// ended closes the call that heard belongs to; one that has been replaced by
// another since is left alone.
func (p *handset) ended(heard *recording, why string) {
	heard.end()
	p.change(func() {
		if p.heard == heard && p.line != nil {
			p.line = nil
			p.show.Call.State, p.show.Call.Why = callOver, why
		}
	})
}

// caption shows what is being spoken in the call.
func (p *handset) caption(sentence string) {
	p.change(func() {
		if c := p.show.Call; p.line != nil && len(c.Captions) < captionsMax {
			c.Captions = append(c.Captions, sentence)
		}
	})
}

// talks opens the call that heard belongs to.
func (p *handset) talks(heard *recording) {
	p.change(func() {
		if p.heard == heard && p.line != nil {
			p.show.Call.State = callTalking
		}
	})
}

// answer picks up and returns once the line is open.
func (p *handset) answer() error {
	l, err := p.inState(callRinging)
	if err != nil {
		return err
	}
	return l.answer()
}

// press keys digits into the call.
func (p *handset) press(keys string) error {
	if !keysOK(keys) {
		return errKeys
	}
	l, err := p.inState(callTalking)
	if err != nil {
		return err
	}
	p.keyed(l, len(keys))
	return l.press(keys)
}

// keyed shows how many keys were pressed on the line.
func (p *handset) keyed(said line, count int) {
	p.change(func() {
		if p.line == said {
			p.show.Call.keyed(count)
		}
	})
}

// hangUp ends the call, or rejects it while it rings.
func (p *handset) hangUp() error {
	p.mu.Lock()
	l := p.line
	p.mu.Unlock()
	if l == nil {
		return errNoCall
	}
	return l.hangUp()
}

// inState returns the line if the call is in that state.
func (p *handset) inState(state string) (line, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case p.line == nil:
		return nil, errNoCall
	case p.show.Call.State == state:
		return p.line, nil
	case state == callRinging:
		return nil, errTalking
	}
	return nil, errNotTalk
}
