package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"mpg/cmd/mpg/daemon"
	"mpg/cmd/mpg/hint"
	"mpg/conf"
	"mpg/engine/books"
	"mpg/engine/notice"
	"mpg/store"
	"mpg/store/bolt"
)

func backupCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "backup DIR",
		Short: "copy the books to a folder while payments go on, and verify the copy",
		Long: `Copies the books to DIR, a new folder of mode 0700, as they are at one moment:
every payment that was acknowledged before the command started is in the copy. It works
whether or not the daemon is running. The copy gets its name only when it is complete
and on the disk; then its whole journal is verified.

The keys of [pin] and [seal] are NOT in it. Without them a backup is useless, and with
them anybody who finds it can read account numbers: keep copies of both elsewhere. Nor
is view.db: the daemon rebuilds it from the ledger after a restore.`,
		Example: "  mpg backup /srv/mpg-$(date +%F-%H%M)",
		Args:    misuse(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := copyBooks(cmd, args[0]); err != nil {
				return explainCopy(err, args[0], "name a new folder, outside data_dir")
			}
			v, err := verifyCopy(cmd.Context(), args[0])
			if err != nil {
				return explainCopy(err, args[0], "keep it apart, and make another")
			}
			if err := show(cmd, v, v.print); err != nil {
				return err
			}
			if !v.Sound {
				return hint.Add(fmt.Errorf("the copy is not sound: %s", v.Faults[0]), "check the books themselves: mpg ledger verify")
			}
			return nil
		}}
}

func restoreCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "restore DIR",
		Short: "verify a backup and copy it to data_dir, which must have no books",
		Long: `Verifies the backup in DIR and copies it to the data_dir of the configuration. The
daemon must be stopped, and data_dir must hold no books: move old ones away first. The
backup is not changed. Even after a crash, data_dir holds either all of it or nothing.

Everything done after the backup is missing from the books, but not from subscribers'
phones and the banks' files. New references, trace numbers and subscriber record numbers
are therefore far above the old ones, so that none of the lost hours is used again.
Compare the books with the banks before you start the daemon: it reverses every request
that a bank had not answered when the backup was made. Texts that were waiting to be
sent then are sent again.

The keys of [pin] and [seal] are not in a backup. Put back your copies of both first.`,
		Example: "  mpg restore /srv/mpg-2026-11-25-0300",
		Args:    misuse(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error {
			path, _ := cmd.Flags().GetString("config")
			dir, err := conf.DataDir(path)
			if err != nil {
				return hint.Add(err, "name the daemon's file with -c")
			}
			v := restoredView{Dir: dir}
			if err := v.restore(cmd.Context(), args[0]); err != nil {
				return explainCopy(err, dir, "stop the daemon and move the books away, or name another data_dir")
			}
			return show(cmd, v, v.print)
		}}
}

// within reports whether the path of a folder leads into another.
func within(dir, other string) bool {
	inner, err1 := filepath.Abs(dir)
	outer, err2 := filepath.Abs(other)
	return err1 == nil && err2 == nil && strings.HasPrefix(inner+"/", outer+"/")
}

// copyBooks copies the books of the configuration's data_dir to dir. If a daemon has
// them open, it sends the copy.
func copyBooks(cmd *cobra.Command, dir string) error {
	path, _ := cmd.Flags().GetString("config")
	data, err := conf.DataDir(path)
	if err != nil {
		return hint.Add(err, "name the daemon's file with -c")
	}
	if within(dir, data) {
		return fmt.Errorf("%s is inside data_dir, and would be lost with it", dir)
	}
	opened := false
	err = bolt.Inspect(data, bolt.Options{}, func(reader store.Reader) error {
		opened = true
		_, err := reader.(*bolt.Store).BackupTo(cmd.Context(), dir)
		return err
	})
	if opened || !errors.Is(err, store.ErrLocked) {
		return err
	}
	d, err := dial(cmd)
	if err != nil {
		return err
	}
	return bolt.NewFile(dir, func(out io.Writer) error { return d.post("/ledger/backup", "", nil, out) })
}

// explainCopy returns an error that says plainly why no copy could be made in dir.
func explainCopy(err error, dir, remedy string) error {
	switch {
	case errors.Is(err, os.ErrExist):
		return hint.Add(fmt.Errorf("%s already holds books, which are never overwritten", dir), remedy)
	case errors.Is(err, store.ErrLocked):
		return hint.Add(fmt.Errorf("another process has the folder open%s", daemon.Holders(err)), remedy)
	case errors.Is(err, store.ErrCorrupt):
		return hint.Add(err, "use an earlier backup")
	}
	return err
}

// copyView describes a backup in the output.
type copyView struct {
	Dir    string                   `json:"dir"`
	Bytes  int64                    `json:"bytes"`
	Steps  uint64                   `json:"steps"`
	Head   string                   `json:"head"`
	Sound  bool                     `json:"sound"`
	Faults []string                 `json:"faults"`
	Keys   map[books.KeyName]string `json:"keys"` // check values of the keys that it needs
}

// verifyCopy reads a backup as a restore would.
func verifyCopy(ctx context.Context, dir string) (copyView, error) {
	v := copyView{Dir: dir, Faults: []string{}}
	info, err := os.Stat(filepath.Join(dir, bolt.FileName))
	if err != nil {
		return v, err
	}
	v.Bytes = info.Size()
	err = bolt.Inspect(dir, bolt.Options{}, func(reader store.Reader) error {
		report, err := reader.(*bolt.Store).Verify(ctx)
		if err != nil {
			return err
		}
		v.Steps, v.Head, v.Sound = report.LastSeq, fmt.Sprintf("%x", report.Head), len(report.Faults) == 0
		v.Faults = append(v.Faults, report.Faults...)
		v.Keys, err = books.KeyChecks(ctx, reader)
		return err
	})
	return v, err
}

func (v copyView) print(out io.Writer) {
	row(out, "folder", v.Dir)
	row(out, "bytes", fmt.Sprint(v.Bytes))
	row(out, "steps", fmt.Sprint(v.Steps))
	row(out, "journal", v.Head)
	for _, f := range v.Faults {
		row(out, "FAULT", f)
	}
	if v.Sound {
		row(out, "sound", "yes")
	}
	printKeys(out, v.Keys)
}

// printKeys says which keys the books need, by check values.
func printKeys(out io.Writer, checks map[books.KeyName]string) {
	for _, name := range []books.KeyName{books.PINKey, books.SealKey} {
		if check := checks[name]; check != "" {
			row(out, string(name)+" key", "not included; the books need the one with the check value "+check)
		}
	}
}

// restoredView describes a restore in the output.
type restoredView struct {
	Dir   string                   `json:"dir"`
	Steps uint64                   `json:"steps"`
	Last  string                   `json:"last"`  // time of the last step in the backup
	Added uint64                   `json:"added"` // number of the step that the restore added
	Head  string                   `json:"head"`
	Keys  map[books.KeyName]string `json:"keys"`
	Open  []openView               `json:"open"` // requests to look up at the banks
}

// openView describes a request that a bank had not answered, or not reversed, as the bank
// knows it.
type openView struct {
	Bank     string `json:"bank"`
	STAN     string `json:"stan"`
	RRN      string `json:"rrn"`
	At       string `json:"at"`
	Amount   string `json:"amount"`
	Currency string `json:"currency"`
	State    string `json:"state"`
}

// openRequests returns the requests that banks have not finished with.
func openRequests(ctx context.Context, reader store.Reader) ([]openView, error) {
	list := []openView{}
	unfinished, err := books.Unfinished(ctx, reader)
	for _, r := range unfinished {
		list = append(list, openView{r.Bank, fmt.Sprintf("%06d", r.STAN), r.RRN, r.At.UTC().Format(time.RFC3339Nano),
			notice.Currency(r.Currency).Format(r.Amount), r.Currency, string(r.State)})
	}
	return list, err
}

// restore restores the backup in the folder from.
func (v *restoredView) restore(ctx context.Context, from string) error {
	report, err := bolt.Restore(ctx, from, v.Dir, bolt.Options{}, func(copied *bolt.Store) error {
		for entry, err := range copied.Records(ctx, copied.Seq()) {
			if err != nil {
				return err
			}
			v.Last = entry.At.Format(time.RFC3339Nano)
		}
		if err := books.Restored(ctx, copied, time.Now()); err != nil {
			return err
		}
		v.Added = copied.Seq()
		var err error
		if v.Keys, err = books.KeyChecks(ctx, copied); err != nil {
			return err
		}
		v.Open, err = openRequests(ctx, copied)
		return err
	})
	v.Steps, v.Head = report.LastSeq, fmt.Sprintf("%x", report.Head)
	return err
}

func (v restoredView) print(out io.Writer) {
	row(out, "folder", v.Dir)
	row(out, "steps", fmt.Sprint(v.Steps)+", as in the backup")
	row(out, "last step", seconds(v.Last)+"; what was done later is not in the books")
	row(out, "journal", v.Head+", as in the backup")
	row(out, "added", fmt.Sprintf("step %d, so that new numbers are far above the old ones; with it, mpg ledger verify shows %d steps and a different journal", v.Added, v.Added))
	row(out, "sound", "yes")
	printKeys(out, v.Keys)
	for _, r := range v.Open {
		row(out, "open", fmt.Sprintf("bank %s, STAN %s, RRN %s, %s: %s %s, %s", r.Bank, r.STAN, r.RRN, seconds(r.At), r.Currency, r.Amount, r.State))
	}
	row(out, "next", "compare the books with the banks, then start the daemon; mpg ledger verify checks the books before that")
}
