package lang

import (
	"strconv"
	"strings"
	"unicode"

	"mpg/store/money"
)

// wording fills the texts of one language with one set of values.
type wording struct {
	l      Lang
	book   *book
	a      Args
	name   string   // of a shop, cut to what is printed
	care   string   // number to call; empty: texts say "your operator"
	orders []string // of modules, in HELP
}

func (b *book) wording(language Lang, args Args) wording {
	w := wording{l: language, book: b, a: args}
	if args.Party.Code != "" {
		w.name = w.printable(args.Party.Name.In(language))
	}
	return w
}

// fill replaces each {name} of text.
func (w *wording) fill(text string) string { return expand(text, w.value) }

// expand replaces each {name} of text by its value in one pass: what is filled in is not
// looked at again.
func expand(text string, value func(name string) string) string {
	var b strings.Builder
	b.Grow(2 * len(text))
	for {
		before, rest, found := strings.Cut(text, "{")
		b.WriteString(before)
		if !found {
			return b.String()
		}
		name, after, _ := strings.Cut(rest, "}")
		b.WriteString(value(name))
		text = after
	}
}

// part returns a part, with value for the one {name} in it.
func (w *wording) part(name part, value string) string {
	return expand(w.book.part[name], func(string) string { return value })
}

// part2 returns a part with two values, the first of which replaces {first}.
func (w *wording) part2(name part, first, value, second string) string {
	return expand(w.book.part[name], func(asked string) string {
		if asked == first {
			return value
		}
		return second
	})
}

// value is what stands for a {name}.
func (w *wording) value(name string) string {
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
	case "spoken-of":
		return Ref(w.l, a.Of)
	case "spoken-bank":
		return Ref(w.l, a.Bank)
	case "spoken-customer":
		return w.part(partSpokenEnd, Ref(w.l, lastDigits(a.Party.Number)))
	}
	return w.remark(name)
}

// remark is what stands for the rest of the names.
func (w *wording) remark(name string) string {
	switch name {
	case "who":
		return w.who()
	case "items":
		return w.items()
	case "names":
		return nameWording{w}.names()
	case "left":
		return Price(w.l, w.a.Currency, w.a.Left)
	case "count":
		return strconv.Itoa(w.a.Count)
	case "fee":
		return Price(w.l, w.a.Currency, w.a.Fee)
	case "more":
		return Price(w.l, w.a.Currency, w.a.More)
	case "spoken-fee":
		return Amount(w.l, w.a.Currency, w.a.Fee)
	case "spoken-ordered":
		return Amount(w.l, w.a.Currency, w.a.Amount-w.a.Fee)
	case "tries":
		return w.tries()
	case "minutes":
		return w.minutes()
	case "care":
		return w.careNumber()
	case "why":
		return w.why()
	case "todo":
		return w.todo()
	case "reason":
		return or(w.book.reason, w.a.Reason, "refused")
	case "remedy":
		return w.fill(or(w.book.remedy, w.a.Reason, other))
	case "orders":
		return w.listed()
	case "card":
		return w.part2(partCard, "scheme", w.scheme(), w.a.Last4)
	case "spoken-card":
		return w.part2(partSpokenCard, "scheme", w.scheme(), Ref(w.l, w.a.Last4))
	case "cards":
		return w.a.Hint
	case "former":
		return nameWording{w}.former()
	}
	panic("lang: a text names {" + name + "}") // the tests fill every text
}

// printable brings a name into what a text of the language can carry.
func (w *wording) printable(name string) string {
	if w.l != ZH {
		return toGSM(name)
	}
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return -1
		}
		return r
	}, name))
}

// party returns the other side as texts show it: a shop's name, or its code if the
// text cannot carry the name; a person's masked number. It alone decides that.
func (w *wording) party() string {
	switch p := w.a.Party; {
	case w.name != "":
		return w.name
	case p.Code != "":
		return w.part(partShop, p.Code)
	case p.Number != "":
		return Mask(p.Number)
	case p.Own != "":
		return w.book.part[ofReader(w.a.Party.Own)]
	}
	return w.book.part[partPayee]
}

// ofReader returns the part that names the reader's own purse or bank account.
func ofReader(own Own) part {
	if own == OwnBank {
		return partOwnBank
	}
	return partOwnPurse
}

// who returns a person by masked number and as much of the name as Args have, or else what
// party does.
func (w *wording) who() string {
	p := w.a.Party
	if name := p.Name.In(w.l); p.Number != "" && name != "" {
		return w.part2(partWho, "number", Mask(p.Number), w.printable(name))
	}
	return w.party()
}

// items lists what waits for an answer, each by its number.
func (w *wording) items() string {
	told := make([]string, 0, len(w.a.Items))
	for _, item := range w.a.Items {
		one := w.book.wording(w.l, Args{Party: item.Party})
		told = append(told, expand(w.book.part[partItemWaits], func(name string) string {
			switch name {
			case "n":
				return item.Ref
			case "amount":
				return Price(w.l, w.a.Currency, item.Amount)
			}
			return one.party()
		}))
	}
	return strings.Join(told, w.book.part[partItemEnd])
}

// nameWording words the names that a subscriber has given to numbers.
type nameWording struct{ *wording }

// names lists what Items are called.
func (w nameWording) names() string {
	called := make([]string, 0, len(w.a.Items))
	for _, item := range w.a.Items {
		called = append(called, item.Ref)
	}
	return strings.Join(called, w.book.part[partItemEnd])
}

// former returns the number that a name stood for before.
func (w nameWording) former() string {
	for _, item := range w.a.Items {
		return Mask(item.Party.Number)
	}
	return w.book.part[partPayee]
}

// briefly returns the party in a few characters: the start of a name, or the end of
// a number.
func (w *wording) briefly() string {
	if w.a.Party.Own != "" {
		return w.book.part[ofReader(w.a.Party.Own)]
	}
	if w.a.Party.Number != "" {
		return "*" + lastDigits(w.a.Party.Number)
	}
	r := []rune(w.party())
	return string(r[:min(len(r), briefRunes)])
}

// toward joins an amount in LAST to the party that it went to or came from.
func (w *wording) toward(amount money.Amount, party string) string {
	if amount < 0 {
		return w.part(partItemTo, party)
	}
	return w.part(partItemFrom, party)
}

// byOperator names an entry in LAST that has no other party.
func (w *wording) byOperator(amount money.Amount) string {
	if amount < 0 {
		return w.book.part[partItemCorrection]
	}
	return w.book.part[partItemTopUp]
}

// deed names what money does on its way to a shop, or to a person.
func (w *wording) deed() string {
	if w.a.Party.Own != "" || w.a.Party.Code == "" && w.a.Party.Number != "" {
		return w.book.part[partDeedPerson]
	}
	return w.book.part[partDeedShop]
}

// spokenParty returns the other side as it is spoken: a shop by name and code; a
// person by as much of the name as tells the payer whether the number is right, and
// by all digits of the number, which the payer has typed.
func (w *wording) spokenParty() string {
	switch p := w.a.Party; {
	case p.Code != "" && p.Name != (Name{}):
		return w.part2(partSpokenShop, "name", p.Name.In(w.l), Ref(w.l, p.Code))
	case p.Code != "":
		return w.part(partShop, Ref(w.l, p.Code))
	case p.Number != "":
		number := w.part(partSpokenNumber, digitGroups(w.l, national(p.Number)))
		if name := maskedName(w.l, p.Name); name != "" {
			return w.part2(partSpokenPerson, "name", name, number)
		}
		return number
	case p.Own != "":
		return w.book.part[ofReader(w.a.Party.Own)]
	}
	return w.book.part[partPayee]
}

// at returns the time with the words that join it to what comes before.
func (w *wording) at() string {
	if w.a.At.IsZero() {
		return ""
	}
	return w.part(partAt, w.when())
}

func (w *wording) when() string {
	if w.a.At.IsZero() {
		return ""
	}
	return shortDate(w.l, w.a.At) + " " + Time(w.l, w.a.At)
}

// scheme names the scheme of a card.
func (w *wording) scheme() string {
	if name := w.book.part[partScheme+part(w.a.Scheme)]; name != "" {
		return name
	}
	return w.book.part[partScheme+other]
}

// careNumber names whom to call.
func (w *wording) careNumber() string {
	if w.care != "" {
		return w.care
	}
	return w.book.part[partOperator]
}

func (w *wording) tries() string {
	left := max(w.a.Tries, 0)
	count := strconv.Itoa(left)
	if w.l == ZH {
		count = zhNumber(int64(left))
	}
	if left == 1 {
		return w.part(partTry, count)
	}
	return w.part(partTries, count)
}

func (w *wording) minutes() string { return w.part(partMinutes, strconv.Itoa(max(w.a.Minutes, 1))) }

// listed returns the orders of modules as HELP lists them.
func (w *wording) listed() string {
	var b strings.Builder
	for _, order := range w.orders {
		b.WriteString(w.part(partOrder, order))
	}
	return b.String()
}

// why says why a text was not understood, in words for what was meant, if there are any.
func (w *wording) why() string {
	if text, ok := w.book.why[w.a.Reason+" "+w.a.Meant]; ok {
		return text
	}
	return or(w.book.why, w.a.Reason, other)
}

// todo says what to text instead of what was not understood. It names no amount and
// no payee that was not texted: a subscriber who replies as shown must not pay
// something they did not mean.
func (w *wording) todo() string {
	if _, ok := septets(w.a.Hint); w.a.Hint != "" && (ok || w.l == ZH) {
		return w.part(partMean, w.a.Hint)
	}
	amount, code := w.book.part[partAnyAmount], w.book.part[partAnyCode]
	if w.a.Amount > 0 {
		amount = w.a.Currency.Format(w.a.Amount)
	}
	if w.a.Code != "" {
		code = w.a.Code
	}
	switch {
	case w.a.Meant == "ask":
		return w.part(partTodoAsk, amount)
	case w.a.Meant == "send" && w.a.Source == "bank":
		return w.part(partTodoSendBank, amount)
	case w.a.Meant == "send" && w.a.Source == AnySource:
		return w.part(partTodoSendAny, amount)
	case w.a.Meant == "send":
		return w.part(partTodoSend, amount)
	case w.a.Meant == "pay" && w.a.Source == "bank":
		return w.part2(partTodoPayBank, "code", code, amount)
	case w.a.Meant == "pay" && w.a.Source == "card":
		return w.part2(partTodoPayCard, "code", code, amount)
	case w.a.Meant == "pay" && w.a.Source == AnySource:
		return w.part2(partTodoPayAny, "code", code, amount)
	case w.a.Meant == "pay":
		return w.part2(partTodoPay, "code", code, amount)
	}
	if form, ok := w.book.part[partTodoFor+part(w.a.Meant)]; ok {
		return form
	}
	return w.book.part[partTodo]
}
