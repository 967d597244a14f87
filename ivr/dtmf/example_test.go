package dtmf_test

import (
	"fmt"
	"time"

	"mpg/ivr/dtmf"
)

// A press is reported once, by whichever of its packets comes first: here an update,
// after which the end comes three times. RFC 4733 2.5.1.4
func ExampleDecoder() {
	var decoder dtmf.Decoder
	for i, payload := range [][]byte{{5, 0x0a, 0x03, 0x20}, {5, 0x8a, 0x04, 0xb0}, {5, 0x8a, 0x04, 0xb0}, {5, 0x8a, 0x04, 0xb0}} {
		key, ok := decoder.Decode(dtmf.Packet{SSRC: 1, Sequence: uint16(10 + i), Timestamp: 8000, At: time.Duration(i) * 20 * time.Millisecond, Payload: payload})
		if ok {
			fmt.Printf("packet %d: %c\n", i, key)
		}
	}
	// Output:
	// packet 0: 5
}

// Keys that a subscriber pressed are a secret: they print as asterisks.
func ExampleDigits() {
	var digits dtmf.Digits
	for _, key := range []byte("482913") {
		digits.Append(key)
	}
	fmt.Println(digits.Len(), &digits)
	fmt.Printf("%v %q %x\n", digits, digits, digits)
	// Output:
	// 6 ******
	// ****** ****** ******
}

// Gateways send keys in the body of a SIP INFO, too.
func ExampleParseInfo() {
	key, err := dtmf.ParseInfo("application/dtmf-relay", []byte("Signal=5\r\nDuration=160\r\n"))
	fmt.Printf("%c %v\n", key, err)
	_, err = dtmf.ParseInfo("application/dtmf", []byte("hello"))
	fmt.Println(err)
	// Output:
	// 5 <nil>
	// no telephone key in the INFO body
}
