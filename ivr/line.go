package ivr

import (
	"context"
	"fmt"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"mpg/ivr/media"
	"mpg/ivr/sip"
	"mpg/ivr/voice"
)

// line is a telephone line on an RTP stream. It is the flow.Line of a call.
type line struct {
	ears
	c      *Caller
	ref    string
	lang   string
	onSay  func(text string) // may be nil
	stream *media.Stream
	hungUp <-chan struct{} // set when answered
	spoken bool            // something was played
	// slowed holds the slower clips; nil: the caller has not asked for them.
	slowed map[*media.Clip]*media.Clip

	remoteMu sync.Mutex
	remote   media.Remote // as started last
	asked    atomic.Bool  // something was said that a key should have answered

	mu     sync.Mutex
	played chan struct{} // of the prompt that plays; nil: none
	id     media.PlayID  // its id
	ended  media.PlayID  // the last id whose end was reported
}

func (c *Caller) openLine(call Call) (*line, error) {
	l := &line{c: c, ref: call.Ref, lang: call.Lang, onSay: call.OnSay}
	l.keys, l.lost = make(chan byte, keysMax), func() { c.dropped.Add(1) }
	stream, err := c.cfg.Media.Open(media.StreamConfig{Handler: media.Handler{
		Digit:  func(d byte) { l.key(sourceRTP, d) },
		Played: l.onPlayed,
		Frame:  l.onFrame,
	}})
	if err != nil {
		return nil, fmt.Errorf("rtp port: %w", err)
	}
	l.stream = stream
	return l, nil
}

// onFrame is called on the media thread.
func (l *line) onFrame(frame media.Frame) {
	if l.listen(frame) {
		l.stream.KeyDown()
	}
}

// start starts sending and receiving audio as the peer described its side and as we
// last described ours (RFC 3264 7).
func (l *line) start(peer, own sip.Media) error {
	l.remoteMu.Lock()
	defer l.remoteMu.Unlock()
	r := media.Remote{
		Addr: peer.Addr, Codec: codecOf(peer), Type: peer.Type(0), SendEventPT: peer.EventPT,
		EventTypes: peer.EventTypes(own), Strict: l.c.cfg.StrictMedia, Hold: peer.Held(),
	}
	// RFC 3264 8.4: 0.0.0.0 puts the call on hold; nothing can be sent to it.
	if !r.Addr.Addr().IsValid() || r.Addr.Addr().IsUnspecified() {
		r.Addr = l.remote.Addr
	}
	if !r.Addr.IsValid() {
		r.Addr = netip.AddrPortFrom(l.stream.LocalAddr().Addr(), discardPort)
	}
	if err := l.stream.Start(r); err != nil {
		return err
	}
	l.agreeKeys(r.SendEventPT)
	l.remote = r
	return nil
}

// agreeKeys listens for tones if telephone-event was not agreed, and logs it, since it
// may be the reason why no key ever comes. Once it is agreed, tones are ignored.
func (l *line) agreeKeys(eventPT uint8) {
	switch {
	case eventPT != 0 && l.remote.SendEventPT == 0:
		l.tones.Store(nil)
		l.source.CompareAndSwap(sourceTones, sourceNone)
	case eventPT == 0 && l.listenForTones():
		l.c.log.Warn("the trunk did not agree to telephone-event: keys are taken from tones in the sound, if any", "ref", l.ref)
	}
}

// agreed reports whether telephone-event was agreed.
func (l *line) agreed() bool {
	l.remoteMu.Lock()
	defer l.remoteMu.Unlock()
	return l.remote.SendEventPT != 0
}

// doubtKeys listens for tones from the second prompt on if no key has come by then:
// some trunks agree to telephone-event but send tones.
func (l *line) doubtKeys() {
	if l.asked.Swap(true) && l.source.Load() == sourceNone && l.listenForTones() {
		l.c.log.Info("no key has come: keys are also listened for as tones in the sound", "ref", l.ref)
	}
}

// discardPort (RFC 863) stands for the address of a peer that answers on hold and has
// not given an address yet. Nothing is sent there.
const discardPort = 9

// changed applies a new description of the peer's audio: a new address (RFC 3264 8.3.1),
// hold, or the end of hold (RFC 3264 8.4).
func (l *line) changed(peer, own sip.Media) {
	if len(peer.Formats) == 0 {
		return
	}
	if err := l.start(peer, own); err != nil {
		l.c.log.Warn("rtp could not follow a re-INVITE")
	}
}

// Play begins the sentences; see flow.Line.
func (l *line) Play(ctx context.Context, say []string) (<-chan struct{}, error) {
	clips := make([]*media.Clip, 0, 1+len(say))
	if !l.spoken && l.c.cfg.Pause > 0 {
		clips = append(clips, l.c.pause)
	}
	for _, text := range say {
		clip, err := l.c.cfg.Clips(ctx, l.lang, text)
		if err != nil {
			return nil, err
		}
		clips = append(clips, l.paced(clip))
	}
	l.doubtKeys()
	played := make(chan struct{})
	if len(say) == 0 {
		close(played)
		return played, nil
	}
	l.spoken = true
	l.await(l.stream.Play(clips...), played)
	if l.onSay != nil {
		for _, text := range say {
			l.onSay(voice.Words(text))
		}
	}
	return played, nil
}

// paced returns a clip at the speed that the caller wants. It is slowed down only once,
// no matter how often the star is pressed.
func (l *line) paced(clip *media.Clip) *media.Clip {
	if l.slowed == nil {
		return clip
	}
	slow := l.slowed[clip]
	if slow == nil {
		slow = voice.Slower(clip)
		l.slowed[clip] = slow
	}
	return slow
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

// Slower slows down everything played from now on; see flow.Line.
func (l *line) Slower() {
	if l.slowed == nil {
		l.slowed = make(map[*media.Clip]*media.Clip)
	}
}

// Keys delivers key presses; see flow.Line.
func (l *line) Keys() <-chan byte { return l.keys }

// Idle returns how long no key has been pressed or held; see flow.Line.
func (l *line) Idle() time.Duration { return l.stream.Idle() }

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

// close ends the sound and frees the RTP port. Keys may still come by INFO.
func (l *line) close() {
	st := l.stream.Close()
	l.c.log.Debug("rtp ended", "stats", st)
	if l.source.Load() == sourceTones && l.agreed() {
		l.c.log.Warn("keys came as tones although telephone-event was agreed", "ref", l.ref)
	}
	if dropped := st.Dropped; st.Received == 0 && dropped.Source+dropped.PayloadType > 0 {
		l.c.log.Warn("all sound was dropped: its addresses or payload types are not those described",
			"ref", l.ref, "addresses", dropped.Source, "payload_types", dropped.PayloadType)
	}
}
