package debian

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// Who pays whom, by the lines of README.
const (
	wang      = "+8613800000001"
	shopPhone = "+8613800008001"
	newPIN    = "582193"
)

// TestPackage installs the package as README says, pays once, and removes it again.
// The steps depend on each other, and on the one network.
func TestPackage(t *testing.T) {
	r := newRoot(t)
	a := newAround(t)
	d := r.install(t, readme(t, "## Installing"))
	r.wantInstalled()
	r.wantConfined()
	for _, line := range readme(t, "register subscribers and shops") {
		r.run(line)
	}
	r.payOnce(a)
	r.putRight(t)
	d.stop()
	r.withBank(t)
	r.reinstall(t)
	r.purge()
}

// payOnce lets Wang Fang choose a PIN by text and call, and then pay.
func (r *root) payOnce(a *around) {
	r.t.Helper()
	a.keys(wang, "1", newPIN, newPIN)
	a.text(wang, "PIN")
	eventually(r.t, "a PIN", func() bool { return r.ask("mpg user show " + wang)["pin"] == true })
	a.keys(wang, "1"+newPIN)
	a.text(wang, "PAY 8001 128.50")
	a.awaitText(wang, "128.50", "371.50")
	a.awaitText(shopPhone, "128.50")
	if shop := r.ask("mpg account show merchant:8001"); shop["posted"] != "128.50" {
		r.t.Errorf("the shop has %v", shop)
	}
	if books := r.ask("mpg ledger verify"); books["sound"] != true {
		r.t.Errorf("the books: %v", books)
	}
}

// ask returns what a command prints with --json.
func (r *root) ask(line string) (v map[string]any) {
	r.t.Helper()
	out, err := r.command(line + " --json").Output()
	if err == nil {
		err = json.Unmarshal(out, &v)
	}
	if err != nil {
		r.t.Fatalf("%s: %v\n%s", line, err, out)
	}
	return v
}

// putRight runs the commands of README for when something has gone wrong. REF there
// stands for a reference: here for that of the top-up, which no bank has left in doubt.
func (r *root) putRight(t *testing.T) {
	t.Helper()
	var payments struct {
		Items []struct{ Ref, Product string }
	}
	out, err := r.command("mpg payment list --json").Output()
	if err == nil {
		err = json.Unmarshal(out, &payments)
	}
	refs := make(map[string]string)
	for _, p := range payments.Items {
		refs[p.Product] = p.Ref
	}
	if err != nil || refs["topup"] == "" || refs["mpurse"] == "" {
		t.Fatalf("no top-up or no payment in %s, %v", out, err)
	}
	for _, line := range readme(t, "something has gone wrong") {
		ref := refs["topup"]
		if strings.HasPrefix(line, "mpg payment refund") {
			ref = refs["mpurse"]
		}
		line = strings.ReplaceAll(line, "REF", ref)
		switch {
		case strings.HasPrefix(line, "mpg purse correct"): // some of it is spent
			r.run(line + " --part")
		case strings.HasPrefix(line, "mpg payment resolve"), strings.HasPrefix(line, "mpg payment capture"), strings.HasPrefix(line, "mpg payment increase"): // nothing is held
			r.refuse(1, line)
		default:
			r.run(line)
		}
	}
	if books := r.ask("mpg ledger verify"); books["sound"] != true {
		t.Errorf("the books: %v", books)
	}
}

// newKey makes keys as root: the one of the configuration belongs to the daemon's
// user, and the file of a credential to root.
func (r *root) newKey() {
	r.t.Helper()
	r.run("rm -rf /var/lib/mpg/* /var/lib/mpg-keys/* && mpg pin new-key && mkdir -p /etc/credstore && mpg seal new-key /etc/credstore/mpg.seal.key")
	for path, want := range map[string]string{
		"/var/lib/mpg-keys/pin.key": "mpg:mpg 400 regular file", "/etc/credstore/mpg.seal.key": "root:root 400 regular file",
	} {
		if got := r.rights(path); got != want {
			r.t.Errorf("%s is %q, want %q", path, got, want)
		}
	}
}

// withBank uncomments in the shipped file what README says of [[bank]].
func (r *root) withBank(t *testing.T) {
	t.Helper()
	r.run(`sed -i -E '/^#\[\[bank\]\]/,/^\[product/ s/^#(\[\[bank\]\]|(name|addr|terminal|acquirer) = )/\1/' /etc/mpg/mpg.toml && mpg check`)
	d := r.start()
	for _, line := range readme(t, "Payments from bank accounts") {
		if line != "systemctl restart mpg" {
			r.run(line)
		}
	}
	d.stop()
}

// wantInstalled checks the owners and modes of the installed files.
func (r *root) wantInstalled() {
	r.t.Helper()
	for path, want := range map[string]string{
		"/usr/bin/mpg":                                  "root:root 755 regular file",
		unitFile:                                        "root:root 644 regular file",
		"/usr/lib/sysusers.d/mpg.conf":                  "root:root 644 regular file",
		"/usr/lib/tmpfiles.d/mpg.conf":                  "root:root 644 regular file",
		"/etc/mpg":                                      "root:mpg 750 directory",
		"/etc/mpg/mpg.toml":                             "root:mpg 640 regular file",
		"/var/lib/mpg":                                  "mpg:mpg 700 directory",
		"/var/lib/mpg-keys":                             "mpg:mpg 700 directory",
		"/var/lib/mpg/ledger.db":                        "mpg:mpg 600 regular file",
		"/var/lib/mpg-keys/pin.key":                     "mpg:mpg 400 regular file",
		"/var/lib/mpg-keys/seal.key":                    "mpg:mpg 400 regular file",
		"/usr/share/man/man1/mpg.1.gz":                  "root:root 644 regular file",
		"/usr/share/man/man5/mpg.toml.5.gz":             "root:root 644 regular file",
		"/usr/share/man/man8/mpg-serve.8.gz":            "root:root 644 regular file",
		"/usr/share/bash-completion/completions/mpg":    "root:root 644 regular file",
		"/usr/share/zsh/vendor-completions/_mpg":        "root:root 644 regular file",
		"/usr/share/fish/vendor_completions.d/mpg.fish": "root:root 644 regular file",
		"/usr/share/doc/mpg/README.md":                  "root:root 644 regular file",
		"/usr/share/mpg/mpg.rules.yml":                  "root:root 644 regular file",
	} {
		if got := r.rights(path); got != want {
			r.t.Errorf("%s is %q, want %q", path, got, want)
		}
	}
	if got := r.run("getent passwd mpg"); !strings.HasSuffix(strings.TrimSpace(got), ":/var/lib/mpg:/usr/sbin/nologin") {
		r.t.Errorf("the user is %q", got)
	}
	if got := r.run("dpkg-query --show --showformat='${Conffiles}' mpg"); !strings.Contains(got, "/etc/mpg/mpg.toml") {
		r.t.Errorf("the conffiles are %q: dpkg would replace what an operator has written", got)
	}
	r.run("dpkg --verify mpg")
	r.run("if command -v systemd-analyze >/dev/null; then systemd-analyze verify " + unitFile + "; fi")
	for shell, script := range map[string]string{
		"bash": "bash-completion/completions/mpg", "zsh": "zsh/vendor-completions/_mpg", "fish": "fish/vendor_completions.d/mpg.fish",
	} {
		r.run("if command -v " + shell + " >/dev/null; then " + shell + " -n /usr/share/" + script + "; fi")
	}
	r.run("if command -v man >/dev/null; then for page in 1:mpg 8:mpg-serve 5:mpg.toml; do man -w ${page%%:*} ${page#*:}; done; fi")
}

// wantConfined checks that the daemon of this test has no more rights than the unit
// gives it: it may write its two folders, and neither its configuration nor its
// program.
func (r *root) wantConfined() {
	r.t.Helper()
	for path, writable := range map[string]bool{
		"/var/lib/mpg/probe": true, "/var/lib/mpg-keys/probe": true,
		"/etc/mpg/probe": false, "/usr/bin/probe": false, "/var/lib/probe": false, "/probe": false,
	} {
		out, err := r.confined("sh", "-c", "id -un && : >"+path+" && rm "+path).CombinedOutput()
		if (err == nil) != writable || !bytes.HasPrefix(out, []byte("mpg\n")) {
			r.t.Errorf("writing %s: %v, want it to succeed: %v\n%s", path, err, writable, out)
		}
	}
}

// reinstall installs the same package again over a changed mpg.toml, which stays, as
// does the ledger.
func (r *root) reinstall(t *testing.T) {
	t.Helper()
	before := r.run("sha256sum /etc/mpg/mpg.toml /var/lib/mpg-keys/*.key")
	r.run("chmod 600 /etc/mpg/mpg.toml && chown mpg: /etc/mpg/mpg.toml")
	r.run(dpkgInstall + r.take(onlyFile(t, filepath.Join(os.Getenv(builtEnv), "bin", "mpg_*.deb"))))
	if after := r.run("sha256sum /etc/mpg/mpg.toml /var/lib/mpg-keys/*.key"); after != before {
		t.Errorf("an upgrade changed what was there:\n%s\n%s", before, after)
	}
	if got := r.rights("/etc/mpg/mpg.toml"); got != "mpg:mpg 600 regular file" {
		t.Errorf("an upgrade changed the rights that an operator gave: %s", got)
	}
}

// purge removes the package: the configuration goes, money and keys stay, and it says
// so.
func (r *root) purge() {
	r.t.Helper()
	keys := r.run("sha256sum /var/lib/mpg/ledger.db /var/lib/mpg-keys/*.key")
	if said := r.run("dpkg --no-triggers --purge mpg"); !strings.Contains(said, "kept: /var/lib/mpg /var/lib/mpg-keys") {
		r.t.Errorf("a purge does not say what it keeps:\n%s", said)
	}
	if after := r.run("sha256sum /var/lib/mpg/ledger.db /var/lib/mpg-keys/*.key"); after != keys {
		r.t.Error("a purge changed the ledger or the keys")
	}
	for _, gone := range []string{"/etc/mpg", "/usr/bin/mpg", unitFile} {
		if _, err := os.Lstat(r.at(gone)); err == nil {
			r.t.Errorf("a purge leaves %s", gone)
		}
	}
}

// TestMakeInstall: `make install` gives the same files as the package, with the same
// owners and rights, and a daemon that starts. A second one changes no configuration.
func TestMakeInstall(t *testing.T) {
	r := newRoot(t)
	newAround(t)
	built := filepath.Join(os.Getenv(builtEnv), "bin")
	r.host("mkdir", "-p", r.at("/tmp/src"), r.at("/tmp/built"))
	source, err := filepath.Abs(module)
	if err != nil {
		t.Fatal(err)
	}
	r.host("mount", "--bind", "-o", "ro", source, r.at("/tmp/src"))
	r.host("mount", "--bind", "-o", "ro", built, r.at("/tmp/built"))
	if _, err := os.Stat(r.at("/usr/bin/make")); err != nil { // a bare Debian has no make
		r.host("make", "-C", module, "install", "GO=none", "BIN="+built, "DESTDIR="+r.path)
		r.host("cp", filepath.Join(source, "cmd/mpg/debian/postinst"), r.at("/tmp/postinst"))
		r.run("sh /tmp/postinst configure")
	} else {
		r.run("make -C /tmp/src install GO=none BIN=/tmp/built")
		r.run("echo '# ours' >>/etc/mpg/mpg.toml")
		r.run("make -C /tmp/src install GO=none BIN=/tmp/built")
		r.run("grep -q '^# ours$' /etc/mpg/mpg.toml")
		r.wantPlainWords()
	}
	r.wantSameAsPackage(onlyFile(t, filepath.Join(built, "mpg_*.deb")))
	r.newKey()
	d := r.start()
	r.run("mpg check")
	d.stop()
	r.refuse(1, "rm /var/lib/mpg-keys/pin.key && mpg pin new-key") // there are books now
}

// wantPlainWords checks what make prints for a user who may install nothing, or whose
// Go is too old: what is missing, and no error from make if the work continues.
func (r *root) wantPlainWords() {
	r.t.Helper()
	const nobody = "cd /tmp/src && setpriv --reuid 65534 --regid 65534 --clear-groups make -s "
	if said := r.run(nobody + "voice VOICE=no-such:no-such"); !strings.HasPrefix(said, "espeak-ng is not installed") || strings.Contains(said, "rror") {
		r.t.Errorf("a demo without a voice begins with %q", said)
	}
	for line, want := range map[string]string{
		"peers-debian PEERS='no-such:no-such sh:sh no-more:no-more'": "hint: sudo apt-get install no-such no-more\n",
		"go GO=/tmp/old":  "needs Go 1.26",
		"go GO=/tmp/none": "this machine has none\n",
	} {
		r.run("printf '#!/bin/sh\necho go version go1.19.8 linux/amd64\n' >/tmp/old && chmod 755 /tmp/old")
		if said := r.refuse(2, nobody+line); !strings.Contains(said, want) {
			r.t.Errorf("make %s says %q, want %q", line, said, want)
		}
	}
}

// wantSameAsPackage compares the installed files with those of the package.
func (r *root) wantSameAsPackage(deb string) {
	r.t.Helper()
	unpacked := r.t.TempDir()
	r.host("dpkg-deb", "--extract", deb, unpacked)
	err := filepath.WalkDir(unpacked, func(path string, entry os.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		name := "/" + strings.TrimPrefix(path, unpacked+"/")
		if out, err := exec.Command("stat", "-c", "%a", path, r.at(name)).CombinedOutput(); err != nil {
			r.t.Errorf("%s: %v %s", name, err, out)
		} else if modes := strings.Fields(string(out)); modes[0] != modes[1] {
			r.t.Errorf("%s has mode %s, in the package %s", name, modes[1], modes[0])
		}
		want, err1 := os.ReadFile(path)
		got, err2 := os.ReadFile(r.at(name))
		if name == "/etc/mpg/mpg.toml" {
			got = bytes.TrimSuffix(got, []byte("# ours\n"))
		}
		if err1 != nil || err2 != nil || !bytes.Equal(want, got) {
			r.t.Errorf("%s is not that of the package: %v, %v", name, err1, err2)
		}
		return nil
	})
	if err != nil {
		r.t.Fatal(err)
	}
}

// TestReproducible: the same commit gives the same package, byte by byte, whatever the
// umask, the time and the folder.
func TestReproducible(t *testing.T) {
	needRoot(t)
	var packages [2][]byte
	var names [2]string
	for i, folder := range []string{"again", "bin"} {
		file := onlyFile(t, filepath.Join(os.Getenv(builtEnv), folder, "mpg_*.deb"))
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		packages[i], names[i] = text, filepath.Base(file)
	}
	if names[0] != names[1] || !bytes.Equal(packages[0], packages[1]) {
		t.Errorf("%s and %s differ", names[0], names[1])
	}
}

// TestPrefix: with DESTDIR and PREFIX everything is installed below them, the unit
// starts the program there, and no user is made.
func TestPrefix(t *testing.T) {
	needRoot(t)
	built, dest := filepath.Join(os.Getenv(builtEnv), "bin"), t.TempDir()
	out, err := exec.Command("make", "-C", module, "install", "GO=none", "BIN="+built, "DESTDIR="+dest, "PREFIX=/usr/local").CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	unit, err := os.ReadFile(filepath.Join(dest, "usr/local/lib/systemd/system/mpg.service"))
	if err != nil || !strings.Contains(string(unit), "\nExecStart=/usr/local/bin/mpg serve ") {
		t.Errorf("%v\n%s", err, unit)
	}
	if entries, _ := filepath.Glob(filepath.Join(dest, "*")); fmt.Sprint(entries) != fmt.Sprint([]string{filepath.Join(dest, "etc"), filepath.Join(dest, "usr")}) {
		t.Errorf("installed %v", entries)
	}
	if inner, _ := filepath.Glob(filepath.Join(dest, "usr/*")); len(inner) != 1 {
		t.Errorf("outside of PREFIX: %v", inner)
	}
}
