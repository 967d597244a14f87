package store

import (
	"encoding/binary"

	"mpg/store/money"
)

// StampBytes is what each account of Write.Stamp adds to a document.
const StampBytes = 4 * 8

// AppendStamp appends the counters of a to data.
func AppendStamp(data []byte, account *Account) []byte {
	be := binary.BigEndian
	for _, n := range [...]money.Amount{account.DebitsPending, account.DebitsPosted, account.CreditsPending, account.CreditsPosted} {
		data = be.AppendUint64(data, uint64(n))
	}
	return data
}

// Stamped splits a document that was written with that many accounts in its Stamp into its
// own data and the counters of each account, in the order of the Stamp, which the caller
// knows. It returns false if the document is too short for them.
func (d Doc) Stamped(accounts int) (data []byte, counters []Account, ok bool) {
	end := len(d.Data) - accounts*StampBytes
	if accounts < 0 || end < 0 {
		return nil, nil, false
	}
	counters = make([]Account, accounts)
	be := binary.BigEndian
	for i, b := 0, d.Data[end:]; i < accounts; i, b = i+1, b[StampBytes:] {
		counters[i] = Account{DebitsPending: money.Amount(be.Uint64(b)), DebitsPosted: money.Amount(be.Uint64(b[8:])),
			CreditsPending: money.Amount(be.Uint64(b[16:])), CreditsPosted: money.Amount(be.Uint64(b[24:]))}
	}
	return d.Data[:end:end], counters, true
}
