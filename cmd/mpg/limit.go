package main

import (
	"fmt"
	"io"
	"net/url"

	"github.com/spf13/cobra"

	"mpg/engine/admin"
	"mpg/engine/limit"
	"mpg/engine/payment"
)

func limitCommand() *cobra.Command {
	c := &cobra.Command{Use: "limit", Short: "show how much subscribers may pay"}
	c.AddCommand(limitTest())
	return c
}

func limitTest() *cobra.Command {
	var product, shop, to string
	c := &cobra.Command{
		Use:   "test MSISDN AMOUNT [--product NAME]",
		Short: "compare a payment with each limit that its payer has now",
		Long: `Asks the daemon to compare a payment by a subscriber with each limit: how much of the
limit has been used, and whether it would refuse the payment. The fee counts as well.
Nothing is ordered. With --to, and with --product bankin, the limits on what a purse may
hold and receive are shown as well. If the payee is not registered, it says what would
become of the money.`,
		Example: "  mpg limit test +8613800000001 500\n  mpg limit test +8613800000001 500 --to +8613800000002",
		Args:    misuse(cobra.ExactArgs(2)),
	}
	c.Flags().StringVar(&product, "product", "mpurse", "how it is paid: "+productNames()+"; with --to it is mp2p")
	c.Flags().StringVar(&shop, "merchant", "", "code of the shop that is paid, or of the agent")
	c.Flags().StringVar(&to, "to", "", "number of the person who is paid")
	c.RunE = func(cmd *cobra.Command, args []string) error {
		if err := checkNumber(cmd, args[0]); err != nil {
			return err
		}
		if to != "" && !cmd.Flags().Changed("product") {
			product = string(payment.MP2P)
		}
		by, err := productOf(cmd, product)
		switch {
		case err != nil:
			return err
		case to != "" && (by.PaysShop || by.Own):
			return misusedBy(cmd, "--to is a person, whom %s does not pay; leave --product out, or give --product %s", product, payment.MP2P)
		case shop != "" && to != "" && !by.HasShop:
			return misusedBy(cmd, "--merchant and --to are two payees; give one of them")
		case shop != "" && !by.HasShop:
			return noShopIn(cmd, by)
		}
		d, err := dial(cmd)
		if err != nil {
			return err
		}
		query := url.Values{"amount": {args[1]}, "product": {product}, "merchant": {shop}, "to": {to}}
		var v admin.LimitTestView
		if err := d.get("/users/"+url.PathEscape(args[0])+"/limits?"+query.Encode(), &v); err != nil {
			return err
		}
		return show(cmd, v, func(out io.Writer) { limitRows(out, v) })
	}
	return c
}

// limitRows prints how a payment compares with each limit.
func limitRows(out io.Writer, v admin.LimitTestView) {
	row(out, "payer", fmt.Sprintf("%s, tier %d", v.Number, v.Tier))
	fact(out, "payee", v.Payee)
	row(out, "would pay", fmt.Sprintf("%s by %s, counted on %s", v.Charged, v.Product, v.Date))
	row(out, "result", map[bool]string{true: "within the limits", false: "refused"}[v.Allowed])
	for _, one := range v.Limits {
		kind, what := one.Kind, fmt.Sprintf("%s of %s used", one.Used, one.Limit)
		switch limit.Kind(one.Kind) { // each payment is compared with these by itself
		case limit.Min:
			what = "at least " + one.Limit + " at once"
		case limit.Max:
			what = "at most " + one.Limit + " at once"
		}
		if one.PerPayee {
			kind += " per payee"
		}
		if one.Rolling {
			kind += ", rolling"
		}
		if one.Incoming {
			kind += " of the payee, incoming"
		}
		switch {
		case one.Instead != "":
			what = one.Limit + "; " + one.Instead + " holds in its place"
		case one.Exceeded:
			what += map[bool]string{true: ": too little", false: ": exceeded"}[limit.Kind(one.Kind) == limit.Min]
		}
		row(out, kind, what, one.Row+" ("+one.Place+")")
	}
}
