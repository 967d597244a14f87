package main

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"mpg/cmd/mpg/hint"
	"mpg/engine/api"
	"mpg/engine/staff"
)

func staffLogin() *cobra.Command {
	var stdin bool
	c := &cobra.Command{
		Use:   "login NAME",
		Short: "log in as a member of staff",
		Long: `Asks for the password at the terminal. At the first login, type the one-time code
instead, and then choose a password of 12 characters or more.

The login lasts as long as staff.session of mpg.toml says, and is valid only for
the account of this machine that logged in. It is kept in $XDG_STATE_HOME/mpg, or in
~/.local/state/mpg. After five wrong passwords the next try must wait, longer each time.

With --password-stdin the first line of standard input is the password. At the first
login it is the one-time code, and the second line is the password to choose.`,
		Args: misuse(cobra.ExactArgs(1)),
	}
	c.Flags().BoolVar(&stdin, "password-stdin", false, "read the password from stdin")
	c.RunE = func(cmd *cobra.Command, args []string) error {
		if err := noCore(); err != nil {
			return err
		}
		d, err := dial(cmd)
		if err != nil {
			return err
		}
		return logIn(cmd, d, api.Login{Name: args[0]}, stdin)
	}
	return c
}

func staffPassword() *cobra.Command {
	var stdin bool
	c := &cobra.Command{
		Use:   "password NAME",
		Short: "change your password",
		Long: `Asks for the old password and a new one, and logs in with the new one. All other logins
of this person end. If the password is lost, an admin gives a new one-time code with
mpg staff reset.

With --password-stdin the first line of standard input is the old password, and the
second line is the new one.`,
		Args: misuse(cobra.ExactArgs(1)),
	}
	c.Flags().BoolVar(&stdin, "password-stdin", false, "read both passwords from stdin")
	c.RunE = func(cmd *cobra.Command, args []string) error {
		if err := noCore(); err != nil {
			return err
		}
		d, err := dial(cmd)
		if err != nil {
			return err
		}
		return logIn(cmd, d, api.Login{Name: args[0], Change: true}, stdin)
	}
	return c
}

// logIn logs in with secrets that it asks for, and keeps and shows the login.
func logIn(cmd *cobra.Command, d *client, in api.Login, stdin bool) error {
	login, err := sendLogin(cmd, d, in, stdin)
	if err != nil {
		return err
	}
	if err := writeLogin(d.socket, login); err != nil {
		return err
	}
	return show(cmd, shownLogin{login.Name, login.Role, login.Expires}, func(out io.Writer) {
		row(out, "name", login.Name)
		row(out, "role", login.Role)
		row(out, "until", seconds(login.Expires))
	})
}

// shownLogin is a login without its token.
type shownLogin struct {
	Name    string `json:"name"`
	Role    string `json:"role"`
	Expires string `json:"expires"`
}

// sendLogin asks for the secrets of a login, and sends them.
func sendLogin(cmd *cobra.Command, d *client, in api.Login, stdin bool) (session api.Session, err error) {
	defer func() { clear(in.Password); clear(in.New) }()
	if stdin {
		lines, err := readSecrets(cmd.InOrStdin(), 2)
		if err != nil || len(lines) == 0 {
			return session, cmp.Or(err, errors.New("there is no password on standard input"))
		}
		in.Password = lines[0]
		if len(lines) > 1 {
			in.New = lines[1]
		}
		return session, d.post("/staff/login", "", in, &session)
	}
	prompt := "Password of " + in.Name + ", or one-time code: "
	if in.Change {
		prompt = "Old password of " + in.Name + ": "
	}
	if in.Password, err = askSecret(cmd.Context(), prompt); err != nil {
		return session, err
	}
	if !in.Change {
		err = d.post("/staff/login", "", in, &session)
		var known coded
		if !errors.As(err, &known) || known.code != api.CodeNewPassword {
			return session, err
		}
	}
	if in.New, err = choosePassword(cmd.Context()); err != nil {
		return session, err
	}
	return session, d.post("/staff/login", "", in, &session)
}

// choosePassword asks for a new password until it is typed twice alike.
func choosePassword(ctx context.Context) ([]byte, error) {
	prompt := fmt.Sprintf("Choose a password of %d characters or more: ", staff.PasswordRunesMin)
	for {
		chosen, err := askSecret(ctx, prompt)
		if err != nil {
			return nil, err
		}
		again, err := askSecret(ctx, "Type it again: ")
		if err != nil {
			return nil, err
		}
		if bytes.Equal(chosen, again) {
			return chosen, nil
		}
		prompt = "The two differ. Choose a password: "
	}
}

func staffLogout() *cobra.Command {
	return &cobra.Command{Use: "logout", Short: "end your login from this account", Args: misuse(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			d, err := dial(cmd)
			if err != nil {
				return err
			}
			if d.login == nil {
				return hint.Add(errors.New("nobody is logged in"), "mpg staff login NAME")
			}
			var ended api.LoggedOut
			if err := errors.Join(d.post("/staff/logout", "", nil, &ended), dropLogin(d.socket)); err != nil {
				return err
			}
			return show(cmd, ended, func(out io.Writer) {
				if ended.Name == "" {
					row(out, "the login of "+d.login.Name+" had ended already")
					return
				}
				row(out, ended.Name+" is logged out")
			})
		}}
}
