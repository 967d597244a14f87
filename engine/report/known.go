package report

import (
	"context"
	"database/sql"
	"errors"
	"slices"
	"strings"

	"github.com/agnivade/levenshtein"

	"mpg/engine/payment"
	"mpg/engine/refusal"
)

// Errors of a party that is not known: a list of its payments would always be empty.
var (
	ErrNoSubscriber = errors.New("no subscriber has this number")
	ErrNoSender     = errors.New("no subscriber has this number, and no order from it was refused")
	ErrNoShop       = errors.New("no shop has this code")
)

// among requires one of the words that there are.
func among[W ~string](filter, typed string, words []W) (string, error) {
	if slices.Contains(words, W(typed)) {
		return typed, nil
	}
	list := make([]string, len(words))
	for i, word := range words {
		list[i] = string(word)
	}
	slices.Sort(list)
	return "", &FilterError{Filter: filter, Value: typed, Want: "one of " + strings.Join(list, ", "), Near: Nearest(typed, list)}
}

// Nearest returns the word that somebody most likely meant; "" if none is near.
func Nearest(typed string, words []string) string {
	typed = strings.ToLower(typed)
	near, least := "", max(len(typed), 2)/2+1
	for _, word := range words {
		if changes := levenshtein.ComputeDistance(typed, word); changes < least {
			near, least = word, changes
		}
	}
	if near != "" || typed == "" {
		return near
	}
	for _, word := range words {
		if strings.HasPrefix(word, typed) {
			return word
		}
	}
	return ""
}

// reasonOfPayment reads the reason for which a payment ended, as payments show it.
func reasonOfPayment(typed string) (string, error) {
	return reasonOf(typed, payment.Reasons(), refusal.Reasons(), "for orders that were refused, use --refused")
}

// reasonOfRefusal reads the reason for which an order was refused.
func reasonOfRefusal(typed string) (string, error) {
	return reasonOf(typed, refusal.Reasons(), payment.Reasons(), "for payments, leave --refused out")
}

// reasonOf reads one of the reasons of a list. others says how to list those for which it is
// a reason, if only they have it.
func reasonOf[W, Other ~string](typed string, reasons []W, elsewhere []Other, others string) (string, error) {
	reason, err := among("reason", typed, reasons)
	var wrong *FilterError
	if errors.As(err, &wrong) && slices.Contains(elsewhere, Other(typed)) {
		wrong.Near, wrong.Hint = "", others
	}
	return reason, err
}

// Words for what has become of a payment, which people use as if they were states.
const (
	wordOpen      = "open"
	wordPaid      = "paid"
	wordNotPaid   = "not paid"
	wordReturned  = "returned"
	wordUnclaimed = "unclaimed"
)

// stateWanted adds the state of a payment, or what became of it.
func stateWanted(typed string, wanted *where) error {
	switch typed {
	case "":
		return nil
	case wordOpen:
		wanted.and("no IN (SELECT no FROM payment WHERE state <> 'done' UNION ALL SELECT no FROM payment WHERE outcome = 'unclaimed')")
		return nil
	case wordUnclaimed:
		wanted.and("outcome = 'unclaimed'")
		return nil
	case wordPaid:
		wanted.and("outcome = 'paid'")
		return nil
	case wordNotPaid:
		wanted.and("outcome = 'not paid'")
		return nil
	case wordReturned: // the state of that name lasts for an instant
		wanted.and("outcome = 'returned'")
		return nil
	}
	words := append(payment.States(), wordOpen, wordPaid, wordNotPaid, wordUnclaimed)
	if err := wanted.equal("state", typed, func(typed string) (string, error) { return among("state", typed, words) }); err != nil {
		return err
	}
	if typed != string(payment.Done) {
		wanted.and("state <> 'done'") // which an index asks for
	}
	return nil
}

// product reads the name of a product: a built-in one, one that the daemon offers, or one
// for which there have been payments.
func (r *reading) product(ctx context.Context, typed string) (string, error) {
	known := []string{string(payment.MPurse), string(payment.MDebit), string(payment.MCredit), string(payment.MP2P), string(payment.BankIn), string(payment.BankOut), string(payment.CashOut), string(payment.CashIn),
		string(payment.TopUp), string(payment.Correction), string(payment.PaidBack), string(payment.Chargeback),
		string(payment.LatePaid), string(payment.LateUndone), string(payment.WriteOff), string(payment.DebtPaid), string(payment.DebtOff)}
	if r.cfg.Products != nil {
		known = append(known, r.cfg.Products()...)
	}
	if slices.Contains(known, typed) {
		return typed, nil
	}
	used, err := allOf(ctx, r, "SELECT DISTINCT product FROM hour WHERE product <> '' UNION SELECT DISTINCT product FROM payment WHERE state <> 'done'", nil, textOf)
	if err != nil {
		return "", err
	}
	known = append(known, used...)
	slices.Sort(known)
	return among("product", typed, slices.Compact(known))
}

func textOf(row *sql.Rows) (text string, err error) { return text, row.Scan(&text) }

// partiesKnown returns an error if a list is empty because one of its parties is not known.
func (r *reading) partiesKnown(ctx context.Context, typed ...string) error {
	for _, side := range typed {
		if side == "" {
			continue
		}
		party, err := r.parser.party("party", side)
		if err != nil {
			return err
		}
		query, missing := "SELECT 1 FROM user WHERE phone = ?1 UNION ALL SELECT 1 FROM alias WHERE phone = ?1 LIMIT 1", ErrNoSubscriber
		if codeForm.MatchString(party) {
			query, missing = "SELECT 1 FROM merchant WHERE code = ?1", ErrNoShop
		}
		switch _, known, err := oneOf(ctx, r, query, []any{party}, numberOf); {
		case err != nil:
			return err
		case !known:
			return missing
		}
	}
	return nil
}
