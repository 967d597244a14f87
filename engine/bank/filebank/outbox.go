package filebank

import (
	"bytes"
	"errors"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"mpg/store/money"
)

// The first cells of a file: its kind and edition.
const (
	requestsWord = "mpg-requests"
	answersWord  = "mpg-answers"
	edition      = "1"
	dayLayout    = "20060102"
)

// outbox writes files to the bank. Its methods are called by Run alone.
type outbox struct {
	cfg  *Config
	book *book
	last uint64 // number of the last file
}

// write writes what is pending, a file for each currency. What could not be written has
// certainly not left, unless the file may be there after all.
func (o *outbox) write() {
	if err := o.publishDue(); err != nil {
		o.cfg.Log.Error("file for the bank cannot be put into its folder", "err", err)
		return
	}
	by := o.book.takePending()
	for _, currency := range slices.Sorted(maps.Keys(by)) {
		batch := by[currency]
		left, err := o.writeBatch(batch)
		if left {
			o.book.leave(batch, nil)
		} else {
			o.book.leave(batch, err)
		}
		if err != nil {
			o.cfg.Log.Error("file for the bank cannot be written", "lines", len(batch), "left", left, "err", err)
		}
	}
}

// writeBatch writes one file. left reports whether it may reach the bank although there is
// an error. The copy in sent comes first, under a name that says that the file is due: from
// then on it goes out, whatever happens.
func (o *outbox) writeBatch(batch []*entry) (left bool, err error) {
	now := o.cfg.Now().UTC()
	number := o.last + 1
	name := requestsName(now.Format(dayLayout), number)
	content, err := requestsFile(o.cfg.Name, now, number, batch)
	if err != nil {
		return false, err
	}
	due := filepath.Join(o.cfg.Folder, folderSent, name+dueEnding)
	if err := writeFile(due, content); err != nil {
		_, gone := os.Lstat(due)
		left = !errors.Is(gone, fs.ErrNotExist)
		if left {
			o.last = number
		}
		return left, err
	}
	o.last = number
	if err := o.publish(name); err != nil {
		return true, err // publishDue does it later
	}
	o.cfg.Log.Info("file for the bank written", "file", name, "lines", len(batch))
	return true, nil
}

// publish puts a file that is due into outgoing. A crash in the middle may put it there
// again, as it was.
func (o *outbox) publish(name string) error {
	sent := filepath.Join(o.cfg.Folder, folderSent, name)
	content, err := os.ReadFile(sent + dueEnding)
	if err != nil {
		return err
	}
	if err := writeFile(filepath.Join(o.cfg.Folder, folderOutgoing, name), content); err != nil {
		return err
	}
	return rename(sent+dueEnding, sent)
}

// publishDue puts all files that are due into outgoing, in order.
func (o *outbox) publishDue() error {
	files, err := numbered(filepath.Join(o.cfg.Folder, folderSent), requestsForm)
	if err != nil {
		return err
	}
	for _, number := range slices.Sorted(maps.Keys(files)) {
		if name, due := strings.CutSuffix(files[number], dueEnding); due {
			if err := o.publish(name); err != nil {
				return err
			}
		}
	}
	return nil
}

// requestsFile returns a file to the bank: who it is for, the day, its number, how many lines
// follow and the sum of their amounts, whatever their kinds; then the names of the columns.
func requestsFile(name string, at time.Time, number uint64, batch []*entry) ([]byte, error) {
	var currency money.Currency
	if len(batch) > 0 {
		currency = batch[0].currency
	}
	rows := [][]string{
		{requestsWord, edition, name, at.Format(dayLayout), strconv.FormatUint(number, 10), strconv.Itoa(len(batch)), currency.Format(sum(batch)), currency.Code},
		requestColumns,
	}
	for _, e := range batch {
		rows = append(rows, e.cells())
	}
	var content bytes.Buffer
	for _, cells := range rows {
		line, err := joined(cells)
		if err != nil {
			return nil, err
		}
		content.Write(line)
	}
	return content.Bytes(), nil
}
