package daemon

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/user"
	"path/filepath"
	"strconv"

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
			return hint.Add(d.conf.Mistake("staff.socket", bare(err).Error()), "make the folder, owned by the user that runs mpg; the unit makes "+filepath.Dir(conf.SharedSocket))
		}
	}
	l, err := api.Listen(path, group)
	if errors.Is(err, fs.ErrPermission) && group != api.Private {
		return hint.Add(d.conf.Mistake("staff.group", fmt.Sprintf("%s cannot be given to the group %s: %v", path, d.conf.Staff.Group, bare(err))),
			fmt.Sprintf("run chgrp %s %s and chmod g+s %[2]s, or add the user that runs mpg to the group", d.conf.Staff.Group, filepath.Dir(path)))
	}
	if err != nil {
		return err
	}
	d.socket = api.Server(api.Handler(d.services()), group != api.Private)
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
// long, its group is unknown, or others could replace it.
func socketProblem(file *conf.File) error {
	path, key := file.Socket(), "data_dir"
	if file.Staff.Socket != "" {
		key = "staff.socket"
	}
	if len(path) > socketPathMax {
		return file.Mistake(key, fmt.Sprintf("%s is too long: the path of a socket may have %d characters, and this one has %d", path, socketPathMax, len(path)))
	}
	if _, err := socketGroup(file); err != nil || file.Staff.Socket == "" {
		return err
	}
	dir := filepath.Dir(path)
	switch info, err := os.Stat(dir); {
	case errors.Is(err, fs.ErrNotExist):
		return nil // serve makes it, as systemd does before
	case err != nil:
		return file.Mistake(key, bare(err).Error())
	case info.Mode().Perm()&othersWrite != 0 && info.Mode()&fs.ModeSticky == 0:
		return file.Mistake(key, fmt.Sprintf("anybody who may write in %s could put a socket of their own there; its mode is %04o", dir, info.Mode().Perm()))
	}
	return nil
}
