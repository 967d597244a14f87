package admin

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"mpg/engine/bank"
	"mpg/engine/card"
	"mpg/engine/merchant"
	"mpg/engine/pan"
	"mpg/engine/payment"
	"mpg/engine/tx"
	"mpg/engine/user"
)

// Refusals of a card.
var (
	ErrNoCard       = errors.New("the subscriber has no card with that name")
	ErrCardsFull    = fmt.Errorf("the subscriber has %d cards, and cannot have more", card.Max)
	ErrNickTaken    = errors.New("the subscriber already has a card with that name")
	ErrCardExpired  = errors.New("the card has expired")
	ErrCardRefused  = errors.New("the issuer does not accept the card")
	ErrCardUnheard  = errors.New("the issuer has not given a clear answer, so the card was not added; the log says more")
	ErrCardNotAsked = errors.New("the issuer cannot be reached, so the card was not added")
)

// Cards are the cards of subscribers, and how shops take them.
type Cards struct{ *Service }

// NewCard is a card to link to a subscriber.
type NewCard struct {
	Phone  string // E.164
	Issuer string // name of its [[bank]]
	Token  string // by which the issuer knows it
	Last4  string // the last digits of its number
	Scheme string // empty: card.Other
	Nick   string // what its holder calls it; empty: it is chosen
	Named  bool   // the holder agrees that shops may see the name on it
	card.Secret
}

// Add links a card to a subscriber, once its issuer has said that it knows the token. Nothing
// is added without an answer. The token, the expiry and the holder's name are sealed and
// never shown. The error is one of those above, ErrNoUser, ErrNoBank, ErrArgument for what
// cannot be a card, or an error of the key or the store.
func (c *Cards) Add(ctx context.Context, by Command, wanted NewCard) (json.RawMessage, error) {
	if wanted.Scheme == "" {
		wanted.Scheme = card.Other
	}
	if err := checkCard(wanted); err != nil {
		return nil, badArgument{err}
	}
	if !slices.Contains(c.cfg.Banks, wanted.Issuer) {
		return nil, fmt.Errorf("issuer %q %w", wanted.Issuer, ErrNoBank)
	}
	first, err := tx.Read[done](c.view(ctx), keyTable, by.Key)
	if err != nil {
		return nil, err
	}
	if first == nil { // a repeat asks nobody
		if err := c.verify(ctx, wanted); err != nil {
			return nil, err
		}
	}
	body := fmt.Sprintf("add card %q %q %q %q %q %q %q %q %v", wanted.Phone, wanted.Issuer, wanted.Token, wanted.Last4, wanted.Scheme, wanted.Nick, wanted.Expires, wanted.Holder, wanted.Named)
	return c.Once(ctx, by, &Action{Name: "card add", Object: wanted.Phone}, body, func(t *tx.Tx) (any, error) {
		return c.add(t, wanted)
	})
}

// checkCard returns what is wrong with what is given of a card.
func checkCard(wanted NewCard) error {
	switch {
	case pan.Holds(wanted.Token):
		return card.ErrNumber
	case !bank.ValidAccount(wanted.Token):
		return card.ErrToken
	}
	made := card.Card{Nick: wanted.Nick, Scheme: wanted.Scheme, Last4: wanted.Last4}
	if made.Nick == "" {
		made.Nick = new(card.Wallet).NickFor(wanted.Scheme)
	}
	return made.Check(wanted.Secret)
}

// verify asks the issuer about a card that could be added.
func (c *Cards) verify(ctx context.Context, wanted NewCard) error {
	t := c.view(ctx)
	t.Now = c.cfg.Now()
	owner, _, err := c.room(t, wanted)
	if err != nil {
		return err
	}
	check, err := c.cfg.Acquirer.Verify(ctx, wanted.Issuer, owner.No, wanted.Token, c.cfg.Place.Currency.Code)
	switch {
	case errors.Is(err, bank.ErrDown):
		return fmt.Errorf("%s: %w", wanted.Issuer, ErrCardNotAsked)
	case errors.Is(err, bank.ErrUnknown):
		return fmt.Errorf("%s: %w", wanted.Issuer, ErrCardUnheard)
	case err != nil:
		return err
	case !check.Good():
		return fmt.Errorf("%w: %s answered %s (%s)", ErrCardRefused, wanted.Issuer, check.Code, bank.ReasonOf(check.Code))
	}
	return nil
}

// room returns whose card it will be, and their cards so far, or why it cannot be added.
func (c *Cards) room(t *tx.Tx, wanted NewCard) (*user.User, *card.Wallet, error) {
	owner, err := subscriber(t, wanted.Phone)
	if err != nil {
		return nil, nil, err
	}
	wallet, err := tx.Read[card.Wallet](t, card.Table, payment.Key(owner.No))
	if err != nil {
		return nil, nil, err
	}
	if wallet == nil {
		wallet = &card.Wallet{User: owner.No}
	}
	switch {
	case wanted.Nick != "" && wallet.Find(wanted.Nick) != nil:
		err = ErrNickTaken
	case len(wallet.Cards) >= card.Max:
		err = ErrCardsFull
	case wanted.Expired(c.cfg.Place.Day(t.Now)):
		err = ErrCardExpired
	}
	return owner, wallet, err
}

// add adds a card that its issuer knows.
func (c *Cards) add(t *tx.Tx, wanted NewCard) (any, error) {
	owner, wallet, err := c.room(t, wanted)
	if err != nil {
		return nil, err
	}
	made := card.Card{Nick: wanted.Nick, Issuer: wanted.Issuer, Scheme: wanted.Scheme, Last4: wanted.Last4, Named: wanted.Named, Added: t.Now.UTC()}
	if made.Nick == "" {
		made.Nick = wallet.NickFor(wanted.Scheme)
	}
	made.Token, _ = c.cfg.Books.SealAccount(t, wanted.Token)
	if err := made.Hide(wanted.Secret, c.cfg.Books); err != nil {
		return nil, err
	}
	wallet.Cards = append(wallet.Cards, made)
	tx.Save(t, card.Table, payment.Key(owner.No), wallet)
	return viewWallet(owner, wallet), nil
}

// Remove takes a card away from a subscriber. An order that is open goes on with it. The
// error is ErrNoUser, ErrNoCard, or an error of the key or the store.
func (c *Cards) Remove(ctx context.Context, by Command, phone, nick string) (json.RawMessage, error) {
	return c.Once(ctx, by, &Action{Name: "card remove", Object: phone}, fmt.Sprintf("remove card %q %q", phone, nick), func(t *tx.Tx) (any, error) {
		owner, err := subscriber(t, phone)
		if err != nil {
			return nil, err
		}
		wallet, err := tx.Read[card.Wallet](t, card.Table, payment.Key(owner.No))
		if err != nil {
			return nil, err
		}
		if wallet == nil || !wallet.Remove(nick) {
			return nil, ErrNoCard
		}
		tx.Save(t, card.Table, payment.Key(owner.No), wallet)
		return viewWallet(owner, wallet), nil
	})
}

// WalletView shows the cards of a subscriber: nothing of a card but what its holder calls it,
// its scheme, its last digits and its issuer.
type WalletView struct {
	Repeated
	Number string     `json:"number"`
	Cards  []CardView `json:"cards"` // the first pays unless another is named
}

// CardView shows a card.
type CardView struct {
	Nick   string `json:"nick"`
	Scheme string `json:"scheme"`
	Last4  string `json:"last4"`
	Issuer string `json:"issuer"`
	Added  string `json:"added"`
	// HolderShown says that shops may be told the name on the card.
	HolderShown bool `json:"holder_shown"`
}

// viewWallet shows the cards of owner.
func viewWallet(owner *user.User, wallet *card.Wallet) WalletView {
	view := WalletView{Number: owner.Phone, Cards: []CardView{}}
	if wallet == nil {
		return view
	}
	for i := range wallet.Cards {
		one := &wallet.Cards[i]
		view.Cards = append(view.Cards, CardView{one.Nick, one.Scheme, one.Last4, one.Issuer, rfc3339(one.Added), one.Named})
	}
	return view
}

// List returns the cards of the subscriber with a number in E.164. The error is ErrNoUser if
// nobody has it.
func (c *Cards) List(ctx context.Context, phone string) (WalletView, error) {
	t := c.view(ctx)
	owner, err := subscriber(t, phone)
	if err != nil {
		return WalletView{}, err
	}
	if err := c.looked(ctx, "card list", owner.No, ""); err != nil {
		return WalletView{}, err
	}
	wallet, err := tx.Read[card.Wallet](t, card.Table, payment.Key(owner.No))
	view := viewWallet(owner, wallet)
	if masked(ctx) {
		view.Number = maskParty(view.Number)
	}
	return view, err
}

// ShopCards says what to change about how a shop takes cards; nil: it stays as it is. An
// empty value means what the operator's configuration says.
type ShopCards struct {
	MCC     *string // ISO 18245
	Capture *string // at_once or later
	Ask     *bool   // whether its till is asked
	Silence *string // accept or refuse
}

// Errors of how a shop takes cards.
var (
	errMCC     = errors.New("a merchant category code has four digits (ISO 18245)")
	errCapture = fmt.Errorf("a capture is %q or %q", merchant.AtOnce, merchant.Later)
	errSilence = fmt.Errorf("the silence of a shop means %q or %q", merchant.Accepts, merchant.Refuses)
)

// SetShop changes how a shop takes cards. Orders that are open stay as they were made. The
// error is ErrNoMerchant, ErrShopClosed, ErrArgument, or an error of the key or the store.
func (c *Cards) SetShop(ctx context.Context, by Command, code string, change ShopCards) (json.RawMessage, error) {
	if err := change.check(); err != nil {
		return nil, badArgument{err}
	}
	ask := "-"
	if change.Ask != nil {
		ask = fmt.Sprint(*change.Ask)
	}
	body := fmt.Sprintf("set merchant cards %q %s %s %s %s", code, given(change.MCC), given(change.Capture), ask, given(change.Silence))
	return c.Once(ctx, by, &Action{Name: "merchant cards", Object: code}, body, func(t *tx.Tx) (any, error) {
		shop, err := shopOf(t, code)
		switch {
		case err != nil:
			return nil, err
		case shop.IsClosed():
			return nil, ErrShopClosed
		}
		set(&shop.Cards.MCC, change.MCC)
		set((*string)(&shop.Cards.Capture), change.Capture)
		set((*string)(&shop.Cards.Silence), change.Silence)
		if change.Ask != nil {
			shop.Cards.Asked = *change.Ask
		}
		tx.Save(t, merchant.Table, shop.Code, shop)
		return viewMerchant(shop), nil
	})
}

// check returns what is wrong with a change.
func (s ShopCards) check() error {
	is := func(value *string, allowed ...string) bool {
		return value == nil || *value == "" || slices.Contains(allowed, *value)
	}
	const mccDigits = 4
	switch {
	case s == (ShopCards{}):
		return errors.New("nothing to change is given")
	case s.MCC != nil && *s.MCC != "" && (len(*s.MCC) != mccDigits || strings.Trim(*s.MCC, "0123456789") != ""):
		return errMCC
	case !is(s.Capture, string(merchant.AtOnce), string(merchant.Later)):
		return errCapture
	case !is(s.Silence, string(merchant.Accepts), string(merchant.Refuses)):
		return errSilence
	}
	return nil
}

// ShopCardsView shows how a shop takes cards.
type ShopCardsView struct {
	MCC     string `json:"mcc,omitempty"`
	Capture string `json:"capture,omitempty"` // empty: as the configuration says
	Ask     bool   `json:"ask,omitempty"`     // its till is asked whether it accepts an order
	Silence string `json:"silence,omitempty"` // empty: as the configuration says
}
