package filebank

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"mpg/engine/bank"
	"mpg/store/money"
)

// request is one line of a file to the bank.
type request struct {
	key       string
	kind      string // debit, credit, refund or reversal
	of        string // key of what is reversed, or refunded if that is known; empty otherwise
	account   string
	amount    money.Amount
	currency  money.Currency
	merchant  string
	reference string
	at        time.Time
}

// kindReversal undoes the request in the column of, as a refund gives it back.
const kindReversal = "reversal"

// undoMark ends the key of a reversal.
const undoMark = "-R"

// requestColumns are those of a file to the bank. The list is never written to.
var requestColumns = []string{"key", "kind", "of", "account", "amount", "currency", "merchant", "reference", "at"}

// mark follows the name of the dialect in a bank.Packed.
const mark = '\n'

// errOther says that a stored request is not one of ours.
var errOther = errors.New("not a request of this kind")

// Prepare makes the line of asked. Its errors wrap bank.ErrInvalid.
func (c *Connector) Prepare(asked bank.Request) (bank.Packed, error) {
	if err := asked.Check(); err != nil {
		return nil, bank.Invalid(err)
	}
	switch asked.Kind {
	case bank.Debit, bank.Credit, bank.Refund:
	default:
		return nil, bank.Invalid(errKind)
	}
	r := request{key: fmt.Sprintf("%s-%06d", asked.RRN, asked.STAN), kind: asked.Kind.String(), account: asked.Account, amount: asked.Amount,
		currency: asked.Currency, merchant: asked.Merchant, reference: asked.Ref, at: asked.At.UTC()}
	if asked.Of != nil {
		if of, err := open(asked.Of); err == nil { // otherwise another connector has packed it
			r.of = of.key
		}
	}
	line, err := joined(r.cells())
	if err != nil {
		return nil, bank.Invalid(err)
	}
	return append(append(bank.Packed(Dialect), mark), line...), nil
}

// cells returns the columns of r.
func (r *request) cells() []string {
	return []string{r.key, r.kind, r.of, r.account, r.currency.Format(r.amount), r.currency.Code, r.merchant, r.reference, r.at.Format(time.RFC3339)}
}

// joined returns a line of CSV with its end.
func joined(cells []string) ([]byte, error) {
	var line bytes.Buffer
	out := csv.NewWriter(&line)
	err := out.Write(cells)
	out.Flush()
	return line.Bytes(), errors.Join(err, out.Error())
}

// open reads a stored request.
func open(packed bank.Packed) (*request, error) {
	name, line, found := bytes.Cut(packed, []byte{mark})
	if !found || string(name) != Dialect {
		return nil, bank.Invalid(errOther)
	}
	cells, err := csv.NewReader(bytes.NewReader(line)).Read()
	if err != nil {
		return nil, bank.Invalid(errOther) // the error of csv may quote it
	}
	r, ok := readRequest(cells)
	if !ok || r.kind == kindReversal {
		return nil, bank.Invalid(errOther)
	}
	return r, nil
}

// readRequest reads the columns of a line to the bank.
func readRequest(cells []string) (*request, bool) {
	if len(cells) != len(requestColumns) {
		return nil, false
	}
	r := &request{key: cells[0], kind: cells[1], of: cells[2], account: cells[3], merchant: cells[6], reference: cells[7]}
	var listed bool
	r.currency, listed = money.Lookup(cells[5])
	if !listed {
		return nil, false
	}
	var wrongSum, wrongTime error
	r.amount, wrongSum = r.currency.Parse(cells[4])
	r.at, wrongTime = time.Parse(time.RFC3339, cells[8])
	_, named := processings[r.kind]
	return r, wrongSum == nil && wrongTime == nil && named && isKey(r.key)
}

// processings are the processing codes of what is asked for. The map is never modified.
var processings = map[string]string{bank.Debit.String(): bank.Debit.Processing(), bank.Credit.String(): bank.Credit.Processing(),
	bank.Refund.String(): bank.Refund.Processing(), kindReversal: ""}

// keyDigits are those of a reference and of a trace number.
const rrnDigits, stanDigits = bank.RRNLen, 6

// isKey reports whether a text has the form of a key.
func isKey(key string) bool {
	rrn, stan, found := strings.Cut(strings.TrimSuffix(key, undoMark), "-")
	_, err := strconv.ParseUint(stan, 10, 32)
	return found && len(rrn) == rrnDigits && len(stan) == stanDigits && err == nil
}

// numbers returns the reference and the trace number in a key of that form.
func numbers(key string) (rrn string, stan uint32) {
	rrn, digits, _ := strings.Cut(strings.TrimSuffix(key, undoMark), "-")
	n, err := strconv.ParseUint(digits, 10, 32)
	if err != nil {
		return rrn, 0
	}
	return rrn, uint32(n)
}

// reversal returns the line that undoes r. It is the same however often it is made.
func (r *request) reversal() *request {
	undo := *r
	undo.key, undo.kind, undo.of = r.key+undoMark, kindReversal, r.key
	return &undo
}
