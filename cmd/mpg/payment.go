package main

import (
	"cmp"
	"fmt"
	"io"
	"net/url"
	"strings"

	"github.com/spf13/cobra"

	"mpg/engine/acquirer"
	"mpg/engine/admin"
	"mpg/engine/api"
	"mpg/engine/call"
)

func paymentCommand() *cobra.Command {
	payment := &cobra.Command{Use: "payment", Short: "inspect payments, refund or capture them, and resolve those in doubt"}
	payment.AddCommand(paymentShow(), paymentList(), paymentResolve(), paymentRefund(), paymentCapture(), paymentIncrease(), paymentRelease(), paymentChargeback())
	return payment
}

func paymentShow() *cobra.Command {
	return &cobra.Command{Use: "show REF", Short: "show a payment and everything that happened to it", Args: misuse(refArgs),
		RunE: func(cmd *cobra.Command, args []string) error {
			d, err := dial(cmd)
			if err != nil {
				return err
			}
			var p api.PaymentStory
			if err := d.get("/payments/"+url.PathEscape(refArg(args)), &p); err != nil {
				return err
			}
			return show(cmd, p, func(out io.Writer) { paymentRows(out, p) })
		}}
}

// showPayment shows what a command has done to a payment.
func showPayment(cmd *cobra.Command, payment admin.PaymentView) error {
	return show(cmd, payment, func(out io.Writer) { paymentRows(out, api.PaymentStory{PaymentView: payment}) })
}

// paymentRows prints a payment: with its story, or with its states and calls where there is
// none.
func paymentRows(out io.Writer, payment api.PaymentStory) {
	showRepeat(out, payment.Repeated)
	row(out, "ref", payment.Ref)
	row(out, "product", payment.Product)
	row(out, "payer", payment.Payer)
	row(out, "payee", payment.Payee)
	row(out, "amount", payment.Amount+" "+payment.Currency)
	if payment.ByPurse != "" {
		parts := "%s by card, %s from the purse"
		if payment.Product == "refund" {
			parts = "%s to the card, %s to the purse"
		}
		row(out, "of which", fmt.Sprintf(parts, payment.ByCard, payment.ByPurse))
	}
	feeRows(out, payment.FeeView)
	for _, more := range payment.Increases {
		row(out, "increase", more.Amount+" "+payment.Currency+" "+more.State)
	}
	row(out, "result", result(payment.PaymentView))
	if payment.Until != "" {
		row(out, "until", seconds(payment.Until))
	}
	fact(out, "why", payment.Why)
	fact(out, "given back by", payment.Refunds...)
	if payment.Refundable != "" {
		row(out, "refundable", payment.Refundable+" "+payment.Currency)
	}
	if payment.Manager != "" {
		row(out, "ordered by", payment.Manager+", for the shop")
	}
	fact(out, "ends claim of", payment.ClaimOf)
	if claim := payment.Claim; claim != nil {
		row(out, "claim", claimLine(claim))
	}
	storyRows(out, payment)
	if payment.By != nil {
		row(out, "entered by", enteredBy(payment.By))
	}
	for _, request := range payment.Earlier {
		showRequest(out, request)
	}
	if payment.Request != nil {
		showRequest(out, payment.Request)
	}
	if payment.Story != nil {
		row(out, "as of", local(payment.Story.AsOf, zoneOf(payment.Story.Zone))+" "+payment.Story.Zone)
	}
}

// claimLine says what has become of money that waits, or waited, for its payee.
func claimLine(claim *admin.ClaimView) string {
	switch {
	case claim.State == "open":
		return "open until " + seconds(claim.Until)
	case claim.State == "kept" && claim.By != "":
		return "kept, since the payer's purse was closed, and paid out by " + claim.By
	case claim.By != "":
		return claim.State + " by " + claim.By
	}
	return claim.State + ": the payer's purse is closed; mpg purse unclaimed"
}

// feeRows prints what a payment costs, if it costs anything.
func feeRows(out io.Writer, fee admin.FeeView) {
	if fee.Fee == "" {
		return
	}
	row(out, "fee", fmt.Sprintf("%s, of which the payer pays %s and the payee %s", fee.Fee, fee.PayerFee, fee.PayeeFee))
	row(out, "received", fee.Received)
	if fee.Tariff != nil {
		row(out, "by row", fee.Tariff.Row+" of version "+fee.Tariff.Version)
	}
}

// storyRows prints what happened to a payment, in order of time.
func storyRows(out io.Writer, payment api.PaymentStory) {
	if payment.Story != nil {
		zone := zoneOf(payment.Story.Zone)
		for _, event := range payment.Story.Events {
			row(out, local(event.At, zone), event.What)
		}
		return
	}
	for _, s := range payment.Steps {
		row(out, seconds(s.At), s.State)
	}
	for _, call := range payment.Calls {
		row(out, seconds(call.At), "call "+callLine(call))
	}
	fact(out, "no more", payment.Missing)
}

// callLine describes a call that has ended.
func callLine(ended call.View) string {
	line := ended.End
	for _, part := range []struct{ what, value string }{
		{"at step", ended.Step}, {"rang", ended.Rang}, {"talked", ended.Talked}, {"hung up by", ended.HungUp}, {"network says", ended.Text},
	} {
		if part.value != "" {
			line += ", " + part.what + " " + part.value
		}
	}
	for _, part := range []struct {
		what  string
		value int
	}{{"SIP", ended.SIP}, {"Q.850", ended.Cause}, {"wrong PINs", ended.Wrong}} {
		if part.value != 0 {
			line += fmt.Sprintf(", %s %d", part.what, part.value)
		}
	}
	return line
}

// showRequest shows what the bank was asked and what it said.
func showRequest(out io.Writer, request *admin.RequestView) {
	row(out, "bank", request.Bank+" "+request.Kind+" "+request.State)
	row(out, "STAN, RRN", fmt.Sprintf("%06d %s", request.STAN, request.RRN))
	for _, line := range [][2]string{{"granted", request.Granted}, {"code", request.Code}, {"approval", request.AuthID}, {"settles", request.Settlement}, {"cause", request.Cause}} {
		fact(out, line[0], line[1])
	}
	switch {
	case request.Since == "":
	case request.Advice:
		row(out, "told", fmt.Sprintf("%s %s, %s since %s", request.Amount, request.Currency, numbered(request.Tries, "time"), seconds(request.Since)))
	default:
		row(out, "reversals", strings.TrimSuffix(numbered(request.Tries, "attempt")+" since "+seconds(request.Since)+", last answer "+request.Reversal, ", last answer "))
	}
	for _, l := range request.Late {
		row(out, seconds(l.At), "bank says: "+l.Says+" "+l.Code)
	}
	for _, line := range [][2]string{{"in suspense", request.Suspended}, {"written off", request.WrittenOff}} {
		if line[1] != "" {
			row(out, line[0], line[1]+" "+request.Currency)
		}
	}
	if how := request.Resolved; how != nil {
		row(out, seconds(how.At), fmt.Sprintf("resolved as %s by %s: %s", how.As, enteredBy(&admin.ActorView{UID: how.UID, Person: how.Person}), how.Reason))
	}
}

// numbered returns a number of things.
func numbered(count int, what string) string {
	if count == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", count, what)
}

func paymentResolve() *cobra.Command {
	c := &cobra.Command{
		Use:   "resolve REF --as paid|reversed --reason TEXT",
		Short: "end a payment that its bank left in doubt",
		Long: "Ends a payment that is in doubt, or that has been reversing or waiting for a bank's\n" +
			"answer for an hour. Ask its bank first. --as paid: the bank has taken the money, and\n" +
			"the shop is credited. --as reversed: the payer has the money, and nothing is posted;\n" +
			"what the bank has authorised is released. Both are told. Who resolved it, when and\n" +
			"why is recorded.\n\n" +
			"If a bank or card issuer has authorised only part of an order, give that part with\n" +
			"--as paid --amount. The payment then goes on as if the bank had answered so: with the\n" +
			"part, or with the rest from the payer's purse, if the order allows that. Otherwise it is\n" +
			"not paid, and the bank is still asked to release what it holds. Without --amount, what\n" +
			"the bank itself has said counts (payment show calls it granted), or else the whole.\n\n" +
			"A payment that has ended does not change. If a bank pays out after the payer got the\n" +
			"money back, the amount is in suspense:BANK until the bank takes it back (--as reversed);\n" +
			"--as paid then writes it off to the account losses, which always takes two people.",
		Example: "  mpg payment resolve 7HQ3KX9D --as reversed --reason \"bank statement of 25 Nov, call 4711\"",
		Args:    misuse(refArgs),
	}
	as := c.Flags().String("as", "", "paid or reversed")
	reason := c.Flags().String("reason", "", "what the bank said, for the record")
	bank := c.Flags().String("bank", "", "which of its banks left it open (default the first that did)")
	amount := c.Flags().String("amount", "", "how much the bank has authorised, if not all (with --as paid)")
	addKey(c)
	c.RunE = func(cmd *cobra.Command, args []string) error {
		switch {
		case *as != acquirer.ResolvedPaid && *as != acquirer.ResolvedReversed:
			return misusedBy(cmd, "--as is %q; a payment is resolved as %s or as %s", *as, acquirer.ResolvedPaid, acquirer.ResolvedReversed)
		case *amount != "" && *as != acquirer.ResolvedPaid:
			return misusedBy(cmd, "--amount says how much the bank has authorised; it goes with --as %s", acquirer.ResolvedPaid)
		}
		if err := needFlag(cmd, "reason", *reason); err != nil {
			return err
		}
		var p admin.PaymentView
		return changeOrWait(cmd, "/payments/"+url.PathEscape(refArg(args))+"/resolve", api.Resolve{As: *as, Reason: *reason, Bank: *bank, Amount: *amount}, &p, func() error { return showPayment(cmd, p) })
	}
	return c
}

// result is what became of a payment, or how far it is and why, each said once: paid; not
// paid: locked; waiting: line busy. What was corrected or refunded is marked.
func result(payment admin.PaymentView) string {
	said := cmp.Or(payment.Outcome, payment.State)
	if payment.Reason != "" && payment.Reason != said && (payment.Outcome == "" || payment.Reason != "paid") {
		said += ": " + payment.Reason
	}
	switch {
	case payment.Of == "":
	case payment.Product == refunds:
		said += ", refunds " + payment.Of
	case strings.HasPrefix(payment.Product, "late-") || payment.Product == "write-off":
		said += ", after " + payment.Of
	default:
		said += ", takes back " + payment.Of
	}
	return said + givenBack(payment)
}

// givenBack says how much of a payment later ones have given back, and how, if any has. All of
// it needs no amount, unless a card issuer took some of it.
func givenBack(payment admin.PaymentView) string {
	was := "refunded"
	switch {
	case payment.Product == topUps || payment.Product == string(admin.Funding):
		was = "taken back"
	case payment.Charged == payment.Returned:
		was = "charged back"
	}
	switch {
	case payment.Returned == "":
		return ""
	case payment.Charged != "" && payment.Charged != payment.Returned:
		return fmt.Sprintf(", %s given back, of which %s charged back", payment.Returned, payment.Charged)
	case payment.Returned == payment.Amount && payment.Charged == "":
		return ", " + was
	}
	return ", " + payment.Returned + " " + was
}

// Products whose payments are described in other words.
const (
	topUps  = "topup"
	refunds = "refund"
)

// enteredBy names who gave a command.
func enteredBy(by *admin.ActorView) string {
	who := fmt.Sprintf("uid %d", by.UID)
	if by.Person != "" {
		who = by.Person + ", " + who
	}
	if by.Key != "" { // those who see masked data do not see keys
		who += ", key " + by.Key
	}
	return who
}
