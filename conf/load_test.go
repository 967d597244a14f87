package conf

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// least is the shortest file that is right.
const least = `
[[smsc]]
name = "main"
addr = "127.0.0.1:2775"
system_id = "mpg"
password = "secret"
short_codes = ["8888"]
[sip]
trunk = "sip:127.0.0.1:5070"
`

// write puts text into dir and returns the path.
func write(t *testing.T, dir, name, text string, mode fs.FileMode) string {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.WriteFile(path, []byte(text), mode); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, mode); err != nil { // whatever the umask
		t.Fatal(err)
	}
	return path
}

// mistakes loads text as mpg.toml and returns what is wrong with it.
func mistakes(t *testing.T, text string) Mistakes {
	t.Helper()
	_, err := Load(write(t, t.TempDir(), "mpg.toml", text, 0o600))
	var ms Mistakes
	if err != nil && !errors.As(err, &ms) {
		t.Fatalf("want Mistakes, got %v", err)
	}
	return ms
}

func TestBadFiles(t *testing.T) {
	t.Parallel()
	paths, err := filepath.Glob("testdata/*.bad.toml")
	if err != nil || len(paths) == 0 {
		t.Fatalf("no bad files: %v", err)
	}
	for _, path := range paths {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".bad.toml"), func(t *testing.T) {
			t.Parallel()
			text, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			var want []string
			for line := range strings.Lines(string(text)) {
				if sentence, ok := strings.CutPrefix(line, "# want: "); ok {
					want = append(want, strings.TrimSpace(sentence))
				}
			}
			_, err = Load(path)
			if err == nil {
				t.Fatal("taken without a mistake")
			}
			got := strings.ReplaceAll(err.Error(), path+":", "")
			got = strings.ReplaceAll("\n"+got, "\n ", "\n")[1:] // a mistake without a line
			if len(want) == 0 || got != strings.Join(want, "\n") {
				t.Errorf("got\n%s\nwant\n%s", got, strings.Join(want, "\n"))
			}
		})
	}
}

func TestGoodFiles(t *testing.T) {
	t.Parallel()
	paths, err := filepath.Glob("testdata/*.good.toml")
	if err != nil || len(paths) == 0 {
		t.Fatalf("no good files: %v", err)
	}
	for _, path := range paths {
		t.Run(filepath.Base(path), func(t *testing.T) {
			t.Parallel()
			if _, err := Load(path); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestContractFile(t *testing.T) {
	t.Parallel()
	f, err := Load("testdata/contract.good.toml")
	if err != nil {
		t.Fatal(err)
	}
	s, b := f.SMSC[0], f.Bank[0]
	if s.Name != "main" || s.Password.Reveal() != "secret" || s.Window != 100 || s.ShortCodes[0] != "8888" {
		t.Errorf("smsc: %+v", s)
	}
	if f.SIP.Listen.Port() != 5090 || f.SIP.RTPPorts != (Ports{20000, 20999}) || f.SIP.Ring != 45*time.Second || f.SIP.Call != 3*time.Minute {
		t.Errorf("sip: %+v", f.SIP)
	}
	if b.Name != "icbc" || b.Timeout != 15*time.Second || b.ReversalRetry == 0 {
		t.Errorf("bank: %+v", b)
	}
	if l := f.Limit; l.Payment != "5000.00" || l.Day != "20000.00" || l.TopUp != "20000" || len(l.Files) > 0 || f.Order.Redelivery != 10*time.Minute {
		t.Errorf("limit %+v, order %+v", f.Limit, f.Order)
	}
	if f.TimeZone.String() != "Asia/Shanghai" || f.Path() != "testdata/contract.good.toml" {
		t.Errorf("zone %v, path %v", f.TimeZone, f.Path())
	}
}

func TestPathsAreTakenFromTheFolderOfTheFile(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	text := "data_dir = \"data\"\n" + least + "[voice]\nclips = \"clips\"\nespeak = \"bin/espeak\"\ncommand = [\"bin/say\", \"x/y\"]\n[pin]\nkey_file = \"keys/pin\"\n[order]\nwords = \"own/words.toml\"\n[texts]\nfile = \"texts.toml\"\n[tariff]\nfiles = [\"tariff.toml\", \"/etc/shops.toml\"]\n"
	f, err := Load(write(t, dir, "mpg.toml", text, 0o600))
	if err != nil {
		t.Fatal(err)
	}
	for got, want := range map[string]string{
		f.DataDir:      "data",
		f.Voice.Clips:  "clips",
		f.Order.Words:  "own/words.toml",
		f.Texts.File:   "texts.toml",
		f.PIN.KeyPath:  "keys/pin",
		f.Seal.KeyPath: "data-keys/seal.key", // not named

		f.Voice.Espeak:     "bin/espeak",
		f.Voice.Command[0]: "bin/say",
	} {
		if got != filepath.Join(dir, want) {
			t.Errorf("got %s, want %s in %s", got, want, dir)
		}
	}
	if f.PIN.OwnFolder || !f.Seal.OwnFolder {
		t.Error("serve makes the folder of a key that was not named, and no other")
	}
	if got, want := f.Tariff.Files, []string{filepath.Join(dir, "tariff.toml"), "/etc/shops.toml"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	if arg := f.Voice.Command[1]; arg != "x/y" {
		t.Errorf("an argument of the command became %s", arg)
	}
}

func TestKeysUnderDataDir(t *testing.T) {
	t.Parallel()
	for _, table := range []string{"pin", "seal"} {
		t.Run(table, func(t *testing.T) {
			t.Parallel()
			keyUnderDataDir(t, table)
		})
	}
}

func keyUnderDataDir(t *testing.T, table string) {
	t.Helper()
	for _, tt := range []struct {
		name, dataDir, key string
		wrong              bool
	}{
		{"beside it", "data", "a.key", false},
		{"a name that only begins alike", "data", "data2/a.key", false},
		{"in it", "data", "data/a.key", true},
		{"deep in it", "data", "data/keys/a.key", true},
		{"in it by a detour", "data", "other/../data/a.key", true},
		{"in it by a link", "data", "link/a.key", true},
		{"all is data", ".", "a.key", true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			for _, made := range []string{"data", "data2"} {
				if err := os.Mkdir(filepath.Join(dir, made), 0o700); err != nil {
					t.Fatal(err)
				}
			}
			if err := os.Symlink("data", filepath.Join(dir, "link")); err != nil {
				t.Fatal(err)
			}
			text := "data_dir = \"" + tt.dataDir + "\"\n" + least + "[" + table + "]\nkey_file = \"" + tt.key + "\"\n"
			_, err := Load(write(t, dir, "mpg.toml", text, 0o600))
			if (err != nil) != tt.wrong {
				t.Fatalf("got %v", err)
			}
			if err != nil && !strings.Contains(err.Error(), ":12: "+table+".key_file: ") {
				t.Errorf("the line and key are not in %q", err)
			}
		})
	}
}

func TestDataDirOfAnyFile(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for _, tt := range []struct{ text, want, wrong string }{
		{"data_dir = \"data\"\nunknown = 1\n", filepath.Join(dir, "data"), ""},
		{"data_dir = \"/srv/mpg\"\n[[smsc]]\npassword_file = \"none\"\n", "/srv/mpg", ""},
		{"", Default().DataDir, ""},
		{"\ndata_dir = data\n", "", "mpg.toml:2: data_dir: "},
	} {
		got, err := DataDir(write(t, dir, "mpg.toml", tt.text, 0o600))
		if tt.wrong == "" && (err != nil || got != tt.want) {
			t.Errorf("%q: got %s, %v, want %s", tt.text, got, err, tt.want)
		}
		if tt.wrong != "" && (err == nil || !strings.Contains(err.Error(), tt.wrong)) {
			t.Errorf("%q: got %v, want %s", tt.text, err, tt.wrong)
		}
	}
	if _, err := DataDir(filepath.Join(dir, "none")); err == nil {
		t.Error("a file that is not there has a data_dir")
	}
}

func TestSocketOfAnyFile(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for text, want := range map[string]string{
		"data_dir = \"data\"\n":                          filepath.Join(dir, "data", "mpg.sock"),
		"unknown = 1\n[staff]\nsocket = \"run/s\"\n":     filepath.Join(dir, "run", "s"),
		"[staff]\nsocket = \"/run/x.sock\"\ngroup = 7\n": "/run/x.sock",
		"": "/var/lib/mpg/mpg.sock",
	} {
		path := write(t, dir, "mpg.toml", text, 0o600)
		if got, err := Socket(path); err != nil || got != want {
			t.Errorf("%q: %s, %v, want %s", text, got, err, want)
		}
	}
	f, err := Load(write(t, dir, "mpg.toml", least+"\n[staff]\nsocket = \"run/s\"\n", 0o600))
	if err == nil && f.Socket() != filepath.Join(dir, "run", "s") {
		t.Errorf("serve opens %s", f.Socket())
	}
}

func TestFilesThatAreNone(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for path, want := range map[string]string{
		filepath.Join(dir, "missing.toml"): "no such file or directory",
		dir:                                "is a directory",
		write(t, dir, "large.toml", strings.Repeat("#\n", fileBytesMax/2+1), 0o600): "larger than",
	} {
		_, err := Load(path)
		if err == nil || !strings.HasPrefix(err.Error(), path+":") || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %s: … %s", err, path, want)
		}
	}
}

func TestCallingNumberIsTheFirstShortCode(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	f, err := Load(write(t, dir, "mpg.toml", least, 0o600))
	if err != nil || f.SIP.From != "8888" {
		t.Errorf("got %v, %v", f, err)
	}
	f, err = Load(write(t, dir, "own.toml", least+"from = \"+8621000\"\n", 0o600))
	if err != nil || f.SIP.From != "+8621000" {
		t.Errorf("got %v, %v", f, err)
	}
}

// FuzzParse wants any text to be read or refused, each mistake with a line of
// the file, and a file that was taken to be within its limits.
func FuzzParse(f *testing.F) {
	paths, _ := filepath.Glob("testdata/*.toml")
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(text))
	}
	f.Add(Sample())
	f.Add("a = [[[[[1, {b = '''\n'''}]]]]]\n[[c.\"d.e\"]]\n[c.\"d.e\".f]\n'g' = \"\"\"h\\\n\"\"\"\"\"\n")
	f.Fuzz(func(t *testing.T, text string) {
		file, r := parse("mpg.toml", text)
		last := strings.Count(text, "\n") + 1
		for _, m := range r.all {
			if m.Line < 0 || m.Line > last || m.Text == "" {
				t.Fatalf("%+v in a file of %d lines", m, last)
			}
		}
		if file == nil && len(r.all) == 0 {
			t.Fatal("refused without a word")
		}
		if len(r.all) == 0 && (len(file.SMSC) == 0 || file.SIP.Trunk == "" || file.SMSC[0].Window < 1) {
			t.Fatalf("taken without what is needed: %+v", file)
		}
	})
}
