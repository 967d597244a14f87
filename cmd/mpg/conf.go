package main

import (
	"io"

	"github.com/spf13/cobra"

	"mpg/conf"
	"mpg/engine/lang"
	"mpg/engine/order"
)

func confCommand() *cobra.Command {
	c := &cobra.Command{Use: "conf", Short: "the configuration file"}
	c.AddCommand(confSample())
	return c
}

func confSample() *cobra.Command {
	var words, texts bool
	c := &cobra.Command{
		Use:   "sample [--words | --texts]",
		Short: "print the commented mpg.toml, or the built-in words or texts",
		Long: `Prints the commented mpg.toml, with every key and its default. With --words it prints
the words that begin orders, and with --texts everything that is sent and spoken, each in
the form of a file of your own for order.words or texts.file.`,
		Example: "  mpg conf sample > mpg.toml\n  mpg conf sample --texts > texts.toml",
		Args:    misuse(cobra.NoArgs),
	}
	c.Flags().BoolVar(&words, "words", false, "the built-in words of orders")
	c.Flags().BoolVar(&texts, "texts", false, "the built-in texts and spoken sentences")
	c.RunE = func(cmd *cobra.Command, _ []string) error {
		sample := conf.Sample()
		switch {
		case words && texts:
			return misusedBy(cmd, "--words and --texts are two files; give one of them")
		case words:
			sample = order.Sample()
		case texts:
			sample = lang.Sample()
		}
		_, err := io.WriteString(cmd.OutOrStdout(), sample)
		return err
	}
	return c
}
