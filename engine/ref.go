package engine

import (
	"encoding/binary"
	"errors"
	"hash"
	"strings"
)

// refSigns are the 32 characters of a reference: no 0 O 1 I, so that it can be read
// aloud and copied by hand.
const refSigns = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"

const (
	refLen    = 8  // characters, of 5 bits
	refHalf   = 20 // bits of half a reference
	refRounds = 4  // a Feistel network of four rounds is a strong permutation
	refMask   = 1<<refHalf - 1
)

// errRef says that a text is no reference.
var errRef = errors.New("a reference has eight letters and digits, without 0 O 1 I")

// refs turns payment numbers into references and back: a keyed permutation of
// 40 bits, so that a reference is short, unique, and tells nothing of how many
// payments there are.
type refs struct{ key *keyed }

// ref is the reference of payment number no, which is below 2^40.
func (r refs) ref(no uint64) string {
	left, right := uint32(no>>refHalf)&refMask, uint32(no)&refMask
	for round := range refRounds {
		left, right = right, left^r.mix(round, right)
	}
	word := uint64(left)<<refHalf | uint64(right)
	var signs [refLen]byte
	for i := refLen - 1; i >= 0; i-- {
		signs[i] = refSigns[word&31]
		word >>= 5
	}
	return string(signs[:])
}

// number is the payment number of a reference, in any case.
func (r refs) number(ref string) (uint64, error) {
	ref = strings.ToUpper(strings.TrimSpace(ref))
	if len(ref) != refLen {
		return 0, errRef
	}
	var word uint64
	for _, c := range []byte(ref) {
		i := strings.IndexByte(refSigns, c)
		if i < 0 {
			return 0, errRef
		}
		word = word<<5 | uint64(i)
	}
	left, right := uint32(word>>refHalf)&refMask, uint32(word)&refMask
	for round := refRounds - 1; round >= 0; round-- {
		left, right = right^r.mix(round, left), left
	}
	return uint64(left)<<refHalf | uint64(right), nil
}

// mix is the round function: twenty bits of an HMAC.
func (r refs) mix(round int, half uint32) uint32 {
	var in [5]byte
	in[0] = byte(round)
	binary.BigEndian.PutUint32(in[1:], half)
	code := r.key.digest(func(h hash.Hash) { h.Write(in[:]) })
	return binary.BigEndian.Uint32(code[:]) & refMask
}
