package staff

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"io"
	"strings"
	"unicode/utf8"

	"golang.org/x/crypto/argon2"

	"mpg/engine/pin"
)

// Limits of passwords.
const (
	PasswordRunesMin = 12
	PasswordBytesMax = 256

	saltBytes     = 16
	argonKeyBytes = 32
)

// ErrPassword says that a password cannot be chosen.
var ErrPassword = errors.New("choose a password of 12 characters or more that is neither the name nor one character repeated")

// Password is a password at rest: HMAC-SHA-256 under a key that is not in the data
// directory, over Argon2id of password and salt, as for PINs. The zero Password is "none
// chosen". What its hash cost is kept with it, so that it can be raised for new ones.
type Password struct {
	Salt   []byte `cbor:"1,keyasint,omitempty"` // saltBytes random bytes
	Hash   []byte `cbor:"2,keyasint,omitempty"` // 32 bytes
	Passes uint32 `cbor:"3,keyasint,omitempty"` // Argon2id's t
	Memory uint32 `cbor:"4,keyasint,omitempty"` // Argon2id's m, KiB
	Lanes  uint8  `cbor:"5,keyasint,omitempty"` // Argon2id's p
}

// Set reports whether a password was chosen.
func (p Password) Set() bool { return len(p.Hash) != 0 }

// hasher makes and checks passwords. No more run at once than it has slots, since each
// needs 19 MiB; the rest wait.
type hasher struct {
	cost   pin.Argon // of new passwords
	secret []byte
	rand   io.Reader
	slot   chan struct{}
}

// hash returns password at rest, under a new salt.
func (h *hasher) hash(password []byte) (Password, error) {
	salt := make([]byte, saltBytes)
	if _, err := io.ReadFull(h.rand, salt); err != nil {
		return Password{}, err
	}
	made := h.unhashed(salt)
	made.Hash = h.sum(password, made)
	return made, nil
}

// unhashed returns a Password of the present cost that has yet to be hashed.
func (h *hasher) unhashed(salt []byte) Password {
	return Password{Salt: salt, Passes: h.cost.Passes, Memory: h.cost.Memory, Lanes: h.cost.Lanes}
}

// right reports whether password is the one that kept was made from. Where none is kept it
// takes the same time, so that timing does not reveal who is on the staff.
func (h *hasher) right(password []byte, kept Password) bool {
	if !kept.Set() {
		h.sum(password, h.unhashed(make([]byte, saltBytes)))
		return false
	}
	return subtle.ConstantTimeCompare(h.sum(password, kept), kept.Hash) == 1
}

func (h *hasher) sum(password []byte, as Password) []byte {
	h.slot <- struct{}{}
	defer func() { <-h.slot }()
	slow := argon2.IDKey(password, as.Salt, as.Passes, as.Memory, as.Lanes, argonKeyBytes)
	defer clear(slow)
	return digest(h.secret, "password", slow)
}

// digest returns the HMAC-SHA-256 of data under secret, for one purpose.
func digest(secret []byte, purpose string, data ...[]byte) []byte {
	mac := hmac.New(sha256.New, secret)
	mac.Write([]byte(purpose))
	for _, part := range data {
		mac.Write([]byte{0})
		mac.Write(part)
	}
	return mac.Sum(nil)
}

// checkPassword returns why the person with that name cannot have the password.
func checkPassword(name string, password []byte) error {
	text := string(password)
	first, _ := utf8.DecodeRuneInString(text)
	switch {
	case !utf8.ValidString(text), utf8.RuneCountInString(text) < PasswordRunesMin, len(text) > PasswordBytesMax,
		strings.EqualFold(text, name), strings.Trim(text, string(first)) == "":
		return ErrPassword
	}
	return nil
}
