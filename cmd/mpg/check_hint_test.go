package main

import (
	"bytes"
	"os"
	"strings"
	"testing"

	"mpg/cmd/mpg/hint"
)

// TestRightsHaveHints: what a user may not read is told with a way out that leaves it
// closed to others.
func TestRightsHaveHints(t *testing.T) {
	t.Parallel()
	if os.Geteuid() != 0 {
		t.Skip("only root can run mpg as another user")
	}
	for _, tt := range []struct {
		name  string
		toml  string
		spoil func(t *testing.T, p *premises)
		ours  bool // run by root, and judged for serve's user
		args  []string
		want  []string
	}{
		{name: "a password that serve may not read", toml: "password_file = \"secret\" # smsc", spoil: key("secret", "secret", 0o400), ours: true,
			args: []string{"check"}, want: []string{"smsc[1].password_file: ", "permission denied; the user who runs serve must own it, with mode 0400", "mpg: hint: this was judged as nobody (the User= of "}},
		{name: "a file that serve may not read", spoil: closed, ours: true, args: []string{"check"}, want: []string{"permission denied, judged as nobody", "chmod 0640"}},
		{name: "a file that the caller may not read", spoil: closed, args: []string{"check"}, want: []string{"permission denied", "mpg: hint: " + hint.Rights}},
		{name: "a command of another user", spoil: closed, args: []string{"user", "list"}, want: []string{"permission denied", "mpg: hint: " + hint.Rights}},
		{name: "a command of another user with a key", spoil: closed, args: []string{"purse", "topup", "13800000001", "5"}, want: []string{"mpg: hint: " + hint.Rights}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p := newPremises(t, checkCase{nobody: true})
			p.write(t, tt.toml)
			tt.spoil(t, p)
			args := append(tt.args, "-c", p.file)
			if tt.args[0] == "check" {
				args = append(args, "--unit", p.unit)
			}
			c := p.mpg(tt.ours, args...)
			var said bytes.Buffer
			c.Stderr = &said
			if err := c.Run(); err == nil {
				t.Error("it succeeds")
			}
			for _, want := range tt.want {
				if !strings.Contains(said.String(), want) {
					t.Errorf("no %q in %s", want, &said)
				}
			}
			if strings.Contains(said.String(), "key: ") {
				t.Errorf("a command that was not sent has a key: %s", &said)
			}
		})
	}
}

// closed makes mpg.toml root's alone.
func closed(t *testing.T, p *premises) { p.do(t, os.Chown(p.file, 0, 0)) }
