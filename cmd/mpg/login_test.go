package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"mpg/engine/api"
)

// terminal is a pseudoterminal, pty(7): the end at which a person types and reads.
type terminal struct {
	*os.File
	inner *os.File // the end of the program
	shown bytes.Buffer
}

func openTerminal(t *testing.T) *terminal {
	t.Helper()
	fd, err := unix.Open("/dev/ptmx", unix.O_RDWR|unix.O_NOCTTY|unix.O_CLOEXEC|unix.O_NONBLOCK, 0) // so that reads have a deadline
	if err != nil {
		t.Skipf("NOT TESTED: /dev/ptmx: %v", err)
	}
	outer := os.NewFile(uintptr(fd), "/dev/ptmx")
	t.Cleanup(func() { _ = outer.Close() })
	number, err := unix.IoctlGetInt(fd, unix.TIOCGPTN)
	if err == nil {
		err = unix.IoctlSetPointerInt(fd, unix.TIOCSPTLCK, 0)
	}
	if err != nil {
		t.Fatal(err)
	}
	inner, err := os.OpenFile(fmt.Sprintf("/dev/pts/%d", number), os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = inner.Close() })
	return &terminal{File: outer, inner: inner}
}

// await reads until the terminal shows a text that was not shown before.
func (c *terminal) await(t *testing.T, text string) {
	t.Helper()
	before := c.shown.Len()
	if err := c.SetReadDeadline(time.Now().Add(2 * time.Minute)); err != nil {
		t.Fatal(err)
	}
	for buf := make([]byte, 1024); !bytes.Contains(c.shown.Bytes()[before:], []byte(text)); {
		n, err := c.Read(buf)
		c.shown.Write(buf[:n])
		if err != nil {
			t.Fatalf("%v; shown: %s", err, c.shown.String())
		}
	}
}

// logins is a daemon that answers only logins.
type logins struct {
	mu  sync.Mutex
	got []api.Login
}

// ServeHTTP answers the first login as one with a one-time code, and the next as a right one.
func (l *logins) ServeHTTP(reply http.ResponseWriter, req *http.Request) {
	var in api.Login
	if err := json.NewDecoder(req.Body).Decode(&in); err != nil || req.URL.Path != "/staff/login" {
		reply.WriteHeader(http.StatusBadRequest)
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.got = append(l.got, in); len(l.got) == 1 {
		reply.WriteHeader(http.StatusConflict)
		_ = json.NewEncoder(reply).Encode(api.Problem{Error: "choose", Code: api.CodeNewPassword}) // the test would fail
		return
	}
	_ = json.NewEncoder(reply).Encode(api.Session{Name: in.Name, Role: "admin", Token: "token-of-" + in.Name, Expires: time.Now().Add(time.Hour).UTC().Format(time.RFC3339Nano)})
}

// TestPasswordsAreNotShown: the first login asks for the code and twice for the password, and
// the terminal shows none of them.
func TestPasswordsAreNotShown(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	listener, err := net.Listen("unix", filepath.Join(dir, "mpg.sock"))
	if err != nil {
		t.Fatal(err)
	}
	daemon := new(logins)
	server := &http.Server{Handler: daemon, ReadHeaderTimeout: time.Minute}
	go func() { _ = server.Serve(listener) }() // it ends with Close
	defer func() { _ = server.Close() }()
	file := filepath.Join(dir, "mpg.toml")
	if err := os.WriteFile(file, []byte("data_dir = \".\"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	term := openTerminal(t)
	c := &exec.Cmd{Path: "/proc/self/exe", Args: []string{"mpg", "staff", "login", "ada", "-c", file}, Dir: dir,
		Env: append(os.Environ(), tokenDirVar+"="+dir), Stdin: term.inner, Stdout: term.inner, Stderr: term.inner,
		SysProcAttr: &syscall.SysProcAttr{Setsid: true, Setctty: true}}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Process.Kill() }() // it has ended, unless the test failed
	for _, line := range []struct{ prompt, typed string }{
		{"or one-time code: ", "code-of-ada"}, {"12 characters or more: ", "not the same password"}, {"Type it again: ", "not the same at all"},
		{"The two differ. Choose a password: ", "the password of ada"}, {"Type it again: ", "the password of ada"},
	} {
		term.await(t, line.prompt)
		if _, err := fmt.Fprintln(term, line.typed); err != nil {
			t.Fatal(err)
		}
	}
	term.await(t, "until")
	if err := c.Wait(); err != nil {
		t.Errorf("%v: %s", err, term.shown.String())
	}
	for _, secret := range []string{"code-of", "password of ada\r", "the password", "not the same", "token-of"} {
		if strings.Contains(term.shown.String(), secret) {
			t.Errorf("%q is shown: %s", secret, term.shown.String())
		}
	}
	if got := daemon.got; len(got) != 2 || string(got[0].Password) != "code-of-ada" || got[0].New != nil || string(got[1].Password) != "code-of-ada" || string(got[1].New) != "the password of ada" {
		t.Errorf("the daemon was asked %s", fmt.Sprint(got))
	}
	if state, err := unix.IoctlGetTermios(int(term.inner.Fd()), unix.TCGETS); err != nil || state.Lflag&unix.ECHO == 0 {
		t.Errorf("the terminal shows nothing that is typed later: %v", err)
	}
}
