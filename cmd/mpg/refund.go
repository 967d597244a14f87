package main

import (
	"net/url"

	"github.com/spf13/cobra"

	"mpg/engine/admin"
	"mpg/engine/api"
)

func paymentRefund() *cobra.Command {
	var in api.Refund
	c := &cobra.Command{
		Use:   "refund REF [AMOUNT] --reason TEXT",
		Short: "have a shop pay its customer back",
		Long: `The shop that was paid pays AMOUNT of REF back, or all that is left of it, by a
payment of its own: into the customer's purse, or, if a bank had paid, into the
bank account. If a card paid and the purse added the rest, the card is paid back
first. What that bank does not accept goes into the purse, whatever its ceiling; if
the purse is closed, mpg purse unclaimed lists it. Both sides are told by text.
Refunds together never exceed what the customer paid for. The fee is returned only
if the row of the tariff says so.

The money comes from the shop's account, then from held:CODE. If they hold too
little, or the shop is closed, nothing is refunded. With --receivable the shop owes
the rest: that takes two people, as does a refund that brings what was refunded of the
payment above approval.refund_above of mpg.toml.`,
		Example: `  mpg payment refund PLYSSAYH --reason "roses were out of stock"
  mpg payment refund PLYSSAYH 28.50 --reason "one vase broken" --key refund-7`,
		Args: misuse(cobra.RangeArgs(1, refGroupsMax+1)),
	}
	c.Flags().StringVar(&in.Reason, "reason", "", "why; kept for auditors")
	c.Flags().BoolVar(&in.Receivable, "receivable", false, "let the shop owe what its accounts do not hold; takes two people")
	addKey(c)
	c.RunE = givesBack("refund", &in.Amount, &in.Reason, &in)
	return c
}

// givesBack runs a command that takes a reference, a reason and perhaps an amount, and that may
// wait for a second person. in is its body, of which amount and reason are members.
func givesBack(path string, amount, reason *string, in any) func(*cobra.Command, []string) error {
	return func(cmd *cobra.Command, args []string) error {
		if err := needFlag(cmd, "reason", *reason); err != nil {
			return err
		}
		var ref string
		ref, *amount = refAndAmount(args)
		var p admin.PaymentView
		return changeOrWait(cmd, "/payments/"+url.PathEscape(ref)+"/"+path, in, &p, func() error { return showPayment(cmd, p) })
	}
}

func paymentCapture() *cobra.Command {
	c := &cobra.Command{
		Use:   "capture REF AMOUNT",
		Short: "capture what a shop charges of an authorised amount",
		Long: `Captures AMOUNT of what is authorised for REF, with the fees on it, and releases the
rest. A payment can be captured once, before it expires; mpg payment show says how
much is authorised. Both sides are told by text.`,
		Example: `  mpg payment capture PLYSSAYH 183.20`,
		Args:    misuse(cobra.RangeArgs(2, refGroupsMax+1)),
	}
	addKey(c)
	c.RunE = ofAmount("capture")
	return c
}

func paymentIncrease() *cobra.Command {
	c := &cobra.Command{
		Use:   "increase REF AMOUNT",
		Short: "have more authorised than was ordered",
		Long: `Asks the bank that has authorised REF to authorise AMOUNT more, with the fees on it: a
hotel guest stays longer, say. Its answer shows in mpg payment show. If it declines or
does not answer, the amount before stays authorised. Otherwise up to the sum of both can
be captured, and all of it expires when the first part does. The payer keys no PIN for it
and is told by text; product.vertical.increase in the configuration limits it, as do the
payer's limits.`,
		Example: `  mpg payment increase PLYSSAYH 120`,
		Args:    misuse(cobra.RangeArgs(2, refGroupsMax+1)),
	}
	addKey(c)
	c.RunE = ofAmount("increase")
	return c
}

// ofAmount runs a command that takes a reference and an amount.
func ofAmount(path string) func(*cobra.Command, []string) error {
	return func(cmd *cobra.Command, args []string) error {
		ref, amount := refAndAmount(args)
		if err := checkAmount(cmd, amount); err != nil {
			return err
		}
		var p admin.PaymentView
		if err := change(cmd, "/payments/"+url.PathEscape(ref)+"/"+path, api.Capture{Amount: amount}, &p); err != nil {
			return err
		}
		return showPayment(cmd, p)
	}
}

func paymentRelease() *cobra.Command {
	c := &cobra.Command{
		Use:   "release REF",
		Short: "release all of an authorised amount",
		Long: `Releases what is authorised for REF: nothing is taken. A bank that has authorised it
is told so until it confirms. Both sides are told by text.`,
		Example: `  mpg payment release PLYSSAYH`,
		Args:    misuse(refArgs),
	}
	addKey(c)
	c.RunE = func(cmd *cobra.Command, args []string) error {
		var p admin.PaymentView
		if err := change(cmd, "/payments/"+url.PathEscape(refArg(args))+"/release", struct{}{}, &p); err != nil {
			return err
		}
		return showPayment(cmd, p)
	}
	return c
}

func paymentChargeback() *cobra.Command {
	var in api.Chargeback
	c := &cobra.Command{
		Use:   "chargeback REF [AMOUNT] --reason TEXT",
		Short: "record that a card issuer has taken money back from a shop",
		Long: `Records that the issuer of the card that paid REF has taken back AMOUNT, or, without an
AMOUNT, all that is left of the payment. The shop bears it: it comes from the shop's
account, then from held:CODE, and the shop owes the rest (receivable:CODE). Chargebacks
and refunds together never exceed what was captured. Where the purse paid a part,
chargebacks and refunds to the card never exceed what the card paid. It always takes two people.
The shop is told by text.`,
		Example: `  mpg payment chargeback PLYSSAYH --reason "issuer case 2026-1182, goods not received"`,
		Args:    misuse(cobra.RangeArgs(1, refGroupsMax+1)),
	}
	c.Flags().StringVar(&in.Reason, "reason", "", "why, such as the issuer's case number; kept for auditors")
	addKey(c)
	c.RunE = givesBack("chargeback", &in.Amount, &in.Reason, &in)
	return c
}
