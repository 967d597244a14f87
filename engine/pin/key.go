package pin

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"log/slog"

	"mpg/engine/keyfile"
)

// checkBytes is the length of a check value: enough to tell keys apart, too little
// to find one.
const checkBytes = 8

// Key is the secret under which PINs are hashed. It prints as its name.
type Key struct {
	Name   string // first eight hexadecimal digits of its SHA-256; each Record names it
	secret []byte
}

// String returns the key's name.
func (k Key) String() string { return k.Name }

// Format writes the key's name for every verb.
func (k Key) Format(state fmt.State, _ rune) { _, _ = io.WriteString(state, k.Name) }

// LogValue returns the key's name.
func (k Key) LogValue() slog.Value { return slog.StringValue(k.Name) }

// Derive returns a key for another purpose, such as digests of texts.
func (k Key) Derive(purpose string) []byte {
	mac := hmac.New(sha256.New, k.secret)
	mac.Write([]byte(purpose))
	return mac.Sum(nil)
}

// CheckValue returns a value that tells this key from others and reveals nothing
// else about it. It may be stored and shown.
func (k Key) CheckValue() string { return hex.EncodeToString(k.Derive("check value")[:checkBytes]) }

// ParseKey returns the key in the text of a key file or credential.
func ParseKey(text string) (Key, error) { return keyOf(keyfile.Parse(text)) }

// ReadKey reads a key that somebody else provides, such as a systemd credential,
// whose rights are that provider's.
func ReadKey(path string) (Key, error) { return keyOf(keyfile.Read(path)) }

// OpenKey reads the key file at path, which must exist: PINs were hashed under it.
// A file that others may read is refused.
func OpenKey(path string) (Key, error) { return keyOf(keyfile.Open(path)) }

// LoadKey reads the key file at path, or makes it if there is none. Call it only
// while no PIN is stored: a PIN can only be checked under the key that it was
// hashed under.
func LoadKey(path string, random io.Reader) (Key, error) { return keyOf(keyfile.Make(path, random)) }

func keyOf(secret []byte, err error) (Key, error) {
	if err != nil {
		return Key{}, err
	}
	sum := sha256.Sum256(secret)
	return Key{Name: hex.EncodeToString(sum[:4]), secret: secret}, nil
}
