package order_test

import (
	"strings"
	"testing"
	"unicode"

	"mpg/engine/order"
)

// mutants are what a slip of the thumb, another keyboard or the network may add to a text:
// symbols, digits, letters, Chinese characters, and characters that are not seen. Left out are
// 用, 卡 and 到, which alone name a way of paying or say who is paid: a text with one of them
// more says that.
const (
	mutantSigns   = " !\"#$%&'()*+-/:;<=>?@[\\]^_`{|}~¥￥€£。！？：；（）“”、《》…—·'\n\t☺❌💳"
	mutantLetters = "abcdefgiklmnoprstuwxyzABKSXäßébа\u0301"
	mutantHan     = "好的是我银行钱包不别停加减多起半几吗了付转餐花錢銀幣刀港美"
	mutantHidden  = "\u200b\u200c\u200d\u200e\u200f\u061c\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff\ufe0f\u00ad\ufffd\u0000"
	mutantNumbers = "0123456789.,，０５٣²½①零〇一二五十百千万亿两壹伍拾佰萬億元块圆塊角毛分点整"
)

// rows of orders that were read, with what they are.
type read struct {
	text string
	o    order.Order
}

// ordersOf returns the orders of all tables.
func ordersOf(t *testing.T, g order.Grammar) []read {
	t.Helper()
	var all []read
	for _, text := range allTexts(t) {
		if o, refusal := g.Parse(text); refusal == nil {
			all = append(all, read{text, o})
		}
	}
	if len(all) < 800 {
		t.Fatalf("only %d orders", len(all))
	}
	return all
}

func moves(o order.Order) bool { return o.Intent == order.Pay || o.Intent == order.Send }

// same reports whether a mutant that is an order pays what its original does,
// from the same money; what paid nothing pays nothing.
func same(g order.Grammar, r read, mutant string) (order.Order, bool) {
	o, refusal := g.Parse(mutant)
	if refusal != nil || !moves(o) {
		return o, true
	}
	return o, moves(r.o) && o.Intent == r.o.Intent && o.To == r.o.To && o.Amount == r.o.Amount && o.Source == r.o.Source
}

// sampled is how many mutants a place of a text has: all in all there are some
// hundred thousand. Each place takes other ones.
const sampled = 8

// sample returns the next part of a set.
func sample(set string, turn *int) []rune {
	all := []rune(set)
	part := make([]rune, 0, sampled)
	for range sampled {
		part = append(part, all[*turn%len(all)])
		*turn += len(all)/sampled | 1
	}
	*turn++
	return part
}

// One character more in a text: the order is the same, or there is none.
func TestOneCharacterMoreChangesNoOrder(t *testing.T) {
	t.Parallel()
	g := grammar(t)
	turn := 0
	for _, r := range ordersOf(t, g) {
		typed := []rune(r.text)
		for at := range len(typed) + 1 {
			for _, c := range sample(mutantSigns+mutantLetters+mutantHan+mutantHidden, &turn) {
				mutant := string(typed[:at]) + string(c) + string(typed[at:])
				if o, ok := same(g, r, mutant); !ok {
					t.Errorf("%q is read as %s, but %q as %s", r.text, written(r.o), mutant, written(o))
				}
			}
		}
	}
}

// One digit, numeral or unit more may make another amount of the one that is
// typed, and then it is that one; the way of paying stays.
func TestOneDigitMoreIsReadAsItIsTyped(t *testing.T) {
	t.Parallel()
	g := grammar(t)
	turn := 0
	for _, r := range ordersOf(t, g) {
		typed := []rune(r.text)
		for at := range len(typed) + 1 {
			for _, c := range sample(mutantNumbers, &turn) {
				mutant := string(typed[:at]) + string(c) + string(typed[at:])
				o, refusal := g.Parse(mutant)
				if refusal != nil || !moves(o) {
					continue
				}
				if !moves(r.o) || o.Source != r.o.Source || o.Intent != r.o.Intent || !saysAmount(mutant, o) || !holdsDigits(mutant, o.To) {
					t.Errorf("%q is read as %s, but %q as %s", r.text, written(r.o), mutant, written(o))
				}
			}
		}
	}
}

// nationalDigits are as many digits of a phone number as are always typed.
const nationalDigits = 8

// holdsDigits reports whether the digits of a payee are in a text, in their
// order.
func holdsDigits(text, to string) bool {
	digits := func(s string) string {
		return strings.Map(func(r rune) rune {
			if r = narrowed(r); r >= '0' && r <= '9' {
				return r
			}
			return -1
		}, s)
	}
	to = digits(to)
	return strings.Contains(digits(text), to[max(0, len(to)-nationalDigits):])
}

// A courtesy behind an order changes nothing of it.
func TestCourtesiesChangeNoOrder(t *testing.T) {
	t.Parallel()
	g := grammar(t)
	for _, r := range ordersOf(t, g) {
		for _, end := range []string{"thanks", " thanks", ", thanks!", " pls", " please", " thx", ". Thank you", "谢谢", " 谢谢", "，谢谢。", "謝謝", "多谢", "吧", "哦", "。", "！", "!", "!!", ".", "...", "~",
			" 🙏", "👍", "❤️", "😀", " :)", ";-)", "(thanks)", "【谢谢】", "\n", "\n谢谢", " ok", "？", "?"} {
			if o, ok := same(g, r, r.text+end); !ok || o.Intent != "" && moves(o) != moves(r.o) {
				t.Errorf("%q is read as %s, but with %q as %s", r.text, written(r.o), end, written(o))
			}
		}
		for _, start := range []string{"please ", "Hi, ", "pls ", "请", "請", "你好，", "麻烦", "麻煩", "帮我", "幫我", " ", "\n", "\u200b", "\ufeff", "“", "("} {
			if o, ok := same(g, r, start+r.text); !ok || o.Intent != "" && moves(o) != moves(r.o) {
				t.Errorf("%q is read as %s, but behind %q as %s", r.text, written(r.o), start, written(o))
			}
		}
	}
}

// In traditional characters an order is the same one.
func TestTraditionalOrdersAreTheSame(t *testing.T) {
	t.Parallel()
	g := grammar(t)
	traditional := make(map[rune]rune)
	pairs := []rune(order.Traditional)
	for i := 0; i < len(pairs); i += 2 {
		traditional[pairs[i+1]] = pairs[i]
	}
	changed := 0
	for _, r := range ordersOf(t, g) {
		mutant := strings.Map(func(c rune) rune {
			if c, ok := traditional[c]; ok {
				return c
			}
			return c
		}, r.text)
		if mutant == r.text {
			continue
		}
		changed++
		o, refusal := g.Parse(mutant)
		o.Memo, r.o.Memo = "", ""
		if refusal != nil || o != r.o {
			t.Errorf("%q is read as %s, but %q as %s, %+v", r.text, written(r.o), mutant, written(o), refusal)
		}
	}
	if changed < 200 {
		t.Errorf("only %d orders in Chinese", changed)
	}
}

// Every other character in full width, either way: the order is the same, or
// there is none.
func TestHalfWideOrdersAreTheSame(t *testing.T) {
	t.Parallel()
	g := grammar(t)
	for _, r := range ordersOf(t, g) {
		for _, odd := range []int{0, 1} {
			mutant := []rune(r.text)
			for i := odd; i < len(mutant); i += 2 {
				mutant[i] = []rune(wide(string(mutant[i])))[0]
			}
			if o, ok := same(g, r, string(mutant)); !ok {
				t.Errorf("%q is read as %s, but %q as %s", r.text, written(r.o), string(mutant), written(o))
			}
		}
	}
}

// Both characters of a pair have the same length: a memo is found in the text by
// its place.
func TestTraditionalPairsAreOfOneLength(t *testing.T) {
	t.Parallel()
	pairs := []rune(order.Traditional)
	seen := make(map[rune]bool)
	for i := 0; i+1 < len(pairs); i += 2 {
		if !unicode.Is(unicode.Han, pairs[i]) || len(string(pairs[i])) != len(string(pairs[i+1])) || seen[pairs[i]] || pairs[i] == pairs[i+1] {
			t.Errorf("pair %d, %c and %c", i/2, pairs[i], pairs[i+1])
		}
		seen[pairs[i]] = true
	}
	if len(pairs)%2 != 0 || len(pairs) < 600 {
		t.Errorf("%d characters", len(pairs))
	}
}
