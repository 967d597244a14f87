package user

import "time"

// Limits of what is remembered.
const (
	HeardMax      = 8 // words remembered
	HeardKeyBytes = 8 // of a word's digest that name it
)

// Heard is a word such as AGAIN or NO, with how often it was said and acknowledged,
// so that the SMSC is known not to deliver it again.
type Heard struct {
	Key   string `json:"k"` // of the word's digest, in hex
	Times int    `json:"n"`
	At    int64  `json:"t"` // Unix seconds of the last change
}

// TimesHeard returns how often the word was heard, or 0 if it was last heard before
// since.
func (u *User) TimesHeard(key string, since time.Time) int {
	for _, h := range u.Heard {
		if h.Key == key && h.At >= since.Unix() {
			return h.Times
		}
	}
	return 0
}

// Hear keeps h and forgets what was last heard before since.
func (u *User) Hear(h Heard, since time.Time) {
	kept := make([]Heard, 0, min(len(u.Heard)+1, HeardMax))
	for _, old := range u.Heard {
		if old.Key != h.Key && old.At >= since.Unix() {
			kept = append(kept, old)
		}
	}
	if len(kept) >= HeardMax {
		kept = kept[len(kept)-HeardMax+1:]
	}
	u.Heard = append(kept, h)
}
