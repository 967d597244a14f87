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

// jsonCall is the call in which the payer keyed the PIN, as a first, naive design keeps it.
type jsonCall struct {
	Payment  uint64        `json:"payment"`
	Phone    string        `json:"phone"`
	Placed   time.Time     `json:"placed"`
	Answered time.Time     `json:"answered"`
	Ended    time.Time     `json:"ended"`
	Result   string        `json:"result"`
	HungUpBy string        `json:"hung_up_by"`
	Status   int           `json:"status"`
	Duration time.Duration `json:"duration"`
}

type jsonParty struct {
	Account uint64 `json:"account"`
	Phone   string `json:"phone"`
	Name    string `json:"name"`
}

// jsonBatch is how many rows JSONRows writes in one transaction.
const jsonBatch = 1000

// JSONRows measures what that many payments take on the disk as one JSON row each in bbolt,
// with its defaults, and, if there are calls, another row for the call of each.
func JSONRows(dir string, payments int, calls bool) (int64, error) {
	db, err := bbolt.Open(filepath.Join(dir, "rows.db"), 0o600, nil)
	if err != nil {
		return 0, err
	}
	for first := 1; first <= payments && err == nil; first += jsonBatch {
		err = db.Update(func(tx *bbolt.Tx) error { return putRows(tx, first, min(first+jsonBatch, payments+1), calls) })
	}
	if err = errors.Join(err, db.Close()); err != nil {
		return 0, err
	}
	return DiskBytes(dir)
}

func putRows(tx *bbolt.Tx, from, to int, calls bool) error {
	for i := from; i < to; i++ {
		at := noon().Add(time.Duration(i) * 1_234_567 * time.Nanosecond)
		phone := fmt.Sprintf("+86138%08d", i)
		err := putRow(tx, "payments", i, jsonRow{Number: uint64(i), Reference: fmt.Sprintf("%08X", i*2_654_435_761%(1<<32)), State: "done",
			Payer: jsonParty{uint64(i), phone, "Person"}, Payee: jsonParty{uint64(i % 100), fmt.Sprintf("+86139%08d", i%100), "Shop"},
			Amount: 100, Currency: "CNY", Channel: "sms", Created: at, Confirmed: at, Posted: at, Done: at, Message: "PAY 8001 1.00"})
		if err == nil && calls {
			err = putRow(tx, "calls", i, jsonCall{Payment: uint64(i), Phone: phone, Placed: at, Answered: at, Ended: at, Result: "finished", HungUpBy: "us", Status: 200, Duration: 20 * time.Second})
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func putRow(tx *bbolt.Tx, bucket string, key int, record any) error {
	rows, err := tx.CreateBucketIfNotExists([]byte(bucket))
	if err != nil {
		return err
	}
	row, err := json.Marshal(record)
	if err != nil {
		return err
	}
	return rows.Put(number(uint64(key)), row)
}
