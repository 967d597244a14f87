package main

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"mpg/cmd/mpg/daemon"
	"mpg/cmd/mpg/hint"
	"mpg/conf"
	"mpg/engine/lang"
	"mpg/ivr/media"
	"mpg/ivr/voice"
	"mpg/store/money"
)

func sayCommand() *cobra.Command {
	var language, amount, currency string
	var words bool
	c := &cobra.Command{
		Use:   "say --lang zh|en [--words] [--amount 128.50 | TEXT] [OUT.wav]",
		Short: "hear a prompt, or read how it will be worded; needs no daemon",
		Example: `  mpg say --lang zh --words --amount 128.50
  mpg say --lang en --amount 128.50 amount.wav
  mpg say --lang zh 您好 hello.wav`,
		Args: misuse(cobra.MaximumNArgs(2)),
	}
	f := c.Flags()
	f.StringVar(&language, "lang", "zh", "zh or en")
	f.StringVar(&amount, "amount", "", "an amount in place of a text")
	f.StringVar(&currency, "currency", "CNY", "currency of the amount")
	f.BoolVar(&words, "words", false, "print the words only")
	c.RunE = func(cmd *cobra.Command, args []string) error {
		l, ok := lang.Parse(language)
		if !ok {
			return misused{errors.New("the languages are zh and en")}
		}
		text, rest, err := sentence(l, amount, currency, args)
		if err != nil {
			return err
		}
		if words || len(rest) == 0 {
			return show(cmd, map[string]string{"lang": string(l), "text": text}, func(out io.Writer) { row(out, text) })
		}
		return speak(cmd, l, text, rest[0])
	}
	return c
}

// sentence is what is to be said and the arguments after it.
func sentence(language lang.Lang, amount, currency string, args []string) (string, []string, error) {
	if amount == "" {
		if len(args) == 0 {
			return "", nil, misused{errors.New("give --amount or a TEXT")}
		}
		return args[0], args[1:], nil
	}
	c, ok := money.Lookup(currency)
	if !ok {
		return "", nil, misused{daemon.UnknownCurrency(currency)}
	}
	a, err := c.Parse(amount)
	if err != nil {
		return "", nil, misused{fmt.Errorf("%q %w", amount, err)}
	}
	return lang.Amount(language, c, a), args, nil
}

// speak writes the sentence as a telephone hears it.
func speak(cmd *cobra.Command, language lang.Lang, text, path string) error {
	if !strings.HasSuffix(path, ".wav") {
		return misused{fmt.Errorf("%q should end in .wav", path)}
	}
	voices, err := sayVoices(cmd)
	if err != nil {
		return err
	}
	if !voices.Speaks(string(language)) {
		return hint.Add(fmt.Errorf("no voice for %s", language), "install espeak-ng")
	}
	cache := voice.NewCache(voices)
	defer cache.Close()
	clip, err := cache.Clip(cmd.Context(), string(language), text)
	if err != nil {
		return err
	}
	heard := media.PCMA.Decode(nil, clip.ALaw)
	out, err := os.Create(path)
	if err != nil {
		return err
	}
	return errors.Join(voice.WriteWAV(out, heard, media.SampleRate), out.Close())
}

// sayVoices returns the voices of the configuration if there is one, else the
// machine's. Failures of a voice command go to standard error.
func sayVoices(cmd *cobra.Command) (voice.CacheConfig, error) {
	path, _ := cmd.Flags().GetString("config")
	f, err := conf.Load(path)
	if err != nil {
		if cmd.Flags().Changed("config") {
			return voice.CacheConfig{}, err
		}
		f = conf.Default()
	}
	return daemon.Voices(cmd.Context(), f, slog.New(slog.NewTextHandler(cmd.ErrOrStderr(), nil)))
}
