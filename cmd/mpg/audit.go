package main

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"mpg/cmd/mpg/hint"
	"mpg/engine/report"
)

func auditCommand() *cobra.Command {
	audit := &cobra.Command{Use: "audit", Short: "see what the operator's people did and read"}
	audit.AddCommand(auditList())
	return audit
}

func auditList() *cobra.Command {
	var who, what, on, since, until string
	c := &cobra.Command{
		Use: "list", Short: "list who gave which commands, and who read whose data", Args: misuse(cobra.NoArgs),
		Long: `Lists the commands that changed something, with what each changed, the logins of staff,
and the personal data that they read, newest first.

Reads are recorded at most once an hour for each person and each subscriber or payment:
the first one. A read is a look at a subscriber or a purse, even by somebody for whom
names and numbers are masked, and anything else that shows whole names and numbers:
payments, lists, statements, searches, mpg tail and mpg approve show.

Refused logins are counted: one line for each person and hour says how many there were at
least. Those with a name that no member of staff has are listed together, under the user
id of the last one.`,
		Example: `  mpg audit list --who zhou --since 7d
  mpg audit list --what "staff login refused"
  mpg audit list --what "purse topup" --since today
  mpg audit list --on 13800000001 --what read
  mpg audit list --since 2026-11-01 --until 2026-11-30 --csv >november.csv`,
	}
	f := c.Flags()
	f.StringVar(&who, "who", "", "who gave or approved it, or the user id of someone who had not logged in")
	f.StringVar(&what, "what", "", "a command or its first words, such as staff login, or read for what was looked up")
	f.StringVar(&on, "on", "", "the number, code or reference that it was about")
	periodFlags(c, &since, &until)
	listFlags(c)
	c.RunE = func(cmd *cobra.Command, _ []string) error {
		if err := checkWhat(cmd, what); err != nil {
			return err
		}
		return printList(cmd, acts(wantedActs{who, what, on, since, until}))
	}
	return c
}

// hadRead begins what audit list shows of what somebody looked up, before the command.
const hadRead = "read"

// checkWhat refuses a --what that no line of audit list can have: one that no command begins
// with.
func checkWhat(cmd *cobra.Command, what string) error {
	typed := strings.Join(strings.Fields(what), " ")
	if rest, looked := strings.CutPrefix(typed, hadRead+" "); looked {
		typed = rest
	}
	known := []string{hadRead, "staff login refused", "merchant set bank", "merchant set keep-bank"} // and the commands
	for _, name := range commandNames(cmd.Root(), "") {
		group, _, _ := strings.Cut(name, " ")
		known = append(known, group, name)
	}
	slices.Sort(known)
	known = slices.Compact(known)
	if what == "" || slices.Contains(known, typed) {
		return nil
	}
	remedy := "such as " + hadRead + ", purse, or \"purse topup\"; mpg --help lists the commands"
	if near := report.Nearest(typed, known); near != "" {
		remedy = fmt.Sprintf("did you mean %q?", near)
	}
	return misused{hint.Add(fmt.Errorf("--what is %q, which no command begins with", what), remedy)}
}

// commandNames returns the commands below one, as they are typed after mpg.
func commandNames(of *cobra.Command, before string) (names []string) {
	for _, sub := range of.Commands() {
		name := strings.TrimSpace(before + " " + sub.Name())
		names = append(append(names, name), commandNames(sub, name)...)
	}
	return names
}

// wantedActs holds the flags of audit list.
type wantedActs struct{ who, what, on, since, until string }

// acts returns the list of what the operator's people did.
func acts(w wantedActs) listing[report.Act] {
	type a = report.Act
	return listing[a]{
		path: "/audit", query: wanted("who", w.who, "what", w.what, "on", w.on, "since", w.since, "until", w.until),
		none: "nobody gave such a command, logged in, or read such data; --what is a command or its first words, or read",
		table: []column[a]{
			clock("AT", func(v a) string { return v.At }), plain("WHO", whoOf), plain("WHAT", func(v a) string { return v.What }), plain("ON", func(v a) string { return orDash(cmp.Or(v.On, v.Owner)) }),
			plain("AMOUNT", func(v a) string { return orDash(v.Amount) }), plain("REASON", whyOf), plain("APPROVAL", approvalOf), plain("CHANGED", changeOf),
		},
		fields: []column[a]{
			plain("at", func(v a) string { return v.At }), plain("person", func(v a) string { return v.Person }), plain("uid", func(v a) string { return fmt.Sprint(v.UID) }),
			plain("what", func(v a) string { return v.What }), plain("on", func(v a) string { return v.On }), plain("owner", func(v a) string { return v.Owner }),
			plain("amount", func(v a) string { return v.Amount }), plain("currency", func(v a) string { return v.Currency }), written("reason", func(v a) string { return v.Reason }),
			written("key", func(v a) string { return v.Key }), plain("before", func(v a) string { return string(v.Before) }), plain("after", func(v a) string { return string(v.After) }),
			plain("approval", func(v a) string { return v.Approval }), plain("approval_state", func(v a) string { return v.State }), plain("checker", func(v a) string { return v.Checker }),
			plain("count", countOf),
		},
	}
}

// whoOf names who did something.
func whoOf(v report.Act) string { return cmp.Or(v.Person, fmt.Sprintf("uid %d", v.UID)) }

// approvalOf shows what became of the approval that a command needed.
func approvalOf(v report.Act) string {
	if v.Approval == "" {
		return "-"
	}
	text := v.Approval + " " + v.State
	if v.Checker != "" {
		text += " by " + v.Checker
	}
	return text
}

// whyOf shows why something was done, or why and how often a login was refused.
func whyOf(v report.Act) string {
	switch v.Count {
	case 0:
		return orDash(v.Reason)
	case 1:
		return v.Reason + ", at least once"
	}
	return fmt.Sprintf("%s, at least %d times", v.Reason, v.Count)
}

// countOf returns how often a login was refused; empty: none was.
func countOf(v report.Act) string {
	if v.Count == 0 {
		return ""
	}
	return strconv.Itoa(v.Count)
}

// changeOf shows what a command changed: state: active -> blocked.
func changeOf(v report.Act) string {
	was, is := factsOf(v.Before), factsOf(v.After)
	names := slices.Collect(maps.Keys(is))
	for name := range was {
		if _, known := is[name]; !known {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	var pairs []string
	for _, name := range names {
		if old, now := cmp.Or(was[name], "none"), cmp.Or(is[name], "none"); old != now {
			pairs = append(pairs, fmt.Sprintf("%s: %s -> %s", strings.ReplaceAll(name, "_", " "), old, now))
		}
	}
	return orDash(strings.Join(pairs, "; "))
}

// factsOf returns the fields of an object of JSON as people read them, without times and
// what follows from something else.
func factsOf(object json.RawMessage) map[string]string {
	var fields map[string]any
	dec := json.NewDecoder(bytes.NewReader(object))
	dec.UseNumber()
	if dec.Decode(&fields) != nil {
		return nil // there are none
	}
	facts := make(map[string]string, len(fields))
	for name, value := range fields {
		switch name {
		case "created_at", "closed_at", "open":
		case "pin":
			facts["PIN"] = map[string]string{"0": "none", "1": "chosen"}[fmt.Sprint(value)]
		case "bank_mask":
			facts["account"] = fmt.Sprint(value)
		case "name_zh":
			facts["Chinese name"] = fmt.Sprint(value)
		case "why":
			facts["reason"] = fmt.Sprint(value)
		default:
			facts[name] = fmt.Sprint(value)
		}
	}
	return facts
}
