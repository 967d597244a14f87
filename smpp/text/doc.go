// Package text turns the octets of a short message into a Go string and back.
//
// # What lives here
//
//	text.go   Decode, Encode, Segments: which alphabet, how long
//	gsm.go    the GSM default alphabet and its extension      3GPP TS 23.038 6.2.1
//	ucs2.go   UCS-2, read and written as UTF-16 big endian    3GPP TS 23.038 6.2.3
//	latin.go  IA5 and Latin 1, which are only read            SMPP 3.4 5.2.19
//
// # Alphabets by data_coding
//
//	0x00        SMSC default: GSM 7-bit, one septet an octet   both ways
//	0x01        IA5 (ASCII)                                    read
//	0x03        Latin 1                                        read
//	0x08        UCS-2                                          both ways
//	0xF0-0xFF   GSM message class, 7-bit (bit 2 clear)         read
//	others      binary, or alphabets nobody texts an order in: ErrAlphabet
//
// Nothing is guessed. Octets that their alphabet does not have are an error,
// since a misread digit would be somebody's money. Septets are not packed: on
// SMPP each has an octet of its own. National shift tables are not here.
//
// # Rules
//
// Imports nothing of ours and no library. Keeps no state; the tables are never
// written. The append forms allocate only what dst needs to grow.
package text
