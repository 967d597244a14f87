// Package text turns the octets of a short message into a Go string and back.
//
// # What lives here
//
//	text.go      Coding, Decode, Encode, Segments: which alphabet, how long
//	gsm.go       the GSM default alphabet and its extension   3GPP TS 23.038 6.2.1
//	national.go  tables of national languages                 3GPP TS 23.038 A.2, A.3
//	ucs2.go      UCS-2, read and written as UTF-16 big endian 3GPP TS 23.038 6.2.3
//	octets.go    IA5, Latin 1, UTF-8, GBK                     SMPP 3.4 5.2.19
//
// # Alphabets by data_coding
//
//	0x00        SMSC default, which each bind may name: GSM 7-bit with one septet
//	            an octet, IA5, Latin 1, UTF-8, UCS-2 or GBK   both ways
//	0x01        IA5 (ASCII)                                    read
//	0x03        Latin 1                                        read
//	0x08        UCS-2                                          both ways
//	0x0F        GBK, where the bind's default is GBK           read
//	0x10-0x1F   GSM message class, 7-bit or UCS-2              read
//	0x40-0x5F   the same, to be deleted once it is read        read
//	0xF0-0xFF   GSM message class, 7-bit (bit 2 clear)         read
//	others      binary, compressed, or alphabets nobody texts an order in: ErrAlphabet
//
// From 0x10 on the values are those of 3GPP TS 23.038 4.
//
// Nothing is guessed. Octets that their alphabet does not have are an error,
// since a misread digit would be somebody's money. Septets are not packed: on
// SMPP each has an octet of its own. There are national tables for Turkish, Spanish
// and Portuguese; texts in other languages can be read only if they do not use
// theirs.
//
// # Rules
//
// Imports nothing of ours, and golang.org/x/text for the table of GBK. Keeps no
// state; the tables are never written. The append forms allocate only what dst
// needs to grow, GBK apart.
package text
