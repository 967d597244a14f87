package bolt

import (
	"testing"

	bbolt "go.etcd.io/bbolt"
)

// KeyCounts returns how many documents are in their bucket and how many in the index of
// the archive.
func KeyCounts(t testing.TB, dir string) (live, index int) {
	t.Helper()
	edit(t, dir, func(tx *bbolt.Tx) error {
		live, index = tx.Bucket(bucketDoc).Stats().KeyN, tx.Bucket(bucketArchive).Stats().KeyN
		return nil
	})
	return live, index
}
