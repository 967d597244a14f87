package demo

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"path/filepath"
	"strings"
)

// The ports that calls may use, and where they are looked for.
const (
	rtpPorts = 40 // one block
	rtpFirst = 20000
	rtpLast  = 29960
	rtpTries = 50
	dataName = "data"
	fileName = "mpg.toml"

	tariffName = "tariff.toml"
	smscUser   = "mpg"
	smscLogin  = "demo" // nothing is protected by it: the SMSC is simulated and on loopback
)

var errNoPorts = errors.New("no free block of UDP ports for calls")

// Path is where the configuration belongs: beside it the PIN key is made, and
// the file by which `mpg phone -c` finds this demo.
func (w *World) Path() string { return filepath.Join(w.opt.Dir, fileName) }

// Config is the mpg.toml of a daemon on this world. Waits are short, so that a
// broken part shows in seconds, and limits on calls wide.
func (w *World) Config() string {
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

[product.mcredit]
decide = "60s"
split  = true

[tariff]
files = [%q]

[till]
listen = "127.0.0.1:0"

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
		w.lines.addr, ShortCode, w.rtp.first, w.rtp.first+rtpPorts-1, w.tellers.config(), tariffName)
}

// config is the part of mpg.toml about the banks.
func (t tellers) config() string {
	var banks strings.Builder
	for _, one := range t.open() {
		fmt.Fprintf(&banks, `
[[bank]]
name           = %q
addr           = %q
timeout        = "6s"
reversal_retry = "3s"
backoff        = "200ms"
backoff_max    = "2s"
`, one.name, one.addr)
	}
	return banks.String()
}

// Tariff says what payments cost in the demo: sending more than 100 to somebody, which is
// enough to show a fee, and leaves the payments that a newcomer tries first free. It
// belongs into a file beside the configuration; see TariffPath.
const Tariff = `# What payments cost in the demo: sending money is free up to 100.00; above, half a
# percent, at least 1.00. mpg conf sample --tariff shows all that such a file may say.
[send-small]
product = "mp2p"
to      = "100.00"

[send]
product = "mp2p"
from    = "100.01"
percent = "0.5"
min     = "1.00"
`

// TariffPath is where Tariff belongs.
func (w *World) TariffPath() string { return filepath.Join(w.opt.Dir, tariffName) }

// ports are a block of UDP ports for calls. Whoever listens by TCP on the first of them owns
// the block, so that no two demos choose the same one, or try out what the other is about to
// use.
type ports struct {
	first int
	owned net.Listener
}

// freePorts finds a block of UDP ports that nobody uses now. Its owner closes owned once it
// needs them no more. A program that is no demo may take one before the daemon does; then its
// start fails with a clear error and a second try helps.
func freePorts() (ports, error) {
	for range rtpTries {
		first := rtpFirst + rand.IntN((rtpLast-rtpFirst)/rtpPorts)*rtpPorts
		owned, err := net.Listen("tcp4", fmt.Sprintf("127.0.0.1:%d", first))
		if err != nil {
			continue
		}
		if blockFree(first) {
			return ports{first, owned}, nil
		}
		_ = owned.Close()
	}
	return ports{}, errNoPorts
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
