package bolt

import (
	"os"
	"path/filepath"
	"testing"
	"unsafe"

	"golang.org/x/sys/unix"
)

// resident returns how many pages of a file are in memory: mincore(2).
func resident(t *testing.T, path string) (pages int) {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }() // only looked at
	info, err := f.Stat()
	if err != nil {
		t.Fatal(err)
	}
	mapped, err := unix.Mmap(int(f.Fd()), 0, int(info.Size()), unix.PROT_READ, unix.MAP_SHARED)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = unix.Munmap(mapped) }()
	seen := make([]byte, (len(mapped)+os.Getpagesize()-1)/os.Getpagesize())
	_, _, errno := unix.Syscall(unix.SYS_MINCORE, uintptr(unsafe.Pointer(&mapped[0])), uintptr(len(mapped)), uintptr(unsafe.Pointer(&seen[0])))
	if errno != 0 {
		t.Fatal(errno)
	}
	for _, s := range seen {
		pages += int(s & 1)
	}
	return pages
}

// TestDropCached: opening does not rely on what memory holds of the file, dirty
// or clean, and nothing that was written is lost.
func TestDropCached(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "file")
	text := make([]byte, 1<<20)
	for i := range text {
		text[i] = byte(i)
	}
	if err := os.WriteFile(path, text, 0o600); err != nil { // it is dirty now
		t.Fatal(err)
	}
	before := resident(t, path)
	if before == 0 {
		t.Skip("NOT TESTED: the files of this file system are not in memory after they were written")
	}
	if err := dropCached(path); err != nil {
		t.Fatal(err)
	}
	if after := resident(t, path); after != 0 {
		var fs unix.Statfs_t
		if err := unix.Statfs(path, &fs); err == nil && fs.Type == unix.TMPFS_MAGIC {
			t.Skip("NOT TESTED: the file system is memory")
		}
		t.Errorf("%d of %d pages are still in memory", after, before)
	}
	if back, err := os.ReadFile(path); err != nil || string(back) != string(text) {
		t.Errorf("what was written is not there: %v", err)
	}
	if err := dropCached(filepath.Join(t.TempDir(), "none")); err == nil {
		t.Error("a file that is not there is dropped")
	}
}

// TestOpenAfterAnUncleanEnd: after a clean close the file is trusted as it is
// in memory; after any other end it is read from the disk.
func TestOpenAfterAnUncleanEnd(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "data")
	path := filepath.Join(dir, FileName)
	marked := func() bool { _, err := os.Stat(markOf(path)); return err == nil }
	s, err := Open(dir, Options{})
	if err != nil || !marked() {
		t.Fatal(marked(), err)
	}
	if err := s.Close(); err != nil || marked() {
		t.Errorf("after a clean close it is marked %v, %v", marked(), err)
	}
	if s, err = Open(dir, Options{}); err != nil {
		t.Fatal(err)
	}
	close(s.queue.broken) // as after a commit that failed
	if err := s.Close(); err != nil || !marked() {
		t.Errorf("after a commit that failed it is marked %v, %v", marked(), err)
	}
	if err := os.WriteFile(filepath.Join(dir, "beside"), make([]byte, 1<<16), 0o600); err != nil {
		t.Fatal(err)
	}
	if resident(t, filepath.Join(dir, "beside")) == 0 {
		t.Skip("NOT TESTED: the files of this file system are not in memory after they were written")
	}
	if err := beginOpen(path); err != nil {
		t.Fatal(err)
	}
	if after := resident(t, path); after != 0 {
		var fs unix.Statfs_t
		if err := unix.Statfs(path, &fs); err == nil && fs.Type == unix.TMPFS_MAGIC {
			t.Skip("NOT TESTED: the file system is memory")
		}
		t.Errorf("%d pages are believed", after)
	}
}
