package cbcmac

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/des"
	"encoding/hex"
	"strings"
	"time"
)

// Cipher is a block cipher by which a key encrypts other keys.
type Cipher string

// The ciphers.
const (
	DES3 Cipher = "3des"
	AES  Cipher = "aes"
)

// Check names a key without telling it.
type Check struct {
	Key   string    `json:"key"`         // zone, mac, before or next
	Value string    `json:"check_value"` // six hexadecimal digits
	Since time.Time `json:"since"`       // since when it has been in its place
}

// checkOctets is the length of a check value.
const checkOctets = 3

// NewCipher returns the block cipher of that name under key: 16 or 24 octets for DES3, and
// 16, 24 or 32 for AES.
func NewCipher(name Cipher, key []byte) (cipher.Block, error) {
	var block cipher.Block
	err := error(ErrKey)
	switch {
	case name == AES:
		block, err = aes.NewCipher(key)
	case len(key) == 2*des.BlockSize:
		block, err = des.NewTripleDESCipher(append(append(make([]byte, 0, 3*des.BlockSize), key...), key[:des.BlockSize]...))
	case len(key) == 3*des.BlockSize:
		block, err = des.NewTripleDESCipher(key)
	}
	if err != nil {
		return nil, ErrKey
	}
	return block, nil
}

// CheckValue returns six hexadecimal digits that tell a key from others and reveal nothing
// of it: the start of what a DES key makes of a block of zeros, or of the CMAC of such a
// block under an AES key. ANSI X9.24-1. The length of a DES key is 8, 16 or 24 octets.
func CheckValue(name Cipher, key []byte) (string, error) {
	zeros := make([]byte, aes.BlockSize)
	if name == AES {
		m, err := New(CMAC, 0, key)
		if err != nil {
			return "", err
		}
		code := m.Sum(zeros)
		return value(code[:]), nil
	}
	if len(key) == des.BlockSize {
		key = append(append(make([]byte, 0, 2*des.BlockSize), key...), key...)
	}
	block, err := NewCipher(name, key)
	if err != nil {
		return "", err
	}
	block.Encrypt(zeros, zeros)
	return value(zeros), nil
}

// CipherOf returns the cipher of the keys of an algorithm.
func CipherOf(algorithm Algorithm) Cipher {
	if algorithm == CMAC {
		return AES
	}
	return DES3
}

func value(octets []byte) string { return strings.ToUpper(hex.EncodeToString(octets[:checkOctets])) }
