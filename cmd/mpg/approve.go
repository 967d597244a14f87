package main

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"net/url"
	"strings"

	"github.com/spf13/cobra"

	"mpg/cmd/mpg/hint"
	"mpg/cmd/mpg/manual"
	"mpg/engine/admin"
	"mpg/engine/api"
	"mpg/engine/approval"
)

func approveCommand() *cobra.Command {
	var in api.Answer
	c := &cobra.Command{
		Use:   "approve ID [--reason TEXT]",
		Short: "approve another person's command, which is then carried out",
		Long: `Commands that move a lot of money, or give away control over it, take two people once
two members of staff may approve them: top-ups above approval.topup_above of mpg.toml,
purse correct, payment resolve, user pin-reset, merchant set --bank, and changes of
staff. Such a command is not carried out at once: it prints an ID. Whoever gave it tells
the ID to another person, who looks at what will change with mpg approve show ID, and
approves or refuses the command.

The approval and the command take effect together, or neither does. An approval comes
too late after approval.expires, or if what the command would change has changed since.
If an approved command fails, the approval is used up, and the command must be given
again. Nobody can approve a command of their own, and root cannot approve any.`,
		Example:     "  mpg approve list\n  mpg approve show MNQRS2X\n  mpg approve MNQRS2X --reason \"slip 4711 seen\"",
		Args:        misuse(refArgs),
		Annotations: map[string]string{manual.ActsItself: "yes"},
	}
	c.Flags().StringVar(&in.Reason, "reason", "", "what you have seen or checked; kept for auditors")
	addKey(c)
	c.RunE = func(cmd *cobra.Command, args []string) error {
		if near := cmd.SuggestionsFor(args[0]); len(near) > 0 && len(args) == 1 {
			return subcommand(cmd, args) // a misspelt command, and no ID
		}
		return answerApproval(cmd, args, "approve", in)
	}
	c.SuggestionsMinimumDistance = 2
	c.AddCommand(approveList(), approveShow(), approveRefuse(), approveWithdraw())
	return c
}

// answerApproval has the daemon end the approval that args name.
func answerApproval(cmd *cobra.Command, args []string, how string, in api.Answer) error {
	var view admin.ApprovalView
	if err := change(cmd, "/approvals/"+url.PathEscape(refArg(args))+"/"+how, in, &view); err != nil {
		return err
	}
	return showApproval(cmd, view)
}

func approveRefuse() *cobra.Command {
	var in api.Answer
	c := &cobra.Command{Use: "refuse ID --reason TEXT", Short: "refuse another person's command", Args: misuse(refArgs)}
	c.Flags().StringVar(&in.Reason, "reason", "", "why; whoever gave the command sees it")
	addKey(c)
	c.RunE = func(cmd *cobra.Command, args []string) error {
		if err := needFlag(cmd, "reason", in.Reason); err != nil {
			return err
		}
		return answerApproval(cmd, args, "refuse", in)
	}
	return c
}

func approveWithdraw() *cobra.Command {
	c := &cobra.Command{Use: "withdraw ID", Short: "withdraw your own command while it waits", Args: misuse(refArgs)}
	addKey(c)
	c.RunE = func(cmd *cobra.Command, args []string) error {
		return answerApproval(cmd, args, "withdraw", api.Answer{})
	}
	return c
}

func approveShow() *cobra.Command {
	return &cobra.Command{Use: "show ID", Short: "show a command that needs a second person: what it will change, and who gave it", Args: misuse(refArgs),
		RunE: func(cmd *cobra.Command, args []string) error {
			d, err := dial(cmd)
			if err != nil {
				return err
			}
			var view admin.ApprovalView
			if err := d.get("/approvals/"+url.PathEscape(refArg(args)), &view); err != nil {
				return err
			}
			return showApproval(cmd, view)
		}}
}

func approveList() *cobra.Command {
	c := &cobra.Command{Use: "list", Short: "list the commands that wait for a second person, newest first", Args: misuse(cobra.NoArgs)}
	all := c.Flags().Bool("all", false, "list also those that have ended, at most the newest thousand")
	c.RunE = func(cmd *cobra.Command, _ []string) error {
		d, err := dial(cmd)
		if err != nil {
			return err
		}
		path := "/approvals"
		if *all {
			path += "?all=true"
		}
		views := []admin.ApprovalView{}
		if err := d.get(path, &views); err != nil {
			return err
		}
		return show(cmd, views, func(out io.Writer) {
			row(out, "ID", "STATE", "COMMAND", "OBJECT", "AMOUNT", "MAKER", "CHECKER", "UNTIL")
			for _, v := range views {
				row(out, v.Approval, v.State, v.Command, v.Object, v.Amount+" "+v.Currency, v.Maker, cmp.Or(v.Checker, "-"), seconds(v.Until))
			}
		})
	}
	return c
}

func showApproval(cmd *cobra.Command, view admin.ApprovalView) error {
	return show(cmd, view, func(out io.Writer) {
		showRepeat(out, view.Repeated)
		row(out, "ID", view.Approval)
		row(out, "state", view.State)
		row(out, "command", view.Command+" "+view.Object)
		if view.Amount != "" {
			row(out, "amount", view.Amount+" "+view.Currency)
		}
		if view.Reason != "" {
			row(out, "reason", view.Reason)
		}
		showFacts(out, "before", view.Before)
		showFacts(out, "after", view.After)
		row(out, "asked for", seconds(view.Made)+" by "+view.Maker)
		if view.Ended == "" {
			row(out, "expires", seconds(view.Until))
			return
		}
		ended := seconds(view.Ended)
		if view.Checker != "" {
			ended += " by " + view.Checker
		}
		row(out, "ended", ended)
		for _, line := range [][2]string{{"remark", view.Word}, {"failed", view.Why}} {
			if line[1] != "" {
				row(out, line[0], line[1])
			}
		}
		showFacts(out, "result", view.Result)
		if view.Ends != "" {
			row(out, "one-time code", "ends with "+view.Ends+"; "+view.Maker+" has the beginning, and "+view.Object+" needs both")
		}
	})
}

// showFacts shows the plain fields of an object of JSON under one head.
func showFacts(out io.Writer, head string, object json.RawMessage) {
	fields, _, err := readResult(object)
	if err != nil {
		return // there is none
	}
	for _, f := range fields {
		if text := f.text(); !strings.ContainsAny(text, "{[") && text != "" {
			row(out, head, strings.ReplaceAll(f.name, "_", " ")+": "+text)
			head = ""
		}
	}
}

// changeOrWait has the daemon do something that may take two people, reads the result into
// value, and calls done to show it. If it waits for a second person, it says so instead.
// If it waited and was not done, that is an error.
func changeOrWait(cmd *cobra.Command, path string, in, value any, done func() error) error {
	var result json.RawMessage
	if err := change(cmd, path, in, &result); err != nil {
		return err
	}
	var waits admin.Waiting
	if err := json.Unmarshal(result, &waits); err != nil {
		return fmt.Errorf("the daemon's answer cannot be read: %w", err)
	}
	switch {
	case waits.Approval == "":
		dec := json.NewDecoder(bytes.NewReader(result))
		if err := dec.Decode(value); err != nil {
			return fmt.Errorf("the daemon's answer cannot be read: %w", err)
		}
		return done()
	case waits.State != string(approval.Waiting):
		fate := "approval " + waits.Approval + ": " + waits.State
		if waits.Checker != "" {
			fate += " by " + waits.Checker
		}
		if waits.Why != "" {
			fate += ": " + waits.Why
		}
		return coded{hint.Add(fmt.Errorf("%s; nothing was done", fate), "give the command again, with another --key"), waits.State}
	}
	return show(cmd, waits, func(out io.Writer) {
		showRepeat(out, waits.Repeated)
		row(out, "waiting", "for a second person; nothing is done yet")
		row(out, "ID", waits.Approval)
		row(out, "until", seconds(waits.Until))
		if waits.Begins != "" {
			row(out, "one-time code", "begins with "+waits.Begins+"; whoever approves this gets the rest, and the person needs both")
		}
		row(out, "next", "another person runs: mpg approve "+waits.Approval)
	})
}
