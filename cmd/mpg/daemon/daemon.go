// Package daemon is the whole of mpg as a value: serve, demo, the figures and the
// tests open it, run it and close it.
//
// Packages that do not know one another meet here. The configuration file is
// copied into each part's own Config, and the engine's ports are filled with what
// speaks a protocol: no rule about money is decided here, and none about SMPP or SIP.
// Read daemon.go first, which is the start as one list of steps. Then:
//
//	books.go                  conf and engine: rules, keys, what a reload takes over
//	binds.go binds_send.go    smpp and engine: texts in, texts out; shortcode.go
//	calls.go voices.go        ivr and engine: calls, and who says their sentences
//	banks.go bankfile.go      engine/bank and engine; cards.go: how shops take cards
//	view.go reports.go        engine/view, which follows the journal, and what reads it
//	http.go health.go         what HTTP serves; the metrics*.go files are the figures
//	till.go                   what cash registers and receipt printers are served by
//	socket.go                 the socket for commands, and who may connect to it
//	ports.go                  what is said about an address that cannot be listened on
//	try.go                    the same parts for check, which opens and closes them
//
// To add a part, give it a type of its own with run and close, and a step in Open. A
// setting of the configuration is wired in the file of its part. The package may
// import anything but the commands and the rooms beside it that import it.
//
// github.com/prometheus/client_golang serves the metrics, github.com/coreos/go-systemd
// speaks to systemd, and github.com/nyaruka/phonenumbers knows the calling code of a
// country.
package daemon

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"sync"
	"time"

	sd "github.com/coreos/go-systemd/v22/daemon"

	"mpg/cmd/mpg/hint"
	"mpg/conf"
	"mpg/engine"
	"mpg/engine/call"
	"mpg/engine/module"
	"mpg/engine/sheet"
	"mpg/ivr/voice"
	"mpg/store"
	"mpg/store/bolt"
)

// CloseWait bounds what is waited for after the drain: answers to the last
// messages on each link.
const CloseWait = 5 * time.Second

// Config is what a daemon is made of.
type Config struct {
	File    *conf.File
	Log     *slog.Logger
	Level   *slog.LevelVar // of Log; a reload sets it
	Version string         // what the metrics say is running

	// The modules that join the core; nil: those that Modules returns.
	Modules []module.Module

	// Voices, if set, speak in place of those that [voice] names: the demo's tones.
	Voices voice.CacheConfig
	// Caption, if set, is told each sentence as a call begins to speak it.
	Caption func(number, sentence string)
	// Call, if set, takes each call in place of the trunk: figures that are not about calls.
	Call func(ctx context.Context, wanted call.Call) call.Report
}

// Daemon is a daemon: open it, run it, close it.
type Daemon struct {
	conf    *conf.File
	log     *slog.Logger
	level   *slog.LevelVar
	version string
	modules []module.Module

	words  *sheet.Sheet // the operator's own words, in use; nil: none
	tariff string       // version of the fees in use; empty: none

	store  store.Store
	engine *engine.Engine
	means  meant
	reads  *readSide
	calls  *Calls
	banks  *banks
	binds  *binds
	meters *meters

	servers

	ctx    context.Context // of what serves; ends after the drain
	stop   context.CancelFunc
	serves sync.WaitGroup
	broken chan error
}

// New returns a daemon that is not open. Close it even if Open fails.
func New(config Config) *Daemon {
	m := newMeters()
	if config.Modules == nil {
		config.Modules = Modules(config.File)
	}
	return &Daemon{conf: config.File, log: config.Log, level: config.Level, version: config.Version, modules: config.Modules, meters: m,
		calls: newCalls(config), banks: newBanks(config.File, config.Log, m), binds: newBinds(config.File, config.Log, m), reads: &readSide{conf: config.File, log: config.Log}, servers: servers{tills: &tills{conf: config.File, log: config.Log}}, broken: make(chan error, 1)}
}

// Engine returns the engine of an open daemon: the operator's commands without the
// socket.
func (d *Daemon) Engine() *engine.Engine { return d.engine }

// Unsent returns how many notices of an open daemon are not durably marked as sent.
func (d *Daemon) Unsent(ctx context.Context) (unsent int, err error) {
	for _, err = range d.store.Outbox(ctx, 0, 0) {
		if err == nil {
			unsent++
		}
	}
	return unsent, err
}

// ViewLag returns by how many records the view of an open daemon is behind, 0 if it keeps none.
func (d *Daemon) ViewLag() uint64 { return d.reads.lag() }

// AwaitBound waits until orders can be taken in and answered. It reports false if
// ctx ends first.
func (d *Daemon) AwaitBound(ctx context.Context) bool { return d.binds.awaitBound(ctx) }

// Open starts everything, in this order. What is due when the engine continues may be a
// call, so that all that a call needs is there before. The SMSC is last, so that no text
// comes in before all that it needs is there.
func (d *Daemon) Open(ctx context.Context) error {
	d.ctx, d.stop = context.WithCancel(context.WithoutCancel(ctx))
	for _, step := range []struct {
		name string
		do   func() error
	}{
		{"read the configuration", d.prepare},
		{"open the ledger", d.openStore},
		{"find the voices", func() error { return d.calls.openVoices(d.ctx) }},
		{"open SIP", d.calls.openSIP},
		{"continue with the books", d.recover},
		{"open the view", func() error { return d.reads.run(d.ctx, d.store, d.engine.Books(), &d.serves) }},
		{"open the operator's socket", d.openSocket},
		{"ask the trunk", func() error { return d.calls.run(d.ctx, &d.serves) }},
		{"sign on at the banks", func() error { return d.banks.run(d.ctx, &d.serves) }},
		{"serve HTTP", d.openHTTP},
		{"serve the tills", func() error { return d.tills.open(d) }},
		{"bind to the SMSC", func() error { return d.binds.run(d.ctx, &d.serves) }},
	} {
		started := time.Now()
		if err := step.do(); err != nil {
			return fmt.Errorf("%s: %w", step.name, err)
		}
		d.log.Info("start step done", "step", step.name, "took", time.Since(started).Round(time.Millisecond))
	}
	return nil
}

func (d *Daemon) openStore() error {
	if err := os.MkdirAll(d.conf.DataDir, 0o700); err != nil {
		return err
	}
	commits := d.meters.commit
	s, err := bolt.Open(d.conf.DataDir, bolt.Options{Log: d.log, Retention: max(bolt.DefaultRetention, 2*d.conf.Order.Redelivery),
		Committed: func(took time.Duration) { commits.Observe(took.Seconds()) }})
	if errors.Is(err, store.ErrLocked) {
		return hint.Add(fmt.Errorf("%s is in use by another mpg%s", d.conf.DataDir, Holders(err)), "stop it first, or give this one a data_dir of its own")
	}
	if errors.Is(err, store.ErrCorrupt) {
		return hint.Add(err, "keep a copy of the folder, check the disk, and restore the last backup into a new folder")
	}
	if err != nil {
		return err // d.store stays nil: there is nothing to close
	}
	d.store = s
	return nil
}

// Holders names the processes that hold the folder, if they can be seen.
func Holders(err error) string {
	var locked *bolt.LockedError
	if !errors.As(err, &locked) || len(locked.Holders) == 0 {
		return ""
	}
	return ": " + strings.Join(locked.Holders, ", ")
}

// diskHint says what to do after a failed commit. The kernel's memory may hold what
// the disk does not have, and so may the file system's tables; mounting it again is
// the safest.
const diskHint = "nothing acknowledged is lost; check that the disk has room and no errors (dmesg), remount its file system if there were any, " +
	"start again and run mpg ledger verify"

// Run serves until ctx ends or the store breaks, then drains and closes. reload
// asks for the file to be read again.
func (d *Daemon) Run(ctx context.Context, reload <-chan os.Signal) error {
	d.serves.Go(func() { d.announce(ctx) })
	d.serves.Go(func() { watchdog(d.ctx, d.log, d.well, d.status) })
	for {
		select {
		case <-reload:
			d.reload()
		case err := <-d.broken:
			d.Close()
			return hint.Add(fmt.Errorf("the store can no longer be trusted: %w", err), diskHint)
		case <-ctx.Done():
			d.drain()
			return d.Close()
		}
	}
}

// announce says READY once a bind is up.
func (d *Daemon) announce(ctx context.Context) {
	if !d.AwaitBound(ctx) {
		return
	}
	tellReady(d.log, d.status())
	d.log.Info("ready")
}

// drain takes no new orders, lets calls in progress end, and sends what it can,
// within the time that the file gives. The rest of the outbox is kept.
func (d *Daemon) drain() {
	tell(d.log, sd.SdNotifyStopping)
	d.log.Info("draining", "for", d.conf.Drain)
	ctx, cancel := context.WithTimeout(context.Background(), d.conf.Drain)
	defer cancel()
	d.engine.Drain(ctx)
}

// Close ends what Open began, the last first.
func (d *Daemon) Close() error {
	ctx, cancel := context.WithTimeout(context.Background(), CloseWait)
	defer cancel()
	errs := []error{d.binds.close(ctx), d.servers.close(ctx)}
	if d.engine != nil {
		d.engine.Close()
	}
	if d.stop != nil {
		d.stop()
	}
	errs = append(errs, d.calls.Close(), d.banks.close())
	d.serves.Wait()
	errs = append(errs, d.reads.close())
	if d.store != nil {
		errs = append(errs, d.store.Close())
	}
	return errors.Join(errs...)
}

// lost is called by the engine when the store is broken.
func (d *Daemon) lost(err error) {
	select {
	case d.broken <- err:
	default:
	}
}

// well reports whether the store can be trusted.
func (d *Daemon) well() bool { return d.store != nil && len(d.broken) == 0 }

// status is one line for systemctl status.
func (d *Daemon) status() string {
	s := d.engine.Stats()
	return fmt.Sprintf("texts %d, calls %d, paid %d, not paid %d", s.Texts.Load(), s.Calls.Load(), s.Ended.Paid.Load(), s.Ended.Unpaid.Load())
}
