package order_test

import (
	"fmt"

	"mpg/engine/order"
	"mpg/store/money"
)

func ExampleGrammar_Parse() {
	c, _ := money.Lookup("CNY")
	g := order.Grammar{Currency: c, Country: "CN"}
	for _, text := range []string{
		"PAY 8001 128.50 from bank, thanks",
		"付8001一百二十八元五角",
		"PAY 8001 25 or 30",
		"PAY 25 8001",
		"stop!! wrong amount",
	} {
		o, refusal := g.Parse(text)
		if refusal != nil {
			fmt.Println("refused:", refusal.Reason, "-", refusal.Hint, refusal.Exact)
			continue
		}
		fmt.Println(o.Intent, o.To, c.Format(o.Amount), o.Source)
	}
	// Output:
	// pay 8001 128.50 bank
	// pay 8001 128.50
	// refused: two numbers - PAY 8001 amount false
	// refused: code - PAY 8001 25 true
	// no  0.00
}
