package demo

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"time"
)

// Limits of a handset.
const (
	textsMax     = 100 // kept on the screen, the oldest go first
	textRunesMax = 480 // of a text that is sent; the SMSC refuses what is too long
	captionsMax  = 40  // of one call
	keysMax      = 32  // in one request
)

// Errors of a handset, told to who holds it.
var (
	errNoCall    = errors.New("there is no call")
	errTalking   = errors.New("the call is answered already")
	errNotTalk   = errors.New("the call is not answered yet")
	errKeys      = errors.New("keys are 0 to 9, * and #, at most 32 at once")
	errEmptyText = errors.New("the text is empty")
	errLongText  = errors.New("the text is too long for a handset")
	errShortCode = errors.New("the number to text has 3 to 15 digits")
)

// Text is a message on a handset's screen.
type Text struct {
	ID    int       `json:"id"`
	Mine  bool      `json:"mine"`
	With  string    `json:"with"` // the other party
	Body  string    `json:"body"`
	State string    `json:"state,omitempty"` // of one's own: sending, sent, failed
	At    time.Time `json:"at"`
}

// The states of one's own text.
const (
	textSending = "sending"
	textSent    = "sent" // the gateway has acknowledged it
	textFailed  = "failed"
)

// Call is the latest call of a handset.
type Call struct {
	ID       int      `json:"id"`
	From     string   `json:"from"`
	State    string   `json:"state"`
	Why      string   `json:"why,omitempty"` // how it ended
	Keys     int      `json:"keys"`          // how many were pressed; which ones is not kept
	Captions []string `json:"captions"`
}

// The states of a call.
const (
	callRinging = "ringing"
	callTalking = "talking"
	callOver    = "over"
)

// screen is all that a handset shows: a value that the hub may publish.
type screen struct {
	Number string `json:"number"`
	Name   string `json:"name"`
	NameZH string `json:"name_zh"`
	Rings  bool   `json:"rings"` // whether it takes calls; a shop's does not
	Texts  []Text `json:"texts"`
	Call   *Call  `json:"call"`
}

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

func newHandset(h *hub, first screen, s send, now func() time.Time) *handset {
	p := &handset{topic: "phone:" + first.Number, hub: h, send: s, now: now, show: first}
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

func (s screen) copy() screen {
	s.Texts = slices.Clone(s.Texts)
	if s.Call != nil {
		c := *s.Call
		c.Captions = slices.Clone(c.Captions)
		s.Call = &c
	}
	return s
}

// view is the screen as it is now.
func (p *handset) view() screen {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.show.copy()
}

// recording is what the latest call let hear, or nil.
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

func (p *handset) add(t Text) int {
	p.texts++
	t.ID, t.At = p.texts, p.now()
	if len(p.show.Texts) == textsMax {
		p.show.Texts = slices.Delete(p.show.Texts, 0, 1)
	}
	p.show.Texts = append(p.show.Texts, t)
	return t.ID
}

// rings begins a call and returns what will be heard in it.
func (p *handset) rings(from string, l line) *recording {
	r := newRecording()
	p.change(func() {
		p.calls++
		p.line, p.heard = l, r
		p.show.Call = &Call{ID: p.calls, From: from, State: callRinging, Captions: []string{}}
	})
	return r
}

// ended closes the call that r belongs to; one that has been replaced by
// another since is left alone.
func (p *handset) ended(r *recording, why string) {
	r.end()
	p.change(func() {
		if p.heard == r && p.line != nil {
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

// talks opens the call that r belongs to.
func (p *handset) talks(r *recording) {
	p.change(func() {
		if p.heard == r && p.line != nil {
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
	p.change(func() {
		if p.line == l {
			p.show.Call.Keys += len(keys)
		}
	})
	return l.press(keys)
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

func checkText(to, body string) error {
	if len(to) < 3 || len(to) > 15 || !allIn(to, "0123456789") {
		return errShortCode
	}
	switch n := len([]rune(body)); {
	case n == 0:
		return errEmptyText
	case n > textRunesMax:
		return errLongText
	}
	return nil
}

func keysOK(keys string) bool {
	return keys != "" && len(keys) <= keysMax && allIn(keys, "0123456789*#")
}

// allIn reports whether s is made of signs of the set only.
func allIn(s, set string) bool { return strings.Trim(s, set) == "" }
