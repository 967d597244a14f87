package lang

// textsEN are the texts in English, in the GSM 7-bit alphabet: 160 septets
// with the longest values. Names in braces are filled in by wording.value;
// between two of them stands what neither may be read across. The map is never
// written to.
var textsEN = map[Key]string{
	PaidPurse:        "{ref}: you paid {amount} to {party} from your purse{at}. Balance {balance}.",
	PaidBank:         "{ref}: you paid {amount} to {party} from your bank account{at}. This payment is final.",
	SentPurse:        "{ref}: you sent {amount} to {party} from your purse{at}. Balance {balance}.",
	ReceivedMerchant: "{ref}: you received {amount} from {party}{at}.",
	ReceivedPurse:    "{ref}: you received {amount} from {party}{at}. Balance {balance}.",
	TopUp:            "{ref}: your purse was topped up with {amount}{at}. Balance {balance}.",
	Corrected:        "{ref}: {amount} of top-up {of}, made by mistake, was taken back{at}. Balance {balance}.",

	NotUnderstood:      "{why}. {todo}",
	ReplyYes:           "To pay again, please reply YES. Otherwise ignore this message; nothing will be taken.",
	NotNow:             "As you asked, it was not paid. Nothing was taken.",
	NotAgain:           "As you asked, it was not paid again. Nothing more was taken.",
	TooLong:            "Your text is too long to read, so it paid nothing. Please text only the order: PAY shop-code amount",
	CannotRead:         "We could not read your text, so it paid nothing. Please send plain text only, like: PAY shop-code amount",
	UnknownShop:        "No shop has the code {code}, so nothing was taken. Please check the code with the shop, then order again.",
	NotRegistered:      "This number is not registered for payments. Please call {care} to register it. Then text: PAY shop-code amount",
	PayeeNotRegistered: "{party} is not registered here, so nothing was taken. Please check the number, or ask them to register with their operator.",
	Yourself:           "That is your own number, so nothing was taken. To send money, text: SEND amount mobile-number",
	Funds:              "Your purse is short by {short}, so nothing was taken. Top up with your operator, or pay a smaller amount.",
	OverPayment:        "One payment can be at most {limit}, so nothing was taken. Pay less, or call {care} for a higher limit.",
	OverDay:            "This would exceed your daily limit of {limit}, so nothing was taken. Pay less, or try again tomorrow.",
	NoBankAccount:      "No bank account is linked to your number, so nothing was taken. Order without BANK, or call {care} to link one.",
	NoSource:           "This way of paying is not offered, so nothing was taken. To pay from your purse, text: PAY shop-code amount",
	NoPIN:              "You have no PIN yet, so nothing was taken. Please text PIN and we'll call you to choose one. Then order again.",
	BankClosed:         "Your bank cannot be reached right now, so nothing was taken. Please order again later, or without BANK to pay from your purse.",
	OpenOrder:          "A payment is waiting: {amount} to {party}. Reply NO to stop it, or wait for it to finish. Nothing else was ordered.",
	AtBank:             "Your bank is still processing a payment: {amount} to {party}. Please do not pay again; we'll text you the result.",
	AskUnpaid:          "Same as {ref}{at}, which was not paid: {amount} to {party}. Reply YES within 5 minutes to pay it now.",
	AskAgain:           "Same as {ref}{at}: {amount} to {party}. Reply YES within 5 minutes to pay this too. Otherwise ignore this message.",
	CallSoon:           "{ref}: {amount} to {party}. All lines are busy; we'll call you as soon as one is free. Reply NO to stop it.",
	TryLater:           "We cannot call you right now, so nothing was taken. Please order again later.",
	CallsSpent:         "We have called you too many times, so nothing was taken. Please wait {minutes}, then order again.",
	NothingOpen:        "No payment is waiting, so there is nothing to stop or confirm. To pay, text: PAY shop-code amount",
	NothingOpenPaid:    "No payment is waiting. Your last one, {ref}, {amount} to {party}, is paid. Ask the payee for a refund, or call {care}.",
	PayeeClosed:        "{party} can no longer be paid here, so nothing was taken. Please ask them for another way to pay.",
	PayeeFull:          "{party} cannot receive this amount, so nothing was taken. Please pay a smaller amount, or ask them.",
	CannotDo:           "We cannot do this now, so nothing was taken or changed. Please try again later, or call {care}.",

	LineBusy:    "Your line was busy. {ref}, {amount} to {party}: nothing was taken. Reply AGAIN within {minutes} for another call.",
	NoAnswer:    "You did not answer our call. {ref}, {amount} to {party}: nothing was taken. Reply AGAIN within {minutes} for another call.",
	CallRefused: "Our call was declined. {ref}, {amount} to {party}: nothing was taken. Reply AGAIN within {minutes} for another call.",
	HungUp:      "The call ended before the PIN. {ref}, {amount} to {party}: nothing was taken. Reply AGAIN within {minutes} for another call.",
	NoKeys:      "We heard no key presses. {ref}, {amount} to {party}: nothing was taken. Reply AGAIN within {minutes} for another call.",
	CutOff:      "The call was cut off. {ref}, {amount} to {party}: nothing was taken. Reply AGAIN within {minutes} for another call.",
	CallFailed:  "We could not reach you. {ref}, {amount} to {party}: nothing was taken. Reply AGAIN within {minutes} for another call.",
	NotPlaced:   "We could not place our call. {ref}, {amount} to {party}: nothing was taken. Reply AGAIN within {minutes} for another call.",
	WrongPIN:    "Wrong PIN, {tries} left. {ref}, {amount} to {party}: nothing was taken. Reply AGAIN within {minutes} for another call.",

	Locked:         "Your PIN is locked after too many wrong tries. Nothing was taken. Please call {care} to unlock it.",
	NotMe:          "You said it was not you: nothing was taken or changed, and your number is blocked for payments. Please call {care}.",
	NotMeTooLate:   "You said it was not you, but {ref}, {amount} to {party}, was already confirmed. You are now blocked; call {care}.",
	Blocked:        "Your number is blocked for payments, so nothing was taken. Please call {care}. You can still receive money.",
	Stopped:        "{ref}: {amount} to {party} was stopped, as you asked. Nothing was taken. You can order again.",
	StoppedBlocked: "{ref}: {amount} to {party} was stopped: your number is blocked for payments. Nothing was taken. Please call {care}.",
	StoppedReset:   "{ref}: {amount} to {party} was stopped: your PIN was reset. Nothing was taken. Choose a new PIN and order again.",
	TooLate:        "Too late to stop {ref}, {amount} to {party}: your bank is already processing it. We'll text you the result.",
	Expired:        "{ref}: {amount} to {party} has expired, and nothing was taken. To pay, order again.",
	Declined:       "{ref}: {amount} to {party} was not paid: {reason}. Nothing was taken. {remedy}",
	BankDown:       "The bank cannot be reached. {ref}, {amount} to {party}: nothing was taken. Please order again later.",
	Checking:       "{ref}: {amount} to {party} is being checked with your bank. Do not pay again; we'll text you. For help, call {care}.",
	Doubt:          "{ref}: your bank has not told us whether it took {amount} for {party}. We'll clear it up and text you. Please do not pay again.",
	NotPaid:        "{ref}: {amount} to {party} was not paid. If your bank took the money, it has been told to return it. You can order again.",
	NotPaidBlocked: "{ref}: {amount} to {party} was not paid. If your bank took it, it will return it. You are blocked: call {care}.",
	UnpaidBlocked:  "{ref}: {amount} to {party} was not paid, and nothing was taken. You are blocked for payments: please call {care}.",
	NotPaidShop:    "{ref}: {amount} from {party} was not paid. Please do not count on it; the customer can order again.",

	BalanceNow:       "Your purse holds {balance}{at}.",
	LastItems:        "Last: ",
	LastNone:         "You have no payments yet. To pay, text: PAY shop-code amount",
	HelpText:         "PAY code amount; add BANK to pay from your bank. SEND amount mobile. BAL. LAST. NO stops a payment. AGAIN: new call. PIN. LANG ZH. Never text your PIN.",
	OffersOff:        "Offers are off. Receipts and security texts will still come. To get offers again, text START.",
	OffersOffStopped: "{ref}: {amount} to {party} was stopped; nothing was taken. Offers are off as well; receipts will still come.",
	OffersOffTooLate: "Offers are off. Too late to stop {ref}, {amount} to {party}: your bank is already processing it. We'll text you the result.",
	OffersOffPaid:    "Offers are off. Your last payment, {ref}, {amount} to {party}, is paid. Ask the payee for a refund, or call {care}.",
	OffersOn:         "Offers are on. To stop them, text STOP.",
	LanguageSet:      "We'll now write and speak to you in English. Text LANG ZH for Chinese.",
	PINWarning:       "Never text your PIN; we never ask for it by text. If that was your PIN, change it now: text PIN and we'll call you.",
	PINChanged:       "Your PIN is set. If this was not you, call {care} at once.",
	PINUnchanged:     "Your PIN was not changed. To try again, text PIN.",
	PINReset:         "Your PIN was reset. To choose a new one, text PIN and we'll call you. If you did not ask for this, call {care} at once.",
}

// promptsEN are the sentences of a call in English. The map is never written to.
var promptsEN = map[Prompt][]string{
	Guard:       {"Hello, this is your mobile payment service.", "There is a payment to confirm.", "To hear it, press 1.", "If you ordered nothing, press 0."},
	Details:     {"{deed} to {spoken-party}.", "… The amount is {spoken-amount}."},
	FromPurse:   {"It will be paid from your purse."},
	Irrevocable: {"It will be paid from your bank account and cannot be undone."},
	AskPIN:      {"To pay, key in your six-digit PIN.", "To hear it again slowly, press star.", "If this is not your order, press 0, then the hash key."},
	AskPINAgain: {"The amount is {spoken-amount}.", "Please key in your six-digit PIN.", "To hear it again slowly, press star."},
	PINWrong:    {"That PIN is wrong.", "You have {tries} left."},
	PINShort:    {"A PIN has six digits."},
	PINGoOn:     {"Please continue with your PIN.", "To start over, press star."},
	PINLocked:   {"That PIN is wrong, and your PIN is now locked.", "Nothing was taken.", "Please ask your operator to unlock it."},
	Paid:        {"Thank you, {spoken-amount} is paid.", "You will get a receipt by text.", "Goodbye."},
	Texting:     {"Thank you. Your bank is still processing this payment.", "Please do not pay again. We will text you the result.", "Goodbye."},
	Refused:     {"The payment was not made: {reason}.", "Nothing was taken.", "Goodbye."},
	StoppedCall: {"This order was stopped.", "Nothing more will be done. Goodbye."},
	ExpiredCall: {"This order has expired, and nothing was taken.", "To pay, please order again. Goodbye."},
	NotMeDone:   {"Thank you. Nothing was done, and your number is now blocked for payments.", "Please call your operator. Goodbye."},
	NotMeLate:   {"Thank you. Your number is now blocked for payments, but this payment was confirmed before.", "Please call your operator. Goodbye."},
	Ask1Again:   {"This is your mobile payment service.", "To continue, press 1.", "If this was not you, press 0."},
	Bye:         {"Nothing was taken. Goodbye."},

	GuardPIN:    {"Hello, this is your mobile payment service.", "You asked to choose a PIN.", "To continue, press 1.", "If you did not ask, press 0."},
	AskOldPIN:   {"Key in your current PIN."},
	AskNewPIN:   {"Key in a new six-digit PIN."},
	AskNewAgain: {"Key in the new PIN again."},
	PINMismatch: {"The two PINs are not the same."},
	PINWeak:     {"That PIN is too easy to guess. Please choose another one."},
	ByePIN:      {"Your PIN was not changed. Goodbye."},
	PINDone:     {"Thank you, your PIN is set.", "Never tell it to anyone. Goodbye."},
}

// reasonsEN word Args.Reason: what follows "was not paid: ". Never written to.
var reasonsEN = map[string]string{
	"purse":       "not enough money in your purse",
	"funds":       "not enough money in your account",
	"account":     "the account cannot be used",
	"limit":       "it is over the bank's limit",
	"refused":     "the bank refused it",
	"unavailable": "your bank could not process it",
}

// remediesEN say what to do about each reason, by Args.Reason; the empty one is
// for all others. Never written to.
var remediesEN = map[string]string{
	"purse":       "Pay less, or top up.",
	"funds":       "Pay less, or add money first.",
	"limit":       "Pay less, or try tomorrow.",
	"unavailable": "Please order again later.",
	"":            "Ask your bank, or call {care}.",
}

// whysEN say why a text was not understood, by order.Reason; the empty one is
// for all others. Never written to.
var whysEN = map[string]string{
	"code":        "We could not find a shop code, so this text paid nothing",
	"number":      "We could not find a mobile number to pay, so this text paid nothing",
	"amount":      "We could not read the amount, so this text paid nothing",
	"zero":        "The amount is zero, so this text paid nothing",
	"decimals":    "The amount has too many decimals, so this text paid nothing",
	"range":       "The amount is too large, so this text paid nothing",
	"currency":    "We cannot pay in that currency, so this text paid nothing",
	"two numbers": "We found more than one number, so this text paid nothing",
	"source":      "We are not sure which account to pay from, so this text paid nothing",
	"language":    "We do not speak that language",
	"too much":    "We did not understand all of your text, so it paid nothing",
	"confirm":     "Only the word YES confirms a payment, so this text paid nothing",
	"":            "We could not read this text, so it paid nothing",
}
