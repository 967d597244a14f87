package main

import (
	"context"
	"errors"
	"net/netip"

	"mpg/conf"
	"mpg/engine"
	"mpg/engine/cdr"
	"mpg/engine/pin"
	"mpg/ivr"
	"mpg/ivr/dtmf"
	"mpg/ivr/flow"
	"mpg/ivr/media"
	"mpg/ivr/sip"
)

// openSIP opens the ports of signalling and sound.
func (d *daemon) openSIP() error {
	c := d.conf.SIP
	var err error
	d.media, err = media.New(media.Config{IP: soundIP(c), PortMin: c.RTPPorts.Min, PortMax: c.RTPPorts.Max, Log: d.log})
	if err != nil {
		return soundProblem(d.conf, err)
	}
	number := sip.Digits
	if c.Number == "plus" {
		number = sip.Plus
	}
	d.caller, err = ivr.New(ivr.Config{
		Listen: c.Listen, Advertise: c.Advertise, Trunk: c.Trunk, TrunkAddresses: c.Sources(), From: c.From, Number: number,
		Username: c.Username, Password: c.Password.Reveal(), AllowPrefixes: c.AllowPrefixes,
		Ring: c.Ring, Call: c.Call, Timing: flow.Timing{First: c.FirstKey, Inter: c.NextKey},
		MaxCalls: c.Calls, StrictMedia: c.StrictMedia, Media: d.media, Log: d.log,
		Clips: d.clips.Clip, Prepare: d.clips.Prepare, Pause: d.conf.Voice.Pause,
	})
	if err != nil {
		return portProblem(d.conf, "sip.listen", c.Listen.String(), err)
	}
	return nil
}

// runSIP starts asking the trunk whether it is there.
func (d *daemon) runSIP() error {
	d.serves.Go(func() { d.caller.Run(d.ctx) })
	return nil
}

// soundIP is the local address of RTP: SIP's, or where that is every address,
// the one that peers are told.
func soundIP(c conf.SIP) netip.Addr {
	if ip := c.Listen.Addr(); !ip.IsUnspecified() {
		return ip
	}
	return c.Advertise
}

func (d *daemon) closeSIP() error {
	var errs []error
	if d.caller != nil {
		errs = append(errs, d.caller.Close())
	}
	if d.media != nil {
		errs = append(errs, d.media.Close())
	}
	if d.clips != nil {
		d.clips.Close()
	}
	return errors.Join(errs...)
}

// call is the engine's port: a call in its words, placed by ivr.
func (d *daemon) call(ctx context.Context, c engine.Call) engine.CallReport {
	script := make(flow.Script, len(c.Steps))
	for i, s := range c.Steps {
		script[i] = flow.Step{Name: s.Name, Say: s.Say, Again: s.Again, Short: s.Short, GoOn: s.GoOn, Bye: s.Bye, Want: wantOf(s.Want)}
	}
	a := d.caller.Call(ctx, ivr.Call{
		To: c.To, Lang: string(c.Lang), Ref: c.Ref, Script: script, Judge: judgeOf(c), Soon: c.Soon, OnAnswer: c.Answered,
		OnSay: func(text string) {
			if d.caption != nil {
				d.caption(c.To, text)
			}
		},
	})
	if a.Err != nil && a.End != ivr.Cancelled {
		d.log.Warn("call failed", "ref", c.Ref, "end", a.End, "err", a.Err)
	}
	return reportOf(a)
}

// reportOf returns what the engine keeps about a call.
func reportOf(a ivr.Answer) engine.CallReport {
	r := engine.CallReport{End: endOf(a.End), Answered: a.Answered, Ring: a.Ring, Talk: a.Talk,
		SIP: a.SIPCode, Cause: a.Cause, Text: a.Text, Step: a.Step}
	switch {
	case !a.Answered:
	case a.ByPeer:
		r.HungUp = cdr.Subscriber
	default:
		r.HungUp = cdr.Us
	}
	return r
}

func wantOf(w engine.Want) flow.Want {
	if w == engine.WantPIN {
		return flow.PIN
	}
	return flow.Key
}

// judgeOf hands the digits over in the engine's own secret type and wipes them.
func judgeOf(c engine.Call) flow.Judge {
	return func(ctx context.Context, step string, in flow.Input) flow.Verdict {
		if in.NotMe {
			return flow.Verdict{Say: c.NotMe(ctx), Do: flow.End} // said only once it is done
		}
		p, given := digitsOf(in.Digits)
		defer p.Wipe()
		var digits *pin.PIN
		if given {
			digits = &p
		}
		v := c.Judge(ctx, step, digits)
		return flow.Verdict{Say: v.Say, Do: doOf(v.Do)}
	}
}

func digitsOf(d *dtmf.Digits) (pin.PIN, bool) {
	var p pin.PIN
	if d == nil || d.Len() != len(p) {
		return p, false
	}
	for i := range p {
		p[i] = d.At(i)
	}
	return p, true
}

func doOf(do engine.Do) flow.Do {
	switch do {
	case engine.GoOn:
		return flow.Next
	case engine.AskAgain:
		return flow.Repeat
	case engine.HangUp:
		return flow.End
	}
	return flow.End
}

func endOf(e ivr.End) engine.CallEnd {
	switch e {
	case ivr.Finished:
		return engine.CallFinished
	case ivr.Busy:
		return engine.CallBusy
	case ivr.NoAnswer, ivr.Cancelled:
		return engine.CallNoAnswer
	case ivr.Rejected:
		return engine.CallRejected
	case ivr.Unreachable:
		return engine.CallUnreachable
	case ivr.HungUp:
		return engine.CallHungUp
	case ivr.NotMe:
		return engine.CallNotMe
	case ivr.Silent:
		return engine.CallSilent
	}
	return engine.CallFailed
}
