package books

import (
	"context"

	"mpg/engine/tx"
	"mpg/store"
	"mpg/store/money"
)

// CapBanks sets the most that each bank may owe, by the name of the bank; 0: no limit. What it
// owes for cards is limited by the same, once its first card payment has opened that account. What
// a bank owes already, or has been asked for, stands even if it is more: only new holds are
// refused.
func (b *Books) CapBanks(ctx context.Context, most map[string]money.Amount) error {
	for name, ceiling := range most {
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
