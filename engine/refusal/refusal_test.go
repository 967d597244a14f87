package refusal_test

import (
	"regexp"
	"slices"
	"testing"

	"mpg/engine/lang"
	"mpg/engine/refusal"
)

// TestReasons: every text that keeps an order from becoming a payment has a reason,
// every reason has a text, and the words fit a metric's label.
func TestReasons(t *testing.T) {
	t.Parallel()
	given := make(map[refusal.Reason]bool)
	for _, key := range []lang.Key{
		lang.NotUnderstood, lang.ReplyYes, lang.TooLong, lang.CannotRead, lang.UnknownShop, lang.AgentOrPIN, lang.NotRegistered, lang.PayeeNotRegistered,
		lang.Yourself, lang.Funds, lang.OverPayment, lang.OverDay, lang.OverDayLeft, lang.OverDayCount, lang.OverWeek, lang.OverWeekCount, lang.OverMonth, lang.OverMonthCount, lang.OverPayee, lang.UnderPayment, lang.NoBankAccount, lang.NoSource, lang.NoPIN, lang.BankClosed, lang.BankAway, lang.OpenOrder,
		lang.AtBank, lang.AskAgain, lang.AskUnpaid, lang.TryLater, lang.NotPlaced, lang.CallsSpent, lang.NothingOpen, lang.NothingOpenPaid, lang.Locked,
		lang.Blocked, lang.TooLate, lang.Doubt, lang.Checking, lang.PINWarning, lang.CardWarning, lang.PayeeClosed, lang.PayeeFull, lang.CannotDo,
		lang.NotLinked, lang.BankClosedOwn, lang.AskFirst, lang.OverRolling, lang.OverRollingCount, lang.PurseFull, lang.NoAgent, lang.NotAnAgent, lang.AgentNoPIN, lang.AgentShort, lang.DoubtOut,
		lang.RefundUnknown, lang.RefundByShop, lang.RefundUnpaid, lang.RefundDone, lang.RefundOver, lang.RefundOld, lang.RefundNoPIN, lang.RefundShort, lang.RefundBankDown,
		lang.AskRefund, lang.AskRefundUnpaid, lang.AskTooOften, lang.AskWaiting, lang.PayeeBankClosed, lang.ClaimsFull, lang.ReceiveNoBank, lang.CheckingPayee, lang.DoubtPayee, lang.NoCard, lang.UnknownCard, lang.CardExpired, lang.CardAway,
		lang.AskFirstUnknown, lang.NoSourceSend, lang.NotOffered, lang.NoRequest, lang.NoRequestOpen, lang.NoRequestWaits, lang.AtShop, lang.HeldFor, lang.OffersOffHeld, lang.AskYourself, lang.InYourself, lang.NameYourself, lang.AskOver, lang.NoSuchName,
	} {
		reason, ok := refusal.Of(key)
		if !ok || !slices.Contains(refusal.Reasons(), reason) {
			t.Errorf("%s has the reason %q", key, reason)
		}
		given[reason] = true
	}
	word := regexp.MustCompile(`^[a-z]+(_[a-z]+)*$`)
	for _, reason := range refusal.Reasons() {
		if !given[reason] || !word.MatchString(string(reason)) {
			t.Errorf("%q is given by no text, or is no word", reason)
		}
	}
	if len(given) != len(refusal.Reasons()) {
		t.Errorf("%d reasons, %d listed", len(given), len(refusal.Reasons()))
	}
	for _, key := range []lang.Key{lang.PaidPurse, lang.BalanceNow, lang.HelpText, lang.OffersOff, lang.LanguageSet, lang.NotAgain, lang.NotNow, lang.NotRefunded} {
		if reason, ok := refusal.Of(key); ok {
			t.Errorf("%s refuses an order as %s", key, reason)
		}
	}
}
