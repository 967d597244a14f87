package keyring

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"mpg/engine/bank/cbcmac"
)

// Offer takes in a key that the bank has sent: hexadecimal digits of it, encrypted under the
// zone master key, and its check value. The key is on the disk when Offer returns, and not in
// use before Use. It returns the check value. Its error says why the key was not taken;
// the keys then stay as they are.
func (r *Ring) Offer(now time.Time, sealed, check string) (value string, err error) {
	if _, err := unhex(sealed); err != nil {
		return "", err
	}
	err = r.change(func(c *content) error {
		if c.Zone == nil {
			return fmt.Errorf("the zone master key: %w", ErrNoKey)
		}
		if c.Zone.Check != r.zone && r.zone != "" {
			return fmt.Errorf("%s holds a different zone master key than at the start; restart mpg", r.cfg.Path)
		}
		if c.MAC != nil && c.MAC.Sealed && strings.EqualFold(c.MAC.Secret, sealed) {
			value = c.MAC.Check // the bank repeats itself: our answer was lost
			c.Next = nil        // or it goes back to this key: Use must not begin with one that it offered in between
			return nil
		}
		next := &key{Cipher: cbcmac.CipherOf(r.cfg.Algorithm), Sealed: true, Secret: sealed}
		plain, err := next.open(c.Zone)
		if err != nil {
			return err
		}
		defer clear(plain)
		known, err := checked(next.Cipher, plain, check)
		if err != nil {
			return err
		}
		next.Check, next.Since = known.Check, now.UTC()
		if _, err := r.hold(next, c.Zone); err != nil {
			return err
		}
		c.Next, value = next, next.Check
		return nil
	})
	return value, err
}

// Use begins to use the key that was offered last, and keeps the one before it. It is called
// once the bank has been told that the key was accepted, or shows that it uses it.
//
// If another zone master key has been entered since the start, the file no longer has the key:
// it is then in use until the next start, and the error says so.
func (r *Ring) Use(now time.Time) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	err := r.begin(now)
	if errors.Is(err, errOtherZone) && r.next != nil {
		r.step()
	}
	return err
}

// errOtherZone says that the keys in memory came under a zone master key that has been replaced
// in the file since.
var errOtherZone = errors.New("another zone master key was entered; the keys in use count until mpg is restarted")

// begin makes the next key the one in use, in the file and in memory. If it cannot, nothing
// changes. The lock is held.
func (r *Ring) begin(now time.Time) error {
	c, err := change(r.cfg.Path, func(c *content) error {
		if c.Zone != nil && c.Zone.Check != r.zone || c.Zone == nil && r.zone != "" {
			return errOtherZone
		}
		return c.use(now)
	})
	if err != nil {
		return err
	}
	return r.take(c)
}

// step makes the next key the one in use in memory alone. The lock is held.
func (r *Ring) step() { r.before, r.using, r.next = r.using, r.next, nil }

// use makes the next key, if there is one, the key in use.
func (c *content) use(now time.Time) error {
	if c.Next == nil {
		return nil
	}
	c.Before, c.MAC, c.Next = c.MAC, c.Next, nil
	c.MAC.Since = now.UTC()
	return nil
}

// change changes the file, and then the keys in memory.
func (r *Ring) change(fn func(*content) error) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	c, err := change(r.cfg.Path, fn)
	if err != nil {
		return err
	}
	return r.take(c)
}
