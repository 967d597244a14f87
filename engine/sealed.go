package engine

import (
	"fmt"

	"mpg/engine/payment"
	"mpg/store"
)

// sealedTable holds the account numbers of users and merchants, by number. No
// other document, row or log holds one: they are referred to by the number of
// their document.
const sealedTable store.Table = 45

// sealed is an account number at rest. It never changes: who gets another
// account gets another document, and a bank request of before still finds the
// account it was made with.
type sealed struct {
	Account []byte `json:"account"`
}

// aboutAccount is what an account number is sealed about.
func aboutAccount(no uint64) string { return fmt.Sprintf("account/%d", no) }

// sealAccount keeps an account number and returns the number of its document and
// what people may see of it. An empty one is none.
func (w *work) sealAccount(account string) (no uint64, mask string) {
	if account == "" {
		return 0, ""
	}
	no = w.e.nextSealed.Add(1)
	save(w, sealedTable, payment.Key(no), &sealed{w.e.cfg.SealKey.Seal([]byte(account), aboutAccount(no))})
	return no, masked(account)
}

// account opens the account number of document no. The caller hands it to a bank
// and keeps it nowhere.
func (w *work) account(no uint64) (string, error) {
	s, err := read[sealed](w, sealedTable, payment.Key(no))
	if err != nil {
		return "", err
	}
	if s == nil {
		return "", fmt.Errorf("engine: account number %d is gone", no)
	}
	plain, err := w.e.cfg.SealKey.Open(s.Account, aboutAccount(no))
	if err != nil {
		return "", fmt.Errorf("engine: account number %d: %w", no, err)
	}
	return string(plain), nil
}

// Of a long account number the end is shown, so that its owner knows it again;
// of a short one nothing, since the rest could be guessed.
const (
	maskTail = 4
	maskMin  = 12
)

// masked returns what people may see of an account number: ****0001.
func masked(account string) string {
	if len(account) < maskMin {
		return "****"
	}
	return "****" + account[len(account)-maskTail:]
}
