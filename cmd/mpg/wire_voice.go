package main

import (
	"context"
	"log/slog"

	"mpg/conf"
	"mpg/engine/lang"
	"mpg/ivr/voice"
)

// voicesOf returns the voices that the file names: clips first, then the command,
// then espeak-ng, which also says what the command does not say in time. A
// synthesiser that is not installed is no error: its languages have no voice.
func voicesOf(ctx context.Context, f *conf.File, log *slog.Logger) (voice.CacheConfig, error) {
	v := f.Voice
	var voices, behind []voice.Voice
	if v.Clips != "" {
		clips, err := voice.NewClips(v.Clips)
		if err != nil {
			return voice.CacheConfig{}, f.Mistake("voice.clips", err.Error())
		}
		voices, behind = append(voices, clips), append(behind, clips)
	}
	if v.Espeak != "" {
		if espeak, err := voice.NewEspeak(ctx, voice.EspeakConfig{Program: v.Espeak}); err != nil {
			log.Warn("no synthesiser", "err", err)
		} else {
			behind = append(behind, espeak)
		}
	}
	if len(v.Command) == 0 {
		return voice.CacheConfig{Voice: voice.First(behind...)}, nil
	}
	command, err := voice.NewCommand(voice.CommandConfig{Argv: v.Command, Langs: v.CommandLanguages})
	if err != nil {
		return voice.CacheConfig{}, f.Mistake("voice.command", err.Error())
	}
	timed := voice.NewTimed(voice.TimedConfig{Voice: command, Wait: v.Wait, Log: log})
	return voice.CacheConfig{
		Voice: voice.First(append(voices, timed)...), Timed: timed,
		Fallback: voice.First(behind...), Wait: v.Wait,
	}, nil
}

// openVoices opens the voices. If a language has none, its orders that need a call are
// answered "try later"; a call never uses tones instead. The sentences of every call are
// made now, since the command may take long for them.
func (d *daemon) openVoices() error {
	if d.voices.Voice == nil {
		voices, err := voicesOf(d.ctx, d.conf, d.log)
		if err != nil {
			return err
		}
		d.voices = voices
	}
	d.clips = voice.NewCache(d.voices)
	for _, l := range []lang.Lang{lang.ZH, lang.EN} {
		switch {
		case !d.speaks(l):
			d.log.Warn("no voice for a language: its orders that need a call are answered \"try later\"", "lang", l)
		case d.voices.Timed != nil:
			d.clips.Fix(string(l), lang.Fixed(l))
		}
	}
	return nil
}

func (d *daemon) speaks(l lang.Lang) bool { return d.voices.Speaks(string(l)) }

// voiceGauges returns the metrics of the voices.
func (d *daemon) voiceGauges() []gauge {
	list := []gauge{
		{"mpg_voice_sentences_made_total", "Sentences that a voice was asked to make because they were not kept.", nil, true, func() float64 { return float64(d.clips.Stats().Misses) }},
		{"mpg_voice_sentences_failed_total", "Sentences that a voice could not make.", nil, true, func() float64 { return float64(d.clips.Stats().Failed) }},
		{"mpg_voice_sentences_fallback_total", "Sentences said by another voice in place of the command.", nil, true, func() float64 { return float64(d.clips.Stats().Fallback) }},
	}
	if t := d.voices.Timed; t != nil {
		list = append(list,
			gauge{"mpg_voice_command_late_total", "Sentences of the voice command that took too long.", nil, true, func() float64 { return float64(t.Stats().Late) }},
			gauge{"mpg_voice_command_passed_over", "Whether the voice command is too slow or fails, so that calls do not wait for it.", nil, false,
				flag(func() bool { return t.Stats().Passed })})
	}
	return list
}
