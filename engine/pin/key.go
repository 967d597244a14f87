package pin

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strings"
)

// keyBytes is the length of a key in octets.
const keyBytes = 32

// ErrKey says that a key file does not hold a key.
var ErrKey = errors.New("pin: a key is 64 hexadecimal digits")

// Key is the secret under which PINs are hashed. It prints as its name.
type Key struct {
	Name   string // first eight hexadecimal digits of its SHA-256; each Record names it
	secret []byte
}

// String returns the key's name.
func (k Key) String() string { return k.Name }

// LogValue returns the key's name.
func (k Key) LogValue() slog.Value { return slog.StringValue(k.Name) }

// Derive returns a key for another purpose, such as digests of texts.
func (k Key) Derive(purpose string) []byte {
	mac := hmac.New(sha256.New, k.secret)
	mac.Write([]byte(purpose))
	return mac.Sum(nil)
}

// ParseKey reads the text of a key file or credential.
func ParseKey(text string) (Key, error) {
	secret, err := hex.DecodeString(strings.TrimSpace(text))
	if err != nil || len(secret) != keyBytes {
		return Key{}, ErrKey
	}
	sum := sha256.Sum256(secret)
	return Key{Name: hex.EncodeToString(sum[:4]), secret: secret}, nil
}

// ReadKey reads a key that somebody else provides, such as a systemd credential,
// whose rights are that provider's.
func ReadKey(path string) (Key, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return Key{}, err
	}
	return ParseKey(string(text))
}

// LoadKey reads the key file at path, or makes it with mode 0400 where there is
// none. A file that others may read is refused.
func LoadKey(path string, rand io.Reader) (Key, error) {
	text, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		return makeKey(path, rand)
	}
	if err != nil {
		return Key{}, err
	}
	info, err := os.Stat(path)
	if err != nil {
		return Key{}, err
	}
	if info.Mode().Perm()&0o077 != 0 {
		return Key{}, fmt.Errorf("pin: %s may be read by others (mode %04o): chmod 0400 it", path, info.Mode().Perm())
	}
	return ParseKey(string(text))
}

// makeKey writes a new key durably before it is used: a PIN hashed under a key
// that a power cut takes away could never be checked again.
func makeKey(path string, rand io.Reader) (Key, error) {
	secret := make([]byte, keyBytes)
	if _, err := io.ReadFull(rand, secret); err != nil {
		return Key{}, err
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o400)
	if err != nil {
		return Key{}, err
	}
	text := hex.EncodeToString(secret)
	_, werr := f.WriteString(text + "\n")
	if err := errors.Join(werr, f.Sync(), f.Close()); err != nil {
		return Key{}, err
	}
	return ParseKey(text)
}
