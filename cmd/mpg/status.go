package main

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"mpg/engine/admin"
)

func statusCommand() *cobra.Command {
	return &cobra.Command{
		Use: "status", Short: "list the products, modules and banks, and say whether two people can approve", Args: misuse(cobra.NoArgs),
		Long: `Lists the products and modules, which of them are off, and how each bank stands. Then it
says whether the commands that take two people can be carried out now (see mpg approve),
and what one person alone has done to staff in the last week (see mpg staff block and
recover).`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			d, err := dial(cmd)
			if err != nil {
				return err
			}
			var status admin.Status
			if err := d.get("/status", &status); err != nil {
				return err
			}
			return show(cmd, status, func(out io.Writer) {
				row(out, "MODULE", "STATE", "WHAT")
				for _, m := range status.Modules {
					state := "off"
					switch {
					case m.On && m.Lacks != "":
						state = "needs " + m.Lacks
					case m.On:
						state = "on"
					}
					row(out, m.Name, state, m.What)
				}
				for _, b := range status.Banks {
					row(out, "bank "+b.Bank, b.State, bankWhat(&b))
				}
				showTwoPeople(out, status.TwoPeople)
			})
		}}
}

// bankWhat says in a few words what people should know of a bank.
func bankWhat(b *admin.BankState) string {
	up := 0
	for _, line := range b.Lines {
		if line.Up {
			up++
		}
	}
	if len(b.Lines) > 1 {
		return fmt.Sprintf("%d of %d lines are up", up, len(b.Lines))
	}
	if b.State == "refused" {
		return "it is failing; orders for it are refused until it answers again"
	}
	return ""
}
