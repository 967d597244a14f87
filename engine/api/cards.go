package api

import (
	"net/http"
	"strings"

	"mpg/engine/admin"
	"mpg/engine/auth"
	"mpg/engine/card"
)

// NewCard is the body of POST /users/{number}/cards. The token is sealed at once, and shown
// nowhere.
type NewCard struct {
	Issuer  string `json:"issuer"`
	Token   string `json:"token"`
	Last4   string `json:"last4"`
	Expires string `json:"expires"` // 2029-08
	Holder  string `json:"holder"`
	Scheme  string `json:"scheme,omitempty"`
	Nick    string `json:"nick,omitempty"`
	// HolderShown says that the holder agrees that shops may see the name.
	HolderShown bool `json:"holder_shown,omitempty"`
}

// ShopCards is the body of POST /merchants/{code}/cards. What is left out stays as it is.
type ShopCards struct {
	MCC     *string `json:"mcc,omitempty"`
	Capture *string `json:"capture,omitempty"`
	Ask     *bool   `json:"ask,omitempty"`
	Silence *string `json:"silence,omitempty"`
}

// cards serves the cards of subscribers, and how shops take them.
type cards struct{ api }

func cardRoutes(a api) []route {
	return []route{
		{"POST /users/{number}/cards", auth.ManagePeople, cards{a}.add},
		{"GET /users/{number}/cards", auth.SeeRecords, cards{a}.list},
		{"POST /users/{number}/cards/{nick}/remove", auth.ManagePeople, cards{a}.remove},
		{"POST /merchants/{code}/cards", auth.ManagePeople, cards{a}.setShop},
	}
}

func (c cards) add(reply http.ResponseWriter, req *http.Request) {
	var n NewCard
	if !body(reply, req, &n) {
		return
	}
	result, err := c.admin.Cards.Add(req.Context(), by(req), admin.NewCard{Phone: c.number(req), Issuer: n.Issuer, Token: strings.TrimSpace(n.Token), Last4: n.Last4,
		Scheme: strings.ToLower(n.Scheme), Nick: strings.ToLower(n.Nick), Named: n.HolderShown, Secret: card.Secret{Expires: n.Expires, Holder: strings.TrimSpace(n.Holder)}})
	answer(reply, result, err)
}

func (c cards) list(reply http.ResponseWriter, req *http.Request) {
	view, err := c.admin.Cards.List(req.Context(), c.number(req))
	answer(reply, view, err)
}

func (c cards) remove(reply http.ResponseWriter, req *http.Request) {
	result, err := c.admin.Cards.Remove(req.Context(), by(req), c.number(req), strings.ToLower(req.PathValue("nick")))
	answer(reply, result, err)
}

func (c cards) setShop(reply http.ResponseWriter, req *http.Request) {
	var change ShopCards
	if !body(reply, req, &change) {
		return
	}
	result, err := c.admin.Cards.SetShop(req.Context(), by(req), req.PathValue("code"), admin.ShopCards(change))
	answer(reply, result, err)
}

// cardErrors lists the errors of cards.
func cardErrors() []known {
	const missing, refused = http.StatusNotFound, http.StatusConflict
	return []known{
		{card.ErrNumber, http.StatusBadRequest, "card_number", "ask the issuer, or its vault, for a token"},
		{admin.ErrNoCardPaid, refused, "no_card_paid", "to pay the customer back: mpg payment refund"},
		{admin.ErrNotPaid, refused, "not_paid", "see what became of it: mpg payment show REF"},
		{admin.ErrOverCharged, refused, "over_chargeback", "mpg payment show REF shows what was given back of it"},
		{admin.ErrNoCard, missing, "no_card", "mpg card list NUMBER shows them"},
		{admin.ErrCardsFull, refused, "cards_full", "remove one first: mpg card remove NUMBER NICK"},
		{admin.ErrNickTaken, refused, "nick_taken", "give another --nick, or leave it out"},
		{admin.ErrCardExpired, refused, "card_expired", ""},
		{admin.ErrCardRefused, refused, "card_refused", "check the token with the issuer"},
		{admin.ErrCardUnheard, refused, "no_answer", "try again once the issuer answers: mpg bank list"},
		{admin.ErrCardNotAsked, refused, "bank_down", "try again once the issuer is signed on: mpg bank list"},
	}
}

// Chargeback is the body of POST /payments/{ref}/chargeback.
type Chargeback struct {
	Amount string `json:"amount,omitempty"` // empty: all that is left
	Reason string `json:"reason"`
}

func (c cards) chargeBack(reply http.ResponseWriter, req *http.Request) {
	var in Chargeback
	if !body(reply, req, &in) {
		return
	}
	given := admin.Chargeback{Ref: req.PathValue("ref"), Reason: in.Reason}
	if in.Amount != "" {
		var err error
		if given.Amount, err = c.amount(in.Amount); err != nil {
			problem(reply, http.StatusBadRequest, err)
			return
		}
	}
	result, err := c.admin.ChargeBack(req.Context(), by(req), given)
	answer(reply, result, err)
}
