// Package ref turns payment numbers into the references that people read, and back; code.go
// makes IDs of other things that people read to each other.
//
// It is pure, and imports engine/mac. golang.org/x/text/width folds the full-width
// characters of a Chinese keyboard.
package ref

import (
	"encoding/binary"
	"errors"
	"hash"
	"strings"
	"unicode"

	"golang.org/x/text/width"

	"mpg/engine/mac"
)

// refAlphabet holds the 32 characters of a reference: no 0 O 1 I, so that it can be read
// aloud and copied by hand.
const refAlphabet = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"

const (
	refLen    = 8  // characters, of 5 bits
	refHalf   = 20 // bits of half a reference
	refRounds = 4  // a Feistel network of four rounds is a strong permutation
	refMask   = 1<<refHalf - 1
)

// Errors of texts that are not a reference.
var (
	ErrForm = errors.New("a reference has eight letters and digits, never 0, O, 1 or I")
	ErrZero = errors.New("a reference never has 0 or O; it may be Q, D or 8")
)

// Namer turns payment numbers into references and back: a keyed permutation of
// 40 bits, so that a reference is short, unique, and tells nothing of how many
// payments there are.
type Namer struct{ key *mac.Key }

// New returns the Namer with the given secret, which must stay the same for the life of
// the books.
func New(secret []byte) Namer { return Namer{mac.New(secret)} }

// Ref returns the reference of payment number no, which is below 2^40.
func (n Namer) Ref(no uint64) string {
	left, right := uint32(no>>refHalf)&refMask, uint32(no)&refMask
	for round := range refRounds {
		left, right = right, left^n.mix(round, right)
	}
	word := uint64(left)<<refHalf | uint64(right)
	var chars [refLen]byte
	for i := refLen - 1; i >= 0; i-- {
		chars[i] = refAlphabet[word&31]
		word >>= 5
	}
	return string(chars[:])
}

// Number returns the payment number of a reference as people write it: in any
// case, in groups, with full-width characters. The error is ErrForm or ErrZero.
func (n Namer) Number(ref string) (uint64, error) {
	plain, err := plainOf(ref, refLen)
	if err != nil {
		return 0, err
	}
	var word uint64
	for _, c := range []byte(plain) {
		word = word<<5 | uint64(strings.IndexByte(refAlphabet, c))
	}
	left, right := uint32(word>>refHalf)&refMask, uint32(word)&refMask
	for round := refRounds - 1; round >= 0; round-- {
		left, right = right^n.mix(round, left), left
	}
	return uint64(left)<<refHalf | uint64(right), nil
}

// plainOf returns a reference of that many characters in canonical form. 1 and I can only
// be a misread L, whose lower case looks like them. 0 and O resemble more than one of the
// 32 characters, so they are refused.
func plainOf(written string, length int) (string, error) {
	var plain strings.Builder
	for _, c := range width.Fold.String(written) {
		switch c = unicode.ToUpper(c); {
		case unicode.IsSpace(c), unicode.Is(unicode.Pd, c):
			continue
		case c == '1' || c == 'I':
			c = 'L'
		case c == '0' || c == 'O':
			return "", ErrZero
		case !strings.ContainsRune(refAlphabet, c):
			return "", ErrForm
		}
		plain.WriteRune(c)
	}
	if plain.Len() != length {
		return "", ErrForm
	}
	return plain.String(), nil
}

// mix is the round function: twenty bits of an HMAC.
func (n Namer) mix(round int, half uint32) uint32 {
	var in [5]byte
	in[0] = byte(round)
	binary.BigEndian.PutUint32(in[1:], half)
	code := n.key.Digest(func(into hash.Hash) { into.Write(in[:]) })
	return binary.BigEndian.Uint32(code[:]) & refMask
}
