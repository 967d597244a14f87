package main

import (
	"strings"

	"github.com/spf13/cobra"

	"mpg/conf"
)

// manOfServe is the page of the daemon.
func manOfServe(m *manWriter, root *cobra.Command) {
	serve, _, err := root.Find([]string{"serve"})
	if err != nil {
		return // a test wants every page
	}
	m.section("NAME")
	m.line(`mpg\-serve \- %s`, roff(serve.Short))
	m.section("SYNOPSIS")
	m.line(".B mpg serve\n[\\fB\\-c\\fR \\fIFILE\\fR]")
	m.section("DESCRIPTION")
	m.text(serve.Long)
	m.flags(serve.LocalNonPersistentFlags())
	for _, s := range []struct{ title, text string }{
		{"THE FIRST START", manFirstStart}, {"KEYS", manKeys}, {"CREDENTIALS", manCredentials}, {"HEALTH", manHealth}, {"BACKUP", manBackup},
	} {
		m.section(s.title)
		m.text(s.text)
	}
	m.section("FILES")
	m.files()
	m.section("SEE ALSO")
	m.line(".BR mpg (1),\n.BR mpg.toml (5),\n.BR systemd.exec (5)")
}

const (
	manFirstStart = `The package and "make install" make the user mpg, whom the unit mpg.service runs as,
and /etc/mpg/mpg.toml, which the group mpg may read. Fill in [[smsc]] and [sip], look
with "mpg check" for what is still wrong, and start with
"systemctl enable --now mpg". The unit is started once a bind to an SMSC is up; until
then "systemctl status mpg" says what is waited for.

Without a voice, orders that need a call are refused: install espeak-ng, or set [voice].`

	manKeys = `Two secret keys lie outside data_dir, so that whoever has a backup of it has neither:
the one of [pin], under which PINs are hashed, and the one of [seal], under which
account numbers are encrypted. A key is 64 hexadecimal digits in a file of mode 0400
that belongs to the user of the daemon. serve makes both at its first start, by
default in /var/lib/mpg-keys, which the unit makes. "mpg pin new-key" and
"mpg seal new-key" make one beforehand.

Once there are books, serve starts only with the keys that they were made under. A lost
key cannot be replaced: keep copies of both.`

	manCredentials = `Passwords and keys can be systemd credentials instead, in a folder that only the
daemon can see. Make a key with "mpg pin new-key /etc/credstore/mpg.pin.key", write
LoadCredential=pin.key:/etc/credstore/mpg.pin.key under [Service] with
"systemctl edit mpg", and set key_credential = "pin.key" in [pin] in place of key_file.
For [seal] and for passwords it is the same, with seal.key and password_credential.`

	manHealth = `If [http] listen is set, /livez answers while the daemon runs, /readyz while it can
take payments (with ?verbose it says what is missing), and /metrics is for Prometheus.
The unit has a watchdog, which restarts a daemon whose ledger no longer answers.`

	manBackup = `Removing or purging the package never removes data_dir or the keys. "mpg backup DIR"
copies the books while payments go on, and "mpg restore DIR" brings a copy back: see
mpg(1). Copy the keys once, to another place than the backups.`
)

// manOfFile is the page of mpg.toml: the comments of the sample.
func manOfFile(m *manWriter, _ *cobra.Command) {
	m.section("NAME")
	m.line(`mpg.toml \- configuration of the mPayment Payment Gateway`)
	m.section("SYNOPSIS")
	m.line(".I /etc/mpg/mpg.toml")
	m.section("DESCRIPTION")
	parts := conf.Explain()
	_, about, _ := strings.Cut(parts[0].Comment, "\n\n") // without the line that names the file
	m.text(about)
	m.line(".PP")
	m.text(`The commented file is also printed by "mpg conf sample".`)
	m.section("KEYS OUTSIDE OF TABLES")
	for _, part := range parts[1:] {
		if part.Table != "" {
			m.section(part.Table)
			if part.Comment != "" {
				m.text(part.Comment)
			}
			continue
		}
		for i, setting := range part.Settings {
			if i > 0 {
				m.line(".TQ\n\\fB%s\\fR", roff(setting))
			} else {
				m.item(setting)
			}
		}
		m.text(part.Comment)
	}
	m.section("SEE ALSO")
	m.line(".BR mpg (1),\n.BR mpg\\-serve (8)")
}
