package user

import "time"

// Limits of what is remembered.
const (
	HeardMax      = 32 // words remembered; more only make one act again
	HeardKeyBytes = 8  // of a word's digest that name it
)

// Heard is a word such as AGAIN or NO, with how often it was said and acknowledged,
// so that the SMSC is known not to deliver it again.
type Heard struct {
	Key   string `cbor:"1,keyasint"` // of the word's digest, in hex; empty: of all that are forgotten
	Times int    `cbor:"2,keyasint"`
	At    int64  `cbor:"3,keyasint"` // Unix seconds of the last change
}

// TimesHeard returns how often the word was heard, or 0 if it was last heard before
// since. A word that had to be forgotten counts as heard more often than any that
// was: its next digest must be new, or a NO would be taken for a copy of the first.
func (u *User) TimesHeard(key string, since time.Time) int {
	times := 0
	for _, h := range u.Heard {
		switch {
		case h.At < since.Unix():
		case h.Key == key:
			return h.Times
		case h.Key == "":
			times = h.Times
		}
	}
	return times
}

// Hear keeps a word, and forgets those last heard before since.
func (u *User) Hear(word Heard, since time.Time) {
	kept := make([]Heard, 0, min(len(u.Heard)+1, HeardMax))
	for _, old := range u.Heard {
		if old.Key != word.Key && old.At >= since.Unix() {
			kept = append(kept, old)
		}
	}
	u.Heard = append(kept, word)
	if len(u.Heard) <= HeardMax {
		return
	}
	forgotten := Heard{Times: 1, At: word.At}
	for _, old := range u.Heard[:2] { // the oldest, and what stands for those before it
		forgotten.Times = max(forgotten.Times, old.Times+1)
	}
	u.Heard = append([]Heard{forgotten}, u.Heard[2:]...)
}
