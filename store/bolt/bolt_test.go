package bolt_test

import (
	"os"
	"path/filepath"
	"testing"

	"mpg/store"
	"mpg/store/bolt"
	"mpg/store/storetest"
)

// engine is the store with a checkpoint of so many commits.
func engine(checkpointCommits int) storetest.Engine {
	return storetest.Engine{
		Open: func(t testing.TB, dir string) store.Store {
			t.Helper()
			return open(t, dir, bolt.Options{CheckpointCommits: checkpointCommits})
		},
		Image: image,
	}
}

func open(t testing.TB, dir string, opts bolt.Options) *bolt.Store {
	t.Helper()
	s, err := bolt.Open(dir, opts)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// privateDir is a folder as a store wants it.
func privateDir(t testing.TB) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.Chmod(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	return dir
}

// image copies the file of a store that has nothing to do: what is there then is
// what a crash would leave.
func image(t testing.TB, dir string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(dir, bolt.FileName))
	if err != nil {
		t.Fatal(err)
	}
	to := privateDir(t)
	if err := os.WriteFile(filepath.Join(to, bolt.FileName), b, 0o600); err != nil {
		t.Fatal(err)
	}
	return to
}

func TestSuite(t *testing.T) {
	t.Parallel()
	storetest.Run(t, engine(0))
}

// TestSuiteCheckpointing runs it with rounds of the checkpoint so short that all is
// caught amid one, and all is in its bucket soon.
func TestSuiteCheckpointing(t *testing.T) {
	t.Parallel()
	for _, commits := range []int{1, 3} {
		storetest.Run(t, engine(commits))
	}
}
