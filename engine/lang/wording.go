package lang

import (
	"strconv"
	"strings"
	"unicode"

	"mpg/store/money"
)

// wording fills the texts of one language with one set of values.
type wording struct {
	l    Lang
	a    Args
	name string // of a shop, as much of it as is printed
	care string // number to call; empty: texts say "your operator"
}

func newWording(l Lang, a Args) wording {
	w := wording{l: l, a: a}
	if a.Party.Code != "" {
		w.name = w.printable(a.Party.Name.In(l))
	}
	return w
}

// fill replaces each {name} of text in one pass: what is filled in is not
// looked at again.
func (w wording) fill(text string) string {
	var b strings.Builder
	b.Grow(2 * len(text))
	for {
		before, rest, found := strings.Cut(text, "{")
		b.WriteString(before)
		if !found {
			return b.String()
		}
		name, after, _ := strings.Cut(rest, "}")
		b.WriteString(w.value(name))
		text = after
	}
}

// value is what stands for a {name}.
func (w wording) value(name string) string {
	a := &w.a
	switch name {
	case "ref":
		return a.Ref
	case "of":
		return a.Of
	case "code":
		return a.Code
	case "amount":
		return Price(w.l, a.Currency, a.Amount)
	case "balance":
		return Price(w.l, a.Currency, a.Balance)
	case "short":
		return Price(w.l, a.Currency, a.Short)
	case "limit":
		return Price(w.l, a.Currency, a.Limit)
	case "party":
		return w.party()
	case "at":
		return w.at()
	case "when":
		return w.when()
	case "deed":
		return w.deed()
	case "spoken-amount":
		return Amount(w.l, a.Currency, a.Amount)
	case "spoken-party":
		return w.spokenParty()
	}
	return w.remark(name)
}

// remark is what stands for the rest of the names.
func (w wording) remark(name string) string {
	switch name {
	case "tries":
		return w.tries()
	case "minutes":
		return w.minutes()
	case "care":
		return w.careNumber()
	case "why":
		return or(w.pick(whysEN, whysZH), w.a.Reason, "")
	case "todo":
		return w.todo()
	case "reason":
		return or(w.pick(reasonsEN, reasonsZH), w.a.Reason, "refused")
	case "remedy":
		return w.fill(or(w.pick(remediesEN, remediesZH), w.a.Reason, ""))
	}
	panic("lang: a text names {" + name + "}") // the tests fill every text
}

func (w wording) pick(en, zh map[string]string) map[string]string {
	if w.l == ZH {
		return zh
	}
	return en
}

func or(words map[string]string, key, other string) string {
	if s, ok := words[key]; ok {
		return s
	}
	return words[other]
}

// say is zh or en.
func (w wording) say(zh, en string) string {
	if w.l == ZH {
		return zh
	}
	return en
}

// printable brings a name into what a text of the language can carry.
func (w wording) printable(s string) string {
	if w.l != ZH {
		return toGSM(s)
	}
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return -1
		}
		return r
	}, s))
}

// party returns the other side as texts show it: a shop's name, or its code if the
// text cannot carry the name; a person's masked number.
func (w wording) party() string {
	switch p := w.a.Party; {
	case w.name != "":
		return w.name
	case p.Code != "":
		return w.say("商家", "shop ") + p.Code
	case p.Number != "":
		return Mask(p.Number)
	}
	return w.say("对方", "the payee")
}

// toward joins an amount of LAST to the party that it went to or came from.
func (w wording) toward(amount money.Amount) string {
	if amount < 0 {
		return w.say("，", " to ")
	}
	return w.say("，", " from ")
}

// byOperator names an entry of LAST that has no other party.
func (w wording) byOperator(amount money.Amount) string {
	if amount < 0 {
		return w.say("更正", "correction")
	}
	return w.say("充值", "top-up")
}

// briefly returns the party in a few characters: the start of a name, or the end of
// a number.
func (w wording) briefly() string {
	if w.a.Party.Number != "" {
		return "*" + lastDigits(w.a.Party.Number)
	}
	r := []rune(w.party())
	return string(r[:min(len(r), briefRunes)])
}

// deed names what money does on its way to a shop, or to a person.
func (w wording) deed() string {
	if w.a.Party.Code == "" && w.a.Party.Number != "" {
		return w.say("转账", "Payment")
	}
	return w.say("付款", "Payment")
}

// spokenParty returns the other side as it is spoken: a shop by name and code; a
// person by as much of the name as tells the payer whether the number is right, and
// by all digits of the number, which the payer has typed.
func (w wording) spokenParty() string {
	switch p := w.a.Party; {
	case p.Code != "" && p.Name != (Name{}):
		return p.Name.In(w.l) + w.say("，商家", ", shop ") + Ref(w.l, p.Code)
	case p.Code != "":
		return w.say("商家", "shop ") + Ref(w.l, p.Code)
	case p.Number != "":
		number := w.say("手机号", "mobile number ") + digitGroups(w.l, national(p.Number))
		if name := maskedName(w.l, p.Name); name != "" {
			return name + w.say("，", ", ") + number
		}
		return number
	}
	return w.say("对方", "the payee")
}

// at returns the time with the words that join it to what comes before.
func (w wording) at() string {
	if w.a.At.IsZero() {
		return ""
	}
	return w.say("，", " on ") + w.when()
}

func (w wording) when() string {
	if w.a.At.IsZero() {
		return ""
	}
	return shortDate(w.l, w.a.At) + " " + Time(w.l, w.a.At)
}

// careNumber names whom to call.
func (w wording) careNumber() string {
	if w.care != "" {
		return w.care
	}
	return w.say("运营商", "your operator")
}

func (w wording) tries() string {
	n := max(w.a.Tries, 0)
	if w.l == ZH {
		return zhNumber(int64(n)) + "次"
	}
	if n == 1 {
		return "1 try"
	}
	return strconv.Itoa(n) + " tries"
}

func (w wording) minutes() string {
	if w.a.Minutes < 1 {
		return w.say("1分钟", "1 min")
	}
	return strconv.Itoa(w.a.Minutes) + w.say("分钟", " min")
}

// todo says what to text instead of what was not understood. It names no amount and
// no payee that was not texted: a subscriber who replies as shown must not pay
// something they did not mean.
func (w wording) todo() string {
	if _, ok := septets(w.a.Hint); w.a.Hint != "" && (ok || w.l == ZH) {
		return w.say("您是要发：", "Did you mean: ") + w.a.Hint + w.say(" 吗？发“帮助”看全部。", " ? HELP lists what you can text.")
	}
	amount, code := w.say("金额", "amount"), w.say("商家编号", "shop-code")
	if w.a.Amount > 0 {
		amount = w.a.Currency.Format(w.a.Amount)
	}
	switch w.a.Meant {
	case "pay", "send": // below
	case "lang":
		return w.say("请发：语言 ZH 或 语言 EN", "Text LANG EN or LANG ZH.")
	default:
		return w.say("付款请发：付 商家编号 金额；不想付请回“否”；“帮助”看全部。",
			"To pay: PAY shop-code amount. To stop a payment: NO. Text HELP for all.")
	}
	if w.a.Meant == "send" {
		return w.say("转账请发：转 "+amount+" 手机号。发“帮助”看全部。", "To send money, text: SEND "+amount+" mobile-number. HELP lists what you can text.")
	}
	if w.a.Code != "" {
		code = w.a.Code
	}
	if w.a.Source == "bank" {
		amount += w.say(" 银行", " BANK")
	}
	return w.say("付款请发：付 "+code+" "+amount+"。发“帮助”看全部。", "To pay, text: PAY "+code+" "+amount+". HELP lists what you can text.")
}
