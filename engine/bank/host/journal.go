package host

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"mpg/engine/bank/iso8583"
	"mpg/store/money"
)

// Direction is that of a message, seen from the host.
type Direction string

// The directions. None is an entry about no message: an opening.
const (
	None Direction = ""
	In   Direction = "in"
	Out  Direction = "out"
)

// Outcome is what the host made of a message.
type Outcome string

// The outcomes. Debited and Restored are the only ones that move money.
const (
	Opened     Outcome = "opened"      // an account
	Debited    Outcome = "debited"     // by a request
	Restored   Outcome = "restored"    // by a reversal
	Declined   Outcome = "declined"    // a request, by the state of its account; see the code
	Rejected   Outcome = "rejected"    // for its form, its line or its STAN; it is not in the book
	Repeated   Outcome = "repeated"    // a request seen before, answered as before
	Nothing    Outcome = "nothing"     // a reversal of what was reversed, or declined, before
	NotLocated Outcome = "not located" // a reversal of what was never seen
	Network    Outcome = "network"     // sign-on, sign-off, echo, and answers to ours
	Ignored    Outcome = "ignored"     // not looked at, by a fault
	Unreadable Outcome = "unreadable"
	Sent       Outcome = "sent"
	Withheld   Outcome = "withheld" // an answer that a fault kept back
	Spoilt     Outcome = "spoilt"   // an answer that a fault made unreadable or wrong
)

// Entry is one line of the journal.
type Entry struct {
	Seq      int          `json:"seq"` // from 1
	At       time.Time    `json:"at"`
	Line     int          `json:"line,omitempty"` // number of the connection, from 1
	Dir      Direction    `json:"dir,omitempty"`
	MTI      iso8583.MTI  `json:"mti,omitempty"`
	STAN     string       `json:"stan,omitempty"`
	RRN      string       `json:"rrn,omitempty"`
	Date     string       `json:"date,omitempty"` // MMDD of ISO 8583:1987 DE7; of the original in a reversal coming in
	Account  string       `json:"account,omitempty"`
	Amount   money.Amount `json:"amount,omitempty"`   // minor units
	Currency string       `json:"currency,omitempty"` // ISO 4217 numeric code
	Code     string       `json:"code,omitempty"`     // ISO 8583:1987 DE39 of the answer
	AuthID   string       `json:"auth_id,omitempty"`
	Outcome  Outcome      `json:"outcome"`
	Balance  money.Amount `json:"balance"` // of the account, after
}

// key is that of the request which e is about.
func (e *Entry) key() iso8583.Key {
	return iso8583.Key{Answer: iso8583.FinancialResponse, STAN: e.STAN, RRN: e.RRN, Date: e.Date}
}

// journalMax is how many entries are kept in memory; the file keeps all.
const journalMax = 200_000

// journal keeps entries, and their file where there is one. Its caller locks.
type journal struct {
	entries []Entry
	seq     int
	file    *os.File // nil: none
}

// openJournal opens the file at path, hands each entry to replay, and drops a
// last line that was torn off. An empty path is a journal in memory.
func openJournal(path string, replay func(*Entry) error) (*journal, error) {
	j := new(journal)
	if path == "" {
		return j, nil
	}
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	j.file = file
	if err := j.load(replay); err != nil {
		return nil, errors.Join(fmt.Errorf("host: journal %s: %w", path, err), file.Close())
	}
	return j, nil
}

func (j *journal) load(replay func(*Entry) error) error {
	whole := int64(0)
	for r := bufio.NewReader(j.file); ; {
		line, err := r.ReadBytes('\n')
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
		var e Entry
		if err := json.Unmarshal(line, &e); err != nil {
			return fmt.Errorf("after entry %d: %w", j.seq, err)
		}
		if err := replay(&e); err != nil {
			return fmt.Errorf("entry %d: %w", e.Seq, err)
		}
		j.keep(&e)
		whole += int64(len(line))
	}
	if err := j.file.Truncate(whole); err != nil {
		return err
	}
	_, err := j.file.Seek(whole, io.SeekStart)
	return err
}

func (j *journal) keep(e *Entry) {
	j.seq = e.Seq
	if len(j.entries) == journalMax {
		j.entries = append(j.entries[:0], j.entries[journalMax/2:]...)
	}
	j.entries = append(j.entries, *e)
}

// add numbers e and keeps it. Where it changes what the bank owes or has said, it
// is on the disk when add returns.
func (j *journal) add(e *Entry) error {
	e.Seq = j.seq + 1
	j.keep(e)
	if j.file == nil {
		return nil
	}
	line := new(bytes.Buffer)
	if err := json.NewEncoder(line).Encode(e); err != nil {
		return err
	}
	if _, err := j.file.Write(line.Bytes()); err != nil {
		return err
	}
	if e.Dir == Out {
		return nil
	}
	return j.file.Sync()
}

func (j *journal) close() error {
	if j.file == nil {
		return nil
	}
	return j.file.Close()
}

// replay does to the book what e says was done.
func (b *book) replay(e *Entry) error {
	switch e.Outcome {
	case Opened:
		b.accounts[e.Account] = &account{balance: e.Balance, currency: e.Currency}
		return nil
	case Debited, Declined:
		return b.replayRequest(e)
	case Restored:
		d := b.debits[e.key()]
		if d == nil || b.accounts[e.Account] == nil {
			return errors.New("restores what was never debited")
		}
		b.move(e.Account, d, Restored)
	case NotLocated:
		b.missed(e.key(), e.Account, e.Amount)
	default:
		return nil
	}
	return b.agrees(e)
}

func (b *book) replayRequest(e *Entry) error {
	d := &debit{account: e.Account, amount: e.Amount, code: e.Code, authID: e.AuthID}
	if e.Outcome == Debited {
		if b.accounts[e.Account] == nil {
			return errors.New("debits an account that was never opened")
		}
		b.serial++
	}
	b.debits[e.key()] = d
	b.move(e.Account, d, e.Outcome)
	return b.agrees(e)
}

// agrees holds the balance that was reached against the one that was written.
func (b *book) agrees(e *Entry) error {
	if got := b.balance(e.Account); got != e.Balance {
		return fmt.Errorf("balance is %d, written was %d", got, e.Balance)
	}
	return nil
}
