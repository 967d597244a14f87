package main

import (
	"io"
	"net/url"
	"strconv"

	"github.com/spf13/cobra"

	"mpg/engine/admin"
	"mpg/engine/api"
)

func bankTotalsCommand() *cobra.Command {
	var day string
	var send bool
	c := &cobra.Command{
		Use: "totals BANK", Short: "show what was booked under a business date of a bank, or compare it with the bank",
		Long: `Adds up the requests to BANK under one of its business dates: how many debits and
credits, how many of them were undone, and their sums. The date of a request is the one
that the bank gave in its answer. Requests that are still undecided are listed, and count
only once they are decided. Those that the bank has undone but never answered are listed as
well: it has not said under which date it booked them, if it did. They count under the date
on which it undid them. Without --day, the totals are of the date that is open at the bank:
that of its latest answers, or the day after the one that it closed last.

With --send, the totals are sent to the bank (ISO 8583, 0500), which answers whether they
agree with its own. A difference that the listed requests explain is no break. Any other is
kept as one, with both totals: see mpg bank breaks. A bank may answer only that it does not
agree, and give no totals of its own; ask it for them. Sending the totals again is harmless;
those of a date that has not begun are not sent.`,
		Example: `  mpg bank totals icbc
  mpg bank totals icbc --day 2026-11-26 --send`,
		Args: misuse(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error {
			path := "/banks/" + url.PathEscape(args[0]) + "/totals"
			var totals admin.DayTotalsView
			if send {
				if err := change(cmd, path, api.Day{Day: day}, &totals); err != nil {
					return err
				}
			} else {
				d, err := dial(cmd)
				if err != nil {
					return err
				}
				if day != "" {
					path += "?day=" + url.QueryEscape(day)
				}
				if err := d.get(path, &totals); err != nil {
					return err
				}
			}
			return show(cmd, totals, func(out io.Writer) { showTotals(out, &totals) })
		}}
	c.Flags().StringVar(&day, "day", "", "business date of the bank, such as 2026-11-26; if not given, the one that is open there")
	c.Flags().BoolVar(&send, "send", false, "tell the bank, and compare")
	addKey(c)
	return c
}

// showTotals prints the totals of a day, a row for each side.
func showTotals(out io.Writer, totals *admin.DayTotalsView) {
	row(out, totals.Bank, totals.Day)
	row(out, "CURRENCY", "SIDE", "DEBITS", "", "UNDONE", "", "CREDITS", "", "UNDONE", "", "NET")
	for _, in := range totals.Totals {
		showSide(out, in.Currency, "mpg", &in.Ours)
		if in.Theirs != nil {
			showSide(out, "", "bank", in.Theirs)
		}
		switch {
		case in.Told == "":
			row(out, "", "not compared")
		case in.Apart:
			row(out, "", "agreed "+seconds(in.Told)+", apart from requests that were open or had no date")
		case in.Balanced:
			row(out, "", "agreed "+seconds(in.Told))
		case in.Theirs == nil:
			row(out, "", "did not agree "+seconds(in.Told)+", and the bank "+noTotals(in.Code)+": mpg bank breaks "+totals.Bank)
		default:
			row(out, "", "did not agree "+seconds(in.Told)+": mpg bank breaks "+totals.Bank)
		}
	}
	for _, open := range totals.Open {
		showUncertain(out, &open, "not decided")
	}
	for _, undated := range totals.Undated {
		showUncertain(out, &undated, "the bank gave no date")
	}
}

// showUncertain prints a request that a bank may count under the day, or not.
func showUncertain(out io.Writer, of *admin.OpenView, why string) {
	row(out, of.Ref, of.State, of.Amount+" "+of.Currency, "rrn "+of.RRN, why)
}

// showSide prints the totals of one side.
func showSide(out io.Writer, currency, side string, of *admin.TotalsView) {
	number := func(n uint64) string { return strconv.FormatUint(n, 10) }
	row(out, currency, side, number(of.DebitCount), of.DebitAmount, number(of.DebitBackCount), of.DebitBack,
		number(of.CreditCount), of.CreditAmount, number(of.CreditBackCount), of.CreditBack, of.Net)
}

func bankBreaksCommand() *cobra.Command {
	var all bool
	c := &cobra.Command{
		Use: "breaks [BANK]", Short: "list what mpg and the banks do not agree on",
		Long: `Lists breaks, by bank and date. totals: the totals of a business date differ. advice: the
bank reports a request that mpg does not know. amount: the bank reports another amount, or
another kind of request, than mpg sent.

A break in totals ends when both sides agree after mpg bank totals --send. People have to
resolve the others: compare them with the bank's records.`,
		Args: misuse(cobra.MaximumNArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error {
			d, err := dial(cmd)
			if err != nil {
				return err
			}
			query := url.Values{}
			if len(args) == 1 {
				query.Set("bank", args[0])
			}
			if all {
				query.Set("all", "1")
			}
			var list []admin.BreakView
			if err := d.get("/breaks?"+query.Encode(), &list); err != nil {
				return err
			}
			return show(cmd, list, func(out io.Writer) {
				row(out, "BANK", "DAY", "KIND", "FOUND", "WHAT")
				for _, one := range list {
					row(out, one.Bank, one.Day, one.Kind, seconds(one.Found), whatBreaks(&one))
				}
			})
		}}
	c.Flags().BoolVar(&all, "all", false, "also list those that have ended")
	return c
}

// noTotals says that a bank that does not agree with our totals gave none of its own, so that
// nobody knows by how much they differ.
func noTotals(code string) string {
	if code != "" {
		code = " (it answered " + code + ")"
	}
	return "gave no totals of its own" + code
}

// whatBreaks says in a few words what a break is about.
func whatBreaks(of *admin.BreakView) string {
	text := "rrn " + of.RRN + ", code " + of.Code + ", " + of.Amount + " " + of.Currency
	if of.Ours != nil {
		text = of.Currency + ": net " + of.Ours.Net + " here"
		if of.Theirs != nil {
			text += ", " + of.Theirs.Net + " at the bank"
		} else {
			text += "; the bank does not agree, and " + noTotals(of.Code)
		}
	}
	if of.Ref != "" {
		text += ", payment " + of.Ref
	}
	if of.Ended != "" {
		text += "; agreed " + seconds(of.Ended)
	}
	return text
}
