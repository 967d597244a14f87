package bolt

import (
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	bbolt "go.etcd.io/bbolt"

	"mpg/store"
)

// Inspect lets look read the store in dir as it was left, and changes nothing there:
// no epoch starts, and no file is made. The error is os.ErrNotExist if there is no
// store, and store.ErrLocked while another process has it open.
func Inspect(dir string, opts Options, look func(store.Reader) error) error {
	opts, err := opts.complete()
	if err != nil {
		return err
	}
	path := filepath.Join(dir, FileName)
	if _, err := os.Stat(path); err != nil {
		return fmt.Errorf("store: %w", err)
	}
	lock, err := lockDir(dir, 1, opts.Sleep)
	if err != nil {
		return err
	}
	s := &Store{opts: opts, lock: lock}
	err = guarded(func() error {
		if err := s.read(path); err != nil {
			return err
		}
		return look(s)
	})
	if s.db != nil {
		err = errors.Join(err, guarded(s.db.Close))
	}
	return errors.Join(err, unlock(lock))
}

// read opens the file read-only and brings memory to the state after the last
// commit.
func (s *Store) read(path string) (err error) {
	if _, err := os.Stat(markOf(path)); err == nil {
		if err := dropCached(path); err != nil {
			return err
		}
	}
	if err := checkPages(path); err != nil {
		return err
	}
	o := s.opts.bbolt()
	o.ReadOnly = true
	if s.db, err = bbolt.Open(path, 0, o); err != nil {
		return openError(path, err)
	}
	if _, err = s.recover(); err != nil {
		return err
	}
	return s.passOver()
}

// passOver hides the rows that an unfinished round had written to their bucket, which
// takeOver deletes: the replay has those that are not done in memory, and the others
// would be taken for rows that are kept.
func (s *Store) passOver() error {
	return s.db.View(func(tx *bbolt.Tx) error {
		c := tx.Bucket(bucketOut).Cursor()
		for key, _ := c.Seek(uint64Key(uint64(s.state.markRow))); key != nil; key, _ = c.Next() {
			s.outbox.ended.drop(binary.BigEndian.Uint64(key), true)
		}
		return nil
	})
}
