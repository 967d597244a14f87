package main

import (
	"io"
	"net/url"

	"github.com/spf13/cobra"

	"mpg/engine/admin"
	"mpg/engine/api"
)

func merchantReceivable() *cobra.Command {
	c := &cobra.Command{
		Use:   "receivable",
		Short: "list what shops owe, and record that it is paid or written off",
		Long: `Lists the shops that owe the operator money, or have owed it: what a refund with
--receivable or a chargeback took from them beyond what their accounts held. A shop that
owes money cannot be closed; a closed shop may still come to owe money.`,
		Args: misuse(cobra.NoArgs),
		RunE: listReceivables,
	}
	c.AddCommand(&cobra.Command{Use: "list", Short: "list what shops owe", Long: c.Long, Args: misuse(cobra.NoArgs), RunE: listReceivables},
		debtPaid(), debtOff())
	return c
}

func debtPaid() *cobra.Command {
	var in api.Clearing
	c := clearing(&in, "paid", "record that a shop has paid what it owes, or take it from its account",
		`Records that the shop CODE has paid AMOUNT of what it owes, in cash or by a transfer to the
operator: the float account grows, and the shop owes that much less. With --from-account the
AMOUNT is taken from the shop's account instead: nothing that comes in there pays a debt by
itself, and an agent could still hand it out as cash. If the account holds less than AMOUNT,
nothing is taken. It takes two people. The shop is told by text, with what is left to pay.`,
		"the shop paid at the counter, slip 4711")
	c.Example += `
  mpg merchant receivable paid 8001 28.50 --from-account --reason "chargeback of 25 November"`
	c.Flags().BoolVar(&in.FromAccount, "from-account", false, "take it from the shop's account")
	return c
}

func debtOff() *cobra.Command {
	var in api.Clearing
	return clearing(&in, "write-off", "write off what a shop will not pay",
		`Writes off AMOUNT of what the shop CODE owes: the account losses bears it, and the shop
owes that much less. It takes two people and cannot be undone: what a shop pays after all
is not recorded here. The shop is not told.`,
		"bankrupt, file 2026-117")
}

// listReceivables lists what shops owe.
func listReceivables(cmd *cobra.Command, _ []string) error {
	d, err := dial(cmd)
	if err != nil {
		return err
	}
	var all []admin.DebtView
	if err := d.get("/receivables", &all); err != nil {
		return err
	}
	return show(cmd, all, func(out io.Writer) {
		if len(all) == 0 {
			row(out, "no shop has owed anything")
			return
		}
		row(out, "SHOP", "NAME", "OWES", "PAID", "WRITTEN OFF", "CLOSED")
		for _, one := range all {
			closed := "no"
			if one.Closed != "" {
				closed = seconds(one.Closed)
			}
			row(out, one.Code, one.Name, one.Owes+" "+one.Currency, one.Paid, one.WrittenOff, closed)
		}
	})
}

// clearing returns a command that has a shop owe less, and that sends in.
func clearing(in *api.Clearing, verb, short, long, reason string) *cobra.Command {
	c := &cobra.Command{
		Use:     verb + " CODE AMOUNT --reason TEXT",
		Short:   short,
		Long:    long,
		Example: "  mpg merchant receivable " + verb + ` 8001 28.50 --reason "` + reason + `"`,
		Args:    misuse(cobra.ExactArgs(2)),
	}
	c.Flags().StringVar(&in.Reason, "reason", "", "why; kept for auditors")
	addKey(c)
	c.RunE = func(cmd *cobra.Command, args []string) error {
		if err := needFlag(cmd, "reason", in.Reason); err != nil {
			return err
		}
		if err := checkAmount(cmd, args[1]); err != nil {
			return err
		}
		in.Amount = args[1]
		var p admin.PaymentView
		return changeOrWait(cmd, "/merchants/"+url.PathEscape(args[0])+"/receivable/"+verb, in, &p, func() error { return showPayment(cmd, p) })
	}
	return c
}
