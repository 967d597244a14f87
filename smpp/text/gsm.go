package text

import "unicode/utf8"

// escape leads a septet of the extension table. 3GPP TS 23.038 6.2.1.1
const escape = 0x1B

// gsmBasic is the default alphabet by septet; escape is a space for whoever
// has no extension table. 3GPP TS 23.038 6.2.1
var gsmBasic = [128]rune{
	'@', '£', '$', '¥', 'è', 'é', 'ù', 'ì', 'ò', 'Ç', '\n', 'Ø', 'ø', '\r', 'Å', 'å',
	'Δ', '_', 'Φ', 'Γ', 'Λ', 'Ω', 'Π', 'Ψ', 'Σ', 'Θ', 'Ξ', ' ', 'Æ', 'æ', 'ß', 'É',
	' ', '!', '"', '#', '¤', '%', '&', '\'', '(', ')', '*', '+', ',', '-', '.', '/',
	'0', '1', '2', '3', '4', '5', '6', '7', '8', '9', ':', ';', '<', '=', '>', '?',
	'¡', 'A', 'B', 'C', 'D', 'E', 'F', 'G', 'H', 'I', 'J', 'K', 'L', 'M', 'N', 'O',
	'P', 'Q', 'R', 'S', 'T', 'U', 'V', 'W', 'X', 'Y', 'Z', 'Ä', 'Ö', 'Ñ', 'Ü', '§',
	'¿', 'a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j', 'k', 'l', 'm', 'n', 'o',
	'p', 'q', 'r', 's', 't', 'u', 'v', 'w', 'x', 'y', 'z', 'ä', 'ö', 'ñ', 'ü', 'à',
}

// gsmExtension is what follows escape; 0 is free. 3GPP TS 23.038 6.2.1.1
var gsmExtension = [128]rune{
	0x0A: '\f', 0x14: '^', 0x28: '{', 0x29: '}', 0x2F: '\\',
	0x3C: '[', 0x3D: '~', 0x3E: ']', 0x40: '|', 0x65: '€',
}

// noSeptet marks a rune that the GSM alphabet has not; extended marks one that
// takes two septets, the second of them in the low bits.
const (
	noSeptet = 0xFF
	extended = 0x80
)

// gsmLatin is the way back for the runes below 256, which are nearly all.
var gsmLatin = latinSeptets()

func latinSeptets() (t [256]byte) {
	for i := range t {
		t[i] = noSeptet
	}
	for septet, r := range gsmBasic {
		if r < 256 && septet != escape {
			t[r] = byte(septet)
		}
	}
	for septet, r := range gsmExtension {
		if r != 0 && r < 256 {
			t[r] = extended | byte(septet)
		}
	}
	return t
}

// septet returns the septet of a character, extended|septet behind an escape, or noSeptet.
func septet(char rune) byte {
	if char >= 0 && char < 256 {
		return gsmLatin[char]
	}
	switch char {
	case 'Δ':
		return 0x10
	case 'Φ':
		return 0x12
	case 'Γ':
		return 0x13
	case 'Λ':
		return 0x14
	case 'Ω':
		return 0x15
	case 'Π':
		return 0x16
	case 'Ψ':
		return 0x17
	case 'Σ':
		return 0x18
	case 'Θ':
		return 0x19
	case 'Ξ':
		return 0x1A
	case '€':
		return extended | 0x65
	}
	return noSeptet
}

func inGSM(text string) bool {
	for _, r := range text {
		if septet(r) == noSeptet {
			return false
		}
	}
	return true
}

func gsmWidth(char rune) int {
	if s := septet(char); s != noSeptet && s&extended != 0 {
		return 2
	}
	return 1
}

// appendGSM gives up, with dst as it was, at the first rune outside the
// alphabet; broken UTF-8 is outside.
func appendGSM(dst []byte, text string) ([]byte, bool) {
	start := len(dst)
	for _, r := range text {
		switch p := septet(r); {
		case p == noSeptet:
			return dst[:start], false
		case p&extended != 0:
			dst = append(dst, escape, p&^extended)
		default:
			dst = append(dst, p)
		}
	}
	return dst, true
}

// appendFromGSM reads unpacked septets, with the national language tables of c. An
// escape before an unused place of the extension table gives the character of the
// basic table; an escape at the end, or before another escape, gives a space.
// 3GPP TS 23.038 6.2.1.1
func (c Coding) appendFromGSM(dst, septets []byte) ([]byte, error) {
	start := len(dst)
	for i := 0; i < len(septets); i++ {
		septet := septets[i]
		if septet >= 0x80 {
			return dst[:start], ErrOctets
		}
		r, ok := c.basic(septet)
		if ok && septet == escape && i+1 < len(septets) && septets[i+1] < 0x80 && septets[i+1] != escape {
			i++
			var extended rune
			if extended, ok = c.extension(septets[i]); extended != 0 {
				r = extended
			} else {
				r, _ = c.basic(septets[i])
			}
		}
		if !ok {
			return dst[:start], ErrAlphabet
		}
		dst = utf8.AppendRune(dst, r)
	}
	return dst, nil
}
