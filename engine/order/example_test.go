package order_test

import (
	"encoding/json"
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
		b, _ := json.Marshal(o)
		fmt.Println(string(b))
	}
	// Output:
	// {"intent":"pay","to":"8001","amount":"128.50","currency":"CNY","source":"bank","memo":"thanks"}
	// {"intent":"pay","to":"8001","amount":"128.50","currency":"CNY"}
	// refused: two numbers - PAY 8001 amount false
	// refused: code - PAY 8001 25 true
	// {"intent":"no"}
}
