package text

import (
	"bytes"
	"unicode/utf8"

	"golang.org/x/text/encoding/simplifiedchinese"
)

func appendFromASCII(dst, b []byte) ([]byte, error) {
	for _, c := range b {
		if c >= utf8.RuneSelf {
			return dst, ErrOctets
		}
	}
	return append(dst, b...), nil
}

// appendFromLatin1 cannot fail: Latin 1 is the first 256 runes.
func appendFromLatin1(dst, b []byte) []byte {
	for _, c := range b {
		dst = utf8.AppendRune(dst, rune(c))
	}
	return dst
}

// appendLatin1 writes s, whose code points are all below 256.
func appendLatin1(dst []byte, s string) []byte {
	for _, r := range s {
		dst = append(dst, byte(r))
	}
	return dst
}

func appendFromUTF8(dst, b []byte) ([]byte, error) {
	if !utf8.Valid(b) {
		return dst, ErrOctets
	}
	return append(dst, b...), nil
}

// appendFromGBK takes the decoder's replacement character, which GBK itself does
// not have, for octets outside the alphabet.
func appendFromGBK(dst, b []byte) ([]byte, error) {
	out, err := simplifiedchinese.GBK.NewDecoder().Bytes(b)
	if err != nil || bytes.ContainsRune(out, utf8.RuneError) {
		return dst, ErrOctets
	}
	return append(dst, out...), nil
}
