// Package keyring holds the keys that mpg shares with one bank: the zone master key, under
// which the bank sends others, and the key of the MACs in use, the one before and the next.
//
//	keyring.go  Ring: what a link asks for        exchange.go  a key that the bank sends
//	file.go     the file of one bank              enter.go     keys that people enter
//
// A key file is private to its owner, and replaced as a whole: a crash leaves the old file or
// the new one. It stands beside the key of PINs and never in data_dir, so that no backup of
// the books holds it. Keys that the bank sent are in it as they came, encrypted under the
// zone master key; that one is in the clear, as there is nothing below it.
//
// No key, and no part of one, is in an error or can be printed: check values tell keys
// apart. The package imports mpg/engine/bank/cbcmac and nothing else of ours.
package keyring

import (
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"sync"
	"time"

	"mpg/engine/bank/cbcmac"
)

// Errors of a Ring and its file.
var (
	// ErrNoKey says that the key that is needed has not been entered, or has not come.
	ErrNoKey = errors.New("there is no such key")
	// ErrCheckValue says that a key or a component does not have the check value that was
	// given with it.
	ErrCheckValue = errors.New("the check value does not match")
	// ErrForm says that a text is no key.
	ErrForm = errors.New("not a key in hexadecimal digits")
	// ErrOpen says that others than its owner may read a key file.
	ErrOpen = errors.New("others may read the key file")
)

// Config is what a Ring is made of.
type Config struct {
	Path      string // of the bank's key file
	Algorithm cbcmac.Algorithm
	Padding   cbcmac.Padding
	// Grace is how long the previous key still counts, for what was sent under it.
	Grace time.Duration
}

// Ring is the keys of one bank. It may be used from any goroutine.
type Ring struct {
	cfg Config

	mu     sync.Mutex
	zone   string    // check value of the zone master key that was read; empty: none
	zoned  time.Time // when that was entered
	using  *held     // nil: none yet
	before *held
	next   *held // it has come, and the bank has perhaps not been told so
}

// held is a key in use.
type held struct {
	mac   *cbcmac.MAC
	check string
	since time.Time
}

// Open reads the key file. A file that is missing is an empty Ring, which makes no
// MAC until its key comes.
func Open(cfg Config) (*Ring, error) {
	r := &Ring{cfg: cfg}
	content, err := read(cfg.Path)
	if errors.Is(err, fs.ErrNotExist) {
		return r, nil
	}
	if err != nil {
		return nil, err
	}
	return r, r.take(content)
}

// take replaces the keys in memory by those of the file.
func (r *Ring) take(content *content) error {
	zone, zoned := "", time.Time{}
	if content.Zone != nil {
		secret, err := unhex(content.Zone.Secret)
		if err == nil {
			err = content.Zone.prove(secret)
			clear(secret)
		}
		if err != nil {
			return fmt.Errorf("%s: the zone master key: %w", r.cfg.Path, err)
		}
		zone, zoned = content.Zone.Check, content.Zone.Since
	}
	var taken [3]*held
	for i, k := range []*key{content.MAC, content.Before, content.Next} {
		var err error
		if taken[i], err = r.hold(k, content.Zone); err != nil {
			return fmt.Errorf("%s: %w", r.cfg.Path, err)
		}
	}
	r.zone, r.zoned = zone, zoned
	r.using, r.before, r.next = taken[0], taken[1], taken[2]
	return nil
}

// hold makes a stored key ready for use.
func (r *Ring) hold(stored, zone *key) (*held, error) {
	if stored == nil {
		return nil, nil
	}
	if want := cbcmac.CipherOf(r.cfg.Algorithm); stored.Cipher != want {
		return nil, fmt.Errorf("the key with the check value %s is for %s, but %s needs one for %s", stored.Check, stored.Cipher, r.cfg.Algorithm, want)
	}
	secret, err := stored.open(zone)
	if err != nil {
		return nil, err
	}
	defer clear(secret)
	if err := stored.prove(secret); err != nil {
		return nil, err
	}
	mac, err := cbcmac.New(r.cfg.Algorithm, r.cfg.Padding, secret)
	if err != nil {
		return nil, err
	}
	return &held{mac: mac, check: stored.Check, since: stored.Since}, nil
}

// Ready reports whether there is a key to make MACs with.
func (r *Ring) Ready() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.using != nil
}

// Unsure reports whether a key has come that the bank may or may not have begun to use: mpg
// stopped before that was known.
func (r *Ring) Unsure() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.next != nil
}

// Since returns when the key in use came into use; the zero Time: there is none.
func (r *Ring) Since() time.Time {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.using == nil {
		return time.Time{}
	}
	return r.using.since
}

// Sum returns the MAC of data under the key in use, or ErrNoKey.
func (r *Ring) Sum(data []byte) (cbcmac.Code, error) {
	r.mu.Lock()
	using := r.using
	r.mu.Unlock()
	if using == nil {
		return cbcmac.Code{}, ErrNoKey
	}
	return using.mac.Sum(data), nil
}

// Verify reports whether the first octets of code are those of the MAC of data: under the
// key in use, for as long as Grace under the previous one, or under the next. The bank then
// uses the next one, so it comes into use here, too; if that cannot be written to the file,
// only until the next start.
func (r *Ring) Verify(now time.Time, data []byte, code cbcmac.Code, octets int) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	good := func(one *held) bool { return one != nil && one.mac.Verify(data, code, octets) }
	switch {
	case good(r.using):
		return true
	case good(r.before):
		return r.using != nil && now.Sub(r.using.since) <= r.cfg.Grace
	case good(r.next):
		if r.begin(now) != nil {
			r.step()
		}
		return true
	}
	return false
}

// Checks returns the check values of the keys in memory, the zone master key first.
func (r *Ring) Checks() []cbcmac.Check {
	r.mu.Lock()
	defer r.mu.Unlock()
	var all []cbcmac.Check
	if r.zone != "" {
		all = append(all, cbcmac.Check{Key: "zone", Value: r.zone, Since: r.zoned})
	}
	for _, one := range []struct {
		name string
		held *held
	}{{"mac", r.using}, {"before", r.before}, {"next", r.next}} {
		if one.held != nil {
			all = append(all, cbcmac.Check{Key: one.name, Value: one.held.check, Since: one.held.since})
		}
	}
	return all
}

// unhex reads hexadecimal digits. Its error shows none of them.
func unhex(digits string) ([]byte, error) {
	octets, err := hex.DecodeString(digits)
	if err != nil || len(octets) == 0 {
		return nil, ErrForm
	}
	return octets, nil
}
