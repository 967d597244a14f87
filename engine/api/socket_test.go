package api_test

import (
	"context"
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"mpg/engine/api"
)

// Accounts of the tests, which need not exist on this machine.
const (
	someGroup, otherGroup = 40_100, 40_200
	someUID, friendUID    = 40_101, 40_102
	strangerUID           = 40_201
)

// needsRoot skips what only root can try.
func needsRoot(t *testing.T) {
	t.Helper()
	if os.Getuid() != 0 {
		t.Skip("NOT TESTED: connecting as other users needs root")
	}
}

// openFolder makes a folder that all users may enter.
func openFolder(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "mpg-socket-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	return dir
}

// dialAs connects to a socket as a user of one group. Only the thread that connects becomes
// that user, and it ends: credentials(7) are those of a thread, and the kernel tells the
// other side those of the one that has connected.
func dialAs(uid, gid int, path string) (net.Conn, error) {
	type result struct {
		conn net.Conn
		err  error
	}
	done := make(chan result)
	go func() {
		runtime.LockOSThread() // and never unlocked, so that the thread is not used again
		conn, err := connectAs(uid, gid, path)
		done <- result{conn, err}
	}()
	got := <-done
	return got.conn, got.err
}

func connectAs(uid, gid int, path string) (net.Conn, error) {
	for _, call := range [][4]uintptr{{unix.SYS_SETGROUPS, 0, 0, 0}, {unix.SYS_SETRESGID, uintptr(gid), uintptr(gid), uintptr(gid)}, {unix.SYS_SETRESUID, uintptr(uid), uintptr(uid), uintptr(uid)}} {
		if _, _, errno := syscall.RawSyscall(call[0], call[1], call[2], call[3]); errno != 0 {
			return nil, errno
		}
	}
	fd, err := unix.Socket(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, err
	}
	file := os.NewFile(uintptr(fd), path)
	defer func() { _ = file.Close() }() // the connection has a copy
	if err := unix.Connect(fd, &unix.SockaddrUnix{Name: path}); err != nil {
		return nil, err
	}
	return net.FileConn(file)
}

// shared opens a socket of the desk for a group, and returns its path.
func (d *desk) shared(dir string, group int) string {
	d.t.Helper()
	path := filepath.Join(dir, "mpg.sock")
	l, err := api.Listen(path, group)
	if err != nil {
		d.t.Fatal(err)
	}
	server := api.Server(api.Handler(api.Services{Admin: d.admin}), true)
	go func() { _ = server.Serve(l) }() // it ends with Close
	d.t.Cleanup(func() { _ = server.Close() })
	return path
}

// as returns the desk as a user who comes by a shared socket.
func (d *desk) as(uid, gid int, path string) *desk {
	other := *d
	other.token = ""
	other.http = http.Client{Transport: &http.Transport{DisableKeepAlives: true, DialContext: func(context.Context, string, string) (net.Conn, error) {
		return dialAs(uid, gid, path)
	}}}
	return &other
}

// TestTheSocketOfAGroup: it has its mode and group before anybody can connect; members get
// in, and others are kept out by the kernel.
func TestTheSocketOfAGroup(t *testing.T) {
	t.Parallel()
	needsRoot(t)
	d := newDesk(t)
	path := d.shared(openFolder(t), someGroup)
	var file unix.Stat_t
	if err := unix.Stat(path, &file); err != nil || file.Mode&0o777 != 0o660 || file.Gid != someGroup {
		t.Errorf("mode %04o, group %d, %v", file.Mode&0o777, file.Gid, err)
	}
	for name, tt := range map[string]struct {
		uid, gid int
		want     error
	}{"a member": {someUID, someGroup, nil}, "a stranger": {strangerUID, otherGroup, syscall.EACCES}} {
		conn, err := dialAs(tt.uid, tt.gid, path)
		if !errors.Is(err, tt.want) {
			t.Errorf("%s: %v, want %v", name, err, tt.want)
		}
		if conn != nil {
			_ = conn.Close()
		}
	}
	// Before there is staff, only root and the daemon's user give commands.
	if status, text := d.as(someUID, someGroup, path).request("GET", "/status", "", ""); status != 403 || !strings.Contains(text, "no staff have been added yet") {
		t.Errorf("before there is staff: %d %s", status, text)
	}
	if status, text := d.as(65534, someGroup, path).request("GET", "/status", "", ""); status != 403 || !strings.Contains(text, "cannot see which account") {
		t.Errorf("an account that the kernel does not name: %d %s", status, text)
	}
	d.staffed()
	member := d.as(someUID, someGroup, path)
	for _, route := range []string{"GET /status", "POST /ledger/verify", "POST /staff", "GET /users"} {
		method, path, _ := strings.Cut(route, " ")
		if status, text := member.request(method, path, "k", "{}"); status != 403 || !strings.Contains(text, "log in first") {
			t.Errorf("%s without a login: %d %s", route, status, text)
		}
	}
}

// TestAFolderGivesItsGroup: in a folder with the set-group-ID bit the socket has the group
// of the folder, which its owner need not be a member of.
func TestAFolderGivesItsGroup(t *testing.T) {
	t.Parallel()
	needsRoot(t)
	dir := openFolder(t)
	if err := errors.Join(os.Chown(dir, someUID, someGroup), os.Chmod(dir, 0o755|os.ModeSetgid)); err != nil {
		t.Fatal(err)
	}
	type made struct {
		file unix.Stat_t
		err  error
	}
	done := make(chan made)
	go func() {
		runtime.LockOSThread() // and never unlocked: see dialAs
		var m made
		for _, call := range [][4]uintptr{{unix.SYS_SETGROUPS}, {unix.SYS_SETRESGID, otherGroup, otherGroup, otherGroup}, {unix.SYS_SETRESUID, someUID, someUID, someUID}} {
			if _, _, errno := syscall.RawSyscall(call[0], call[1], call[2], call[3]); errno != 0 {
				m.err = errno
			}
		}
		if m.err == nil {
			var l net.Listener
			if l, m.err = api.Listen(filepath.Join(dir, "mpg.sock"), someGroup); m.err == nil {
				m.err = unix.Stat(filepath.Join(dir, "mpg.sock"), &m.file)
				_ = l.Close()
			}
		}
		done <- m
	}()
	if m := <-done; m.err != nil || m.file.Gid != someGroup || m.file.Mode&0o777 != 0o660 {
		t.Errorf("group %d, mode %04o, %v", m.file.Gid, m.file.Mode&0o777, m.err)
	}
}

// TestATokenOfAnotherUID is refused, and stays valid for its owner. Nobody but the account
// that a member is bound to can log in as that member.
func TestATokenOfAnotherUID(t *testing.T) {
	t.Parallel()
	needsRoot(t)
	d := newDesk(t)
	path := d.shared(openFolder(t), someGroup)
	tokens := d.staffed()
	owner, friend := d.as(someUID, someGroup, path), d.as(friendUID, someGroup, path)
	owner.token = owner.login("operator", "the password of operator", "")
	owner.ask("GET", "/status", "", "", 200)
	friend.token = owner.token
	for range 2 {
		if got := friend.ask("GET", "/status", "", "", 401); got["error"] != "this login belongs to another user id" {
			t.Errorf("%v", got)
		}
		owner.ask("GET", "/status", "", "", 200)
	}
	friend.token = tokens["operator"] // that root has got
	friend.ask("GET", "/status", "", "", 401)

	d.token = tokens["admin"]
	bound := d.ask("POST", "/staff", "k1", `{"name":"bound","role":"support","uid":40101}`, 200)
	code := bound["code_begins"].(string) + d.approved(tokens["deputy"], bound)
	body, err := json.Marshal(api.Login{Name: "bound", Password: []byte(code), New: []byte("the password of bound")})
	if err != nil {
		t.Fatal(err)
	}
	for range 6 { // more than are free: a friend cannot lock the member out
		if got := friend.ask("POST", "/staff/login", "", string(body), 403); got["code"] != "other_uid" {
			t.Errorf("%v", got)
		}
	}
	owner.login("bound", code, "the password of bound")
}
