// Package cbcmac computes the message authentication codes (MACs) that banks put at the end
// of ISO 8583 messages, and the check values of their keys.
//
// Two algorithms are in use. ANSI X9.19, which is ISO/IEC 9797-1 MAC algorithm 3, chains
// the blocks by DES under the first half of a key and finishes with the second half; the
// data is filled up by padding method 1 or 2 of that standard. AES-CMAC of RFC 4493, which
// is NIST SP 800-38B, has a padding of its own; a bank takes its first eight octets.
//
//	cbcmac.go  the two algorithms     check.go  check values of keys
//
// DES is broken as a cipher and X9.19 is only as good as its 112-bit key; it is here because
// banks require it. The package imports the standard library only, holds no state, and puts
// no part of a key in an error.
package cbcmac

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/des"
	"crypto/subtle"
	"errors"
	"fmt"
)

// Algorithm is the name of an algorithm, as a configuration has it.
type Algorithm string

// The algorithms.
const (
	X919 Algorithm = "x9.19"    // ANSI X9.19, ISO/IEC 9797-1 MAC algorithm 3
	CMAC Algorithm = "aes-cmac" // RFC 4493, NIST SP 800-38B
)

// Padding is a way to fill up data to whole blocks for X919, by its number in
// ISO/IEC 9797-1.
type Padding int

// The paddings.
const (
	Zeros   Padding = 1 // zeros, and nothing if the blocks are whole
	Bit     Padding = 2 // an 80, then zeros
	bitMark         = 0x80
)

// Size is the length of a MAC in a message, in octets. ISO 8583:1987 DE64 DE128
const Size = 8

// Code is a MAC.
type Code [Size]byte

// ErrKey says that a key does not have a length that its algorithm takes.
var ErrKey = errors.New("the key is too short or too long for the algorithm")

// MAC computes codes under one key. It may be used from any goroutine.
type MAC struct {
	algorithm     Algorithm
	padding       Padding
	chain, finish cipher.Block // of X919; CMAC has only chain
	whole, filled [aes.BlockSize]byte
}

// New returns the MAC of algorithm under key: 8 or 16 octets for X919, where 8 serve as both
// halves, and 16, 24 or 32 for CMAC, which takes no padding.
func New(algorithm Algorithm, padding Padding, key []byte) (*MAC, error) {
	m := &MAC{algorithm: algorithm, padding: padding}
	switch algorithm {
	case X919:
		return m, m.keyDES(key)
	case CMAC:
		return m, m.keyAES(key)
	}
	return nil, fmt.Errorf("cbcmac: no algorithm %q; there are %q and %q", algorithm, X919, CMAC)
}

func (m *MAC) keyDES(key []byte) (err error) {
	if m.padding != Zeros && m.padding != Bit {
		return fmt.Errorf("cbcmac: no padding method %d; there are %d and %d", m.padding, Zeros, Bit)
	}
	if len(key) != des.BlockSize && len(key) != 2*des.BlockSize {
		return ErrKey
	}
	if m.chain, err = des.NewCipher(key[:des.BlockSize]); err != nil {
		return ErrKey
	}
	m.finish, err = des.NewCipher(key[len(key)-des.BlockSize:])
	return err
}

// keyAES derives the two subkeys. RFC 4493, 2.3
func (m *MAC) keyAES(key []byte) (err error) {
	if m.chain, err = aes.NewCipher(key); err != nil {
		return ErrKey
	}
	m.chain.Encrypt(m.whole[:], m.whole[:])
	double(&m.whole)
	m.filled = m.whole
	double(&m.filled)
	return nil
}

// double multiplies by x in the field of RFC 4493.
func double(value *[aes.BlockSize]byte) {
	const reduce = 0x87
	carry := value[0] >> 7
	for i := range len(value) - 1 {
		value[i] = value[i]<<1 | value[i+1]>>7
	}
	value[len(value)-1] = value[len(value)-1]<<1 ^ carry*reduce
}

// Sum returns the code of data.
func (m *MAC) Sum(data []byte) Code {
	var full [aes.BlockSize]byte
	if m.algorithm == CMAC {
		full = m.cmac(data)
	} else {
		full = m.x919(data)
	}
	return Code(full[:Size])
}

// Verify reports whether the first octets of code, at most Size, are those of the code of
// data, and the rest of it, as far as it goes, are zeros. It takes the same time for every
// code.
func (m *MAC) Verify(data []byte, code Code, octets int) bool {
	want := Truncate(m.Sum(data), octets)
	return subtle.ConstantTimeCompare(want[:], code[:]) == 1
}

// Truncate returns code with all but its first octets set to zero.
func Truncate(code Code, octets int) Code {
	clear(code[min(max(0, octets), Size):])
	return code
}

// x919 chains all blocks under the first half of the key, then decrypts under the second
// and encrypts under the first. ISO/IEC 9797-1 MAC algorithm 3
func (m *MAC) x919(data []byte) (full [aes.BlockSize]byte) {
	block := full[:des.BlockSize]
	for len(data) >= des.BlockSize {
		subtle.XORBytes(block, block, data[:des.BlockSize])
		m.chain.Encrypt(block, block)
		data = data[des.BlockSize:]
	}
	last := make([]byte, des.BlockSize)
	n := copy(last, data)
	if m.padding == Bit {
		last[n] = bitMark
	}
	if m.padding == Bit || n > 0 {
		subtle.XORBytes(block, block, last)
		m.chain.Encrypt(block, block)
	}
	m.finish.Decrypt(block, block)
	m.chain.Encrypt(block, block)
	return full
}

// cmac follows RFC 4493, 2.4.
func (m *MAC) cmac(data []byte) (block [aes.BlockSize]byte) {
	for len(data) > aes.BlockSize {
		subtle.XORBytes(block[:], block[:], data[:aes.BlockSize])
		m.chain.Encrypt(block[:], block[:])
		data = data[aes.BlockSize:]
	}
	last := m.whole
	if len(data) < aes.BlockSize {
		last = m.filled
		last[len(data)] ^= bitMark
	}
	for i, octet := range data {
		last[i] ^= octet
	}
	subtle.XORBytes(block[:], block[:], last[:])
	m.chain.Encrypt(block[:], block[:])
	return block
}
