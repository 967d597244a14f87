package demo

import (
	"context"
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
	Number   string `json:"number"` // of the phone of who has it
	Scheme   string `json:"scheme"`
	Last4    string `json:"last4"`
	Limit    string `json:"limit"`
	Held     string `json:"held"`     // set aside for shops
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

// owed returns how much has been taken of a card, and how much is set aside.
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
		v.Book = append(v.Book, issuerLine{At: e.At, What: string(e.Outcome), Amount: currency.Format(e.Amount), Code: e.Code})
	}
	return v
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
