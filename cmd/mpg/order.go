package main

import (
	"cmp"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"mpg/engine/intent"
	"mpg/engine/lang"
	"mpg/engine/order"
	"mpg/store/money"
)

func orderCommand() *cobra.Command {
	o := &cobra.Command{Use: "order", Short: "try how texts are read"}
	o.AddCommand(orderParse())
	return o
}

func orderParse() *cobra.Command {
	var currency, country string
	c := &cobra.Command{
		Use:     "parse TEXT",
		Short:   "show how a text is read; needs no daemon",
		Example: "  mpg order parse pay 8001 128.50\n  mpg order parse 'pay 8001 128.50 bank' --json\n  mpg order parse 付8001一百二十八元五角",
		Args:    misuse(cobra.MinimumNArgs(1)),
		RunE: func(c *cobra.Command, args []string) error {
			cur, ok := money.Lookup(currency)
			if !ok {
				return misused{errCurrency(currency)}
			}
			o, refusal := order.Grammar{Currency: cur, Country: country}.Parse(strings.Join(args, " "))
			if refusal != nil {
				if err := show(c, refusal, func(w io.Writer) { printRefusal(w, refusal) }); err != nil {
					return err
				}
				return silent{exitRefused}
			}
			return show(c, o, func(w io.Writer) { printOrder(w, o, cur) })
		}}
	c.Flags().StringVar(&currency, "currency", "CNY", "currency of amounts without one")
	c.Flags().StringVar(&country, "country", "CN", "country whose rules read numbers without a +")
	return c
}

func printRefusal(w io.Writer, r *order.Refusal) {
	row(w, "refused", string(r.Reason))
	if r.Reason != order.Confirms { // that one is told the question that waits
		text, a := intent.Misread(r)
		row(w, "the sender gets", lang.SMS(cmp.Or(r.Written, lang.EN), text, a))
	}
	if r.Meant != "" {
		row(w, "meant", string(r.Meant))
	}
	row(w, "nearest form", r.Hint)
}

func printOrder(w io.Writer, o order.Order, c money.Currency) {
	row(w, "intent", string(o.Intent))
	for _, cell := range [][2]string{{"to", o.To}, {"source", string(o.Source)}, {"memo", o.Memo}, {"language", string(o.Language)}} {
		if cell[1] != "" {
			row(w, cell[0], cell[1])
		}
	}
	if o.Amount != 0 {
		row(w, "amount", c.Format(o.Amount)+" "+o.Currency.Code)
	}
}
