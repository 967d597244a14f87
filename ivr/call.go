package ivr

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"time"

	"mpg/ivr/flow"
	"mpg/ivr/media"
	"mpg/ivr/sip"
)

// Call is one call to be placed.
type Call struct {
	To     string // E.164 with +
	Lang   string // of all sentences, as Config.Clips knows it
	Ref    string // for logs
	Script flow.Script
	Judge  flow.Judge
	// Soon are sentences that the Judge is likely to say: they are made before
	// the call is placed.
	Soon []string
	// OnAnswer is told that somebody picked up, before the first word; may be nil.
	OnAnswer func()
	// OnSay is told each sentence as the prompt that holds it begins to play,
	// for captions; may be nil. It must not block.
	OnSay func(text string)
}

// Reasons why a call's context ends; they tell the ends of Call apart.
var (
	errTime   = errors.New("the call has lasted long enough")
	errPrompt = errors.New("a prompt could not be synthesised")
)

// Call places one call and runs the script. It blocks until the call is over:
// hung up by either side, or ended because ctx did. A Judge that is being
// asked is waited for in any case, and the last words are still said.
func (c *Caller) Call(ctx context.Context, call Call) Answer {
	var a Answer
	if err := c.enter(call.To); err != nil {
		a = Answer{End: Refused, Err: err}
	} else {
		c.placed.Add(1)
		a = c.place(ctx, call)
		c.leave(call.To)
	}
	c.ends[a.End].Add(1)
	if a.SIPCode != 0 {
		c.heard.Store(time.Now().UnixNano())
	}
	c.log.Info("call ended", "ref", call.Ref, "to", sip.Mask(call.To), "end", a.End.String(),
		"sip", a.SIPCode, "talk", a.Talk.Round(time.Millisecond))
	return a
}

// place dials once there is a free line and all sentences of the call are made: a slow
// voice delays the ringing, so that nobody hears silence after answering.
func (c *Caller) place(ctx context.Context, call Call) Answer {
	if err := c.prepare(ctx, call); err != nil {
		if ctx.Err() != nil {
			return Answer{End: Cancelled, Err: err}
		}
		return Answer{End: Failed, Err: fmt.Errorf("%w: %w", errPrompt, err)}
	}
	l, err := c.openLine(call)
	if err != nil {
		return Answer{End: Failed, Err: err}
	}
	defer l.forget()
	dialled := time.Now()
	s, err := c.agent.Dial(ctx, sip.Call{
		To: call.To, Ref: call.Ref, Info: l.info, Changed: l.changed,
		Media: sip.Media{Addr: c.mediaAddr(l)},
	})
	if err != nil {
		l.close()
		a := notAnswered(err)
		a.Ring = time.Since(dialled)
		return a
	}
	rang := time.Since(dialled)
	a := c.talk(ctx, call, l, s)
	why := s.Release()
	a.Ring, a.ByPeer, a.Cause, a.Text = rang, s.HungUp(), why.Cause, why.Text
	return a
}

// mediaAddr is where the peer is to send its RTP.
func (c *Caller) mediaAddr(own *line) netip.AddrPort {
	addr := own.stream.LocalAddr()
	if c.cfg.Advertise.IsValid() {
		return netip.AddrPortFrom(c.cfg.Advertise, addr.Port())
	}
	return addr
}

// prepare makes the sentences that the script says and those that its Judge is likely
// to say.
func (c *Caller) prepare(ctx context.Context, call Call) error {
	texts := slices.Clone(call.Soon)
	for _, step := range call.Script {
		texts = slices.Concat(texts, step.Say, step.Again, step.Short, step.GoOn, step.Bye)
	}
	if c.cfg.Prepare != nil {
		return c.cfg.Prepare(ctx, call.Lang, texts)
	}
	for _, text := range texts {
		if _, err := c.cfg.Clips(ctx, call.Lang, text); err != nil {
			return err
		}
	}
	return nil
}

func notAnswered(err error) Answer {
	a := Answer{End: Failed, Err: err}
	var f *sip.Failure
	if errors.As(err, &f) {
		a.End, a.SIPCode, a.Cause, a.Text = endOfDial(f.Cause), f.Code, f.Release.Cause, f.Release.Text
	}
	if a.End == Cancelled && errors.Is(err, sip.ErrClosed) {
		a.End = Failed
	}
	return a
}

// talk is the answered call, up to the BYE. It closes the line before that: once the peer
// has the BYE, it may give its RTP port to the next call, which may be on our port as well
// (media.ErrPeerTaken).
func (c *Caller) talk(ctx context.Context, call Call, audio *line, session *sip.Session) Answer {
	start := time.Now()
	defer func() { audio.close(); hangUp(session) }()
	audio.hungUp = session.Done()
	a := Answer{SIPCode: 200, Answered: true}
	if err := audio.start(session.Remote(), session.Own()); err != nil {
		a.End, a.Err = Failed, err
		return a
	}
	if call.OnAnswer != nil {
		call.OnAnswer()
	}
	limited, cancel := context.WithTimeoutCause(ctx, c.cfg.Call, errTime)
	defer cancel()
	res := flow.Run(limited, audio, call.Script, call.Judge, c.cfg.Timing)
	audio.drain()
	a.End, a.Step, a.Err = endOfFlow(res.End), res.Step, res.Err
	switch {
	case res.End == flow.Stopped:
		a.End = endOfStop(res.Err)
	case res.End == flow.HungUp && !session.HungUp():
		a.End, a.Err = Failed, sip.ErrClosed // by Close, not by the subscriber
	}
	a.Talk = time.Since(start)
	return a
}

// hangUp ends the call and waits, for a while, until the peer knows, so that
// the next call to the number does not find it busy.
func hangUp(session *sip.Session) {
	session.Hangup()
	late := time.NewTimer(freeWait)
	defer late.Stop()
	select {
	case <-session.Free():
	case <-late.C:
	}
}

// endOfStop tells why a conversation was stopped.
func endOfStop(cause error) End {
	switch {
	case errors.Is(cause, errTime):
		return Silent
	default:
		return Cancelled
	}
}

// codecOf returns the codec to send: the first that the peer named, which is the one it
// prefers (RFC 3264 7).
func codecOf(remote sip.Media) media.Codec {
	if remote.Formats[0] == sip.PCMA {
		return media.PCMA
	}
	return media.PCMU
}
