package books

import (
	"context"

	"mpg/engine/tx"
	"mpg/store"
	"mpg/store/money"
)

// CapBanks sets the most that each bank may owe, by the name of the bank; 0: no limit. What it
// owes for cards is limited by the same, in an account of its own, which its first card payment
// opens. What a bank owes already, or has been asked for, stands even if it is more: only new
// holds are refused. CapBanks must be called before anything moves.
func (b *Books) CapBanks(ctx context.Context, most map[string]money.Amount) error {
	b.most = make(map[string]money.Amount)
	for name, ceiling := range most {
		b.most[CardPrefix+name] = ceiling
		for _, prefix := range []string{BankPrefix, CardPrefix} {
			if err := b.capAccount(ctx, prefix+name, ceiling); err != nil {
				return err
			}
		}
	}
	return nil
}

// capAccount sets the ceiling of the account with that name, if there is one.
func (b *Books) capAccount(ctx context.Context, name string, ceiling money.Amount) error {
	account, err := accountIn(ctx, b.cfg.Run.Books(), name)
	if err != nil || account.ID == 0 || account.Ceiling == ceiling {
		return err
	}
	return b.cfg.Run.Do(ctx, func(t *tx.Tx) error {
		t.Limit(store.Limit{Account: account.ID, Ceiling: ceiling, Closed: account.Closed})
		return nil
	})
}

// Owed returns how much of what a bank may owe it owes, with what is on its way; 0 if there is no
// limit, or nothing has passed through its accounts yet. Of what it owes for cards and for anything
// else, which have the same limit each, the greater share counts.
func (b *Books) Owed(ctx context.Context, bank string) (share float64, err error) {
	for _, prefix := range []string{BankPrefix, CardPrefix} {
		account, err := accountIn(ctx, b.cfg.Run.Books(), prefix+bank)
		if err != nil {
			return 0, err
		}
		if account.Ceiling > 0 {
			share = max(share, float64(account.Reach())/float64(account.Ceiling))
		}
	}
	return share, nil
}
