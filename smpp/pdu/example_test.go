package pdu_test

import (
	"fmt"

	"mpg/smpp/pdu"
)

// A deliver_sm is written and read again. The decoded fields are views into the octets
// of the frame, and are good for as long as those are. SMPP 3.4 4.6.1
func ExampleSM() {
	order := pdu.SM{
		SourceAddrTON: pdu.TONInternational, SourceAddrNPI: pdu.NPIISDN, SourceAddr: []byte("8613800000001"),
		DestinationAddr: []byte("8888"), ShortMessage: []byte("PAY 8001 128.50"),
	}
	octets, err := pdu.AppendSM(nil, pdu.DeliverSM, 7, &order)
	if err != nil {
		fmt.Println(err)
		return
	}
	frame := pdu.Frame(octets)
	var read pdu.SM
	fmt.Println(len(octets), frame.Header().CommandID, read.Decode(frame.Body()))
	fmt.Printf("from %s to %s: %s\n", read.SourceAddr, read.DestinationAddr, read.ShortMessage)
	// Output:
	// 65 deliver_sm <nil>
	// from 8613800000001 to 8888: PAY 8001 128.50
}

// A field that cannot be encoded is refused, and so is a PDU that ends too early. The
// error says which command_status answers it. SMPP 3.4 5.1.3
func ExampleSM_Decode_refused() {
	var read pdu.SM
	err := read.Decode([]byte{0, 1, 1, '8', '6'})
	fmt.Println(err)
	_, err = pdu.AppendSM(nil, pdu.SubmitSM, 1, &pdu.SM{DestinationAddr: []byte("86\x00138")})
	fmt.Println(err)
	// Output:
	// smpp: source_addr is cut short (ESME_RINVCMDLEN)
	// smpp: destination_addr holds a NUL (ESME_RINVDSTADR)
}
