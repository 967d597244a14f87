package conf

import (
	"crypto/tls"
	"net/netip"
	"os"
	"regexp"
	"time"
)

// Till is what the cash registers of shops connect to, and the printers in shops.
type Till struct {
	Listen          netip.AddrPort `toml:"listen"`      // TCP; zero: not served; port 0: any
	Certificate     string         `toml:"certificate"` // PEM file; empty: no TLS, on this machine only
	KeyFile         string         `toml:"key_file"`    // PEM file of the key of Certificate
	Connections     int            `toml:"connections"` // at once, of all tills
	Streams         int            `toml:"streams"`     // at once, of one till
	RequestsPerHour int            `toml:"requests_per_hour"`
	Heartbeat       time.Duration  `toml:"heartbeat"` // of silence, after which a stream shows that it is alive
	Resume          int            `toml:"resume"`    // how many records of the journal back a stream can go on
	Printer         []Printer      `toml:"printer"`
}

// Printer is a receipt printer in a shop.
type Printer struct {
	Name  string        `toml:"name"`      // unique; its position in the journal goes by it
	Shop  string        `toml:"shop"`      // code
	Addr  string        `toml:"addr"`      // host:port
	Width int           `toml:"width"`     // characters in a line
	Page  string        `toml:"code_page"` // gb18030 or cp437
	Keep  time.Duration `toml:"keep"`      // how long a slip waits for a printer that is off
}

// DefaultPrinter returns what each [[till.printer]] begins with.
func DefaultPrinter() Printer { return Printer{Width: 32, Page: "gb18030", Keep: 24 * time.Hour} }

func defaultTill() Till {
	return Till{Connections: 1000, Streams: 4, RequestsPerHour: 7200, Heartbeat: 15 * time.Second, Resume: 1_000_000}
}

// Limits of the settings of tills.
const (
	connectionsMax = 100_000
	streamsMax     = 100
	requestsMax    = 1_000_000
	resumeMin      = 1000
	resumeMax      = 100_000_000
)

// Widths of the paper of receipt printers, in characters: 58 mm and 80 mm.
const (
	narrowPaper = 32
	widePaper   = 48
)

var (
	printerForm  = regexp.MustCompile(`^[a-z][a-z0-9-]{0,31}$`)
	shopCodeForm = regexp.MustCompile(`^[0-9]{4,6}$`)
)

func checkTill(till *Till, report *report) {
	const key = "till."
	switch secret := till.Certificate != ""; {
	case secret && till.KeyFile == "":
		report.add(key+"key_file", "%s; till.certificate is given, and its key is needed too", report.absent(key+"key_file"))
	case !secret && till.KeyFile != "":
		report.add(key+"certificate", "%s; till.key_file is given, and the certificate is needed too", report.absent(key+"certificate"))
	case !secret && till.Listen.IsValid() && !till.Listen.Addr().IsLoopback() && !report.wrong(key+"listen"):
		report.add(key+"listen", "%s is open to others, and without till.certificate keys and payments would cross the network unencrypted; give a certificate, or an address of this machine such as \"127.0.0.1:8490\"", till.Listen)
	}
	between(report, key+"connections", till.Connections, 1, connectionsMax)
	between(report, key+"streams", till.Streams, 1, streamsMax)
	between(report, key+"requests_per_hour", till.RequestsPerHour, 1, requestsMax)
	between(report, key+"heartbeat", till.Heartbeat, shortestWait, longestWait)
	between(report, key+"resume", till.Resume, resumeMin, resumeMax)
	for i := range till.Printer {
		checkPrinter(at("till.printer", i), &till.Printer[i], report)
	}
	unique(report, "till.printer", len(till.Printer), func(i int) string { return till.Printer[i].Name })
}

func checkPrinter(at string, printer *Printer, report *report) {
	report.form(at+".name", printer.Name, printerForm, `a name of lower-case letters, digits and -, such as "front"`)
	report.form(at+".shop", printer.Shop, shopCodeForm, "the code of a shop, 4 to 6 digits")
	report.hostPort(at+".addr", printer.Addr)
	if w := printer.Width; w != narrowPaper && w != widePaper && !report.wrong(at+".width") {
		report.add(at+".width", "is %d; want %d (paper of 58 mm) or %d (80 mm)", w, narrowPaper, widePaper)
	}
	report.oneOf(at+".code_page", printer.Page, "gb18030", "cp437")
	between(report, at+".keep", printer.Keep, shortestWait, longestKeep)
}

// till looks at the file of the key, and at the certificate as far as it can be read: whether
// the two belong together is seen when they are loaded.
func (c *checker) till(till *Till) {
	if till.KeyFile == "" {
		return
	}
	if info, err := os.Stat(till.KeyFile); err == nil && info.Mode().Perm()&worldMask != 0 {
		c.warn("till.key_file", "%s may be used by everybody (mode %04o): chmod 0400 it, since whoever has it can pose as this service", till.KeyFile, info.Mode().Perm())
	}
	pair, err := tls.LoadX509KeyPair(till.Certificate, till.KeyFile)
	if err != nil || pair.Leaf == nil {
		return
	}
	switch left := time.Until(pair.Leaf.NotAfter); {
	case left <= 0:
		c.warn("till.certificate", "%s expired on %s: no cash register will trust it", till.Certificate, pair.Leaf.NotAfter.UTC().Format(time.DateOnly))
	case left < expirySoon:
		c.warn("till.certificate", "%s expires on %s: renew it, and reload", till.Certificate, pair.Leaf.NotAfter.UTC().Format(time.DateOnly))
	}
}

// expirySoon is how long before its end a certificate is worth a warning.
const expirySoon = 14 * 24 * time.Hour
