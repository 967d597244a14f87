package engine

import (
	"maps"
	"slices"
	"sync/atomic"

	"mpg/engine/lang"
)

// refusedAs says, for each text that keeps an order from being done, why it was
// refused: the words of the metric's label. It is never written to.
var refusedAs = map[lang.Key]string{
	lang.NotUnderstood:      "not_understood",
	lang.ReplyYes:           "not_understood",
	lang.PINWarning:         "pin_in_text",
	lang.TooLong:            "too_long",
	lang.CannotRead:         "unreadable",
	lang.UnknownShop:        "unknown_shop",
	lang.NotRegistered:      "not_registered",
	lang.PayeeNotRegistered: "payee_not_registered",
	lang.Yourself:           "yourself",
	lang.Funds:              "funds",
	lang.OverPayment:        "over_payment_limit",
	lang.OverDay:            "over_day_limit",
	lang.NoBankAccount:      "no_bank_account",
	lang.NoSource:           "no_source",
	lang.NoPIN:              "no_pin",
	lang.BankClosed:         "bank_closed",
	lang.Blocked:            "blocked",
	lang.Locked:             "locked",
	lang.OpenOrder:          "open_order",
	lang.AtBank:             "open_order",
	lang.AskAgain:           "asked_again",
	lang.AskUnpaid:          "asked_again",
	lang.TryLater:           "cannot_call",
	lang.CallsSpent:         "calls_spent",
	lang.NothingOpen:        "nothing_open",
	lang.NothingOpenPaid:    "too_late",
	lang.TooLate:            "too_late",
	lang.OffersOffTooLate:   "too_late",
	lang.Doubt:              "too_late",
	lang.Checking:           "too_late",
}

// RefusedCounts counts refused orders by reason. Its keys are fixed: no word of a
// subscriber can become one.
type RefusedCounts struct{ n map[string]*atomic.Int64 }

func newRefusedCounts() RefusedCounts {
	c := RefusedCounts{make(map[string]*atomic.Int64)}
	for reason := range maps.Values(refusedAs) {
		c.n[reason] = new(atomic.Int64)
	}
	return c
}

// Reasons lists the reasons in the order of the alphabet.
func (c *RefusedCounts) Reasons() []string { return slices.Sorted(maps.Keys(c.n)) }

// Load returns the count of one reason.
func (c *RefusedCounts) Load(reason string) int64 {
	if n := c.n[reason]; n != nil {
		return n.Load()
	}
	return 0
}

// Add counts the order that is answered with text, if that is a refusal.
func (c *RefusedCounts) Add(text lang.Key) {
	if n := c.n[refusedAs[text]]; n != nil {
		n.Add(1)
	}
}

// refuses counts the order after the commit, if text refuses it.
func (w *work) refuses(text lang.Key) { w.then(func() { w.e.stats.Refused.Add(text) }) }
