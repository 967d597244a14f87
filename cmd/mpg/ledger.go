package main

import (
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"mpg/cmd/mpg/hint"
	"mpg/conf"
	"mpg/engine/admin"
	"mpg/engine/notice"
	"mpg/store"
	"mpg/store/bolt"
)

func ledgerCommand() *cobra.Command {
	ledger := &cobra.Command{Use: "ledger", Short: "check the books"}
	ledger.AddCommand(ledgerPayments(), &cobra.Command{
		Use: "verify", Short: "recompute every sum and hash, and compare the books with the payments",
		Long: `Reads the whole journal again: every sum, every hash, and whether the books agree with
the payments, the bank requests and the subscribers. Payments go on meanwhile. While no
daemon is running, the command reads the books in data_dir itself, and changes nothing;
the checks of modules are then left out.`,
		Args: misuse(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			r, reader, err := verifyBooks(cmd)
			if err != nil {
				return err
			}
			if err := showReport(cmd, r, reader); err != nil {
				return err
			}
			switch {
			case len(r.Faults) > 0:
				return shown{hint.Add(fmt.Errorf("the ledger is not sound: %s", numbered(len(r.Faults), "fault")), "stop the daemon and restore the last backup next to it")}
			case len(r.Audit.Faults) > 0:
				return shown{hint.Add(fmt.Errorf("the books and the documents disagree: %s", numbered(len(r.Audit.Faults), "fault")), "look at each with mpg payment show before paying anything out")}
			}
			return nil
		}})
	return ledger
}

// verifyBooks has the daemon verify its books, or verifies them itself if nobody has them
// open. It says who has read them.
func verifyBooks(cmd *cobra.Command) (r admin.Verification, readBy string, err error) {
	path, _ := cmd.Flags().GetString("config")
	dir, err := conf.DataDir(path)
	if err == nil {
		err = bolt.Inspect(dir, bolt.Options{}, func(reader store.Reader) (err error) {
			r, err = admin.VerifyStore(cmd.Context(), reader.(*bolt.Store))
			return err
		})
	}
	if err == nil || errors.Is(err, store.ErrCorrupt) {
		return r, "this command itself, in " + dir + ": no daemon is running", err
	}
	d, err := dial(cmd) // it has them open, or says what is wrong
	if err != nil {
		return r, "", err
	}
	return r, "the daemon", d.post("/ledger/verify", "", nil, &r)
}

// reportView is a Report as the outside sees it.
type reportView struct {
	Sound      bool        `json:"sound"`
	ReadBy     string      `json:"read_by"`
	Steps      int         `json:"steps"`
	Transfers  int         `json:"transfers"`
	Accounts   int         `json:"accounts"`
	Holds      int         `json:"holds"`
	Outbox     int         `json:"outbox"`
	Payments   int         `json:"payments"`
	Open       int         `json:"open"`       // payments not done
	Requests   int         `json:"requests"`   // to banks
	Unresolved int         `json:"unresolved"` // of these, reversing, in doubt or disputed
	Refused    int         `json:"refused"`    // orders that were not taken on, as far as they are kept
	Calls      int         `json:"calls"`      // that have ended
	Head       string      `json:"head"`
	Trial      []trialView `json:"trial"`
	Faults     []string    `json:"faults"`
}

type trialView struct {
	Currency string `json:"currency"`
	Debits   string `json:"debits"`
	Credits  string `json:"credits"`
	Held     string `json:"held"`
}

func showReport(cmd *cobra.Command, verified admin.Verification, readBy string) error {
	faults := append(append([]string{}, verified.Faults...), verified.Audit.Faults...) // never nil: [] in JSON
	v := reportView{Sound: len(faults) == 0, ReadBy: readBy, Payments: verified.Audit.Payments, Open: verified.Audit.Open,
		Requests: verified.Audit.Requests, Unresolved: verified.Audit.Unsolved, Refused: verified.Audit.Refused, Calls: verified.Audit.Calls, Steps: verified.Cmds, Transfers: verified.Transfers, Accounts: verified.Accounts,
		Holds: verified.Holds, Outbox: verified.Rows, Head: fmt.Sprintf("%x", verified.Head), Trial: []trialView{}, Faults: faults}
	for _, t := range verified.Trial {
		cur := notice.Currency(t.Currency)
		v.Trial = append(v.Trial, trialView{t.Currency, cur.Format(t.Debits), cur.Format(t.Credits), cur.Format(t.HeldDebits)})
	}
	return show(cmd, v, func(out io.Writer) {
		row(out, "read by", v.ReadBy)
		row(out, "steps", fmt.Sprint(v.Steps))
		row(out, "transfers", fmt.Sprint(v.Transfers))
		row(out, "accounts", fmt.Sprint(v.Accounts))
		row(out, "open holds", fmt.Sprint(v.Holds))
		row(out, "texts to send", fmt.Sprint(v.Outbox))
		row(out, "payments", fmt.Sprintf("%d, open %d", v.Payments, v.Open))
		row(out, "bank requests", fmt.Sprintf("%d, unresolved %d", v.Requests, v.Unresolved))
		row(out, "refused orders", fmt.Sprint(v.Refused))
		row(out, "calls", fmt.Sprint(v.Calls))
		for _, t := range v.Trial {
			row(out, "trial balance", fmt.Sprintf("%s debits %s credits %s held %s", t.Currency, t.Debits, t.Credits, t.Held))
		}
		row(out, "journal", v.Head)
		for _, f := range v.Faults {
			row(out, "FAULT", f)
		}
		if v.Sound {
			row(out, "sound", "yes")
		}
	})
}
