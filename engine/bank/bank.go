package bank

import (
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"mpg/store/money"
)

// Limits of a Request.
const (
	STANMax    = 999_999                        // greatest trace number, ISO 8583:1987 DE11
	RRNLen     = 12                             // characters of a reference, ISO 8583:1987 DE37
	AmountMax  = money.Amount(1e12 - 1)         // minor units, twelve digits, ISO 8583:1987 DE4
	AccountMax = 28                             // characters of an account, ISO 8583:1987 DE102 DE103
	rrnSerials = 1_000_000                      // six digits of a reference count
	maskHead   = 4                              // leading characters of an account that logs show
	maskTail   = 4                              // and behind
	maskMin    = maskHead + maskTail + maskTail // shorter accounts are not shown at all
)

// The ways in which Authorize, Advise and Reverse fail; errors.Is tells them apart.
var (
	// ErrDown says that surely nothing was sent: not signed on, or the request
	// cannot be written. No money moved.
	ErrDown = errors.New("bank: not asked")
	// ErrInvalid is an ErrDown for good: no message can carry the request. It
	// never left, nor will it.
	ErrInvalid = fmt.Errorf("%w: no message can carry it", ErrDown)
	// ErrUnknown says that the request was sent, or may have been, and that no
	// answer came that decides it. It must be reversed, or sent again if it is an advice.
	ErrUnknown = errors.New("bank: the outcome is not known")
)

// Request asks a bank to move money out of an account, or into one, or to hold it. Its
// reversal carries the same values.
type Request struct {
	Kind     Kind
	STAN     uint32         // 1 to STANMax, stored by the caller before
	RRN      string         // see RRN; stored by the caller before
	At       time.Time      // of the order to ask, not of the sending
	Account  string         // of the bank's customer, 1 to AccountMax ASCII characters
	Amount   money.Amount   // 1 to AmountMax
	Currency money.Currency // of ISO 4217
	Merchant string         // who is paid, or pays, up to 15 ASCII characters
	Ref      string         // of the payment, up to 999 ASCII characters; may be empty
	// Card says that Account is the token of a card, whose holder is on the telephone.
	Card bool
	// Of is the PreAuth that a Completion takes, or another PreAuth increases, or the Debit or
	// Completion that a Refund gives back, as it was sent; AuthID is the Reply.AuthID of the
	// PreAuth or the Debit. Other kinds have neither, and a Refund need not have them: a
	// connector leaves out an Of that another one has packed, as when a bank has changed from
	// files to ISO 8583 since.
	Of     Packed
	AuthID string
}

// LogValue shows a request without its account.
func (r Request) LogValue() slog.Value {
	return slog.GroupValue(
		slog.String("kind", r.Kind.String()),
		slog.Uint64("stan", uint64(r.STAN)), slog.String("rrn", r.RRN), slog.String("account", mask(r.Account)),
		slog.String("amount", r.Currency.Format(r.Amount)), slog.String("currency", r.Currency.Code),
	)
}

// mask leaves the ends of an account: 6222****0001.
func mask(account string) string {
	if len(account) < maskMin {
		return "****"
	}
	return account[:maskHead] + "****" + account[len(account)-maskTail:]
}

// Check refuses what no bank could be asked: a dialect lets it pass, as an absent element is
// no error there.
func (r *Request) Check() error {
	switch {
	case r.Kind.Processing() == "":
		return fmt.Errorf("there is no request of kind %s", r.Kind)
	case r.STAN == 0 || r.STAN > STANMax:
		return fmt.Errorf("STAN %d is not in 1..%d", r.STAN, STANMax)
	case len(r.RRN) != RRNLen:
		return fmt.Errorf("RRN has %d characters, not %d", len(r.RRN), RRNLen)
	case !ValidAccount(r.Account):
		return errors.New("no account that a message can carry")
	case r.Kind == Verify && r.Amount != 0, r.Kind != Verify && !ValidAmount(r.Amount):
		return errors.New("amount out of range")
	case r.Currency.Number == "":
		return fmt.Errorf("currency %q has no number in ISO 4217", r.Currency.Code)
	case r.At.IsZero():
		return errors.New("no time")
	case r.Of == nil && r.Kind == Completion, r.Of != nil && r.Kind != Completion && r.Kind != PreAuth && r.Kind != Refund:
		return errors.New("a completion must name the authorization that it takes; else only an increase and a refund may name an earlier request")
	}
	return nil
}

// RRN makes a retrieval reference number: last digit of the year, day of the
// year, hour, and the last six digits of serial, as YDDDhhNNNNNN. With a STAN as
// serial it is unlike any other for ten years, if fewer than a million are asked
// in an hour. Give at in one zone always.
func RRN(at time.Time, serial uint64) string {
	return fmt.Sprintf("%d%03d%02d%06d", at.Year()%10, at.YearDay(), at.Hour(), serial%rrnSerials)
}

// rrnDigits is the length of a retrieval reference number. ISO 8583:1987 DE37
const rrnDigits = 12

// STANOf returns the trace number at the end of a reference made by RRN, or 0 if the
// text is not such a reference.
func STANOf(rrn string) uint32 {
	if len(rrn) != rrnDigits {
		return 0
	}
	return number(rrn[rrnDigits/2:])
}

// ValidAccount reports whether a message can carry account: 1 to AccountMax printable ASCII
// characters, neither starting nor ending with a space, since hosts strip spaces and would
// then answer about another account.
func ValidAccount(account string) bool {
	unprintable := func(r rune) bool { return r < ' ' || r > '~' }
	return account != "" && len(account) <= AccountMax && strings.Trim(account, " ") == account &&
		!strings.ContainsFunc(account, unprintable)
}

// ValidAmount reports whether a message can carry amount: it is positive and has at
// most twelve digits in minor units. ISO 8583:1987 DE4
func ValidAmount(amount money.Amount) bool { return amount > 0 && amount <= AmountMax }

// Reply is what the bank decided.
type Reply struct {
	Approved bool
	// Granted is how much was approved, if a PreAuth was approved in part; 0: all of it.
	// Reverse it unless that is enough. ISO 8583:1987 DE39 code 10
	Granted money.Amount
	Code    string // ISO 8583:1987 DE39
	Reason  Reason
	AuthID  string // ISO 8583:1987 DE38; may be empty
	// Settlement is the date under which the bank settles, MMDD; may be empty.
	// ISO 8583:1987 DE15
	Settlement string
	// Cause says what was odd about an answer that decides nevertheless, such as
	// an element that the host does not echo. It is empty if nothing was.
	Cause string
}
