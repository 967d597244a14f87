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
what one person alone has done to staff in the last week (see mpg staff block and
recover), and which mistakes the configuration has if the last reload was refused.`,
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
				showRefused(out, status.Refused)
			})
		}}
}

// showRefused says that the configuration in the files is not the one in force.
func showRefused(out io.Writer, refused *admin.Refused) {
	if refused == nil {
		return
	}
	row(out, "WARNING: the configuration that was read on "+seconds(refused.At)+" has mistakes. What was loaded before it stays in force.")
	for _, mistake := range refused.Why {
		row(out, mistake)
	}
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
