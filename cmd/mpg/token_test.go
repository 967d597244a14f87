package main

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"mpg/engine/api"
)

// TestALoginIsKept for the daemon of one socket and for the user who logged in.
func TestALoginIsKept(t *testing.T) {
	state := t.TempDir()
	t.Setenv(tokenDirVar, state) // not parallel: it is the process's own
	login := api.Session{Name: "ada", Role: "admin", Token: "a token", Expires: time.Now().Add(time.Hour).UTC().Format(time.RFC3339Nano)}
	write := func(login api.Session) string {
		t.Helper()
		if err := writeLogin("/run/one.sock", login); err != nil {
			t.Fatal(err)
		}
		path, err := tokenPath("/run/one.sock")
		if err != nil {
			t.Fatal(err)
		}
		return path
	}
	path := write(login)
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 || filepath.Dir(path) != filepath.Join(state, "mpg") {
		t.Errorf("%s: %v, %v", path, info, err)
	}
	if got := readLogin("/run/one.sock"); got == nil || *got != login {
		t.Errorf("read %+v", got)
	}
	if got := readLogin("/run/other.sock"); got != nil {
		t.Errorf("for another daemon: %+v", got)
	}
	for name, spoil := range map[string]func() error{
		"expired": func() error {
			old := login
			old.Expires = time.Now().UTC().Format(time.RFC3339Nano)
			write(old)
			return nil
		},
		"torn":   func() error { return os.WriteFile(path, []byte(`{"name":"ada","tok`), 0o600) },
		"a link": func() error { return os.Rename(path, path+".real") },
	} {
		write(login)
		if err := spoil(); err != nil {
			t.Fatal(err)
		}
		if name == "a link" {
			if err := os.Symlink(path+".real", path); err != nil {
				t.Fatal(err)
			}
		}
		if got := readLogin("/run/one.sock"); got != nil {
			t.Errorf("%s: %+v", name, got)
		}
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
	}
	write(login)
	if os.Getuid() == 0 { // as under sudo, which may keep HOME
		if err := os.Chown(path, 40_101, 40_101); err != nil {
			t.Fatal(err)
		}
		if got := readLogin("/run/one.sock"); got != nil {
			t.Errorf("of another user: %+v", got)
		}
	}
	for range 2 {
		if err := dropLogin("/run/one.sock"); err != nil || readLogin("/run/one.sock") != nil {
			t.Errorf("after a logout: %v", err)
		}
	}
	t.Setenv(tokenDirVar, "")
	t.Setenv("HOME", state)
	if path, err := tokenPath("/run/one.sock"); err != nil || filepath.Dir(path) != filepath.Join(state, ".local", "state", "mpg") {
		t.Errorf("%s, %v", path, err)
	}
	t.Setenv("HOME", "")
	if err := writeLogin("/run/one.sock", login); err == nil || readLogin("/run/one.sock") != nil {
		t.Error("a login is kept nowhere")
	}
}
