package text

import (
	"bytes"
	"unicode/utf8"

	"golang.org/x/text/encoding/simplifiedchinese"
)

func appendFromASCII(dst, octets []byte) ([]byte, error) {
	for _, c := range octets {
		if c >= utf8.RuneSelf {
			return dst, ErrOctets
		}
	}
	return append(dst, octets...), nil
}

// appendFromLatin1 cannot fail: Latin 1 is the first 256 runes.
func appendFromLatin1(dst, octets []byte) []byte {
	for _, c := range octets {
		dst = utf8.AppendRune(dst, rune(c))
	}
	return dst
}

// appendLatin1 writes text, whose code points are all below 256.
func appendLatin1(dst []byte, text string) []byte {
	for _, r := range text {
		dst = append(dst, byte(r))
	}
	return dst
}

func appendFromUTF8(dst, octets []byte) ([]byte, error) {
	if !utf8.Valid(octets) {
		return dst, ErrOctets
	}
	return append(dst, octets...), nil
}

// appendFromGBK takes the decoder's replacement character, which GBK itself does
// not have, for octets outside the alphabet.
func appendFromGBK(dst, octets []byte) ([]byte, error) {
	out, err := simplifiedchinese.GBK.NewDecoder().Bytes(octets)
	if err != nil || bytes.ContainsRune(out, utf8.RuneError) {
		return dst, ErrOctets
	}
	return append(dst, out...), nil
}
