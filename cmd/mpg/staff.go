package main

import (
	"cmp"
	"fmt"
	"io"
	"net/url"
	"os/user"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"mpg/engine/admin"
	"mpg/engine/api"
	"mpg/engine/auth"
	"mpg/engine/staff"
)

func staffCommand() *cobra.Command {
	members := &cobra.Command{Use: "staff", Short: "log in, and manage who may give commands"}
	members.AddCommand(staffLogin(), staffPassword(), staffLogout(), staffAdd(), staffList(), staffShow(), staffRole(),
		staffChange("block", "end the logins of a member of staff, and refuse new ones", `Ends the logins of a member of staff at once, and refuses new ones. One admin is enough:
a block takes rights away and gives none. mpg status shows it to everybody for a week.
Lifting it takes two people. An admin who has blocked everybody else can do nothing that
takes two; root can then let one of them in again with mpg staff recover.`),
		staffChange("unblock", "lift a block, or end a wait after wrong passwords", ""),
		staffChange("reset", "give a new one-time code in place of a lost password", `Gives a member of staff a one-time code in place of a lost password, and ends their logins.
It takes two people. Only if one of the first two admins loses the code before the first
login, root alone gives a new one. If there are no longer two others who could do it, see
mpg staff recover.`), staffRecover(), staffRoles())
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

Until the first member is added, anyone who may connect to the socket may do everything,
alone. root adds the first two members, both admins. Once the first one has been added,
and for good, commands need a login, except for the few that mpg staff roles lists for
root, and nobody can do alone what takes two people; so that has to wait until both have
logged in. From then on only admins can change staff. Add a third admin soon: if one of
them loses a password, the other two can give a new code.

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
		row(out, "state", result.State)
		if result.UID != 0 {
			row(out, "logs in as", "uid "+fmt.Sprint(result.UID)+" only")
		}
		row(out, "password", passwordOf(result.View))
		row(out, "added", seconds(result.Created)+" by "+result.AddedBy)
		row(out, "changed", seconds(result.Changed)+by(result.ChangedBy))
		fact(out, "reason", result.Why)
		if result.Recovered != "" {
			row(out, "recovered", seconds(result.Recovered)+" by root")
		}
		switch {
		case result.Code != "":
			row(out, "one-time code", result.Code+", for mpg staff login "+result.Name+" within 72 hours")
		case result.Begins != "":
			row(out, "one-time code", "begins with "+result.Begins+"; whoever approved this has the rest, and "+result.Name+" needs both")
		}
	})
}

// by names who did something, if that is known.
func by(person string) string {
	if person == "" {
		return ""
	}
	return " by " + person
}

// passwordOf says whether a member has chosen a password.
func passwordOf(member staff.View) string {
	return map[bool]string{true: "chosen", false: "none yet"}[member.Password]
}

func staffList() *cobra.Command {
	return &cobra.Command{Use: "list", Short: "list all members of staff, and say whether two of them can approve", Args: misuse(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			d, err := dial(cmd)
			if err != nil {
				return err
			}
			members := []staff.View{}
			if err := d.get("/staff", &members); err != nil {
				return err
			}
			var now admin.Status
			if err := d.get("/status", &now); err != nil {
				return err
			}
			return show(cmd, members, func(out io.Writer) {
				row(out, "NAME", "ROLE", "STATE", "PASSWORD", "CHANGED BY", "WHY")
				for _, m := range members {
					row(out, m.Name, m.Role, m.State, passwordOf(m), orDash(m.ChangedBy), orDash(m.Why))
				}
				showTwoPeople(out, now.TwoPeople)
			})
		}}
}

// showTwoPeople says whether commands that take two people can be carried out, and what one
// person has done to staff alone.
func showTwoPeople(out io.Writer, now *admin.TwoPeople) {
	switch {
	case now == nil: // another build
		return
	case !now.InForce:
		row(out, "There is no staff yet, so one person is enough for every command but a chargeback, and a refund with --receivable: see mpg staff add --help.")
	case now.Possible:
		row(out, "Each command that takes two people has somebody who can give it, and another person who can approve it.")
	default:
		row(out, "WARNING: these commands take two people, and there are no two who could give and approve them now: "+strings.Join(now.Lacking, ", ")+".")
		row(out, "Each needs two members with the roles that mpg staff roles names, who are active and have chosen a password. If there is no other way, see mpg staff recover --help.")
	}
	for _, one := range now.Blocked {
		row(out, one.Name+" was blocked"+by(one.By)+" alone on "+seconds(one.At))
	}
	for _, one := range now.Recovered {
		row(out, one.Name+" was given a new one-time code"+by(one.By)+" alone on "+seconds(one.At))
	}
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

// staffRecover returns the command by which root lets somebody log in again.
func staffRecover() *cobra.Command {
	var in api.Recovery
	c := &cobra.Command{
		Use:   "recover NAME --reason TEXT",
		Short: "as root: give a one-time code if no two members of staff could",
		Long: `Gives a member of staff with the role finance or admin a one-time code in place of the
password, and lifts a block. Only root and the user that runs mpg can do this, without a
login, and only if the other members cannot: it is refused if one of them can give the
code and another can approve it.

It is for an admin who has lost a password while there is only one other admin, and for
members who have all been blocked by the same one. With --new it adds an admin, for an
operator whose second admin has left. Everybody sees it: mpg status shows it for a week,
mpg audit list for good, it is logged as a warning, and it raises the alert
MpgStaffRecovered.`,
		Example: "  mpg staff recover wang.fang --reason \"lost her password; passport seen\"",
		Args:    misuse(cobra.ExactArgs(1)),
	}
	c.Flags().BoolVar(&in.New, "new", false, "add an admin with that name")
	c.Flags().StringVar(&in.Reason, "reason", "", "why; kept for auditors")
	addKey(c)
	c.RunE = func(cmd *cobra.Command, args []string) error {
		if err := cmp.Or(needFlag(cmd, "reason", in.Reason), checkKeyFlag(cmd)); err != nil {
			return err
		}
		d, err := dial(cmd)
		if err != nil {
			return err
		}
		d.login = nil // root does it as root, and not as the member it may be logged in as
		var result api.StaffResult
		if err := d.post("/staff/"+url.PathEscape(args[0])+"/recover", keyOf(cmd), in, &result); err != nil {
			return err
		}
		return showStaff(cmd, result)
	}
	return c
}

// staffChange returns a command that changes a member and needs a reason.
func staffChange(verb, short, long string) *cobra.Command {
	var in api.StaffChange
	c := &cobra.Command{Use: verb + " NAME --reason TEXT", Short: short, Long: long, Args: misuse(cobra.ExactArgs(1))}
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
