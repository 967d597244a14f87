// Package printer prints a slip in a shop for each payment that the shop is paid.
//
//	printer.go  Printer, which follows the journal    line.go  the connection to a printer
//
// The printer's position in the journal is kept in the books, so that no slip is lost while
// the printer is off or mpg is stopped. Before a slip is sent, that is noted too: if nobody
// can say whether it was printed, it is printed again and marked as a reprint. Without that
// mark a cashier could take the second slip for a second payment.
//
// The package imports store, the unit of work (engine/tx), engine/follow, engine/till,
// engine/till/escpos, engine/lang and engine/local. golang.org/x/sys asks the kernel what the
// printer has acknowledged.
package printer

import (
	"context"
	"log/slog"
	"net"
	"sync/atomic"
	"time"

	"mpg/engine/follow"
	"mpg/engine/lang"
	"mpg/engine/local"
	"mpg/engine/till"
	"mpg/engine/till/escpos"
	"mpg/engine/tx"
	"mpg/store"
)

// Config is what a Printer works with.
type Config struct {
	Name  string // never changes: the position goes by it
	Shop  string // code
	Addr  string
	Paper escpos.Paper
	Keep  time.Duration // how long a slip waits
	Run   *tx.Runner
	Ref   func(no uint64) string // reference of a payment
	Place local.Place
	Dial  func(ctx context.Context, addr string) (net.Conn, error) // nil: TCP
	Pause func(try int) time.Duration                              // before the next try; nil: pauseAfter
	Now   func() time.Time
	Log   *slog.Logger
}

// Printer prints the slips of one shop on one printer.
type Printer struct {
	Printed, Reprinted, Dropped atomic.Int64 // slips

	cfg         Config
	done, begun follow.Mark  // the last record whose slips were printed, or were sent
	waiting     atomic.Int64 // when the payment was made whose slip waits, in Unix nanoseconds; 0: none does
}

// New returns a Printer.
func New(cfg Config) *Printer {
	if cfg.Dial == nil {
		cfg.Dial = dialTCP
	}
	if cfg.Pause == nil {
		cfg.Pause = pauseAfter
	}
	return &Printer{cfg: cfg, done: follow.MarkOf("printer-" + cfg.Name), begun: follow.MarkOf("printing-" + cfg.Name)}
}

// Name returns the name of the printer.
func (p *Printer) Name() string { return p.cfg.Name }

// Age returns how long the slip that waits has been waiting; 0: none waits.
func (p *Printer) Age() time.Duration {
	since := p.waiting.Load()
	if since == 0 {
		return 0
	}
	return max(0, p.cfg.Now().Sub(time.Unix(0, since)))
}

// Follower returns what prints, as a follower of feed.
func (p *Printer) Follower(feed store.Feed) follow.Follower {
	return follow.Follower{Name: "printer-" + p.cfg.Name, Take: p.take, Keep: p.keep,
		From: func(ctx context.Context) (uint64, error) { return p.from(ctx, feed) }}
}

// from returns the position. A new printer begins with the next payment.
func (p *Printer) from(ctx context.Context, feed store.Feed) (uint64, error) {
	seq, err := p.done.Read(ctx, p.cfg.Run.Books())
	if err != nil || seq > 0 {
		return seq, err
	}
	seq = feed.Seq()
	return seq, p.keep(ctx, seq)
}

func (p *Printer) keep(ctx context.Context, seq uint64) error { return p.mark(ctx, p.done, seq) }

// mark makes seq the durable position of mark.
func (p *Printer) mark(ctx context.Context, mark follow.Mark, seq uint64) error {
	return p.cfg.Run.Do(ctx, func(t *tx.Tx) error { return mark.At(t, seq) })
}

// take prints the slips of a record. It returns once they are printed, or too old.
func (p *Printer) take(ctx context.Context, entry *store.Entry) error {
	receipts, err := till.ReceiptsIn(entry, p.cfg.Shop, p.cfg.Ref)
	if err != nil || len(receipts) == 0 {
		return err
	}
	if done, err := p.done.Read(ctx, p.cfg.Run.Books()); err != nil || done >= entry.Seq {
		return err
	}
	p.waiting.Store(entry.At.UnixNano())
	defer p.waiting.Store(0)
	for try := 0; ; try++ {
		if p.cfg.Now().Sub(entry.At) > p.cfg.Keep {
			p.cfg.Log.Error("slips waited too long for their printer and are left out", "printer", p.cfg.Name, "shop", p.cfg.Shop, "slips", len(receipts), "ref", receipts[0].Ref)
			p.Dropped.Add(int64(len(receipts)))
			break
		}
		err := p.print(ctx, entry.Seq, receipts)
		if err == nil {
			break
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if try == 0 {
			p.cfg.Log.Warn("printer does not print; its slips wait", "printer", p.cfg.Name, "shop", p.cfg.Shop, "addr", p.cfg.Addr, "err", err)
		}
		rest(ctx, p.cfg.Pause(try))
		if ctx.Err() != nil {
			return ctx.Err()
		}
	}
	return p.mark(ctx, p.done, entry.Seq)
}

// print sends the slips of record seq to the printer. They are marked as reprints if they may
// have been printed before.
func (p *Printer) print(ctx context.Context, seq uint64, receipts []till.Receipt) error {
	conn, err := p.cfg.Dial(ctx, p.cfg.Addr)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close() }() // what was sent is acknowledged, or counts as not printed
	begun, err := p.begun.Read(ctx, p.cfg.Run.Books())
	if err != nil {
		return err
	}
	again := begun >= seq
	if !again {
		if err := p.mark(ctx, p.begun, seq); err != nil {
			return err
		}
	}
	var slips []byte
	for i := range receipts {
		slips = append(slips, p.cfg.Paper.Bytes(p.slip(&receipts[i], again))...)
	}
	if err := deliver(ctx, conn, slips); err != nil {
		return err
	}
	p.Printed.Add(int64(len(receipts)))
	if again {
		p.Reprinted.Add(int64(len(receipts)))
	}
	return nil
}

// slip returns the slip of a receipt.
func (p *Printer) slip(receipt *till.Receipt, again bool) escpos.Slip {
	language := lang.EN
	if p.cfg.Paper.Page == escpos.GB18030 {
		language = lang.ZH
	}
	at, _ := time.Parse(time.RFC3339Nano, receipt.At) // as View writes it
	return escpos.Slip{Shop: receipt.Shop.In(language), Amount: receipt.Amount, Currency: receipt.Currency, Ref: receipt.Ref, Payer: receipt.Payer,
		Time: p.cfg.Place.Time(at).Format("2006-01-02 15:04:05"), Note: receipt.Note, Ticket: receipt.Ticket, Reprint: again}
}

// Pauses between tries.
const (
	pauseFirst = time.Second
	pauseMax   = time.Minute
)

// pauseAfter returns the pause after a try that failed, which doubles.
func pauseAfter(try int) time.Duration {
	if try > 6 {
		return pauseMax
	}
	return min(pauseFirst<<try, pauseMax)
}

// rest waits for a while, or until ctx ends.
func rest(ctx context.Context, pause time.Duration) {
	timer := time.NewTimer(pause)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}
