package check

import (
	"errors"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"mpg/conf"
	"mpg/engine/bank/host"
	"mpg/engine/books"
	"mpg/smpp/smsc"
	"mpg/store/bolt"
)

// answering is a trunk that answers every request with one status line, or not at
// all if that is empty. It returns its address.
func answering(t *testing.T, status string) string {
	t.Helper()
	c, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	go func() {
		packet := make([]byte, 1500)
		for {
			n, from, err := c.ReadFrom(packet)
			if err != nil {
				return
			}
			answer := "SIP/2.0 " + status + "\r\n"
			for _, line := range strings.Split(string(packet[:n]), "\r\n") {
				name, _, _ := strings.Cut(line, ":")
				switch name {
				case "Via", "From", "Call-ID", "CSeq":
					answer += line + "\r\n"
				case "To":
					answer += line + ";tag=1\r\n"
				}
			}
			if status != "" {
				_, _ = c.WriteTo([]byte(answer+"Content-Length: 0\r\n\r\n"), from)
			}
		}
	}()
	return c.LocalAddr().String()
}

// outside writes a file with a working SMSC, trunk and bank, each on loopback.
func outside(t *testing.T, status string) (*conf.File, *smsc.Server, *host.Host) {
	t.Helper()
	center, err := smsc.Listen(smsc.Config{Addr: "127.0.0.1:0", SystemID: "mpg"})
	if err != nil {
		t.Fatal(err)
	}
	h, err := host.New(host.Config{})
	if err != nil {
		t.Fatal(err)
	}
	addr, err := h.Listen("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _, _ = center.Close(), h.Close() })
	f := conf.Default()
	s := conf.DefaultSMSC()
	s.Name, s.Addr, s.SystemID, s.ShortCodes = "main", center.Addr(), "mpg", []string{"8888"}
	s.Response = 3 * time.Second
	f.SMSC = []conf.SMSC{s}
	f.SIP.Listen, f.SIP.Trunk, f.SIP.From = netip.MustParseAddrPort("127.0.0.1:0"), "sip:"+answering(t, status), "8888"
	b := conf.DefaultBank()
	b.Name, b.Addr, b.Timeout = "icbc", addr, 3*time.Second
	f.Bank = []conf.Bank{b}
	return f, center, h
}

// TestDial: check --dial really tries each SMSC, trunk and bank, and reports the answer.
func TestDial(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, status string
		spoil        func(f *conf.File, center *smsc.Server, h *host.Host)
		want         [3]string // smsc, trunk, bank; with ! in front: fails
	}{
		{name: "all there", status: "200 OK", want: [3]string{"bound, and unbound", "200 OK", "signed on"}},
		{name: "a pair", status: "404 Not Found", spoil: func(f *conf.File, _ *smsc.Server, _ *host.Host) { f.SMSC[0].Bind = "transmitter" },
			want: [3]string{"bound, and unbound", "does not serve OPTIONS", "signed on"}},
		{name: "password", status: "407 Proxy Authentication Required", spoil: func(f *conf.File, _ *smsc.Server, _ *host.Host) { f.SMSC[0].SystemID = "gpm" },
			want: [3]string{"!the bind is refused with ESME_R", "asks for the password", "signed on"}},
		{name: "strangers", status: "403 Forbidden", spoil: func(f *conf.File, center *smsc.Server, _ *host.Host) {
			center.SetFaults(smsc.Faults{Mute: true})
			f.SMSC[0].Response = 100 * time.Millisecond
		}, want: [3]string{"!no answer", "does it know this machine", "signed on"}},
		{name: "nobody there", spoil: func(f *conf.File, center *smsc.Server, h *host.Host) {
			f.Bank[0].Addr, f.SMSC[0].Addr = "127.0.0.1:1", "127.0.0.1:1"
		}, want: [3]string{"!connection refused", "!no answer", "!connection refused"}},
		{name: "a bank that is mute", status: "501 Not Implemented", spoil: func(f *conf.File, _ *smsc.Server, h *host.Host) {
			f.Bank[0].Timeout = 50 * time.Millisecond
			h.Fault(host.Fault{Kind: host.Ignore, On: host.Networks})
		}, want: [3]string{"bound", "501", "!sign-on"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			f, center, h := outside(t, c.status)
			if c.spoil != nil {
				c.spoil(f, center, h)
			}
			done := Dial{Try: true}.all(t.Context(), f, false)
			if len(done) != 3 {
				t.Fatalf("%+v", done)
			}
			for i, d := range done {
				want, fails := strings.CutPrefix(c.want[i], "!")
				if d.failed() != fails || !strings.Contains(d.Said, want) || d.Took == "" {
					t.Errorf("%+v, want %q", d, c.want[i])
				}
			}
			if n := center.Stats().Submits; n != 0 {
				t.Errorf("%d texts were sent", n)
			}
		})
	}
}

// A daemon that has the books open is running, though it does not answer yet: a second
// bind may end its own, and a sign-off its line.
func TestADaemonThatDoesNotAnswerMayRun(t *testing.T) {
	t.Parallel()
	f := conf.Default()
	f.DataDir = filepath.Join(t.TempDir(), "data")
	if err := os.Mkdir(f.DataDir, 0o700); err != nil {
		t.Fatal(err)
	}
	ask := func(*books.Fixed) error { return errors.New("no answer") }
	if mayRun(t.Context(), f, ask) {
		t.Error("nothing runs here")
	}
	books, err := bolt.Open(f.DataDir, bolt.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if running(ask) || !mayRun(t.Context(), f, ask) {
		t.Error("somebody has the books open")
	}
	if err := books.Close(); err != nil {
		t.Fatal(err)
	}
	if mayRun(t.Context(), f, ask) {
		t.Error("nothing runs any more")
	}
}

// If a daemon is running, neither its bind nor its connection to the bank is touched
// without --force.
func TestDialBesideADaemon(t *testing.T) {
	t.Parallel()
	f, center, _ := outside(t, "200 OK")
	done := Dial{Try: true}.all(t.Context(), f, true)
	for i, skipped := range []bool{true, false, true} {
		if d := done[i]; d.Skipped != skipped || d.failed() || d.Said == "" {
			t.Errorf("%+v, want skipped %v", d, skipped)
		}
	}
	if n := center.Stats().Binds; n != 0 {
		t.Errorf("%d binds", n)
	}
	for _, d := range (Dial{Try: true, Force: true}).all(t.Context(), f, true) {
		if d.Skipped || !d.OK {
			t.Errorf("--force: %+v", d)
		}
	}
}
