package bolt

import (
	"encoding/binary"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"mpg/store"
)

// TestDamagedPages changes the head and the first elements of every page, one
// number at a time. No change ends the process; what is damaged is an error.
func TestDamagedPages(t *testing.T) {
	t.Parallel()
	dir := smallLedger(t)
	sound := used(t, filepath.Join(dir, FileName))
	work := filepath.Join(t.TempDir(), "data")
	if err := os.Mkdir(work, 0o700); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(work, FileName)
	size := os.Getpagesize()
	found, tried := 0, 0
	for page := 2; page < len(sound)/size; page++ {
		for _, at := range []int{0, 8, 10, 12, 16, 20, 24, 28, 32, 40, 44} {
			for _, with := range []uint32{1, 1 << 15, 1 << 31} {
				spoilt := append([]byte(nil), sound...)
				field := spoilt[page*size+at:]
				binary.LittleEndian.PutUint32(field, binary.LittleEndian.Uint32(field)^with)
				if err := os.WriteFile(path, spoilt, 0o600); err != nil {
					t.Fatal(err)
				}
				tried++
				err := checkPages(path)
				if err != nil {
					found++
				}
				if err != nil && !errors.Is(err, store.ErrCorrupt) {
					t.Errorf("page %d at %d: %v", page, at, err)
				}
				if tried%10 == 0 { // a look by bbolt itself is dear
					openDamaged(t, work, err)
				}
			}
		}
	}
	t.Logf("%d of %d changes are damage", found, tried)
	if found < tried/10 {
		t.Error("the test proves nothing")
	}
}

// openDamaged opens a store that was found damaged, or not.
func openDamaged(t *testing.T, dir string, found error) {
	t.Helper()
	s, err := Open(dir, Options{MmapInitial: 1 << 20})
	switch {
	case err == nil:
		_ = s.Close() // it may well be broken
		if found != nil {
			t.Errorf("opens in spite of %v", found)
		}
	case !errors.Is(err, store.ErrCorrupt):
		t.Error(err)
	}
}

// TestFileCutShort: a file that ends early is an error, wherever it ends.
func TestFileCutShort(t *testing.T) {
	t.Parallel()
	dir := smallLedger(t)
	sound := used(t, filepath.Join(dir, FileName))
	for _, length := range []int{1, 100, 4095, 4096, 8192, 12288, len(sound) / 2, len(sound) - 1} {
		if err := os.WriteFile(filepath.Join(dir, FileName), sound[:length], 0o600); err != nil {
			t.Fatal(err)
		}
		if s, err := Open(dir, Options{}); !errors.Is(err, store.ErrCorrupt) {
			t.Errorf("%d bytes: %v", length, err)
			if err == nil {
				_ = s.Close() // it may well be broken
			}
		}
	}
}
