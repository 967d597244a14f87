package main

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"mpg/engine/notice"
	"mpg/store"
)

func ledgerCommand() *cobra.Command {
	ledger := &cobra.Command{Use: "ledger", Short: "check the books"}
	ledger.AddCommand(&cobra.Command{
		Use: "verify", Short: "recompute and check every sum and hash; payments go on meanwhile", Args: misuse(cobra.NoArgs),
		RunE: func(c *cobra.Command, _ []string) error {
			d, err := dial(c)
			if err != nil {
				return err
			}
			var r store.Report
			if err := d.post("/ledger/verify", "", nil, &r); err != nil {
				return err
			}
			if err := showReport(c, r); err != nil {
				return err
			}
			if len(r.Faults) > 0 {
				return hinted{fmt.Errorf("the ledger is not sound: %d faults", len(r.Faults)), "stop the daemon and restore the last backup beside it"}
			}
			return nil
		}})
	return ledger
}

// reportView is a Report as the outside sees it.
type reportView struct {
	Sound     bool        `json:"sound"`
	Steps     int         `json:"steps"`
	Transfers int         `json:"transfers"`
	Accounts  int         `json:"accounts"`
	Holds     int         `json:"holds"`
	Outbox    int         `json:"outbox"`
	Head      string      `json:"head"`
	Trial     []trialView `json:"trial"`
	Faults    []string    `json:"faults"`
}

type trialView struct {
	Currency string `json:"currency"`
	Debits   string `json:"debits"`
	Credits  string `json:"credits"`
	Held     string `json:"held"`
}

func showReport(c *cobra.Command, r store.Report) error {
	v := reportView{Sound: len(r.Faults) == 0, Steps: r.Cmds, Transfers: r.Transfers, Accounts: r.Accounts,
		Holds: r.Holds, Outbox: r.Rows, Head: fmt.Sprintf("%x", r.Head), Trial: []trialView{}, Faults: r.Faults}
	for _, t := range r.Trial {
		cur := notice.Currency(t.Currency)
		v.Trial = append(v.Trial, trialView{t.Currency, cur.Format(t.Debits), cur.Format(t.Credits), cur.Format(t.HeldDebits)})
	}
	return show(c, v, func(w io.Writer) {
		row(w, "steps", fmt.Sprint(v.Steps))
		row(w, "transfers", fmt.Sprint(v.Transfers))
		row(w, "accounts", fmt.Sprint(v.Accounts))
		row(w, "open holds", fmt.Sprint(v.Holds))
		row(w, "texts to send", fmt.Sprint(v.Outbox))
		for _, t := range v.Trial {
			row(w, "trial balance", fmt.Sprintf("%s debits %s credits %s held %s", t.Currency, t.Debits, t.Credits, t.Held))
		}
		row(w, "journal", v.Head)
		for _, f := range v.Faults {
			row(w, "FAULT", f)
		}
		if v.Sound {
			row(w, "sound", "yes")
		}
	})
}
