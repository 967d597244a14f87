package main

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

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
		Long: `Commands that move a lot of money, or give away control over it, take two people from
the moment root adds the first member of staff: top-ups above approval.topup_above of
mpg.toml, refunds above approval.refund_above or with --receivable, purse correct,
payment resolve, user pin-reset, merchant set --bank, merchant receivable, merchant close
--pay-out, and changes of staff other than a block. Such a command is not carried out at once: it prints
an ID. Whoever gave it tells the ID to another person, who looks at what will change with
mpg approve show ID, and approves or refuses the command. If somebody gives the same
command in the meantime, they get the same ID, and it is carried out once.

The approval and the command take effect together, or neither does. An approval comes
too late after approval.expires, or if what the command would change has changed since.
If an approved command fails, the approval is used up, and the command must be given
again. Nobody can approve a command of their own, and root cannot approve any. If
nobody else could approve a command, it is refused; mpg status says so.`,
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
		if id := strings.NewReplacer(" ", "", "-", "").Replace(refArg(args)); utf8.RuneCountInString(id) != idLength {
			return misused{hint.Add(fmt.Errorf("%q is neither an ID nor a command of mpg approve; an ID has seven letters and digits, such as MNQRS2X", refArg(args)),
				"mpg approve list shows the IDs of the commands that wait")}
		}
		return answerApproval(cmd, args, "approve", in)
	}
	c.SuggestionsMinimumDistance = 2
	c.AddCommand(approveList(), approveShow(), approveRefuse(), approveWithdraw())
	return c
}

// idLength is how many characters the ID of an approval has.
const idLength = 7

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
	all := c.Flags().Bool("all", false, "list also those that have ended")
	listFlags(c)
	c.RunE = func(cmd *cobra.Command, _ []string) error {
		filter := ""
		if *all {
			filter = "true"
		}
		return printList(cmd, listedApprovals(filter))
	}
	return c
}

// listedApprovals returns the list of the commands that need, or needed, a second person.
func listedApprovals(all string) listing[admin.ApprovalView] {
	type v = admin.ApprovalView
	return listing[v]{
		path: "/approvals", query: wanted("all", all),
		table: []column[v]{
			plain("ID", func(a v) string { return a.Approval }), plain("STATE", func(a v) string { return a.State }), plain("COMMAND", func(a v) string { return a.Command }),
			plain("OBJECT", func(a v) string { return a.Object }), plain("AMOUNT", func(a v) string { return orDash(strings.TrimSpace(a.Amount + " " + a.Currency)) }),
			plain("MAKER", func(a v) string { return a.Maker }), plain("CHECKER", func(a v) string { return orDash(a.Checker) }),
			plain("AGE", ageOf), clock("UNTIL", func(a v) string { return a.Until }),
		},
		fields: []column[v]{
			plain("id", func(a v) string { return a.Approval }), plain("state", func(a v) string { return a.State }), plain("command", func(a v) string { return a.Command }),
			plain("object", func(a v) string { return a.Object }), plain("amount", func(a v) string { return a.Amount }), plain("currency", func(a v) string { return a.Currency }),
			written("reason", func(a v) string { return a.Reason }), plain("before", func(a v) string { return string(a.Before) }), plain("after", func(a v) string { return string(a.After) }),
			plain("maker", func(a v) string { return a.Maker }), plain("made", func(a v) string { return a.Made }), written("key", func(a v) string { return a.Key }),
			plain("until", func(a v) string { return a.Until }), plain("checker", func(a v) string { return a.Checker }), plain("ended", func(a v) string { return a.Ended }),
			written("remark", func(a v) string { return a.Word }), written("failed", func(a v) string { return a.Why }),
		},
	}
}

// ageOf shows for how long a command has waited.
func ageOf(view admin.ApprovalView) string {
	if view.State != string(approval.Waiting) {
		return "-"
	}
	age := time.Duration(view.Age) * time.Second
	if age >= time.Minute {
		age = age.Truncate(time.Minute)
		return strings.TrimSuffix(age.String(), "0s")
	}
	return age.String()
}

func showApproval(cmd *cobra.Command, view admin.ApprovalView) error {
	return show(cmd, view, func(out io.Writer) { printApproval(out, view) })
}

func printApproval(out io.Writer, view admin.ApprovalView) {
	showRepeat(out, view.Repeated)
	row(out, "ID", view.Approval)
	row(out, "state", view.State)
	fact(out, "command", view.Command, view.Object)
	if view.Amount != "" {
		row(out, "amount", view.Amount+" "+view.Currency)
	}
	fact(out, "reason", view.Reason)
	showFacts(out, "before", view.Before)
	showFacts(out, "after", view.After)
	for _, name := range slices.Sorted(maps.Keys(view.Stake)) {
		row(out, "now", name+" "+view.Stake[name])
	}
	row(out, "asked for", seconds(view.Made)+" by "+view.Maker)
	fact(out, "key", view.Key)
	if view.Ended == "" {
		row(out, "expires", seconds(view.Until))
		return
	}
	showEnd(out, view)
}

// showEnd shows how a command that needed two people has ended.
func showEnd(out io.Writer, view admin.ApprovalView) {
	ended := seconds(view.Ended)
	if view.Checker != "" {
		ended += " by " + view.Checker
	}
	row(out, "ended", ended)
	for _, line := range [][2]string{{"remark", view.Word}, {"failed", view.Why}} {
		fact(out, line[0], line[1])
	}
	showDone(out, view.Result)
	if view.Ends != "" {
		row(out, "one-time code", "ends with "+view.Ends+"; "+view.Maker+" has the beginning, and "+view.Object+" needs both")
	}
}

// showFacts shows the fields of an object of JSON, which are texts, under one head.
func showFacts(out io.Writer, head string, object json.RawMessage) {
	var facts map[string]string
	if json.Unmarshal(object, &facts) != nil {
		return // there are none
	}
	for _, name := range slices.Sorted(maps.Keys(facts)) {
		row(out, head, name+": "+cmp.Or(facts[name], "none"))
		head = ""
	}
}

// showDone shows what a command that was approved has led to, in the words of the commands
// that show a payment, a subscriber, a shop or a member of staff.
func showDone(out io.Writer, result json.RawMessage) {
	var of struct {
		Ref, Outcome       string
		Number, Code, Name string
		Role, State, Why   string
		PIN                *bool
		NextBank           *admin.NextBankView `json:"next_bank"`
		PaidOut            *admin.PaidOutView  `json:"paid_out"`
	}
	if len(result) == 0 || json.Unmarshal(result, &of) != nil {
		return
	}
	head := "result"
	say := func(name, text string) {
		if text != "" {
			row(out, head, name+": "+text)
			head = ""
		}
	}
	say("payment", strings.TrimSpace(of.Ref+" "+of.Outcome))
	say("number", of.Number)
	say("shop", of.Code)
	say("name", of.Name)
	say("role", of.Role)
	if of.Ref == "" {
		say("state", of.State)
	}
	if of.PIN != nil {
		say("PIN", map[bool]string{true: "chosen", false: "none"}[*of.PIN])
	}
	if next := of.NextBank; next != nil {
		say("next bank", cmp.Or(next.Bank, "none")+" "+next.Account+" from "+seconds(next.From))
	}
	if paid := of.PaidOut; paid != nil {
		say("paid out", paid.Amount+" "+paid.Currency+" in cash, payment "+paid.Ref)
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
		if waits.Joined {
			row(out, "already", "given by "+waits.Maker+" on "+seconds(waits.Made)+"; it is the same command, and will be carried out once")
		}
		row(out, "ID", waits.Approval)
		row(out, "until", seconds(waits.Until))
		if waits.Begins != "" {
			row(out, "one-time code", "begins with "+waits.Begins+"; whoever approves this gets the rest, and the person needs both")
		}
		row(out, "next", map[bool]string{true: "somebody other than " + waits.Maker, false: "another person"}[waits.Joined]+" runs: mpg approve "+waits.Approval)
	})
}
