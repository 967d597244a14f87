package card

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"mpg/engine/pan"
)

// schemes are the card schemes that are known by name, with what a card of each is called at
// first. It is never written to.
var schemes = map[string]string{"amex": "amex", "discover": "disc", "jcb": "jcb", "mastercard": "master", "unionpay": "union", "visa": "visa"}

// Other is the scheme of a card of none that is known by name.
const Other = "other"

// Schemes returns the names of the schemes, Other last.
func Schemes() []string { return append(slices.Sorted(maps.Keys(schemes)), Other) }

// nickForm is the form of what a holder calls a card: letters, then digits. A word of
// letters alone behind CARD may be a memo or a courtesy, and is never taken for a card.
var nickForm = regexp.MustCompile(`^[a-z]{2,6}[0-9]{1,2}$`)

// IsNick reports whether a holder can call a card so.
func IsNick(text string) bool { return nickForm.MatchString(text) }

// NickFor returns a name for another card of a scheme that its holder has not given one:
// visa1, or card1 for a scheme without a name.
func (w *Wallet) NickFor(scheme string) string {
	for n := 1; ; n++ {
		if nick := fmt.Sprintf("%s%d", cmp.Or(schemes[scheme], "card"), n); w.Find(nick) == nil {
			return nick
		}
	}
}

// Errors of what is given of a card.
var (
	ErrNumber = errors.New("this is a card number, which must not be stored: give the issuer's token for it")
	ErrToken  = errors.New("a token is 1 to 28 letters, digits and punctuation marks without spaces at its ends")
	ErrLast4  = errors.New("want the last four digits of the card's number")
	ErrScheme = fmt.Errorf("a scheme is one of %s", strings.Join(Schemes(), ", "))
	ErrNick   = errors.New("a card is called by 2 to 6 letters and then 1 or 2 digits: visa1")
	ErrHolder = errors.New("the holder's name is 1 to 26 characters, as on the card, and holds no card number")
)

// last4Form is the form of the last four digits.
var last4Form = regexp.MustCompile(`^[0-9]{4}$`)

// holderMax is the length of a name on a card. ISO/IEC 7813, track 1
const holderMax = 26

// Check returns what is wrong with what is given of a card besides its token.
func (c *Card) Check(hidden Secret) error {
	_, err := lastMonth(hidden.Expires)
	switch {
	case err != nil:
		return err
	case !last4Form.MatchString(c.Last4):
		return ErrLast4
	case !slices.Contains(Schemes(), c.Scheme):
		return ErrScheme
	case !IsNick(c.Nick):
		return ErrNick
	case hidden.Holder == "" || len([]rune(hidden.Holder)) > holderMax || pan.Holds(hidden.Holder):
		return ErrHolder
	}
	return nil
}
