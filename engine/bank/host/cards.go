package host

import (
	"errors"

	"mpg/store/money"
)

// Card is a card that draws on an account of the bank. Several may draw on one account, each
// up to a limit of its own.
type Card struct {
	No      string // its number, or a token for it, where a message has the account
	Account string
	Limit   money.Amount // the most that it may have taken and hold together, 61 above it; 0: none
}

// card is a Card in the book.
type card struct {
	account string
	limit   money.Amount
	used    money.Amount // taken and held, less what was returned
}

// left returns how much more of asked the card may spend. A nil card has no limit.
func (c *card) left(asked money.Amount) money.Amount {
	if c == nil || c.limit == 0 {
		return asked
	}
	return max(0, min(asked, c.limit-c.used))
}

// uses adds amount, which may be negative, to what was taken and held.
func (c *card) uses(amount money.Amount) {
	if c != nil {
		c.used += amount
	}
}

// account returns the account with that number, or on which the card with it draws, or nil.
func (b *book) account(no string) *account {
	if c := b.cards[no]; c != nil {
		no = c.account
	}
	return b.accounts[no]
}

// Cards issues the cards of a host.
type Cards struct{ Host *Host }

// Issue issues a card on an account that is open. One that the bank has already, from its
// journal, takes the limit.
func (c Cards) Issue(asked Card) error {
	h := c.Host
	h.mu.Lock()
	defer h.mu.Unlock()
	known := h.book.cards[asked.No]
	switch {
	case known != nil && known.account == asked.Account:
		known.limit = asked.Limit
		return nil
	case known != nil, h.book.accounts[asked.No] != nil, h.book.accounts[asked.Account] == nil:
		return errors.New("host: a card that is another's, or of an account that is not open")
	}
	h.book.cards[asked.No] = &card{account: asked.Account, limit: asked.Limit}
	return h.journal.add(&Entry{
		At: h.now(), Account: asked.No, Outcome: Issued, Balance: h.book.balance(asked.No), Held: h.book.held(asked.No), Settling: Settling{DrawsOn: asked.Account},
	})
}
