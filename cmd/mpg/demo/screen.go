package demo

import (
	"errors"
	"slices"
	"strings"
	"time"
)

// Limits of a handset.
const (
	textsMax     = 100 // kept on the screen, the oldest go first
	textRunesMax = 480 // of a text that is sent; the SMSC refuses what is too long
	captionsMax  = 200 // of one call
	keysMax      = 32  // in one request
)

// Errors of a handset, shown to the person using it.
var (
	errNoCall    = errors.New("there is no call")
	errTalking   = errors.New("the call has already been answered")
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
	Keys     []Keyed  `json:"keys"`          // at each question; which ones is not kept
	Captions []string `json:"captions"`
	Texts    int      `json:"texts"` // ID of the last text on the screen when it began
}

// Keyed is how many keys were pressed after the first After captions, the last of
// which is the question that they answer.
type Keyed struct {
	After int `json:"after"`
	Count int `json:"count"`
}

// lastText returns the ID of the last text, 0 for none.
func (s *screen) lastText() int {
	if len(s.Texts) == 0 {
		return 0
	}
	return s.Texts[len(s.Texts)-1].ID
}

// keyed counts keys that are pressed now.
func (c *Call) keyed(count int) {
	if last := len(c.Keys) - 1; last >= 0 && c.Keys[last].After == len(c.Captions) {
		c.Keys[last].Count += count
		return
	}
	c.Keys = append(c.Keys, Keyed{len(c.Captions), count})
}

// The states of a call.
const (
	callRinging = "ringing"
	callTalking = "talking"
	callOver    = "over"
)

// screen is everything that a handset shows: a value that the hub may publish.
type screen struct {
	Number string `json:"number"`
	Name   string `json:"name"`
	NameZH string `json:"name_zh"`
	Rings  bool   `json:"rings"` // whether it takes calls; a shop's does not
	PIN    string `json:"pin,omitempty"`
	Magic  string `json:"magic,omitempty"` // the last four digits, if they decide what happens
	Texts  []Text `json:"texts"`
	Call   *Call  `json:"call"`
}

// copy shares nothing with s that is written later.
func (s screen) copy() screen {
	s.Texts = slices.Clone(s.Texts)
	if s.Call != nil {
		c := *s.Call
		c.Captions, c.Keys = slices.Clone(c.Captions), slices.Clone(c.Keys)
		s.Call = &c
	}
	return s
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

// allIn reports whether text consists only of characters of the set.
func allIn(text, set string) bool { return strings.Trim(text, set) == "" }
