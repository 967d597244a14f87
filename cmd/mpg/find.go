package main

import (
	"io"
	"net/url"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"mpg/engine/report"
)

func findCommand() *cobra.Command {
	return &cobra.Command{
		Use: "find WHAT", Short: "search by phone number, reference, shop's code, amount or part of a name", Args: misuse(cobra.MinimumNArgs(1)),
		Long: `Searches for WHAT in every way that it can be read: as a phone number or a reference
in any spelling, each in full, the code of a shop, an amount, or part of a name. Prints
the newest matches of each kind. A role that sees names masked finds people only by whole
words of their names, and each search for a name leaves a line in mpg audit list.`,
		Example: `  mpg find 138-0000-0001
  mpg find b2hl ghua
  mpg find 128.50
  mpg find 芳`,
		RunE: func(cmd *cobra.Command, args []string) error {
			d, err := dial(cmd)
			if err != nil {
				return err
			}
			var found report.Found
			if err := d.get("/find?"+url.Values{"what": {strings.Join(args, " ")}}.Encode(), &found); err != nil {
				return err
			}
			return show(cmd, found, func(out io.Writer) { foundRows(out, found) })
		}}
}

// foundRows prints a table for each kind of what was found.
func foundRows(out io.Writer, found report.Found) {
	zone := zoneOf(found.Zone)
	table(out, "subscribers", users(peopleWanted{}).table, found.Users, zone)
	table(out, "shops", shops(peopleWanted{}).table, found.Merchants, zone)
	table(out, "payments", payments("", paymentWanted{}).table, found.Payments, zone)
	table(out, "refused orders", refusals(paymentWanted{}).table, found.Refused, zone)
	if len(found.Users)+len(found.Merchants)+len(found.Payments)+len(found.Refused) == 0 {
		row(out, "nothing was found")
	}
	if found.Words {
		row(out, "names of people were searched for by whole words only, since your role sees them masked")
	}
	if found.More {
		row(out, "there are more: use mpg user list, merchant list or payment list")
	}
	row(out, "as of "+local(found.AsOf, zone)+" "+found.Zone)
}

// table prints a titled table, if it has lines. An empty line ends it, so that the next one
// has widths of its own.
func table[T any](out io.Writer, title string, columns []column[T], items []T, zone *time.Location) {
	if len(items) == 0 {
		return
	}
	row(out, title)
	row(out, titles(columns)...)
	for _, item := range items {
		row(out, cells(columns, item, zone)...)
	}
	row(out, "")
}
