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
	c.RunE = func(c *cobra.Command, args []string) error {
		n.Code = args[0]
		if err := needFlag(c, "name", n.Name+n.NameZH); err != nil {
			return err
		}
		if n.Number != "" {
			if err := checkNumber(c, n.Number); err != nil {
				return err
			}
		}
		var m engine.MerchantView
		if err := change(c, "/merchants", n, &m); err != nil {
			return err
		}
		return show(c, m, func(w io.Writer) {
			showRepeat(w, m.Repeated)
			row(w, "code", m.Code)
			row(w, "name", m.Name+" "+m.NameZH)
			row(w, "phone", m.Number)
			row(w, "bank", m.Bank+" "+m.Account)
		})
	}
	return c
}
