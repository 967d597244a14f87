package host

import (
	"bufio"
	"bytes"
	"cmp"
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

// The outcomes. Debited, Restored, Credited and Recalled are the only ones that move
// money.
const (
	Opened     Outcome = "opened"      // an account
	Issued     Outcome = "issued"      // a card
	Debited    Outcome = "debited"     // by a request or a completion: money left the account
	Restored   Outcome = "restored"    // by the reversal of a debit
	Credited   Outcome = "credited"    // by a request: money arrived in the account
	Recalled   Outcome = "recalled"    // by the reversal of a credit
	Held       Outcome = "held"        // by an authorization, in the account
	Released   Outcome = "released"    // by the reversal of an authorization
	Lapsed     Outcome = "lapsed"      // an authorization, by the bank's own decision
	Uncovered  Outcome = "uncovered"   // a reversal of a credit that the account no longer covers
	Declined   Outcome = "declined"    // a request, by the state of its account; see the code
	Rejected   Outcome = "rejected"    // for its form, its line or its STAN; it is not in the book
	Repeated   Outcome = "repeated"    // a request seen before, answered as before
	Nothing    Outcome = "nothing"     // a reversal of what was reversed, or declined, before
	NotLocated Outcome = "not located" // a reversal of what was never seen
	Network    Outcome = "network"     // sign-on, sign-off, echo, and answers to ours
	Ignored    Outcome = "ignored"     // not looked at, by a fault
	Unreadable Outcome = "unreadable"

	Unauthentic Outcome = "unauthentic" // its MAC is missing or wrong: not looked at
	Sent        Outcome = "sent"
	Withheld    Outcome = "withheld" // an answer that a fault kept back
	Spoilt      Outcome = "spoilt"   // an answer that a fault made unreadable or wrong
)

// change returns by how much the outcome changes a balance if it is about amount.
func (o Outcome) change(amount money.Amount) money.Amount {
	switch o {
	case Credited, Restored:
		return amount
	case Debited, Recalled:
		return -amount
	}
	return 0
}

// Entry is one line of the journal.
type Entry struct {
	Seq        int          `json:"seq"` // from 1
	At         time.Time    `json:"at"`
	Line       int          `json:"line,omitempty"` // number of the connection, from 1
	Dir        Direction    `json:"dir,omitempty"`
	MTI        iso8583.MTI  `json:"mti,omitempty"`
	Processing string       `json:"processing,omitempty"` // ISO 8583:1987 DE3
	STAN       string       `json:"stan,omitempty"`
	RRN        string       `json:"rrn,omitempty"`
	Date       string       `json:"date,omitempty"`     // MMDD of ISO 8583:1987 DE7; of the original in a reversal coming in
	Account    string       `json:"account,omitempty"`  // or card
	Amount     money.Amount `json:"amount,omitempty"`   // minor units
	Currency   string       `json:"currency,omitempty"` // ISO 4217 numeric code
	Code       string       `json:"code,omitempty"`     // ISO 8583:1987 DE39 of the answer
	AuthID     string       `json:"auth_id,omitempty"`
	Outcome    Outcome      `json:"outcome"`
	Balance    money.Amount `json:"balance"` // of the account, after
	// Held is what is held in the account afterwards; it is part of the balance.
	Held money.Amount `json:"held,omitempty"`
	// Granted is how much an authorization holds, if that is less than Amount.
	Granted money.Amount `json:"granted,omitempty"`
	// Of is the type of the request that is undone, or ends, by the entry.
	Of iso8583.MTI `json:"of,omitempty"`
	Settling
}

// Settling is what else there is to know of an entry, for a settlement above all.
type Settling struct {
	// Day is the business date under which the host settles it, MMDD.
	Day string `json:"day,omitempty"`
	// Original is ISO 8583:1987 DE90 of a completion, an increase or a return.
	Original string `json:"original,omitempty"`
	// DrawsOn is the account on which a card draws that is issued.
	DrawsOn string `json:"draws_on,omitempty"`
}

// Change returns by how much e changed the balance of its account: positive if money
// arrived in it, negative if money left it, 0 if none moved. The opening of an account is
// not a change.
func (e *Entry) Change() money.Amount { return e.Outcome.change(e.Amount) }

// key is that of the request which e is about.
func (e *Entry) key() iso8583.Key {
	mti := cmp.Or(e.Of, first(e.MTI))
	if mti == "" || classOf(mti) == Reversals {
		mti = iso8583.FinancialRequest
	}
	return iso8583.Key{Answer: mti.Response(), STAN: e.STAN, RRN: e.RRN, Date: e.Date}
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

func (j *journal) keep(entry *Entry) {
	j.seq = entry.Seq
	if len(j.entries) == journalMax {
		j.entries = append(j.entries[:0], j.entries[journalMax/2:]...)
	}
	j.entries = append(j.entries, *entry)
}

// add numbers entry and keeps it. Where it changes what the bank owes or has said, it
// is on the disk when add returns.
func (j *journal) add(entry *Entry) error {
	entry.Seq = j.seq + 1
	j.keep(entry)
	if j.file == nil {
		return nil
	}
	line := new(bytes.Buffer)
	if err := json.NewEncoder(line).Encode(entry); err != nil {
		return err
	}
	if _, err := j.file.Write(line.Bytes()); err != nil {
		return err
	}
	if entry.Dir == Out {
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

// replay repeats on the book what entry says was done.
func (b *book) replay(entry *Entry) error {
	switch entry.Outcome {
	case Opened:
		b.accounts[entry.Account] = &account{balance: entry.Balance, currency: entry.Currency}
		return nil
	case Issued:
		if b.accounts[entry.DrawsOn] == nil {
			return fmt.Errorf("%s, but the account was never opened", entry.Outcome)
		}
		b.cards[entry.Account] = &card{account: entry.DrawsOn}
	case Debited, Credited, Declined, Held:
		return b.replayRequest(entry)
	case Restored, Recalled, Released, Lapsed:
		d := b.bookings[entry.key()]
		if d == nil || !d.approved() || d.reversed || d.over || entry.Outcome != Lapsed && d.undoes() != entry.Outcome {
			return fmt.Errorf("%s, but there was no such booking", entry.Outcome)
		}
		b.move(d, entry.Outcome)
	case NotLocated:
		b.missed(entry.key(), &booking{account: entry.Account, processing: entry.Processing, amount: entry.Amount})
	default:
		return nil
	}
	return b.agrees(entry)
}

func (b *book) replayRequest(entry *Entry) error {
	d := &booking{mti: first(entry.MTI), account: entry.Account, processing: entry.Processing, amount: entry.Amount, code: entry.Code,
		authID: entry.AuthID, granted: cmp.Or(entry.Granted, entry.Amount), original: entry.Original, at: entry.At}
	if entry.Outcome != Declined {
		if b.account(entry.Account) == nil {
			return fmt.Errorf("%s, but the account was never opened", entry.Outcome)
		}
		if d.booked() != entry.Outcome {
			return fmt.Errorf("%s by processing code %q", entry.Outcome, d.processing)
		}
		if d.mti == iso8583.FinancialAdvice && b.authorization(d) == nil {
			return fmt.Errorf("%s, but nothing was held", entry.Outcome)
		}
		if d.mti != iso8583.FinancialAdvice {
			b.serial++
		}
	}
	b.bookings[entry.key()] = d
	b.move(d, entry.Outcome)
	return b.agrees(entry)
}

// agrees compares the balance that was reached with the one that was written.
func (b *book) agrees(entry *Entry) error {
	if got, held := b.balance(entry.Account), b.held(entry.Account); got != entry.Balance || held != entry.Held {
		return fmt.Errorf("the balance is %d and %d is held, but the entry says %d and %d", got, held, entry.Balance, entry.Held)
	}
	return nil
}
