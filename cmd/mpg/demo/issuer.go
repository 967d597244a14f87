package demo

import (
	"context"
	"errors"
	"log/slog"
	"reflect"
	"slices"
	"time"

	"mpg/engine/bank/host"
	"mpg/store/money"
)

// Card is a card that a person pays with. The simulated issuer knows it by its token; the
// number of a card is nowhere in the demo.
type Card struct {
	Token   string
	Nick    string // what its holder calls it in an order
	Scheme  string
	Last4   string
	Expires string // YYYY-MM
	Holder  string
	Limit   string // in major units
}

// issuerPace is how often the issuer's book is looked at: it reports no changes.
const issuerPace = 250 * time.Millisecond

// issuerRows is how many entries of its book the page shows.
const issuerRows = 6

// issuerView is what the page shows of the issuer.
type issuerView struct {
	Name  string       `json:"name"`
	Cards []cardView   `json:"cards"`
	Book  []issuerLine `json:"book"` // the latest first
}

// cardView is a card as its issuer knows it; amounts are in major units.
type cardView struct {
	Number   string `json:"number"` // of its holder's phone
	Scheme   string `json:"scheme"`
	Last4    string `json:"last4"`
	Limit    string `json:"limit"`
	Held     string `json:"held"`     // for shops
	Captured string `json:"captured"` // taken by them
	Free     string `json:"free"`
	Share    int    `json:"share"` // of the limit that is held or captured, in percent
}

// issuerLine is an entry of the issuer's book.
type issuerLine struct {
	At     time.Time `json:"at"`
	What   string    `json:"what"`
	Amount string    `json:"amount"`
	Code   string    `json:"code"` // ISO 8583:1987 DE39
}

// openIssuer starts the card issuer on loopback: a bank whose accounts are cards, and hold
// what may still be spent.
func openIssuer(name string, people People, currency money.Currency, log *slog.Logger) (*teller, error) {
	h, err := host.New(host.Config{Log: log})
	if err != nil {
		return nil, err
	}
	t := &teller{name: name, host: h}
	for _, p := range people.all() {
		if p.Card != nil {
			err = errors.Join(err, t.account(p, host.Account{No: p.Card.Token, Currency: currency, Parts: true}, p.Card.Limit))
		}
	}
	if err == nil {
		t.addr, err = h.Listen("127.0.0.1:0")
	}
	if err != nil {
		return nil, errors.Join(err, h.Close())
	}
	return t, nil
}

// declines makes the issuer answer 51, over the limit, to whatever it is asked, or heals it.
func (t *teller) declines(on bool) {
	t.host.ClearFaults()
	if on {
		t.host.Fault(host.Fault{Kind: host.Decline, On: host.Requests, Code: "51"})
	}
}

// holds compares what is held, or was taken, of a subscriber's card with an amount.
func (t *teller) holds(number string, taken bool, amount string, currency money.Currency) (instead string, ok bool) {
	for _, p := range t.people {
		if p.Number == number {
			has, held := t.owed(p.Card, currency)
			if !taken {
				has = held
			}
			return "it is " + currency.Format(has), currency.Format(has) == amount
		}
	}
	return "there is no such card", false
}

// owed returns how much has been taken of a card, and how much is held.
func (t *teller) owed(card *Card, currency money.Currency) (taken, held money.Amount) {
	limit, _ := currency.Parse(card.Limit) // it opened with that
	return limit - t.balance(card.Token), t.host.Held()[card.Token]
}

// view is the issuer's book as it is now.
func (t *teller) view(currency money.Currency) issuerView {
	v := issuerView{Name: t.name, Cards: []cardView{}, Book: []issuerLine{}}
	for _, p := range t.people {
		limit, _ := currency.Parse(p.Card.Limit)
		taken, held := t.owed(p.Card, currency)
		v.Cards = append(v.Cards, cardView{Number: p.Number, Scheme: p.Card.Scheme, Last4: p.Card.Last4, Limit: currency.Format(limit), Held: currency.Format(held),
			Captured: currency.Format(taken), Free: currency.Format(limit - taken - held), Share: int((taken + held) * 100 / max(limit, 1))})
	}
	journal := t.host.Journal()
	for _, e := range slices.Backward(journal) {
		if e.Account == "" || e.Outcome == host.Opened || e.Dir != host.In || len(v.Book) == issuerRows {
			continue
		}
		v.Book = append(v.Book, issuerLine{At: e.At, What: bookWord(e), Amount: currency.Format(e.Amount), Code: e.Code})
	}
	return v
}

// verified is what the issuer did when it was only asked whether a card is good.
const verified = "verified"

// bookWord says what the issuer did.
func bookWord(e host.Entry) string {
	switch {
	case e.Code == "85" && e.Amount == 0: // no reason to decline
		return verified
	case e.Outcome == host.Ignored && e.Code != "":
		return string(host.Declined) // by the switch
	}
	return string(e.Outcome)
}

// followIssuer publishes the issuer's book after each change until ctx ends.
func followIssuer(ctx context.Context, all *hub, issuer *teller, currency money.Currency) {
	var told issuerView
	for first := true; first || sleep(ctx, issuerPace); first = false {
		if now := issuer.view(currency); first || !reflect.DeepEqual(now, told) {
			told = now
			all.set("issuer", now)
		}
	}
}
