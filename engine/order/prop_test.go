package order_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"mpg/engine/lang"
	"mpg/engine/order"
	"mpg/store/money"
)

// anyAmount draws amounts of all lengths alike, many of them round.
func anyAmount(t *rapid.T, below money.Amount) money.Amount {
	size := rapid.SampledFrom([]money.Amount{100, 10_000, 1_000_000, 100_000_000, 10_000_000_000, money.Max}).Draw(t, "size")
	a := money.Amount(rapid.Int64Range(1, int64(min(size, below))).Draw(t, "amount"))
	if round := rapid.SampledFrom([]money.Amount{1, 10, 100, 1000, 100_000, 1_000_000}).Draw(t, "round"); a > round {
		a -= a % round
	}
	return a
}

// forms are the ways to write an amount of fen.
func forms(c money.Currency, a money.Amount) []string {
	plain := c.Format(a)
	said := lang.Amount(lang.ZH, c, a)
	all := []string{plain, plain + "元", plain + " 元", "¥" + plain, "¥ " + plain, "RMB" + plain, plain + "RMB", plain + " yuan", "人民币" + plain,
		grouped(plain), grouped(plain) + "元", "¥" + grouped(plain), said, strings.ReplaceAll(said, "元", "块"), financial.Replace(said), inDigits(a, "元", "角"), inDigits(a, "块", "毛")}
	if short := strings.TrimSuffix(plain, "0"); strings.HasSuffix(short, ".0") {
		all = append(all, strings.TrimSuffix(short, ".0"), strings.TrimSuffix(short, ".0")+"块钱")
	} else {
		all = append(all, short, short+"块")
	}
	if whole, ok := strings.CutSuffix(said, "元"); ok {
		all = append(all, whole, whole+"块钱", whole+"元整")
	}
	return all
}

// grouped puts a comma before every three digits of the whole.
func grouped(plain string) string {
	whole, decimals, _ := strings.Cut(plain, ".")
	for i := len(whole) - 3; i > 0; i -= 3 {
		whole = whole[:i] + "," + whole[i:]
	}
	return whole + "." + decimals
}

var financial = strings.NewReplacer("两", "贰", "一", "壹", "二", "贰", "三", "叁", "四", "肆", "五", "伍", "六", "陆", "七", "柒", "八", "捌", "九", "玖",
	"十", "拾", "百", "佰", "千", "仟", "万", "萬", "亿", "億", "元", "圆")

// inDigits is 128元5角3分; what is nothing is left out.
func inDigits(a money.Amount, yuan, jiao string) string {
	var b strings.Builder
	if a >= 100 {
		fmt.Fprintf(&b, "%d%s", a/100, yuan)
	}
	switch j, f := a/10%10, a%10; {
	case j > 0 && f > 0:
		fmt.Fprintf(&b, "%d%s%d分", j, jiao, f)
	case j > 0:
		fmt.Fprintf(&b, "%d%s", j, jiao)
	case f > 0 && a >= 100:
		fmt.Fprintf(&b, "零%d分", f)
	case f > 0:
		fmt.Fprintf(&b, "%d分", f)
	}
	return b.String()
}

// wide is a text in full-width characters.
func wide(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == ' ':
			return '\u3000'
		case r > ' ' && r <= '~':
			return r - '!' + '！'
		}
		return r
	}, s)
}

// ordered is an order of an amount in any form.
func ordered(t *rapid.T, c money.Currency, frames []string, below money.Amount) (string, money.Amount) {
	a := anyAmount(t, below)
	text := fmt.Sprintf(rapid.SampledFrom(frames).Draw(t, "order"), rapid.SampledFrom(forms(c, a)).Draw(t, "form"))
	switch rapid.IntRange(0, 3).Draw(t, "shape") {
	case 0:
		text = wide(text)
	case 1:
		text = strings.ToLower(text)
	}
	return text, a
}

var (
	payFrames = []string{"PAY 8001 %s", "PAY 8001 %s BANK", "PAY 8001 %s for lunch", "PAY %s to 8001", "付8001 %s", "付8001：%s", "付%s给8001", "支付%s到8001",
		"给8001付%s", "zf 8001 %s", "付8001 %s 用银行", "please pay 8001 %s, thanks"}
	sendFrames = []string{"SEND %s 13800138000", "SEND %s to +86 138 0013 8000", "SEND 13800138000 %s", "转%s给13800138000", "转给13800138000 %s", "zz %s 13800138000 rent", "给13800138000转%s"}
)

// sendMax is where an amount in plain digits may be a phone number, and sendCode
// the one that may be a country's code: SEND 86 13800138000 is refused.
const (
	sendMax  = 100_000_000
	sendCode = 86_00
)

func TestAmountsAreReadInAnyForm(t *testing.T) {
	t.Parallel()
	g := grammar(t)
	for _, tt := range []struct {
		intent order.Intent
		to     string
		frames []string
		below  money.Amount
	}{{order.Pay, "8001", payFrames, money.Max}, {order.Send, "+8613800138000", sendFrames, sendMax}} {
		t.Run(string(tt.intent), rapid.MakeCheck(func(t *rapid.T) {
			text, a := ordered(t, g.Currency, tt.frames, tt.below)
			if tt.intent == order.Send && a == sendCode {
				t.Skip("it may be a country's code")
			}
			o, refusal := g.Parse(text)
			if refusal != nil {
				t.Fatalf("%q is refused for %q", text, refusal.Reason)
			}
			if o.Intent != tt.intent || o.To != tt.to || o.Amount != a {
				t.Fatalf("%q is read as %s, want %d", text, written(o), a)
			}
		}))
	}
}

// One character is wrong: an order is refused, or is what it says now.
func TestMistypedAmountsAreNotMisread(t *testing.T) {
	t.Parallel()
	g := grammar(t)
	signs := []rune("0123456789０９.,，。、' -+/:;%xXkKwWoOlIeEsS$￥¥€元块角毛分万千百十两零〇一二五半多点几个号折\u200b\u202e\u00a0²½①٣")
	rapid.Check(t, func(t *rapid.T) {
		text, _ := ordered(t, g.Currency, slices.Concat(payFrames, sendFrames), sendMax)
		typed := []rune(text)
		at := rapid.IntRange(0, len(typed)-1).Draw(t, "at")
		sign := rapid.SampledFrom(signs).Draw(t, "sign")
		switch rapid.IntRange(0, 3).Draw(t, "mistake") {
		case 0:
			typed[at] = sign
		case 1:
			typed = slices.Insert(typed, at, sign)
		case 2:
			typed = slices.Delete(typed, at, at+1)
		case 3:
			typed[at], typed[len(typed)-1] = typed[len(typed)-1], typed[at]
		}
		mistyped := string(typed)
		o, refusal := g.Parse(mistyped)
		if refusal == nil && o.Amount != 0 && !saysAmount(mistyped, o) {
			t.Fatalf("%q is read as %s: not among %v", mistyped, written(o), readings(g.Currency, mistyped))
		}
	})
}
