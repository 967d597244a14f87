package ref

import (
	"errors"
	"io"
	"strings"
)

// A code names something that people read to each other, such as a command that waits
// for a second person. It looks like a reference, and is one character shorter, so that
// neither is taken for the other.
const (
	codeRandom = 6 // random characters, before the check character
	codeLen    = codeRandom + 1
)

// Errors of texts that are not a code.
var (
	ErrCode  = errors.New("an ID has seven letters and digits, never 0, O, 1 or I")
	ErrCheck = errors.New("this ID was mistyped or misheard: its check character does not fit")
)

// NewCode returns a code of random characters and a check character, by which a code with
// one wrong character, or with two exchanged, is known to be wrong. random must not fail.
func NewCode(random io.Reader) string {
	var raw [codeRandom]byte
	if _, err := io.ReadFull(random, raw[:]); err != nil {
		panic("ref: no randomness: " + err.Error())
	}
	var chars [codeLen]byte
	for i, b := range raw {
		chars[i] = refAlphabet[b&31]
	}
	chars[codeRandom] = refAlphabet[checkOf(string(chars[:codeRandom]))]
	return string(chars[:])
}

// Code returns a code as NewCode made it, from what people wrote: in any case, in groups,
// with full-width characters. The error is ErrCode, ErrZero or ErrCheck.
func Code(written string) (string, error) {
	plain, err := plainOf(written, codeLen)
	switch {
	case errors.Is(err, ErrForm):
		return "", ErrCode
	case err != nil:
		return "", err
	case refAlphabet[checkOf(plain[:codeRandom])] != plain[codeRandom]:
		return "", ErrCheck
	}
	return plain, nil
}

// checkOf returns the place in the alphabet of the check character of chars. The characters
// are numbers of the field GF(32), and that of place i counts x^i times, where x generates
// the field: no two places count alike, so that an exchange of any two characters shows.
func checkOf(chars string) byte {
	var sum, power byte = 0, 1
	for i := range len(chars) {
		power = times(power, 2)
		sum ^= times(power, byte(strings.IndexByte(refAlphabet, chars[i])))
	}
	return sum
}

// times multiplies in GF(32), the polynomials over GF(2) modulo x^5 + x^2 + 1.
func times(left, right byte) byte {
	const modulus = 0b100101
	var product byte
	for ; right != 0; right >>= 1 {
		if right&1 != 0 {
			product ^= left
		}
		if left <<= 1; left&0b100000 != 0 {
			left ^= modulus
		}
	}
	return product
}
