package daemon

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"sync"

	"mpg/conf"
	"mpg/engine"
	"mpg/engine/acquirer"
	"mpg/engine/bank"
	"mpg/engine/bank/iso8583"
	"mpg/store/money"
)

// banks are the links to the banks of the file, by name.
type banks struct {
	conf   *conf.File
	log    *slog.Logger
	meters *meters
	links  map[string]connector
	engine *engine.Engine // set before the links run, and not at all for check
}

// connector is a link to a bank, whatever it speaks.
type connector interface {
	acquirer.Bank
	Run(ctx context.Context) error
	Close() error
	Try(ctx context.Context, onlyEcho bool) error
	Stats() bank.Stats
	State() bank.State
}

func newBanks(file *conf.File, log *slog.Logger, figures *meters) *banks {
	return &banks{conf: file, log: log, meters: figures}
}

// ports are the banks as the engine sees them.
func (b *banks) ports() map[string]acquirer.Bank {
	ports := make(map[string]acquirer.Bank, len(b.links))
	for name, link := range b.links {
		ports[name] = link
	}
	return ports
}

// prepare makes a link for each bank; none is dialled yet.
func (b *banks) prepare() error {
	b.links = make(map[string]connector, len(b.conf.Bank))
	if err := makeKeyFolders(b.conf); err != nil {
		return err
	}
	for i, c := range b.conf.Bank {
		open := b.openLink
		switch c.Dialect {
		case conf.HTTPJSON:
			open = func(settings *conf.Bank) (connector, error) {
				return httpConnector(settings, b.log, observer(b.meters.bank, settings.Name))
			}
		case conf.Files:
			open = b.openFiles
		}
		link, err := open(&c)
		var wrong badCertificates
		if errors.As(err, &wrong) {
			return b.conf.Mistake(fmt.Sprintf("bank[%d].ca_file", i+1), wrong.Error())
		}
		if err != nil {
			return err
		}
		b.links[c.Name] = link
	}
	return nil
}

// refundOf maps the values of refund_of. It is never modified.
var refundOf = map[string]bank.RefundOf{"90": bank.InOriginalData, "48": bank.InAdditional, "none": bank.InNone}

// openLink makes the link to a bank that speaks ISO 8583.
func (b *banks) openLink(c *conf.Bank) (connector, error) {
	mac, err := macOf(c)
	if err != nil {
		return nil, err
	}
	return bank.Open(bank.Config{
		Name: c.Name, Addr: c.Addr, Standby: c.Standby, MAC: mac, Dialect: c.Dialect, Timeout: c.Timeout, EchoEvery: c.Echo,
		Reconnect: bank.Reconnect{DialTimeout: c.Dial, BackoffMin: c.Backoff, BackoffMax: c.BackoffMax, SignOffWait: c.SignOffWait},
		Identity: bank.Identity{Acquirer: c.Acquirer, Terminal: c.Terminal, MerchantType: c.MerchantType, Zone: b.conf.TimeZone, VerifyByCode: c.CardCheck == "33",
			RefundOf: refundOf[c.RefundOf]},
		Reversals: reversals(c), Window: c.ReversalWindow, Log: b.log,
		OnAnswer: observer(b.meters.bank, c.Name),
		Peer:     b.peer(c),
		OnLate:   func(late bank.Late) { b.engine.Banks().LateAnswer(c.Name, late) },
		OnHost:   func(message bank.HostMessage) (bool, error) { return b.engine.Banks().HostReversal(c.Name, message) },
	})
}

// errNoBooks says that nothing can be recorded: the link was made to be tried.
var errNoBooks = errors.New("nothing is recorded while a bank is only tried")

// peer returns what is particular about the host of a bank, and who takes in what it
// initiates.
func (b *banks) peer(c *conf.Bank) bank.Peer {
	take := func(record func(*acquirer.Banks) error) error {
		if b.engine == nil {
			return errNoBooks
		}
		return record(b.engine.Banks())
	}
	return bank.Peer{
		Compare: elements(c.Compare),
		OnAdvice: func(advice bank.HostAdvice) error {
			return take(func(all *acquirer.Banks) error { return all.HostAdvice(c.Name, advice) })
		},
		OnCutOver: func(date string) error {
			return take(func(all *acquirer.Banks) error { return all.CutOver(c.Name, date, c.Totals) })
		},
		OnTotals: func(told bank.Reconciliation) (ours bank.Totals, err error) {
			err = take(func(all *acquirer.Banks) error {
				ours, err = all.HostTotals(c.Name, told)
				return err
			})
			return ours, err
		},
	}
}

// breakers says by bank when orders for it are refused.
func breakers(file *conf.File) map[string]acquirer.Breaker {
	by := make(map[string]acquirer.Breaker, len(file.Bank))
	for _, c := range file.Bank {
		by[c.Name] = acquirer.Breaker{After: c.BreakAfter, Wait: c.BreakWait}
	}
	return by
}

// owed returns the most that each bank may owe.
func owed(file *conf.File, currency money.Currency) (by map[string]money.Amount, wrong conf.Mistakes) {
	by = make(map[string]money.Amount, len(file.Bank))
	for i, c := range file.Bank {
		most, err := currency.Parse(string(c.Owes))
		if err != nil {
			wrong = append(wrong, file.Mistake(fmt.Sprintf("bank[%d].owes", i+1), fmt.Sprintf("%q %v", c.Owes, err)))
		}
		by[c.Name] = most
	}
	return by, wrong
}

// reversals returns what a bank's answers to reversals mean, by code.
func reversals(settings *conf.Bank) map[string]bank.UndoOutcome {
	table := make(map[string]bank.UndoOutcome)
	for outcome, codes := range map[bank.UndoOutcome][]string{
		bank.UndoDone: settings.ReversalDone, bank.UndoAbsent: settings.ReversalAbsent,
		bank.UndoAgain: settings.ReversalAgain, bank.UndoOperator: settings.ReversalOperator,
	} {
		for _, code := range codes {
			table[code] = outcome
		}
	}
	return table
}

// elements returns the numbers of data elements, which conf has checked.
func elements(written []string) []iso8583.DE {
	list := make([]iso8583.DE, 0, len(written))
	for _, text := range written {
		if number, err := strconv.ParseUint(text, 10, 8); err == nil {
			list = append(list, iso8583.DE(number))
		}
	}
	return list
}

// run keeps each link signed on until ctx ends.
func (b *banks) run(ctx context.Context, serves *sync.WaitGroup) error {
	for name, link := range b.links {
		serves.Go(func() {
			if err := link.Run(ctx); err != nil && ctx.Err() == nil {
				b.log.Error("bank link ended", "bank", name, "err", err)
			}
		})
	}
	return nil
}

func (b *banks) close() error {
	var errs []error
	for _, link := range b.links {
		errs = append(errs, link.Close())
	}
	return errors.Join(errs...)
}
