package main

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

// TestGiveToOwnerFollowsNoLink: the owner of the folder may put a link to a file of
// root's in place of the key that root has just made.
func TestGiveToOwnerFollowsNoLink(t *testing.T) {
	t.Parallel()
	if os.Geteuid() != 0 {
		t.Skip("only root gives files away")
	}
	ours, theirs := t.TempDir(), t.TempDir()
	secret, link := filepath.Join(ours, "secret"), filepath.Join(theirs, "pin.key")
	for _, err := range []error{os.WriteFile(secret, nil, 0o400), os.Symlink(secret, link), os.Chown(theirs, nobody, nobody)} {
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := giveToOwner(link, theirs); err == nil {
		t.Error("a link is no key")
	}
	info, err := os.Stat(secret)
	if err != nil {
		t.Fatal(err)
	}
	if owner := info.Sys().(*syscall.Stat_t).Uid; owner != 0 {
		t.Errorf("the file that the link names was given to user %d", owner)
	}
}
