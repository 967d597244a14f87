package filebank

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"syscall"
)

// The folders of a bank.
const (
	folderOutgoing = "outgoing"
	folderSent     = "sent"
	folderIncoming = "incoming"
	folderDone     = "done"
	folderRefused  = "refused"
)

// folders lists them. It is never written to.
var folders = []string{folderOutgoing, folderSent, folderIncoming, folderDone, folderRefused}

// Rights of what is made, and those that nobody else should have.
const (
	folderMode = 0o700
	fileMode   = 0o600
	othersMask = 0o077
)

// Names of files. A file is written under a name with newEnding, and files in sent have
// dueEnding until they are in outgoing, too. They are never written to.
const (
	newEnding    = ".new"
	dueEnding    = ".due"
	reasonEnding = ".txt"
	answerEnding = ".csv"
)

var (
	requestsForm = regexp.MustCompile(`^requests-(\d{8})-(\d{6,})\.csv(?:\.due)?$`)
	doneForm     = regexp.MustCompile(`^(\d{6,})-.*\.csv$`)
)

// requestsName returns the name of a file to the bank.
func requestsName(day string, number uint64) string {
	return fmt.Sprintf("requests-%s-%06d.csv", day, number)
}

// numbered returns the files in a folder whose names have that form, by the number at its
// end. A folder that is not there has none.
func numbered(folder string, form *regexp.Regexp) (map[uint64]string, error) {
	found := make(map[uint64]string)
	entries, err := os.ReadDir(folder)
	if errors.Is(err, fs.ErrNotExist) {
		return found, nil
	}
	for _, file := range entries {
		parts := form.FindStringSubmatch(file.Name())
		if parts == nil || !file.Type().IsRegular() {
			continue
		}
		number, err := strconv.ParseUint(parts[len(parts)-1], 10, 64)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", file.Name(), err)
		}
		found[number] = file.Name()
	}
	return found, err
}

// makeFolders makes those that are not there. The folder around them must be there: on a disk
// that is not mounted, nothing may be written beside it.
func makeFolders(folder string) error {
	if err := isFolder(folder); err != nil {
		return err
	}
	for _, name := range folders {
		path := filepath.Join(folder, name)
		if err := os.Mkdir(path, folderMode); err != nil && !errors.Is(err, fs.ErrExist) {
			return err
		}
	}
	return usable(folder)
}

func isFolder(path string) error {
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return err
	case !info.IsDir():
		return fmt.Errorf("%s is not a folder", path)
	}
	return nil
}

// usable reports why files cannot be put into, or taken out of, one of the folders that exist.
func usable(folder string) error {
	const mayReadWriteEnter = 7
	for _, path := range append([]string{""}, folders...) {
		path = filepath.Join(folder, path)
		err := syscall.Access(path, mayReadWriteEnter)
		if errors.Is(err, fs.ErrNotExist) && path != folder {
			continue // it will be made
		}
		if err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
	}
	return isFolder(folder)
}

// TooOpen returns those of the folders of a bank that others than their owner may use; the
// files in them hold account numbers.
func TooOpen(folder string) []string {
	var open []string
	for _, path := range append([]string{""}, folders...) {
		path = filepath.Join(folder, path)
		if info, err := os.Stat(path); err == nil && info.Mode().Perm()&othersMask != 0 {
			open = append(open, fmt.Sprintf("%s (mode %04o)", path, info.Mode().Perm()))
		}
	}
	return open
}

// writeFile writes a file that is complete, and on the disk, when it appears under its name.
func writeFile(path string, content []byte) error {
	file, err := os.OpenFile(path+newEnding, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, fileMode)
	if err != nil {
		return err
	}
	_, err = file.Write(content)
	if err = errors.Join(err, file.Sync(), file.Close()); err != nil {
		return err
	}
	return rename(path+newEnding, path)
}

// rename gives a file its name for good, in the same folder or another.
func rename(old, name string) error {
	if err := os.Rename(old, name); err != nil {
		return err
	}
	err := syncFolder(filepath.Dir(name))
	if from := filepath.Dir(old); from != filepath.Dir(name) {
		err = errors.Join(err, syncFolder(from))
	}
	return err
}

func syncFolder(path string) error {
	folder, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(folder.Sync(), folder.Close())
}
