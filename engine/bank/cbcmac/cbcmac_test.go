package cbcmac_test

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/des"
	"encoding/hex"
	"errors"
	"math/big"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"mpg/engine/bank/cbcmac"
)

func octets(t testing.TB, digits string) []byte {
	t.Helper()
	b, err := hex.DecodeString(digits)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestVectors(t *testing.T) {
	t.Parallel()
	const (
		passport = "7962D9ECE03D1ACD4C76089DCE131543"
		ladder   = "0123456789ABCDEFFEDCBA9876543210"
		rfc      = "2b7e151628aed2a6abf7158809cf4f3c"
		now      = "4e6f77206973207468652074696d6520666f7220616c6c20" // "Now is the time for all "
		rfcData  = "6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e5130c81c46a35ce411e5fbc1191a0a52eff69f2445df4f9b17ad2b417be66c3710"
	)
	for _, tt := range []struct {
		name      string
		algorithm cbcmac.Algorithm
		padding   cbcmac.Padding
		key       string
		data      string
		want      string
	}{
		{"ICAO 9303, method 2", cbcmac.X919, cbcmac.Bit, passport, "72C29C2371CC9BDB65B779B8E8D37B29ECC154AA56A8799FAE2F498F76ED92F2", "5F1448EEA8AD90A7"},
		{"X9.19, method 1", cbcmac.X919, cbcmac.Zeros, ladder, now, "A1C72E74EA3FA9B6"},
		{"X9.19, method 2", cbcmac.X919, cbcmac.Bit, ladder, now, "E9086230CA3BE796"},
		{"RFC 4493, nothing", cbcmac.CMAC, 0, rfc, "", "bb1d6929e9593728"},
		{"RFC 4493, 16 octets", cbcmac.CMAC, 0, rfc, rfcData[:32], "070a16b46b4d4144"},
		{"RFC 4493, 40 octets", cbcmac.CMAC, 0, rfc, rfcData[:80], "dfa66747de9ae630"},
		{"RFC 4493, 64 octets", cbcmac.CMAC, 0, rfc, rfcData, "51f0bebf7e3b9d92"},
	} {
		m, err := cbcmac.New(tt.algorithm, tt.padding, octets(t, tt.key))
		if err != nil {
			t.Fatalf("%s: %v", tt.name, err)
		}
		data := octets(t, tt.data)
		got := m.Sum(data)
		if hex.EncodeToString(got[:]) != strings.ToLower(tt.want) {
			t.Errorf("%s: got %X, want %s", tt.name, got, tt.want)
		}
		if !m.Verify(data, got, cbcmac.Size) || !m.Verify(data, cbcmac.Truncate(got, 4), 4) || m.Verify(data, got, 4) {
			t.Errorf("%s: the code is not recognized, or is where only half of it is wanted", tt.name)
		}
		got[cbcmac.Size-1] ^= 1
		if m.Verify(data, got, cbcmac.Size) {
			t.Errorf("%s: another code passes", tt.name)
		}
	}
}

func TestCheckValues(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		cipher cbcmac.Cipher
		key    string
		want   string
	}{
		{cbcmac.DES3, "0123456789ABCDEFFEDCBA9876543210", "08D7B4"},
		{cbcmac.DES3, "0123456789ABCDEF", "D5D44F"},
		{cbcmac.AES, "2b7e151628aed2a6abf7158809cf4f3c", "7AD386"},
	} {
		if got, err := cbcmac.CheckValue(tt.cipher, octets(t, tt.key)); got != tt.want || err != nil {
			t.Errorf("%s: got %s, %v; want %s", tt.cipher, got, err, tt.want)
		}
	}
}

func TestKeysOfOtherLengths(t *testing.T) {
	t.Parallel()
	for length := range 40 {
		key := make([]byte, length)
		_, err := cbcmac.New(cbcmac.X919, cbcmac.Zeros, key)
		if fits := length == 8 || length == 16; fits != (err == nil) || err != nil && !errors.Is(err, cbcmac.ErrKey) {
			t.Errorf("X9.19 with %d octets: %v", length, err)
		}
		_, err = cbcmac.New(cbcmac.CMAC, 0, key)
		if fits := length == 16 || length == 24 || length == 32; fits != (err == nil) {
			t.Errorf("CMAC with %d octets: %v", length, err)
		}
		_, err = cbcmac.NewCipher(cbcmac.DES3, key)
		if fits := length == 16 || length == 24; fits != (err == nil) {
			t.Errorf("3DES with %d octets: %v", length, err)
		}
	}
	if _, err := cbcmac.New("md5", 0, make([]byte, 16)); err == nil {
		t.Error("an algorithm that there is not is accepted")
	}
	if _, err := cbcmac.New(cbcmac.X919, 3, make([]byte, 16)); err == nil {
		t.Error("padding method 3 is accepted")
	}
}

// TestAgainstCBC compares both algorithms with ones that are written the other way round:
// pad everything first, then let the standard library chain the blocks.
func TestAgainstCBC(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		key := rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(rt, "key")
		data := rapid.SliceOfN(rapid.Byte(), 0, 100).Draw(rt, "data")
		padding := rapid.SampledFrom([]cbcmac.Padding{cbcmac.Zeros, cbcmac.Bit}).Draw(rt, "padding")
		for algorithm, want := range map[cbcmac.Algorithm][]byte{
			cbcmac.X919: x919(key, data, padding), cbcmac.CMAC: cmac(key, data)[:cbcmac.Size],
		} {
			m, err := cbcmac.New(algorithm, padding, key)
			if err != nil {
				rt.Fatal(err)
			}
			if got := m.Sum(data); !bytes.Equal(got[:], want) {
				rt.Fatalf("%s: got %X, want %X", algorithm, got, want)
			}
		}
	})
}

// last returns the last block of data, chained under block.
func last(block cipher.Block, data []byte) []byte {
	out := make([]byte, len(data))
	cipher.NewCBCEncrypter(block, make([]byte, block.BlockSize())).CryptBlocks(out, data)
	return out[len(out)-block.BlockSize():]
}

func x919(key, data []byte, padding cbcmac.Padding) []byte {
	data = bytes.Clone(data)
	if padding == cbcmac.Bit {
		data = append(data, 0x80)
	}
	for len(data)%8 != 0 {
		data = append(data, 0)
	}
	first, _ := des.NewCipher(key[:8])
	second, _ := des.NewCipher(key[8:])
	out := make([]byte, 8)
	if len(data) > 0 {
		copy(out, last(first, data))
	}
	second.Decrypt(out, out)
	first.Encrypt(out, out)
	return out
}

// cmac derives the subkeys by arithmetic on one large number.
func cmac(key, data []byte) []byte {
	block, _ := aes.NewCipher(key)
	zero := make([]byte, 16)
	block.Encrypt(zero, zero)
	double := func(n *big.Int) *big.Int {
		n = new(big.Int).Lsh(n, 1)
		if n.Bit(128) == 1 {
			n.SetBit(n, 128, 0)
			n.Xor(n, big.NewInt(0x87))
		}
		return n
	}
	sub := double(new(big.Int).SetBytes(zero))
	data = bytes.Clone(data)
	if len(data) == 0 || len(data)%16 != 0 {
		sub = double(sub)
		data = append(data, 0x80)
		for len(data)%16 != 0 {
			data = append(data, 0)
		}
	}
	tail := data[len(data)-16:]
	new(big.Int).Xor(sub, new(big.Int).SetBytes(tail)).FillBytes(tail)
	return last(block, data)
}
