package lang

import (
	"bytes"
	"math"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"pgregory.net/rapid"

	"mpg/engine/codec"
	"mpg/store/money"
)

// gsm are the characters of the default alphabet, written out once more for the
// test; double are those that count twice. 3GPP TS 23.038 6.2.1.
const (
	gsm    = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
	double = "^{}\\[~]|€\f"
)

// segments counts what a text costs.
func segments(s string) int {
	n := 0
	for _, r := range s {
		switch {
		case strings.ContainsRune(gsm, r):
			n++
		case strings.ContainsRune(double, r):
			n += 2
		default:
			return (len(utf16.Encode([]rune(s))) + 69) / 70
		}
	}
	return (n + 159) / 160
}

// long are the longest real values.
func long(t testing.TB, l Lang) Args {
	big := money.Amount(99_999_999_99)
	a := Args{Ref: "WWWWWWWW", Of: "WWWWWWWW", Amount: big, Balance: big, Short: big, Limit: big, Figures: Figures{Left: big, Count: 999_999, Scheme: "mastercard", Last4: "0000"}, Currency: currency(t, "CNY"),
		Party: Party{Name: Name{EN: strings.Repeat("W", PartyRunesMaxEN), ZH: strings.Repeat("龍", PartyRunesMaxZH)}, Code: "800100"}, Code: "800100", At: time.Date(2026, 12, 28, 23, 59, 0, 0, time.UTC),
		Tries: 2, Minutes: 1440, Hint: "SEND 99999999.99 +8613800138000", Reason: "limit"}
	if l == ZH {
		a.Hint = "转 99999999.99 13800138000"
	}
	return a
}

// longOf are those of one text: beside a fee or another amount there is room for smaller ones.
func longOf(t testing.TB, l Lang, k Key) Args {
	a := long(t, l)
	if strings.HasSuffix(string(k), "-fee") {
		a.Amount, a.Balance, a.Fee = 99_999_99, 99_999_99, 999_99
	}
	if k.namesMore() {
		a.Amount, a.More = 99_999_99, 99_999_99
	}
	return a
}

func TestLongestTextsAreOneSegmentUncut(t *testing.T) {
	t.Parallel()
	texts := map[Lang]map[Key]string{EN: Builtin().en.sms, ZH: Builtin().zh.sms}
	for _, l := range []Lang{EN, ZH} {
		for k := range Builtin().en.sms {
			if k == LastItems {
				continue
			}
			for reason := range Builtin().en.reason {
				a := longOf(t, l, k)
				a.Reason = reason
				s, whole := SMS(l, k, a), filled(l, a, texts[l][k])
				if s == "" || segments(s) != 1 || s != whole {
					t.Errorf("%s %s: %d segments, cut: %v: %s", l, k, segments(s), s != whole, whole)
				}
				if n, ok := septets(s); l == EN && !ok {
					t.Errorf("%s: not in the GSM alphabet (%d): %s", k, n, s)
				}
			}
		}
	}
}

func TestAnyTextIsOneSegment(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		l := rapid.SampledFrom([]Lang{ZH, EN}).Draw(t, "lang")
		k := rapid.SampledFrom([]Key{PaidPurse, PaidBank, SentPurse, ReceivedPurse, PaidPurseFee, ReceivedPurseFee, CallSoonFee, TooLate, AskAgain, NotUnderstood, LineBusy, WrongPIN, Declined, LastItems}).Draw(t, "key")
		code := rapid.SampledFrom([]string{"CNY", "JPY", "KWD", "USD", "CLF"}).Draw(t, "currency")
		c, _ := money.Lookup(code)
		text := rapid.StringN(0, 60, 240)
		sum := rapid.Int64Range(math.MinInt64, math.MaxInt64)
		a := Args{Ref: "7K4QABCD", Amount: money.Amount(sum.Draw(t, "amount")), Balance: money.Amount(sum.Draw(t, "balance")), Figures: Figures{Fee: money.Amount(sum.Draw(t, "fee"))}, Currency: c,
			Party: Party{Name: Name{EN: text.Draw(t, "party")}, Code: rapid.SampledFrom([]string{"", "8001"}).Draw(t, "code"), Number: "+8613800000002"}, Hint: text.Draw(t, "hint"), At: time.Unix(0, 0).UTC(), Minutes: 5, Tries: 1}
		for range rapid.IntRange(0, 4).Draw(t, "items") {
			a.Items = append(a.Items, Item{Ref: "7K4QABCD", At: a.At, Amount: a.Amount, Party: a.Party})
		}
		if s := SMS(l, k, a); s == "" || segments(s) != 1 {
			t.Fatalf("%d segments: %q", segments(s), s)
		}
	})
}

func TestBothLanguagesHaveAll(t *testing.T) {
	t.Parallel()
	names := regexp.MustCompile(`\{[a-z-]+\}`)
	for k, en := range Builtin().en.sms {
		zh, ok := Builtin().zh.sms[k]
		if !ok {
			t.Errorf("%s: no Chinese text", k)
		}
		en, zh = strings.ReplaceAll(en, "{when}", "{at}"), strings.ReplaceAll(zh, "{when}", "{at}")
		for _, name := range []string{"{care}", "{why}", "{todo}", "{amount}", "{balance}", "{ref}", "{party}", "{at}", "{short}", "{fee}", "{limit}", "{minutes}"} {
			if strings.Contains(en, name) != strings.Contains(zh, name) {
				t.Errorf("%s: %s is in one language only", k, name)
			}
		}
	}
	if len(Builtin().en.sms) != len(Builtin().zh.sms) || len(Builtin().en.call) != len(Builtin().zh.call) {
		t.Error("one language has more texts")
	}
	for p, en := range Builtin().en.call {
		if got, want := names.FindAllString(strings.Join(Builtin().zh.call[p], ""), -1), names.FindAllString(strings.Join(en, ""), -1); !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %v in Chinese, %v in English", p, got, want)
		}
	}
	for what, maps := range map[string][2]map[string]string{"reason": {Builtin().en.reason, Builtin().zh.reason}, "remedy": {Builtin().en.remedy, Builtin().zh.remedy}, "why": {Builtin().en.why, Builtin().zh.why}} {
		for word := range maps[0] {
			if maps[1][word] == "" {
				t.Errorf("%s %q: no Chinese", what, word)
			}
		}
		if len(maps[0]) != len(maps[1]) {
			t.Errorf("%s: one language has more", what)
		}
	}
}

// Orders that mpg does not know must not be named, and links never.
func TestTextsNameOnlyWhatIsThere(t *testing.T) {
	t.Parallel()
	absent := regexp.MustCompile(`\b(REG|OFFERS|PROMO|JOIN|BLOCK|MORE|BILLS?)\b|http|www|充值码`)
	for _, texts := range []map[Key]string{Builtin().en.sms, Builtin().zh.sms} {
		for k, s := range texts {
			if bad := absent.FindString(s); bad != "" {
				t.Errorf("%s names %s", k, bad)
			}
		}
	}
}

func TestReceipts(t *testing.T) {
	t.Parallel()
	a := Args{Ref: "7K4QABCD", Amount: 12850, Balance: 37150, Currency: currency(t, "CNY"),
		Party: Party{Name: Name{EN: "BLUEBIRD FLORIST", ZH: "青鸟花店"}, Code: "8001"}, At: time.Date(2026, 11, 22, 14, 5, 0, 0, time.UTC)}
	check := func(l Lang, k Key, a Args, want string) {
		t.Helper()
		if got := SMS(l, k, a); got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
	check(EN, PaidPurse, a, "7K4QABCD: you paid CNY 128.50 to BLUEBIRD FLORIST from your purse on 22 Nov 14:05. Balance CNY 371.50.")
	check(ZH, PaidPurse, a, "已用钱包付给青鸟花店：128.50元，余额371.50元。单号7K4QABCD，11-22 14:05。")
	a.Party = Party{Number: "+8613800000002"}
	check(EN, SentPurse, a, "7K4QABCD: you sent CNY 128.50 to 138****0002 from your purse on 22 Nov 14:05. Balance CNY 371.50.")
	check(ZH, ReceivedPurse, a, "收到138****0002转来：128.50元，余额371.50元。单号7K4QABCD，11-22 14:05。")
	a.Party = Party{Name: Name{ZH: "青鸟花店"}, Code: "8001"} // a shop with no Latin name
	check(EN, PaidBank, a, "7K4QABCD: you paid CNY 128.50 to shop 8001 from your bank account on 22 Nov 14:05. This payment is final.")
}

// TestReceiptsNameTheFee, each side its own.
func TestReceiptsNameTheFee(t *testing.T) {
	t.Parallel()
	a := Args{Ref: "7K4QABCD", Amount: 12979, Figures: Figures{Fee: 129}, Balance: 37021, Currency: currency(t, "CNY"),
		Party: Party{Name: Name{EN: "BLUEBIRD FLORIST", ZH: "青鸟花店"}, Code: "8001"}, At: time.Date(2026, 11, 22, 14, 5, 0, 0, time.UTC)}
	for want, tt := range map[string]struct {
		l   Lang
		key Key
	}{
		"7K4QABCD: you paid CNY 129.79 to BLUEBIRD FLORIST from your purse on 22 Nov 14:05, including a fee of CNY 1.29. Balance CNY 370.21.": {EN, PaidPurse},
		"付给青鸟花店：129.79元（含手续费1.29元），余额370.21元。7K4QABCD，11-22 14:05":                                                                            {ZH, PaidPurse},
		"7K4QABCD: you received CNY 129.79 from BLUEBIRD FLORIST on 22 Nov 14:05, after a fee of CNY 1.29.":                                   {EN, ReceivedMerchant},
		"收到青鸟花店付款：129.79元（已扣手续费1.29元）。单号7K4QABCD，11-22 14:05。":                                                                                {ZH, ReceivedMerchant},
	} {
		if got := SMS(tt.l, tt.key.WithFee(a.Fee), a); got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
		if tt.key.WithFee(0) != tt.key || BalanceNow.WithFee(1) != BalanceNow {
			t.Errorf("%s: another text without a fee", tt.key)
		}
	}
	items := Args{Currency: a.Currency, Items: []Item{{Ref: "7K4QABCD", At: a.At, Amount: -12979, Fee: 129, Party: a.Party}}}
	for l, want := range map[Lang]string{
		EN: "Last: 22 Nov CNY -129.79 to BLUEBIRD FLORIST, fee CNY 1.29, 7K4QABCD",
		ZH: "最近：11-22 -129.79元，青鸟花店（手续费1.29元），7K4QABCD",
	} {
		if got := SMS(l, LastItems, items); got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
}

// TestTextsAboutPINsAndBanks: each says when, and whom to call.
func TestTextsAboutPINsAndBanks(t *testing.T) {
	t.Parallel()
	a := Args{Code: "8001", At: time.Date(2026, 11, 28, 9, 30, 0, 0, time.UTC)}
	for _, tt := range []struct {
		l    Lang
		key  Key
		want string
	}{
		{EN, PINReset, "Your PIN was reset. To choose a new one, text PIN and we'll call you. If you did not ask for this, reply NO or call 10086."},
		{EN, PINResetLater, "Your PIN was reset. From 28 Nov 09:30, text PIN to choose a new one. If you did not ask for this, reply NO or call 10086."},
		{EN, PINWait, "Your PIN was reset. You can choose a new one from 28 Nov 09:30: please text PIN then. If you did not ask for the reset, reply NO."},
		{ZH, PINResetLater, "支付密码已重置。11-28 09:30后发“改密”可设新密码。若非您要求，请回“否”或致电10086。"},
		{ZH, PINWait, "支付密码刚刚重置。11-28 09:30后发“改密”可设新密码。若非您要求，请回“否”。"},
		{EN, ShopBank, "Shop 8001: its money will go to another bank account from 28 Nov 09:30. If you did not ask for this, call 10086 at once."},
		{ZH, ShopBank, "商家8001的收款银行账户将于11-28 09:30更换。若非您要求，请立即致电10086。"},
	} {
		if got := (Operator{Care: "10086"}).SMS(tt.l, tt.key, a); got != tt.want {
			t.Errorf("got  %s\nwant %s", got, tt.want)
		}
	}
}

func TestLast(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 11, 22, 14, 5, 0, 0, time.UTC)
	a := Args{Currency: currency(t, "CNY"), Items: []Item{
		{Ref: "7K4QABCD", At: at, Amount: -12850, Party: Party{Name: Name{EN: "BLUEBIRD FLORIST"}, Code: "8001"}},
		{Ref: "7K4QABCE", At: at, Amount: 2000, Party: Party{Number: "+8613800000002"}},
		{Ref: "7K4QABCF", At: at, Amount: -4500, Party: Party{Name: Name{EN: "CITY PARKING"}, Code: "8002"}}}}
	for l, want := range map[Lang]string{
		EN: "Last: 22 Nov CNY -128.50 to BLUEBIRD FLORIST, 7K4QABCD; 22 Nov CNY +20.00 from 138****0002, 7K4QABCE; 22 Nov CNY -45.00 to CITY PARKING, 7K4QABCF",
		ZH: "最近：11-22 -128.50元，BLUEBI；11-22 +20.00元，*0002；11-22 -45.00元，CITY P",
	} {
		if got := SMS(l, LastItems, a); got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
	if got := SMS(EN, LastItems, Args{}); got != SMS(EN, LastNone, Args{}) {
		t.Errorf("of no items: %s", got)
	}
}

func TestMask(t *testing.T) {
	t.Parallel()
	for number, want := range map[string]string{
		"+8613800000002": "138****0002", "+14155550123": "+141****0123", "+4912345": "****2345", "123": "****3", "": "****", "+8610086": "****0086",
	} {
		if got := Mask(number); got != want {
			t.Errorf("%s: got %s, want %s", number, got, want)
		}
	}
}

func TestMaskName(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"Wang Fang": "Wang F…", "Wang": "W…", "W": "W…", "Li Lei Wu": "Li W…", "": "", "  ": "", "Li L": "Li L…",
		"王芳": "王*", "欧阳修": "欧阳*", "王": "王*", "王 芳": "王*", "émile": "É…", "Anna Żak": "Anna Ż…",
	} {
		if got := MaskName(name); got != want {
			t.Errorf("%q: got %q, want %q", name, got, want)
		}
	}
}

// A number is never printed whole, whatever the text.
func TestNumbersAreMasked(t *testing.T) {
	t.Parallel()
	for _, l := range []Lang{ZH, EN} {
		for k := range Builtin().en.sms {
			p := Party{Number: "+8613912345678"}
			a := Args{Party: p, Items: []Item{{Party: p, Amount: 1}}}
			if s := SMS(l, k, a); strings.Contains(s, "2345") {
				t.Errorf("%s: %s", k, s)
			}
		}
		if s := strings.Join(Voice(l, Details, Args{Party: Party{Number: "+8613912345678"}}), ""); !strings.Contains(s, digitGroups(l, "13912345678")) {
			t.Errorf("the payer's own typing is not spoken whole: %s", s)
		}
	}
}

func TestArgsSurviveTheOutbox(t *testing.T) {
	t.Parallel()
	a := long(t, EN)
	a.Items = []Item{{Ref: "7K4QABCD", At: a.At, Amount: -1, Party: Party{Number: "+8613800000002"}}}
	data, err := codec.Encode(a)
	if err != nil {
		t.Fatal(err)
	}
	var b Args
	if err := codec.Decode(data, &b); err != nil || !reflect.DeepEqual(a, b) {
		t.Errorf("got %+v, %v; want %+v", b, err, a)
	}
	if data, _ := codec.Encode(Args{}); !bytes.Equal(data, []byte{0xa0}) {
		t.Errorf("empty Args are %x", data)
	}
}

func TestHint(t *testing.T) {
	t.Parallel()
	cny := currency(t, "CNY")
	for _, row := range []struct {
		l    Lang
		a    Args
		want string
	}{
		{EN, Args{}, "We could not read this text, so it paid nothing. To pay: PAY shop-code amount. To stop a payment: NO. Text HELP for all."},
		{ZH, Args{}, "无法识别，这条短信没有付款。付款请发：付 商家编号 金额；不想付请回“否”；“帮助”看全部。"},
		{EN, Args{Reason: "amount", Meant: "pay", Code: "8002"}, "We could not read the amount, so this text paid nothing. To pay, text: PAY 8002 amount. HELP lists what you can text."},
		{ZH, Args{Reason: "amount", Meant: "pay", Code: "8002"}, "无法识别金额，这条短信没有付款。付款请发：付 8002 金额。发“帮助”看全部。"},
		{EN, Args{Reason: "code", Meant: "pay", Amount: 5000, Currency: cny}, "We could not find a shop code, so this text paid nothing. To pay, text: PAY shop-code 50.00. HELP lists what you can text."},
		{EN, Args{Reason: "code", Meant: "out", Hint: "OUT 100 8005"}, "We could not find an agent's code, so this text paid nothing. Did you mean: OUT 100 8005 ? HELP lists what you can text."},
		{ZH, Args{Reason: "code", Meant: "out", Hint: "提现 100 8005"}, "没有找到网点编号，这条短信没有付款。您是要发：提现 100 8005 吗？发“帮助”看全部。"},
		{EN, Args{Reason: "number", Meant: "send", Amount: 5000, Currency: cny}, "We could not find a mobile number to pay, so this text paid nothing. To send money, text: SEND 50.00 mobile-number. HELP lists what you can text."},
		{ZH, Args{Reason: "number", Meant: "send", Amount: 5000, Currency: cny}, "没有找到收款手机号，这条短信没有付款。转账请发：转 50.00 手机号。发“帮助”看全部。"},
		{EN, Args{Reason: "source", Meant: "pay", Hint: "PAY 8001 25.00 BANK"}, "We are not sure which account you mean, so this text paid nothing. Did you mean: PAY 8001 25.00 BANK ? HELP lists what you can text."},
		{EN, Args{Reason: "amount", Meant: "pay", Hint: "付 8001 25"}, "We could not read the amount, so this text paid nothing. To pay, text: PAY shop-code amount. HELP lists what you can text."}, // one character would halve the room
		{EN, Args{Reason: "source", Meant: "pay", Code: "8001", Source: "bank"}, "We are not sure which account you mean, so this text paid nothing. To pay, text: PAY 8001 amount BANK. HELP lists what you can text."},
		{EN, Args{Reason: "unknown", Meant: "balance", Hint: "BAL"}, "We could not read this text, so it paid nothing. Did you mean: BAL ? HELP lists what you can text."},
		{EN, Args{Reason: "zero", Meant: "refund"}, "The amount must be more than zero, so nothing was refunded. To refund a payment to your shop, text: REFUND reference amount"},
		{ZH, Args{Reason: "zero", Meant: "ask"}, "金额须大于零，没有发出收款请求。收款请发：收款 金额 手机号。发“帮助”看全部。"},
		{EN, Args{Reason: "language", Meant: "lang"}, "We do not speak that language. Text LANG EN or LANG ZH."},
		{ZH, Args{Reason: "no such reason"}, SMS(ZH, NotUnderstood, Args{})},
	} {
		if got := SMS(row.l, NotUnderstood, row.a); got != row.want {
			t.Errorf("got  %s\nwant %s", got, row.want)
		}
	}
}

func TestNamesInGSM(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"BLUEBIRD": "BLUEBIRD", "Café Zoë": "Café Zoe", "Škoda": "Skoda", "青鸟": "", "ＢＡＲ 花": "", "a\nb": "ab", "[x]": "x", "Łódź": "", "ΕΛΛΑΣ": "", "Кафе BAR": "", "Beyoğlu Ş.": "Beyoglu S.", "São João": "Sao Joao", "★ BAR ★": "BAR",
		"Đà Nẵng": "", "Ærø": "Ærø", "Straße": "Straße", "Iğdır": "", "№ 5": "No 5", "क्षेत्र": "",
	} {
		if got := toGSM(name); got != want {
			t.Errorf("%s: got %q, want %q", name, got, want)
		}
	}
}

func BenchmarkSMS(b *testing.B) {
	a := Args{Ref: "7K4QABCD", Amount: 12850, Balance: 37150, Currency: currency(b, "CNY"), Party: Party{Name: Name{EN: "BLUEBIRD FLORIST"}, Code: "8001"}, At: time.Unix(0, 0).UTC()}
	b.ReportAllocs()
	for b.Loop() {
		SMS(EN, PaidPurse, a)
	}
}

func TestSeptets(t *testing.T) {
	t.Parallel()
	for r := rune(0); r < 0x3000; r++ {
		want := 0
		if strings.ContainsRune(gsm, r) {
			want = 1
		} else if strings.ContainsRune(double, r) {
			want = 2
		}
		if got, ok := septets(string(r)); got != want || ok != (want > 0) {
			t.Errorf("%q: got %d %v, want %d", r, got, ok, want)
		}
	}
}

// TestWhysFit: whatever was not understood, the whole answer is one segment.
func TestWhysFit(t *testing.T) {
	t.Parallel()
	hints := map[Lang][]string{EN: {"", "PAY 800100 99999999.99 PURSE", "LANG EN, LANG ZH"}, ZH: {"", "付 800100 99999999.99 信用卡", "语言 ZH，语言 EN"}}
	for l, texts := range map[Lang]map[Key]string{EN: Builtin().en.sms, ZH: Builtin().zh.sms} {
		for why := range Builtin().en.why {
			for _, meant := range []string{"", "pay", "send", "lang", "balance"} {
				for _, hint := range hints[l] {
					a := Args{Reason: why, Meant: meant, Hint: hint, Code: "800100", Amount: 99_999_999_99, Currency: currency(t, "CNY"), Source: "bank"}
					s := SMS(l, NotUnderstood, a)
					if whole := filled(l, a, texts[NotUnderstood]); segments(s) != 1 || s != whole {
						t.Errorf("%s %q %q: %s", l, why, meant, whole)
					}
				}
			}
		}
	}
}

// BenchmarkReadBuiltin is what a process pays once for texts that are data.
func BenchmarkReadBuiltin(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		readBuiltin()
	}
}
