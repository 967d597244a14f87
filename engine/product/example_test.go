package product_test

import (
	"fmt"

	"mpg/engine/order"
	"mpg/engine/product"
)

// The same settings make a plan without a call of a small payment, a plan with a call
// of a large one, and a refusal of one above the limit.
func ExampleMake() {
	for _, text := range []order.Order{
		{Intent: order.Pay, To: "8001", Amount: 1500},
		{Intent: order.Pay, To: "8001", Amount: 12850},
		{Intent: order.Pay, To: "8001", Amount: 12850, Source: order.FromBank},
		{Intent: order.Pay, To: "8001", Amount: 200_000},
	} {
		plan, refusal := product.Make(text, sides(payer()), settings())
		if refusal != nil {
			fmt.Println("refused:", refusal.Text, refusal.Limit)
			continue
		}
		fmt.Println(plan.Product, "without a call:", plan.PINExempt, "bank:", plan.Bank(), "legs:", len(plan.Legs))
	}
	// Output:
	// mpurse without a call: true bank:  legs: 1
	// mpurse without a call: false bank:  legs: 1
	// mdebit without a call: false bank: icbc legs: 1
	// refused: over-payment 100000
}
