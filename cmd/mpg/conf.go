package main

import (
	"io"

	"github.com/spf13/cobra"

	"mpg/conf"
	"mpg/engine/lang"
	"mpg/engine/limit"
	"mpg/engine/order"
	"mpg/engine/tariff"
)

func confCommand() *cobra.Command {
	c := &cobra.Command{Use: "conf", Short: "the configuration file"}
	c.AddCommand(confSample())
	return c
}

func confSample() *cobra.Command {
	samples := map[string]*struct {
		given bool
		text  func() string
		what  string
	}{
		"words":  {text: order.Sample, what: "the built-in words of orders"},
		"texts":  {text: lang.Sample, what: "the built-in texts and spoken sentences"},
		"tariff": {text: tariff.Sample, what: "an example of what payments cost"},
		"limits": {text: limit.Sample, what: "an example of limits"},
	}
	c := &cobra.Command{
		Use:   "sample [--words | --texts | --tariff | --limits]",
		Short: "print the commented mpg.toml, the built-in words or texts, or an example of fees or limits",
		Long: `Prints the commented mpg.toml, with every key and its default. With --words it prints
the words that begin orders, and with --texts everything that is sent and spoken, each in
the form of a file of your own for order.words or texts.file. With --tariff or
--limits it prints an example of a file for tariff.files or limit.files, with every key.`,
		Example: "  mpg conf sample > mpg.toml\n  mpg conf sample --texts > texts.toml",
		Args:    misuse(cobra.NoArgs),
	}
	for flag, one := range samples {
		c.Flags().BoolVar(&one.given, flag, false, one.what)
	}
	c.RunE = func(cmd *cobra.Command, _ []string) error {
		sample, given := conf.Sample(), 0
		for _, one := range samples {
			if one.given {
				sample, given = one.text(), given+1
			}
		}
		if given > 1 {
			return misusedBy(cmd, "--words, --texts, --tariff and --limits are different files; give one of them")
		}
		_, err := io.WriteString(cmd.OutOrStdout(), sample)
		return err
	}
	return c
}
