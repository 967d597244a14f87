package main

import (
	"encoding/json"
	"fmt"
	"io"
	"iter"
	"net/http"
	"strings"

	"github.com/spf13/cobra"

	"mpg/engine/admin"
)

func ledgerPayments() *cobra.Command {
	return &cobra.Command{
		Use: "payments", Short: "print all payments as the ledger has them", Args: misuse(cobra.NoArgs),
		Long: `Prints every payment, oldest first, straight from the ledger: for auditors, for
comparison with other lists, and for when there is no view.db to search. With --json
they are one array, which is printed while it is read.`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			d, err := dial(cmd)
			if err != nil {
				return err
			}
			out := cmd.OutOrStdout()
			if asJSON, _ := cmd.Flags().GetBool("json"); asJSON {
				return printArray(out, booksPages[json.RawMessage](d, "/ledger/payments"))
			}
			return printPayments(cmd, booksPages[admin.PaymentView](d, "/ledger/payments"))
		}}
}

// printPayments prints pages of payments as tables, and then names the zone of the times.
func printPayments(cmd *cobra.Command, pages iter.Seq2[[]admin.PaymentView, error]) error {
	out, first := cmd.OutOrStdout(), true
	for page, err := range pages {
		if err != nil {
			return err
		}
		if len(page) == 0 {
			break
		}
		zone := operatorZone(cmd)
		var text strings.Builder
		if first {
			row(&text, "REF", "CREATED", "AMOUNT", "PAYER", "PAYEE", "PRODUCT", "RESULT")
		}
		for _, p := range page {
			row(&text, p.Ref, local(p.Created, zone), p.Amount+" "+p.Currency, p.Payer, p.Payee, p.Product, result(p))
		}
		if _, err := io.WriteString(out, aligned(text.String())); err != nil {
			return err
		}
		first = false
	}
	if first {
		return nil
	}
	_, err := fmt.Fprintf(out, "times are in %s\n", nameOf(operatorZone(cmd)))
	return err
}

// printArray prints the items of all pages as one array of JSON. After an error it is not
// complete, and cannot be read as JSON.
func printArray(out io.Writer, pages iter.Seq2[[]json.RawMessage, error]) error {
	before := "["
	for page, err := range pages {
		if err != nil && before != "[" {
			return shown{err} // a second value of JSON would make nothing clearer
		}
		if err != nil {
			return err
		}
		for _, item := range page {
			if _, err := fmt.Fprintf(out, "%s%s", before, item); err != nil {
				return err
			}
			before = ",\n"
		}
	}
	_, err := fmt.Fprintln(out, strings.TrimSuffix(before, ",\n")+"]")
	return err
}

// booksPages yields the pages of a list that comes from the books.
func booksPages[T any](from *client, path string) iter.Seq2[[]T, error] {
	return func(yield func([]T, error) bool) {
		for path != "" {
			var page []T
			header, err := from.ask(http.MethodGet, path, "", nil, &page)
			if !yield(page, err) || err != nil {
				return
			}
			path = nextPage(header)
		}
	}
}

// nextPage returns the address of the page that follows the answer with this header, or
// "" if that was the last: RFC 8288, Link with rel="next", in the form in which
// engine/api writes it.
func nextPage(header http.Header) string {
	address, rel, _ := strings.Cut(header.Get("Link"), ">; ")
	if rel != `rel="next"` {
		return ""
	}
	return strings.TrimPrefix(address, "<")
}
