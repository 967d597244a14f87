package intent

import (
	"mpg/engine/books"
	"mpg/engine/card"
	"mpg/engine/lang"
	"mpg/engine/payment"
	"mpg/engine/product"
	"mpg/engine/tx"
	"mpg/store"
)

// cardOf returns the card that the order of req is paid with, or why there is none: the one
// that it names, or else the sender's first. One that has expired by the local day is refused
// before the call.
func cardOf(t *tx.Tx, ledger *books.Books, req *Request, day string) (*product.PayingCard, *answer, error) {
	wallet, err := tx.Read[card.Wallet](t, card.Table, payment.Key(req.Sender.No))
	if err != nil {
		return nil, nil, err
	}
	if wallet == nil || len(wallet.Cards) == 0 {
		return nil, &answer{text: lang.NoCard}, nil
	}
	pays := wallet.Find(req.Order.Card)
	if pays == nil {
		return nil, &answer{lang.UnknownCard, lang.Args{Hint: wallet.Nicks()}}, nil
	}
	hidden, err := pays.Open(ledger)
	if err != nil {
		return nil, nil, err
	}
	if hidden.Expired(day) {
		return nil, &answer{lang.CardExpired, lang.Args{Figures: lang.Figures{Scheme: pays.Scheme, Last4: pays.Last4}}}, nil
	}
	account, err := ledger.Account(t, books.CardPrefix+pays.Issuer, store.Asset, "")
	return &product.PayingCard{Card: pays, Account: account}, nil, err
}
