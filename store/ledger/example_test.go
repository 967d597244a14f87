package ledger_test

import (
	"fmt"

	"mpg/store"
)

// A hold of 100.00 is captured in part, and the rest is given back. Then the shop is
// asked for a fee that it cannot pay: the result says whose account is short.
func ExampleDecide() {
	books := newWorld()
	books.accounts[purse] = store.Account{ID: purse, Kind: store.Liability, Currency: "CNY", CreditsPosted: 50000}
	books.accounts[shop] = store.Account{ID: shop, Kind: store.Liability, Currency: "CNY"}
	for i, transfers := range [][]store.Transfer{
		{{Op: store.Hold, Debit: purse, Credit: shop, Amount: 10000, Hold: 1, Ref: 77}},
		{{Op: store.PostHold, Hold: 1, Amount: 8000, Ref: 77}, {Op: store.VoidHold, Hold: 1, Ref: 77}},
		{{Op: store.Post, Debit: purse, Credit: shop, Amount: 100}, {Op: store.Post, Debit: shop, Credit: purse, Amount: 9000}},
	} {
		c := store.Cmd{ID: store.IDOf(1, 77, uint64(i)), At: noon(), Transfers: transfers}
		res := books.do(&c) // calls Decide and keeps its Effects
		fmt.Println(res.Refusal, res.At, res.Account, res.Short, "purse", books.accounts[purse].Available())
	}
	// Output:
	// none 0 0 0 purse 40000
	// none 0 0 0 purse 42000
	// funds 1 3 900 purse 42000
}
