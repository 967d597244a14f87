package storebench

import (
	"context"
	"errors"
	"os"
	"path/filepath"

	"mpg/store/bolt"
)

// scaleRounds is how often Scale alternates between the stores, so that a machine that
// slows down meanwhile slows both.
const scaleRounds = 3

// Scaled holds the figures of the same load on a store with few accounts and on one with
// many.
type Scaled struct{ Few, Many Figure }

// Scale measures Ours with the accounts of load and, in turn, with many accounts. Each runs
// for the time of load in total. Every account is open, and in the checkpoint, before the
// load begins. dir needs room for about 150 bytes an account.
func Scale(ctx context.Context, dir string, load Load, many int) (Scaled, error) {
	if err := load.check(); err != nil {
		return Scaled{}, err
	}
	few, err := openFilled(filepath.Join(dir, "few"), load.Accounts)
	if err != nil {
		return Scaled{}, err
	}
	larger, err := openFilled(filepath.Join(dir, "many"), many)
	if err != nil {
		return Scaled{}, errors.Join(err, few.Close())
	}
	var scaled Scaled
	turn := load
	turn.For = load.For / scaleRounds
	for round := range scaleRounds {
		var short, long Figure
		turn.turn = uint64(round)
		turn.Accounts = load.Accounts
		if short, err = transfers(ctx, few, turn); err != nil {
			break
		}
		turn.Accounts = many
		if long, err = transfers(ctx, larger, turn); err != nil {
			break
		}
		scaled.Few, scaled.Many = scaled.Few.with(short), scaled.Many.with(long)
	}
	return scaled, errors.Join(err, few.Close(), larger.Close())
}

// openFilled opens a store in a new folder with that many accounts, all written by the
// checkpoint, as if an earlier process had opened them.
func openFilled(dir string, accounts int) (*bolt.Store, error) {
	if err := os.Mkdir(dir, 0o700); err != nil {
		return nil, err
	}
	s, err := bolt.Open(dir, bolt.Options{})
	if err != nil {
		return nil, err
	}
	if err := errors.Join(OpenAccounts(s, accounts), s.Close()); err != nil {
		return nil, err
	}
	return bolt.Open(dir, bolt.Options{})
}
