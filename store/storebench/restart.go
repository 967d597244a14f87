package storebench

import (
	"context"
	"errors"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"time"

	"mpg/store"
	"mpg/store/bolt"
)

// bulkCmds is how many Cmds a call of Restart applies.
const bulkCmds = 8000

// Restarted is how long a start took, and beside it how long it takes to read
// the same file from one end to the other.
type Restarted struct{ Start, Read time.Duration }

// Restart measures how long a start takes after a crash with a journal of n
// transfers between so many accounts: from Open to a store that does work. dir
// needs room for two files of about 80 bytes a transfer.
func Restart(ctx context.Context, dir string, accounts, count int) (Restarted, error) {
	full, crashed := filepath.Join(dir, "full"), filepath.Join(dir, "crashed")
	s, err := bolt.Open(full, bolt.Options{})
	if err != nil {
		return Restarted{}, err
	}
	err = fillStore(ctx, s, accounts, count)
	if err == nil {
		err = copyStore(full, crashed) // it has nothing to do: so a crash would leave it
	}
	if err = errors.Join(err, s.Close()); err != nil {
		return Restarted{}, err
	}
	read, err := readThrough(filepath.Join(crashed, bolt.FileName))
	if err != nil {
		return Restarted{}, err
	}
	begun := time.Now()
	s, err = bolt.Open(crashed, bolt.Options{})
	took := time.Since(begun)
	if err != nil {
		return Restarted{}, err
	}
	return Restarted{Start: took, Read: read}, s.Close()
}

// readThrough is how long it takes to read a file.
func readThrough(path string) (time.Duration, error) {
	f, err := os.Open(path)
	if err != nil {
		return 0, err
	}
	begun := time.Now()
	_, err = io.Copy(struct{ io.Writer }{io.Discard}, f)
	return time.Since(begun), errors.Join(err, f.Close())
}

func fillStore(ctx context.Context, ledger *bolt.Store, accounts, count int) error {
	if err := OpenAccounts(ledger, accounts); err != nil {
		return err
	}
	r := rand.New(rand.NewPCG(1, 1))
	cmds := make([]store.Cmd, bulkCmds)
	for done := 0; done < count; done += len(cmds) {
		cmds = cmds[:min(len(cmds), count-done)]
		for i := range cmds {
			p := draw(r, accounts)
			cmds[i] = cmdOf(&p)
		}
		if _, err := ledger.Apply(ctx, ledger.Epoch(), cmds); err != nil {
			return err
		}
	}
	return nil
}

func copyStore(from, to string) error {
	if err := os.Mkdir(to, 0o700); err != nil {
		return err
	}
	in, err := os.Open(filepath.Join(from, bolt.FileName))
	if err != nil {
		return err
	}
	out, err := os.OpenFile(filepath.Join(to, bolt.FileName), os.O_CREATE|os.O_WRONLY|os.O_EXCL, 0o600)
	if err != nil {
		return errors.Join(err, in.Close())
	}
	_, err = io.Copy(out, in)
	return errors.Join(err, in.Close(), out.Sync(), out.Close())
}
