package user

import "time"

// Limits of what is heard.
const (
	HeardMax      = 8 // words remembered
	HeardKeyBytes = 8 // of a word's digest that name it
)

// Heard is a word such as AGAIN or NO: how often it was said and acknowledged,
// so that the sender of the messages is known not to deliver it once more.
type Heard struct {
	Key   string `json:"k"` // of the word's digest, in hex
	Times int    `json:"n"`
	At    int64  `json:"t"` // Unix seconds of the last change
}

// TimesHeard is how often the word was heard, not counting what was last heard
// before since.
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
