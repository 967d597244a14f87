// Package rig is a daemon under load: opened by the same steps as serve's, on data of
// its own, beside a simulated SMSC. The figures are measured on it, and the tests of
// the daemon run on it. Everything is on loopback, on ports that the kernel chooses,
// and is removed at the end. It may import the daemon and the simulators; nothing that
// serve runs imports it.
package rig

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"mpg/cmd/mpg/daemon"
	"mpg/conf"
	"mpg/engine/admin"
	"mpg/engine/call"
	"mpg/engine/cdr"
	"mpg/engine/lang"
	"mpg/engine/pin"
	"mpg/ivr/voice"
	"mpg/smpp/pdu"
	"mpg/smpp/smsc"
	"mpg/store/money"
)

// Settings of the daemon under load.
const (
	Code    = "8888" // the short code
	Window  = 1000   // messages without a response, each way
	fillers = 512    // commands under way while subscribers are registered
	topUp   = money.Amount(1_000_000)
	Wait    = 30 * time.Second // for whatever ought to take milliseconds
)

// Rig is a running daemon and its SMSC.
type Rig struct {
	SMSC   *smsc.Server
	Daemon *daemon.Daemon
	dir    string
	file   *conf.File
	answer Answer
	stop   context.CancelFunc
	ended  chan error
}

// Tune changes the settings of a daemon before it starts.
type Tune func(*conf.File)

// Answer takes a call, and reports how it ended.
type Answer func(ctx context.Context, wanted call.Call) call.Report

// Keys returns an Answer that hears nothing and keys at once what each step wants: any key,
// or the PIN. What the daemon does with them is all done.
func Keys(secret pin.PIN) Answer {
	return func(ctx context.Context, wanted call.Call) call.Report {
		if wanted.OnAnswer != nil {
			wanted.OnAnswer()
		}
		report := call.Report{End: call.EndFinished, Answered: true, HungUp: cdr.Us}
		for _, step := range wanted.Steps {
			var digits *pin.PIN
			if step.Want == call.WantPIN {
				keyed := secret
				digits = &keyed
			}
			report.Step = step.Name
			switch wanted.OnInput(ctx, step.Name, digits).Do {
			case call.HangUp:
				return report
			case call.AskAgain:
				report.End = call.EndSilent // the same keys would be wrong again
				return report
			case call.GoOn:
			}
		}
		return report
	}
}

// Open starts both; tune may change the settings first. The texts to subscribers
// reach onSubmit.
func Open(ctx context.Context, onSubmit func(smsc.Submit), tune Tune) (*Rig, error) {
	return OpenAnswered(ctx, onSubmit, tune, nil)
}

// OpenAnswered is Open with somebody who takes each call in place of the trunk. It is for
// figures that are not about calls: there is neither signalling nor sound.
func OpenAnswered(ctx context.Context, onSubmit func(smsc.Submit), tune Tune, answer Answer) (*Rig, error) {
	dir, err := os.MkdirTemp("", "mpg-bench-")
	if err != nil {
		return nil, err
	}
	r := &Rig{dir: dir, answer: answer, ended: make(chan error, 1)}
	if err := r.open(ctx, onSubmit, tune); err != nil {
		return nil, errors.Join(err, r.Close())
	}
	return r, nil
}

func (r *Rig) open(ctx context.Context, onSubmit func(smsc.Submit), tune Tune) error {
	var err error
	r.SMSC, err = smsc.Listen(smsc.Config{Addr: "127.0.0.1:0", SystemID: "bench", Window: Window,
		OnSubmit: func(submit smsc.Submit) (id string, st pdu.Status) { onSubmit(submit); return "", pdu.ROK }})
	if err != nil {
		return err
	}
	r.file = Conf(r.dir, r.SMSC.Addr())
	tune(r.file)
	return r.Start(ctx)
}

// Start starts the daemon again, after End, on the data that it left.
func (r *Rig) Start(ctx context.Context) error {
	// What serve logs goes to a file, so that it costs what it costs.
	log, err := os.Create(filepath.Join(r.dir, "log"))
	if err != nil {
		return err
	}
	level := new(slog.LevelVar)
	d := daemon.New(daemon.Config{File: r.file, Level: level, Log: daemon.NewLog(log, r.file.Log, level), Voices: voice.CacheConfig{Voice: voice.Tones{}}, Call: r.answer})
	if err := d.Open(ctx); err != nil {
		return errors.Join(err, d.Close(), log.Close())
	}
	run, stop := context.WithCancel(ctx)
	r.Daemon, r.stop = d, stop
	go func() { r.ended <- errors.Join(d.Run(run, nil), log.Close()) }()
	bound, cancel := context.WithTimeout(ctx, Wait)
	defer cancel()
	if !d.AwaitBound(bound) {
		return errors.New("the simulated SMSC was not bound in time")
	}
	return nil
}

// Conf is a file for a daemon with its data in dir and its SMSC at addr.
func Conf(dir, addr string) *conf.File {
	f := conf.Default()
	f.DataDir = filepath.Join(dir, "data")
	f.PIN.KeyPath, f.Seal.KeyPath = filepath.Join(dir, "pin.key"), filepath.Join(dir, "seal.key")
	s := conf.DefaultSMSC()
	s.Name, s.Addr, s.SystemID, s.ShortCodes, s.Window = "bench", addr, "bench", []string{Code}, Window
	f.SMSC = []conf.SMSC{s}
	f.SIP.Listen, f.SIP.Trunk, f.SIP.From = netip.MustParseAddrPort("127.0.0.1:0"), "sip:127.0.0.1:9", Code
	f.SIP.RTPPorts = conf.Ports{} // any
	f.Voice.Pause = 0             // the latency is measured, not the pause
	f.HTTP.Listen = netip.AddrPort{}
	return f
}

// Calls returns the Tune of a daemon that calls through the trunk at that address: atOnce
// calls at once, and each subscriber so often an hour.
func Calls(trunk netip.AddrPort, atOnce, perHour int) Tune {
	return func(file *conf.File) {
		file.SIP.Trunk, file.SIP.Calls, file.SIP.AllowPrefixes = "sip:"+trunk.String(), atOnce, []string{"+86"}
		file.Limit.Day, file.Order.CallsPerHour = "0", perHour
	}
}

// NoCalls is the Tune with which every payment goes without a call.
func NoCalls(file *conf.File) {
	file.Product.MPurse.PINAbove, file.Product.MPurse.PINFreeDay = "1000.00", "1000000.00"
	file.Limit.Day = "0"
}

// NoView, as a Tune, has the daemon keep no view.
func NoView(file *conf.File) { file.View.Enabled = false }

// End drains the daemon if it is still running. Its data stays in DataDir; see Start.
func (r *Rig) End() error {
	if r.stop == nil {
		return nil
	}
	r.stop()
	r.stop = nil
	return <-r.ended
}

// DataDir is where the daemon keeps its data, until Close.
func (r *Rig) DataDir() string { return Conf(r.dir, "").DataDir }

// Close drains the daemon, ends the SMSC and removes the data.
func (r *Rig) Close() error {
	errs := []error{r.End()}
	if r.SMSC != nil {
		errs = append(errs, r.SMSC.Close())
	}
	return errors.Join(append(errs, os.RemoveAll(r.dir))...)
}

// Number is the phone number of subscriber i, below 10^8.
func Number(i int) string { return fmt.Sprintf("+86138%08d", i) }

// Shop is the code of shop i, and its phone number.
func Shop(i int) (code, phone string) {
	return fmt.Sprintf("%d", 8000+i), fmt.Sprintf("+86139%08d", i)
}

// Populate registers shops and subscribers and fills the purses, by the
// operator's own commands, many at once.
func (r *Rig) Populate(ctx context.Context, people, shops int, secret *pin.PIN) error {
	return r.Register(ctx, people, shops, func(int) admin.NewUser {
		return admin.NewUser{Name: lang.Name{EN: "Person"}, PIN: secret}
	})
}

// Register is Populate with subscribers as subscriber says; it need not give their numbers.
func (r *Rig) Register(ctx context.Context, people, shops int, subscriber func(number int) admin.NewUser) error {
	e := r.Daemon.Engine()
	for i := range shops {
		code, phone := Shop(i)
		_, err := e.Admin().AddMerchant(ctx, admin.Command{Key: "shop " + code}, admin.NewMerchant{Code: code, Name: lang.Name{EN: "Shop " + code, ZH: "商店" + code}, Phone: phone})
		if err != nil {
			return err
		}
	}
	return atOnce(fillers, people, func(i int) error {
		phone, who := Number(i), subscriber(i)
		who.Phone = phone
		if _, err := e.Admin().AddUser(ctx, admin.Command{Key: "user " + phone}, who); err != nil {
			return err
		}
		_, err := e.Admin().TopUp(ctx, admin.Command{Key: "topup " + phone}, phone, topUp)
		return err
	})
}

// Quiet waits until every text is sent and durably marked as sent.
func (r *Rig) Quiet(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, Wait)
	defer cancel()
	for {
		left, err := r.Daemon.Unsent(ctx)
		if err != nil && ctx.Err() == nil {
			return err
		}
		if err == nil && left == 0 {
			return nil
		}
		select {
		case <-time.After(Look):
		case <-ctx.Done():
			return fmt.Errorf("%d texts are still not sent: %w", left, ctx.Err())
		}
	}
}

// Look is the time between two looks at the outbox.
const Look = 50 * time.Millisecond

// Sound verifies the ledger and that the shops hold what was paid.
func (r *Rig) Sound(ctx context.Context, shops int, paid money.Amount) error {
	report, err := r.Daemon.Engine().Admin().Verify(ctx)
	if err != nil {
		return err
	}
	if len(report.Faults) > 0 {
		return fmt.Errorf("the ledger is not sound: %s", report.Faults[0])
	}
	var held money.Amount
	for i := range shops {
		code, _ := Shop(i)
		a, err := r.Daemon.Engine().Admin().Account(ctx, "merchant:"+code)
		if err != nil {
			return err
		}
		posted, err := r.Daemon.Engine().Admin().ParseAmount(a.Posted)
		if err != nil {
			return err
		}
		held += posted
	}
	if held != paid {
		return fmt.Errorf("the shops hold %d and were paid %d", held, paid)
	}
	return nil
}

// atOnce calls fn for 0 to n-1 from some goroutines and returns the first error.
func atOnce(workers, count int, fn func(number int) error) error {
	var next atomic.Int64
	var all sync.WaitGroup
	failed := make(chan error, workers)
	for range min(workers, count) {
		all.Go(func() {
			for i := int(next.Add(1)) - 1; i < count; i = int(next.Add(1)) - 1 {
				if err := fn(i); err != nil {
					failed <- err
					next.Store(int64(count))
					return
				}
			}
		})
	}
	all.Wait()
	select {
	case err := <-failed:
		return err
	default:
		return nil
	}
}
