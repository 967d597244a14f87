// Package admin is what the operator can do and see: commands that change the books,
// each under a key, and views of what the books hold.
//
//	command.go   keys: a command is done once     users.go      subscribers
//	merchants.go shops; close.go ends one         cash.go       top-ups and corrections
//	agents.go    agents and their floats          paidin.go     what was paid in on one day
//	resolve.go   what a bank left open            check.go      what may be registered
//	reader.go    Reader, and accounts             payments.go   payments; request.go their requests
//	verify.go    the whole ledger                 view.go       how a record is shown
//	verbs.go     commands that modules bring      status.go     what is running
//	staff.go     who works here                   mask.go       what is hidden from whom
//	look.go      whose data was read              list.go       pages of long lists
//	approvable.go commands that may need two      approve.go    the second person
//	approvals.go what waits for one               alike.go      the same command twice
//	stake.go     what is at stake in it           shopbank.go   a shop's bank account
//	refund.go    shops pay back                   capture.go    what was held
//	cards.go     cards, and shops that take them  chargeback.go what a card issuer takes back
//	twopeople.go whether there are two people     approvalaudit.go whether each approval ended as it should
//	totals.go    what banks have booked
//	tills.go     the tills of shops               debts.go      what shops owe
//
// A view has amounts in major units, times in RFC 3339 and UTC, and numbers in E.164. Of
// a PIN it has only whether there is one, of an account number only the last digits.
// engine/api and the demo sit on top of this package. No rule of money is here: the
// store decides what can be moved, and payment what can become of a payment.
//
// The package imports store, the unit of work (engine/tx), engine/books, engine/process,
// engine/audit, engine/acquirer and engine/call for what they show, engine/auth and
// engine/staff for callers, engine/approval for two people, engine/codec to audit them,
// engine/due for what happens later, engine/reconcile, engine/refund, engine/till,
// engine/meter, engine/ref for IDs, local, phone, bank for the form of an account number, and
// the packages of the records that it shows. github.com/nyaruka/phonenumbers knows how long
// the numbers of a country are.
package admin

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"time"

	"mpg/engine/acquirer"
	"mpg/engine/audit"
	"mpg/engine/books"
	"mpg/engine/card"
	"mpg/engine/due"
	"mpg/engine/local"
	"mpg/engine/payment"
	"mpg/engine/phone"
	"mpg/engine/pin"
	"mpg/engine/process"
	"mpg/engine/product"
	"mpg/engine/reconcile"
	"mpg/engine/refund"
	"mpg/engine/staff"
	"mpg/engine/till"
	"mpg/engine/tx"
	"mpg/engine/user"
	"mpg/store"
	"mpg/store/money"
)

// Errors of the operator's commands. Others are refusals whose text is for the
// operator.
var (
	ErrKeyBody    = errors.New("this key was used for another command")
	ErrNoUser     = errors.New("no subscriber has this number")
	ErrNoMerchant = errors.New("no merchant has this code")
	ErrNoPayment  = errors.New("no payment has this reference")
	ErrNoRecord   = errors.New("there is no such record")
	ErrNotOpened  = errors.New("has not been opened: no money has passed through it yet")
	ErrExists     = errors.New("is registered already")
	ErrNoBank     = errors.New("is not configured")
	ErrNoAccount  = errors.New("has no bank account here")
)

// ErrArgument is matched by all errors about an argument whose form is wrong, whatever
// the books hold.
var ErrArgument = errors.New("not a usable argument")

// badArgument is an error of that kind.
type badArgument struct{ error }

// Is reports whether target is ErrArgument.
func (badArgument) Is(target error) bool { return target == ErrArgument }

// Unwrap returns the error itself.
func (b badArgument) Unwrap() error { return b.error }

// Acquirer holds the requests to banks; it is an acquirer.Desk.
type Acquirer interface {
	// Resolve ends, in this step, what the bank of p left open, and returns the request
	// as it is then. The error is acquirer.ErrNotInDoubt, acquirer.ErrStands,
	// acquirer.ErrNotHeld, acquirer.ErrOverAsked, or one of the step.
	Resolve(t *tx.Tx, p *payment.Payment, found acquirer.Found, how payment.Resolution) (*payment.Request, error)
	// Verify asks an issuer whether it knows the token of a card; see acquirer.Desk.Verify.
	Verify(ctx context.Context, issuer string, holder uint64, token, currency string) (*card.Check, error)
	// Up reports whether that bank can be asked now.
	Up(bank string) bool
	// States returns the state of each bank.
	States() []acquirer.State
	// Totals, SendTotals and Breaks are about what we and the banks have booked; see
	// acquirer.Banks.
	Totals(ctx context.Context, bank, day string) (*acquirer.DayTotals, error)
	SendTotals(ctx context.Context, bank, day string) (*acquirer.DayTotals, error)
	Breaks(ctx context.Context, bank string, all bool) ([]*reconcile.Break, error)
	// Requests returns the requests of p in order, with the reversal attempts that are not
	// stored yet.
	Requests(ctx context.Context, p *payment.Payment) ([]*payment.Request, error)
}

// Config is what a Service works with.
type Config struct {
	Store    store.Store
	Run      *tx.Runner
	Books    *books.Books
	Process  *process.Machine
	Checks   func() []audit.Check // of modules
	Acquirer Acquirer
	Staff    *staff.Service
	Place    local.Place
	Hasher   *pin.Hasher
	Banks    []string // names of those that are configured

	Bind      string // by which texts that answer no text go
	ShortCode string // sender of these texts

	Numbers *phone.Reader
	Modules func() []Module // what is offered now, and what is off
	// Verified is called with the time when Verify found no fault.
	Verified func(at time.Time)

	Rules func() CommandRules // of this moment
	Later

	Now  func() time.Time
	Rand io.Reader // must not fail
	Log  *slog.Logger
}

// Later is what happens after a command.
type Later struct {
	// Due returns the work that is due at its time; it must have the Kinds of the Service.
	Due func() *due.Sweeper
	// Claims pays what waits for a number once it is registered; it is a claim.Desk. Nil:
	// nothing waits.
	Claims Claims
}

// Claims is what waits for numbers that are not registered.
type Claims interface {
	// Registered pays, in the step that registers owner, what waits for their number.
	Registered(t *tx.Tx, owner *user.User) error
}

// CommandRules are the operator's settings for commands.
type CommandRules struct {
	TopUpLimit   money.Amount  // of one top-up; 0: none
	TopUpAbove   money.Amount  // paying in more for one purse or agent in a day needs two people; 0: nothing does
	RefundAbove  money.Amount  // what is refunded of a payment above it needs two people; 0: nothing does
	SecondWithin time.Duration // how long a command waits for its second person
	CoolingOff   time.Duration // before a shop's new bank account is used
	PINWait      time.Duration // from the reset of a PIN by two people to the choice of a new one

	Payments product.Settings // the fees and limits of payments
	Waits    time.Duration    // how long money waits for a number that is not registered; 0: it does not

	Refused *Refused // the newer configuration that was refused, so that these rules stay in force; nil: none
}

// Service carries out commands, and shows what the books hold. It may be used by any
// number of goroutines.
type Service struct {
	*Reader
	Verbs     *Verbs // that modules bring
	Staff     *Staff // who may give commands
	Approvals *Approvals
	Limits    *Limits // what subscribers may pay
	Totals    Totals  // what we and the banks have booked
	Tills     *Tills  // of shops
	Cards     *Cards  // what they pay with, and how shops take it

	cfg  Config
	desk *refund.Desk
}

// New returns a Service.
func New(cfg Config) *Service {
	s := &Service{Reader: &Reader{cfg: cfg}, cfg: cfg}
	s.desk = refund.New(refund.Config{Books: cfg.Books, Process: cfg.Process, Store: cfg.Store, Place: cfg.Place, Banks: cfg.Banks, BankUp: cfg.Acquirer.Up})
	s.Staff = &Staff{Service: cfg.Staff, admin: s}
	s.Verbs = &Verbs{service: s, by: make(map[string]joinedVerb)}
	s.Approvals, s.Limits, s.Cards, s.Totals = newApprovals(s), &Limits{s}, &Cards{s}, Totals{s}
	s.Tills = &Tills{s, till.NewKeys(cfg.Books.Secret("till"))}
	cash{s}.register()
	Register(s.Approvals, funds{s}.command())
	Register(s.Approvals, refunds{s}.command())
	Register(s.Approvals, chargebacks{s}.command())
	Register(s.Approvals, resolving{s}.command())
	Register(s.Approvals, pinResets{s}.command())
	Register(s.Approvals, shopBanks{s}.command())
	Register(s.Approvals, closings{s}.command())
	Register(s.Approvals, unclaimedPayments{s}.command())
	Debts{s}.register()
	s.Staff.register()
	return s
}

// Kinds returns the due work of commands.
func (s *Service) Kinds() []due.Kind {
	return []due.Kind{
		{Name: dueKind, Missed: due.All, Do: s.Approvals.expire},
		{Name: shopBankKind, Missed: due.All, Do: shopBanks{s}.takeEffect},
	}
}
