package order_test

import (
	"encoding/json"
	"fmt"
	"strings"

	"mpg/engine/order"
	"mpg/engine/sheet"
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

// Chinese amounts are read as they are said and written; what has more than one
// reading is refused and never guessed.
func ExampleGrammar_Parse_chinese() {
	cny, _ := money.Lookup("CNY")
	grammar := order.Grammar{Currency: cny, Country: "CN"}
	for _, text := range []string{"付8001一百二十八元五角", "付 8001 三块二毛五", "转 13800000002 两百五", "付8001三五块"} {
		o, refusal := grammar.Parse(text)
		if refusal != nil {
			fmt.Println("refused:", refusal.Reason, "-", refusal.Hint)
			continue
		}
		fmt.Println(o.Intent, o.To, cny.Format(o.Amount))
	}
	// Output:
	// pay 8001 128.50
	// pay 8001 3.25
	// send +8613800000002 250.00
	// refused: amount - 付 8001 金额
}

// A refusal repeats only what was typed, in the language of the text. If everything
// that the hint needs was typed, the subscriber can be asked whether it was meant.
func ExampleGrammar_Parse_refusal() {
	cny, _ := money.Lookup("CNY")
	grammar := order.Grammar{Currency: cny, Country: "CN"}
	for _, text := range []string{"PAY 25 8001", "PAY 8001", "PAY 8001 12.345", "PAY 8001 0", "PAY 8001 25 EUR", "wire 25 to Bob"} {
		_, refusal := grammar.Parse(text)
		fmt.Printf("%s: %s; %q, exact %v\n", text, refusal.Reason, refusal.Hint, refusal.Exact)
	}
	// Output:
	// PAY 25 8001: code; "PAY 8001 25", exact true
	// PAY 8001: amount; "PAY 8001 amount", exact false
	// PAY 8001 12.345: decimals; "PAY 8001 amount", exact false
	// PAY 8001 0: zero; "PAY 8001 amount", exact false
	// PAY 8001 25 EUR: currency; "PAY 8001 amount", exact false
	// wire 25 to Bob: unknown; "PAY shop-code amount", exact false
}

// A PIN never belongs in a text. One that looks like it holds a PIN is kept without
// its digits.
func ExampleRedact() {
	for _, text := range []string{"PAY 8001 128.50", "my pin is 482913", "482913", "密码 四八二九一三"} {
		if (order.Grammar{}).LooksLikePIN(text) {
			text = order.Redact(text)
		}
		fmt.Println(text)
	}
	// Output:
	// PAY 8001 128.50
	// my pin is ******
	// ******
	// 密码 ******
}

// An operator adds words of their own, in the form of words.toml. A word that has a meaning
// already is refused, with both its places.
func ExampleWords_WithOwn() {
	own, _ := sheet.Read("own.toml", "[pay]\nen = [\"lipa\"]\n[from.purse]\nen = [\"float\"]\n")
	words, err := order.Builtin().WithOwn(&own)
	cny, _ := money.Lookup("CNY")
	o, _ := order.Grammar{Currency: cny, Country: "CN", Words: words}.Parse("LIPA 8001 128.50 FLOAT")
	fmt.Println(o.Intent, o.To, cny.Format(o.Amount), o.Source, err)
	own, _ = sheet.Read("own.toml", "[pay]\nen = [\"yue\"]\n")
	_, err = order.Builtin().WithOwn(&own)
	before, _, _ := strings.Cut(err.Error(), " already")
	fmt.Println(before)
	// Output:
	// pay 8001 128.50 purse <nil>
	// own.toml:2: pay.en: "yue" is a word of balance
}
