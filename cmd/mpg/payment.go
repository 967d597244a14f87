package main

import (
	"cmp"
	"fmt"
	"io"
	"net/url"

	"github.com/spf13/cobra"

	"mpg/engine"
	"mpg/engine/acquirer"
	"mpg/engine/api"
)

func paymentCommand() *cobra.Command {
	payment := &cobra.Command{Use: "payment", Short: "inspect payments, and resolve those in doubt"}
	payment.AddCommand(paymentShow(), paymentList(), paymentResolve())
	return payment
}

func paymentShow() *cobra.Command {
	return &cobra.Command{Use: "show REF", Short: "show a payment: its states, its calls, what its bank said", Args: misuse(refArgs),
		RunE: func(c *cobra.Command, args []string) error {
			d, err := dial(c)
			if err != nil {
				return err
			}
			var p engine.PaymentView
			if err := d.get("/payments/"+url.PathEscape(refArg(args)), &p); err != nil {
				return err
			}
			return showPayment(c, p)
		}}
}

func showPayment(c *cobra.Command, p engine.PaymentView) error {
	return show(c, p, func(w io.Writer) {
		showRepeat(w, p.Repeated)
		row(w, "ref", p.Ref)
		row(w, "product", p.Product)
		row(w, "payer", p.Payer)
		row(w, "payee", p.Payee)
		row(w, "amount", p.Amount+" "+p.Currency)
		row(w, "result", result(p))
		if p.Of != "" {
			row(w, "why", p.Why)
		}
		for _, s := range p.Steps {
			row(w, seconds(s.At), s.State)
		}
		for _, call := range p.Calls {
			row(w, seconds(call.At), "call "+callLine(call))
		}
		if p.By != nil {
			row(w, "entered by", fmt.Sprintf("uid %d, key %s", p.By.UID, p.By.Key))
		}
		if p.Request != nil {
			showRequest(w, p.Request)
		}
	})
}

// callLine describes a call that has ended.
func callLine(c engine.CallView) string {
	line := c.End
	for _, part := range []struct{ what, value string }{
		{"at step", c.Step}, {"rang", c.Rang}, {"talked", c.Talked}, {"hung up by", c.HungUp}, {"network says", c.Text},
	} {
		if part.value != "" {
			line += ", " + part.what + " " + part.value
		}
	}
	for _, part := range []struct {
		what  string
		value int
	}{{"SIP", c.SIP}, {"Q.850", c.Cause}, {"wrong PINs", c.Wrong}} {
		if part.value != 0 {
			line += fmt.Sprintf(", %s %d", part.what, part.value)
		}
	}
	return line
}

// showRequest shows what the bank was asked and what it said.
func showRequest(w io.Writer, r *engine.RequestView) {
	row(w, "bank", r.Bank+" "+r.State)
	row(w, "STAN, RRN", fmt.Sprintf("%06d %s", r.STAN, r.RRN))
	for _, line := range [][2]string{{"code", r.Code}, {"approval", r.AuthID}, {"settles", r.Settlement}, {"cause", r.Cause}} {
		if line[1] != "" {
			row(w, line[0], line[1])
		}
	}
	if r.Since != "" {
		row(w, "reversals", fmt.Sprintf("%d tries since %s, last answer %q", r.Tries, seconds(r.Since), r.Reversal))
	}
	for _, l := range r.Late {
		row(w, seconds(l.At), "bank says: "+l.Says+" "+l.Code)
	}
	if how := r.Resolved; how != nil {
		row(w, seconds(how.At), fmt.Sprintf("resolved as %s by uid %d: %s", how.As, how.UID, how.Reason))
	}
}

func paymentResolve() *cobra.Command {
	c := &cobra.Command{
		Use:   "resolve REF --as paid|reversed --reason TEXT",
		Short: "end a payment that its bank left in doubt",
		Long: "Ends a payment in doubt, or one that has been reversing for an hour, once you\n" +
			"have asked its bank. --as paid: the bank has taken the money, and the shop is\n" +
			"credited. --as reversed: the payer has the money, and nothing is posted. Both\n" +
			"are told. Who resolved it, when and why is kept.",
		Example: "  mpg payment resolve 7HQ3KX9D --as reversed --reason \"bank statement of 25 Nov, call 4711\"",
		Args:    misuse(refArgs),
	}
	as := c.Flags().String("as", "", "paid or reversed")
	reason := c.Flags().String("reason", "", "what the bank said, for the record")
	addKey(c)
	c.RunE = func(c *cobra.Command, args []string) error {
		if *as != acquirer.ResolvedPaid && *as != acquirer.ResolvedReversed {
			return misusedBy(c, "--as is %q; a payment is resolved as %s or as %s", *as, acquirer.ResolvedPaid, acquirer.ResolvedReversed)
		}
		if err := needFlag(c, "reason", *reason); err != nil {
			return err
		}
		var p engine.PaymentView
		if err := change(c, "/payments/"+url.PathEscape(refArg(args))+"/resolve", api.Resolve{As: *as, Reason: *reason}, &p); err != nil {
			return err
		}
		return showPayment(c, p)
	}
	return c
}

// result is what became of a payment, or how far it is and why, each said once: paid;
// not paid: locked; waiting: line busy. What was taken back is marked.
func result(p engine.PaymentView) string {
	said := cmp.Or(p.Outcome, p.State)
	if p.Reason != "" && p.Reason != said {
		said += ": " + p.Reason
	}
	if p.Of != "" {
		said += ", takes back " + p.Of
	}
	switch p.Returned {
	case "":
	case p.Amount:
		said += ", taken back"
	default:
		said += ", " + p.Returned + " taken back"
	}
	return said
}

// bankState returns how far the request to a bank has come.
func bankState(p engine.PaymentView) string {
	if p.Request == nil {
		return "-"
	}
	return p.Request.State
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
				row(w, "REF", "UPDATED", "AMOUNT", "PAYER", "PAYEE", "PRODUCT", "BANK", "RESULT")
				for _, p := range list {
					row(w, p.Ref, seconds(p.Updated), p.Amount+" "+p.Currency, p.Payer, p.Payee, p.Product, bankState(p), result(p))
				}
			})
		}}
}
