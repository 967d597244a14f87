package text_test

import (
	"fmt"
	"strings"

	"mpg/smpp/text"
)

// What a text costs: its alphabet decides how many characters fit one short message.
// 3GPP TS 23.038, 3GPP TS 23.040 9.2.3.24.1
func ExampleSegments() {
	name := map[text.Alphabet]string{text.GSM: "GSM", text.UCS2: "UCS-2"}
	for _, s := range []string{"You paid CNY 128.50", "Price 10€", strings.Repeat("a", 161), "已付128.50元", strings.Repeat("付", 71)} {
		alphabet, units, segments := text.Segments(s)
		fmt.Println(name[alphabet], units, segments)
	}
	// Output:
	// GSM 19 1
	// GSM 10 1
	// GSM 161 2
	// UCS-2 9 1
	// UCS-2 71 2
}

// A text is sent in the cheapest alphabet that has all of it, and read back by its
// data_coding. SMPP 3.4 5.2.19
func ExampleEncode() {
	for _, s := range []string{"Price 10€ @ noon", "已付"} {
		dataCoding, octets, err := text.Encode(s)
		fmt.Printf("%#02x % x %v\n", dataCoding, octets, err)
		back, err := text.Decode(dataCoding, octets)
		fmt.Println(back, err)
	}
	// Output:
	// 0x00 50 72 69 63 65 20 31 30 1b 65 20 00 20 6e 6f 6f 6e <nil>
	// Price 10€ @ noon <nil>
	// 0x08 5d f2 4e d8 <nil>
	// 已付 <nil>
}
