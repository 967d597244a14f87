// Package seal keeps short secrets, such as account numbers and the messages
// that hold them, unreadable in the store.
//
// A Key lies outside the data directory. Seal encrypts with AES-256-GCM (NIST SP
// 800-38D) under a key derived for what the secret is about, such as
// "account/5", which is also bound as associated data. What was sealed about one
// thing cannot be opened about another, so that nobody who can write to the store
// can exchange one sealed number for another. Deriving also keeps the number of
// nonces under one AES key far below the bound of 2^32 (800-38D 8.3).
//
// The package does no I/O but reading key files, by engine/keyfile.
package seal

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"log/slog"

	"mpg/engine/keyfile"
)

// Layout of a sealed text: version, name of the key, nonce, ciphertext, tag.
const (
	version    = 1
	nameBytes  = 4
	nonceBytes = 12 // NIST SP 800-38D 8.2.2: 96 random bits
	tagBytes   = 16
	headBytes  = 1 + nameBytes

	// Overhead is how many bytes longer a sealed text is than the plain one.
	Overhead = headBytes + nonceBytes + tagBytes
)

// checkBytes is the length of a check value: enough to tell keys apart, too little
// to find one.
const checkBytes = 8

const stars = "******"

// Errors of Open.
var (
	// ErrForm says that a text is not a sealed one, or was cut short.
	ErrForm = errors.New("seal: not a sealed text")
	// ErrKey says that a text was sealed under another key.
	ErrKey = errors.New("seal: sealed under another key")
	// ErrSeal says that a text was changed, or is about something else.
	ErrSeal = errors.New("seal: the sealed text was changed, or is about something else")
)

// Key seals and opens. It prints as asterisks. The zero Key must not be used.
type Key struct {
	secret []byte
	random io.Reader
}

// ParseKey returns the key in the text of a key file. Nonces come from random,
// which must not fail, as crypto/rand's does not.
func ParseKey(text string, random io.Reader) (Key, error) {
	secret, err := keyfile.Parse(text)
	return Key{secret, random}, err
}

// ReadKey reads a key that somebody else provides, such as a systemd credential.
func ReadKey(path string, random io.Reader) (Key, error) {
	secret, err := keyfile.Read(path)
	return Key{secret, random}, err
}

// OpenKey reads the key file at path, which must exist: something was sealed under
// it.
func OpenKey(path string, random io.Reader) (Key, error) {
	secret, err := keyfile.Open(path)
	return Key{secret, random}, err
}

// LoadKey reads the key file at path, or makes it if there is none. Call it only
// while nothing is sealed: another key opens nothing.
func LoadKey(path string, random io.Reader) (Key, error) {
	secret, err := keyfile.Make(path, random)
	return Key{secret, random}, err
}

// Given reports whether there is a key.
func (k Key) Given() bool { return len(k.secret) != 0 }

// Seal encrypts plain. Open needs the same about.
func (k Key) Seal(plain []byte, about string) []byte {
	out := make([]byte, headBytes+nonceBytes, Overhead+len(plain))
	out[0] = version
	copy(out[1:headBytes], k.name())
	nonce := out[headBytes:]
	if _, err := io.ReadFull(k.random, nonce); err != nil {
		panic("seal: no randomness: " + err.Error()) // a nonce used twice would reveal both texts
	}
	return k.aead(about).Seal(out, nonce, plain, k.bound(out[:headBytes], about))
}

// Open decrypts what was sealed with the same about.
func (k Key) Open(sealed []byte, about string) ([]byte, error) {
	if len(sealed) < Overhead || sealed[0] != version {
		return nil, ErrForm
	}
	head, nonce, ciphertext := sealed[:headBytes], sealed[headBytes:headBytes+nonceBytes], sealed[headBytes+nonceBytes:]
	if string(head[1:]) != string(k.name()) {
		return nil, ErrKey
	}
	plain, err := k.aead(about).Open(nil, nonce, ciphertext, k.bound(head, about))
	if err != nil {
		return nil, ErrSeal
	}
	return plain, nil
}

// bound returns the associated data of a sealed text.
func (k Key) bound(head []byte, about string) []byte {
	return append(head[:headBytes:headBytes], about...)
}

func (k Key) aead(about string) cipher.AEAD {
	block, err := aes.NewCipher(k.Derive("seal/" + about))
	if err != nil {
		panic("seal: " + err.Error()) // the key has 32 bytes
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		panic("seal: " + err.Error()) // AES has blocks of 16 bytes
	}
	return aead
}

// name returns the start of every text sealed under the key.
func (k Key) name() []byte { return k.Derive("name")[:nameBytes] }

// CheckValue returns a value that tells this key from others and reveals nothing
// else about it. It may be stored and shown.
func (k Key) CheckValue() string { return hex.EncodeToString(k.Derive("check value")[:checkBytes]) }

// Derive returns a key for another purpose, such as digests of data that holds
// account numbers.
func (k Key) Derive(purpose string) []byte {
	mac := hmac.New(sha256.New, k.secret)
	mac.Write([]byte(purpose))
	return mac.Sum(nil)
}

// String returns asterisks.
func (Key) String() string { return stars }

// Format writes asterisks for every verb.
func (Key) Format(state fmt.State, _ rune) { _, _ = io.WriteString(state, stars) }

// LogValue returns asterisks.
func (Key) LogValue() slog.Value { return slog.StringValue(stars) }

// MarshalJSON returns asterisks.
func (Key) MarshalJSON() ([]byte, error) { return []byte(`"` + stars + `"`), nil }

// MarshalText returns asterisks.
func (Key) MarshalText() ([]byte, error) { return []byte(stars), nil }
