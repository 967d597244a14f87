package conf

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
)

// stars is how a secret prints, however it is asked.
const stars = "******"

// secretBytesMax bounds the file of a secret.
const secretBytesMax = 4096

// Secret is a password. In mpg.toml it is written as KEY = "…", KEY_file = "…"
// (a file that only its owner may read; relative to the folder of mpg.toml) or
// KEY_credential = "NAME" (systemd's LoadCredential=NAME). It prints as
// asterisks; only Reveal tells it.
type Secret struct {
	text, file, credential string
}

// NewSecret returns a Secret of its text.
func NewSecret(text string) Secret { return Secret{text: text} }

// Reveal returns the secret itself. Never log it.
func (s Secret) Reveal() string { return s.text }

// Given reports whether the secret is set in any of the three ways.
func (s Secret) Given() bool { return s != Secret{} }

// unread reports whether it is a credential that Inspect could not look at.
func (s Secret) unread() bool { return s.credential != "" && s.text == "" }

// inline reports whether the secret stands in mpg.toml itself.
func (s Secret) inline() bool { return s.text != "" && s.file == "" && s.credential == "" }

// String returns asterisks.
func (Secret) String() string { return stars }

// GoString returns asterisks, for %#v.
func (Secret) GoString() string { return stars }

// Format prints asterisks whatever the verb, for %x and the like read the
// fields otherwise.
func (Secret) Format(state fmt.State, _ rune) { _, _ = state.Write([]byte(stars)) }

// LogValue returns asterisks.
func (Secret) LogValue() slog.Value { return slog.StringValue(stars) }

// MarshalJSON returns asterisks.
func (Secret) MarshalJSON() ([]byte, error) { return json.Marshal(stars) }

// MarshalText returns asterisks, for TOML and other encoders.
func (Secret) MarshalText() ([]byte, error) { return []byte(stars), nil }

// The endings of the keys under which a secret may be given; the empty one is
// the text itself.
const (
	asFile       = "_file"
	asCredential = "_credential"
)

// set takes the value of the key with that ending.
func (s *Secret) set(ending, value string) {
	switch ending {
	case asFile:
		s.file = value
	case asCredential:
		s.credential = value
	default:
		s.text = value
	}
}

// read fills the text in from the file or the credential that was named.
func (s *Secret) read(folder, credentials string) (key string, err error) {
	switch {
	case s.file != "":
		s.file = within(folder, s.file)
		s.text, err = readSecret(s.file, true)
		return asFile, err
	case s.credential != "":
		path, err := credentialPath(credentials, s.credential)
		if err == nil && credentials != unitOnly {
			s.text, err = readSecret(path, false)
		}
		return asCredential, err
	}
	return "", nil
}

// readSecret returns what a file holds, without the newline that editors add.
func readSecret(path string, private bool) (string, error) {
	info, err := os.Stat(path)
	if err != nil {
		return "", plain(err)
	}
	if private {
		if err := mustBePrivate(path, info); err != nil {
			return "", err
		}
	}
	if info.Size() > secretBytesMax || !info.Mode().IsRegular() {
		return "", fmt.Errorf("%s is not a file that can hold a secret", path)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return "", plain(err)
	}
	secret := strings.TrimRight(string(text), "\r\n")
	if secret == "" {
		return "", fmt.Errorf("%s is empty", path)
	}
	return secret, nil
}

// mustBePrivate refuses a file that others than its owner may touch.
func mustBePrivate(path string, info os.FileInfo) error {
	if mode := info.Mode().Perm(); mode&othersMask != 0 {
		return fmt.Errorf("%s may be read by others (mode %04o); chmod 0400 it", path, mode)
	}
	return nil
}

// credentialPath is where systemd puts the credential of that name.
func credentialPath(dir, name string) (string, error) {
	if dir == "" {
		return "", fmt.Errorf("credential %q: $CREDENTIALS_DIRECTORY is not set; systemd sets it where the unit has LoadCredential=", name)
	}
	if name != filepath.Base(name) || name == "." || name == ".." {
		return "", fmt.Errorf("credential %q: a name, not a path", name)
	}
	return filepath.Join(dir, name), nil
}
