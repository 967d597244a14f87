package demo

import (
	"context"
	"errors"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"mpg/conf"
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
	if len(f.SMSC) != 1 || f.SMSC[0].Addr != w.exchange.addr || len(f.Bank) != 1 || f.Bank[0].Addr != w.bank.addr {
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
	for _, listen := range []string{"0.0.0.0:0", ":0", "192.0.2.1:8480", "127.0.0.1", taken.Addr().String()} {
		dir := t.TempDir()
		if w, err := Open(Options{Listen: listen, Dir: dir, Meeting: filepath.Join(dir, "run", meetingName)}); err == nil {
			t.Errorf("%s: the page listens there", listen)
			_ = w.Close()
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
