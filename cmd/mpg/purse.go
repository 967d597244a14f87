package main

import (
	"io"
	"net/url"

	"github.com/spf13/cobra"

	"mpg/engine"
	"mpg/engine/api"
)

func purseCommand() *cobra.Command {
	purse := &cobra.Command{Use: "purse", Short: "move cash into purses"}
	purse.AddCommand(purseTopUp())
	return purse
}

func purseTopUp() *cobra.Command {
	c := &cobra.Command{
		Use:     "topup MSISDN AMOUNT",
		Short:   "cash in, against the operator's float account",
		Example: "  mpg purse topup +8613800000001 500.00 --key till-7-0815",
		Args:    misuse(cobra.ExactArgs(2)),
	}
	addKey(c)
	c.RunE = func(c *cobra.Command, args []string) error {
		d, err := dial(c)
		if err != nil {
			return err
		}
		var p engine.PaymentView
		if err := d.post("/purses/"+url.PathEscape(args[0])+"/topup", keyOf(c), api.TopUp{Amount: args[1]}, &p); err != nil {
			return err
		}
		return showPayment(c, p)
	}
	return c
}

func accountCommand() *cobra.Command {
	account := &cobra.Command{Use: "account", Short: "inspect accounts"}
	account.AddCommand(&cobra.Command{
		Use:     "show NAME",
		Short:   "show an account's balance",
		Example: "  mpg account show purse:+8613800000001\n  mpg account show merchant:8001\n  mpg account show float",
		Args:    misuse(cobra.ExactArgs(1)),
		RunE: func(c *cobra.Command, args []string) error {
			d, err := dial(c)
			if err != nil {
				return err
			}
			var a engine.AccountView
			if err := d.get("/accounts/"+url.PathEscape(args[0]), &a); err != nil {
				return err
			}
			return show(c, a, func(w io.Writer) {
				row(w, "account", a.Account)
				row(w, "posted", a.Posted+" "+a.Currency)
				row(w, "available", a.Available+" "+a.Currency)
			})
		}})
	return account
}
