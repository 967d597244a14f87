package voice

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"os/exec"
	"slices"
	"strconv"
	"strings"
)

// EspeakConfig is what an Espeak is made of. The zero value is right.
type EspeakConfig struct {
	Program string            // "": espeak-ng, from PATH
	Voices  map[string]string // language -> espeak-ng voice; nil: DefaultVoices
	Speed   map[string]int    // language -> words a minute; 0: that of DefaultSpeeds
}

// DefaultVoices are the espeak-ng voices of our languages. cmn is broken in
// Debian: it reads Chinese as English.
func DefaultVoices() map[string]string {
	return map[string]string{"zh": "cmn-latn-pinyin", "en": "en-us"}
}

// DefaultSpeeds are the speeds of espeak-ng, in its words a minute: slower than its own
// default of 175, since people listen to amounts over a telephone. Mandarin is slower
// at the same figure: about three syllables a second at 150.
func DefaultSpeeds() map[string]int { return map[string]int{"zh": 165, "en": 150} }

// speedOther is the speed of a language that is not in DefaultSpeeds.
const speedOther = 150

// probes are words that a working voice of a language reads in that language.
func probes() map[string]string { return map[string]string{"zh": "你好", "en": "hello"} }

// Espeak is espeak-ng as a child program.
type Espeak struct {
	program string
	version string
	voices  map[string]string // of those that work
	missing map[string]error  // why the others do not
	speed   map[string]int
	lexicon *lexicon
}

// NewEspeak finds the program and tries each voice. It fails if there is no
// program or no voice works; Has tells which do, Missing why others do not.
func NewEspeak(ctx context.Context, cfg EspeakConfig) (*Espeak, error) {
	if cfg.Program == "" {
		cfg.Program = "espeak-ng"
	}
	if cfg.Voices == nil {
		cfg.Voices = DefaultVoices()
	}
	path, err := exec.LookPath(cfg.Program)
	if err != nil {
		return nil, fmt.Errorf("espeak-ng is not installed: %w", err)
	}
	version, err := runChild(ctx, childTime, []string{path, "--version"}, "")
	if err != nil {
		return nil, err
	}
	e := &Espeak{
		program: path,
		voices:  maps.Clone(cfg.Voices),
		missing: make(map[string]error),
		speed:   cfg.Speed,
		lexicon: builtinLexicon(),
	}
	e.version, _, _ = strings.Cut(strings.TrimSpace(string(version)), "  ")
	for lang := range cfg.Voices {
		if err := e.try(ctx, lang); err != nil {
			delete(e.voices, lang)
			e.missing[lang] = err
		}
	}
	if len(e.voices) == 0 {
		return nil, errors.Join(slices.Collect(maps.Values(e.missing))...)
	}
	return e, nil
}

// try tells whether the voice of lang is there and reads its own language:
// espeak-ng marks what it reads in another one as "(en)".
func (e *Espeak) try(ctx context.Context, lang string) error {
	probe, ok := probes()[lang]
	if !ok {
		probe = "1"
	}
	read, err := e.Phonemes(ctx, lang, probe)
	if err != nil {
		return fmt.Errorf("voice %s: %w", e.voices[lang], err)
	}
	if read == "" || strings.Contains(read, "(") {
		return fmt.Errorf("voice %s does not read %s", e.voices[lang], lang)
	}
	return nil
}

// Missing tells why a language of the configuration has no voice; nil if it has.
func (e *Espeak) Missing(lang string) error { return e.missing[lang] }

// Synthesize implements Voice.
func (e *Espeak) Synthesize(ctx context.Context, lang, text string) ([]int16, int, error) {
	out, err := e.run(ctx, lang, text, "--stdout")
	if err != nil {
		return nil, 0, err
	}
	return ReadWAV(bytes.NewReader(out))
}

// Phonemes implements Phonemizer in espeak-ng's mnemonics, one line.
func (e *Espeak) Phonemes(ctx context.Context, lang, text string) (string, error) {
	out, err := e.run(ctx, lang, text, "-q", "-x")
	return strings.Join(strings.Fields(string(out)), " "), err
}

func (e *Espeak) run(ctx context.Context, lang, text string, options ...string) ([]byte, error) {
	voice, ok := e.voices[lang]
	if !ok {
		return nil, ErrCannot
	}
	if err := check(text); err != nil {
		return nil, err
	}
	argv := append([]string{e.program, "--stdin", "-b", "1", "-v", voice, "-s", strconv.Itoa(e.speedOf(lang))}, options...)
	return runChild(ctx, childTime, argv, e.spell(lang, text))
}

func (e *Espeak) speedOf(lang string) int {
	if s := e.speed[lang]; s > 0 {
		return s
	}
	if s := DefaultSpeeds()[lang]; s > 0 {
		return s
	}
	return speedOther
}

// spell writes a sentence the way espeak-ng reads it right.
func (e *Espeak) spell(lang, text string) string {
	// [[ ]] would be taken for phonemes.
	text = strings.NewReplacer("[", " ", "]", " ", "\x00", " ").Replace(text)
	if lang == "zh" {
		text = e.lexicon.spell(text)
	}
	return text
}

// Has implements Voice.
func (e *Espeak) Has(lang string) bool { return e.voices[lang] != "" }

// ID implements Voice.
func (e *Espeak) ID() string {
	var b strings.Builder
	b.WriteString(e.version)
	for _, lang := range slices.Sorted(maps.Keys(e.voices)) {
		fmt.Fprintf(&b, " %s=%s/%d", lang, e.voices[lang], e.speedOf(lang))
	}
	return b.String() + " " + e.lexicon.id
}
