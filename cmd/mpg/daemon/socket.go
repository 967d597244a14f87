package daemon

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"syscall"

	"golang.org/x/sys/unix"

	"mpg/cmd/mpg/hint"
	"mpg/conf"
	"mpg/engine/api"
)

// socketPathMax is the longest name of a Unix socket. unix(7)
const socketPathMax = 107

// Modes of the folder of a socket outside data_dir. Who may connect is decided by the mode
// of the socket itself.
const (
	socketDirMode = 0o755
	othersWrite   = 0o022
)

// openSocket serves the operator's commands.
func (d *Daemon) openSocket() error {
	if err := socketProblem(d.conf); err != nil {
		return err
	}
	group, err := socketGroup(d.conf)
	if err != nil {
		return err
	}
	path := d.conf.Socket()
	if d.conf.Staff.Socket != "" {
		if err := makeSocketDir(filepath.Dir(path)); err != nil {
			return d.conf.Mistake("staff.socket", bare(err).Error())
		}
	}
	l, err := api.Listen(path, group)
	if err != nil {
		return err
	}
	d.socket = api.Server(api.Handler(d.reads.services(d.engine, d.store)), group != api.Private)
	d.serve(d.socket, l)
	return nil
}

// makeSocketDir makes the folder of a socket outside data_dir, unless there is one. The umask
// is for files that hold money, and would close it to the group.
func makeSocketDir(dir string) error {
	if _, err := os.Stat(dir); err == nil {
		return nil
	}
	if err := os.MkdirAll(dir, socketDirMode); err != nil {
		return err
	}
	return os.Chmod(dir, socketDirMode)
}

// socketGroup returns the number of the group that may connect.
func socketGroup(file *conf.File) (int, error) {
	name := file.Staff.Group
	if name == "" {
		return api.Private, nil
	}
	text := name
	if _, err := strconv.ParseUint(name, 10, 32); err != nil {
		group, err := user.LookupGroup(name)
		if err != nil {
			return 0, hint.Add(file.Mistake("staff.group", fmt.Sprintf("there is no group %s on this machine", name)), "make it: groupadd --system "+name)
		}
		text = group.Gid
	}
	number, err := strconv.ParseUint(text, 10, 31)
	if err != nil {
		return 0, file.Mistake("staff.group", fmt.Sprintf("%s is not the number of a group", text))
	}
	return int(number), nil
}

// socketProblem returns why the operator's socket could not be opened: its path is too
// long, its group is unknown or cannot be given to it, or others could replace it.
func socketProblem(file *conf.File) error {
	path, key := file.Socket(), "data_dir"
	if file.Staff.Socket != "" {
		key = "staff.socket"
	}
	if len(path) > socketPathMax {
		return file.Mistake(key, fmt.Sprintf("%s is too long: the path of a socket may have %d characters, and this one has %d", path, socketPathMax, len(path)))
	}
	group, err := socketGroup(file)
	if err != nil || file.Staff.Socket == "" {
		return err
	}
	dir := filepath.Dir(path)
	info, err := os.Stat(dir)
	if errors.Is(err, fs.ErrNotExist) {
		if err := makeable(dir); err != nil {
			return hint.Add(file.Mistake(key, fmt.Sprintf("%s does not exist and cannot be made: %v", dir, err)),
				"make it, owned by the user that runs mpg; the package makes "+filepath.Dir(conf.SharedSocket))
		}
	} else if err != nil {
		return file.Mistake(key, bare(err).Error())
	} else if err := safeDir(dir, info); err != nil {
		return file.Mistake(key, err.Error())
	}
	if group != api.Private && !mayGive(info, group) {
		return hint.Add(file.Mistake("staff.group", fmt.Sprintf("the user that runs mpg cannot give a socket in %s to the group %s", dir, file.Staff.Group)),
			fmt.Sprintf("chgrp %s %s && chmod g+s %[2]s, or add the user to the group", file.Staff.Group, dir))
	}
	return nil
}

// safeDir returns why a socket cannot be made in an existing folder, or could be replaced
// there by somebody else.
func safeDir(dir string, info fs.FileInfo) error {
	switch {
	case !info.IsDir():
		return fmt.Errorf("%s is not a folder", dir)
	case info.Mode().Perm()&othersWrite != 0 && info.Mode()&fs.ModeSticky == 0:
		return fmt.Errorf("anybody who may write in %s could put a socket of their own there: its mode is %04o, and only its owner should be able to write", dir, info.Mode().Perm())
	}
	return usableDir(dir)
}

// usableDir returns why this user cannot make a file in a folder.
func usableDir(dir string) error {
	if err := unix.Access(dir, unix.W_OK|unix.X_OK); err != nil {
		return fmt.Errorf("%s: %w", dir, err)
	}
	return nil
}

// makeable returns why this user cannot make a folder and those above it.
func makeable(dir string) error {
	above := filepath.Dir(dir)
	if _, err := os.Stat(above); errors.Is(err, fs.ErrNotExist) && above != dir {
		return makeable(above)
	}
	return usableDir(above)
}

// mayGive reports whether this user can give a file in a folder to a group. In a folder
// with the set-group-ID bit a file has the group of the folder from the start. A folder
// that is yet to be made has none.
func mayGive(dir fs.FileInfo, group int) bool {
	if dir != nil && dir.Mode()&fs.ModeSetgid != 0 {
		if owner, ok := dir.Sys().(*syscall.Stat_t); ok && int(owner.Gid) == group {
			return true
		}
	}
	groups, err := os.Getgroups()
	return os.Geteuid() == 0 || os.Getegid() == group || err == nil && slices.Contains(groups, group)
}
