package order_test

import (
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"mpg/engine/order"
	"mpg/store/money"
)

func TestPINsAreSeen(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		// Alone, in any form.
		"123456", "482913", "482 913", "48 29 13", "4 8 2 9 1 3", "4-8-2-9-1-3", "4.8.2.9.1.3", " 482913 ", "482913!", "(482913)",
		"４８２９１３", "４８２ ９１３", "٤٨٢٩١٣", "४८२९१३", "𝟒𝟖𝟐𝟗𝟏𝟑", "④⑧②⑨①③", "4\u200b82913", "四八二九一三", "四八二 九一三", "肆捌贰玖壹叁", "幺二三四五六",
		"4829", "48291", "4829131", "48291312",
		// Beside a word for it.
		"PIN 482913", "pin482913", "PIN: 482913", "ＰＩＮ　４８２９１３", "my pin is 482913", "PIN number 482913", "pin 4829", "PIN 四八二九一三", "pin=4 8 2 9 1 3",
		"password 482913", "passwd:482913", "pwd 482913", "密码482913", "密码是４８２９１３", "我的密码：四八二九一三", "密码 四八二 九一三", "口令482913", "mima482913", "mi pin 482913",
		"482913 is my pin", "4829 is my PIN", "482913是我的密码", "四八二九一三是密码", "改密482913", "GM 482913", "gaimi 482913",
		// In answer to a text of ours.
		"YES 482913", "482913 yes", "ok 482913", "OK 482 913", "是 482913", "NO 482913", "AGAIN 482913", "BAL 482913", "confirm 482913", "余额 482913", "here you are: 482913", "HELP 482913",
		// Beside an order.
		"PAY 8001 25 482913", "PAY 8001 25 482913.", "PAY 8001 25 lunch 482913", "PAY 8001 25 482913 lunch", "PAY 8001 482913 25", "482913 PAY 8001 25", "pay 8001 25, pin 482913",
		"PAY 8001 25 48 29 13", "PAY 8001 25 482-913", "PAY 8001 25 4 8 2 9 1 3", "PAY 8001 25 四八二九一三", "付8001 25元482913", "付8001 25元，密码482913", "付8001 25元 四八二九一三",
		"付8001一百元 482913 25", "给8001付25元 482913", "用银行付8001 25元 482913", "please pay 8001 25 482913", "PAY 8001 25 ４８２９１３",
		"SEND 50 13800138000 482913", "SEND 50 138 0013 8000 482913", "SEND 50 +86 13800138000 482913", "转50给13800138000 482913", "SEND 482913 50 13800138000",
		// Beside a refund, whose reference may have digits of its own.
		"REFUND 7HQ3KX9D 482913", "REFUND A482913B 482913", "REFUND A234567B 5 482913", "REFUND 482913", "TK 482913", "退款 7HQ3KX9D 四八二九一三", "REFUND 482913 7HQ3KX9D", "REFUND 7HQ3KX9D 482913元 is my pin", "REFUND 28 gm482913", "REFUND 482913 for 7HQ3KX9D",
		// Beside an order that needs no payee.
		"TOPUP 25 482913", "TOPUP 482913 25", "TOPUP 482913 is my pin", "TOPUP 48 29 13", "TOPUP 5 4 8 2 9 1 3", "充值 100 482913", "充值四八二九一三", "CZ 25 482 913",
		"OUT 25 8005 482913", "OUT 25 482 913", "OUT 48 29 13", "OUT 100 8005 4 8 2 9 1 3", "OUT 4829 is my pin", "OUT all 482913", "提现全部 482913", "OUT 482 913", "OUT 100 bank 482913", "TOPUP -482913", "TOPUP the purse 482913", "提现 100 8005 482913", "TX 482913是我的密码",
	} {
		if !(order.Grammar{}).LooksLikePIN(text) {
			t.Errorf("%q does not look like a PIN", text)
		}
	}
}

func TestOrdersAreNoPINs(t *testing.T) {
	t.Parallel()
	texts := []string{
		"", " ", "?", "BAL", "hello", "PAY 8001 100", "PAY 8001 128.50", "PAY 8001 128.50 table six", "PAY 8001 482913", "PAY 482913 8001", "PAY 800123 100000", "PAY 482913",
		"SEND 50 13800138000", "SEND 50 138 0013 8000", "SEND 50 13800 138000", "SEND 50 +86 138 0013 8000", "SEND 50 +44 7911 123456", "SEND 50 07911 123456", "SEND 50 7911 123456",
		"SEND 482913 13800138000", "SEND 20 +352 621 123 456", "SEND 50 202 555 0123", "SEND 50 06 12 34 56 78", "13800138000", "+86 138 0013 8000", "8001 128.50",
		"付8001一百二十八元五角", "付80012一百二十八元", "付8001 100000元零1分", "付8001 100000块5毛5", "转100000元5角给13800138000", "付800123一百二十八元五角六分", "付8001一百一十一万一千一百一十一元一角一分", "付8001五十五元五角五分", "付800123 25元", "转五百块给13800138000",
		"PAY 8001 25 shopping", "PAY 8001 25 pink roses", "付8001 25元 秘密", "PAY 8001 25 no 5", "LAST 3", "LANG EN", "PIN", "改密", "密码", "gm", "my pin is wrong", "YES", "STOP 8001", "12", "123",
		"REFUND A482913B", "REFUND A482913B 25", "退款 482913AB 25元", "tk 2345 6789 12.50", "REFUND 7HQ3KX9D 100000.00", "REFUND 7HQ3KX9D 100000元", "退款 7HQ3KX9D ￥100000", "REFUND 7HQ3KX9D CNY 100000 please",
		"TOPUP 100000", "充值100000", "充值 ￥100000", "CZ 482913", "OUT 100000", "提现 100000 8005", "OUT 8005 100000", "OUT 100 482913", "TX 482913",
	}
	for _, file := range []string{"en.txt", "zh.txt"} {
		for _, r := range table(t, file, 1) {
			texts = append(texts, r.text)
		}
	}
	for _, text := range texts {
		if grammar(t).LooksLikePIN(text) {
			t.Errorf("%q looks like a PIN", text)
		}
	}
}

// TestSixDigitsAreAnAmountWhereOneBelongs: whether an order is understood, and as what, does not
// depend on how many digits its amount has. Six more beside it are a PIN.
func TestSixDigitsAreAnAmountWhereOneBelongs(t *testing.T) {
	t.Parallel()
	g := grammar(t)
	for _, frame := range []string{
		"PAY 8001 %d", "PAY 8001 %d BANK", "付8001 %d", "ZF 8001 %d", "SEND %d 13800138000", "转 %d 13800138000", "zz 13800138000 %d", "ASK %d 13800138000", "收款 %d 13800138000",
		"IN %d 13800138000", "代充 %d 13800138000", "OUT %d 8005", "OUT 8005 ¥%d", "提现 %d 8005", "OUT %d", "OUT %d bank", "提现%d", "TX %d", "TOPUP %d", "TOPUP %d please", "充值%d", "CZ %d",
		"REFUND 7HQ3KX9D %d元", "退款 7HQ3KX9D ¥%d",
	} {
		few, whyNot := g.Parse(fmt.Sprintf(frame, 50))
		if whyNot != nil {
			t.Fatalf("%q with 50 is refused: %s", frame, whyNot.Reason)
		}
		t.Run(frame, rapid.MakeCheck(func(t *rapid.T) {
			digits := rapid.IntRange(100_000, 999_999).Draw(t, "digits")
			text := fmt.Sprintf(frame, digits)
			many, refusal := g.Parse(text)
			want := few
			want.Amount = money.Amount(digits) * 100
			if refusal != nil || many != want {
				t.Errorf("%q is read as %s, refused: %+v", text, written(many), refusal)
			}
			mayBeAgent := many.Intent == order.Out && many.To == "" // whose code has up to six digits
			if more := fmt.Sprintf("%s %d", text, digits); !mayBeAgent && !g.LooksLikePIN(more) {
				t.Errorf("%q does not look like a PIN", more)
			}
		}))
	}
}

func TestRedact(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ text, want string }{
		{"", ""},
		{"PIN 482913", "PIN ******"},
		{"４８２ ９１３", "*** ***"},
		{"密码四八二九一三", "密码******"},
		{"肆捌贰玖壹叁", "******"},
		{"幺二〇零", "****"},
		{"٤٨٢ ४८२ 𝟒 ④ Ⅳ ½ ²", "*** *** * * * * *"},
		{"㍙ ㋃ ㊁", "* * *"}, // a digit within one character
		{"PAY 8001 25 lunch", "PAY **** ** lunch"},
		{"Müller ☺ 花", "Müller ☺ 花"},
		{"4\xff8", "*\ufffd*"},
	} {
		if got := order.Redact(tt.text); got != tt.want {
			t.Errorf("Redact(%q) = %q, want %q", tt.text, got, tt.want)
		}
	}
}
