package daemon

import (
	"context"
	"log/slog"

	"mpg/conf"
	"mpg/engine/lang"
	"mpg/ivr/voice"
	"mpg/store/money"
)

// Voices returns the voices that the file names: clips first, then the command,
// then espeak-ng, which also says what the command does not say in time. A
// synthesiser that is not installed is no error: its languages have no voice.
func Voices(ctx context.Context, file *conf.File, log *slog.Logger) (voice.CacheConfig, error) {
	v := file.Voice
	var voices, behind []voice.Voice
	if v.Clips != "" {
		clips, err := voice.NewClips(v.Clips)
		if err != nil {
			return voice.CacheConfig{}, file.Mistake("voice.clips", err.Error())
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
		return voice.CacheConfig{}, file.Mistake("voice.command", err.Error())
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
func (cs *Calls) openVoices(ctx context.Context) error {
	if cs.voices.Voice == nil {
		voices, err := Voices(ctx, cs.conf, cs.log)
		if err != nil {
			return err
		}
		cs.voices = voices
	}
	cs.clips = voice.NewCache(cs.voices)
	for _, l := range []lang.Lang{lang.ZH, lang.EN} {
		if !cs.speaks(l) {
			cs.log.Warn("no voice for a language: its orders that need a call are answered \"try later\"", "lang", l)
		}
	}
	files, wrong := readOwn(cs.conf, money.Currency{}) // what payments cost is not said here
	if len(wrong) > 0 {
		return wrong
	}
	cs.prepare(files.texts)
	return nil
}

// voiceProbes reports whether the voice that the operator has chosen is speaking. While it
// is passed over, another voice speaks, so that no order waits for it.
func (cs *Calls) voiceProbes() []probe {
	timed := cs.voices.Timed
	if timed == nil {
		return nil
	}
	passed, _ := timed.PassedOver()
	return []probe{{"voice command", !passed, map[bool]string{true: "passed over until it is quick again; another voice is speaking"}[passed]}}
}

// prepare has the command, if there is one, make the sentences of every call. Those made
// before are kept.
func (cs *Calls) prepare(texts *lang.Texts) {
	if cs.voices.Timed == nil {
		return
	}
	if texts == nil {
		texts = lang.Builtin()
	}
	for _, l := range []lang.Lang{lang.ZH, lang.EN} {
		if cs.speaks(l) {
			cs.clips.Fix(string(l), texts.Fixed(l))
		}
	}
}

func (cs *Calls) speaks(language lang.Lang) bool { return cs.voices.Speaks(string(language)) }
