package main

import (
	"io"
	"net/url"

	"github.com/spf13/cobra"

	"mpg/engine"
)

func paymentCommand() *cobra.Command {
	payment := &cobra.Command{Use: "payment", Short: "inspect payments"}
	payment.AddCommand(paymentShow(), paymentList())
	return payment
}

func paymentShow() *cobra.Command {
	return &cobra.Command{Use: "show REF", Short: "show a payment and every state it has been in", Args: misuse(cobra.ExactArgs(1)),
		RunE: func(c *cobra.Command, args []string) error {
			d, err := dial(c)
			if err != nil {
				return err
			}
			var p engine.PaymentView
			if err := d.get("/payments/"+url.PathEscape(args[0]), &p); err != nil {
				return err
			}
			return showPayment(c, p)
		}}
}

func showPayment(c *cobra.Command, p engine.PaymentView) error {
	return show(c, p, func(w io.Writer) {
		row(w, "ref", p.Ref)
		row(w, "product", p.Product)
		row(w, "payer", p.Payer)
		row(w, "payee", p.Payee)
		row(w, "amount", p.Amount+" "+p.Currency)
		row(w, "state", p.State+" "+p.Outcome)
		row(w, "reason", p.Reason)
		for _, s := range p.Steps {
			row(w, seconds(s.At), s.State)
		}
	})
}

func paymentList() *cobra.Command {
	return &cobra.Command{Use: "list", Short: "list all payments", Args: misuse(cobra.NoArgs),
		RunE: func(c *cobra.Command, _ []string) error {
			d, err := dial(c)
			if err != nil {
				return err
			}
			var list []engine.PaymentView
			if err := d.get("/payments", &list); err != nil {
				return err
			}
			return show(c, list, func(w io.Writer) {
				row(w, "REF", "PRODUCT", "PAYER", "PAYEE", "AMOUNT", "STATE", "OUTCOME", "REASON", "UPDATED")
				for _, p := range list {
					row(w, p.Ref, p.Product, p.Payer, p.Payee, p.Amount+" "+p.Currency, p.State, p.Outcome, p.Reason, seconds(p.Updated))
				}
			})
		}}
}
