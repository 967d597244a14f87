package check

import (
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"strconv"
	"syscall"

	"mpg/cmd/mpg/hint"
	"mpg/conf"
)

// Runner is the user with whose rights check looks at files and ports: the one who
// will run serve. Root may read everything, and would find nothing wrong.
type Runner struct {
	Name     string
	why      string // why check took this user
	uid, gid uint32
	groups   []uint32
}

// String names the user and why it is this one.
func (r *Runner) String() string { return r.Name + " (" + r.why + ")" }

// RunnerOf returns who will run serve with the file at path: the User= of the unit
// that runs it, else the owner of data_dir. It is nil if that cannot be known, and
// for root.
func RunnerOf(unit *Unit, path string) (*Runner, error) {
	if unit != nil && unit.user != "" {
		return runnerNamed(unit.user, unit.group, "the User= of "+unit.path)
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
	return &Runner{Name: "uid " + name, why: "the owner of " + dir, uid: owner.Uid, gid: owner.Gid, groups: []uint32{owner.Gid}}, nil
}

func runnerNamed(name, group, why string) (*Runner, error) {
	who, err := user.Lookup(name)
	if err != nil {
		if who, err = user.LookupId(name); err != nil {
			return nil, hint.Add(fmt.Errorf("there is no user %q, %s", name, why), "create it: systemd-sysusers")
		}
	}
	r := &Runner{Name: who.Username, why: why}
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

// Root reports whether the runner is root, who may read everything.
func (r *Runner) Root() bool { return r.uid == 0 }

// Self reports whether this process has the runner's rights.
func (r *Runner) Self() bool { return int(r.uid) == os.Geteuid() }

// Again returns a command that runs this program with args and the rights of r, so
// that the kernel, not our guess, decides what it may read, write and listen on.
func (r *Runner) Again(args ...string) (*exec.Cmd, error) {
	program, err := ourselves()
	if err != nil {
		return nil, err
	}
	return &exec.Cmd{Path: program, Args: args, Dir: "/",
		SysProcAttr: &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: r.uid, Gid: r.gid, Groups: r.groups}}}, nil
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

// User returns the name of the user who runs this process.
func User() string {
	name := strconv.Itoa(os.Geteuid())
	if who, err := user.LookupId(name); err == nil {
		name = who.Username
	}
	return name
}
