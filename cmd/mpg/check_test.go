package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"mpg/cmd/mpg/check"
)

// nobody is the user without rights of the cases that need one.
const nobody = 65534

// theFile stands for the file itself in place of a key.
const theFile = "the file"

// checkCase is a machine and a file, about which check and serve must agree.
type checkCase struct {
	name   string
	toml   string                          // replaces the lines of the same keys, or is added
	spoil  func(t *testing.T, p *premises) // the machine
	nobody bool                            // serve runs as nobody, and check as root
	own    bool                            // the keys are where serve puts them by default
	unit   bool                            // a unit says so, and not the owner of data_dir
	key    string                          // of the finding that serve refuses for; empty: serve starts
	warns  string                          // a key that check warns of, and serve starts
}

func checkCases() []checkCase {
	return []checkCase{
		{name: "sound"},
		{name: "no such currency", toml: `currency = "RMB"`, key: "currency"},
		{name: "no such country", toml: `country = "ZZ"`, key: "country"},
		{name: "what cannot be off", toml: "[product]\noff = [\"mdebit\", \"mpurse\"]", key: "product.off[2]"},
		{name: "products that are off", toml: "[product]\noff = [\"mdebit\", \"mp2p\"]"},
		{name: "too many decimals", toml: "[limit]\npayment = \"1.234\"", key: "limit.payment"},
		{name: "unknown key", toml: `curency = "CNY"`, key: "curency"},
		{name: "nobody sends", toml: `bind = "receiver"`, key: "smsc[1].bind"},
		{name: "SIP port in use", spoil: inUse("udp"), key: "sip.listen"},
		{name: "HTTP port in use", spoil: inUse("tcp"), key: "http.listen"},
		{name: "RTP ports in use", spoil: noSound, key: "sip.rtp_ports"},
		{name: "SIP address of another machine", toml: "listen = \"192.0.2.1:5090\" # sip", key: "sip.listen"},
		{name: "HTTP address of another machine", toml: "[http]\nlisten = \"192.0.2.1:8480\"", key: "http.listen"},
		{name: "no address for sound", toml: "listen = \"0.0.0.0:0\" # sip", key: "sip.advertise"},
		{name: "trunk without a name", toml: "listen = \"0.0.0.0:0\" # sip\nadvertise = \"127.0.0.1\" # sip", warns: ""},
		{name: "wide data_dir", spoil: func(t *testing.T, p *premises) { p.do(t, os.Chmod(p.data, 0o755)) }, key: "data_dir"},
		{name: "data_dir that is a file", spoil: func(t *testing.T, p *premises) {
			p.do(t, os.Remove(p.data), os.WriteFile(p.data, nil, 0o600))
		}, key: "data_dir"},
		{name: "no data_dir yet", spoil: func(t *testing.T, p *premises) { p.do(t, os.Remove(p.data)) }, warns: "data_dir"},
		{name: "a data_dir with a long name", toml: `data_dir = "` + strings.Repeat("data/", 25) + `"`, key: "data_dir"},
		{name: "key with a mistake", spoil: key("pin.key", "secret", 0o400), key: "pin.key_file"},
		{name: "torn key", spoil: key("pin.key", "abab", 0o400)},
		{name: "wide key", spoil: key("seal.key", strings.Repeat("ab", 32), 0o444), key: "seal.key_file"},
		{name: "one key for both", spoil: func(t *testing.T, p *premises) {
			key("pin.key", strings.Repeat("ab", 32), 0o400)(t, p)
			key("seal.key", strings.Repeat("ab", 32), 0o400)(t, p)
		}, key: "seal.key_file"},
		{name: "no folder for a key", toml: "key_file = \"none/pin.key\" # pin", key: "pin.key_file"},
		{name: "no voice", toml: "[voice]\nespeak = \"\"", warns: "voice"},
		{name: "no clips", toml: "[voice]\nclips = \"clips\"", key: "voice"},
		{name: "books in another currency", spoil: withBooks, toml: `currency = "USD"`, key: "currency"},
		{name: "books without their key", spoil: func(t *testing.T, p *premises) {
			withBooks(t, p)
			p.do(t, os.Remove(filepath.Join(p.dir, "pin.key")))
		}, key: "pin.key_file"},
		{name: "books as they were", spoil: withBooks},
		{name: "books that are damaged", spoil: func(t *testing.T, p *premises) {
			p.do(t, os.WriteFile(filepath.Join(p.data, "ledger.db"), bytes.Repeat([]byte{7}, 1<<16), 0o600))
		}, key: "data_dir"},
		{name: "words with two meanings", toml: "[order]\nwords = \"own.toml\"", spoil: key("own.toml", "[pay]\nen = [\"bal\"]\n", 0o400), key: "pay.en"},
		{name: "no file of texts", toml: "[texts]\nfile = \"own.toml\"", key: "texts.file"},
		{name: "own texts", toml: "[texts]\nfile = \"own.toml\"", spoil: key("own.toml", "[en.sms]\noffers-on = \"Offers are on.\"\n", 0o400)},
		{name: "calls nobody", toml: `allow_prefixes = ["+1", "+44"]`, warns: "sip.allow_prefixes"},
		{name: "limits that contradict", toml: "[limit]\nday = \"100\"", warns: "limit.payment"},
		{name: "a group of staff", toml: fmt.Sprintf("[staff]\ngroup = \"%d\"\nsocket = \"run/mpg.sock\"", os.Getegid())},
		{name: "no such group", toml: "[staff]\ngroup = \"no-such-group\"\nsocket = \"run/mpg.sock\"", key: "staff.group"},
		{name: "a group without a socket", toml: "[staff]\ngroup = \"0\"", key: "staff.group"},
		{name: "a socket with a long name", toml: "[staff]\nsocket = \"" + strings.Repeat("run/", 30) + "\"", key: "staff.socket"},
		{name: "a socket that anybody could replace", toml: "[staff]\nsocket = \"run/mpg.sock\"", spoil: folder("run", 0o777), key: "staff.socket"},
		{name: "a socket in the folder of all", toml: "[staff]\nsocket = \"run/mpg.sock\"", spoil: folder("run", 0o777|os.ModeSticky)},
		{name: "unit that cuts calls off", toml: `drain = "57s"`, unit: true, warns: "drain"},

		{name: "as its user", nobody: true},
		{name: "file of root", nobody: true, unit: true, spoil: func(t *testing.T, p *premises) { p.do(t, os.Chown(p.file, 0, 0)) }, key: theFile},
		{name: "data_dir of root", nobody: true, unit: true, spoil: func(t *testing.T, p *premises) { p.do(t, os.Chown(p.data, 0, 0)) }, key: "data_dir"},
		{name: "folder that cannot be made", nobody: true, unit: true, spoil: func(t *testing.T, p *premises) {
			p.give(t, "pin.key", strings.Repeat("cd", 32))
			p.give(t, "seal.key", strings.Repeat("ab", 32))
			p.do(t, os.Remove(p.data), os.Chown(p.dir, 0, 0))
		}, key: "data_dir"},
		{name: "ledger of root", nobody: true, spoil: func(t *testing.T, p *premises) {
			p.do(t, os.WriteFile(filepath.Join(p.data, "ledger.db"), nil, 0o600))
		}, key: "data_dir"},
		{name: "keys in their own folder", nobody: true, own: true, warns: "pin.key_file"},
		{name: "no folder for the keys", nobody: true, own: true, spoil: func(t *testing.T, p *premises) { p.do(t, os.Chown(p.dir, 0, 0)) }, key: "pin.key_file|seal.key_file"},
		{name: "key of root", nobody: true, spoil: key("pin.key", strings.Repeat("ab", 32), 0o400), key: "pin.key_file"},
		{name: "folder of the keys of root", nobody: true, spoil: func(t *testing.T, p *premises) {
			p.give(t, "seal.key", strings.Repeat("ab", 32))
			p.do(t, os.Chown(p.dir, 0, 0))
		}, key: "pin.key_file"},
		{name: "texts of root", nobody: true, toml: "[texts]\nfile = \"own.toml\"", spoil: key("own.toml", "", 0o400), key: "texts.file"},
		{name: "a group that is not its own", nobody: true, toml: "[staff]\ngroup = \"40100\"\nsocket = \"run/mpg.sock\"", key: "staff.group"},
		{name: "a folder that gives its group", nobody: true, toml: "[staff]\ngroup = \"40100\"\nsocket = \"run/mpg.sock\"", spoil: func(t *testing.T, p *premises) {
			run := filepath.Join(p.dir, "run")
			p.do(t, os.Mkdir(run, 0o750), os.Chown(run, nobody, 40100), os.Chmod(run, 0o750|os.ModeSetgid))
		}},
		{name: "socket in a folder of root", nobody: true, toml: "[staff]\nsocket = \"run/mpg.sock\"", spoil: folder("run", 0o755), key: "staff.socket"},
		{name: "password of root", nobody: true, toml: "password_file = \"secret\" # smsc", spoil: key("secret", "secret", 0o400), key: "smsc[1].password_file"},
	}
}

// premises is the folder of one case.
type premises struct {
	dir, data, file, unit string
	sip, http             string // addresses
	keys                  string // lines of [pin] and [seal]
	rtp                   string // line of [sip]
	cred                  *syscall.Credential
}

func (*premises) do(t *testing.T, errs ...error) {
	t.Helper()
	if err := errors.Join(errs...); err != nil {
		t.Fatal(err)
	}
}

// inUse holds one of the two ports as long as the test runs.
func inUse(network string) func(*testing.T, *premises) {
	return func(t *testing.T, p *premises) {
		var held io.Closer
		var err error
		if network == "udp" {
			var c net.PacketConn
			c, err = net.ListenPacket("udp", "127.0.0.1:0")
			p.do(t, err)
			held, p.sip = c, c.LocalAddr().String()
		} else {
			var l net.Listener
			l, err = net.Listen("tcp", "127.0.0.1:0")
			p.do(t, err)
			held, p.http = l, l.Addr().String()
		}
		t.Cleanup(func() { _ = held.Close() })
	}
}

// noSound leaves only ports for RTP that are in use: of each two the even one carries
// sound.
func noSound(t *testing.T, p *premises) {
	for range 100 {
		held, err := net.ListenPacket("udp", "127.0.0.1:0")
		p.do(t, err)
		t.Cleanup(func() { _ = held.Close() })
		if port := held.LocalAddr().(*net.UDPAddr).Port; port%2 == 0 {
			p.rtp = fmt.Sprintf("rtp_ports = \"%d-%d\"\n", port, port+1)
			return
		}
	}
	t.Fatal("no even port is free")
}

// key writes a file of a secret.
func key(name, text string, mode os.FileMode) func(*testing.T, *premises) {
	return func(t *testing.T, p *premises) {
		path := filepath.Join(p.dir, name)
		p.do(t, os.WriteFile(path, []byte(text), mode), os.Chmod(path, mode))
	}
}

// folder makes a folder.
func folder(name string, mode os.FileMode) func(*testing.T, *premises) {
	return func(t *testing.T, p *premises) {
		path := filepath.Join(p.dir, name)
		p.do(t, os.Mkdir(path, 0o700), os.Chmod(path, mode))
	}
}

// give writes the file of a secret and gives it to the user nobody.
func (p *premises) give(t *testing.T, name, text string) {
	t.Helper()
	key(name, text, 0o400)(t, p)
	p.do(t, os.Chown(filepath.Join(p.dir, name), nobody, nobody))
}

// withBooks has serve make the books, with a correct file.
func withBooks(t *testing.T, p *premises) {
	t.Helper()
	p.write(t, "")
	if said, ok := p.serves(t); !ok {
		t.Fatalf("serve makes no books: %s", said)
	}
}

// write writes mpg.toml with the case's own lines in place of those of the same
// keys. A comment after a line names its table.
func (p *premises) write(t *testing.T, own string) {
	t.Helper()
	text := fmt.Sprintf(`data_dir = "data"
currency = "CNY"
country = "CN"
drain = "0s"
[[smsc]]
name = "main"
addr = "127.0.0.1:1"
system_id = "mpg"
password = "secret" # smsc
bind = "transceiver"
short_codes = ["8888"]
%s
[sip]
listen = %q # sip
trunk = "sip:127.0.0.1:9"
allow_prefixes = ["+86"]
%s[http]
listen = %q
`, p.keys, p.sip, p.rtp, p.http)
	for _, line := range strings.Split(own, "\n") {
		name, _, _ := strings.Cut(line, " = ")
		_, table, _ := strings.Cut(line, " # ")
		switch {
		case table == "smsc" && strings.HasPrefix(name, "password"):
			text = strings.Replace(text, `password = "secret" # smsc`, line, 1)
		case table == "pin":
			text = strings.Replace(text, `key_file = "pin.key" # pin`, line, 1)
		case name == "advertise":
			text = strings.Replace(text, "trunk =", line+"\ntrunk =", 1)
		case name == "listen" && table == "sip":
			text = strings.Replace(text, fmt.Sprintf("listen = %q # sip", p.sip), line, 1)
		case name == "listen":
			text = strings.Replace(text, fmt.Sprintf("listen = %q\n", p.http), line+"\n", 1)
		case line == "[http]":
		case strings.Contains("\n"+text, "\n"+name+" = "):
			before, after, _ := strings.Cut("\n"+text, "\n"+name+" = ")
			_, after, _ = strings.Cut(after, "\n")
			text = strings.TrimPrefix(before+"\n"+line+"\n"+after, "\n")
		case strings.HasPrefix(own, "["):
			text += line + "\n"
		default:
			text = line + "\n" + text
		}
	}
	p.do(t, os.WriteFile(p.file, []byte(text), 0o600))
	if p.cred != nil {
		p.do(t, os.Chown(p.file, nobody, nobody))
	}
}

// mpg is the binary with the rights of serve's user, or with ours.
func (p *premises) mpg(ours bool, args ...string) *exec.Cmd {
	c := &exec.Cmd{Path: "/proc/self/exe", Args: append([]string{"mpg"}, args...), Dir: p.dir}
	if !ours && p.cred != nil {
		c.SysProcAttr = &syscall.SysProcAttr{Credential: p.cred}
	}
	return c
}

// opened is the log message of serve once everything is open.
const opened = `step="bind to the SMSC"`

// serves reports whether serve starts, and what it says. One that starts is ended.
func (p *premises) serves(t *testing.T) (said string, ok bool) {
	t.Helper()
	c := p.mpg(false, "serve", "-c", p.file)
	out, err := c.StderrPipe()
	p.do(t, err, c.Start())
	stuck := time.AfterFunc(2*time.Minute, func() { _ = c.Process.Kill() })
	defer stuck.Stop()
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		said += lines.Text() + "\n"
		if strings.Contains(lines.Text(), opened) {
			ok = true
			p.do(t, c.Process.Signal(syscall.SIGTERM))
		}
	}
	if err := c.Wait(); ok != (err == nil) {
		t.Errorf("serve ended with %v after %s", err, said)
	}
	return said, ok
}

// check returns what check says as JSON, and whether it lets the file pass.
func (p *premises) check(t *testing.T, unit bool) (v check.Verdict, ok bool) {
	t.Helper()
	args := []string{"check", "-c", p.file, "--json"}
	if unit {
		args = append(args, "--unit", p.unit)
	}
	c := p.mpg(true, args...)
	var out, said bytes.Buffer
	c.Stdout, c.Stderr = &out, &said
	err := c.Run()
	if json.Unmarshal(out.Bytes(), &v) != nil || v.Findings == nil {
		t.Fatalf("check prints %s and %s, %v", &out, &said, err)
	}
	if strings.Contains(out.String(), "secret\"") || v.Fit != (err == nil) {
		t.Errorf("%s, %v", &out, err)
	}
	return v, err == nil
}

func newPremises(t *testing.T, c checkCase) *premises {
	t.Helper()
	dir, err := os.MkdirTemp("", "check")
	p := &premises{dir: dir, data: filepath.Join(dir, "data"), file: filepath.Join(dir, "mpg.toml"), unit: filepath.Join(dir, "mpg.service"),
		sip: "127.0.0.1:0", http: "127.0.0.1:0"}
	if !c.own {
		p.keys = "[pin]\nkey_file = \"pin.key\" # pin\n[seal]\nkey_file = \"seal.key\" # seal"
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	p.do(t, err, os.Chmod(dir, 0o755), os.Mkdir(p.data, 0o700))
	user := "root"
	if c.nobody {
		user = "nobody"
		p.cred = &syscall.Credential{Uid: nobody, Gid: nobody}
		p.do(t, os.Chown(p.data, nobody, nobody), os.Chown(dir, nobody, nobody))
	}
	p.do(t, os.WriteFile(p.unit, []byte("[Service]\nUser="+user+"\nTimeoutStopSec=1min\nExecStart=/usr/bin/mpg serve -c "+p.file+"\n"), 0o644))
	return p
}

// TestCheckSaysWhatServeDoes: for each machine and file, check as the operator runs it
// and serve as its user report the same, so that the two cannot drift apart.
func TestCheckSaysWhatServeDoes(t *testing.T) {
	t.Parallel()
	for _, c := range checkCases() {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if c.nobody && os.Geteuid() != 0 {
				t.Skip("only root can run serve as another user")
			}
			p := newPremises(t, c)
			if c.spoil != nil && strings.HasPrefix(c.name, "books") {
				c.spoil(t, p)
			}
			p.write(t, "")
			if c.toml != "" {
				p.write(t, c.toml)
			}
			if c.spoil != nil && !strings.HasPrefix(c.name, "books") {
				c.spoil(t, p)
				if p.sip+p.http+p.rtp != "127.0.0.1:0127.0.0.1:0" {
					p.write(t, c.toml)
				}
			}
			v, fit := p.check(t, c.unit)
			said, ok := p.serves(t)
			if fit != ok {
				t.Errorf("check says %v: %+v\nserve says %v: %s", fit, v.Findings, ok, said)
			}
			holdFindings(t, c, v)
			if c.nobody && !strings.HasPrefix(v.JudgedAs, "nobody (the ") {
				t.Errorf("judged as %s", v.JudgedAs)
			}
		})
	}
}

// holdFindings compares the findings with what the case wants.
func holdFindings(t *testing.T, c checkCase, v check.Verdict) {
	t.Helper()
	warned := c.warns == ""
	for _, f := range v.Findings {
		if f.Fatal && !strings.Contains(c.key, f.Key) && !strings.HasPrefix(f.Key, c.key) {
			t.Errorf("%v, want only %q", f, c.key)
		}
		warned = warned || !f.Fatal && f.Key == c.warns
		if strings.Contains(f.Text, "abab") {
			t.Errorf("a key is told: %v", f)
		}
	}
	if v.Fit != (c.key == "") || !warned {
		t.Errorf("%+v, want a mistake about %q and a warning about %q", v.Findings, c.key, c.warns)
	}
}
