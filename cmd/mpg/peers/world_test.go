package peers

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"mpg/engine/bank/host"
	"mpg/store/money"
)

// What is the same in all worlds.
const (
	shortCode = "8888"
	bankName  = "icbc"
	bankFunds = 1_000_00 // fen
	systemID  = "mpg"
	password  = "w0rld-pw"

	// Ports of the world's own address.
	daemonRTP = 20000
	phoneRTP  = 30000
	phoneSIP  = 5070
	phoneCtrl = 4444
	httpPort  = 8480
	rtpPorts  = 40 // in each block
)

// Host numbers of the worlds: each test has its own.
const (
	hostSIPp = iota + 2
	hostMuLaw
	hostPerl
	hostPurse
	hostBank
	hostPerson
	hostStrange
	hostOdd
)

// world is a daemon and the strangers around it, on one address.
type world struct {
	t        *testing.T
	ip, dir  string
	device   string // that bears ip
	smsc     *smsc
	bank     *host.Host
	currency money.Currency
	capture  *capture
	daemon   *child
	log      *output // of the daemon
	topUps   int
	secrets  []string // that no log may hold
	sip      string   // more lines of [sip]
}

func currencyCNY() money.Currency {
	c, _ := money.Lookup("CNY")
	return c
}

// newWorld brings up everything but the phone and the daemon.
func newWorld(t *testing.T, by interpreter, number int) *world {
	t.Helper()
	needPeers(t)
	w := &world{t: t, log: new(output), secrets: []string{password, shopPhone[1:]}}
	w.plug(number)
	var err error
	if w.dir, err = os.MkdirTemp("", "mpg-"); err != nil { // short: a socket's path has 108 octets
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(w.dir) })
	w.currency = currencyCNY()
	if w.bank, err = host.New(host.Config{}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = w.bank.Close() })
	w.capture = startCapture(t, w.ip)
	w.smsc = startSMSC(t, by, w.dir, w.ip, systemID, password)
	return w
}

// serve starts the daemon and returns once it is bound, which it is last of all.
func (w *world) serve(people ...person) {
	w.t.Helper()
	port := w.smsc.await("listening", named("listening")).Port
	bankAddr, err := w.bank.Listen("127.0.0.1:0")
	if err != nil {
		w.t.Fatal(err)
	}
	if err := os.WriteFile(w.file(), []byte(w.toml(port, bankAddr)), 0o600); err != nil {
		w.t.Fatal(err)
	}
	c := exec.Command(os.Getenv(binaryEnv), "serve", "-c", w.file())
	c.Dir, c.Stdout, c.Stderr = w.dir, w.log, w.log
	w.daemon = start(w.t, "mpg serve", c)
	w.t.Cleanup(func() {
		if w.t.Failed() {
			w.t.Logf("mpg serve:\n%s\nthe SMSC:\n%s", w.log.tail(), w.smsc.out.tail())
		}
	})
	w.smsc.await("bound", named("bound"))
	w.register(people...)
}

// http is where the daemon serves metrics.
func (w *world) http() string { return fmt.Sprint(w.ip, ":", httpPort) }

func (w *world) file() string { return filepath.Join(w.dir, "mpg.toml") }

// toml is the world's mpg.toml: nothing is hurried but the reconnect, and keys
// may come late, as they do on a busy machine.
func (w *world) toml(smscPort int, bankAddr string) string {
	return fmt.Sprintf(`data_dir = %q

[[smsc]]
name        = "smsc"
addr        = "%s:%d"
system_id   = %q
password    = %q
short_codes = [%q]
backoff     = "50ms"
backoff_max = "200ms"

[sip]
listen         = "%s:0"
trunk          = "sip:%s:%d"
rtp_ports      = "%d-%d"
allow_prefixes = ["+86"]
first_key      = "40s"
next_key       = "20s"
strict_media   = true
%s
[[bank]]
name    = %q
addr    = %q
backoff = "50ms"

[pin]
key_file = "pin.key"

[seal]
key_file = "seal.key"

[http]
listen = %q
`, filepath.Join(w.dir, "data"), w.ip, smscPort, systemID, password, shortCode,
		w.ip, w.ip, phoneSIP, daemonRTP, daemonRTP+rtpPorts-1, w.sip, bankName, bankAddr, w.http())
}

// stop ends the daemon as systemd would, and it has to take its leave.
func (w *world) stop() {
	w.t.Helper()
	w.daemon.signal(syscall.SIGTERM)
	if err := w.daemon.await(); err != nil {
		w.t.Errorf("mpg serve: %v", err)
	}
	w.smsc.await("unbind", named("unbound"))
	for _, secret := range w.secrets {
		if strings.Contains(w.log.whole(), secret) {
			w.t.Error("the log of mpg serve holds a PIN, a password or a whole number")
		}
	}
}
