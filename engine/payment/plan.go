package payment

import (
	"time"

	"mpg/store"
	"mpg/store/money"
)

// Product names what the subscriber ordered.
type Product string

// The products.
const (
	MPurse Product = "mpurse" // purse to merchant
	MDebit Product = "mdebit" // bank account to merchant
	MP2P   Product = "mp2p"   // purse or bank account to a person
	// MCredit is a card to a merchant.
	MCredit Product = "mcredit"
	TopUp   Product = "topup" // cash in, by the operator

	BankIn  Product = "bankin"  // from the bank account into the same subscriber's purse
	BankOut Product = "bankout" // from the purse to the same subscriber's bank account
	CashOut Product = "cashout" // from the purse to an agent, who gives cash for it
	CashIn  Product = "cashin"  // from an agent, who was given cash for it, to a purse

	Correction Product = "correction" // a top-up taken back, by the operator
	PaidBack   Product = "refund"     // a shop pays its customer back
	ClaimPaid  Product = "claim"      // what was sent to a number that has registered since
	ClaimBack  Product = "claim-back" // the same to its payer again, because nobody did
	Chargeback Product = "chargeback" // a card issuer takes an amount back from a shop

	LatePaid   Product = "late-paid"   // a bank has paid out after the payer had the money back
	LateUndone Product = "late-undone" // it has taken that back
	WriteOff   Product = "write-off"   // it will not, and the operator bears the loss

	DebtPaid Product = "debt-paid"      // a shop has paid what it owed the operator
	DebtOff  Product = "debt-write-off" // it will not, and the operator bears the loss
)

// Spends reports whether payments by p count as what a subscriber spends. What comes into the
// payer's own purse does not, nor what an agent pays for cash; limits for these name them.
func (p Product) Spends() bool { return p != BankIn && p != CashIn }

// Plan is what a product makes of an order: pure data, fixed when the order is accepted.
//
// A payment passes through stages. It is at AtOrder when it is taken in, at AtConfirm once
// it is confirmed, and one further with each gate that opens: the approval of a bank, in
// the order of Asks, or the capture of an amount, which comes before a Completion and
// otherwise last. Each leg says at which stage it is posted; at the last stage the payment
// is made. If a gate stays shut, what is held is given back, and what earlier stages have
// posted is handed back: it goes to Back.
type Plan struct {
	Product Product `cbor:"1,keyasint"`
	Legs    []Leg   `cbor:"2,keyasint"`
	// PINExempt payments are made without a PIN call.
	PINExempt bool  `cbor:"3,keyasint,omitempty"`
	Asks      []Ask `cbor:"4,keyasint,omitempty"` // in their order; none: the purse pays
	Notice    int   `cbor:"5,keyasint"`           // version of what is spoken before the PIN
	// Capture is how long the payment waits to learn how much of what is held is to be
	// captured; 0: it does not wait. A bank that is asked for money pays the whole of it, so
	// such a plan asks for nothing but a PreAuth and its Completion.
	Capture time.Duration `cbor:"6,keyasint,omitempty"`
	// Back is the account to which money is handed back that was posted before a gate
	// stayed shut. It must be set if a leg is posted before the last stage.
	Back store.AccountID `cbor:"7,keyasint,omitempty"`
	// Partial says that a bank may hold less than the PreAuth asks for. At most that
	// much can then be captured. Otherwise such an approval is undone.
	Partial bool `cbor:"8,keyasint,omitempty"`
	// Split is the purse that pays the rest if a bank holds less than the PreAuth asks for;
	// 0: none does.
	Split store.AccountID `cbor:"22,keyasint,omitempty"`
	// Claim is how long the money waits for a payee who is not registered yet; 0: the payee is.
	// The payment is made without that: see Claim, the record.
	Claim time.Duration `cbor:"12,keyasint,omitempty"`
	// Wait is how long the payment waits before its call, since its payer has never paid the
	// payee; 0: it does not.
	Wait time.Duration `cbor:"20,keyasint,omitempty"`
	// NewPayee says that the payee becomes known to the payer once it is paid.
	NewPayee bool `cbor:"21,keyasint,omitempty"`
	// Card is the card that pays, as people may see it; nil: no card does.
	Card *Card `cbor:"9,keyasint,omitempty"`
	// Decision has the payee accept or refuse what the PreAuth holds; nil: it is not
	// asked.
	Decision *Decision `cbor:"10,keyasint,omitempty"`
	// Vertical is the kind of business of the shop, if it is not an ordinary sale; see
	// merchant.Vertical.
	Vertical string `cbor:"14,keyasint,omitempty"`
}

// Card is what people may see of a card.
type Card struct {
	Nick   string `cbor:"1,keyasint"` // by which its holder calls it
	Scheme string `cbor:"2,keyasint"` // such as visa
	Last4  string `cbor:"3,keyasint"` // the last four digits of its number
	// Holder says that the holder agrees that shops may see the name on the card.
	Holder bool `cbor:"4,keyasint,omitempty"`
}

// Decision is how the payee agrees to a payment.
type Decision struct {
	Within  time.Duration `cbor:"1,keyasint"`           // the time that the payee has
	Accepts bool          `cbor:"2,keyasint,omitempty"` // its silence accepts; otherwise it refuses
}

// Leg is one movement of a Plan.
type Leg struct {
	From   store.AccountID `cbor:"1,keyasint"`
	To     store.AccountID `cbor:"2,keyasint"`
	Amount money.Amount    `cbor:"3,keyasint"`
	Code   uint16          `cbor:"4,keyasint"` // why; see the Code constants
	// Held says that the leg is held, at stage HeldAt, before it is posted. A leg that a bank
	// will move is held as well: limits and closed accounts are checked only when a hold
	// is made, so a bank never takes what the books then refuse.
	Held bool `cbor:"5,keyasint,omitempty"`
	// HeldAt is the stage at which the leg is held; AtOrder is the usual one. A leg
	// that moves money out of transit is held at the stage that posts the money into
	// transit.
	HeldAt Stage `cbor:"6,keyasint,omitempty"`
	// PostedAt is the stage at which the leg is posted.
	PostedAt Stage `cbor:"7,keyasint,omitempty"`
	// Currency is that of the accounts, if it is not the payment's: points, for example.
	Currency string `cbor:"8,keyasint,omitempty"`
}

// Stage counts how far a payment has come: see Plan.
type Stage int

// The stages before and at the confirmation. A leg's zero HeldAt is AtOrder.
const (
	AtOrder   Stage = iota // taken in, and not confirmed
	AtConfirm              // confirmed; each gate adds one
)

// Kind says what a bank or a biller is asked to do.
type Kind string

// The kinds of requests. Those up to PreAuth ask for an answer, without which they are
// undone. The others are advices: they tell what has been decided, and are repeated until
// they are answered.
const (
	Debit   Kind = "debit"   // take money out of the account for us
	Credit  Kind = "credit"  // pay money into the account
	Refund  Kind = "refund"  // pay back what it debited before
	PreAuth Kind = "preauth" // hold money in the account; its Completion follows

	Completion Kind = "completion" // take what is captured of what the PreAuth before it holds
	Notify     Kind = "notify"     // take note that a bill is paid: a biller, not a bank
)

// Advice reports whether a request of that kind is repeated until it is answered, and never
// undone.
func (k Kind) Advice() bool { return k == Completion || k == Notify }

// Takes reports whether the approval of such a request takes money out of a customer's
// account for us.
func (k Kind) Takes() bool { return k == Debit || k == Completion }

// Pays reports whether the approval of such a request pays money into a customer's account.
func (k Kind) Pays() bool { return k == Credit || k == Refund }

// Ask is what one bank or biller is asked for. The account is fixed when the order is
// accepted: one that the subscriber gives later does not change what was promised.
type Ask struct {
	Bank     string       `cbor:"1,keyasint"` // name of the bank, or of the biller
	Account  uint64       `cbor:"2,keyasint"` // number of its sealed document; 0 with Notify
	Amount   money.Amount `cbor:"3,keyasint"` // with Completion: at most
	Kind     Kind         `cbor:"4,keyasint"`
	Currency string       `cbor:"5,keyasint,omitempty"` // if it is not the payment's
	// Waits says that the payment is made only once the biller has accepted. Other billers
	// are told once it is made.
	Waits bool `cbor:"6,keyasint,omitempty"`
	// From is the account in our books that the legs debit which a Completion moves.
	From store.AccountID `cbor:"7,keyasint,omitempty"`
	// Bill is the reference by which a biller knows the bill, with Notify.
	Bill string `cbor:"8,keyasint,omitempty"`
	// Card says that the account is the token of a card.
	Card bool `cbor:"9,keyasint,omitempty"`
}

// Codes of legs, kept in the journal.
const (
	CodePay   uint16 = 1 // the ordered amount
	CodeTopUp uint16 = 2 // cash in

	CodeCorrection uint16 = 3 // a top-up taken back
	CodeBankIn     uint16 = 4 // from a bank into transit
	CodeBankOut    uint16 = 5 // out of transit to a bank
	CodeFee        uint16 = 6
	CodeDiscount   uint16 = 7
	CodeBack       uint16 = 8 // money comes back to its owner, whose account takes it whatever its limits
	CodeRefund     uint16 = 9
	CodeTax        uint16 = 10 // the part of a fee that is tax
	CodeClaim      uint16 = 16 // to a payee who has registered since
	CodeFund       uint16 = 20 // the operator funds an agent
	CodeUnit       uint16 = 21 // counts towards a limit; moves no money
	CodeChargeback uint16 = 11 // a card issuer takes an amount back
	CodeSuspense   uint16 = 28 // into suspense or out of it, whatever the bank may owe; see LatePaid
	CodeWriteOff   uint16 = 29 // see WriteOff and DebtOff
	CodePayOut     uint16 = 30 // a shop that closes is paid what its account holds
	CodeDebtPaid   uint16 = 31 // a shop pays what it owes
	CodeSplit      uint16 = 32 // a purse pays what a card does not; see Plan.Split
)

// IgnoresLimits reports whether legs with that code are posted whatever the limits of their
// accounts: what they record has happened.
func IgnoresLimits(code uint16) bool { return code == CodeBack || code == CodeSuspense }

// NoticeVersion is the version of the notices spoken today. It grows when the
// meaning of their words changes.
const NoticeVersion = 5
