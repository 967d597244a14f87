package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	sd "github.com/coreos/go-systemd/v22/daemon"

	"mpg/conf"
	"mpg/engine"
	"mpg/engine/api"
	"mpg/engine/bank"
	"mpg/ivr"
	"mpg/ivr/media"
	"mpg/ivr/voice"
	"mpg/store"
	"mpg/store/bolt"
)

// closeWait bounds what is waited for after the drain: answers to the last
// messages on each link.
const closeWait = 5 * time.Second

// daemon is the whole of mpg as a value: serve, demo and the tests open it, run
// it and close it.
type daemon struct {
	conf  *conf.File
	log   *slog.Logger
	level *slog.LevelVar

	// voices, if set, speak in place of those that [voice] names: the demo's tones.
	voices voice.CacheConfig
	// caption, where set, is told each sentence as a call begins to speak it.
	caption func(number, sentence string)
	// ready, where set, is called once texts are taken in.
	ready func()

	store  store.Store
	engine *engine.Engine
	clips  *voice.Cache
	media  *media.Engine
	caller *ivr.Caller
	links  map[string]*bank.Link
	binds  []*bind
	meters *meters // see measures

	socket *http.Server
	web    *http.Server
	webAt  net.Addr

	ctx    context.Context // of what serves; ends after the drain
	stop   context.CancelFunc
	serves sync.WaitGroup
	broken chan error
}

// open starts everything, in this order; the SMSC is last, so that no text
// comes in before all that it needs is there.
func (d *daemon) open(ctx context.Context) error {
	d.ctx, d.stop = context.WithCancel(context.WithoutCancel(ctx))
	d.broken = make(chan error, 1)
	for _, step := range []struct {
		name string
		do   func() error
	}{
		{"open the store", d.openStore},
		{"recover", d.recover},
		{"open the operator's socket", d.openSocket},
		{"find the voices", d.openVoices},
		{"open SIP", d.openSIP},
		{"ask the trunk", d.runSIP},
		{"sign on at the banks", d.openBanks},
		{"serve HTTP", d.openHTTP},
		{"bind to the SMSC", d.openBinds},
	} {
		begun := time.Now()
		if err := step.do(); err != nil {
			return fmt.Errorf("%s: %w", step.name, err)
		}
		d.log.Info(step.name, "took", time.Since(begun).Round(time.Millisecond))
	}
	return nil
}

func (d *daemon) openStore() error {
	if err := os.MkdirAll(d.conf.DataDir, 0o700); err != nil {
		return err
	}
	commits := d.measures().commit
	s, err := bolt.Open(d.conf.DataDir, bolt.Options{Log: d.log, Retention: max(bolt.DefaultRetention, 2*d.conf.Order.Redelivery),
		Committed: func(took time.Duration) { commits.Observe(took.Seconds()) }})
	if errors.Is(err, store.ErrLocked) {
		return hinted{fmt.Errorf("%s is in use by another mpg%s", d.conf.DataDir, heldBy(err)), "stop it first, or give this one a data_dir of its own"}
	}
	if errors.Is(err, store.ErrCorrupt) {
		return hinted{err, "keep a copy of the folder, check the disk, and restore the last backup to a new folder"}
	}
	if err != nil {
		return err // d.store stays nil: there is nothing to close
	}
	d.store = s
	return nil
}

// heldBy names the processes that hold the folder, if they can be seen.
func heldBy(err error) string {
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

func (d *daemon) openSocket() error {
	if err := socketProblem(d.conf); err != nil {
		return err
	}
	l, err := api.Listen(filepath.Join(d.conf.DataDir, socketName))
	if err != nil {
		return err
	}
	d.socket = api.Server(api.Handler(d.engine))
	d.serve(d.socket, l)
	return nil
}

func (d *daemon) openHTTP() error {
	l, err := listenHTTP(d.conf)
	if err != nil || l == nil {
		return err
	}
	d.webAt = l.Addr()
	d.web = &http.Server{Handler: d.routes(), ReadHeaderTimeout: closeWait}
	d.serve(d.web, l)
	return nil
}

// listenHTTP returns the listener of health and metrics, or nil if the file wants
// none.
func listenHTTP(f *conf.File) (net.Listener, error) {
	if !f.HTTP.Listen.IsValid() {
		return nil, nil
	}
	l, err := net.Listen("tcp", f.HTTP.Listen.String())
	if err != nil {
		return nil, portProblem(f, "http.listen", f.HTTP.Listen.String(), err)
	}
	return l, nil
}

// serve runs s on l until it is shut down.
func (d *daemon) serve(s *http.Server, l net.Listener) {
	d.serves.Go(func() {
		if err := s.Serve(l); !errors.Is(err, http.ErrServerClosed) {
			d.log.Error("serving stopped", "addr", l.Addr(), "err", err)
		}
	})
}

// run serves until ctx ends or the store breaks, then drains and closes. hup
// asks for the file to be read again.
func (d *daemon) run(ctx context.Context, hup <-chan os.Signal) error {
	d.serves.Go(func() { d.announce(ctx) })
	d.serves.Go(func() { watchdog(d.ctx, d.log, d.well, d.status) })
	for {
		select {
		case <-hup:
			d.reload()
		case err := <-d.broken:
			d.close()
			return hinted{fmt.Errorf("the store can no longer be trusted: %w", err), diskHint}
		case <-ctx.Done():
			d.drain()
			return d.close()
		}
	}
}

// announce says READY once a bind is up.
func (d *daemon) announce(ctx context.Context) {
	if !d.awaitBound(ctx) {
		return
	}
	tellReady(d.log, d.status())
	d.log.Info("ready")
	if d.ready != nil {
		d.ready()
	}
}

// drain takes no new orders, lets calls in progress end, and sends what it can,
// within the time that the file gives. The rest of the outbox is kept.
func (d *daemon) drain() {
	tell(d.log, sd.SdNotifyStopping)
	d.log.Info("draining", "for", d.conf.Drain)
	ctx, cancel := context.WithTimeout(context.Background(), d.conf.Drain)
	defer cancel()
	d.engine.Drain(ctx)
}

// close ends what open began, the last first.
func (d *daemon) close() error {
	ctx, cancel := context.WithTimeout(context.Background(), closeWait)
	defer cancel()
	errs := []error{d.closeBinds(ctx), shutdown(ctx, d.web), shutdown(ctx, d.socket)}
	if d.engine != nil {
		d.engine.Close()
	}
	if d.stop != nil {
		d.stop()
	}
	errs = append(errs, d.closeSIP(), d.closeBanks())
	d.serves.Wait()
	if d.store != nil {
		errs = append(errs, d.store.Close())
	}
	return errors.Join(errs...)
}

func shutdown(ctx context.Context, s *http.Server) error {
	if s == nil {
		return nil
	}
	return s.Shutdown(ctx)
}

// lost is told by the engine that the store is broken.
func (d *daemon) lost(err error) {
	select {
	case d.broken <- err:
	default:
	}
}
