package main

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"iter"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"mpg/cmd/mpg/hint"
	"mpg/engine/report"
)

// A list is printed page by page: it is never held whole, by the daemon or here.

// rawPage is a page whose items are as the daemon has sent them.
type rawPage struct {
	report.Page[json.RawMessage]
	whole json.RawMessage
}

// column is a column of a list: its title, and what it shows of an item. Tables for people
// have times in the operator's zone; CSV has what JSON has.
type column[T any] struct {
	title string
	cell  func(item T, zone *time.Location) string
}

// plain returns a column that shows a text as it is.
func plain[T any](title string, of func(item T) string) column[T] {
	return column[T]{title, func(item T, _ *time.Location) string { return of(item) }}
}

// written returns a field of CSV with what people wrote. A spreadsheet would take some of
// it for a formula, and a payer may write anything, so an apostrophe marks it as text.
func written[T any](title string, of func(item T) string) column[T] {
	return column[T]{title, func(item T, _ *time.Location) string {
		text := of(item)
		if text != "" && strings.ContainsRune("=+-@\t\r", rune(text[0])) {
			return "'" + text
		}
		return text
	}}
}

// clock returns a column of times, for people.
func clock[T any](title string, of func(item T) string) column[T] {
	return column[T]{title, func(item T, zone *time.Location) string { return local(of(item), zone) }}
}

// listing is a list and how it is printed.
type listing[T any] struct {
	path   string     // of the daemon
	query  url.Values // what is wanted of it
	table  []column[T]
	fields []column[T] // of CSV
	// head prints what stands before the table of a page; nil: nothing.
	head func(out io.Writer, page json.RawMessage, zone *time.Location) error
	none string // what to look at if nothing is listed; "": there is nothing to say
}

// listFlags adds the flags of every list.
func listFlags(c *cobra.Command) {
	f := c.Flags()
	f.Int("limit", report.LimitDefault, "how many to print; --csv and --jsonl print all unless this is given")
	f.String("cursor", "", "print what follows this cursor, which the previous page gave")
	f.Bool("csv", false, "print comma-separated values, one item a line, times in UTC")
	f.Bool("jsonl", false, "print one JSON value a line")
}

// periodFlags adds --since and --until.
func periodFlags(c *cobra.Command, since, until *string) {
	const forms = "a date (2026-11-25, today, yesterday), a date and time (2026-11-25 14:30), or how long ago (2h, 3d)"
	c.Flags().StringVar(since, "since", "", "start of the period: "+forms)
	c.Flags().StringVar(until, "until", "", "end of the period, in the same forms; a date includes the whole day")
}

// wanted returns the parameters that are not empty.
func wanted(pairs ...string) url.Values {
	query := make(url.Values)
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			query.Set(pairs[i], pairs[i+1])
		}
	}
	return query
}

// pages yields the pages of a list, with at most count items; 0: all. The JSON of each item
// is as the daemon has sent it.
func pages(from *client, path string, query url.Values, count int) iter.Seq2[rawPage, error] {
	return func(yield func(rawPage, error) bool) {
		for left := count; ; {
			query.Set("limit", strconv.Itoa(report.LimitMax))
			if count > 0 {
				query.Set("limit", strconv.Itoa(min(left, report.LimitMax)))
			}
			var whole json.RawMessage
			err := from.get(path+"?"+query.Encode(), &whole)
			page := rawPage{whole: whole}
			if err == nil {
				err = json.Unmarshal(whole, &page.Page)
			}
			if !yield(page, err) || err != nil {
				return
			}
			left -= len(page.Items)
			if page.Next == "" || count > 0 && left <= 0 {
				return
			}
			query.Set("cursor", page.Next)
		}
	}
}

// decoded reads the items of a page.
func decoded[T any](items []json.RawMessage) ([]T, error) {
	all := make([]T, len(items))
	for i, item := range items {
		if err := json.Unmarshal(item, &all[i]); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// printList prints a list as the flags of cmd ask for it.
func printList[T any](cmd *cobra.Command, of listing[T]) error {
	f := cmd.Flags()
	asCSV, _ := f.GetBool("csv")
	asLines, _ := f.GetBool("jsonl")
	asJSON, _ := f.GetBool("json")
	if len(slices.DeleteFunc([]bool{asCSV, asLines, asJSON}, func(on bool) bool { return !on })) > 1 {
		return misusedBy(cmd, "only one of --csv, --jsonl and --json can be given")
	}
	count, _ := f.GetInt("limit")
	if count < 1 {
		return misusedBy(cmd, "--limit is %d; want 1 or more", count)
	}
	if cursor, _ := f.GetString("cursor"); cursor != "" {
		of.query.Set("cursor", cursor)
	}
	if (asCSV || asLines) && !f.Changed("limit") {
		count = 0
	}
	d, err := dial(cmd)
	if err != nil {
		return err
	}
	out := cmd.OutOrStdout()
	switch {
	case asJSON:
		return of.asJSON(cmd, d, count)
	case asCSV:
		return of.asCSV(out, pages(d, of.path, of.query, count))
	case asLines:
		return asLinesOf(out, pages(d, of.path, of.query, count))
	}
	return of.asTable(out, pages(d, of.path, of.query, count))
}

// asJSON prints one page as the daemon has sent it.
func (l listing[T]) asJSON(cmd *cobra.Command, d *client, count int) error {
	if count > report.LimitMax {
		return misused{hint.Add(fmt.Errorf("--limit is %d; a page of JSON has at most %d", count, report.LimitMax), "pass its next to --cursor, or use --jsonl")}
	}
	for page, err := range pages(d, l.path, l.query, count) {
		if err != nil {
			return err
		}
		return show(cmd, page.whole, nil)
	}
	return nil
}

func asLinesOf(out io.Writer, all iter.Seq2[rawPage, error]) error {
	for page, err := range all {
		if err != nil {
			return err
		}
		for _, item := range page.Items {
			if _, err := fmt.Fprintf(out, "%s\n", item); err != nil {
				return err
			}
		}
	}
	return nil
}

func (l listing[T]) asCSV(out io.Writer, all iter.Seq2[rawPage, error]) error {
	lines := csv.NewWriter(out)
	if err := lines.Write(titles(l.fields)); err != nil {
		return err
	}
	for page, err := range all {
		if err != nil {
			return err
		}
		items, err := decoded[T](page.Items)
		if err != nil {
			return err
		}
		for _, item := range items {
			if err := lines.Write(cells(l.fields, item, time.UTC)); err != nil {
				return err
			}
		}
		if lines.Flush(); lines.Error() != nil {
			return lines.Error()
		}
	}
	return lines.Error()
}

// asTable prints tables for people, one for each page, and how to go on.
func (l listing[T]) asTable(out io.Writer, all iter.Seq2[rawPage, error]) error {
	var last rawPage
	listed := 0
	for page, err := range all {
		if err != nil {
			return err
		}
		listed += len(page.Items)
		zone := zoneOf(page.Zone)
		items, err := decoded[T](page.Items)
		if err != nil {
			return err
		}
		if l.head != nil {
			if err := l.head(out, page.whole, zone); err != nil {
				return err
			}
		}
		var text strings.Builder
		row(&text, titles(l.table)...)
		for _, item := range items {
			row(&text, cells(l.table, item, zone)...)
		}
		if _, err := io.WriteString(out, aligned(text.String())); err != nil {
			return err
		}
		last = page
	}
	_, err := fmt.Fprintf(out, "as of %s %s\n", local(last.AsOf, zoneOf(last.Zone)), last.Zone)
	if err == nil && listed == 0 && l.none != "" && l.query.Get("cursor") == "" {
		_, err = fmt.Fprintln(out, l.none)
	}
	if err == nil && last.Next != "" {
		_, err = fmt.Fprintf(out, "there are more: --cursor %s\n", last.Next)
	}
	return err
}

func titles[T any](columns []column[T]) []string {
	names := make([]string, len(columns))
	for i, c := range columns {
		names[i] = c.title
	}
	return names
}

func cells[T any](columns []column[T], item T, zone *time.Location) []string {
	texts := make([]string, len(columns))
	for i, c := range columns {
		texts[i] = c.cell(item, zone)
	}
	return texts
}
