package main

import (
	"io"
	"net/url"

	"github.com/spf13/cobra"

	"mpg/engine/admin"
	"mpg/engine/api"
)

func purseUnclaimed() *cobra.Command {
	c := &cobra.Command{
		Use:   "unclaimed",
		Short: "list money whose owner's purse is closed, or pay it out",
		Long: `Lists what was refunded or handed back to subscribers whose purses are closed, oldest
first: the payment that brought it, whose it is, and since when it has been waiting.
The money is in the account named unclaimed. What has been paid out is left out, unless
--all is given.`,
		Args: misuse(cobra.NoArgs),
		RunE: listUnclaimed,
	}
	c.Flags().Bool("all", false, "also list what has been paid out")
	list := &cobra.Command{Use: "list", Short: "list what waits", Long: c.Long, Args: misuse(cobra.NoArgs), RunE: listUnclaimed}
	list.Flags().Bool("all", false, "also list what has been paid out")
	c.AddCommand(list, unclaimedPay())
	return c
}

// listUnclaimed lists unclaimed money.
func listUnclaimed(cmd *cobra.Command, _ []string) error {
	whole, err := cmd.Flags().GetBool("all")
	if err != nil {
		return err
	}
	d, err := dial(cmd)
	if err != nil {
		return err
	}
	all := []admin.UnclaimedView{}
	for page, err := range booksPages[admin.UnclaimedView](d, "/unclaimed") {
		if err != nil {
			return err
		}
		for _, one := range page {
			if whole || one.By == "" {
				all = append(all, one)
			}
		}
	}
	return show(cmd, all, func(out io.Writer) {
		if len(all) == 0 {
			row(out, "no money is waiting for subscribers whose purses are closed")
			row(out, "what waits for numbers that are not registered: mpg payment list --state unclaimed")
		}
		for _, one := range all {
			since := "since " + seconds(one.Since)
			if one.By != "" {
				since += ", paid out " + seconds(one.Ended) + " by " + one.By
			}
			row(out, one.Ref, one.Number, one.Amount+" "+one.Currency, since)
		}
	})
}

func unclaimedPay() *cobra.Command {
	var in api.PayUnclaimed
	c := &cobra.Command{
		Use:   "pay REF --reason TEXT",
		Short: "pay unclaimed money out to its owner",
		Long: `Pays out the unclaimed money that payment REF brought: into its owner's purse, if that
is open again, otherwise in cash, which the owner must have been given. It takes two
people.`,
		Example: `  mpg purse unclaimed pay PLYSSAYH --reason "came to the counter with an identity card"`,
		Args:    misuse(refArgs),
	}
	c.Flags().StringVar(&in.Reason, "reason", "", "why; kept for auditors")
	addKey(c)
	c.RunE = func(cmd *cobra.Command, args []string) error {
		if err := needFlag(cmd, "reason", in.Reason); err != nil {
			return err
		}
		var p admin.PaymentView
		return changeOrWait(cmd, "/unclaimed/"+url.PathEscape(refArg(args))+"/pay", in, &p, func() error { return showPayment(cmd, p) })
	}
	return c
}
