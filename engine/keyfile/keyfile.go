// Package keyfile reads and makes the files that hold one secret key each: 64
// hexadecimal digits, which are 32 bytes.
//
// A key must outlive every record that was made under it. So a key is on the
// disk, including its name in the folder, before anybody may use it. And a file
// that a crash left empty or cut short is told apart from one with a mistake:
// the first may be made again while nothing depends on it, the second never.
//
// What the keys are for is not known here; see engine/pin and engine/seal. The
// package imports only the standard library.
package keyfile

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

// Size is the length of a key in bytes; a file has two digits for each.
const Size = 32

// othersMask holds the permission bits of everybody but the owner.
const othersMask = 0o077

// Errors of keys and their files.
var (
	// ErrForm says that a text is no key.
	ErrForm = errors.New("a key is 64 hexadecimal digits")
	// ErrTorn says that a file is empty or holds less than a key, as a crash
	// may leave it.
	ErrTorn = errors.New("the key file is empty or cut short")
	// ErrOpen says that others than its owner may read a file.
	ErrOpen = errors.New("others may read the key file")
)

// Parse returns the key in the text of a key file or credential.
func Parse(text string) ([]byte, error) {
	text = strings.TrimSpace(strings.Trim(text, "\x00"))
	secret, err := hex.DecodeString(text)
	switch {
	case err == nil && len(secret) == Size:
		return secret, nil
	case strings.Trim(text, "0123456789abcdefABCDEF") == "" && len(text) < 2*Size:
		return nil, ErrTorn
	}
	return nil, ErrForm
}

// Read returns the key in a file whose permissions somebody else looks after, such
// as a systemd credential.
func Read(path string) ([]byte, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	defer clear(text)
	secret, err := Parse(string(bytes.TrimSpace(text)))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return secret, nil
}

// Open returns the key in our own file at path, which only its owner may read. The
// error is fs.ErrNotExist if there is none.
func Open(path string) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if mode := info.Mode().Perm(); mode&othersMask != 0 {
		return nil, fmt.Errorf("%s: %w (mode %04o): chmod 0400 it", path, ErrOpen, mode)
	}
	return Read(path)
}

// Make returns the key in the file at path. If there is no file, or one that a
// crash left torn, it makes one with mode 0400. It returns a key only once file and
// folder are on the disk: whatever is sealed or hashed under a key that a power cut
// takes away is lost. Call it only while nothing depends on the key.
func Make(path string, random io.Reader) ([]byte, error) {
	_, err := Open(path)
	torn := errors.Is(err, ErrTorn)
	if torn || errors.Is(err, fs.ErrNotExist) {
		err = create(path, torn, random)
	}
	if err != nil {
		return nil, err
	}
	if err := sync(path); err != nil {
		return nil, err
	}
	return Open(path) // read it back: another process may have been quicker
}

// create writes a new key under another name and then renames it, so that a crash
// leaves either no file of that name or a whole one. It replaces only a torn file.
func create(path string, replace bool, random io.Reader) error {
	secret := make([]byte, Size)
	if _, err := io.ReadFull(random, secret); err != nil {
		return err
	}
	draft := path + ".new"
	if err := os.Remove(draft); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	f, err := os.OpenFile(draft, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o400)
	if err != nil {
		return err
	}
	_, err = f.WriteString(hex.EncodeToString(secret) + "\n")
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return errors.Join(err, os.Remove(draft))
	}
	if replace {
		return os.Rename(draft, path)
	}
	if err := os.Link(draft, path); err != nil && !errors.Is(err, fs.ErrExist) {
		return errors.Join(err, os.Remove(draft))
	}
	return os.Remove(draft)
}

// sync flushes a file to the disk, and its name in the folder: fsync(2) says that
// the directory entry needs a sync of its own.
func sync(path string) error {
	for _, name := range []string{path, filepath.Dir(path)} {
		f, err := os.Open(name)
		if err != nil {
			return err
		}
		err = f.Sync()
		if errors.Is(err, syscall.EINVAL) {
			err = nil // the file system does not support it
		}
		if err := errors.Join(err, f.Close()); err != nil {
			return err
		}
	}
	return nil
}
