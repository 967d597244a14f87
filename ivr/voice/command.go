package voice

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os/exec"
	"slices"
	"strings"
)

// CommandConfig is what a Command is made of.
type CommandConfig struct {
	// Argv is the program and its arguments; {lang} in them stands for the
	// language. It gets the sentence on standard input and writes a WAV file
	// of 16-bit samples to standard output. There is no shell.
	Argv  []string
	Langs []string // what it speaks
}

// Command is a Voice that any other program speaks.
type Command struct {
	argv  []string
	langs []string
}

// NewCommand finds the program; it does not run it.
func NewCommand(cfg CommandConfig) (*Command, error) {
	if len(cfg.Argv) == 0 || len(cfg.Langs) == 0 {
		return nil, errors.New("voice command: program and languages must be given")
	}
	path, err := exec.LookPath(cfg.Argv[0])
	if err != nil {
		return nil, fmt.Errorf("voice command: %w", err)
	}
	argv := slices.Clone(cfg.Argv)
	argv[0] = path
	return &Command{argv: argv, langs: slices.Clone(cfg.Langs)}, nil
}

// Synthesize implements Voice.
func (c *Command) Synthesize(ctx context.Context, lang, text string) ([]int16, int, error) {
	if !c.Has(lang) {
		return nil, 0, ErrCannot
	}
	if err := check(text); err != nil {
		return nil, 0, err
	}
	argv := slices.Clone(c.argv)
	for i := range argv[1:] {
		argv[1+i] = strings.ReplaceAll(argv[1+i], "{lang}", lang)
	}
	out, err := runChild(ctx, commandTime, argv, text)
	if err != nil {
		return nil, 0, err
	}
	return ReadWAV(bytes.NewReader(out))
}

// Has implements Voice.
func (c *Command) Has(lang string) bool { return slices.Contains(c.langs, lang) }

// ID implements Voice.
func (c *Command) ID() string { return "command " + strings.Join(c.argv, " ") }
