package conf

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// sound is a file that Check finds nothing in, once its folder is prepared.
const sound = "data_dir = \"data\"\n" + least + "allow_prefixes = [\"+86\"]\n"

func TestCheck(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name  string
		text  string // of mpg.toml
		spoil func(t *testing.T, dir string)
		want  string // key: text; empty: no finding
		fatal bool
	}{
		{name: "sound", text: sound},
		{name: "first start", text: sound, spoil: remove("data"), want: "data_dir: does not exist yet"},
		{name: "wide data_dir", text: sound, spoil: chmod("data", 0o755), want: "data_dir: has mode 0755", fatal: true},
		{name: "data_dir is a file", text: strings.Replace(sound, `"data"`, `"mpg.toml"`, 1) +
			"[pin]\nkey_file = \"data-keys/pin.key\"\n[seal]\nkey_file = \"data-keys/seal.key\"\n", want: "data_dir: is not a folder", fatal: true},
		{name: "no key yet", text: sound, spoil: remove("data-keys/pin.key"), want: "pin.key_file: does not exist yet"},
		{name: "wide key", text: sound, spoil: chmod("data-keys/pin.key", 0o440), want: "pin.key_file: may be read by others", fatal: true},
		{name: "no key to seal yet", text: sound, spoil: remove("data-keys/seal.key"), want: "seal.key_file: does not exist yet"},
		{name: "wide key to seal", text: sound, spoil: chmod("data-keys/seal.key", 0o404), want: "seal.key_file: may be read by others", fatal: true},
		{name: "key is a folder", text: sound + "[pin]\nkey_file = \".\"\n", want: "pin.key_file: is not a file", fatal: true},
		{name: "wide file with a password", text: sound, spoil: chmod("mpg.toml", 0o644), want: "smsc[1].password: and holds a password"},
		{name: "long credentials that are short", text: strings.Replace(sound, "short_codes", "long_credentials = true\nshort_codes", 1), want: "smsc[1].long_credentials: not needed"},
		{name: "a type of no range", text: strings.Replace(sound, "short_codes", "addr_ton = 1\nshort_codes", 1), want: "smsc[1].address_range: is empty"},
		{name: "no prefixes", text: strings.Replace(sound, `"+86"`, "", 1), want: "sip.allow_prefixes: nobody is called"},
		{name: "deaf to its trunk", text: strings.Replace(sound, "sip:127.0.0.1", "sip:192.0.2.1", 1), want: "sip.listen: the trunk is elsewhere"},
		{name: "trunk by name", text: strings.Replace(sound, "sip:127.0.0.1:5070", "sip:trunk.example.net", 1), want: "sip.listen: the trunk is elsewhere"},
		{name: "open http", text: sound + "[http]\nlisten = \"0.0.0.0:80\"\n", want: "http.listen: is open to others"},
		{name: "no http", text: sound + "[http]\nlisten = \"\"\n"},
		{name: "no voice", text: sound + "[voice]\nespeak = \"\"\n", want: "voice: without a voice there are no calls"},
		{name: "no clips", text: sound + "[voice]\nclips = \"clips\"\n", want: "voice.clips: is not a folder", fatal: true},
		{name: "ends while it rings", text: sound + "[order]\nexpires = \"40s\"\n", want: "order.expires: while its phone rings"},
		{name: "never asks again", text: sound + "[order]\nrepeat = \"0s\"\n", want: "order.repeat: is paid twice"},
		{name: "asks again for too short", text: sound + "[order]\nrepeat = \"9m\"\n", want: "order.repeat: less than order.redelivery"},
		{name: "half a PIN-free purse", text: sound + "[product.mpurse]\npin_above = \"0.50\"\n", want: "product.mpurse.pin_above: has no effect"},
		{name: "a product that is off", text: sound + "[product]\noff = [\"mp2p\", \"mdebit\"]\n"},
		{name: "a PIN-free purse", text: sound + "[product.mpurse]\npin_above = \"20\"\npin_free_day = \"100.00\"\n"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			path := write(t, dir, "mpg.toml", tt.text, 0o600)
			for _, made := range []string{"data", "data-keys"} {
				if err := os.Mkdir(filepath.Join(dir, made), 0o700); err != nil {
					t.Fatal(err)
				}
			}
			write(t, dir, "data-keys/pin.key", "key", 0o400)
			write(t, dir, "data-keys/seal.key", "key", 0o400)
			if tt.spoil != nil {
				tt.spoil(t, dir)
			}
			f, err := Load(path)
			if err != nil {
				t.Fatal(err)
			}
			holdFinding(t, Check(f), tt.want, tt.fatal)
		})
	}
}

// holdFinding wants exactly one finding, or none where want is empty.
func holdFinding(t *testing.T, found []Finding, want string, fatal bool) {
	t.Helper()
	if want == "" {
		if len(found) != 0 {
			t.Errorf("got %v, want nothing", found)
		}
		return
	}
	key, text, _ := strings.Cut(want, ": ")
	if len(found) != 1 {
		t.Fatalf("got %v, want one: %s", found, want)
	}
	f := found[0]
	if f.Key != key || !strings.Contains(f.Text, text) || f.Fatal != fatal {
		t.Errorf("got %+v, want %s, fatal %v", f, want, fatal)
	}
	if strings.Contains(f.Text, "secret") {
		t.Errorf("the password is told: %v", f)
	}
}

func chmod(name string, mode os.FileMode) func(*testing.T, string) {
	return func(t *testing.T, dir string) {
		if err := os.Chmod(filepath.Join(dir, name), mode); err != nil {
			t.Fatal(err)
		}
	}
}

func remove(name string) func(*testing.T, string) {
	return func(t *testing.T, dir string) {
		if err := os.Remove(filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
}

func TestRestart(t *testing.T) {
	t.Parallel()
	base := strings.Replace(Sample(), "#[[bank]]", "[[bank]]\nname = \"icbc\"\naddr = \"127.0.0.1:1\"", 1)
	for _, tt := range []struct {
		name, from, to string
		want           []string
	}{
		{"nothing", "", "", nil},
		{"a comment", "# mpg.toml", "# My own", nil},
		{"limits and times of orders", `day = "20000.00"`, `day = "10"`, nil},
		{"who may be called", `["+86"]`, `["+86", "+852"]`, []string{"sip.allow_prefixes"}},
		{"how much is logged", `level = "info"`, `level = "debug"`, nil},
		{"how it is logged", `format = "text"`, `format = "json"`, []string{"log.format"}},
		{"a password", `password = "secret"`, `password = "other"`, []string{"smsc[1].password"}},
		{"a port", `"20000-20999"`, `"20000-20998"`, []string{"sip.rtp_ports"}},
		{"the zone", `"Asia/Shanghai"`, `"Asia/Tokyo"`, []string{"time_zone"}},
		{"an address", `"127.0.0.1:5090"`, `"127.0.0.1:5091"`, []string{"sip.listen"}},
		{"patience with the bank", `addr = "127.0.0.1:1"`, "addr = \"127.0.0.1:1\"\nreversal_retry = \"1s\"", nil},
		{"own words", `words = ""`, `words = "own.toml"`, []string{"order.words"}},
		{"own texts", `file = ""`, `file = "own.toml"`, nil},
		{"what payments cost", `files = []`, `files = ["tariff.toml"]`, nil},
		{"the rate of texts", `rate = 0`, `rate = 20`, nil},
		{"how the link is tried", `enquire_link = "20s"`, `enquire_link = "30s"`, []string{"smsc[1].enquire_link"}},
		{"whose number it may be", `ambiguous_sender = "refuse"`, `ambiguous_sender = "national"`, []string{"smsc[1].ambiguous_sender"}},
		{"as whom it binds", `system_id = "mpg"`, `system_id = "mpg2"`, []string{"smsc[1].system_id"}},
		{"the type of the short code", `source_ton = 0`, `source_ton = 3`, nil},
		{"the form of numbers", `dest_form = "digits"`, `dest_form = "national"`, nil},
		{"how long it is asked", `addr = "127.0.0.1:1"`, "addr = \"127.0.0.1:1\"\nreversal_for = \"48h\"", nil},
		{"how many at once", `addr = "127.0.0.1:1"`, "addr = \"127.0.0.1:1\"\nreversal_window = 3", []string{"bank[1].reversal_window"}},
		{"the bank", `"127.0.0.1:1"`, `"127.0.0.1:2"`, []string{"bank[1].addr"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			old, err := Load(write(t, dir, "old.toml", base, 0o600))
			if err != nil {
				t.Fatal(err)
			}
			changed := strings.Replace(base, tt.from, tt.to, 1)
			if (changed == base) != (tt.from == tt.to) {
				t.Fatal("the change is none")
			}
			is, err := Load(write(t, dir, "new.toml", changed, 0o600))
			if err != nil {
				t.Fatal(err)
			}
			if got := Restart(old, is); !slices.Equal(got, tt.want) {
				t.Errorf("got %v, want %v", got, tt.want)
			}
		})
	}
}

func TestRestartForOneMoreTable(t *testing.T) {
	t.Parallel()
	one, r := parse("one", least)
	two, s := parse("two", least+strings.Replace(strings.Split(least, "[sip]")[0], "main", "spare", 1))
	if r.err() != nil || s.err() != nil {
		t.Fatal(r.err(), s.err())
	}
	added, removed := Restart(one, two), Restart(two, one)
	if !slices.Contains(added, "smsc[2].addr") || !slices.Equal(added, removed) {
		t.Errorf("added %v, removed %v", added, removed)
	}
}

// TestNarrow: what check advises leaves the file readable for whoever runs serve.
func TestNarrow(t *testing.T) {
	t.Parallel()
	const root, mpg, other = 0, 990, 1000
	for _, tt := range []struct {
		owner, group, user int
		groups             []int
		want               string
	}{
		{root, mpg, mpg, []int{mpg}, "chmod 0640 it"}, // as the package installs it
		{root, 55, mpg, []int{mpg, 55}, "chmod 0640 it"},
		{root, mpg, root, []int{root}, "chmod 0640 it"}, // judged as root, and meant for mpg
		{root, root, root, []int{root}, "chmod 0600 it"},
		{mpg, mpg, mpg, []int{mpg}, "chmod 0600 it"},
		{other, other, other, []int{other, 27}, "chmod 0600 it"},
		{mpg, mpg, root, []int{root}, "chmod 0640 it"},
		{root, root, mpg, []int{mpg}, "chgrp it to the group of the user who runs serve and chmod 0640 it"},
		{other, other, mpg, []int{mpg}, "chgrp it to the group of the user who runs serve and chmod 0640 it"},
	} {
		if got := narrow(tt.owner, tt.group, tt.user, tt.groups); got != tt.want {
			t.Errorf("file %d:%d, user %d of %v: got %q, want %q", tt.owner, tt.group, tt.user, tt.groups, got, tt.want)
		}
	}
}
