package cdr_test

import (
	"fmt"

	"mpg/engine/cdr"
)

// Of what a network says about a call, only words are kept: digits may be a number.
func ExampleWords() {
	fmt.Printf("%q\n", cdr.Words("User busy"))
	fmt.Printf("%q\n", cdr.Words("8613800000001 is\r\nunreachable"))
	// Output:
	// "User busy"
	// "************* is unreachable"
}

// The calls of one payment follow one another in the store.
func ExampleRecord_Key() {
	second := cdr.Record{Purpose: cdr.ForPayment, Payment: 7, Try: 2}
	fmt.Println(second.Key(), cdr.OfPayment(7))
	// Output:
	// 0000000000000007/002 0000000000000007/
}
