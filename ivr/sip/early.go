package sip

import (
	"context"
	"sync"

	"github.com/emiago/sipgo/sip"
)

// earlyMax is the greatest number of phones of a forked call that are remembered while
// it rings.
const earlyMax = 16

// early is a ringing call: its early dialogs (RFC 3261 12.1.2), one for each phone that
// the trunk rings, by their To tags.
type early struct {
	call     Call
	localTag string

	mu    sync.Mutex
	forks map[string]*fork
}

// fork is what is known about one early dialog.
type fork struct {
	seq    uint32  // of the peer's last request; 0: none yet
	remote Media   // the peer's audio, if it has described it
	known  bool    // it has
	said   Media   // our last description
	over   bool    // the peer has hung up already
	dialog *Dialog // in which its provisional responses were acknowledged; nil: none was
	rseq   int     // RSeq of the last of them
}

func newEarly(call Call, inv *sip.Request) *early {
	e := &early{call: call, forks: map[string]*fork{}}
	if from := inv.From(); from != nil {
		e.localTag = tagIn(from.Params)
	}
	return e
}

// fork returns the early dialog of a tag; nil: there are too many.
func (e *early) fork(tag string) *fork {
	f := e.forks[tag]
	if f == nil && len(e.forks) < earlyMax {
		f = &fork{said: e.call.Media}
		e.forks[tag] = f
	}
	return f
}

// describe remembers the audio that a provisional response describes. RFC 3261 13.2.1
// requires it again in the 2xx; if a peer leaves it out there, this one applies.
func (e *early) describe(tag string, audio Media) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if f := e.fork(tag); f != nil {
		f.remote, f.known = audio, true
	}
}

// find returns what is known about a phone that has answered.
func (e *early) find(tag string) fork {
	e.mu.Lock()
	defer e.mu.Unlock()
	if f := e.forks[tag]; f != nil {
		return *f
	}
	return fork{said: e.call.Media}
}

// revise replaces our last description and writes it. Its version grows when
// it differs from the last one, and only then (RFC 3264 8).
func revise(said *Media, next Media) ([]byte, error) {
	next.Revision = said.Revision
	if !next.same(*said) {
		next.Revision++
	}
	*said = next
	return next.Marshal()
}

// mediaOf reads the audio that an answer describes, or, if it describes none, that of
// the phone's last provisional response.
func (d *dialling) mediaOf(ctx context.Context, res *sip.Response) (Media, error) {
	body := sdpOf(res)
	if body == nil {
		f := d.early.find(tagOf(res.To()))
		if !f.known {
			return Media{}, ErrMedia
		}
		// RFC 3261 13.2.1: the answer must be in the 2xx too; gateways leave it out.
		d.a.log.Info("the answer describes no audio: that of the provisional response is used", "ref", d.call.Ref)
		return f.remote, nil
	}
	m, err := ParseMedia(body)
	if err == nil {
		err = d.a.names.locate(ctx, &m)
	}
	return m, err
}
