package main

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"net/url"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"mpg/engine/report"
)

func accountStatement() *cobra.Command {
	var since, until string
	c := &cobra.Command{
		Use: "statement NAME", Short: "list what passed through an account, by day, with its balances", Args: misuse(cobra.ExactArgs(1)),
		Long: `Lists what was posted to an account, oldest first, with the balance before and after
and the sums of each local day. In statements of adjoining periods each entry appears
once, and each statement begins with the balance with which the one before it ends.

NAME is purse:NUMBER for a subscriber, with the number in any spelling, merchant:CODE for
a shop, bank:NAME for what a bank owes, float for the cash that the operator took in, or
fees.`,
		Example: `  mpg account statement purse:+8613800000001 --since 7d
  mpg account statement merchant:8001 --since 2026-11-25 --until 2026-11-25 --csv`,
	}
	periodFlags(c, &since, &until)
	listFlags(c)
	c.RunE = func(cmd *cobra.Command, args []string) error {
		path := "/accounts/" + url.PathEscape(args[0]) + "/statement"
		if asCSV, _ := cmd.Flags().GetBool("csv"); asCSV {
			return statementCSV(cmd, path, wanted("since", since, "until", until))
		}
		return printList(cmd, statement(path, wanted("since", since, "until", until)))
	}
	return c
}

// statement returns an account's statement as a list.
func statement(path string, query url.Values) listing[report.Entry] {
	type e = report.Entry
	return listing[e]{
		path: path, query: query, head: statementHead,
		table: []column[e]{
			clock("AT", func(v e) string { return v.At }), plain("WHAT", func(v e) string { return v.What }), plain("AMOUNT", func(v e) string { return v.Amount }),
			plain("BALANCE", func(v e) string { return v.Balance }), plain("REF", func(v e) string { return v.Ref }), plain("WITH", func(v e) string { return v.Other }),
		},
	}
}

// statementHead prints the sums of a statement before its first page.
func statementHead(out io.Writer, page json.RawMessage, zone *time.Location) error {
	var s report.Statement
	if err := json.Unmarshal(page, &s); err != nil || s.Totals == nil {
		return err
	}
	var text strings.Builder
	row(&text, "account", s.Account)
	row(&text, "currency", s.Currency)
	for _, end := range [][2]string{{"since", s.Since}, {"until", s.Until}} {
		if end[1] != "" {
			row(&text, end[0], local(end[1], zone))
		}
	}
	row(&text, "opening", s.Opening)
	row(&text, "in", s.In)
	row(&text, "out", s.Out)
	row(&text, "closing", s.Closing)
	row(&text, "entries", fmt.Sprint(s.Count))
	head := aligned(text.String())
	text.Reset()
	row(&text, "DAY", "OPENING", "IN", "OUT", "CLOSING", "ENTRIES")
	for _, day := range s.Days {
		row(&text, day.Day, day.Opening, day.In, day.Out, day.Closing, fmt.Sprint(day.Count))
	}
	_, err := io.WriteString(out, head+"\n"+aligned(text.String())+"\n")
	return err
}

// statementCSV prints a statement for an accountant: the opening balance, each entry, and
// the closing balance.
func statementCSV(cmd *cobra.Command, path string, query url.Values) error {
	for _, other := range []string{"limit", "cursor", "jsonl", "json"} {
		if cmd.Flags().Changed(other) {
			return misusedBy(cmd, "--csv prints the whole statement: --%s cannot be used with it", other)
		}
	}
	d, err := dial(cmd)
	if err != nil {
		return err
	}
	lines := csv.NewWriter(cmd.OutOrStdout())
	_ = lines.Write([]string{"day", "at", "what", "ref", "other", "amount", "balance", "currency"}) // Error tells at the end
	var first report.Statement
	for page, err := range pages(d, path, query, 0) {
		if err != nil {
			return err
		}
		if first.Totals == nil {
			if err := json.Unmarshal(page.whole, &first); err != nil {
				return err
			}
			_ = lines.Write([]string{"", first.Since, "opening balance", "", "", "", first.Opening, first.Currency})
		}
		entries, err := decoded[report.Entry](page.Items)
		if err != nil {
			return err
		}
		for _, e := range entries {
			_ = lines.Write([]string{e.Day, e.At, e.What, e.Ref, e.Other, e.Amount, e.Balance, first.Currency})
		}
	}
	_ = lines.Write([]string{"", first.Until, "closing balance", "", "", "", first.Closing, first.Currency})
	lines.Flush()
	return lines.Error()
}
