package demo

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"path/filepath"
)

// The ports that calls may use, and where they are looked for.
const (
	rtpPorts  = 40 // one block
	rtpFirst  = 20000
	rtpLast   = 29960
	rtpTries  = 50
	dataName  = "data"
	fileName  = "mpg.toml"
	smscUser  = "mpg"
	smscLogin = "demo" // nothing is protected by it: the SMSC is simulated and on loopback
)

var errNoPorts = errors.New("no free block of UDP ports for calls")

// Path is where the configuration belongs: beside it the PIN key is made, and
// the file by which `mpg phone -c` finds this demo.
func (w *World) Path() string { return filepath.Join(w.opt.Dir, fileName) }

// Config is the mpg.toml of a daemon on this world. Waits are short, so that a
// broken part shows in seconds, and limits on calls wide.
func (w *World) Config() string {
	bank := ""
	if w.bank != nil {
		bank = fmt.Sprintf(`
[[bank]]
name           = %q
addr           = %q
timeout        = "6s"
reversal_retry = "3s"
backoff        = "200ms"
backoff_max    = "2s"
`, bankName, w.bank.addr)
	}
	return fmt.Sprintf(`# The demo's own configuration: simulated SMSC, handsets and bank on loopback.
data_dir  = %q
currency  = %q
language  = %q
country   = "CN"
time_zone = %q
drain     = "3s"

[[smsc]]
name        = "demo"
addr        = %q
system_id   = %q
password    = %q
short_codes = [%q]
response    = "3s"
backoff     = "200ms"
backoff_max = "2s"

[sip]
listen         = "127.0.0.1:0"
trunk          = "sip:%s"
from           = %q
rtp_ports      = "%d-%d"
allow_prefixes = ["+86"]
ring           = "30s"
%s
[order]
unread_per_hour = 60
calls_per_order = 5
calls_per_hour  = 60
bank_wait       = "4s"

[notice]
retry = "2s"

[pin]
key_file = "pin.key"

[seal]
key_file = "seal.key"

[http]
listen = "127.0.0.1:0"

[log]
level = "warn"
`, filepath.Join(w.opt.Dir, dataName), w.currency.Code, w.opt.Language, w.opt.Zone,
		w.exchange.addr, smscUser, smscLogin, ShortCode,
		w.lines.addr, ShortCode, w.rtp, w.rtp+rtpPorts-1, bank)
}

// freePorts finds a block of UDP ports that nobody uses now and returns its
// first. Another program may take one before the daemon does; then its start
// fails with a clear error and a second try helps.
func freePorts() (int, error) {
	for range rtpTries {
		first := rtpFirst + rand.IntN((rtpLast-rtpFirst)/rtpPorts)*rtpPorts
		if blockFree(first) {
			return first, nil
		}
	}
	return 0, errNoPorts
}

func blockFree(first int) bool {
	for port := first; port < first+rtpPorts; port++ {
		c, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1), Port: port})
		if err != nil {
			return false
		}
		_ = c.Close()
	}
	return true
}
