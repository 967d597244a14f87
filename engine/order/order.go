// Package order reads what a subscriber texts: one short message, one Order or
// a Refusal with the nearest form. It never guesses: where an amount, a payee
// or a way of paying has two readings, the text is refused.
//
// grammar.go is the way in and fold.go what is done to every text first, with the
// characters of traditional.go. words.toml has the words that begin orders, in English, 中文
// and pinyin codes, and those for ways of paying: words.go finds them, and adding.go adds
// those of modules and operators, in the same form. units.go has the words of money;
// scan.go finds amounts, numbers.go mobile numbers; pay.go, send.go, own.go, ask.go, name.go,
// refund.go and simple.go read the intents, address.go the addresses that name a payee,
// takeback.go the texts that stop a payment or the offers. memo.go reads what
// follows an amount, and split.go divides that into words; source.go finds the way of
// paying in it, and judge.go, judge_en.go and judge_zh.go refuse whatever else may change
// the order. hint.go makes the correct form nearest to what was typed; secret.go finds a
// PIN in a text, among the numbers that tokens.go finds, before anything else sees it.
// testdata holds orders as people write them: a new form is a row there first, and a text
// that must not be read is one in refused.txt or doubtful.txt.
//
// The package is pure; it imports engine/lang (which reads Chinese numerals), engine/phone
// (which knows ranges of numbers), engine/sheet (the form of words.toml), store/money,
// golang.org/x/text to fold what may hide a PIN, and github.com/nyaruka/phonenumbers to
// know a mobile number.
package order

import (
	"encoding/json"

	"mpg/engine/lang"
	"mpg/store/money"
)

// Intent is what a text orders.
type Intent string

// The intents.
const (
	Pay     Intent = "pay"
	Send    Intent = "send"
	Balance Intent = "balance"
	Last    Intent = "last"
	Help    Intent = "help"
	Yes     Intent = "yes"
	No      Intent = "no"
	Again   Intent = "again"
	Lang    Intent = "lang"
	Stop    Intent = "stop"
	Start   Intent = "start"
	PIN     Intent = "pin"
	Refund  Intent = "refund"
	TopUp   Intent = "topup"   // from one's bank account into the purse
	Out     Intent = "out"     // out of the purse: to one's bank account, or for cash at an agent
	In      Intent = "in"      // an agent takes cash for somebody's purse
	Receive Intent = "receive" // where what others send goes
	Ask     Intent = "ask"     // another person to send money
	AskOff  Intent = "ask-off" // no such requests, please
	AskOn   Intent = "ask-on"
	Name    Intent = "name" // keep a number under a name
	Names   Intent = "names"
	Unname  Intent = "unname"
)

// Source is where the money comes from; empty: not said.
type Source string

// The sources.
const (
	FromPurse Source = "purse"
	FromBank  Source = "bank"
	FromCard  Source = "card"
)

// Topic is what HELP is asked about.
type Topic string

// The topics.
const (
	AboutMore  Topic = "2"
	AboutPay   Topic = "pay"
	AboutSend  Topic = "send"
	AboutPurse Topic = "purse"
	AboutShop  Topic = "shop"
	AboutBank  Topic = "bank"
	AboutCard  Topic = "card"
	AboutAsk   Topic = "ask"
	AboutName  Topic = "name"
	AboutTake  Topic = "receive"
	AboutPIN   Topic = "pin"
	AboutStop  Topic = "stop"
)

// MemoRunesMax is the longest memo that is kept.
const MemoRunesMax = 40

// Order is a text that was understood. Fields that its Intent does not need are
// zero.
type Order struct {
	Intent   Intent
	To       string // merchant code, or E.164
	Amount   money.Amount
	Currency money.Currency
	Source   Source
	Card     string // what the sender calls the card; empty: not said
	Memo     string
	Ref      string    // REFUND: of the payment, in capitals, as it was typed
	Count    int       // LAST n; 0: not said
	Item     int       // YES n, NO n: the number of a request for money, or 0 of a question; see HasItem
	HasItem  bool      // whether a number was said
	Always   bool      // NO n ALWAYS: no more from the same person
	Name     string    // NAME, UNNAME: in lower case
	Language lang.Lang // that LANG chooses
	Topic    Topic     // of HELP; empty: all in short
	Rest     string    // of a module's intent: what follows its word, folded and in lower case
	Refund   bool      // of No: REFUND without a reference, which a shop may have meant as an order
	Cancel   bool      // CANCEL, END, QUIT, REVOKE alone: No with an open order, else Stop
	Written  lang.Lang // the text's own language; empty: it shows none
}

// Reason says why a text is no order.
type Reason string

// The reasons.
const (
	Unknown      Reason = "unknown"     // no keyword
	BadCode      Reason = "code"        // no merchant code where one belongs
	BadNumber    Reason = "number"      // no mobile number where one belongs
	BadAmount    Reason = "amount"      // none, or one with two readings
	ZeroAmount   Reason = "zero"        // nothing
	TooFine      Reason = "decimals"    // more than the currency has
	TooLarge     Reason = "range"       // more than a payment may be
	OtherMoney   Reason = "currency"    // a unit of another currency
	TwoNumbers   Reason = "two numbers" // a number more than the order needs
	BadSource    Reason = "source"      // a way of paying that may be a memo
	BadReference Reason = "reference"   // no reference of a payment where one belongs
	BadName      Reason = "name"        // no name, or one that has another meaning
	BadLanguage  Reason = "language"    // not one that is spoken
	NoLanguage   Reason = "no language" // LANG alone
	TooMuch      Reason = "too much"    // words after an order that has none, or that take it back
	PINInText    Reason = "pin"         // a PIN
	CardInText   Reason = "card"        // a card's number, which is taken out before a text is parsed
	Confirms     Reason = "confirm"     // OK, 好的: an answer to a question, if one is open
)

// Refusal is a text that is no order. It repeats only what was typed.
type Refusal struct {
	Reason   Reason
	Meant    Intent         // what was ordered; empty: nothing was recognised
	To       string         // merchant code, where one was certainly typed
	Amount   money.Amount   // 0: none was certainly read
	Currency money.Currency // of the amount
	Source   Source         // that was named, or may have been
	Unsure   bool           // a way of paying was named, and nobody can tell which
	Hint     string         // the nearest form, in the text's language; words stand for what was not typed
	Exact    bool           // all of Hint was typed, so that it may be asked whether it was meant
	Written  lang.Lang      // as in Order

	unnumbered *parser // not nil: a name may stand where the number belongs
}

// MarshalJSON prints the order as `mpg order parse --json` does: what was not
// said is left out, amounts are in major units.
func (o Order) MarshalJSON() ([]byte, error) {
	v := struct {
		Intent   Intent    `json:"intent"`
		To       string    `json:"to,omitempty"`
		Amount   string    `json:"amount,omitempty"`
		Currency string    `json:"currency,omitempty"`
		Source   Source    `json:"source,omitempty"`
		Card     string    `json:"card,omitempty"`
		Memo     string    `json:"memo,omitempty"`
		Ref      string    `json:"ref,omitempty"`
		Refund   bool      `json:"refund,omitempty"`
		Count    int       `json:"count,omitempty"`
		Name     string    `json:"name,omitempty"`
		Item     *int      `json:"item,omitempty"`
		Always   bool      `json:"always,omitempty"`
		Language lang.Lang `json:"language,omitempty"`
		Topic    Topic     `json:"topic,omitempty"`
	}{Intent: o.Intent, To: o.To, Source: o.Source, Card: o.Card, Memo: o.Memo, Ref: o.Ref, Refund: o.Refund, Count: o.Count, Name: o.Name, Always: o.Always, Language: o.Language, Topic: o.Topic}
	if o.HasItem {
		v.Item = &o.Item
	}
	if o.Amount != 0 {
		v.Amount, v.Currency = o.Currency.Format(o.Amount), o.Currency.Code
	}
	return json.Marshal(v)
}

// MarshalJSON prints {"refusal": …, "hint": …} and what was read for certain.
func (r Refusal) MarshalJSON() ([]byte, error) {
	v := struct {
		Reason   Reason `json:"refusal"`
		Hint     string `json:"hint"`
		Exact    bool   `json:"exact,omitempty"`
		Meant    Intent `json:"meant,omitempty"`
		To       string `json:"to,omitempty"`
		Amount   string `json:"amount,omitempty"`
		Currency string `json:"currency,omitempty"`
		Source   Source `json:"source,omitempty"`
	}{Reason: r.Reason, Hint: r.Hint, Exact: r.Exact, Meant: r.Meant, To: r.To, Source: r.Source}
	if r.Amount != 0 {
		v.Amount, v.Currency = r.Currency.Format(r.Amount), r.Currency.Code
	}
	return json.Marshal(v)
}
