package main

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

	"mpg/conf"
	"mpg/engine"
	"mpg/engine/lang"
	"mpg/engine/pin"
	"mpg/ivr/voice"
	"mpg/smpp/pdu"
	"mpg/smpp/smsc"
	"mpg/store/money"
)

// The daemon under load: opened by the same list as serve's, on data of its
// own, beside a simulated SMSC.

// Settings of the daemon under load.
const (
	benchCode    = "8888"
	benchWindow  = 1000 // messages without a response, each way
	benchFillers = 512  // commands under way while subscribers are registered
	benchTopUp   = money.Amount(1_000_000)
	benchWait    = 30 * time.Second // for whatever ought to take milliseconds
)

// benchRig is a running daemon and its SMSC.
type benchRig struct {
	dir   string
	smsc  *smsc.Server
	d     *daemon
	stop  context.CancelFunc
	ended chan error
}

// openRig starts both; tune may change the settings before. Subscribers' texts
// reach onSubmit.
func openRig(ctx context.Context, onSubmit func(smsc.Submit), tune func(*conf.File)) (*benchRig, error) {
	dir, err := os.MkdirTemp("", "mpg-bench-")
	if err != nil {
		return nil, err
	}
	r := &benchRig{dir: dir, ended: make(chan error, 1)}
	if err := r.open(ctx, onSubmit, tune); err != nil {
		return nil, errors.Join(err, r.close())
	}
	return r, nil
}

func (r *benchRig) open(ctx context.Context, onSubmit func(smsc.Submit), tune func(*conf.File)) error {
	var err error
	r.smsc, err = smsc.Listen(smsc.Config{Addr: "127.0.0.1:0", SystemID: "bench", Window: benchWindow,
		OnSubmit: func(s smsc.Submit) (id string, st pdu.Status) { onSubmit(s); return "", pdu.ROK }})
	if err != nil {
		return err
	}
	file := benchConf(r.dir, r.smsc.Addr())
	tune(file)
	// What serve logs goes to a file, so that it costs what it costs.
	log, err := os.Create(filepath.Join(r.dir, "log"))
	if err != nil {
		return err
	}
	level := new(slog.LevelVar)
	d := &daemon{conf: file, level: level, log: newLog(log, file.Log, level), voices: voice.CacheConfig{Voice: voice.Tones{}}}
	if err := d.open(ctx); err != nil {
		return errors.Join(err, d.close(), log.Close())
	}
	run, stop := context.WithCancel(ctx)
	r.d, r.stop = d, stop
	go func() { r.ended <- errors.Join(d.run(run, nil), log.Close()) }()
	bound, cancel := context.WithTimeout(ctx, benchWait)
	defer cancel()
	if !d.awaitBound(bound) {
		return errors.New("the simulated SMSC was not bound in time")
	}
	return nil
}

func benchConf(dir, addr string) *conf.File {
	f := conf.Default()
	f.DataDir = filepath.Join(dir, "data")
	f.PIN.KeyPath, f.Seal.KeyPath = filepath.Join(dir, "pin.key"), filepath.Join(dir, "seal.key")
	s := conf.DefaultSMSC()
	s.Name, s.Addr, s.SystemID, s.ShortCodes, s.Window = "bench", addr, "bench", []string{benchCode}, benchWindow
	f.SMSC = []conf.SMSC{s}
	f.SIP.Listen, f.SIP.Trunk, f.SIP.From = netip.MustParseAddrPort("127.0.0.1:0"), "sip:127.0.0.1:9", benchCode
	f.SIP.RTPPorts = conf.Ports{} // any
	f.Voice.Pause = 0             // the latency is measured, not the pause
	f.HTTP.Listen = netip.AddrPort{}
	return f
}

// end drains the daemon, if it still runs.
func (r *benchRig) end() error {
	if r.stop == nil {
		return nil
	}
	r.stop()
	r.stop = nil
	return <-r.ended
}

// close drains the daemon, ends the SMSC and removes the data.
func (r *benchRig) close() error {
	errs := []error{r.end()}
	if r.smsc != nil {
		errs = append(errs, r.smsc.Close())
	}
	return errors.Join(append(errs, os.RemoveAll(r.dir))...)
}

// benchNumber is the phone number of subscriber i, below 10^8.
func benchNumber(i int) string { return fmt.Sprintf("+86138%08d", i) }

// benchShop is the code of shop i, and its phone number.
func benchShop(i int) (code, phone string) {
	return fmt.Sprintf("%d", 8000+i), fmt.Sprintf("+86139%08d", i)
}

// settle registers shops and subscribers and fills the purses, by the
// operator's own commands, many at once.
func (r *benchRig) settle(ctx context.Context, people, shops int, secret *pin.PIN) error {
	e := r.d.engine
	for i := range shops {
		code, phone := benchShop(i)
		_, err := e.AddMerchant(ctx, engine.Command{Key: "shop " + code}, engine.NewMerchant{Code: code, Name: lang.Name{EN: "Shop " + code, ZH: "商店" + code}, Phone: phone})
		if err != nil {
			return err
		}
	}
	return atOnce(benchFillers, people, func(i int) error {
		phone := benchNumber(i)
		if _, err := e.AddUser(ctx, engine.Command{Key: "user " + phone}, engine.NewUser{Phone: phone, Name: lang.Name{EN: "Person"}, PIN: secret}); err != nil {
			return err
		}
		_, err := e.TopUp(ctx, engine.Command{Key: "topup " + phone}, phone, benchTopUp)
		return err
	})
}

// quiet waits until every text is sent and every mark of it durable.
func (r *benchRig) quiet(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, benchWait)
	defer cancel()
	for {
		left := 0
		for range r.d.store.Outbox(0) {
			left++
		}
		if left == 0 {
			return nil
		}
		select {
		case <-time.After(drainLook):
		case <-ctx.Done():
			return fmt.Errorf("%d texts are still not sent: %w", left, ctx.Err())
		}
	}
}

// drainLook is between two looks at the outbox.
const drainLook = 50 * time.Millisecond

// sound verifies the ledger and that the shops hold what was paid.
func (r *benchRig) sound(ctx context.Context, shops int, paid money.Amount) error {
	report, err := r.d.engine.Verify(ctx)
	if err != nil {
		return err
	}
	if len(report.Faults) > 0 {
		return fmt.Errorf("the ledger is not sound: %s", report.Faults[0])
	}
	var held money.Amount
	for i := range shops {
		code, _ := benchShop(i)
		a, err := r.d.engine.Account("merchant:" + code)
		if err != nil {
			return err
		}
		posted, err := r.d.engine.ParseAmount(a.Posted)
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
func atOnce(workers, n int, fn func(i int) error) error {
	var next atomic.Int64
	var all sync.WaitGroup
	failed := make(chan error, workers)
	for range min(workers, n) {
		all.Go(func() {
			for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
				if err := fn(i); err != nil {
					failed <- err
					next.Store(int64(n))
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
