// Package filebank asks a bank that takes files: what it is asked for is written to a folder,
// and its answers are read from another, perhaps hours later.
//
//	filebank.go  Config, Connector: opening, and whether the folders can be used
//	ask.go       asking, and waiting for answers    undo.go    reversing
//	request.go   one line of a file to the bank     outbox.go  writing such files
//	answer.go    files from the bank                inbox.go   taking them in, or refusing them
//	book.go      what was asked and what was answered, as the files say; entries.go: one line of it
//	disk.go      files that are there after a power cut
//
// The folder of a bank has five folders in it. Files for the bank appear in outgoing under
// their final name, complete, and whoever carries them takes them away; sent keeps a copy of
// each, which is never written again and can be sent again as it is. Answers are put into
// incoming, under another name until they are complete. A file that was taken goes to done,
// and one that was not goes to refused, beside a .txt that says why. The files in sent and
// done are the connector's only memory: keep those of the last days, and the newest in any case.
//
// Every line has a key that names it for ever, made of the request's own numbers. A request
// that is asked again, after a crash for instance, is not written again; a bank that gets a
// line twice must book it once. Files are numbered without a gap, in each direction. A gap in
// the bank's numbers is reported, and the file is taken: an approval is money whenever it
// comes. A file with the number of an earlier one is refused.
//
// A Connector keeps to the contract of bank.Link, which engine/bank/banktest checks where it
// applies. It takes debits, credits, refunds and their reversals: a bank that answers after
// hours cannot hold money for somebody who stands at a till, and can say nothing about a
// card. Those are bank.ErrInvalid. The time-out counts from the request and not from when it
// was written, so a restart does not begin it again, and Authorize may be called again for a
// request that an earlier process has asked; see Asks.
//
// The files hold account numbers, which the bank needs. The folders are made for their owner
// alone, and so are the files. Nothing of an account is logged or written to a .txt.
//
// The package imports mpg/engine/bank and mpg/store/money and nothing else of ours.
package filebank

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"sync/atomic"
	"time"

	"mpg/engine/bank"
)

// Dialect names what a Connector speaks, in a configuration and in a bank.Packed.
const Dialect = "file"

// defaultEvery is the default of Config.Every.
const defaultEvery = time.Minute

// window is how many reversals may wait for their answers: a file has room for any number.
const window = 10_000

// Config is what a Connector is made of. Zero durations mean defaults.
type Config struct {
	Name   string // of the bank, in the first line of each file
	Folder string // must exist; the five in it are made

	Timeout time.Duration // from a request to its answer
	Every   time.Duration // between two files to the bank, and between two looks for answers

	Now func() time.Time
	Log *slog.Logger
	// OnAnswer is called with the time that each request waited; it must not block.
	OnAnswer func(time.Duration)
	// OnLate takes in an answer that nobody is waiting for. It returns once that is recorded;
	// after an error the file stays where it is, and the answer comes again.
	OnLate func(bank.Late) error
}

// Connector asks one bank. Its methods may be called from any goroutine.
type Connector struct {
	cfg      Config
	counters *bank.Counters
	up       atomic.Bool
	life     context.Context
	kill     context.CancelFunc
	book     *book
	out      *outbox
	in       *inbox
}

// Open reads what the folder says was asked and answered, and returns a Connector that is
// down: Run writes and reads files. Nothing is changed.
func Open(config Config) (*Connector, error) {
	config.Timeout, config.Every = cmp.Or(config.Timeout, bank.DefaultTimeout), cmp.Or(config.Every, defaultEvery)
	if config.Now == nil {
		config.Now = time.Now
	}
	if config.Log == nil {
		config.Log = slog.New(slog.DiscardHandler)
	}
	if config.OnLate == nil {
		config.OnLate = func(bank.Late) error { return nil }
	}
	if config.Folder == "" {
		return nil, fmt.Errorf("bank %s: it has no folder for its files", config.Name)
	}
	config.Log = config.Log.With("bank", config.Name)
	c := &Connector{cfg: config, counters: bank.NewCounters()}
	c.book = &book{cfg: &c.cfg, counters: c.counters, lines: make(map[string]*entry)}
	c.out = &outbox{cfg: &c.cfg, book: c.book}
	c.in = &inbox{cfg: &c.cfg, counters: c.counters, book: c.book, looked: make(chan struct{}), seen: make(map[string]stamp), told: make(map[uint64]bool)}
	last, err := c.book.load()
	if err != nil {
		return nil, fmt.Errorf("bank %s: %w", config.Name, err)
	}
	c.out.last = last
	c.life, c.kill = context.WithCancel(context.Background())
	return c, nil
}

// Close makes Run return; the connector stays down from then on.
func (c *Connector) Close() error {
	c.kill()
	return nil
}

// Up reports whether the folders could be used when they were last looked at.
func (c *Connector) Up() bool { return c.up.Load() }

// Window returns how many reversals may be outstanding at once.
func (c *Connector) Window() int { return window }

// Outlives reports that requests outlive a restart.
func (c *Connector) Outlives() bool { return true }

// Asks reports whether a request which was sent before a restart may be asked again: it is not
// written twice, and its answer may already be here. That is so if packed was made for files
// and the files that were sent before are known: on a disk that was not mounted they are not,
// and the old ones are not read. A file is never older than what is in it.
func (c *Connector) Asks(packed bank.Packed) bool {
	asked, err := open(packed)
	return err == nil && c.book.whole && asked.at.UTC().Format(dayLayout) > c.book.unread
}

// Stats returns the counters since Open.
func (c *Connector) Stats() bank.Stats {
	stats := c.counters.Stats()
	stats.Outstanding = c.book.outstanding()
	return stats
}

// State returns whether the folder can be used.
func (c *Connector) State() bank.State {
	return bank.State{Lines: []bank.LineState{{Addr: c.cfg.Folder, Up: c.Up()}}}
}

// Run writes and reads files at each Config.Every, until ctx ends or Close is called.
func (c *Connector) Run(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(c.life, cancel)()
	defer c.up.Store(false)
	c.turn()
	tick := time.NewTicker(c.cfg.Every)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			c.turn()
		case <-ctx.Done():
			return nil
		}
	}
}

// tell logs whether the folders can be used; err is why they cannot.
func (c *Connector) tell(err error) {
	if err != nil {
		c.cfg.Log.Warn("bank link is down", "folder", c.cfg.Folder, "err", err)
		return
	}
	c.cfg.Log.Info("bank link is up", "folder", c.cfg.Folder)
}

// turn reads what has come, and writes what is to go.
func (c *Connector) turn() {
	err := c.folders()
	if is := err == nil; c.up.Swap(is) != is {
		c.tell(err)
	}
	if err != nil {
		return
	}
	c.book.forget()
	c.in.look()
	c.out.write()
}

// folders makes the folders. Files that were sent and could not be read at the start are an
// error: their numbers would be given out again.
func (c *Connector) folders() error {
	if !c.book.whole && c.out.last == 0 {
		sent, err := numbered(filepath.Join(c.cfg.Folder, folderSent), requestsForm)
		if err == nil && len(sent) > 0 {
			err = errors.New("there are files in the folder that were not there at the start: restart mpg")
		}
		if err != nil {
			return err
		}
	}
	return makeFolders(c.cfg.Folder)
}

// Try reports why the folders cannot be used, which files from the bank are missing, and how
// many were refused.
func (c *Connector) Try(context.Context, bool) error {
	if err := usable(c.cfg.Folder); err != nil {
		return err
	}
	if gaps := c.book.gaps(); len(gaps) > 0 {
		return fmt.Errorf("files with answers are missing: number %s", listed(gaps))
	}
	refused, err := filepath.Glob(filepath.Join(c.cfg.Folder, folderRefused, "*"+reasonEnding))
	if err == nil && len(refused) > 0 {
		return fmt.Errorf("answer files, or lines of them, were refused: %d; see %s, and remove those that are dealt with", len(refused), filepath.Join(c.cfg.Folder, folderRefused))
	}
	return err
}

// errKind says that the bank cannot be asked for that.
var errKind = errors.New("a bank that takes files can only be asked for debits, credits and refunds")

// Advise refuses: no advice can be written to a file.
func (c *Connector) Advise(context.Context, bank.Packed, bool) (bank.Reply, error) {
	err := bank.Invalid(errKind)
	c.counters.Advice(bank.Reply{}, err)
	return bank.Reply{}, err
}
