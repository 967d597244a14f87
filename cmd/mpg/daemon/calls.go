package daemon

import (
	"context"
	"errors"
	"log/slog"
	"net/netip"
	"sync"

	"mpg/conf"
	"mpg/engine/call"
	"mpg/engine/cdr"
	"mpg/engine/pin"
	"mpg/ivr"
	"mpg/ivr/dtmf"
	"mpg/ivr/flow"
	"mpg/ivr/media"
	"mpg/ivr/sip"
	"mpg/ivr/voice"
)

// Calls are the voices, the sound and the signalling of calls.
type Calls struct {
	conf    *conf.File
	log     *slog.Logger
	voices  voice.CacheConfig
	caption func(number, sentence string)
	instead func(ctx context.Context, wanted call.Call) call.Report // nil: the trunk
	clips   *voice.Cache
	media   *media.Engine
	caller  *ivr.Caller
}

func newCalls(config Config) *Calls {
	return &Calls{conf: config.File, log: config.Log, voices: config.Voices, caption: config.Caption, instead: config.Call}
}

// OpenCalls opens what a daemon needs for calls, and nothing else of it. The trunk is
// not asked whether it is there.
func OpenCalls(ctx context.Context, config Config) (*Calls, error) {
	cs := newCalls(config)
	for _, open := range []func() error{func() error { return cs.openVoices(ctx) }, cs.openSIP} {
		if err := open(); err != nil {
			return nil, errors.Join(err, cs.Close())
		}
	}
	return cs, nil
}

// openSIP opens the ports of signalling and sound.
func (cs *Calls) openSIP() error {
	c := cs.conf.SIP
	var err error
	cs.media, err = media.New(media.Config{IP: soundIP(c), PortMin: c.RTPPorts.Min, PortMax: c.RTPPorts.Max, Log: cs.log})
	if err != nil {
		return soundProblem(cs.conf, err)
	}
	number := sip.Digits
	if c.Number == "plus" {
		number = sip.Plus
	}
	cs.caller, err = ivr.New(ivr.Config{
		Listen: c.Listen, Advertise: c.Advertise, Trunk: c.Trunk, TrunkAddresses: c.Sources(), From: c.From, Number: number,
		Username: c.Username, Password: c.Password.Reveal(), AllowPrefixes: c.AllowPrefixes,
		Ring: c.Ring, Call: c.Call, Timing: flow.Timing{First: c.FirstKey, Inter: c.NextKey},
		MaxCalls: c.Calls, StrictMedia: c.StrictMedia, Media: cs.media, Log: cs.log,
		Clips: cs.clips.Clip, Prepare: cs.clips.Prepare, Pause: cs.conf.Voice.Pause,
	})
	if err != nil {
		return portProblem(cs.conf, "sip.listen", c.Listen.String(), err)
	}
	return nil
}

// run starts asking the trunk whether it is there, until ctx ends.
func (cs *Calls) run(ctx context.Context, serves *sync.WaitGroup) error {
	serves.Go(func() { cs.caller.Run(ctx) })
	return nil
}

// trunkUp reports whether the trunk answers.
func (cs *Calls) trunkUp() bool { return cs.caller != nil && cs.caller.Stats().TrunkUp }

// Stats counts the packets of sound of open calls.
func (cs *Calls) Stats() media.Stats { return cs.media.Stats() }

// soundIP is the local address of RTP: SIP's, or where that is every address,
// the one that peers are told.
func soundIP(sip conf.SIP) netip.Addr {
	if ip := sip.Listen.Addr(); !ip.IsUnspecified() {
		return ip
	}
	return sip.Advertise
}

// Close ends what was opened.
func (cs *Calls) Close() error {
	var errs []error
	if cs.caller != nil {
		errs = append(errs, cs.caller.Close())
	}
	if cs.media != nil {
		errs = append(errs, cs.media.Close())
	}
	if cs.clips != nil {
		cs.clips.Close()
	}
	return errors.Join(errs...)
}

// Call is the engine's port: a call in its words, placed by ivr or by what stands in for it.
func (cs *Calls) Call(ctx context.Context, wanted call.Call) call.Report {
	if cs.instead != nil {
		return cs.instead(ctx, wanted)
	}
	script := make(flow.Script, len(wanted.Steps))
	for i, s := range wanted.Steps {
		script[i] = flow.Step{Name: s.Name, Say: s.Say, Again: s.Again, Short: s.Short, GoOn: s.GoOn, Bye: s.Bye, Want: wantOf(s.Want)}
	}
	a := cs.caller.Call(ctx, ivr.Call{
		To: wanted.To, Lang: string(wanted.Lang), Ref: wanted.Ref, Script: script, Judge: judgeOf(wanted), Soon: wanted.Soon, OnAnswer: wanted.OnAnswer,
		OnSay: func(text string) {
			if cs.caption != nil {
				cs.caption(wanted.To, text)
			}
		},
	})
	if a.Err != nil && a.End != ivr.Cancelled {
		cs.log.Warn("call failed", "ref", wanted.Ref, "end", a.End, "err", a.Err)
	}
	return reportOf(a)
}

// reportOf returns what the engine keeps about a call.
func reportOf(answer ivr.Answer) call.Report {
	r := call.Report{End: endOf(answer.End), Answered: answer.Answered, Ring: answer.Ring, Talk: answer.Talk,
		SIP: answer.SIPCode, Cause: answer.Cause, Text: answer.Text, Step: answer.Step}
	switch {
	case !answer.Answered:
	case answer.ByPeer:
		r.HungUp = cdr.Subscriber
	default:
		r.HungUp = cdr.Us
	}
	return r
}

func wantOf(want call.Want) flow.Want {
	if want == call.WantPIN {
		return flow.PIN
	}
	return flow.Key
}

// judgeOf hands the digits over in the engine's own secret type and wipes them.
func judgeOf(wanted call.Call) flow.Judge {
	return func(ctx context.Context, step string, in flow.Input) flow.Verdict {
		if in.NotMe {
			return flow.Verdict{Say: wanted.OnNotMe(ctx), Do: flow.End} // said only once it is done
		}
		p, given := digitsOf(in.Digits)
		defer p.Wipe()
		var digits *pin.PIN
		if given {
			digits = &p
		}
		v := wanted.OnInput(ctx, step, digits)
		return flow.Verdict{Say: v.Say, Do: doOf(v.Do)}
	}
}

func digitsOf(digits *dtmf.Digits) (pin.PIN, bool) {
	var p pin.PIN
	if digits == nil || digits.Len() != len(p) {
		return p, false
	}
	for i := range p {
		p[i] = digits.At(i)
	}
	return p, true
}

func doOf(do call.Do) flow.Do {
	switch do {
	case call.GoOn:
		return flow.Next
	case call.AskAgain:
		return flow.Repeat
	case call.HangUp:
		return flow.End
	}
	return flow.End
}

func endOf(end ivr.End) call.End {
	switch end {
	case ivr.Finished:
		return call.EndFinished
	case ivr.Busy:
		return call.EndBusy
	case ivr.NoAnswer, ivr.Cancelled:
		return call.EndNoAnswer
	case ivr.Rejected:
		return call.EndRejected
	case ivr.Unreachable:
		return call.EndUnreachable
	case ivr.HungUp:
		return call.EndHungUp
	case ivr.NotMe:
		return call.EndNotMe
	case ivr.Silent:
		return call.EndSilent
	}
	return call.EndFailed
}
