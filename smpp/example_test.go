package smpp_test

import (
	"context"
	"fmt"
	"time"

	"mpg/smpp"
	"mpg/smpp/pdu"
	"mpg/smpp/smsc"
)

// An order comes in, is answered, and only then acknowledged.
func ExampleSession() {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()

	center, err := smsc.Listen(smsc.Config{Addr: "127.0.0.1:0", SystemID: "mpg", Password: "sesame",
		OnSubmit: func(m smsc.Submit) (string, pdu.Status) {
			fmt.Printf("%s has from %s: %s\n", m.To, m.From, m.Text)
			return "id-1", pdu.ROK
		}})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = center.Close() }()

	orders := make(chan smpp.Message, 100)
	session, err := smpp.New(smpp.Config{Name: "main", Addr: center.Addr(), Account: smpp.Account{SystemID: "mpg", Password: "sesame"},
		Deliver: func(m smpp.Message) bool {
			select {
			case orders <- m:
				return true
			default:
				return false // full: the SMSC tries again later
			}
		}})
	if err != nil {
		fmt.Println(err)
		return
	}
	ended := make(chan error, 1)
	go func() { ended <- session.Run(ctx) }()

	go func() {
		m := <-orders
		o, err := session.Submit(ctx, smpp.Outgoing{From: m.To, To: "+" + m.From, Text: "已收到"})
		fmt.Println(o.Verdict, o.MessageID, err)
		session.Ack(m.Delivery, pdu.ROK)
	}()
	status, err := center.Deliver(ctx, "+8613800000001", "8888", "PAY 8001 128.50")
	fmt.Println(status.String(), err)
	fmt.Println(session.Drain(ctx), <-ended)

	// Output:
	// +8613800000001 has from 8888: 已收到
	// accepted id-1 <nil>
	// ESME_ROK <nil>
	// <nil> <nil>
}
