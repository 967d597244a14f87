package proof

import (
	"os"
	"path/filepath"
)

// The clerks.
const firstClerk, secondClerk = "lin.tao", "hu.jing"

// hire gives w two clerks: the first gives all commands, and the second approves those that
// take two.
func (w *world) hire() {
	w.t.Helper()
	clerks := map[string]*operator{}
	for _, name := range []string{firstClerk, secondClerk} { // both before anybody logs in: root adds them
		var member struct{ Code string }
		if err := w.op.ask(&member, "staff", "add", name, "--role", "admin"); err != nil {
			w.t.Fatal(err)
		}
		clerk := &operator{binary: w.op.binary, file: w.op.file, home: filepath.Join(w.dir, name)}
		if err := os.Mkdir(clerk.home, 0o700); err != nil {
			w.t.Fatal(err)
		}
		clerk.must(w.t, member.Code+"\nthe password of "+name+"\n", "staff", "login", name, "--password-stdin")
		clerks[name] = clerk
	}
	w.op = clerks[firstClerk]
	w.op.second = clerks[secondClerk]
}
