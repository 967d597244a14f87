package filebank

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"mpg/engine/bank"
	"mpg/store/money"
)

// The statuses of an answer. The first three are about a request, and pending and the others
// about a reversal.
const (
	isApproved = "approved"
	isDeclined = "declined"
	isPending  = "pending"
	isReversed = "reversed"
	isAbsent   = "absent"
	isRefused  = "refused"
)

// Codes of answers that have none.
const (
	approvedCode = "00"
	declinedCode = "05"
	absentCode   = "25"
)

// answerColumns are those of a file from the bank. The list is never written to.
var answerColumns = []string{"key", "status", "amount", "currency", "code", "reason", "authorization", "settlement_date"}

// answer is one line of a file from the bank.
type answer struct {
	line          int
	key           string
	status        string
	amount        money.Amount
	code          string
	reason        bank.Reason
	authorization string
	settlement    string // MMDD; may be empty
}

// answers is a file from the bank.
type answers struct {
	day      string
	number   uint64
	currency money.Currency
	answers  []answer
}

// damage says what is wrong with a file, and in which line; 0: in none.
type damage struct {
	line int
	text string
}

func (d *damage) Error() string {
	if d.line == 0 {
		return d.text
	}
	return fmt.Sprintf("line %d: %s", d.line, d.text)
}

// wrong returns a damage. Its arguments must not hold what the file says about an account.
func wrong(line int, format string, args ...any) error {
	return &damage{line, fmt.Sprintf(format, args...)}
}

// linesMax bounds the lines of a file, and fileMax its length.
const (
	linesMax = 1_000_000
	fileMax  = 256 << 20
)

// records parses CSV. A file that does not end with the end of a line is cut off.
func records(text []byte) ([][]string, error) {
	text = bytes.TrimPrefix(text, []byte("\uFEFF"))
	switch {
	case len(text) == 0:
		return nil, wrong(0, "the file is empty")
	case len(text) > fileMax:
		return nil, wrong(0, "the file is longer than %d octets", fileMax)
	case text[len(text)-1] != '\n':
		return nil, wrong(bytes.Count(text, []byte{'\n'})+1, "the file ends in the middle of a line")
	}
	in := csv.NewReader(bytes.NewReader(text))
	in.FieldsPerRecord = -1
	all, err := in.ReadAll()
	var odd *csv.ParseError
	switch {
	case errors.As(err, &odd):
		return nil, wrong(odd.Line, "not a line of CSV: %v", odd.Err)
	case err != nil:
		return nil, err
	case len(all) == 0:
		return nil, wrong(0, "the file is empty")
	case len(all) > linesMax:
		return nil, wrong(0, "the file has more than %d lines", linesMax)
	}
	return all, nil
}

// parseAnswers reads a file from the bank called name. All of it is read or nothing.
func parseAnswers(name string, text []byte) (*answers, error) {
	rows, err := records(text)
	if err != nil {
		return nil, err
	}
	came, count, total, err := parseFirst(name, rows[0])
	if err != nil {
		return nil, err
	}
	const headings = 2
	if len(rows) < headings || !slices.Equal(rows[1], answerColumns) {
		return nil, wrong(headings, "the columns are not named %s", strings.Join(answerColumns, ","))
	}
	adds, seen := money.Amount(0), make(map[string]string, count)
	for i, cells := range rows[headings:] {
		one, err := came.parse(i+headings+1, cells)
		if err != nil {
			return nil, err
		}
		if before, twice := seen[one.key]; twice && before != one.status {
			return nil, wrong(one.line, "the key has another status than in a line before")
		}
		seen[one.key] = one.status
		if one.amount > bank.AmountMax*linesMax-adds {
			return nil, wrong(one.line, "the sum is too great")
		}
		adds += one.amount
		came.answers = append(came.answers, *one)
	}
	switch {
	case len(came.answers) != count:
		return nil, wrong(1, "the file says that %d answers follow; %d do", count, len(came.answers))
	case adds != total:
		return nil, wrong(1, "the file says that the amounts add up to %s; they add up to %s", came.currency.Format(total), came.currency.Format(adds))
	}
	return came, nil
}

// parseFirst reads the first line of a file from the bank.
func parseFirst(name string, cells []string) (came *answers, count int, total money.Amount, err error) {
	const parts = 8
	fail := func(format string, args ...any) (*answers, int, money.Amount, error) {
		return nil, 0, 0, wrong(1, format, args...)
	}
	switch {
	case len(cells) != parts || cells[0] != answersWord:
		return fail("want %s,%s,BANK,DAY,NUMBER,COUNT,SUM,CURRENCY", answersWord, edition)
	case cells[1] != edition:
		return fail("the edition is not %s", edition)
	case cells[2] != name:
		return fail("the file is not from %s", name)
	}
	came = &answers{day: cells[3]}
	if _, err := time.Parse(dayLayout, came.day); err != nil {
		return fail("the day is not written as in 20261126")
	}
	if came.number, err = strconv.ParseUint(cells[4], 10, 48); err != nil || came.number == 0 {
		return fail("the number is not 1 or more")
	}
	if count, err = strconv.Atoi(cells[5]); err != nil || count < 0 {
		return fail("the count is not a number")
	}
	var listed bool
	if came.currency, listed = money.Lookup(cells[7]); !listed {
		return fail("the currency is not one of ISO 4217")
	}
	if total, err = came.currency.Parse(cells[6]); err != nil {
		return fail("the sum is not an amount in %s", came.currency.Code)
	}
	return came, count, total, nil
}

// parse reads one answer.
func (a *answers) parse(line int, cells []string) (*answer, error) {
	if len(cells) != len(answerColumns) {
		return nil, wrong(line, "%d columns, not %d", len(cells), len(answerColumns))
	}
	one := &answer{line: line, key: cells[0], status: cells[1], code: word(cells[4]), reason: reasonOf(cells[5]), authorization: word(cells[6])}
	switch one.status {
	case isApproved, isDeclined, isPending, isReversed, isAbsent, isRefused:
	default:
		return nil, wrong(line, "the status is not one of approved, declined, pending, reversed, absent and refused")
	}
	var err error
	if one.amount, err = a.currency.Parse(cells[2]); err != nil || !bank.ValidAmount(one.amount) {
		return nil, wrong(line, "the amount is not a positive amount in %s", a.currency.Code)
	}
	if cells[3] != a.currency.Code {
		return nil, wrong(line, "the currency is not %s, as the first line says", a.currency.Code)
	}
	if cells[7] != "" {
		day, err := time.Parse(time.DateOnly, cells[7])
		if err != nil {
			return nil, wrong(line, "the settlement date is not written as in 2026-11-26")
		}
		one.settlement = day.Format("0102")
	}
	return one, nil
}

// wordMax is the length of the longest code that is kept.
const wordMax = 64

// word returns a code of the bank, which is kept, logged and shown, or "" if it is not a
// short word.
func word(code string) string {
	other := func(r rune) bool { return r <= ' ' || r > '~' }
	if len(code) > wordMax || strings.ContainsFunc(code, other) {
		return ""
	}
	return code
}

// reasonOf returns the reason of a decline; a word that is not known is a refusal.
func reasonOf(word string) bank.Reason {
	switch r := bank.Reason(word); r {
	case bank.Funds, bank.Account, bank.Limit, bank.Unavailable:
		return r
	}
	return bank.Refused
}

// differs says how an answer does not fit what e asked for, or returns "".
func (e *entry) differs(said *answer) string {
	about := e.kind == kindReversal
	switch said.status {
	case isApproved, isDeclined:
		if about {
			return "the answer is to a request, but the line is a reversal"
		}
	case isReversed, isAbsent, isRefused:
		if !about {
			return "the answer is to a reversal, but the line is a request"
		}
	}
	if said.amount != e.amount {
		return "the amount is not what was asked for"
	}
	return ""
}

// hide removes the account number of e from the words of an answer.
func (e *entry) hide(said *answer) {
	for _, one := range []*string{&said.code, &said.authorization} {
		if strings.Contains(*one, e.account) {
			*one = ""
		}
	}
}

// codeOf returns the bank's code, or the usual one of the status.
func (a *answer) codeOf() string {
	switch {
	case a.code != "":
		return a.code
	case a.status == isApproved:
		return approvedCode
	case a.status == isAbsent:
		return absentCode
	}
	return ""
}

// same reports whether two answers say the same.
func (a *answer) same(other *answer) bool {
	return a.status == other.status && a.amount == other.amount
}

// reply returns what was said to a request.
func (a *answer) reply() bank.Reply {
	r := bank.Reply{Code: a.codeOf(), AuthID: a.authorization, Settlement: a.settlement, Reason: a.reason}
	if a.status == isApproved {
		r.Approved, r.Reason = true, bank.Approved
	}
	return r
}

// undone returns what was said to a reversal.
func (a *answer) undone() bank.Undo {
	switch a.status {
	case isReversed:
		return bank.Undo{Outcome: bank.UndoDone, Code: approvedCode, Settlement: a.settlement}
	case isAbsent:
		return bank.Undo{Outcome: bank.UndoAbsent, Code: absentCode}
	}
	return bank.Undo{Outcome: bank.UndoOperator, Code: a.codeOf()}
}
