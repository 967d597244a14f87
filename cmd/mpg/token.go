package main

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"mpg/cmd/mpg/hint"
	"mpg/engine/api"
)

// A login leaves a token in a file of the person's own, one for each daemon, where it is
// found by later commands.

// tokenDirVar names the folder for what programs keep about a person; XDG Base Directory
// Specification.
const tokenDirVar = "XDG_STATE_HOME"

// tokenPath returns the file for the token of the daemon behind a socket.
func tokenPath(socket string) (string, error) {
	dir := os.Getenv(tokenDirVar)
	if !filepath.IsAbs(dir) {
		home, err := os.UserHomeDir()
		if err != nil {
			return "", hint.Add(errors.New("there is no place to keep a login: HOME is not set"), "set HOME or "+tokenDirVar)
		}
		dir = filepath.Join(home, ".local", "state")
	}
	sum := sha256.Sum256([]byte(socket))
	return filepath.Join(dir, "mpg", "login-"+hex.EncodeToString(sum[:8])+".json"), nil
}

// readLogin returns what the last login at the daemon left, unless it has expired or is
// another user's, as under sudo; nil: nobody is logged in.
func readLogin(socket string) *api.Session {
	path, err := tokenPath(socket)
	if err != nil {
		return nil
	}
	info, err := os.Lstat(path)
	if err != nil || !info.Mode().IsRegular() {
		return nil
	}
	if owner, ok := info.Sys().(*syscall.Stat_t); !ok || int(owner.Uid) != os.Geteuid() {
		return nil
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil
	}
	var login api.Session
	if json.Unmarshal(text, &login) != nil {
		return nil
	}
	if expires, err := time.Parse(time.RFC3339Nano, login.Expires); err != nil || !time.Now().Before(expires) {
		return nil
	}
	return &login
}

// writeLogin keeps a login for the next commands, readable by this user only.
func writeLogin(socket string, login api.Session) error {
	path, err := tokenPath(socket)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return hint.Plainly(err)
	}
	text, err := json.Marshal(login)
	if err != nil {
		return err
	}
	made, err := os.CreateTemp(filepath.Dir(path), ".login-*") // 0600
	if err != nil {
		return hint.Plainly(err)
	}
	_, err = made.Write(append(text, '\n'))
	if err = errors.Join(err, made.Close()); err == nil {
		err = os.Rename(made.Name(), path)
	}
	if err != nil {
		_ = os.Remove(made.Name()) // it may be gone
		return hint.Plainly(err)
	}
	return nil
}

// dropLogin forgets the login at the daemon.
func dropLogin(socket string) error {
	path, err := tokenPath(socket)
	if err != nil {
		return err
	}
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return hint.Plainly(err)
	}
	return nil
}
