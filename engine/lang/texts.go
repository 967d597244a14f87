package lang

import (
	_ "embed" // for the built-in texts
	"maps"
	"strings"
	"sync"

	"mpg/engine/sheet"
)

//go:embed texts_en.toml
var textsEN string

//go:embed texts_zh.toml
var textsZH string

// Sample returns the built-in texts as a file for Texts.With, which would change nothing.
func Sample() string { return textsEN + "\n" + textsZH }

// Texts holds everything that is said, in each language. A value never changes, so that
// calls that have begun can go on with it while others already use the next.
type Texts struct{ en, zh *book }

// book holds the texts of one language.
type book struct {
	sms    map[Key]string
	call   map[Prompt][]string
	reason map[string]string // by Args.Reason
	remedy map[string]string // by Args.Reason; other: for all that are not listed
	why    map[string]string // by order.Reason; other: for all that are not listed
	part   map[part]string
	orders []string // the orders of modules, for HELP
}

// other is the name of the text for all reasons that are not listed.
const other = "other"

// part names a piece that several texts share.
type part string

// The parts.
const (
	partShop           part = "shop"
	partPayee          part = "payee"
	partOperator       part = "operator"
	partAt             part = "at"
	partMinutes        part = "minutes"
	partTry            part = "try"
	partTries          part = "tries"
	partAnyAmount      part = "any-amount"
	partAnyCode        part = "any-code"
	partMean           part = "mean"
	partTodo           part = "todo"
	partTodoPay        part = "todo-pay"
	partTodoPayBank    part = "todo-pay-bank"
	partTodoSend       part = "todo-send"
	partTodoAsk        part = "todo-ask"
	partTodoPayAny     part = "todo-pay-any"
	partTodoSendBank   part = "todo-send-bank"
	partTodoSendAny    part = "todo-send-any"
	partTodoFor        part = "todo-" // and an intent, if the form needs no value
	partWho            part = "who"
	partItemWaits      part = "item-waits"
	partOrder          part = "order"
	partItemTo         part = "item-to"
	partItemFrom       part = "item-from"
	partItemTopUp      part = "item-top-up"
	partItemCorrection part = "item-correction"
	partItemFee        part = "item-fee"
	partItemRef        part = "item-ref"
	partItemEnd        part = "item-end"
	partSpokenShop     part = "spoken-shop"
	partSpokenPerson   part = "spoken-person"
	partSpokenNumber   part = "spoken-number"
	partSpokenEnd      part = "spoken-end"
	partDeedShop       part = "deed-shop"
	partDeedPerson     part = "deed-person"
	partOwnPurse       part = "own-purse"
	partOwnBank        part = "own-bank"
	partTodoPayCard    part = "todo-pay-card"
	partCard           part = "card"
	partSpokenCard     part = "spoken-card"
	partScheme         part = "scheme-" // and the name of the scheme
)

// Builtin returns the texts that mpg comes with. They are read at the first call.
func Builtin() *Texts { return builtin() }

var builtin = sync.OnceValue(readBuiltin)

// readBuiltin reads the embedded files, which the tests prove to be right.
func readBuiltin() *Texts {
	texts := &Texts{en: newBook(), zh: newBook()}
	for file, text := range map[string]string{"texts_en.toml": textsEN, "texts_zh.toml": textsZH} {
		s, err := sheet.Read(file, text)
		if err != nil {
			panic(err)
		}
		for i := range s.Entries {
			e := &s.Entries[i]
			language, table, _ := strings.Cut(e.Table, ".")
			texts.in(Lang(language)).put(table, e)
		}
	}
	return texts
}

func newBook() *book {
	return &book{sms: make(map[Key]string), call: make(map[Prompt][]string), reason: make(map[string]string),
		remedy: make(map[string]string), why: make(map[string]string), part: make(map[part]string)}
}

// in returns the book of a language.
func (t *Texts) in(language Lang) *book {
	if language == ZH {
		return t.zh
	}
	return t.en
}

// put adds an entry of one of the tables.
func (b *book) put(table string, entry *sheet.Entry) {
	switch table {
	case "sms":
		b.sms[Key(entry.Name)] = entry.Text()
	case "call":
		b.call[Prompt(entry.Name)] = entry.Texts
	case "reason":
		b.reason[entry.Name] = entry.Text()
	case "remedy":
		b.remedy[entry.Name] = entry.Text()
	case "why":
		b.why[reasonOf(entry.Name)] = entry.Text()
	case "part":
		b.part[part(entry.Name)] = entry.Text()
	}
}

// reasonOf returns the reason that a name in the table why stands for: names in a sheet
// have no spaces.
func reasonOf(name string) string { return strings.ReplaceAll(name, "-", " ") }

// get returns the texts of one of the tables under a name, or nothing.
func (b *book) get(table, name string) []string {
	text, ok := "", false
	switch table {
	case "sms":
		text, ok = b.sms[Key(name)]
	case "call":
		return b.call[Prompt(name)]
	case "reason":
		text, ok = b.reason[name]
	case "remedy":
		text, ok = b.remedy[name]
	case "why":
		text, ok = b.why[reasonOf(name)]
	case "part":
		text, ok = b.part[part(name)]
	}
	if !ok {
		return nil
	}
	return []string{text}
}

// clone returns a book that may be changed.
func (b *book) clone() *book {
	return &book{sms: maps.Clone(b.sms), call: maps.Clone(b.call), reason: maps.Clone(b.reason), remedy: maps.Clone(b.remedy),
		why: maps.Clone(b.why), part: maps.Clone(b.part), orders: b.orders}
}

// WithOrders returns the texts with the orders of modules in HELP, as they are typed in
// each language.
func (t *Texts) WithOrders(orders map[Lang][]string) *Texts {
	en, zh := t.en.clone(), t.zh.clone()
	en.orders, zh.orders = orders[EN], orders[ZH]
	return &Texts{en: en, zh: zh}
}

// or returns the text under key, or the one under instead.
func or(texts map[string]string, key, instead string) string {
	if text, ok := texts[key]; ok {
		return text
	}
	return texts[instead]
}
