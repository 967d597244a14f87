package claim_test

import (
	"mpg/engine/order"
	"mpg/store/money"
)

// send is an order of an amount to a person.
func send(amount money.Amount) order.Order { return order.Order{Intent: order.Send, Amount: amount} }
