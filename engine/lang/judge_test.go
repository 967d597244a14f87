package lang

import (
	"errors"
	"regexp"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"mpg/engine/sheet"
)

func read(t testing.TB, text string) *sheet.Sheet {
	t.Helper()
	s, err := sheet.Read("own.toml", text)
	if err != nil {
		t.Fatal(err)
	}
	return &s
}

// TestTheBuiltInTextsAreRight: they obey the rules for an operator's texts, and those of
// one language match those of the other.
func TestTheBuiltInTextsAreRight(t *testing.T) {
	t.Parallel()
	s := read(t, Sample())
	texts, err := Builtin().With(s)
	if err != nil {
		t.Fatal(err)
	}
	if len(s.Entries) < 300 {
		t.Errorf("only %d entries", len(s.Entries))
	}
	for l, other := range map[Lang]Lang{EN: ZH, ZH: EN} {
		for i := range s.Entries {
			e := &s.Entries[i]
			language, table, _ := strings.Cut(e.Table, ".")
			if Lang(language) == l && texts.in(other).get(table, e.Name) == nil {
				t.Errorf("%s:%d: %s is in one language only", s.File, e.Line, e.Key())
			}
		}
		for k := range classes {
			if texts.in(l).sms[k] == "" {
				t.Errorf("no text %s.sms.%s", l, k)
			}
		}
		if len(texts.in(l).sms) != len(classes) {
			t.Errorf("%s: %d texts, %d classes", l, len(texts.in(l).sms), len(classes))
		}
	}
}

// TestOneIsNoPlural: no text in English puts a number before a noun that would be wrong of one.
func TestOneIsNoPlural(t *testing.T) {
	t.Parallel()
	counted := regexp.MustCompile(`\{(count|n)\} [a-z]{2,}(es|[^sa]s)\b`)
	for key, text := range Builtin().en.sms {
		if found := counted.FindString(text); found != "" {
			t.Errorf("%s: %q", key, found)
		}
	}
	for tries, want := range map[int]string{1: "1 try", 2: "2 tries"} {
		if text := SMS(EN, WrongPIN, Args{Tries: tries}); !strings.Contains(text, want) {
			t.Errorf("%q lacks %q", text, want)
		}
	}
}

func TestOwnTexts(t *testing.T) {
	t.Parallel()
	own := read(t, `[en.sms]
balance = "{balance} in your purse{at}."
last = "Recent: "
[zh.sms]
balance = "余额{balance}{at}。"
[en.call]
bye = ["Nothing was taken.", "Good day."]
[en.part]
shop = "store {code}"
item-end = " / "
operator = "customer care"
[en.why]
two-numbers = "Too many numbers"
[en.reason]
funds = "no money there"
`)
	texts, err := Builtin().With(own)
	if err != nil {
		t.Fatal(err)
	}
	o := Operator{Texts: texts}
	cny := currency(t, "CNY")
	a := Args{Balance: 4250, Currency: cny, Reason: "two numbers", Items: []Item{{Amount: -100, Party: Party{Code: "8001"}}, {Amount: 200, Party: Party{}}}}
	for k, want := range map[Key]string{
		BalanceNow:    "CNY 42.50 in your purse.",
		LastItems:     "Recent: CNY -1.00 to store 8001 / CNY +2.00, top-up",
		NotUnderstood: "Too many numbers. To pay: PAY shop-code amount. To stop a payment: NO. Text HELP for all.",
		PINUnchanged:  SMS(EN, PINUnchanged, a),
		Locked:        "Your PIN is locked after too many wrong tries. Nothing was taken. Please call customer care to unlock it.",
	} {
		if got := o.SMS(EN, k, a); got != want {
			t.Errorf("%s: got %q, want %q", k, got, want)
		}
	}
	if got := o.SMS(ZH, BalanceNow, a); got != "余额42.50元。" {
		t.Error(got)
	}
	if got := strings.Join(texts.Voice(EN, Bye, Args{}), "|"); got != "Nothing was taken.|Good day." {
		t.Error(got)
	}
	if got := strings.Join(texts.Fixed(EN), "|"); !strings.Contains(got, "|Good day.|") || !strings.Contains(got, "no money there") {
		t.Error(got)
	}
	if SMS(EN, BalanceNow, a) != "Your purse holds CNY 42.50." {
		t.Error("the built-in texts were changed")
	}
}

// TestWhatIsWrongWithOwnTexts: each is told with its line, and what would help.
func TestWhatIsWrongWithOwnTexts(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"[en.sms]\nbalanc = \"x\"":                                                                  "own.toml:2: en.sms.balanc: mpg has no such text; mpg conf sample --texts",
		"[fr.sms]\nbalance = \"{balance}\"":                                                         "own.toml:2: fr.sms.balance: mpg has no such text",
		"[en.text]\nbalance = \"{balance}\"":                                                        "mpg has no such text",
		"[en]\nbalance = \"{balance}\"":                                                             "own.toml:2: en.balance: mpg has no such text",
		"[en.sms]\nbalance = \"You have money.\"":                                                   "own.toml:2: en.sms.balance: lacks {balance}",
		"[en.sms]\n\nbalance = \"{balance}.\"":                                                      "own.toml:3: en.sms.balance: lacks {at}",
		"[en.sms]\nbalance = \"{balance}, {when}, {amount}.\"":                                      "has no value for {amount}",
		"[en.sms]\nbalance = \"{balance}{at} {Care}.\"":                                             "an unmatched brace",
		"[en.sms]\nbalance = \"{balance}{at} {.\"":                                                  "an unmatched brace",
		"[en.sms]\nbalance = \"\"":                                                                  "is empty",
		"[en.sms]\nbalance = [\"{balance}\", \"{at}\"]":                                             "want one text",
		"[en.call]\nbye = \"Bye.\"":                                                                 "own.toml:2: en.call.bye: want a list of sentences",
		"[en.call]\nbye = []":                                                                       "want a list of sentences",
		"[en.call]\nbye = [\"Bye.\",\n  \" \"]":                                                     "own.toml:3: en.call.bye: is empty",
		"[en.call]\ndetails = [\"{deed}.\", \"To {spoken-party}.\"]":                                "lacks {spoken-amount}",
		"[en.call]\nbye = [\"Call {care}.\"]":                                                       "has no value for {care}",
		"[en.sms]\nover-day = \"At most{limit} a day.\"":                                            "{limit} touches",
		"[en.sms]\nover-day = \"At most {limit}a day.\"":                                            "{limit} touches",
		"[en.sms]\nstopped = \"{ref}: {amount}{party} was stopped.\"":                               "{party} touches",
		"[en.part]\nat = \"{when}\"":                                                                "must begin with a space",
		"[en.sms]\nover-day = \"" + strings.Repeat("long ", 32) + "{limit}.\"":                      "characters of the GSM alphabet, and one segment has 160,",
		"[en.sms]\nover-day = \"" + strings.Repeat("long ", 12) + "“{limit}”\"":                     "only 70, because \"“\" is not in the GSM alphabet",
		"[zh.sms]\nover-day = \"" + strings.Repeat("长", 70) + "{limit}\"":                           "and one segment has 70, with the longest values",
		"[en.part]\noperator = \"the friendly people of the shop where you bought it\"":             "own.toml:2: en.part.operator: makes en.sms.",
		"[en.part]\nminutes = \"{n} long and patient minutes\"":                                     "own.toml:2: en.part.minutes: makes en.sms.bank-away too long",
		"[en.text]\nx = \"y\"\n[en.part]\nnone = \"z\"\nminutes = \"{n} long and patient minutes\"": "own.toml:5: en.part.minutes: makes",
		"[en.why]\namount = \"" + strings.Repeat("long ", 20) + "\"":                                "en.why.amount: makes en.sms.not-understood too long",
	} {
		_, err := Builtin().With(read(t, text))
		var all sheet.Mistakes
		if !errors.As(err, &all) || !strings.Contains(err.Error(), want) {
			t.Errorf("%s:\ngot  %v\nwant %s", text, err, want)
		}
	}
}

// TestWhatIsTakenFitsAndSaysIt: whatever an operator writes is refused, or is sent whole
// in one segment with the longest values in it.
func TestWhatIsTakenFitsAndSaysIt(t *testing.T) {
	t.Parallel()
	between := rapid.SampledFrom([]string{": ", ", ", " was paid to ", "。", "“", "a", "", "{", "{care}", "{at}", " long words that fill the room ", "，那么长的话", "."})
	taken := 0
	rapid.Check(t, func(t *rapid.T) {
		text := ""
		for _, name := range rapid.Permutation([]string{"{ref}", "{amount}", "{party}"}).Draw(t, "names") {
			text += between.Draw(t, "before") + name + between.Draw(t, "behind")
		}
		l := rapid.SampledFrom([]Lang{EN, ZH}).Draw(t, "language")
		own := &sheet.Sheet{File: "own", Entries: []sheet.Entry{{Table: string(l) + ".sms", Name: "stopped", Texts: []string{text}, Lines: []int{1}, Line: 1}}}
		texts, err := Builtin().With(own)
		if err != nil {
			return
		}
		taken++
		o := Operator{Care: strings.Repeat("1", CareMax), Texts: texts}
		for _, a := range texts.in(l).longestArgs(l, Stopped) {
			s := o.SMS(l, Stopped, a)
			if segments(s) != 1 || !strings.Contains(s, Price(l, a.Currency, a.Amount)) || !strings.Contains(s, a.Ref) || !strings.Contains(s, a.Party.Name.In(l)) {
				t.Fatalf("%q is sent as %q", text, s)
			}
		}
	})
	if taken == 0 {
		t.Error("nothing was taken")
	}
}

// TestHelpListsTheOrdersOfModules: as many as there is room for, with the brief HELP rather
// than without one of them, always in one segment.
func TestHelpListsTheOrdersOfModules(t *testing.T) {
	t.Parallel()
	three := map[Lang][]string{EN: {"POINTS", "SAVE amount", "BILL number"}, ZH: {"积分", "存钱 金额", "缴费 单号"}}
	for _, tt := range []struct {
		orders map[Lang][]string
		l      Lang
		want   string
	}{
		{nil, EN, "PAY code amount; add BANK to pay from your bank. SEND amount mobile. BAL. LAST. NO stops a payment. AGAIN: new call. PIN. LANG ZH. HELP 2. Never text your PIN."},
		{map[Lang][]string{EN: {"POINTS"}}, EN, "PAY code amount BANK. SEND amount mobile. BAL. LAST. NO. AGAIN. PIN. LANG ZH. POINTS. Never text your PIN."},
		{three, EN, "PAY code amount BANK. SEND amount mobile. BAL. LAST. NO. AGAIN. PIN. LANG ZH. POINTS. SAVE amount. BILL number. Never text your PIN."},
		{nil, ZH, "付款：付 商家编号 金额（加“银行”走银行）；转账：转 金额 手机号；余额；明细；取消：否；重拨：再拨；帮助 2；改密。切勿发密码"},
		{three, ZH, "付 商家编号 金额（加“银行”）；转 金额 手机号；余额；明细；否；再拨；积分；存钱 金额；缴费 单号；改密。切勿发密码"},
	} {
		if got := (Operator{Texts: Builtin().WithOrders(tt.orders)}).SMS(tt.l, HelpText, Args{}); got != tt.want || segments(got) != 1 {
			t.Errorf("got  %s\nwant %s", got, tt.want)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		orders := rapid.SliceOfN(rapid.SampledFrom([]string{"POINTS", "SAVE amount", "BILL company number amount", "积分", "FINE number", "SHOP CARD", "兑换 礼品编号"}), 0, 12).Draw(t, "orders")
		l := rapid.SampledFrom([]Lang{EN, ZH}).Draw(t, "language")
		o := Operator{Care: "10086", Service: Name{EN: "SKYPAY", ZH: "天付"}, Texts: Builtin().WithOrders(map[Lang][]string{l: orders})}
		s := o.SMS(l, HelpText, Args{})
		if segments(s) != 1 || !strings.Contains(s, map[Lang]string{EN: "Never text your PIN.", ZH: "切勿发密码"}[l]) {
			t.Fatalf("%d segments: %s", segments(s), s)
		}
	})
}
