package books

import (
	"fmt"

	"mpg/engine/payment"
	"mpg/engine/tx"
	"mpg/store"
)

// sealedTable holds the account numbers of users and merchants, by number. No
// other document, row or log holds one; they refer to it by the number of its
// document.
const sealedTable store.Table = 45

// sealed is an account number at rest. It never changes: a new account gets a
// new document, so that an earlier bank request still finds the account it was
// made with.
type sealed struct {
	Account []byte `cbor:"1,keyasint"`
}

// aboutAccount names what an account number is sealed about.
func aboutAccount(no uint64) string { return fmt.Sprintf("account/%d", no) }

// SealAccount stores an account number and returns the number of its document and the
// masked form that people may see. It stores nothing for an empty one.
func (b *Books) SealAccount(t *tx.Tx, account string) (no uint64, mask string) {
	if account == "" {
		return 0, ""
	}
	no = b.sealed.Add(1)
	tx.Save(t, sealedTable, payment.Key(no), &sealed{b.cfg.Seal.Seal([]byte(account), aboutAccount(no))})
	return no, masked(account)
}

// OpenAccount returns the account number in document no. The caller passes it to a bank
// and keeps it nowhere.
func (b *Books) OpenAccount(t *tx.Tx, no uint64) (string, error) {
	s, err := tx.Read[sealed](t, sealedTable, payment.Key(no))
	if err != nil {
		return "", err
	}
	if s == nil {
		return "", fmt.Errorf("engine: account number %d is gone", no)
	}
	plain, err := b.cfg.Seal.Open(s.Account, aboutAccount(no))
	if err != nil {
		return "", fmt.Errorf("engine: account number %d: %w", no, err)
	}
	return string(plain), nil
}

// Seal returns a short secret as it may be stored in a record of another package. about says
// what it is about, which nothing else in the books may be.
func (b *Books) Seal(plain []byte, about string) []byte { return b.cfg.Seal.Seal(plain, about) }

// Open returns the secret in what Seal returned for the same about.
func (b *Books) Open(sealed []byte, about string) ([]byte, error) {
	return b.cfg.Seal.Open(sealed, about)
}

// A long account number shows its last digits, so that its owner recognises it;
// a short one shows nothing, since the rest could be guessed.
const (
	maskTail = 4
	maskMin  = 12
)

// Masked returns an account number as people may see it.
func (b *Books) Masked(account string) string {
	if account == "" {
		return ""
	}
	return masked(account)
}

// masked returns an account number as people may see it: ****0001.
func masked(account string) string {
	if len(account) < maskMin {
		return "****"
	}
	return "****" + account[len(account)-maskTail:]
}
