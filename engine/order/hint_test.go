package order_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"golang.org/x/text/unicode/norm"

	"mpg/engine/order"
)

// The nearest form keeps what was typed, payee, amount and way of paying, and has
// words for the rest.
func TestHintIsTheNearestForm(t *testing.T) {
	t.Parallel()
	g := grammar(t)
	for _, tt := range []struct {
		text, hint string
		meant      order.Intent
		exact      bool
	}{
		{"hello", "PAY shop-code amount", "", false},
		{"你好", "付 商家编号 金额", "", false},
		{"登出", "付 商家编号 金额", "", false},
		{"", "PAY shop-code amount", "", false},
		{"here", "PAY shop-code amount", "", false},
		{"pya 8002 25", "PAY 8002 25", order.Pay, true},
		{"pya 8002", "PAY shop-code amount", order.Pay, false},
		{"pya 8002 25 lunch", "PAY 8002 25", order.Pay, false},
		{"PAY", "PAY shop-code amount", order.Pay, false},
		{"付", "付 商家编号 金额", order.Pay, false},
		{"PAY 8002", "PAY 8002 amount", order.Pay, false},
		{"付8002", "付 8002 金额", order.Pay, false},
		{"PAY 8002 5k", "PAY 8002 amount", order.Pay, false},
		{"PAY 8002 20k", "PAY 8002 amount", order.Pay, false},
		{"PAY 8002 ,89", "PAY 8002 amount", order.Pay, false},
		{"PAY 8002 12,50", "PAY 8002 amount", order.Pay, false},
		{"付8002三五元", "付 8002 金额", order.Pay, false},
		{"付8002 200元 三份", "付 8002 金额", order.Pay, false},
		{"PAY 8002 25 30", "PAY 8002 amount", order.Pay, false},
		{"PAY 8002 25 USD", "PAY 8002 amount", order.Pay, false},
		{"PAY 8002 45.60 stop", "PAY 8002 45.60", order.Pay, false},
		{"PAY 45.60", "PAY shop-code amount", order.Pay, false},
		{"PAY 25 8002", "PAY 8002 25", order.Pay, true},
		{"付25 8002", "付 8002 25", order.Pay, true},
		{"PAY 1500 RMB 8002", "PAY shop-code amount", order.Pay, false},
		{"PAY 8002 25 bank holiday", "PAY 8002 25 BANK", order.Pay, true},
		{"付8002 25元 生日 卡", "付 8002 25元 信用卡", order.Pay, true},
		{"付8002 貳拾圓 生日 卡", "付 8002 貳拾圓 信用卡", order.Pay, true},
		{"PAY 8002 25 purse for anna", "PAY 8002 25 PURSE", order.Pay, true},
		{"付8002 25 银行 午饭", "付 8002 25 银行", order.Pay, true},
		{"PAY 8002 25 visa", "PAY 8002 25 BANK/CARD/PURSE", order.Pay, false},
		{"PAY 8002 25 CASH", "PAY 8002 25 BANK/CARD/PURSE", order.Pay, false},
		{"PAY 8002 25 BANKK", "PAY 8002 25 BANK", order.Pay, true},
		{"ＰＡＹ ８００２ ２５ ＢＡＮＫＫ", "PAY 8002 25 BANK", order.Pay, true},
		{"PAY 8002 25 purce", "PAY 8002 25 PURSE", order.Pay, true},
		{"PAY 8002 25 BANK tomorrow", "PAY 8002 25 BANK", order.Pay, false},
		{"PAY 8002 25 BANKK tomorrow", "PAY 8002 25 BANK/CARD/PURSE", order.Pay, false},
		{"PAY 8002 25 bank or card", "PAY 8002 amount BANK/CARD/PURSE", order.Pay, false},
		{"PAY 8002 BANK", "PAY 8002 amount BANK", order.Pay, false},
		{"PAY 8002 5k debit card", "PAY 8002 amount BANK", order.Pay, false},
		{"pya 8002 25 bank", "PAY 8002 25 BANK", order.Pay, true},
		{"付8002 25 微信", "付 8002 25 银行/信用卡/钱包", order.Pay, false},
		{"付8002 25 银行行", "付 8002 25 银行", order.Pay, false},
		{"用银行付8002 5k", "付 8002 金额 银行", order.Pay, false},
		{"zf 8002 25 yinhan", "付 8002 25 银行", order.Pay, true},
		{"SEND 50 13900139000 CASH", "SEND 50 mobile-number BANK/PURSE", order.Send, false},
		{"SEND 50 13900139000 BANKK", "SEND 50 mobile-number BANK", order.Send, false},
		{"SEND 50 anna BANK", "SEND 50 mobile-number BANK", order.Send, false},
		{"转 50 妈妈 银行", "转 50 手机号 银行", order.Send, false},
		{"OUT 1000 CNY 8002", "OUT amount agent-code", order.Out, false},
		{"提现 1000 CNY 8002", "提现 金额 网点编号", order.Out, false},
		{"OUT 8002 100", "OUT 100 8002", order.Out, true},
		{"提现 8002 100", "提现 100 8002", order.Out, true},
		{"OUT 25 CARD", "OUT amount", order.Out, false},
		{"YES 3 ALWAYS", "YES 3", order.Yes, true},
		{"是 3 总是", "是 3", order.Yes, true},
		{"SEND", "SEND amount mobile-number", order.Send, false},
		{"转", "转 金额 手机号", order.Send, false},
		{"sned 50 13900139000", "SEND 50 mobile-number", order.Send, false},
		{"SEND 50 Anna", "SEND 50 mobile-number", order.Send, false},
		{"转50元给老王", "转 50元 手机号", order.Send, false},
		{"SEND 86 13900139000", "SEND 86 mobile-number", order.Send, false},
		{"转50给13900139000和13900139001", "转 50 手机号", order.Send, false},
		{"SEND 50 13900139000 20", "SEND amount mobile-number", order.Send, false},
		{"bals", "BAL", order.Balance, false},
		{"balence", "BAL", order.Balance, false},
		{"statment", "LAST", order.Last, false},
		{"helpp", "HELP", order.Help, false},
		{"yes 8001", "YES", order.Yes, false},
		{"ok", "YES", order.Yes, false},
		{"好的", "是", order.Yes, false},
		{"是 8001", "是", order.Yes, false},
		{"AGAIN 2 times", "AGAIN", order.Again, false},
		{"再拨 8001", "再拨", order.Again, false},
		{"LANG FR", "LANG EN, LANG ZH", order.Lang, false},
		{"语言 法语", "语言 ZH，语言 EN", order.Lang, false},
		{"余额 25", "余额", order.Balance, false},
		{"明细 三", "明细", order.Last, false},
		{"582193", "PAY shop-code amount", "", false},
		{"REFUND 7HQ3KX9D 582193", "REFUND reference amount", order.Refund, false},
		{"tk 582193", "退款 单号 金额", order.Refund, false},
		{"PAY 8002 25 582193", "PAY shop-code amount", order.Pay, false},
		{"OUT 25 8002 582193", "OUT amount", order.Out, false},
		{"YES 582193", "YES", order.Yes, false},
		{"PIN 582193", "PIN", order.PIN, false},
		{"密码582193", "付 商家编号 金额", "", false},
	} {
		_, refusal := g.Parse(tt.text)
		if refusal == nil || refusal.Hint != tt.hint || refusal.Meant != tt.meant || refusal.Exact != tt.exact {
			t.Errorf("%q: %+v, want %+v", tt.text, refusal, tt)
		}
	}
}

// Whoever texts an exact hint back is understood, in the same language, and
// pays what the hint says.
func TestExactHintsAreOrders(t *testing.T) {
	t.Parallel()
	exact := 0
	for country, code := range map[string]string{"CN": "CNY", "GB": "GBP", "KW": "KWD", "JP": "JPY", "US": "USD"} {
		g := order.Grammar{Currency: currency(t, code), Country: country}
		for _, text := range allTexts(t) {
			_, refusal := g.Parse(text)
			if refusal == nil || !refusal.Exact {
				continue
			}
			exact++
			o, again := g.Parse(refusal.Hint)
			if again != nil || o.Intent != refusal.Meant || o.To != refusal.To || o.Amount != refusal.Amount || o.Source != refusal.Source || o.Written != refusal.Written {
				t.Errorf("%s: %q has the hint %q, which is read as %s, %+v", country, text, refusal.Hint, written(o), again)
			}
		}
	}
	if exact < 50 {
		t.Errorf("only %d exact hints", exact)
	}
}

// A hint repeats what was typed and makes nothing up: it holds no digit that is
// not in the text, and no subscriber's number.
func TestHintsHoldOnlyWhatWasTyped(t *testing.T) {
	t.Parallel()
	g := grammar(t)
	runs := regexp.MustCompile(`[0-9]+`)
	for _, text := range allTexts(t) {
		_, refusal := g.Parse(text)
		if refusal == nil {
			continue
		}
		typed := runs.FindAllString(norm.NFKC.String(text), -1)
		for _, digits := range runs.FindAllString(refusal.Hint, -1) {
			if !slices.Contains(typed, digits) || len(digits) > 10 {
				t.Errorf("%q has the hint %q: %s was not typed", text, refusal.Hint, digits)
			}
		}
		if refusal.To != "" && !strings.Contains(norm.NFKC.String(text), refusal.To) {
			t.Errorf("%q: the payee %s was not typed", text, refusal.To)
		}
		if refusal.Amount != 0 && !slices.Contains(readings(g.Currency, norm.NFKC.String(text)), refusal.Amount) {
			t.Errorf("%q: the amount %d was not typed", text, refusal.Amount)
		}
	}
}

// allTexts returns the texts of all tables.
func allTexts(t *testing.T) []string {
	t.Helper()
	var texts []string
	for _, file := range tables {
		for _, r := range table(t, file, 1) {
			texts = append(texts, r.text)
		}
	}
	return texts
}

// TestTheNameOfARefusal is the one word that may be meant as somebody's name.
func TestTheNameOfARefusal(t *testing.T) {
	t.Parallel()
	g := grammar(t)
	for _, tt := range []struct{ text, name string }{
		{"SEND 50 mum", "mum"},
		{"send Mum 50", "mum"},
		{"SEND 50 to mum please", "mum"},
		{"SEND 50 mum BANK", "mum"},
		{"ＳＥＮＤ　５０　ＭＵＭ", "mum"},
		{"zz 50 laowang", "laowang"},
		{"转 50 妈妈", "妈妈"},
		{"转50元给老王", "老王"},
		{"转给老王50", "老王"},
		{"ASK 5 bro", "bro"},
		{"收款 5 弟弟", "弟弟"},
		{"SEND 50 mum dad", ""},
		{"SEND 50", ""},
		{"SEND 50 to my bank", ""},
		{"SEND 50 1390013900", ""},
		{"PAY 8002", ""},
	} {
		_, refusal := g.Parse(tt.text)
		if refusal == nil || refusal.Named() != tt.name {
			t.Errorf("%q names %q, want %q", tt.text, refusal.Named(), tt.name)
		}
	}
}
