package main

import (
	"io"

	"github.com/spf13/cobra"

	"mpg/engine/admin"
)

func statusCommand() *cobra.Command {
	return &cobra.Command{
		Use: "status", Short: "list the products and modules, and say whether two people can approve", Args: misuse(cobra.NoArgs),
		Long: `Lists the products and modules, and which of them are off. Then it says whether the
commands that take two people can be carried out now (see mpg approve), and what one
person has done to staff alone in the last week (see mpg staff block and recover).`,
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
				showTwoPeople(out, status.TwoPeople)
			})
		}}
}
