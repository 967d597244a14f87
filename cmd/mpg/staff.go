package main

import (
	"fmt"
	"io"
	"net/url"
	"os/user"
	"strconv"

	"github.com/spf13/cobra"

	"mpg/engine/api"
	"mpg/engine/auth"
	"mpg/engine/staff"
)

func staffCommand() *cobra.Command {
	members := &cobra.Command{Use: "staff", Short: "log in, and manage who may give commands"}
	members.AddCommand(staffLogin(), staffPassword(), staffLogout(), staffAdd(), staffList(), staffShow(), staffRole(),
		staffChange("block", "end the logins of a member of staff, and refuse new ones"),
		staffChange("unblock", "lift a block, or end a wait after wrong passwords"),
		staffChange("reset", "give a new one-time code in place of a lost password"), staffRoles())
	return members
}

func staffAdd() *cobra.Command {
	var in api.NewStaff
	var uid string
	c := &cobra.Command{
		Use:   "add NAME --role ROLE",
		Short: "add a member of staff, who logs in with a one-time code",
		Long: `Adds a member of staff and prints a one-time code, valid for 72 hours. Give it to
the person, who types it at their first login and then chooses a password. Where a second
person must approve, each of the two gets one half of the code, so that neither can log
in as the new member.

Until the first member is added, anyone who may connect to the socket may do everything.
root adds the first two members, both admins. From the first one on, commands need a
login, except the few that mpg staff roles lists for root; once both have logged in, only
admins can change staff. Add a third admin soon: if one loses the password, the others
give a new code.

Names are never reused: what people did stays under their names. With --uid, nobody
can log in as this person from another account of this machine.`,
		Example: "  mpg staff add wang.fang --role admin --uid fang",
		Args:    misuse(cobra.ExactArgs(1)),
	}
	f := c.Flags()
	f.StringVar(&in.Role, "role", "", "viewer, support, operator, finance or admin: see mpg staff roles")
	f.StringVar(&uid, "uid", "", "the only account of this machine, by name or number, that may log in as this person")
	f.StringVar(&in.Reason, "reason", "", "why; kept for auditors")
	addKey(c)
	c.RunE = func(cmd *cobra.Command, args []string) error {
		in.Name = args[0]
		if err := needFlag(cmd, "role", in.Role); err != nil {
			return err
		}
		if uid != "" {
			var err error
			if in.UID, err = readUID(cmd, uid); err != nil {
				return err
			}
		}
		var result api.StaffResult
		return changeOrWait(cmd, "/staff", in, &result, func() error { return showStaff(cmd, result) })
	}
	return c
}

// readUID returns the number of an account of this machine.
func readUID(cmd *cobra.Command, written string) (uint32, error) {
	if account, err := user.Lookup(written); err == nil {
		written = account.Uid
	}
	uid, err := strconv.ParseUint(written, 10, 32)
	if err != nil || uid == 0 {
		return 0, misusedBy(cmd, "%q is not an account of a person on this machine", written)
	}
	return uint32(uid), nil
}

func showStaff(cmd *cobra.Command, result api.StaffResult) error {
	return show(cmd, result, func(out io.Writer) {
		showRepeat(out, result.Repeated)
		row(out, "name", result.Name)
		row(out, "role", result.Role)
		row(out, "state", result.State+" "+result.Why)
		if result.UID != 0 {
			row(out, "logs in as", "uid "+fmt.Sprint(result.UID)+" only")
		}
		row(out, "password", map[bool]string{true: "chosen", false: "none yet"}[result.Password])
		row(out, "added", seconds(result.Created)+" by "+result.AddedBy)
		switch {
		case result.Code != "":
			row(out, "one-time code", result.Code+", for mpg staff login "+result.Name+" within 72 hours")
		case result.Begins != "":
			row(out, "one-time code", "begins with "+result.Begins+"; whoever approved this has the rest, and "+result.Name+" needs both")
		}
	})
}

func staffList() *cobra.Command {
	return &cobra.Command{Use: "list", Short: "list all members of staff", Args: misuse(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			d, err := dial(cmd)
			if err != nil {
				return err
			}
			members := []staff.View{}
			if err := d.get("/staff", &members); err != nil {
				return err
			}
			return show(cmd, members, func(out io.Writer) {
				row(out, "NAME", "ROLE", "STATE", "PASSWORD", "WHY")
				for _, m := range members {
					row(out, m.Name, m.Role, m.State, map[bool]string{true: "chosen", false: "none yet"}[m.Password], m.Why)
				}
			})
		}}
}

func staffShow() *cobra.Command {
	return &cobra.Command{Use: "show NAME", Short: "show a member of staff", Args: misuse(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error {
			d, err := dial(cmd)
			if err != nil {
				return err
			}
			var result api.StaffResult
			if err := d.get("/staff/"+url.PathEscape(args[0]), &result.View); err != nil {
				return err
			}
			return showStaff(cmd, result)
		}}
}

// staffChange returns a command that changes a member and needs a reason.
func staffChange(verb, short string) *cobra.Command {
	var in api.StaffChange
	c := &cobra.Command{Use: verb + " NAME --reason TEXT", Short: short, Args: misuse(cobra.ExactArgs(1))}
	c.Flags().StringVar(&in.Reason, "reason", "", "why; kept for auditors")
	addKey(c)
	c.RunE = func(cmd *cobra.Command, args []string) error { return changeStaff(cmd, args[0], verb, in) }
	return c
}

func staffRole() *cobra.Command {
	var in api.StaffChange
	c := &cobra.Command{Use: "role NAME --role ROLE --reason TEXT", Short: "give a member of staff another role", Args: misuse(cobra.ExactArgs(1))}
	c.Flags().StringVar(&in.Role, "role", "", "viewer, support, operator, finance or admin: see mpg staff roles")
	c.Flags().StringVar(&in.Reason, "reason", "", "why; kept for auditors")
	addKey(c)
	c.RunE = func(cmd *cobra.Command, args []string) error {
		if err := needFlag(cmd, "role", in.Role); err != nil {
			return err
		}
		return changeStaff(cmd, args[0], "role", in)
	}
	return c
}

func changeStaff(cmd *cobra.Command, name, verb string, in api.StaffChange) error {
	if err := needFlag(cmd, "reason", in.Reason); err != nil {
		return err
	}
	var result api.StaffResult
	return changeOrWait(cmd, "/staff/"+url.PathEscape(name)+"/"+verb, in, &result, func() error { return showStaff(cmd, result) })
}

func staffRoles() *cobra.Command {
	return &cobra.Command{
		Use:   "roles",
		Short: "list what each role may do; needs no daemon",
		Long: `Lists what each role may do. The last column is root, or the user that runs the
daemon, without a login: they look after the machine, and never approve anything.
The table applies once the first member of staff has been added.`,
		Args: misuse(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return show(cmd, auth.Rules(), func(out io.Writer) { _, _ = io.WriteString(out, auth.Table()) })
		}}
}
