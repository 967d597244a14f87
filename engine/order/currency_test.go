package order_test

import (
	"testing"

	"mpg/engine/order"
)

// Other operators count in another currency and write numbers of another
// country.
func TestOrdersOfOtherCountries(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ country, currency, text, want string }{
		{"GB", "GBP", "PAY 8001 128.50", "pay to=8001 amount=128.50"},
		{"GB", "GBP", "PAY 8001 £128.50", "pay to=8001 amount=128.50"},
		{"GB", "GBP", "PAY 8001 1,234.50 GBP", "pay to=8001 amount=1234.50"},
		{"GB", "GBP", "PAY 8001 25 pounds", "pay to=8001 amount=25.00"},
		{"GB", "GBP", "PAY £25 to 8001 flowers", "pay to=8001 amount=25.00 memo=flowers"},
		{"GB", "GBP", "付8001一百二十八英镑", "pay to=8001 amount=128.00"},
		{"GB", "GBP", "SEND 50 07911 123456", "send to=+447911123456 amount=50.00"},
		{"GB", "GBP", "SEND 50 07911123456 rent", "send to=+447911123456 amount=50.00 memo=rent"},
		{"GB", "GBP", "SEND £50 to +44 7911 123456", "send to=+447911123456 amount=50.00"},
		{"GB", "GBP", "SEND 50 13800138000", "number"},
		{"GB", "GBP", "PAY 8001 25p", "amount"},
		{"GB", "GBP", "PAY 8001 25 pence", "amount"},
		{"GB", "GBP", "PAY 8001 ¥25", "currency"},
		{"GB", "GBP", "PAY 8001 25元", "currency"},
		{"GB", "GBP", "付8001 128块5", "currency"},
		{"GB", "GBP", "PAY 8001 $25", "currency"},
		{"GB", "GBP", "PAY 8001 25 quid", "currency"},
		{"GB", "GBP", "PAY 8001 25.505", "decimals"},

		{"KE", "KES", "PAY 8001 KSH 50", "pay to=8001 amount=50.00"},
		{"KE", "KES", "SEND ksh 50 to 0712 345 678", "send to=+254712345678 amount=50.00"},
		{"KE", "KES", "SEND 50 0109 345 678", "send to=+254109345678 amount=50.00"},
		{"KE", "KES", "SEND 50 020 2345678", "number"},
		{"KE", "KES", "PAY 8001 50 naira", "currency"},
		{"NG", "NGN", "PAY 8001 ₦50", "pay to=8001 amount=50.00"},
		{"NG", "NGN", "PAY 8001 50 naira for rice", "pay to=8001 amount=50.00 memo=\"for rice\""},
		{"NG", "NGN", "SEND 50 0803 123 4567", "send to=+2348031234567 amount=50.00"},
		{"IN", "INR", "PAY 8001 ₹50", "pay to=8001 amount=50.00"},
		{"IN", "INR", "SEND ₹50 98765 43210", "send to=+919876543210 amount=50.00"},
		{"IN", "INR", "PAY 8001 1 lakh", "amount"},
		{"PH", "PHP", "PAY 8001 ₱50", "pay to=8001 amount=50.00"},
		{"PH", "PHP", "SEND 50 0917 123 4567", "send to=+639171234567 amount=50.00"},
		{"US", "USD", "SEND $50 (202) 555-0123", "send to=+12025550123 amount=50.00"},
		{"US", "USD", "PAY 8001 50 bucks", "currency"},
		{"DE", "EUR", "PAY 8001 50 €", "pay to=8001 amount=50.00"},
		{"DE", "EUR", "PAY 8001 50,00 €", "amount"},
		{"DE", "EUR", "SEND 50 0151 12345678", "send to=+4915112345678 amount=50.00"},

		{"KW", "KWD", "PAY 8001 1.234", "pay to=8001 amount=1.234"},
		{"KW", "KWD", "PAY 8001 5", "pay to=8001 amount=5.000"},
		{"KW", "KWD", "PAY 8001 5.5 KWD", "pay to=8001 amount=5.500"},
		{"KW", "KWD", "PAY 8001 KWD 5.5", "pay to=8001 amount=5.500"},
		{"KW", "KWD", "PAY KWD1500 to 8001", "pay to=8001 amount=1500.000"},
		{"KW", "KWD", "PAY 8001 1,234.500", "pay to=8001 amount=1234.500"},
		{"KW", "KWD", "PAY 8001 1,234,567", "pay to=8001 amount=1234567.000"},
		{"KW", "KWD", "SEND 5.250 50012345", "send to=+96550012345 amount=5.250"},
		{"KW", "KWD", "SEND 5 to +965 5001 2345", "send to=+96550012345 amount=5.000"},
		{"KW", "KWD", "PAY 8001 1,234", "amount"}, // 1.234 or 1234
		{"KW", "KWD", "PAY 8001 1.2345", "decimals"},
		{"KW", "KWD", "PAY 8001 5 BHD", "currency"},
		{"KW", "KWD", "PAY 8001 9999999999999", "range"},

		{"JP", "JPY", "PAY 8001 500", "pay to=8001 amount=500"},
		{"JP", "JPY", "PAY 8001 ¥500", "pay to=8001 amount=500"},
		{"JP", "JPY", "PAY 8001 ￥1,500", "pay to=8001 amount=1500"},
		{"JP", "JPY", "PAY 8001 500円", "pay to=8001 amount=500"},
		{"JP", "JPY", "PAY 8001 500 yen", "pay to=8001 amount=500"},
		{"JP", "JPY", "PAY 8001 JPY 500", "pay to=8001 amount=500"},
		{"JP", "JPY", "付8001一千五百日元", "pay to=8001 amount=1500"},
		{"JP", "JPY", "付8001 3万", "pay to=8001 amount=30000"},
		{"JP", "JPY", "SEND 500 090-1234-5678", "send to=+819012345678 amount=500"},
		{"JP", "JPY", "PAY 8001 500.5", "decimals"},
		{"JP", "JPY", "PAY 8001 500.00", "decimals"},
		{"JP", "JPY", "PAY 8001 500元", "currency"},
		{"JP", "JPY", "PAY 8001 500 rmb", "currency"},
		{"JP", "JPY", "PAY 8001 0", "zero"},

		{"US", "USD", "PAY 8001 $1,234.50", "pay to=8001 amount=1234.50"},
		{"US", "USD", "PAY 8001 25 dollars", "pay to=8001 amount=25.00"},
		{"US", "USD", "SEND $50 to (202) 555-0123", "send to=+12025550123 amount=50.00"},
		{"US", "USD", "SEND 50 202 555 0123", "send to=+12025550123 amount=50.00"},
		{"US", "USD", "PAY 8001 25 cents", "amount"},
		{"US", "USD", "PAY 8001 HK$25", "currency"},
		{"US", "USD", "PAY 8001 25 bucks", "currency"}, // refused everywhere: not only of USD
	} {
		g := order.Grammar{Currency: currency(t, tt.currency), Country: tt.country}
		o, refusal := g.Parse(tt.text)
		got := written(o)
		if refusal != nil {
			got = string(refusal.Reason)
		}
		if got != tt.want {
			t.Errorf("%s: %q is %s, want %s", tt.country, tt.text, got, tt.want)
		}
	}
}
