package lang

// textsEN are the texts in English, in the GSM 7-bit alphabet: 160 septets
// with the longest values. Names in braces are filled in by wording.value. The
// map is never written to.
var textsEN = map[Key]string{
	PaidPurse:        "{ref}: you paid {amount} to {party}{at}. Balance {balance}.",
	PaidBank:         "{ref}: you paid {amount} to {party} from your bank account{at}. This payment is final.",
	SentPurse:        "{ref}: you sent {amount} to {party}{at}. Balance {balance}.",
	ReceivedMerchant: "{ref}: you received {amount} from {party}{at}.",
	ReceivedPurse:    "{ref}: you received {amount} from {party}{at}. Balance {balance}.",
	TopUp:            "{ref}: {amount} was paid into your purse{at}. Balance {balance}.",

	NotUnderstood:      "Not understood, nothing was taken. Did you mean: {hint} ? Text HELP for all orders.",
	TooLong:            "Your text is too long for an order, nothing was taken. Text it short, like: {hint}",
	CannotRead:         "We could not read your text, nothing was taken. Please send plain text only, like: {hint}",
	UnknownShop:        "{code} is not a shop here, nothing was taken. Check the code with the shop and order again.",
	NotRegistered:      "This number is not registered for payments. Please ask your operator to register it. Then order like: {hint}",
	PayeeNotRegistered: "{party} is not registered here, nothing was taken. Please check the number, or ask them to register with their operator.",
	Yourself:           "That is your own number, nothing was taken. Text SEND with the number of the person you want to pay.",
	Funds:              "Your purse is short by {short}, nothing was taken. Put money in at your operator, or order a smaller amount.",
	OverPayment:        "One payment can be at most {limit}, nothing was taken. Order a smaller amount, or ask your operator for a higher limit.",
	OverDay:            "This would pass your limit of {limit} a day, nothing was taken. Order less, or again tomorrow.",
	NoBankAccount:      "No bank account is linked to your number, nothing was taken. Order without BANK, or ask your operator to link one.",
	NoSource:           "This way of paying is not offered here, nothing was taken. Order without it to pay from your purse, like: {hint}",
	NoPIN:              "You have no PIN yet, nothing was taken. Please text PIN: we call you to choose one. Then order again.",
	BankClosed:         "Your bank cannot be reached just now, nothing was taken. Please order again later, or without BANK to pay from your purse.",
	OpenOrder:          "An order is open: {amount} to {party}. Reply NO to stop it, or wait for it to end.",
	AskAgain:           "Same as {ref}{at}: {amount} to {party}. Pay it once more? Reply YES within 5 minutes. Else do nothing.",
	CallSoon:           "{ref}: {amount} to {party}. All lines are busy, we call you as soon as one is free. Reply NO to stop it.",
	TryLater:           "We cannot call you just now, nothing was taken. Please order again later.",
	CallsSpent:         "We have called too often, nothing was taken. Please wait {minutes}, then order again.",
	NothingOpen:        "There is no order open, nothing was taken. To pay, text like: {hint}",

	LineBusy:    "Your line was busy. {ref}, {amount} to {party}: nothing was taken. Reply AGAIN for another call ({minutes}).",
	NoAnswer:    "You did not answer our call. {ref}, {amount} to {party}: nothing was taken. Reply AGAIN for another call ({minutes}).",
	CallRefused: "Our call was turned down. {ref}, {amount} to {party}: nothing was taken. Reply AGAIN for another call ({minutes}).",
	HungUp:      "The call ended before the PIN. {ref}, {amount} to {party}: nothing was taken. Reply AGAIN for another call ({minutes}).",
	NoKeys:      "We heard no keys. {ref}, {amount} to {party}: nothing was taken. Reply AGAIN for another call ({minutes}).",
	CutOff:      "We were cut off. {ref}, {amount} to {party}: nothing was taken. Reply AGAIN for another call ({minutes}).",
	CallFailed:  "We could not reach you. {ref}, {amount} to {party}: nothing was taken. Reply AGAIN for another call ({minutes}).",
	WrongPIN:    "Wrong PIN, {tries} left. {ref}, {amount} to {party}: nothing was taken. Reply AGAIN for another call ({minutes}).",

	Locked:       "Your PIN is locked after too many wrong tries, nothing was taken. Please ask your operator to unlock it.",
	NotMe:        "You said it was not you: nothing was taken or changed, and your number is blocked for payments. Please call your operator.",
	NotMeTooLate: "Blocked for payments, as you said it was not you. {ref}, {amount} to {party}, was confirmed before. Call your operator.",
	Blocked:      "Your number is blocked for payments, nothing was taken. Please call your operator. You can still receive money.",
	Stopped:      "{ref}: {amount} to {party} is stopped, nothing was taken. You can order again.",
	TooLate:      "Too late to stop {ref}, {amount} to {party}: it is already confirmed. Please ask {party} for a refund.",
	Expired:      "{ref}: {amount} to {party} has expired, nothing was taken. To pay, order again.",
	Declined:     "{ref}: {amount} to {party} not paid, {reason}. Nothing was taken. {remedy}",
	BankDown:     "The bank cannot be reached. {ref}, {amount} to {party}: nothing was taken. Please order again later.",
	Checking:     "{ref}: {amount} to {party} is being checked with the bank. Please do not pay again; we text you the result.",
	NotPaid:      "{ref}: {amount} to {party} was not paid, and your bank was told to keep or return the money. You can order again.",
	NotPaidShop:  "{ref}: {amount} from {party} was not paid. Please do not count on it; the customer can order again.",

	BalanceNow:       "Your purse holds {balance}{at}.",
	LastItems:        "Last: ",
	LastNone:         "No payments yet. To pay, text like: {hint}",
	HelpText:         "PAY 8001 {sample} pays shop 8001, with BANK from your bank. SEND 50 13800138000. BAL, LAST, AGAIN, NO (stop), PIN, LANG ZH. Never text your PIN.",
	OffersOff:        "Offers are off. Receipts and security texts still come. To get offers again, ask your operator.",
	OffersOffStopped: "{ref}: {amount} to {party} is stopped, nothing was taken. Offers are off as well; receipts still come.",
	OffersOffTooLate: "Offers are off. Too late to stop {ref}, {amount} to {party}: it is confirmed. Ask the payee for a refund.",
	OffersOffPaid:    "Offers are off. Your last payment, {ref}, {amount} to {party}, is paid. Ask the payee for a refund.",
	LanguageSet:      "We now write and speak English to you. Text LANG ZH for Chinese.",
	PINWarning:       "Never text your PIN; we never ask for it by text. If that was your PIN, choose another now: text PIN and we call you.",
	PINChanged:       "Your PIN is set. If this was not you, call your operator at once.",
	PINUnchanged:     "Your PIN was not changed. To try once more, text PIN.",
}

// promptsEN are the sentences of a call in English. The map is never written to.
var promptsEN = map[Prompt][]string{
	Guard:       {"Hello, this is your mobile payment service.", "There is a payment to confirm.", "To hear it, press 1.", "If you ordered nothing, press 0."},
	Details:     {"Payment to {spoken-party}.", "The amount is {spoken-amount}."},
	Irrevocable: {"This payment comes from your bank account and cannot be undone."},
	AskPIN:      {"To pay, key in your six digit PIN, then the hash key.", "If this is not your order, key in 0 and hash."},
	PINWrong:    {"That PIN is wrong.", "You have {tries} left.", "Please key in your PIN, then the hash key."},
	PINShort:    {"A PIN has six digits.", "Please key it in again, then the hash key."},
	PINLocked:   {"That PIN is wrong, and your PIN is now locked.", "Nothing was taken.", "Please ask your operator to unlock it."},
	Paid:        {"Thank you, {spoken-amount} is paid.", "The receipt comes by text.", "Goodbye."},
	Texting:     {"Thank you. Your bank is still at work.", "Please do not pay again. We text you the result.", "Goodbye."},
	Refused:     {"The payment was not made: {reason}.", "Nothing was taken.", "Goodbye."},
	StoppedCall: {"This order was stopped.", "Nothing more is done. Goodbye."},
	ExpiredCall: {"This order has expired, and nothing was taken.", "To pay, please order again. Goodbye."},
	NotMeDone:   {"Thank you. Nothing was done, and your number is now blocked for payments.", "Please call your operator. Goodbye."},
	NotMeLate:   {"Thank you. Your number is now blocked for payments, but this payment was confirmed before.", "Please call your operator. Goodbye."},
	Ask1Again:   {"To go on, press 1.", "If you ordered nothing, press 0."},
	Bye:         {"Nothing was taken. Goodbye."},

	GuardPIN:    {"Hello, this is your mobile payment service.", "You asked to choose a PIN.", "To go on, press 1.", "If you did not ask, press 0."},
	AskOldPIN:   {"Key in the PIN you have now, then the hash key."},
	AskNewPIN:   {"Key in a new PIN of six digits, then the hash key."},
	AskNewAgain: {"Key in the new PIN once more, then the hash key."},
	PINMismatch: {"The two PINs are not the same."},
	PINWeak:     {"That PIN is too easy to guess.", "Please choose another of six digits, then the hash key."},
	PINDone:     {"Thank you, your PIN is set.", "Never tell it to anyone. Goodbye."},
}

// reasonsEN word Args.Reason: how it goes on after "not paid". Never written to.
var reasonsEN = map[string]string{
	"funds":       "there is not enough money",
	"account":     "the account cannot be used",
	"limit":       "it is over the bank's limit",
	"refused":     "the bank refused it",
	"unavailable": "the bank cannot be reached",
}

// remediesEN are what to do about a reason. Never written to.
var remediesEN = map[string]string{
	"funds":       "Order less, or put money in.",
	"limit":       "Order less, or try tomorrow.",
	"unavailable": "Please order again later.",
	"":            "Please ask your bank.",
}
