package text

import "unicode/utf8"

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
