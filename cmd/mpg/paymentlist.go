package main

import (
	"github.com/spf13/cobra"

	"mpg/engine/admin"
	"mpg/engine/report"
)

// paymentWanted holds the flags of payment list.
type paymentWanted struct {
	payer, payee, product, state, reason, amount, since, until string
	refused                                                    bool
}

func paymentList() *cobra.Command {
	var w paymentWanted
	c := &cobra.Command{
		Use: "list", Short: "list payments, or orders that were refused", Args: misuse(cobra.NoArgs),
		Long: `Lists payments, newest first. CREATED is when a payment was ordered: the list is sorted
by it, and --since and --until refer to it. With --csv and --json the list also says when
a payment last changed. Each flag narrows the list. --state takes a state, or what has
become of a payment: open, paid, "not paid", returned or unclaimed (its money waits for the
payee to register, so that it is open as well). With --refused the command lists
the orders that were refused, from which no payment began.`,
		Example: `  mpg payment list --payer 13800000001 --since 3d
  mpg payment list --payee 8001 --since 2026-11-25 --until 2026-11-25 --csv >25-nov.csv
  mpg payment list --state doubt
  mpg payment list --state "not paid" --since today
  mpg payment list --refused --reason funds --since today`,
	}
	f := c.Flags()
	f.StringVar(&w.payer, "payer", "", "who pays: a phone number, or the code of a shop that refunds")
	f.StringVar(&w.payee, "payee", "", "who is paid: a phone number, or a shop's code")
	f.StringVar(&w.product, "product", "", "such as mpurse, mdebit, mp2p, topup or refund")
	f.StringVar(&w.state, "state", "", "such as waiting or doubt, or open, paid, not paid, returned or unclaimed")
	f.StringVar(&w.reason, "reason", "", "why it ended, such as \"line busy\"; with --refused why the order was refused, such as funds")
	f.StringVar(&w.amount, "amount", "", "what the payer pays")
	f.BoolVar(&w.refused, "refused", false, "list refused orders")
	periodFlags(c, &w.since, &w.until)
	listFlags(c)
	c.RunE = func(cmd *cobra.Command, _ []string) error {
		if !w.refused {
			return printList(cmd, payments("/payments", w))
		}
		for _, other := range []string{"payee", "product", "state", "amount"} {
			if cmd.Flags().Changed(other) {
				return misusedBy(cmd, "--%s cannot be used with --refused", other)
			}
		}
		return printList(cmd, refusals(w))
	}
	return c
}

// payments returns the list of payments.
func payments(path string, w paymentWanted) listing[report.Payment] {
	type p = report.Payment
	return listing[p]{
		path: path, query: wanted("payer", w.payer, "payee", w.payee, "product", w.product, "state", w.state, "reason", w.reason, "amount", w.amount, "since", w.since, "until", w.until),
		table: []column[p]{
			plain("REF", func(v p) string { return v.Ref }), clock("CREATED", func(v p) string { return v.Created }), plain("AMOUNT", func(v p) string { return v.Amount + " " + v.Currency }),
			plain("PAYER", func(v p) string { return v.Payer }), plain("PAYEE", func(v p) string { return v.Payee }), plain("PRODUCT", func(v p) string { return v.Product }),
			plain("BANK", func(v p) string { return orDash(v.Asked) }), plain("RESULT", resultOf),
		},
		none: "no payment matches; --refused lists the orders from which no payment began",
		fields: []column[p]{
			plain("ref", func(v p) string { return v.Ref }), plain("created", func(v p) string { return v.Created }), plain("updated", func(v p) string { return v.Updated }),
			plain("product", func(v p) string { return v.Product }), plain("state", func(v p) string { return v.State }), plain("outcome", func(v p) string { return v.Outcome }),
			plain("reason", func(v p) string { return v.Reason }), plain("payer", func(v p) string { return v.Payer }), plain("payee", func(v p) string { return v.Payee }),
			plain("amount", func(v p) string { return v.Amount }), plain("received", func(v p) string { return v.Received }), plain("fee", func(v p) string { return v.Fee }),
			plain("returned", func(v p) string { return v.Returned }), plain("currency", func(v p) string { return v.Currency }), written("memo", func(v p) string { return v.Memo }),
			plain("channel", func(v p) string { return v.Channel }), plain("bank", func(v p) string { return v.Bank }), plain("bank_state", func(v p) string { return v.Asked }),
			plain("of", func(v p) string { return v.Of }), written("why", func(v p) string { return v.Why }), plain("person", func(v p) string { return v.Person }),
			plain("charged_back", func(v p) string { return v.Charged }),
		},
	}
}

// resultOf returns the result of a payment for a line of a list.
func resultOf(v report.Payment) string {
	return result(admin.PaymentView{Product: v.Product, State: v.State, Outcome: v.Outcome, Reason: v.Reason, Amount: v.Amount, OriginView: admin.OriginView{Of: v.Of, Returned: v.Returned, Charged: v.Charged}})
}

func orDash(text string) string {
	if text == "" {
		return "-"
	}
	return text
}

// refusals returns the list of refused orders.
func refusals(w paymentWanted) listing[report.Refusal] {
	type r = report.Refusal
	return listing[r]{
		path: "/refusals", query: wanted("payer", w.payer, "reason", w.reason, "since", w.since, "until", w.until),
		table: []column[r]{
			clock("AT", func(v r) string { return v.At }), plain("SENDER", func(v r) string { return v.Sender }), plain("ORDER", orderOf), plain("REFUSED", reasonOf), plain("BECAUSE OF", func(v r) string { return v.Ref }),
		},
		none: "no refused order matches; --state \"not paid\" lists the payments that were not paid",
		fields: []column[r]{
			plain("at", func(v r) string { return v.At }), plain("reason", func(v r) string { return v.Reason }), plain("detail", func(v r) string { return v.Detail }),
			plain("sender", func(v r) string { return v.Sender }), plain("intent", func(v r) string { return v.Intent }), plain("to", func(v r) string { return v.To }),
			plain("amount", func(v r) string { return v.Amount }), plain("currency", func(v r) string { return v.Currency }), plain("source", func(v r) string { return v.Source }),
			plain("short", func(v r) string { return v.Short }), plain("limit", func(v r) string { return v.Over }), plain("ref", func(v r) string { return v.Ref }),
			plain("reply", func(v r) string { return v.Reply }), plain("via", func(v r) string { return v.Via }), plain("short_code", func(v r) string { return v.Code }),
		},
	}
}

// orderOf returns what was understood of a refused order.
func orderOf(v report.Refusal) string {
	order := v.Intent
	for _, part := range []string{v.To, v.Amount, v.Source} {
		if part != "" {
			order += " " + part
		}
	}
	return orDash(order)
}

// reasonOf returns why an order was refused, with the figures that explain it.
func reasonOf(v report.Refusal) string {
	reason := v.Reason
	if v.Detail != "" {
		reason += ": " + v.Detail
	}
	if v.Short != "" {
		reason += ", short by " + v.Short
	}
	if v.Over != "" {
		reason += ", limit " + v.Over
	}
	return reason
}
