// Package pin checks the six digits that a subscriber keys in a call.
//
// A PIN lives in a PIN value only, which prints as asterisks and is wiped after
// use. At rest there is a Record: HMAC-SHA-256 under a key that is not in the
// data directory, over Argon2id of PIN and salt. A stolen database without the
// key does not give PINs; six digits alone would fall to Argon2id in hours.
//
// The count of wrong tries is not kept here: it is part of the subscriber's
// document and is committed before the PIN is compared (engine/user). The
// package does no I/O but reading key files, by engine/keyfile; it imports
// golang.org/x/crypto/argon2, the reference implementation in Go.
package pin

import (
	"cmp"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"fmt"
	"io"
	"log/slog"

	"golang.org/x/crypto/argon2"
)

// Limits.
const (
	Digits   = 6 // of a PIN
	TriesMax = 3 // wrong ones in a row, across calls, before the subscriber is locked

	saltBytes     = 16
	argonKeyBytes = 32
)

// Argon holds what one Argon2id hash costs.
type Argon struct {
	Passes uint32 // RFC 9106 4, t
	Memory uint32 // KiB, m
	Lanes  uint8  // p
}

// DefaultArgon returns the cost for people's PINs and passwords. A lower one is for tests,
// in which nothing is secret.
func DefaultArgon() Argon { return Argon{Passes: 2, Memory: 19 * 1024, Lanes: 1} }

const stars = "******"

// PIN holds the six digits as ASCII. It prints as asterisks everywhere.
type PIN [Digits]byte

// Wipe overwrites the digits.
func (p *PIN) Wipe() { clear(p[:]) }

// String returns asterisks.
func (PIN) String() string { return stars }

// Format writes asterisks for every verb.
func (PIN) Format(state fmt.State, _ rune) { _, _ = io.WriteString(state, stars) }

// LogValue returns asterisks.
func (PIN) LogValue() slog.Value { return slog.StringValue(stars) }

// MarshalText returns asterisks.
func (PIN) MarshalText() ([]byte, error) { return []byte(stars), nil }

// Read takes a PIN from six ASCII digits.
func Read(digits []byte) (PIN, bool) {
	var p PIN
	if len(digits) != Digits {
		return p, false
	}
	for i, d := range digits {
		if d < '0' || d > '9' {
			p.Wipe()
			return p, false
		}
		p[i] = d
	}
	return p, true
}

// Equal compares in constant time.
func (p *PIN) Equal(other *PIN) bool { return subtle.ConstantTimeCompare(p[:], other[:]) == 1 }

// Weak reports whether the PIN is one that a thief tries first: one digit six
// times, or a run up or down.
func (p *PIN) Weak() bool {
	step := p[1] - p[0]
	if step != 0 && step != 1 && step != 0xFF {
		return false
	}
	for i := 2; i < Digits; i++ {
		if p[i]-p[i-1] != step {
			return false
		}
	}
	return true
}

// Record is a PIN at rest. The zero Record is "none chosen".
type Record struct {
	Key  string `cbor:"1,keyasint,omitempty"` // name of the key it was made under
	Salt []byte `cbor:"2,keyasint,omitempty"` // saltBytes random octets
	Hash []byte `cbor:"3,keyasint,omitempty"` // 32 octets
}

// Set reports whether a PIN was chosen.
func (r Record) Set() bool { return len(r.Hash) != 0 }

// Hasher makes and checks Records. No more checks run at once than it was made
// for; the rest wait, and their callers hear silence on the line.
type Hasher struct {
	cost Argon
	key  Key
	rand io.Reader
	slot chan struct{}
}

// Config says how PINs are hashed. A Record can only be checked under the key and at the
// cost that it was made at.
type Config struct {
	Key      Key
	Parallel int   // checks at once, each of which needs the memory of Argon while it runs
	Argon    Argon // zero: DefaultArgon
}

// NewHasher returns a Hasher that takes its salts from rand.
func NewHasher(cfg Config, rand io.Reader) *Hasher {
	return &Hasher{cost: cmp.Or(cfg.Argon, DefaultArgon()), key: cfg.Key, rand: rand, slot: make(chan struct{}, max(1, cfg.Parallel))}
}

// Make returns the Record of digits under a new salt.
func (h *Hasher) Make(digits *PIN) (Record, error) {
	salt := make([]byte, saltBytes)
	if _, err := io.ReadFull(h.rand, salt); err != nil {
		return Record{}, err
	}
	return Record{Key: h.key.Name, Salt: salt, Hash: h.sum(digits, salt)}, nil
}

// Knows reports whether record is empty or was made under this Hasher's key: otherwise no
// PIN can be checked against it.
func (h *Hasher) Knows(record Record) bool { return !record.Set() || record.Key == h.key.Name }

// Right reports whether digits is the PIN of record. A Record made under another key is
// never right.
func (h *Hasher) Right(digits *PIN, record Record) bool {
	sum := h.sum(digits, record.Salt)
	return record.Set() && record.Key == h.key.Name && subtle.ConstantTimeCompare(sum, record.Hash) == 1
}

func (h *Hasher) sum(digits *PIN, salt []byte) []byte {
	h.slot <- struct{}{}
	defer func() { <-h.slot }()
	slow := argon2.IDKey(digits[:], salt, h.cost.Passes, h.cost.Memory, h.cost.Lanes, argonKeyBytes)
	mac := hmac.New(sha256.New, h.key.secret)
	mac.Write(slow)
	clear(slow)
	return mac.Sum(nil)
}
