package main

import (
	"github.com/spf13/cobra"

	"mpg/cmd/mpg/manual"
	"mpg/engine/admin"
	"mpg/engine/report"
)

// Shell completion. `mpg completion SHELL` prints the script for a shell; the package
// installs it. Completions that need the daemon are missing if it does not answer,
// since nothing may be printed then.

// completions registers what is offered for the arguments and flags of the commands
// under root.
func completions(root *cobra.Command) {
	for flag, values := range map[string][]string{
		"lang": {"zh\tChinese", "en\tEnglish"}, "as": {"paid\tthe bank has taken the money", "reversed\tthe payer has the money"},
		"script":   {"florist"},
		"vertical": {"sale\tpaid at once", "fuel\tauthorised for hours", "hotel\tauthorised for days", "parking\ttills see the memo", "tickets\tthe reference is good once"},
		"role": {"viewer\tsees payments and figures, masked", "support\texplains payments, masked", "operator\tsubscribers, shops and payments",
			"finance\tcorrections and payouts", "admin\tstaff, and everything else"},
	} {
		offer := cobra.FixedCompletions(values, cobra.ShellCompDirectiveNoFileComp)
		for c := range manual.Leaves(root) {
			if c.Flags().Lookup(flag) != nil {
				_ = c.RegisterFlagCompletionFunc(flag, offer) // fails only for a flag that is not there
			}
		}
	}
	_ = root.RegisterFlagCompletionFunc("config", cobra.FixedCompletions([]string{"toml"}, cobra.ShellCompDirectiveFilterFileExt))
	for _, path := range [][]string{{"user", "show"}, {"user", "block"}, {"user", "unblock"}, {"user", "pin-reset"}, {"purse", "topup"}, {"card", "add"}, {"card", "list"}, {"card", "remove"}} {
		offerFirst(root, path, subscribers)
	}
	for _, path := range [][]string{{"merchant", "show"}, {"merchant", "set"}, {"merchant", "cards"}, {"merchant", "close"}, {"merchant", "receivable", "paid"}, {"merchant", "receivable", "write-off"}, {"till", "add"}, {"till", "list"}, {"till", "block"}} {
		offerFirst(root, path, merchants)
	}
	offerFirst(root, []string{"account", "show"}, accounts)
	offerFirst(root, []string{"account", "statement"}, accounts)
	for _, path := range [][]string{{"approve"}, {"approve", "show"}, {"approve", "refuse"}, {"approve", "withdraw"}} {
		offerFirst(root, path, approvals)
	}
}

// offerFirst sets what is offered for the first argument of a command.
func offerFirst(root *cobra.Command, path []string, offers func(c *cobra.Command) []string) {
	c, _, err := root.Find(path)
	if err != nil || c.Name() != path[len(path)-1] {
		return // a test wants every command
	}
	c.ValidArgsFunction = func(cmd *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
		if len(args) > 0 {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		return offers(cmd), cobra.ShellCompDirectiveNoFileComp
	}
}

// subscribers returns the numbers and names of the last subscribers: nobody looks
// through more of them.
func subscribers(cmd *cobra.Command) []string {
	var page report.Page[report.User]
	d, err := dial(cmd)
	if err != nil || d.get("/users?limit=1000", &page) != nil {
		return nil
	}
	var offers []string
	for _, u := range page.Items {
		offers = append(offers, u.Number+"\t"+u.Name)
	}
	return offers
}

// merchants returns the codes and names of the first shops.
func merchants(cmd *cobra.Command) []string {
	var page report.Page[report.Merchant]
	d, err := dial(cmd)
	if err != nil || d.get("/merchants?limit=1000", &page) != nil {
		return nil
	}
	var offers []string
	for _, shop := range page.Items {
		offers = append(offers, shop.Code+"\t"+shop.Name)
	}
	return offers
}

// approvals returns the IDs of commands that wait for a second person, each with
// its command.
func approvals(cmd *cobra.Command) []string {
	var waiting []admin.ApprovalView
	d, err := dial(cmd)
	if err != nil || d.get("/approvals", &waiting) != nil {
		return nil
	}
	var offers []string
	for _, a := range waiting {
		offers = append(offers, a.Approval+"\t"+a.Command+" "+a.Object)
	}
	return offers
}

// accounts returns the names of all accounts, or their prefixes if the daemon does
// not answer.
func accounts(cmd *cobra.Command) []string {
	var names []string
	d, err := dial(cmd)
	if err != nil || d.get("/accounts", &names) != nil {
		return []string{"float\twhat the operator has paid in", "merchant:\tthen its code", "bank:\tthen its name", "purse:\tthen a number"}
	}
	return names
}
