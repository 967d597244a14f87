package order_test

import (
	"testing"

	"mpg/engine/order"
)

// The nearest form keeps what was read: payee, amount and way of paying.
func TestHintIsTheNearestForm(t *testing.T) {
	t.Parallel()
	g := grammar(t)
	for _, tt := range []struct{ text, hint string }{
		{"hello", "PAY 8001 128.50"},
		{"你好", "付 8001 128.50"},
		{"", "PAY 8001 128.50"},
		{"pya 8001 25", "PAY 8001 128.50"},
		{"PAY", "PAY 8001 128.50"},
		{"付", "付 8001 128.50"},
		{"PAY 8002", "PAY 8002 128.50"},
		{"付8002", "付 8002 128.50"},
		{"PAY 8002 5k", "PAY 8002 128.50"},
		{"付8002三五元", "付 8002 128.50"},
		{"PAY 25 8002", "PAY 8002 25.00"},
		{"付25 8002", "付 8002 25.00"},
		{"PAY 1500 RMB 8002", "PAY 8001 128.50"},
		{"PAY 8002 25 bank holiday", "PAY 8002 25.00 BANK"},
		{"付8002 25元 生日 卡", "付 8002 25.00 信用卡"},
		{"PAY 8002 25 purse for anna", "PAY 8002 25.00 PURSE"},
		{"付8002 25 银行 午饭", "付 8002 25.00 银行"},
		{"SEND", "SEND 128.50 13800138000"},
		{"转", "转 128.50 13800138000"},
		{"sned 50 13900139000", "SEND 128.50 13800138000"},
		{"SEND 86 13900139000", "SEND 86.00 13800138000"},
		{"转50给13900139000和13900139001", "转 128.50 13800138000"},
		{"SEND 50 13900139000 20", "SEND 50.00 13800138000"},
		{"bals", "BAL"},
		{"balence", "BAL"},
		{"statment", "LAST"},
		{"helpp", "HELP"},
		{"yes 8001", "YES"},
		{"是 8001", "是"},
		{"NO 8001", "NO"},
		{"AGAIN 2 times", "AGAIN"},
		{"再拨 8001", "再拨"},
		{"LANG FR", "LANG EN"},
		{"语言 法语", "语言 ZH"},
		{"余额 25", "余额"},
		{"明细 三", "明细"},
		{"582193", "PAY 8001 128.50"},
		{"密码582193", "付 8001 128.50"},
	} {
		_, refusal := g.Parse(tt.text)
		if refusal == nil || refusal.Hint != tt.hint {
			t.Errorf("%q: %+v, want the hint %q", tt.text, refusal, tt.hint)
		}
	}
}

// Whoever texts the hint back is understood, in the same language, and pays
// what the hint says.
func TestHintsAreOrders(t *testing.T) {
	t.Parallel()
	for country, code := range map[string]string{"CN": "CNY", "GB": "GBP", "KW": "KWD", "JP": "JPY", "US": "USD"} {
		g := order.Grammar{Currency: currency(t, code), Country: country}
		for _, r := range append(table(t, "refused.txt", 200), table(t, "en.txt", 1)...) {
			_, refusal := g.Parse(r.text)
			if refusal == nil {
				continue
			}
			o, again := g.Parse(refusal.Hint)
			if again != nil || refusal.Written != "" && o.Written != refusal.Written {
				t.Errorf("%s: %q has the hint %q, which is read as %s, %+v", country, r.text, refusal.Hint, written(o), again)
			}
		}
	}
}
