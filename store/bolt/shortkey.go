package bolt

import "bytes"

// The keys of the archive's index are kept short: a character that numbers and times
// are written with takes five bits instead of eight, and any other takes thirteen. Short
// keys sort as the long ones do: each of the classes of bytes below has a code,
// in the order of the bytes.
//
//	code   bytes            after it
//	 1     0x00 to '*'      the byte
//	 2-17  '+' to ':'
//	18     ';' to '`'       the byte
//	19-24  'a' to 'f'
//	25     'g' to 0xFF      the byte
//
// The last byte is filled up with zeros, which are no code.
const (
	codeLow, codePlus, codeMiddle, codeA, codeHigh = 1, 2, 18, 19, 25
	codeBits                                       = 5
)

// shortCode returns the code of a byte, and whether the byte itself follows.
func shortCode(c byte) (code uint32, follows bool) {
	switch {
	case c < '+':
		return codeLow, true
	case c <= ':':
		return codePlus + uint32(c-'+'), false
	case c < 'a':
		return codeMiddle, true
	case c <= 'f':
		return codeA + uint32(c-'a'), false
	}
	return codeHigh, true
}

// appendShort appends a short key to dst.
func appendShort(dst []byte, key string) []byte {
	var bits uint32 // not yet written, at the low end
	n := 0          // how many
	put := func(v uint32, width int) {
		bits, n = bits<<width|v, n+width
		for ; n >= 8; n -= 8 {
			dst = append(dst, byte(bits>>(n-8)))
		}
	}
	for _, c := range []byte(key) {
		code, follows := shortCode(c)
		put(code, codeBits)
		if follows {
			put(uint32(c), 8)
		}
	}
	if n > 0 {
		put(0, 8-n)
	}
	return dst
}

// parseShort returns the key that appendShort wrote, or false if it wrote none like
// this.
func parseShort(short []byte) (string, bool) {
	key := make([]byte, 0, len(short)*8/codeBits)
	var bits uint32
	n := 0
	rest := short
	take := func(width int) (uint32, bool) {
		for n < width {
			if len(rest) == 0 {
				return 0, false
			}
			bits, n, rest = bits<<8|uint32(rest[0]), n+8, rest[1:]
		}
		n -= width
		return bits >> n & (1<<width - 1), true
	}
	for {
		code, ok := take(codeBits)
		if !ok || code == 0 {
			break // only zeros are left, as the comparison below finds out
		}
		switch {
		case code == codeLow || code == codeMiddle || code == codeHigh:
			c, ok := take(8)
			if !ok {
				return "", false
			}
			key = append(key, byte(c))
		case code < codeMiddle:
			key = append(key, byte(code-codePlus)+'+')
		case code < codeHigh:
			key = append(key, byte(code-codeA)+'a')
		default:
			return "", false
		}
	}
	return string(key), bytes.Equal(appendShort(make([]byte, 0, len(short)), string(key)), short)
}
