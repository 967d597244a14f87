package main

import (
	"io"

	"github.com/spf13/cobra"

	"mpg/engine"
	"mpg/engine/api"
)

func merchantCommand() *cobra.Command {
	merchant := &cobra.Command{Use: "merchant", Short: "register shops"}
	merchant.AddCommand(merchantAdd())
	return merchant
}

func merchantAdd() *cobra.Command {
	var n api.NewMerchant
	c := &cobra.Command{
		Use:     "add CODE --name NAME",
		Short:   "register a shop under a code of 4 to 6 digits",
		Example: `  mpg merchant add 8001 --name "BLUEBIRD FLORIST" --name-zh 蓝鸟花店 --phone +8613800008001`,
		Args:    misuse(cobra.ExactArgs(1)),
	}
	f := c.Flags()
	f.StringVar(&n.Name, "name", "", "name in Latin letters; a Chinese one goes into --name-zh")
	f.StringVar(&n.NameZH, "name-zh", "", "name in Chinese characters")
	f.StringVar(&n.Number, "phone", "", "number that gets the receipts")
	f.StringVar(&n.Bank, "bank", "", "name of a [[bank]] in the configuration")
	f.StringVar(&n.BankAccount, "bank-account", "", "the shop's account there")
	addKey(c)
	c.RunE = func(cmd *cobra.Command, args []string) error {
		n.Code = args[0]
		if err := needFlag(cmd, "name", n.Name+n.NameZH); err != nil {
			return err
		}
		if n.Number != "" {
			if err := checkNumber(cmd, n.Number); err != nil {
				return err
			}
		}
		var m engine.MerchantView
		if err := change(cmd, "/merchants", n, &m); err != nil {
			return err
		}
		return show(cmd, m, func(out io.Writer) {
			showRepeat(out, m.Repeated)
			row(out, "code", m.Code)
			row(out, "name", m.Name+" "+m.NameZH)
			row(out, "phone", m.Number)
			row(out, "bank", m.Bank+" "+m.Account)
		})
	}
	return c
}
