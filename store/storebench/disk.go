package storebench

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"syscall"
	"time"

	bbolt "go.etcd.io/bbolt"
)

// DiskBytes returns what the files in dir take on the disk. Room that was only set aside
// is not counted.
func DiskBytes(dir string) (int64, error) {
	var sum int64
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		var stat syscall.Stat_t
		if err := syscall.Stat(path, &stat); err != nil {
			return fmt.Errorf("storebench: %s: %w", path, err)
		}
		sum += stat.Blocks * 512 // stat(2): its unit, whatever the disk's is
		return nil
	})
	return sum, err
}

// jsonRow is a payment as it is kept at first: one row, which says what was paid, and is
// changed until the payment is done. Receipts are not kept.
type jsonRow struct {
	Number    uint64    `json:"number"`
	Reference string    `json:"reference"`
	State     string    `json:"state"`
	Payer     jsonParty `json:"payer"`
	Payee     jsonParty `json:"payee"`
	Amount    int64     `json:"amount"`
	Currency  string    `json:"currency"`
	Channel   string    `json:"channel"`
	Created   time.Time `json:"created"`
	Confirmed time.Time `json:"confirmed"`
	Posted    time.Time `json:"posted"`
	Done      time.Time `json:"done"`
	Message   string    `json:"message"`
}

type jsonParty struct {
	Account uint64 `json:"account"`
	Phone   string `json:"phone"`
	Name    string `json:"name"`
}

// jsonBatch is how many rows JSONRows writes in one transaction.
const jsonBatch = 1000

// JSONRows measures what so many payments take on the disk as a JSON row each in bbolt, with
// its defaults.
func JSONRows(dir string, payments int) (int64, error) {
	db, err := bbolt.Open(filepath.Join(dir, "rows.db"), 0o600, nil)
	if err != nil {
		return 0, err
	}
	for first := 1; first <= payments && err == nil; first += jsonBatch {
		err = db.Update(func(tx *bbolt.Tx) error { return putRows(tx, first, min(first+jsonBatch, payments+1)) })
	}
	if err = errors.Join(err, db.Close()); err != nil {
		return 0, err
	}
	return DiskBytes(dir)
}

func putRows(tx *bbolt.Tx, from, to int) error {
	rows, err := tx.CreateBucketIfNotExists([]byte("payments"))
	if err != nil {
		return err
	}
	for i := from; i < to; i++ {
		at := noon().Add(time.Duration(i) * 1_234_567 * time.Nanosecond)
		row, err := json.Marshal(jsonRow{Number: uint64(i), Reference: fmt.Sprintf("%08X", i*2_654_435_761%(1<<32)), State: "done",
			Payer: jsonParty{uint64(i), fmt.Sprintf("+86138%08d", i), "Person"}, Payee: jsonParty{uint64(i % 100), fmt.Sprintf("+86139%08d", i%100), "Shop"},
			Amount: 100, Currency: "CNY", Channel: "sms", Created: at, Confirmed: at, Posted: at, Done: at, Message: "PAY 8001 1.00"})
		if err == nil {
			err = rows.Put(number(uint64(i)), row)
		}
		if err != nil {
			return err
		}
	}
	return nil
}
