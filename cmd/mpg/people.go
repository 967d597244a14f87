package main

import (
	"strings"

	"github.com/spf13/cobra"

	"mpg/engine/report"
)

// peopleWanted holds the flags of user list and merchant list.
type peopleWanted struct{ name, state string }

func userList() *cobra.Command {
	return peopleList("list subscribers, most recently registered first", "active, blocked or locked",
		"  mpg user list --name fang\n  mpg user list --state locked", func(cmd *cobra.Command, w peopleWanted) error { return printList(cmd, users(w)) })
}

func merchantList() *cobra.Command {
	return peopleList("list shops, in order of their codes", "open or closed",
		"  mpg merchant list --name florist\n  mpg merchant list --state open --csv", func(cmd *cobra.Command, w peopleWanted) error { return printList(cmd, shops(w)) })
}

func peopleList(short, states, example string, run func(*cobra.Command, peopleWanted) error) *cobra.Command {
	var w peopleWanted
	c := &cobra.Command{Use: "list", Short: short, Example: example, Args: misuse(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error { return run(cmd, w) }}
	c.Flags().StringVar(&w.name, "name", "", "any part of a name")
	c.Flags().StringVar(&w.state, "state", "", states)
	listFlags(c)
	return c
}

// users returns the list of subscribers.
func users(w peopleWanted) listing[report.User] {
	type u = report.User
	return listing[u]{
		path: "/users", query: wanted("name", w.name, "state", w.state),
		table: []column[u]{
			plain("NUMBER", func(v u) string { return v.Number }), plain("NAME", func(v u) string { return bothNames(v.Name, v.NameZH) }), plain("STATE", func(v u) string { return v.State }),
			plain("BALANCE", func(v u) string { return orDash(v.Balance) }), plain("WHY", func(v u) string { return v.Why }),
		},
		fields: []column[u]{
			plain("number", func(v u) string { return v.Number }), written("name", func(v u) string { return v.Name }), written("name_zh", func(v u) string { return v.NameZH }),
			plain("lang", func(v u) string { return v.Lang }), plain("state", func(v u) string { return v.State }), written("why", func(v u) string { return v.Why }),
			plain("balance", func(v u) string { return v.Balance }), plain("bank", func(v u) string { return v.Bank }), plain("bank_account", func(v u) string { return v.Account }),
			plain("created", func(v u) string { return v.Created }),
		},
	}
}

// shops returns the list of shops.
func shops(w peopleWanted) listing[report.Merchant] {
	type m = report.Merchant
	return listing[m]{
		path: "/merchants", query: wanted("name", w.name, "state", w.state),
		table: []column[m]{
			plain("CODE", func(v m) string { return v.Code }), plain("NAME", func(v m) string { return bothNames(v.Name, v.NameZH) }), plain("PHONE", func(v m) string { return v.Number }),
			plain("BANK", func(v m) string { return v.Bank }), plain("BALANCE", func(v m) string { return orDash(v.Balance) }), plain("STATE", func(v m) string { return v.State }),
		},
		fields: []column[m]{
			plain("code", func(v m) string { return v.Code }), written("name", func(v m) string { return v.Name }), written("name_zh", func(v m) string { return v.NameZH }),
			plain("number", func(v m) string { return v.Number }), plain("state", func(v m) string { return v.State }), written("why", func(v m) string { return v.Why }),
			plain("balance", func(v m) string { return v.Balance }), plain("bank", func(v m) string { return v.Bank }), plain("bank_account", func(v m) string { return v.Account }),
			plain("created", func(v m) string { return v.Created }), plain("closed", func(v m) string { return v.Closed }),
		},
	}
}

// bothNames returns a name in both languages.
func bothNames(name, nameZH string) string { return strings.TrimSpace(name + " " + nameZH) }
