package main

import (
	"context"
	"errors"
	"log/slog"
	"net/netip"

	"mpg/conf"
	"mpg/engine"
	"mpg/engine/lang"
	"mpg/engine/pin"
	"mpg/ivr"
	"mpg/ivr/dtmf"
	"mpg/ivr/flow"
	"mpg/ivr/media"
	"mpg/ivr/sip"
	"mpg/ivr/voice"
)

// voiceOf is what the file names: clips first, then the command or espeak-ng.
// A synthesiser that is not there is no error: its languages have no voice.
func voiceOf(ctx context.Context, v conf.Voice, log *slog.Logger) (voice.Voice, error) {
	var voices []voice.Voice
	if v.Clips != "" {
		clips, err := voice.NewClips(v.Clips)
		if err != nil {
			return nil, err
		}
		voices = append(voices, clips)
	}
	if len(v.Command) > 0 {
		command, err := voice.NewCommand(voice.CommandConfig{Argv: v.Command, Langs: v.CommandLanguages})
		if err != nil {
			return nil, err
		}
		voices = append(voices, command)
	}
	if v.Espeak != "" {
		if espeak, err := voice.NewEspeak(ctx, voice.EspeakConfig{Program: v.Espeak}); err != nil {
			log.Warn("no synthesiser", "err", err)
		} else {
			voices = append(voices, espeak)
		}
	}
	return voice.First(voices...), nil
}

// openVoices finds who speaks. Without a voice for a language its orders that
// need a call are answered "try later"; a call is never made of tones.
func (d *daemon) openVoices() error {
	if d.voice == nil {
		v, err := voiceOf(d.ctx, d.conf.Voice, d.log)
		if err != nil {
			return err
		}
		d.voice = v
	}
	for _, l := range []lang.Lang{lang.ZH, lang.EN} {
		if !d.voice.Has(string(l)) {
			d.log.Warn("no voice for a language: its orders that need a call are answered \"try later\"", "lang", l)
		}
	}
	d.clips = voice.NewCache(voice.CacheConfig{Voice: d.voice})
	return nil
}

func (d *daemon) speaks(l lang.Lang) bool { return d.voice.Has(string(l)) }

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
		Listen: c.Listen, Advertise: c.Advertise, Trunk: c.Trunk, From: c.From, Number: number,
		Username: c.Username, Password: c.Password.Reveal(), AllowPrefixes: c.AllowPrefixes,
		Ring: c.Ring, Call: c.Call, Timing: flow.Timing{First: c.FirstKey, Inter: c.NextKey},
		MaxCalls: c.Calls, StrictMedia: c.StrictMedia, Media: d.media, Clips: d.clips.Clip, Log: d.log,
	})
	if err != nil {
		return portProblem(d.conf, "sip.listen", c.Listen.String(), err)
	}
	return nil
}

// runSIP begins to ask the trunk whether it is there.
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
func (d *daemon) call(ctx context.Context, c engine.Call) engine.CallEnd {
	script := make(flow.Script, len(c.Steps))
	for i, s := range c.Steps {
		script[i] = flow.Step{Name: s.Name, Say: s.Say, Want: wantOf(s.Want)}
	}
	a := d.caller.Call(ctx, ivr.Call{
		To: c.To, Lang: string(c.Lang), Ref: c.Ref, Script: script, Judge: judgeOf(c), OnAnswer: c.Answered,
		OnSay: func(text string) {
			if d.caption != nil {
				d.caption(c.To, text)
			}
		},
	})
	if a.Err != nil && a.End != ivr.Cancelled {
		d.log.Warn("call failed", "ref", c.Ref, "end", a.End, "err", a.Err)
	}
	return endOf(a.End)
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
