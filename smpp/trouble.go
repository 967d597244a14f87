package smpp

import (
	"errors"
	"sync"
	"sync/atomic"
)

// trouble remembers why there was no link, and whether the SMSC takes submit_sm
// without answering them, which a new link alone does not cure.
type trouble struct {
	mute atomic.Bool

	mu  sync.Mutex
	why error
}

// set notes why a link ended, or could not be made.
func (t *trouble) set(err error) {
	if errors.Is(err, errMute) {
		t.mute.Store(true)
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if err != nil {
		t.why = err
	}
}

// bound notes that there is a link.
func (t *trouble) bound() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if !t.mute.Load() {
		t.why = nil
	}
}

// submitAnswered notes that the SMSC answers, and reports whether that is news.
func (t *trouble) submitAnswered() bool {
	if !t.mute.CompareAndSwap(true, false) {
		return false
	}
	t.bound()
	return true
}

func (t *trouble) text() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.why == nil {
		return ""
	}
	return t.why.Error()
}

// Working reports whether there is a usable link, and otherwise why not, if that is
// known. A bind whose SMSC leaves submit_sm unanswered counts as not working, bound
// or not, until one is answered.
func (s *Session) Working() (ok bool, why string) {
	if s.Bound() && !s.trouble.mute.Load() {
		return true, ""
	}
	return false, s.trouble.text()
}
