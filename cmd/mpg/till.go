package main

import (
	"io"
	"net/url"

	"github.com/spf13/cobra"

	"mpg/engine/admin"
	"mpg/engine/api"
)

func tillCommand() *cobra.Command {
	till := &cobra.Command{Use: "till", Short: "give tills, the cash registers of shops, their keys"}
	till.AddCommand(tillAdd(), tillList(), tillBlock())
	return till
}

func tillAdd() *cobra.Command {
	c := &cobra.Command{
		Use:   "add CODE NAME",
		Short: "give a shop a till, and print its key",
		Long: `Gives a shop a till and prints the till's key. The key is shown once and kept nowhere:
if it is lost, block the till and add one with another name. With the key, the shop's cash
register hears of the payments to this shop as they are made, at the address of [till] in
mpg.toml. It can capture or release what is authorised, accept or refuse card orders, and
redeem tickets. It sees nothing of other shops, and only masked numbers of customers.`,
		Example: `  mpg till add 8001 front`,
		Args:    misuse(cobra.ExactArgs(2)),
	}
	addKey(c)
	c.RunE = func(cmd *cobra.Command, args []string) error {
		var view admin.TillView
		if err := change(cmd, tillsOf(args[0]), api.NewTill{Name: args[1]}, &view); err != nil {
			return err
		}
		return showTill(cmd, view)
	}
	return c
}

func tillList() *cobra.Command {
	return &cobra.Command{Use: "list CODE", Short: "list the tills of a shop", Args: misuse(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error {
			d, err := dial(cmd)
			if err != nil {
				return err
			}
			all := []admin.TillView{}
			if err := d.get(tillsOf(args[0]), &all); err != nil {
				return err
			}
			return show(cmd, all, func(out io.Writer) {
				row(out, "NAME", "STATE", "ADDED", "BLOCKED")
				for _, one := range all {
					blocked := "-"
					if one.Blocked != "" {
						blocked = seconds(one.Blocked) + by(one.BlockedBy)
					}
					row(out, one.Name, one.State, seconds(one.Created)+by(one.AddedBy), blocked)
				}
			})
		}}
}

func tillBlock() *cobra.Command {
	c := &cobra.Command{
		Use:   "block CODE NAME",
		Short: "block a till for good",
		Long: `Blocks a till for good, for example when it was stolen or its key has become known. Its
connections are closed at once, and its key is refused from then on.`,
		Example: `  mpg till block 8001 front`,
		Args:    misuse(cobra.ExactArgs(2)),
	}
	addKey(c)
	c.RunE = func(cmd *cobra.Command, args []string) error {
		var view admin.TillView
		if err := change(cmd, tillsOf(args[0])+"/"+url.PathEscape(args[1])+"/block", struct{}{}, &view); err != nil {
			return err
		}
		return showTill(cmd, view)
	}
	return c
}

// tillsOf returns the path of the tills of a shop.
func tillsOf(code string) string { return "/merchants/" + url.PathEscape(code) + "/tills" }

func showTill(cmd *cobra.Command, view admin.TillView) error {
	return show(cmd, view, func(out io.Writer) {
		showRepeat(out, view.Repeated)
		row(out, "shop", view.Shop)
		row(out, "till", view.Name)
		row(out, "state", view.State)
		row(out, "added", seconds(view.Created)+by(view.AddedBy))
		if view.Blocked != "" {
			row(out, "blocked", seconds(view.Blocked)+by(view.BlockedBy))
		}
		fact(out, "till's key", view.Key)
	})
}
