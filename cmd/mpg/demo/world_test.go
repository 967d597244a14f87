package demo

import (
	"context"
	"errors"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"mpg/conf"
	"mpg/engine/tariff"
)

// openWorld opens a whole World with the page on any port.
func openWorld(t *testing.T) *World {
	t.Helper()
	dir := t.TempDir()
	w, err := Open(Options{Listen: "127.0.0.1:0", Dir: dir, Meeting: filepath.Join(dir, "run", meetingName)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := w.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	})
	return w
}

func TestConfigIsOneThatTheDaemonTakes(t *testing.T) {
	t.Parallel()
	w := openWorld(t)
	if err := os.WriteFile(w.Path(), []byte(w.Config()), 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := conf.Load(w.Path())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tariff.Load([]tariff.File{{Name: w.TariffPath(), Text: Tariff}}, tariff.Known{Products: []string{"mp2p"}, Currency: w.currency}); err != nil || !slices.Equal(f.Tariff.Files, []string{w.TariffPath()}) {
		t.Errorf("the tariff in %q: %v", f.Tariff.Files, err)
	}
	if len(f.SMSC) != 1 || f.SMSC[0].Addr != w.exchange.addr || len(f.Bank) != 3 || f.Bank[0].Addr != w.bank.addr || f.Bank[1].Addr != w.other.addr {
		t.Errorf("the daemon would talk to %+v and %+v", f.SMSC, f.Bank)
	}
	if f.SIP.Trunk != "sip:"+w.lines.addr || len(f.SIP.AllowPrefixes) != 1 {
		t.Errorf("the daemon would call by %+v", f.SIP)
	}
}

func TestBannerIsShortAndActionable(t *testing.T) {
	t.Parallel()
	w := openWorld(t)
	lines := w.Banner()
	if len(lines) > 12 {
		t.Errorf("%d lines, want at most 12", len(lines))
	}
	all := strings.Join(lines, "\n")
	for _, want := range []string{w.URL(), w.Path(), w.people.Subscribers[0].PIN, w.people.Subscribers[1].PIN, "PAY 8001 128.50", "mpg phone", "Ctrl-C"} {
		if !strings.Contains(all, want) {
			t.Errorf("the banner lacks %q", want)
		}
	}
}

// TestBannerCanBeTyped holds that the banner names the program as it was called, and
// the demo if another one has the usual place.
func TestBannerCanBeTyped(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for _, want := range []string{"bin/mpg phone +86", "bin/mpg phone --demo "} {
		w, err := Open(Options{Listen: "127.0.0.1:0", Program: "bin/mpg", Dir: t.TempDir(), Meeting: filepath.Join(dir, "run", meetingName)})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = w.Close() }) // after its folder may be gone
		serve, stop := context.WithCancel(t.Context())
		t.Cleanup(stop)
		go func() { _ = w.Serve(serve) }()
		all := strings.Join(w.Banner(), "\n")
		if !strings.Contains(all, want) || strings.Contains(all, " mpg phone") || strings.Contains(all, " mpg account") {
			t.Errorf("the banner is\n%s\nwant %q in it", all, want)
		}
	}
}

// TestListenPage holds that another port is taken if the usual one is in use, unless it
// was asked for.
func TestListenPage(t *testing.T) {
	t.Parallel()
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	usual := taken.Addr().String()
	l, err := listenPage("", usual)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if l.Addr().String() == usual {
		t.Error("two listen on one address")
	}
	if _, err := listenPage(usual, DefaultListen); !errors.Is(err, ErrTaken) || !strings.Contains(err.Error(), usual) {
		t.Errorf("an address that was asked for and is taken: %v", err)
	}
}

// TestMagicIsRegisteredOnce holds that a magic number is registered with its first
// text, again only if that failed, and that nobody else is.
func TestMagicIsRegisteredOnce(t *testing.T) {
	t.Parallel()
	g := openGateway(t, "")
	var asked []string
	fail := errors.New("not now")
	g.world.register = func(_ context.Context, p Person) error {
		asked = append(asked, p.Magic)
		if len(asked) == 1 {
			return fail
		}
		g.mu.Lock()
		defer g.mu.Unlock()
		g.balances["purse:"+p.Number] = 50000
		return nil
	}
	g.world.registered = map[string]bool{}
	number := magicNumbers + "0486"
	for i, want := range []error{fail, nil, nil} {
		if err := g.world.enrol(t.Context(), number); !errors.Is(err, want) {
			t.Errorf("text %d: %v, want %v", i+1, err, want)
		}
	}
	if err := g.world.enrol(t.Context(), wangFang); err != nil || len(asked) != 2 {
		t.Errorf("registered: %q, %v", asked, err)
	}
	shown := read(g).shown(&g.world.before)
	if len(shown.Accounts) != 0 {
		t.Errorf("accounts that are new have moved: %+v", shown.Accounts)
	}
}

// TestOnlyWhatMovedIsShown compares accounts with what they held at first.
func TestOnlyWhatMovedIsShown(t *testing.T) {
	t.Parallel()
	var before baseline
	before.take([]AccountRow{{"float", "500.00", "500.00"}, {"purse:a", "500.00", "500.00"}})
	before.take([]AccountRow{{"purse:a", "1.00", "1.00"}}) // known: it stays
	b := books{Accounts: []AccountRow{{"float", "500.00", "500.00"}, {"purse:a", "500.00", "371.50"}, {"merchant:8001", "0.00", "0.00"}},
		Payments: []PaymentRow{{Ref: "A", Product: "mpurse"}, {Ref: "B", Product: "topup"}}}.shown(&before)
	if len(b.Accounts) != 2 || b.Accounts[0].Account != "purse:a" || len(b.Payments) != 1 || b.Payments[0].Ref != "A" {
		t.Errorf("shown: %+v", b)
	}
}

func TestWorldServesAndEnds(t *testing.T) {
	t.Parallel()
	w := openWorld(t)
	ctx, cancel := context.WithTimeout(t.Context(), testWait)
	defer cancel()
	serve, stop := context.WithCancel(ctx)
	served := make(chan error, 1)
	go func() { served <- w.Serve(serve) }()
	m, err := readMeeting(w.opt.Meeting)
	if err != nil {
		t.Fatal(err)
	}
	c, err := join(ctx, m, wangFang)
	if err != nil {
		t.Fatal(err)
	}
	first := make(chan screen, 1)
	followed := make(chan error, 1)
	go func() {
		followed <- c.follow(ctx, func(s screen) {
			select {
			case first <- s:
			default:
			}
		})
	}()
	if s := <-first; s.Name != "Wang Fang" {
		t.Errorf("the first screen is %+v", s)
	}
	stop()
	if err := <-served; err != nil {
		t.Errorf("Serve: %v", err)
	}
	if err := <-followed; ctx.Err() != nil {
		t.Errorf("the stream outlived the page: %v", err)
	}
	if err := w.Close(); err != nil {
		t.Errorf("Close: %v", err)
	}
	if _, err := readMeeting(w.opt.Meeting); !errors.Is(err, ErrNoDemo) {
		t.Errorf("after Close mpg phone still finds it: %v", err)
	}
}

func TestOpenRefuses(t *testing.T) {
	t.Parallel()
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	for _, listen := range []string{"0.0.0.0:0", ":0", "192.0.2.1:8480", "127.0.0.1", "8480", "127.0.0.1:99999", "127.0.0.1:http", taken.Addr().String()} {
		dir := t.TempDir()
		if w, err := Open(Options{Listen: listen, Dir: dir, Meeting: filepath.Join(dir, "run", meetingName)}); err == nil {
			t.Errorf("%s: the page listens there", listen)
			_ = w.Close()
		} else if !errors.Is(err, ErrAddress) && listen != taken.Addr().String() {
			t.Errorf("%s: %v", listen, err)
		}
	}
}

func TestPINsAreDrawn(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for range 200 {
		p, err := drawPIN()
		if err != nil || len(p) != 6 || strings.Trim(p, "0123456789") != "" {
			t.Fatalf("%q, %v", p, err)
		}
		seen[p] = true
	}
	if len(seen) < 190 {
		t.Errorf("only %d of 200 PINs differ", len(seen))
	}
}
