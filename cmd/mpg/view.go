package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"

	"github.com/spf13/cobra"

	"mpg/cmd/mpg/hint"
	"mpg/engine/api"
	"mpg/engine/view"
)

func viewCommand() *cobra.Command {
	group := &cobra.Command{Use: "view", Short: "check or rebuild view.db, from which lists and searches come"}
	group.AddCommand(viewRebuildCommand(), viewCheckCommand())
	return group
}

func viewRebuildCommand() *cobra.Command {
	return &cobra.Command{
		Use: "rebuild", Short: "rebuild view.db from the ledger", Args: misuse(cobra.NoArgs),
		Long: `Rebuilds view.db, from which lists, searches and statements come, from the ledger.
Payments go on, and so do lists and searches, which use the old file until the new one is
complete. The daemon does the same by itself when the file is missing or damaged.`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			d, err := dial(cmd)
			if err != nil {
				return err
			}
			done, err := d.rebuild()
			if err != nil {
				return err
			}
			return show(cmd, view.Rebuilt{Records: done.Read}, func(out io.Writer) { row(out, "records", fmt.Sprint(done.Read)) })
		}}
}

// rebuild has the daemon rebuild its view, prints its progress now and then, and
// returns the last line of the answer.
func (d *client) rebuild() (api.Rebuilding, error) {
	reader, writer := io.Pipe()
	asked := make(chan error, 1)
	go func() {
		_, err := d.ask(http.MethodPost, "/view/rebuild", "", nil, writer)
		asked <- err
		_ = writer.Close() // never fails
	}()
	var line api.Rebuilding
	told := uint64(0)
	for lines := json.NewDecoder(reader); ; {
		if err := lines.Decode(&line); err != nil {
			break // the end, or what asked tells
		}
		if tenths := 10 * line.Read / max(line.Of, 1); tenths > told && !line.Done {
			told = tenths
			_, _ = fmt.Fprintf(d.c.ErrOrStderr(), "%d of %d records\n", line.Read, line.Of)
		}
	}
	_ = reader.Close() // never fails
	err := <-asked
	switch {
	case err != nil:
		return line, err
	case line.Problem != nil:
		return line, coded{hint.Add(errors.New(line.Error), line.Hint), line.Code}
	case !line.Done:
		return line, errors.New("the daemon stopped before the view was complete; it goes on when it starts again")
	}
	return line, nil
}

func viewCheckCommand() *cobra.Command {
	return &cobra.Command{
		Use: "check", Short: "compare view.db with the ledger", Args: misuse(cobra.NoArgs),
		Long: `Adds up the entries of each account in view.db, and compares them with the counters of
the ledger. The daemon does so by itself every night, between four and five o'clock.`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			d, err := dial(cmd)
			if err != nil {
				return err
			}
			var found view.Checked
			if err := d.post("/view/check", "", nil, &found); err != nil {
				return err
			}
			err = show(cmd, found, func(out io.Writer) {
				row(out, "accounts", fmt.Sprint(found.Accounts))
				row(out, "entries", fmt.Sprint(found.Entries))
				row(out, "as of record", fmt.Sprint(found.AsOf))
				row(out, "differences", fmt.Sprint(found.Differences))
				for _, fault := range found.Faults {
					row(out, "FAULT", fault)
				}
			})
			if err == nil && found.Differences > 0 {
				return shown{hint.Add(fmt.Errorf("the view and the ledger differ: %s", numbered(found.Differences, "difference")), "the ledger is right: rebuild the view with mpg view rebuild")}
			}
			return err
		}}
}
