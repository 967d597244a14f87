package check

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"mpg/cmd/mpg/daemon"
	"mpg/conf"
	"mpg/engine/books"
	"mpg/store/bolt"
)

// told returns the findings as the lines that people read, fatal ones with a !.
func told(found []conf.Finding) string {
	var all []string
	for _, f := range found {
		mark := ""
		if f.Fatal {
			mark = "!"
		}
		all = append(all, mark+f.Key+": "+f.Text)
	}
	return strings.Join(all, "\n")
}

// TestSense: what is valid but hardly intended is reported at its key; what only looks like
// it is not.
func TestSense(t *testing.T) {
	t.Parallel()
	stops := func(after time.Duration) *Unit { return &Unit{path: "mpg.service", stop: after} }
	files := func(mode fs.FileMode) func(*conf.File) { // 0: there are none
		folder := "/proc/none"
		if mode != 0 {
			folder = t.TempDir()
			if err := os.Chmod(folder, mode); err != nil {
				t.Fatal(err)
			}
		}
		one := conf.DefaultBank()
		one.Name, one.Dialect, one.Folder = "icbc", conf.Files, folder
		return func(f *conf.File) { f.Bank = []conf.Bank{one} }
	}
	for _, tt := range []struct {
		name   string
		change func(f *conf.File)
		unit   *Unit
		want   string // empty: nothing is told
	}{
		{"as it comes", func(*conf.File) {}, nil, ""},
		{"nobody may be called", func(f *conf.File) { f.SIP.AllowPrefixes = nil }, nil, ""}, // conf.Check tells it
		{"another country", func(f *conf.File) { f.SIP.AllowPrefixes = []string{"+49", "+1"} }, nil, "sip.allow_prefixes: no number of country CN (+86) begins with any of +49, +1"},
		{"a part of the country", func(f *conf.File) { f.SIP.AllowPrefixes = []string{"+86138"} }, nil, ""},
		{"more than the country", func(f *conf.File) { f.SIP.AllowPrefixes = []string{"+8"} }, nil, ""},
		{"one of two", func(f *conf.File) { f.SIP.AllowPrefixes = []string{"+49", "+86"} }, nil, ""},
		{"a payment above the day", func(f *conf.File) { f.Limit.Payment, f.Limit.Day = "100", "99.99" }, nil, "limit.payment: is 100, more than limit.day, which is 99.99"},
		{"a payment of the whole day", func(f *conf.File) { f.Limit.Payment, f.Limit.Day = "100", "100.00" }, nil, ""},
		{"no limit of a day", func(f *conf.File) { f.Limit.Payment, f.Limit.Day = "100", "0" }, nil, ""},
		{"systemd waits long enough", func(*conf.File) {}, stops(30*time.Second + daemon.CloseWait), ""},
		{"systemd does not wait long enough", func(*conf.File) {}, stops(29*time.Second + daemon.CloseWait), "drain: is 30s; with"},
		{"files that others may read", files(0o750), nil, "bank[1].folder: others than the owner may use "},
		{"files of the owner", files(0o700), nil, ""},
		{"no folder for files", files(0), nil, "bank[1].folder: /proc/none is not there"},
		{"systemd waits for ever", func(f *conf.File) { f.Drain = time.Hour }, stops(0), ""},
	} {
		f := conf.Default()
		f.SIP.AllowPrefixes = []string{"+86"}
		tt.change(f)
		got := told(checkSense(f, tt.unit))
		if (tt.want == "") != (got == "") || !strings.HasPrefix(got, tt.want) {
			t.Errorf("%s: got %q, want %q", tt.name, got, tt.want)
		}
	}
}

// TestMeaningIsToldWithTheForm: mistakes of both kinds are reported together, in the order
// of the file, and once for each key.
func TestMeaningIsToldWithTheForm(t *testing.T) {
	t.Parallel()
	f := conf.Default()
	f.Limit.Payment, f.Limit.Day = "1.001", "2.001" // CNY has two decimals
	form := conf.Mistakes{{Line: 3, Key: "sip.calls", Text: "is 0"}, {Line: 9, Key: "limit.day", Text: "is odd"}}
	var all conf.Mistakes
	if err := withMeaning(f, form); !errors.As(err, &all) {
		t.Fatal(err)
	}
	seen := make(map[string]int)
	for i, m := range all {
		seen[m.Key]++
		if i > 0 && m.Line < all[i-1].Line {
			t.Errorf("out of order: %v", all)
		}
		if m.Key == "limit.day" && m.Text != "is odd" {
			t.Errorf("told instead: %s", m.Text)
		}
	}
	for _, key := range []string{"sip.calls", "limit.day", "limit.payment"} {
		if seen[key] != 1 {
			t.Errorf("%s is told %d times: %v", key, seen[key], all)
		}
	}
	if err := withMeaning(conf.Default(), nil); err != nil {
		t.Errorf("nothing is wrong: %v", err)
	}
	if err := withMeaning(nil, fs.ErrNotExist); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a file that is not there: %v", err)
	}
}

// TestUnreadable: what keeps a file from being read is a finding too, and a missing
// permission has a remedy.
func TestUnreadable(t *testing.T) {
	t.Parallel()
	denied := &fs.PathError{Op: "open", Path: "mpg.toml", Err: fs.ErrPermission}
	for _, tt := range []struct {
		name  string
		err   error
		again bool
		want  string
		text  string
	}{
		{"mistakes", conf.Mistakes{{Key: "a", Text: "is 1"}, {Key: "b", Text: "is 2"}}, false, "!a: is 1\n!b: is 2", "b: is 2"},
		{"one mistake", conf.Mistake{File: "mpg.toml", Key: "a", Text: "is 1"}, false, "!a: is 1", "mpg.toml: a: is 1"},
		{"not there", errors.New("mpg.toml: no such file"), false, "!: no such file", "no such file"},
		{"not for the user of the unit", denied, true, "!: open mpg.toml: permission denied", "judged as mpg"},
		{"a file that it names", conf.Mistakes{{Key: "smsc[1].password_file", Text: "/x: permission denied"}}, false, "!smsc[1].password_file: /x: permission denied", "permission denied"},
	} {
		v := &Verdict{File: "mpg.toml", JudgedAs: "mpg"}
		err := v.unreadable(tt.err, tt.again)
		if got := told(v.Findings); got != tt.want || err == nil || !strings.Contains(err.Error(), tt.text) {
			t.Errorf("%s: got %q and %v, want %q", tt.name, got, err, tt.want)
		}
	}
}

// TestFatalFindingsAreToldOnce: a key with a fatal finding gets no second one.
func TestFatalFindingsAreToldOnce(t *testing.T) {
	t.Parallel()
	finding := func(key string, fatal bool) conf.Finding {
		return conf.Finding{Fatal: fatal, Mistake: conf.Mistake{Key: key, Text: "x"}}
	}
	v := &Verdict{Findings: []conf.Finding{finding("voice", true), finding("log", false), finding("", true)}}
	v.addNew([]conf.Finding{finding("voice", true), finding("voice", false), finding("log", true), finding("", true)})
	if got := told(v.Findings); got != "!voice: x\nlog: x\n!: x\nvoice: x\n!log: x\n!: x" {
		t.Errorf("got %q", got)
	}
}

// TestNewKeys: without books, serve makes keys that are missing and uses those that exist;
// what it could not make or read is reported, and so is one key used for two purposes.
func TestNewKeys(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name      string
		pin, seal string // contents; empty: missing
		by        string // a credential that names the seal key
		want      string // the beginning of the only finding; empty: none
	}{
		{name: "none yet"},
		{name: "one of them", pin: "new"},
		{name: "both", pin: "new", seal: "other"},
		{name: "one for both", pin: "new", seal: "new", want: "!seal.key_file: "},
		{name: "torn in a folder that is writable", pin: "torn"},
		{name: "no key", pin: "text", want: "!pin.key_file: "},
		{name: "a credential that is missing", by: "mpg-seal", want: "!seal.key_credential: "},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			f := conf.Default()
			f.PIN.KeyPath, f.Seal.KeyPath = filepath.Join(dir, "pin.key"), filepath.Join(dir, "seal.key")
			if f.Seal.KeyCredential = tt.by; tt.by != "" {
				f.Seal.KeyFile = ""
			}
			for path, content := range map[string]string{f.PIN.KeyPath: tt.pin, f.Seal.KeyPath: tt.seal} {
				if content == "" {
					continue
				}
				if err := os.WriteFile(path, []byte(keyFiles[content]), 0o400); err != nil {
					t.Fatal(err)
				}
			}
			got := told(checkNewKeys(f, nil))
			if (tt.want == "") != (got == "") || !strings.HasPrefix(got, tt.want) || strings.Contains(got, "\n") {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

// keyFiles lists what may be in the file of a key.
var keyFiles = map[string]string{
	"new": strings.Repeat("0123456789abcdef", 4) + "\n", "other": strings.Repeat("fedcba9876543210", 4) + "\n",
	"torn": "0123", "text": "this is no key, and nobody would take it for one\n",
}

// TestABankThatTheBooksNeed: a bank that has open requests is missed when the file lacks
// it, one without any is not.
func TestABankThatTheBooksNeed(t *testing.T) {
	t.Parallel()
	f := conf.Default()
	f.DataDir = filepath.Join(t.TempDir(), "data")
	if err := os.Mkdir(f.DataDir, 0o700); err != nil {
		t.Fatal(err)
	}
	open, err := bolt.Open(f.DataDir, bolt.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = open.Close() }()
	f.Bank = []conf.Bank{{Name: "icbc"}}
	ask := func(fixed *books.Fixed) error {
		fixed.Unfinished = map[string]int{"boc": 1, "icbc": 4, "abc": 2}
		return nil
	}
	got := told(checkBooks(t.Context(), f, ask, nil, nil))
	for _, want := range []string{`bank: "abc" is missing: the books have 2 open requests to it`, `bank: "boc" is missing: the books have an open request to it`} {
		if !strings.Contains(got, want) || strings.Contains(got, "icbc") || strings.Contains(got, "!bank") {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}
