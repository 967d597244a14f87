package main

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"

	"github.com/spf13/cobra"

	"mpg/conf"
)

// runner is the user with whose rights check looks at files and ports: the one who
// will run serve. Root may read everything, and would find nothing wrong.
type runner struct {
	name     string
	why      string // why check took this user
	uid, gid uint32
	groups   []uint32
}

// String names the user and why it is this one.
func (r *runner) String() string { return r.name + " (" + r.why + ")" }

// runnerOf returns who will run serve with the file at path: the User= of the unit
// that runs it, else the owner of data_dir. It is nil if that cannot be known, and
// for root.
func runnerOf(u *unit, path string) (*runner, error) {
	if u != nil && u.user != "" {
		return runnerNamed(u.user, u.group, "the User= of "+u.path)
	}
	dir, err := conf.DataDir(path)
	if err != nil {
		return nil, nil // the mistakes of the file are the same for everybody
	}
	var owner syscall.Stat_t
	if err := syscall.Stat(dir, &owner); err != nil || owner.Uid == 0 {
		return nil, nil
	}
	name := strconv.Itoa(int(owner.Uid))
	if known, err := user.LookupId(name); err == nil {
		return runnerNamed(known.Username, "", "the owner of "+dir)
	}
	return &runner{name: "uid " + name, why: "the owner of " + dir, uid: owner.Uid, gid: owner.Gid, groups: []uint32{owner.Gid}}, nil
}

func runnerNamed(name, group, why string) (*runner, error) {
	who, err := user.Lookup(name)
	if err != nil {
		if who, err = user.LookupId(name); err != nil {
			return nil, hinted{fmt.Errorf("there is no user %q, %s", name, why), "make it: systemd-sysusers"}
		}
	}
	r := &runner{name: who.Username, why: why}
	ids, err := who.GroupIds()
	if err != nil {
		return nil, fmt.Errorf("the groups of %s: %w", name, err)
	}
	if group != "" {
		g, err := user.LookupGroup(group)
		if err != nil {
			return nil, fmt.Errorf("there is no group %q, the Group= of the unit", group)
		}
		who.Gid = g.Gid
	}
	for _, id := range append([]string{who.Uid, who.Gid}, ids...) {
		n, err := strconv.ParseUint(id, 10, 32)
		if err != nil {
			return nil, fmt.Errorf("%s has the id %q", name, id)
		}
		r.groups = append(r.groups, uint32(n))
	}
	r.uid, r.gid, r.groups = r.groups[0], r.groups[1], r.groups[1:]
	return r, nil
}

// judgedVar hands the runner's name to the process that has its rights.
const judgedVar = "MPG_CHECK_JUDGED_AS"

// checkAs runs this command again with the rights of r, so that the kernel, not our
// guess, decides what it may read, write and listen on.
func checkAs(c *cobra.Command, r *runner, path string) error {
	args := []string{"mpg", "check", "-c", path}
	for _, flag := range []string{"json", "dial", "force"} {
		if on, _ := c.Flags().GetBool(flag); on {
			args = append(args, "--"+flag)
		}
	}
	if named, _ := c.Flags().GetString("unit"); named != "" {
		args = append(args, "--unit", named)
	}
	self, err := ourselves()
	if err != nil {
		return err
	}
	again := &exec.Cmd{
		Path: self, Args: args, Dir: "/", Env: append(os.Environ(), judgedVar+"="+r.String()), Stdout: c.OutOrStdout(), Stderr: c.ErrOrStderr(),
		SysProcAttr: &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: r.uid, Gid: r.gid, Groups: r.groups}},
	}
	err = again.Run()
	var exit *exec.ExitError
	switch {
	case errors.As(err, &exit):
		return silent{exit.ExitCode()}
	case err != nil:
		return fmt.Errorf("check with the rights of %s: %w", r.name, err)
	}
	return nil
}

// ourselves returns this program: by way of the kernel, since its folder may be closed
// to the other user, or by its name where there is no /proc.
func ourselves() (string, error) {
	const running = "/proc/self/exe"
	if _, err := os.Stat(running); err == nil {
		return running, nil
	}
	return exec.LookPath(os.Args[0])
}

// self returns the name of the user who runs this process.
func self() string {
	name := strconv.Itoa(os.Geteuid())
	if who, err := user.LookupId(name); err == nil {
		name = who.Username
	}
	return name
}

// absolute returns path in a form that is valid from every folder.
func absolute(path string) string {
	full, err := filepath.Abs(path)
	if err != nil {
		full = ""
	}
	return cmp.Or(full, path)
}
