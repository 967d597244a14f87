package iso8583_test

import (
	"fmt"
	"time"

	"mpg/engine/bank/iso8583"
)

// A request for money as an ASCII host reads it, the bank's answer, and the reversal of
// a request that found none: it names the original in DE90. ISO 8583:1987 DE90
func ExampleDialect_Pack() {
	dialect, err := iso8583.Named(iso8583.ISO87)
	if err != nil {
		fmt.Println(err)
		return
	}
	now := time.Date(2026, 11, 22, 14, 5, 0, 0, time.UTC)
	transaction := iso8583.Transaction{STAN: 26, RRN: "632614000026", At: now, Account: "6222020000000001", Amount: 12850, Currency: "156",
		Acquirer: "8001", Terminal: "MPG00001", Merchant: "8001"}
	request := transaction.Request()
	octets, err := dialect.Pack(request)
	fmt.Println(string(octets), err)

	answer := request.Answer("00")
	answer.Set(iso8583.DEAuthID, "A1B2C3")
	fmt.Println(answer.MTI, answer.Get(iso8583.DEResponse), answer.Key() == request.Key())

	reversal := iso8583.Reversal(request, now.Add(20*time.Second), false, iso8583.TooLate)
	fmt.Println(reversal.MTI, reversal.Get(iso8583.DEOriginalData))
	// Output:
	// 0200B238000108C08000000000000400000000000000000001285011221405000000261405001122048001632614000026MPG000018001           156166222020000000001 <nil>
	// 0210 00 true
	// 0420 020000002611221405000000000800100000000000
}

// The processing code decides where the account of a request stands: a debit names it in
// DE102, a deposit in DE103. ISO 8583:1987 DE3
func ExampleTransaction_Request() {
	transaction := iso8583.Transaction{STAN: 27, RRN: "632614000027", At: time.Date(2026, 11, 22, 14, 5, 0, 0, time.UTC),
		Account: "6222020000000001", Amount: 12850, Currency: "156", Acquirer: "8001", Terminal: "MPG00001", Merchant: "8001"}
	for _, processing := range []string{iso8583.PurchaseFromAccount, iso8583.DepositToAccount} {
		transaction.Processing = processing
		request := transaction.Request()
		fmt.Printf("%s from %q to %q\n", request.Get(iso8583.DEProcessingCode), request.Get(iso8583.DEAccount), request.Get(iso8583.DEToAccount))
	}
	// Output:
	// 000000 from "6222020000000001" to ""
	// 210000 from "" to "6222020000000001"
}

// What a foreign host sends is read as far as it can be; an error never quotes an
// element, since it may be an account.
func ExampleDialect_Read() {
	dialect, err := iso8583.Named(iso8583.ISO87)
	if err != nil {
		fmt.Println(err)
		return
	}
	message, err := dialect.Read([]byte("0810" + "8220000002000000" + "0400000000000000" + "1122140500" + "00002x" + "00" + "301"))
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(message.MTI, message.Get(iso8583.DEResponse), message.Get(iso8583.DENetworkCode), message.Whole())
	fmt.Println(message.Unread(iso8583.DESTAN), message.Odd())
	// Output:
	// 0810 00 301 true
	// true [iso8583: field 11 holds a character it may not]
}
