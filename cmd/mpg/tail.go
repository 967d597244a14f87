package main

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/url"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"mpg/engine/tail"
)

// tailRetry is how long tail -f waits for a daemon that does not answer.
const tailRetry = time.Second

func tailCommand() *cobra.Command {
	var follow bool
	var count int
	c := &cobra.Command{
		Use: "tail", Short: "print what happens: orders, calls, payments, refusals, commands", Args: misuse(cobra.NoArgs),
		Long: `Prints the last events, one a line, and with -f those that follow, until it is
interrupted. With -f it also waits while the daemon restarts, and misses nothing.`,
		Example: "  mpg tail -f\n  mpg tail -n 100 --json",
	}
	c.Flags().BoolVarP(&follow, "follow", "f", false, "keep printing events as they happen")
	c.Flags().IntVarP(&count, "lines", "n", 20, "how many past events to print first")
	c.RunE = func(cmd *cobra.Command, _ []string) error {
		if count < 0 || count > tail.EventsMax {
			return misusedBy(cmd, "--lines is %d; want 0 to %d", count, tail.EventsMax)
		}
		d, err := dial(cmd)
		if err != nil {
			return err
		}
		page, err := d.events(url.Values{"last": {fmt.Sprint(count)}})
		if asJSON, _ := cmd.Flags().GetBool("json"); err == nil && !asJSON {
			_, _ = fmt.Fprintf(cmd.ErrOrStderr(), "times are in %s\n", nameOf(zoneOf(page.Zone)))
		}
		for err == nil {
			if err = printEvents(cmd, page); err != nil || !follow {
				return err
			}
			page, err = d.eventsAfter(page.Next)
		}
		if follow && cmd.Context().Err() != nil {
			return nil // it was told to end
		}
		return err
	}
	return c
}

// events asks the daemon for events.
func (d *client) events(query url.Values) (page tail.Page, err error) {
	return page, d.get("/events?"+query.Encode(), &page)
}

// eventsAfter waits for the events after a record, also while the daemon restarts.
func (d *client) eventsAfter(seq uint64) (tail.Page, error) {
	for {
		page, err := d.events(url.Values{"after": {fmt.Sprint(seq)}, "wait": {"1"}})
		var away coded
		if !errors.As(err, &away) || away.code != codeNoDaemon {
			return page, err
		}
		select {
		case <-d.c.Context().Done():
			return page, err
		case <-time.After(tailRetry):
		}
	}
}

// printEvents prints the events of a page, one a line.
func printEvents(cmd *cobra.Command, page tail.Page) error {
	asJSON, _ := cmd.Flags().GetBool("json")
	for _, event := range page.Events {
		line := eventLine(event, zoneOf(page.Zone))
		if asJSON {
			text, err := json.Marshal(event)
			if err != nil {
				return err
			}
			line = string(text)
		}
		if _, err := io.WriteString(cmd.OutOrStdout(), line+"\n"); err != nil {
			return err
		}
	}
	return nil
}

// eventLine formats an event as people in a zone read it.
func eventLine(e tail.Event, zone *time.Location) string {
	parts := []string{local(e.At, zone), string(e.Kind)}
	add := func(format, value string) {
		if value != "" {
			parts = append(parts, fmt.Sprintf(format, value))
		}
	}
	if e.Kind == tail.Command {
		add("%s", e.What)
		add("%s", e.To)
		add("%s", strings.TrimSpace(e.Amount+" "+e.Currency))
		add("by %s", cmp.Or(e.Person, fmt.Sprintf("uid %d", e.UID)))
		add("because: %s", e.Reason)
		add("(approval %s)", strings.TrimSpace(e.Approval+" "+e.Checker))
		return strings.Join(parts, " ")
	}
	if e.Kind == tail.Refused {
		add("order of %s", strings.TrimSpace(e.Amount+" "+e.Currency))
		add("from %s", e.From)
		add("to %s", e.To)
		add("because of %s", e.Ref)
		why := strings.ReplaceAll(e.Reason, "_", " ")
		if e.What != "" {
			why += ": " + e.What
		}
		add("(%s)", why)
		return strings.Join(parts, " ")
	}
	add("%s", e.Ref)
	add("%s", e.Product)
	add("%s", strings.TrimSpace(e.Amount+" "+e.Currency))
	add("from %s", e.From)
	add("to %s", e.To)
	add("%s", e.What)
	add("(%s)", e.Reason)
	return strings.Join(parts, " ")
}
