package main

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"mpg/cmd/mpg/check"
	"mpg/cmd/mpg/daemon"
	"mpg/conf"
	"mpg/engine/books"
	"mpg/engine/module"
)

func checkCommand() *cobra.Command {
	var named string
	var try, force bool
	c := &cobra.Command{
		Use:   "check",
		Short: "check the configuration, file permissions, ports, keys, clock and voices",
		Long: `Says whether serve would start with the file, and what would not work as intended.
Permissions are checked for the user who will run serve: if root runs check, that is
the User= of the unit, or else the owner of data_dir; otherwise it is the caller.
Nothing is changed and nobody is called. --dial also tries the connections: it binds
to each SMSC and unbinds, sends OPTIONS to the trunk, and signs on to each bank.`,
		Example: "  mpg check -c /etc/mpg/mpg.toml\n  mpg check --dial",
		Args:    misuse(cobra.NoArgs),
	}
	f := c.Flags()
	f.BoolVar(&try, "dial", false, "try each SMSC, the trunk and each bank")
	f.BoolVar(&force, "force", false, "with --dial: try them even if a running daemon may have the same binds")
	f.StringVar(&named, "unit", "", "the systemd unit that runs serve (default: the installed one)")
	c.RunE = func(cmd *cobra.Command, _ []string) error {
		given, _ := cmd.Flags().GetString("config")
		unit, err := check.UnitOf(named, absolute(given))
		if err != nil {
			return err
		}
		judged := os.Getenv(judgedVar)
		again := judged != ""
		if !again {
			who, err := check.RunnerOf(unit, given)
			if err != nil {
				return err
			}
			if who != nil && os.Geteuid() == 0 && !who.Root() {
				return checkAs(cmd, who, absolute(given))
			}
			judged = check.User()
			if who != nil && !who.Self() {
				judged += ", but serve runs as " + who.String() + ": run check as root to judge for that user"
			}
		}
		v, err := check.Run(cmd.Context(), check.Options{Path: given, JudgedAs: judged, Again: again, Unit: unit,
			Dial: check.Dial{Try: try, Force: force}, Modules: module.Names(daemon.Modules(conf.Default())), Now: time.Now(), Ask: func(fixed *books.Fixed) error { return askBooks(cmd, fixed) }})
		return showVerdict(cmd, v, err)
	}
	return c
}

// askBooks has the running daemon say which books it has open.
func askBooks(cmd *cobra.Command, fixed *books.Fixed) error {
	d, err := dial(cmd)
	if err != nil {
		return err
	}
	return d.get("/books", fixed)
}

// judgedVar hands the runner's name to the process that has its rights.
const judgedVar = "MPG_CHECK_JUDGED_AS"

// checkAs runs this command again with the rights of the runner.
func checkAs(cmd *cobra.Command, who *check.Runner, path string) error {
	args := []string{"mpg", "check", "-c", path}
	for _, flag := range []string{"json", "dial", "force"} {
		if on, _ := cmd.Flags().GetBool(flag); on {
			args = append(args, "--"+flag)
		}
	}
	if named, _ := cmd.Flags().GetString("unit"); named != "" {
		args = append(args, "--unit", named)
	}
	again, err := who.Again(args...)
	if err != nil {
		return err
	}
	again.Env = append(os.Environ(), judgedVar+"="+who.String())
	again.Stdout, again.Stderr = cmd.OutOrStdout(), cmd.ErrOrStderr()
	err = again.Run()
	var exit *exec.ExitError
	switch {
	case errors.As(err, &exit):
		return silent{exit.ExitCode()}
	case err != nil:
		return fmt.Errorf("check with the rights of %s: %w", who.Name, err)
	}
	return nil
}

// absolute returns path in a form that is valid from every folder.
func absolute(path string) string {
	full, err := filepath.Abs(path)
	if err != nil {
		full = ""
	}
	return cmp.Or(full, path)
}

// showVerdict prints the verdict. Its error is wrong, which says that the file cannot be
// read, or says that serve would not start or that a connection that was tried did not
// work. With --json a file that cannot be read is among the findings.
func showVerdict(cmd *cobra.Command, verdict *check.Verdict, wrong error) error {
	if wrong != nil {
		if asJSON, _ := cmd.Flags().GetBool("json"); asJSON {
			return shown{errors.Join(show(cmd, verdict, nil), wrong)}
		}
		return wrong
	}
	err := show(cmd, verdict, func(out io.Writer) {
		row(out, "judged as", verdict.JudgedAs)
		if verdict.Running {
			row(out, "running", "a daemon has the books open; its ports were not tried")
		}
		for _, found := range verdict.Findings {
			row(out, map[bool]string{true: "mistake", false: "warning"}[found.Fatal], found.Mistake.Error())
		}
		for _, d := range verdict.Dialled {
			row(out, d.Cells()...)
		}
		if verdict.Fit {
			row(out, verdict.File, map[bool]string{true: "OK", false: "serve would start"}[len(verdict.Findings) == 0])
		}
	})
	switch {
	case err != nil:
		return err
	case !verdict.Fit:
		return shown{errors.New("serve would not start with this file")}
	case !verdict.Works():
		return shown{errors.New("some of what was tried does not work")}
	}
	return nil
}
