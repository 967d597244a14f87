package books

import (
	"context"

	"mpg/engine/tx"
	"mpg/store"
	"mpg/store/money"
)

// CapBanks sets the most that each bank may owe, by the name of the bank; 0: no limit. What
// a bank owes already, or has been asked for, stands even if it is more: only new holds are
// refused.
func (b *Books) CapBanks(ctx context.Context, most map[string]money.Amount) error {
	for name, ceiling := range most {
		account, err := accountIn(ctx, b.cfg.Run.Books(), BankPrefix+name)
		if err != nil {
			return err
		}
		if account.ID == 0 || account.Ceiling == ceiling {
			continue
		}
		err = b.cfg.Run.Do(ctx, func(t *tx.Tx) error {
			t.Limit(store.Limit{Account: account.ID, Ceiling: ceiling, Closed: account.Closed})
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}
