package check

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"mpg/cmd/mpg/daemon"
	"mpg/conf"
	"mpg/engine/lang"
	"mpg/ivr/voice"
	"mpg/store/money"
)

// triedFor bounds how long check waits for a voice command to say a sentence.
const triedFor = 10 * time.Second

// checkVoices finds languages in which no call can be made, and has the voice
// command say a sentence in each language that it speaks.
func checkVoices(ctx context.Context, file *conf.File) []conf.Finding {
	voices, err := daemon.Voices(ctx, file, slog.New(slog.DiscardHandler))
	if err != nil {
		var m conf.Mistake
		if !errors.As(err, &m) {
			m = file.Mistake("voice", err.Error())
		}
		return []conf.Finding{{Fatal: true, Mistake: m}}
	}
	var missing []string
	var findings []conf.Finding
	for _, l := range []lang.Lang{lang.ZH, lang.EN} {
		if !voices.Speaks(string(l)) {
			missing = append(missing, string(l))
		}
		if t := voices.Timed; t != nil && t.Has(string(l)) {
			if wrong := tryCommand(ctx, file, t, l); wrong != "" {
				findings = append(findings, conf.Finding{Mistake: file.Mistake("voice.command", wrong+instead(voices, l))})
			}
		}
	}
	if len(missing) > 0 {
		findings = append(findings, conf.Finding{Mistake: file.Mistake("voice", "no voice for "+strings.Join(missing, ", ")+
			": orders that need a call are answered \"try later\"; install espeak-ng or set [voice]")})
	}
	return findings
}

// tryCommand has the command say a sentence of a call, again if it was slow: the
// first time the machine may still have to load it. It returns what is wrong.
func tryCommand(ctx context.Context, file *conf.File, timed *voice.Timed, language lang.Lang) string {
	ctx, cancel := context.WithTimeout(ctx, triedFor)
	defer cancel()
	cny, _ := money.Lookup("CNY")
	details := lang.Voice(language, lang.Details, lang.Args{Amount: 128_50, Currency: cny})
	sentence := voice.Words(details[len(details)-1])
	var took time.Duration
	for range 2 {
		started := time.Now()
		pcm, rate, err := timed.Synthesize(ctx, string(language), sentence)
		took = time.Since(started)
		switch {
		case ctx.Err() != nil:
			return fmt.Sprintf("says nothing in %s within %v, and voice.wait is %v", language, triedFor, file.Voice.Wait)
		case err != nil:
			return fmt.Sprintf("fails in %s: %v", language, err)
		case time.Duration(len(pcm))*time.Second/time.Duration(rate) < shortestSentence:
			return fmt.Sprintf("returned less than %v of sound in %s for a whole sentence", shortestSentence, language)
		case took <= file.Voice.Wait:
			return ""
		}
	}
	return fmt.Sprintf("takes %v for a sentence in %s, and voice.wait is %v", took.Round(100*time.Millisecond), language, file.Voice.Wait)
}

// shortestSentence is shorter than tryCommand's sentence can be.
const shortestSentence = 800 * time.Millisecond

// instead says what happens in calls if the command does not speak.
func instead(voices voice.CacheConfig, language lang.Lang) string {
	if voices.Fallback.Has(string(language)) {
		return "; espeak-ng will speak in its place"
	}
	return "; no other voice speaks the language, so calls wait for it or are not placed"
}
