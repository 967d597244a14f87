package ivr

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"mpg/ivr/dtmf"
	"mpg/ivr/media"
	"mpg/ivr/sip"
)

// line is a telephone line on an RTP stream. It is the flow.Line of a call.
type line struct {
	c      *Caller
	lang   string
	onSay  func(text string) // may be nil
	stream *media.Stream
	keys   chan byte
	hungUp <-chan struct{} // set when answered
	source atomic.Uint32   // where keys come from; the first one is kept

	mu     sync.Mutex
	played chan struct{} // of the prompt that plays; nil: none
	id     media.PlayID  // its id
	ended  media.PlayID  // the last id whose end was reported
}

// Sources of keys. A peer that sends each key both ways must not be heard twice.
const (
	sourceNone uint32 = iota
	sourceRTP         // RFC 4733 events
	sourceInfo        // SIP INFO
)

func (c *Caller) openLine(call Call) (*line, error) {
	l := &line{c: c, lang: call.Lang, onSay: call.OnSay, keys: make(chan byte, keysMax)}
	stream, err := c.cfg.Media.Open(media.StreamConfig{Handler: media.Handler{
		Digit:  func(d byte) { l.key(sourceRTP, d) },
		Played: l.onPlayed,
	}})
	if err != nil {
		return nil, fmt.Errorf("rtp port: %w", err)
	}
	l.stream = stream
	return l, nil
}

// start begins to send and receive audio.
func (l *line) start(m sip.Media) error {
	return l.stream.Start(media.Remote{
		Addr: m.Addr, Codec: codecOf(m), SendEventPT: m.EventPT, RecvEventPT: sip.EventPT,
		Strict: l.c.cfg.StrictMedia,
	})
}

// key takes a key press. It is called on the media thread and never blocks.
func (l *line) key(source uint32, d byte) {
	if !l.source.CompareAndSwap(sourceNone, source) && l.source.Load() != source {
		return
	}
	select {
	case l.keys <- d:
	default:
		l.c.dropped.Add(1)
	}
}

// info takes the body of a SIP INFO and reports whether its type is one for keys.
func (l *line) info(contentType string, body []byte) bool {
	d, err := dtmf.ParseInfo(contentType, body)
	if err == nil {
		l.key(sourceInfo, d)
	}
	return !errors.Is(err, dtmf.ErrInfoType)
}

// changed follows the peer's audio to where a re-INVITE moved it. A peer that
// holds the call gets no other address from us.
func (l *line) changed(m sip.Media) {
	if m.Held() || len(m.Formats) == 0 {
		return
	}
	if err := l.start(m); err != nil {
		l.c.log.Warn("rtp could not follow a re-INVITE")
	}
}

// Play begins the sentences; see flow.Line.
func (l *line) Play(ctx context.Context, say []string) (<-chan struct{}, error) {
	clips := make([]*media.Clip, 0, len(say))
	for _, text := range say {
		clip, err := l.c.cfg.Clips(ctx, l.lang, text)
		if err != nil {
			return nil, err
		}
		clips = append(clips, clip)
	}
	played := make(chan struct{})
	if len(clips) == 0 {
		close(played)
		return played, nil
	}
	l.await(l.stream.Play(clips...), played)
	if l.onSay != nil {
		for _, text := range say {
			l.onSay(text)
		}
	}
	return played, nil
}

// await closes played when the play with the id has ended, which it may have already.
func (l *line) await(id media.PlayID, played chan struct{}) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.played, l.id = played, id
	if l.ended == id {
		l.finish()
	}
}

// Stop silences the line; see flow.Line.
func (l *line) Stop() { l.stream.Stop() }

// Keys delivers key presses; see flow.Line.
func (l *line) Keys() <-chan byte { return l.keys }

// HungUp is closed when the call is over; see flow.Line.
func (l *line) HungUp() <-chan struct{} { return l.hungUp }

// onPlayed is called on the media thread. It may come before await knows the id.
func (l *line) onPlayed(id media.PlayID) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.ended = id
	if l.played != nil && l.id == id {
		l.finish()
	}
}

func (l *line) finish() {
	close(l.played)
	l.played = nil
}

// drain lets the last word leave the peer's jitter buffer.
func (l *line) drain() {
	wait := time.NewTimer(tail)
	defer wait.Stop()
	select {
	case <-wait.C:
	case <-l.hungUp:
	}
}

// close frees the RTP port and forgets the keys.
func (l *line) close() {
	st := l.stream.Close()
	l.c.log.Debug("rtp ended", "stats", st)
	for {
		select {
		case <-l.keys:
		default:
			return
		}
	}
}
