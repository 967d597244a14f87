package sip

import (
	"sync"

	"github.com/emiago/sipgo/sip"
)

// book holds the current calls by Call-ID.
type book struct {
	mu      sync.Mutex
	calls   map[string]*Session // nil while it rings
	ringing map[string]*early   // the ringing ones
}

// ring adds a call that is about to be placed.
func (b *book) ring(id string, call *early) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.calls[id] = nil
	b.ringing[id] = call
}

// answer makes a ringing call an answered one.
func (b *book) answer(id string, session *Session) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.calls[id] = session
	delete(b.ringing, id)
}

// forget removes a call that is over.
func (b *book) forget(id string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.calls, id)
	delete(b.ringing, id)
}

// active returns the number of ringing and answered calls.
func (b *book) active() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return len(b.calls)
}

// answered returns the answered calls.
func (b *book) answered() []*Session {
	b.mu.Lock()
	defer b.mu.Unlock()
	sessions := make([]*Session, 0, len(b.calls))
	for _, session := range b.calls {
		if session != nil {
			sessions = append(sessions, session)
		}
	}
	return sessions
}

// find returns the session of a Call-ID, nil while the call rings, and whether there is
// such a call.
func (b *book) find(id string) (session *Session, known bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	session, known = b.calls[id]
	return session, known
}

// has reports whether a Call-ID is that of a ringing or answered call.
func (b *book) has(id string) bool {
	_, known := b.find(id)
	return known
}

// session finds the answered call that a request belongs to; nil: none. RFC 3261 12.2.2
func (b *book) session(req *sip.Request) *Session {
	id := req.CallID()
	if id == nil {
		return nil
	}
	session, _ := b.find(id.Value())
	if session == nil || !session.dialog.Owns(req) {
		return nil
	}
	return session
}

// early finds the ringing call to which a request belongs; nil: none. RFC 3261 12.1.2
func (b *book) early(req *sip.Request) *early {
	id, to := req.CallID(), req.To()
	if id == nil || to == nil || req.CSeq() == nil || req.From() == nil {
		return nil
	}
	b.mu.Lock()
	call := b.ringing[id.Value()]
	b.mu.Unlock()
	if call == nil || call.localTag == "" || tagOf(to) != call.localTag {
		return nil
	}
	return call
}
