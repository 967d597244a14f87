package main

import (
	"cmp"
	"io"
	"net/url"

	"github.com/spf13/cobra"

	"mpg/engine/admin"
	"mpg/engine/api"
)

func purseCommand() *cobra.Command {
	purse := &cobra.Command{Use: "purse", Short: "top up purses, correct mistakes, and find unclaimed money"}
	purse.AddCommand(purseTopUp(), purseCorrect(), purseUnclaimed())
	return purse
}

func purseTopUp() *cobra.Command {
	c := &cobra.Command{
		Use:   "topup MSISDN AMOUNT",
		Short: "cash in, against the operator's float account",
		Long: `Pays AMOUNT in cash into the purse of MSISDN, against the operator's float account; its
owner is told by text. The purse may hold and receive no more than its owner's limits allow
(rows with direction = "in" of limit.files), in which cash counts like what others send. It
takes two people if the purse is then topped up by more than approval.topup_above of
mpg.toml in one day.`,
		Example: "  mpg purse topup +8613800000001 500.00 --key till-7-0815",
		Args:    misuse(cobra.ExactArgs(2)),
	}
	addKey(c)
	c.RunE = func(cmd *cobra.Command, args []string) error {
		if err := cmp.Or(checkNumber(cmd, args[0]), checkAmount(cmd, args[1])); err != nil {
			return err
		}
		var p admin.PaymentView
		return changeOrWait(cmd, "/purses/"+url.PathEscape(args[0])+"/topup", api.TopUp{Amount: args[1]}, &p, func() error { return showPayment(cmd, p) })
	}
	return c
}

func purseCorrect() *cobra.Command {
	var in api.Correction
	c := &cobra.Command{
		Use:   "correct REF --reason TEXT",
		Short: "take back a mistaken top-up, or a mistaken funding of an agent",
		Long: `Takes back the top-up REF, or the funding REF of an agent (mpg merchant fund), by an
entry of its own: the purse, or the agent, pays the float, and the subscriber or agent is
told by text. What is taken back no longer counts in what the purse has received. Money
that has been spent is not taken from later top-ups: such a correction is refused, or with
--part takes what is left. Once there is staff it takes two people.`,
		Example: `  mpg purse correct PLYSSAYH --reason "500 keyed as 5000" --key fix-7-0815`,
		Args:    misuse(refArgs),
	}
	c.Flags().StringVar(&in.Reason, "reason", "", "why; kept for auditors")
	c.Flags().BoolVar(&in.Part, "part", false, "take back only what is left of it")
	addKey(c)
	c.RunE = func(cmd *cobra.Command, args []string) error {
		if err := needFlag(cmd, "reason", in.Reason); err != nil {
			return err
		}
		var p admin.PaymentView
		return changeOrWait(cmd, "/topups/"+url.PathEscape(refArg(args))+"/correct", in, &p, func() error { return showPayment(cmd, p) })
	}
	return c
}

func accountCommand() *cobra.Command {
	account := &cobra.Command{Use: "account", Short: "inspect accounts"}
	account.AddCommand(&cobra.Command{
		Use:   "show NAME",
		Short: "show an account's balance",
		Long: `Shows what an account holds. The accounts are purse:NUMBER; of a shop merchant:CODE,
held:CODE (what is held back of its money) and receivable:CODE (what it owes); of a bank
bank:NAME, card:NAME (what it owes for cards), transit:NAME and suspense:NAME; and the
operator's own: float, fees, tax, losses and unclaimed. One that no money has passed
through may not have been opened yet.`,
		Example: "  mpg account show purse:+8613800000001\n  mpg account show merchant:8001\n  mpg account show float",
		Args:    misuse(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error {
			d, err := dial(cmd)
			if err != nil {
				return err
			}
			var a admin.AccountView
			if err := d.get("/accounts/"+url.PathEscape(args[0]), &a); err != nil {
				return err
			}
			return show(cmd, a, func(out io.Writer) {
				row(out, "account", a.Account)
				row(out, "posted", a.Posted+" "+a.Currency)
				row(out, "available", a.Available+" "+a.Currency)
				if a.Closed {
					row(out, "closed", "yes; nothing can be paid into it or out of it")
				}
			})
		}}, accountStatement())
	return account
}
