package conf

import (
	"net/netip"
	"net/url"
	"slices"
	"time"
)

// BankMAC says how messages of a bank are authenticated, and where their keys come from.
type BankMAC struct {
	MAC        string        `toml:"mac"`         // algorithm; empty: none
	MACPadding int           `toml:"mac_padding"` // method of ISO/IEC 9797-1, for x9.19
	MACOctets  int           `toml:"mac_octets"`  // that are sent, the rest being zeros
	MACOn      []string      `toml:"mac_on"`      // classes of messages that carry one
	KeyFile    string        `toml:"key_file"`    // of the keys that are shared with the bank
	KeyCode    string        `toml:"key_code"`    // ISO 8583:1987 DE70 of a key change
	KeyElement int           `toml:"key_element"` // ISO 8583:1987 that holds the key
	KeyEvery   time.Duration `toml:"key_every"`   // after which a new key is asked for; 0: never
}

// BankISO says what is particular about a host that speaks ISO 8583.
type BankISO struct {
	Compare []string `toml:"compare"` // ISO 8583:1987 elements in which an answer must not differ from what was sent
	Totals  bool     `toml:"totals"`  // send ours when the bank closes a business date
	BankMAC
}

// comparableElements lists those that a bank's answers can be compared in, and
// comparedElements those in which they always are. They are never written to. ISO 8583:1987
var (
	comparableElements = []string{"2", "3", "4", "11", "12", "13", "32", "41", "42", "49", "90", "102", "103"}
	comparedElements   = []string{"4", "49"}
)

// checkCompare checks the elements in which answers are compared.
func checkCompare(where string, bank *Bank, report *report) {
	key := where + ".compare"
	for i, element := range bank.Compare {
		report.oneOf(at(key, i), element, comparableElements...)
	}
	for _, element := range comparedElements {
		if !slices.Contains(bank.Compare, element) && !report.wrong(key) {
			report.add(key, "lacks %q: an answer about another amount or currency must never count", element)
		}
	}
}

// BankRisk limits the harm that a failing bank, or a card that is not good, can do to us.
type BankRisk struct {
	CardCheck  string        `toml:"card_check"`  // how it is asked whether a card is good: 51 (DE25) or 33 (DE3)
	RefundOf   string        `toml:"refund_of"`   // where a refund names its payment: 90 (DE90, DE56 in 1993), 48 (DE48) or none
	Owes       Amount        `toml:"owes"`        // the most that the bank may owe; 0: no limit
	BreakAfter int           `toml:"break_after"` // requests in a row that fail before orders are refused; 0: never
	BreakWait  time.Duration `toml:"break_wait"`  // before the bank is tried again
}

// BankHTTP says how a bank that speaks HTTP is reached; see HTTPJSON.
type BankHTTP struct {
	URL    string `toml:"url"`     // before /payments
	Token  Secret `toml:"token"`   // sent as a bearer token
	CAFile string `toml:"ca_file"` // certificates that sign the bank's; empty: the machine's
	Status bool   `toml:"status"`  // the bank can say what became of a request
}

// HTTPJSON is the dialect of banks that speak HTTP.
const HTTPJSON = "http-json"

// BankFiles says how a bank that takes files is reached; see Files.
type BankFiles struct {
	Folder string        `toml:"folder"` // with its folders outgoing, incoming and others in it
	Every  time.Duration `toml:"every"`  // between two files, and two looks for answers
}

// Files is the dialect of banks that take files.
const Files = "file"

// checkFiles checks what files need: a folder, and time.
func checkFiles(where string, bank *Bank, report *report) {
	between(report, where+".every", bank.Every, shortestWait, longestWait)
	if bank.Dialect != Files {
		between(report, where+".timeout", bank.Timeout, shortestWait, longestWait)
		return
	}
	between(report, where+".timeout", bank.Timeout, shortestWait, longestKeep)
	if key := where + ".timeout"; bank.Timeout <= bank.Every && !report.wrong(key) && !report.wrong(where+".every") {
		report.add(key, "is %v, and a file is written every %v; want the time within which the bank answers, such as \"36h\"", bank.Timeout, bank.Every)
	}
	if key := where + ".reversal_for"; bank.ReversalFor < bank.Timeout && !report.wrong(key) && !report.wrong(where+".timeout") {
		report.add(key, "is %v, less than timeout, which is %v: the bank answers a reversal no sooner than a request", bank.ReversalFor, bank.Timeout)
	}
}

// resolveFolder makes the folder of a bank's files absolute. It is not under data_dir, where
// nothing holds an account number in the clear.
func resolveFolder(file *File, report *report, where string, bank *Bank, folder string) {
	if bank.Folder == "" {
		return
	}
	bank.Folder = within(folder, bank.Folder)
	if isUnder(file.DataDir, bank.Folder) {
		report.add(where+".folder", "%s is under data_dir; its files hold account numbers, and a copy of data_dir must not", bank.Folder)
	}
}

// The greatest values of a bank's settings.
const (
	macPaddingMin = 1
	macPaddingMax = 2
	macOctetsMin  = 4
	macOctetsMax  = 8
	breakAfterMax = 1000
	standbyMax    = 7

	// The elements that may hold a key. ISO 8583:1987
	keyInAdditional, keyInSecurity = 48, 96
)

// bankKeyFile returns the path of a bank's keys if the file names none: beside the other
// keys, and never in data_dir.
func bankKeyFile(dataDir, name string) string { return defaultKeyFile(dataDir, "bank-"+name) }

// resolveBankKey makes the path of a bank's keys absolute.
func resolveBankKey(file *File, report *report, where string, bank *Bank, folder string) {
	if bank.KeyFile == "" {
		bank.KeyFile = bankKeyFile(file.DataDir, bank.Name)
	}
	bank.KeyFile = within(folder, bank.KeyFile)
	if isUnder(file.DataDir, bank.KeyFile) {
		report.add(where+".key_file", "%s is under data_dir; keep the keys apart from the data that they protect", bank.KeyFile)
	}
}

func checkBankMAC(where string, bank *Bank, report *report) {
	if bank.MAC != "" {
		report.oneOf(where+".mac", bank.MAC, "x9.19", "aes-cmac")
	}
	between(report, where+".mac_padding", bank.MACPadding, macPaddingMin, macPaddingMax)
	between(report, where+".mac_octets", bank.MACOctets, macOctetsMin, macOctetsMax)
	for i, class := range bank.MACOn {
		report.oneOf(at(where+".mac_on", i), class, "authorization", "financial", "reversal", "reconciliation", "network")
	}
	report.form(where+".key_code", bank.KeyCode, networkForm, "3 digits (ISO 8583:1987 DE70)")
	if bank.KeyElement != keyInAdditional && bank.KeyElement != keyInSecurity && !report.wrong(where+".key_element") {
		report.add(where+".key_element", "is %d; want %d or %d", bank.KeyElement, keyInAdditional, keyInSecurity)
	}
	between(report, where+".key_every", bank.KeyEvery, 0, longestKeep)
}

func checkBankRisk(where string, bank *Bank, report *report) {
	report.oneOf(where+".card_check", bank.CardCheck, "51", "33")
	report.oneOf(where+".refund_of", bank.RefundOf, "90", "48", "none")
	between(report, where+".break_after", bank.BreakAfter, 0, breakAfterMax)
	between(report, where+".break_wait", bank.BreakWait, shortestWait, longestWait)
}

// checkReach compares how a bank is reached with what its dialect needs: an address, a URL or
// a folder.
func checkReach(where string, bank *Bank, report *report) {
	report.secret(where+".token", bank.Token, false)
	switch bank.Dialect {
	case HTTPJSON:
		notFor(where, bank, report, "addr", "standby", "mac", "folder")
		checkURL(where, bank, report)
	case Files:
		notFor(where, bank, report, "addr", "standby", "mac", "totals", "url")
		if key := where + ".folder"; bank.Folder == "" && !report.wrong(key) {
			report.add(key, "%s; want a folder such as \"/var/lib/mpg-files/icbc\"", report.absent(key))
		}
	default:
		report.hostPort(where+".addr", bank.Addr)
		for _, other := range []struct{ key, given, dialect string }{{"url", bank.URL, HTTPJSON}, {"folder", bank.Folder, Files}} {
			if key := where + "." + other.key; other.given != "" && !report.wrong(key) {
				report.add(key, "is for dialect %q", other.dialect)
			}
		}
		checkStandby(where, bank, report)
	}
}

// notFor reports those of the settings that are given and have no meaning in the dialect.
func notFor(where string, bank *Bank, report *report, keys ...string) {
	given := map[string]bool{"addr": bank.Addr != "", "standby": len(bank.Standby) > 0, "mac": bank.MAC != "", "totals": bank.Totals, "url": bank.URL != "", "folder": bank.Folder != ""}
	for _, name := range keys {
		if key := where + "." + name; given[name] && !report.wrong(key) {
			report.add(key, "is not for dialect %q", bank.Dialect)
		}
	}
}

func checkURL(where string, bank *Bank, report *report) {
	if report.wrong(where + ".url") {
		return
	}
	u, err := url.Parse(bank.URL)
	switch {
	case bank.URL == "":
		report.add(where+".url", "%s; want an address such as \"https://bank.example/v1\"", report.absent(where+".url"))
	case err != nil || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Scheme != "https" && !(u.Scheme == "http" && isLoopback(u.Hostname())):
		report.add(where+".url", "is %q; want https:// and a host, without a password and a query (http:// only to this machine)", bank.URL)
	}
}

// isLoopback reports whether a host is this machine.
func isLoopback(host string) bool {
	addr, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && addr.IsLoopback()
}

// checkStandby checks the form of the other addresses of a bank, and that no two are equal.
func checkStandby(where string, bank *Bank, report *report) {
	seen := []string{bank.Addr}
	for i, addr := range bank.Standby {
		key := at(where+".standby", i)
		report.hostPort(key, addr)
		if slices.Contains(seen, addr) && !report.wrong(key) {
			report.add(key, "%q is given twice", addr)
		}
		seen = append(seen, addr)
	}
	if len(bank.Standby) > standbyMax {
		report.add(where+".standby", "has %d addresses; want at most %d", len(bank.Standby), standbyMax)
	}
}
