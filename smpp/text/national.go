package text

// The national language identifiers whose tables are here.
// 3GPP TS 23.038 6.2.1.2.4
const (
	languageTurkish    = 1
	languageSpanish    = 2
	languagePortuguese = 3
)

// basic returns the character of a septet in the basic table of c's language; ok is
// false where that table is not here. Spanish has none of its own.
// 3GPP TS 23.038 A.3
func (c Coding) basic(septet byte) (r rune, ok bool) {
	switch c.LockingShift {
	case 0:
		return gsmBasic[septet], true
	case languageTurkish:
		return turkishBasic[septet], true
	case languagePortuguese:
		return portugueseBasic[septet], true
	}
	return 0, false
}

// extension returns the character of a septet behind an escape, in the extension
// table of c's language; 0 where that place is free. ok is false where the table
// is not here, and a text that uses it cannot be read. 3GPP TS 23.038 A.2
func (c Coding) extension(septet byte) (r rune, ok bool) {
	switch c.SingleShift {
	case 0:
		return gsmExtension[septet], true
	case languageTurkish:
		return turkishExtension[septet], true
	case languageSpanish:
		return spanishExtension[septet], true
	case languagePortuguese:
		return portugueseExtension[septet], true
	}
	return 0, false
}

// 3GPP TS 23.038 A.3.1
var turkishBasic = changed(gsmBasic, map[byte]rune{
	0x04: '€', 0x07: 'ı', 0x0B: 'Ğ', 0x0C: 'ğ', 0x1C: 'Ş', 0x1D: 'ş', 0x40: 'İ', 0x60: 'ç',
})

// 3GPP TS 23.038 A.3.3
var portugueseBasic = changed(gsmBasic, map[byte]rune{
	0x04: 'ê', 0x06: 'ú', 0x07: 'í', 0x08: 'ó', 0x09: 'ç', 0x0B: 'Ô', 0x0C: 'ô', 0x0E: 'Á', 0x0F: 'á',
	0x12: 'ª', 0x13: 'Ç', 0x14: 'À', 0x15: '∞', 0x16: '^', 0x17: '\\', 0x18: '€', 0x19: 'Ó', 0x1A: '|',
	0x1C: 'Â', 0x1D: 'â', 0x1E: 'Ê', 0x24: 'º', 0x40: 'Í', 0x5B: 'Ã', 0x5C: 'Õ', 0x5D: 'Ú', 0x60: '~',
	0x7B: 'ã', 0x7C: 'õ', 0x7D: '`',
})

// 3GPP TS 23.038 A.2.1
var turkishExtension = changed(gsmExtension, map[byte]rune{
	0x47: 'Ğ', 0x49: 'İ', 0x53: 'Ş', 0x63: 'ç', 0x67: 'ğ', 0x69: 'ı', 0x73: 'ş',
})

// 3GPP TS 23.038 A.2.2
var spanishExtension = changed(gsmExtension, map[byte]rune{
	0x09: 'ç', 0x41: 'Á', 0x49: 'Í', 0x4F: 'Ó', 0x55: 'Ú', 0x61: 'á', 0x69: 'í', 0x6F: 'ó', 0x75: 'ú',
})

// 3GPP TS 23.038 A.2.3
var portugueseExtension = changed(gsmExtension, map[byte]rune{
	0x05: 'ê', 0x09: 'ç', 0x0B: 'Ô', 0x0C: 'ô', 0x0E: 'Á', 0x0F: 'á', 0x12: 'Φ', 0x13: 'Γ', 0x15: 'Ω',
	0x16: 'Π', 0x17: 'Ψ', 0x18: 'Σ', 0x19: 'Θ', 0x1F: 'Ê', 0x41: 'À', 0x49: 'Í', 0x4F: 'Ó', 0x55: 'Ú',
	0x5B: 'Ã', 0x5C: 'Õ', 0x61: 'Â', 0x69: 'í', 0x6F: 'ó', 0x75: 'ú', 0x7B: 'ã', 0x7C: 'õ', 0x7F: 'â',
})

// changed returns a copy of table with some of its places replaced.
func changed(table [128]rune, places map[byte]rune) [128]rune {
	for septet, r := range places {
		table[septet] = r
	}
	return table
}
