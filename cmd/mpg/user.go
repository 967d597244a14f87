package main

import (
	"bufio"
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"net/url"
	"strconv"

	"github.com/spf13/cobra"

	"mpg/engine/admin"
	"mpg/engine/api"
	"mpg/engine/limit"
)

func userCommand() *cobra.Command {
	user := &cobra.Command{Use: "user", Short: "register and manage subscribers"}
	user.AddCommand(userAdd(), userShow(), userList(),
		userBlock("block", "stop payments from a number; it can still receive money"),
		userBlock("unblock", "lift a block, or a lock after wrong PINs"), userPINReset(), userSet())
	return user
}

func userAdd() *cobra.Command {
	var n api.NewUser
	var pinStdin bool
	c := &cobra.Command{
		Use:     "add MSISDN --name NAME",
		Short:   "register a subscriber; they choose a PIN by texting PIN",
		Example: `  mpg user add +8613800000001 --name "Wang Fang" --name-zh 王芳 --lang zh`,
		Args:    misuse(cobra.ExactArgs(1)),
	}
	f := c.Flags()
	f.StringVar(&n.Name, "name", "", "name in Latin letters; a Chinese name goes in --name-zh")
	f.StringVar(&n.NameZH, "name-zh", "", "name in Chinese characters")
	f.StringVar(&n.Lang, "lang", "", "zh or en (default: the language of their texts)")
	f.StringVar(&n.Bank, "bank", "", "name of a [[bank]] in the configuration")
	f.StringVar(&n.BankAccount, "bank-account", "", "their account there")
	f.BoolVar(&pinStdin, "pin-stdin", false, "read a PIN from stdin (for trials)")
	addKey(c)
	c.RunE = func(cmd *cobra.Command, args []string) error {
		n.Number = args[0]
		if err := cmp.Or(checkNumber(cmd, n.Number), needFlag(cmd, "name", n.Name+n.NameZH)); err != nil {
			return err
		}
		if pinStdin {
			if err := noCore(); err != nil {
				return err
			}
			var err error
			if n.PIN, err = readPIN(cmd.InOrStdin()); err != nil {
				return err
			}
			defer clear(n.PIN)
		}
		var u admin.UserView
		if err := change(cmd, "/users", n, &u); err != nil {
			return err
		}
		return showUser(cmd, u)
	}
	return c
}

// readPIN reads one line. The digits are checked by the daemon.
func readPIN(in io.Reader) ([]byte, error) {
	line, err := bufio.NewReaderSize(in, 64).ReadSlice('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, errors.New("a PIN is six digits on one line")
	}
	return bytes.Clone(bytes.TrimSpace(line)), nil
}

func userShow() *cobra.Command {
	return &cobra.Command{Use: "show MSISDN", Short: "show a subscriber", Args: misuse(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error {
			d, err := dial(cmd)
			if err != nil {
				return err
			}
			var u admin.UserView
			if err := d.get("/users/"+url.PathEscape(args[0]), &u); err != nil {
				return err
			}
			return showUser(cmd, u)
		}}
}

func showUser(cmd *cobra.Command, view admin.UserView) error {
	return show(cmd, view, func(out io.Writer) { printUser(out, view) })
}

func printUser(out io.Writer, view admin.UserView) {
	showRepeat(out, view.Repeated)
	row(out, "number", view.Number)
	fact(out, "name", view.Name, view.NameZH)
	row(out, "state", view.State)
	fact(out, "reason", view.Why)
	if view.Tier != 0 {
		row(out, "tier", strconv.Itoa(view.Tier))
	}
	row(out, "PIN", map[bool]string{true: "chosen", false: "none; they text PIN to choose one"}[view.PIN])
	if view.PINFrom != "" {
		row(out, "reset", "they can choose a PIN from "+seconds(view.PINFrom)+", or text NO to keep the old one")
	}
	fact(out, "language", view.Lang)
	fact(out, "bank", view.Bank, view.Account)
	row(out, "receives", map[bool]string{true: "at the bank what others send", false: "in the purse what others send"}[view.Receive == "bank"])
	row(out, "registered", seconds(view.Created))
	fact(out, "balance", view.Balance)
}

func userPINReset() *cobra.Command {
	var in api.Reason
	c := &cobra.Command{
		Use:   "pin-reset MSISDN --reason TEXT",
		Short: "delete a forgotten PIN; the subscriber chooses another by call",
		Long: `Deletes the PIN of a subscriber and ends a lock after wrong PINs. The
subscriber is told by text, can cancel the reset by texting NO, and chooses a new
PIN by texting PIN: if the reset took two people, only after approval.pin_wait of
mpg.toml. It does not lift a block. Make sure first that the caller owns the number.`,
		Args: misuse(cobra.ExactArgs(1)),
	}
	c.Flags().StringVar(&in.Reason, "reason", "", "why; kept for auditors")
	addKey(c)
	c.RunE = func(cmd *cobra.Command, args []string) error {
		if err := cmp.Or(checkNumber(cmd, args[0]), needFlag(cmd, "reason", in.Reason)); err != nil {
			return err
		}
		var u admin.UserView
		return changeOrWait(cmd, "/users/"+url.PathEscape(args[0])+"/pin-reset", in, &u, func() error { return showUser(cmd, u) })
	}
	return c
}

func userSet() *cobra.Command {
	var in api.UserChange
	var tier int
	c := &cobra.Command{
		Use:     "set MSISDN [--tier N] [--receive purse|bank]",
		Short:   "set the tier of a subscriber, or where they receive money",
		Long:    "Sets the tier of a subscriber, on which fees and limits depend, or whether what\nothers send them goes to their purse or to their bank account.",
		Example: "  mpg user set +8613800000001 --tier 1\n  mpg user set +8613800000001 --receive bank",
		Args:    misuse(cobra.ExactArgs(1)),
	}
	c.Flags().IntVar(&tier, "tier", 0, fmt.Sprintf("the tier, 0 to %d", limit.TierMax))
	c.Flags().StringVar(&in.Receive, "receive", "", "where what others send goes: purse or bank")
	addKey(c)
	c.RunE = func(cmd *cobra.Command, args []string) error {
		if err := checkNumber(cmd, args[0]); err != nil {
			return err
		}
		switch tiered, received := cmd.Flags().Changed("tier"), cmd.Flags().Changed("receive"); {
		case !tiered && !received, tiered && (tier < 0 || tier > limit.TierMax):
			return misusedBy(cmd, "give --tier, 0 to %d, or --receive", limit.TierMax)
		case received && in.Receive != "purse" && in.Receive != "bank":
			return misusedBy(cmd, "give --receive purse or --receive bank")
		case tiered:
			in.Tier = &tier
		}
		var u admin.UserView
		if err := change(cmd, "/users/"+url.PathEscape(args[0])+"/set", in, &u); err != nil {
			return err
		}
		return showUser(cmd, u)
	}
	return c
}

func userBlock(verb, short string) *cobra.Command {
	var in api.Reason
	c := &cobra.Command{Use: verb + " MSISDN", Short: short, Args: misuse(cobra.ExactArgs(1)),
		Example: "  mpg user " + verb + ` +8613800000001 --reason "asked by phone, 25 Nov"`}
	c.Flags().StringVar(&in.Reason, "reason", "", "why; kept for auditors")
	addKey(c)
	c.RunE = func(cmd *cobra.Command, args []string) error {
		if err := checkNumber(cmd, args[0]); err != nil {
			return err
		}
		if cmd.Flags().Changed("reason") {
			if err := needFlag(cmd, "reason", in.Reason); err != nil {
				return err
			}
		}
		var u admin.UserView
		if err := change(cmd, fmt.Sprintf("/users/%s/%s", url.PathEscape(args[0]), verb), in, &u); err != nil {
			return err
		}
		return showUser(cmd, u)
	}
	return c
}
