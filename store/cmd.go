package store

import (
	"time"

	"mpg/store/money"
)

// Limits of one Cmd. They bound what a commit may hold and what a journal
// record may claim.
const (
	TransfersMax = 64      // transfers in a Cmd
	WritesMax    = 64      // document writes in a Cmd
	RowsMax      = 64      // outbox rows added by a Cmd
	DoneMax      = 4096    // outbox rows marked done by a Cmd
	OpensMax     = 64      // accounts opened by a Cmd
	LimitsMax    = 64      // accounts limited by a Cmd
	StampsMax    = 64      // balances frozen into a document
	KeyBytesMax  = 128     // bytes of a document's key
	DataBytesMax = 1 << 16 // bytes of a document or of an outbox row
	CurrencyMax  = 8       // bytes of a currency's code

	WindowMax = 31 * 24 * time.Hour // of a DedupKey
)

// The years that a Cmd's At may lie in; a journal keeps it in nanoseconds.
const (
	YearMin = 1970
	YearMax = 2261
)

// ID names a Cmd. The caller chooses it before the work begins, so that a
// repeat is known.
type ID [16]byte

// Digest is a keyed or plain hash, cut to 16 bytes.
type Digest [16]byte

// AccountID names an account for ever; people ask by name, which a document
// maps to it. Zero is none.
type AccountID uint64

// HoldID names a hold, chosen by the caller; zero is none. A HoldID is never
// used again.
type HoldID uint64

// RowID numbers the outbox rows in the order of their commits, from 1.
type RowID uint64

// Table names a space of documents. The numbers are the engine's.
type Table uint8

// Cmd is one atomic step. It is done whole or refused whole.
type Cmd struct {
	ID          ID     // never zero
	Fingerprint Digest // of what is asked; the same ID with another one is RefusedFingerprint
	At          time.Time

	Dedup     *DedupKey // of the text that caused it; nil: none did
	Opens     []Open    // accounts to open, before the transfers
	Transfers []Transfer
	Limits    []Limit // rules for accounts, in force after the transfers
	Writes    []Write
	Outbox    []Row
	Done      []RowID // rows delivered; one already done is not an error, one not added yet is RefusedForm
}

// DedupKey identifies the copies of a text, so that it is accepted only once.
type DedupKey struct {
	Digest Digest
	// Window is how far back an equal text makes this one a copy: more than 0,
	// at most WindowMax. A store that remembers less knows fewer copies.
	Window time.Duration
	// KnownAcked says that the sender is known to have had the acknowledgement of
	// the earlier copy, so that this one is a new text.
	KnownAcked bool
}

// Kind says on which side an account stands.
type Kind uint8

const (
	// Liability is what we owe others (purse, merchant, fees): credits less debits,
	// never below zero, held debits counted.
	Liability Kind = iota + 1
	// Asset is what others owe us (float, bank): debits less credits, without
	// a limit.
	Asset
)

// Open opens an account.
type Open struct {
	ID       AccountID
	Kind     Kind
	Currency string       // code, at most CurrencyMax bytes
	Ceiling  money.Amount // as in Limit; the transfers of the same Cmd are held to it
}

// Limit replaces the rules for one account. They are checked only when a Hold or a Post
// is made, against what is posted and what is pending: posting or voiding a hold is
// never refused because of them, so that money that a bank has taken can always be
// posted. The transfers of the same Cmd come first, so that one Cmd can empty an account
// and close it.
type Limit struct {
	Account AccountID
	// Ceiling is the most that the account may reach; 0: no limit. For a Liability account
	// it limits what we owe its owner, for an Asset what that bank owes us; see
	// Account.Reach. An account already above it just accepts no more.
	Ceiling money.Amount
	// Closed refuses each new Hold and Post, on either side.
	Closed bool
	// IfEmpty refuses the Cmd if, after its transfers, the posted balance of the account is
	// not zero or anything is pending on it: whoever closes an account cannot be sure of
	// that at any other moment. An Entry does not keep it.
	IfEmpty bool
}

// Account is an account with its four counters, which only grow but for the
// pending ones, which fall when a hold ends.
type Account struct {
	ID                            AccountID
	Kind                          Kind
	Currency                      string
	DebitsPending, DebitsPosted   money.Amount
	CreditsPending, CreditsPosted money.Amount
	Ceiling                       money.Amount // see Limit
	Closed                        bool         // the same
}

// Posted is the balance, positive on the account's own side.
func (a Account) Posted() money.Amount {
	if a.Kind == Asset {
		return a.DebitsPosted - a.CreditsPosted
	}
	return a.CreditsPosted - a.DebitsPosted
}

// Available returns what may still leave the account: Posted less what is held.
func (a Account) Available() money.Amount {
	if a.Kind == Asset {
		return a.DebitsPosted - a.CreditsPosted - a.CreditsPending
	}
	return a.CreditsPosted - a.DebitsPosted - a.DebitsPending
}

// Reach returns what Posted would be if everything pending towards the account were
// posted, and nothing pending away from it.
func (a Account) Reach() money.Amount {
	if a.Kind == Asset {
		return a.DebitsPosted + a.DebitsPending - a.CreditsPosted
	}
	return a.CreditsPosted + a.CreditsPending - a.DebitsPosted
}

// Empty reports whether the posted balance is zero and nothing is pending.
func (a Account) Empty() bool { return a.Posted() == 0 && a.DebitsPending+a.CreditsPending == 0 }

// Op says what a Transfer does.
type Op uint8

const (
	Post     Op = iota + 1 // moves Amount at once
	Hold                   // sets Amount aside under Hold
	PostHold               // posts Amount of the hold, or all that is left if Amount is zero; Debit and Credit are zero
	VoidHold               // gives Amount of the hold back, or all that is left if Amount is zero; likewise
)

// Transfer moves or holds money between two accounts of one currency. Once
// done it never changes. A hold may be posted and voided in parts: it stays open
// until nothing of it is left.
type Transfer struct {
	Op Op
	// Partial says, in an Entry, that a PostHold or VoidHold left part of the hold open. In a
	// Cmd it means nothing: the Amount decides.
	Partial bool
	// IgnoreLimits makes a Post succeed whatever the ceilings of its accounts, and even if
	// one is closed: for money that comes back and must not be lost. It has no meaning with
	// another Op.
	IgnoreLimits  bool
	Code          uint16 // why, in the caller's words
	Debit, Credit AccountID
	Amount        money.Amount // 1 to money.Max
	Hold          HoldID
	Ref           uint64 // what it belongs to, in the caller's numbers (a payment, a batch); 0: nothing
}

// Write writes a document.
type Write struct {
	Table  Table
	Key    string
	Expect uint64 // the version that was read; 0: there must be none
	Mode   Mode
	Data   []byte // kept by the store: the caller must not change it after
	// Stamp lists accounts whose counters after this Cmd are frozen into the
	// document, after Data; see Stamped. Only with Put and Archive.
	Stamp []AccountID
}

// Mode says what a Write does when its version is right.
type Mode uint8

const (
	Put    Mode = iota // the document becomes Data at version Expect+1
	Delete             // the document is gone, or never was; a later one begins at version 1
	Check              // nothing; only the version matters, which may be 0
	// Archive is a Put after which the document never changes again: any later write
	// but a Check is RefusedArchived. It is read as before, but takes less room and
	// more time.
	Archive
)

// Doc is a document as it is kept. Data must not be changed.
type Doc struct {
	Key     string
	Version uint64
	Data    []byte
}

// Row is an outbox row to add.
type Row struct {
	Data  []byte
	Stamp AccountID // the account whose Posted after this Cmd is kept in the row; 0: none
}

// OutRow is an outbox row as it is kept. Data must not be changed.
type OutRow struct {
	ID     RowID
	Data   []byte
	Posted money.Amount // of Row.Stamp
}

// Result says how a Cmd ended.
type Result struct {
	Refusal Refusal // None: done
	Repeat  bool    // done before under the same ID; the fields below are the first ones
	Seq     uint64  // the Cmd's number in the journal, from 1; 0 if refused
	First   ID      // with RefusedRedelivery: the Cmd that took the text in
	FirstAt time.Time
	Rows    []OutRow // the rows added, as kept; nil on a Repeat

	// Of a refusal for one item of a list of the Cmd: its index there, and the
	// account that was short, closed, too full or unknown; 0 if it was none.
	At      int
	Account AccountID
	Short   money.Amount // with RefusedFunds: how much is missing; with RefusedCeiling: how much is too much
}
