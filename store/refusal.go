package store

// Refusal says why a Cmd was not done. Nothing of a refused Cmd is kept, so
// that it may be sent again. Where one item of a list is to blame, Result.At says
// which.
type Refusal uint8

// Refusals that another try may overcome, and requests seen before.
const (
	None               Refusal = iota
	RefusedStale               // a document has another version: read again and repeat
	RefusedFunds               // a Liability account would fall below zero
	RefusedCeiling             // an account would pass its Ceiling
	RefusedClosed              // an account is closed
	RefusedFingerprint         // the ID was used with another Fingerprint
	RefusedRedelivery          // the text was taken in within its Window; see Result.First

	// The books do not allow it.
	RefusedAccount       // an account is not known
	RefusedAccountExists // an account to open exists already
	RefusedSameAccount   // a transfer debits the account that it credits
	RefusedCurrency      // the two accounts differ in currency
	RefusedAmount        // an amount is not between 1 and money.Max, or that of a PostHold or VoidHold is negative
	RefusedOverflow      // a counter of an account would overflow
	RefusedHold          // a hold is not known
	RefusedHoldEnded     // a hold has been posted or voided completely
	RefusedHoldExists    // a Hold uses an id that was used before
	RefusedHoldExceeded  // a PostHold or VoidHold asks for more than is left of the hold
	RefusedRowNotAdded   // a row is marked done that was never added
	RefusedArchived      // a document to write was archived
	RefusedNotEmpty      // an account that had to be empty is not; see Limit.IfEmpty

	// Malformed commands: the caller has a fault.
	RefusedIDZero              // the Cmd has no ID
	RefusedTime                // At is not within YearMin and YearMax
	RefusedWindow              // the window of the DedupKey is not within WindowMax
	RefusedOpens               // more than OpensMax
	RefusedTransfers           // more than TransfersMax
	RefusedLimits              // more than LimitsMax
	RefusedWrites              // more than WritesMax
	RefusedRows                // more than RowsMax
	RefusedDone                // more than DoneMax
	RefusedAccountZero         // an account to open or to limit has no id
	RefusedKind                // an account to open is neither Liability nor Asset
	RefusedCurrencyCode        // a currency's code is empty or longer than CurrencyMax
	RefusedCeilingRange        // a Ceiling is negative or above money.Max
	RefusedLimitTwice          // an account is limited twice
	RefusedOp                  // a transfer has an unknown Op
	RefusedHoldZero            // a Hold, PostHold or VoidHold has no hold id
	RefusedHoldNotZero         // a Post has a hold id
	RefusedAccountsNotZero     // a PostHold or VoidHold names accounts, which come from its hold
	RefusedKeyLength           // a document's key is empty or longer than KeyBytesMax
	RefusedDataLength          // a document or row is longer than DataBytesMax
	RefusedMode                // a write has an unknown Mode
	RefusedDataNotEmpty        // a Delete or Check has Data
	RefusedStamps              // a Delete or Check has a Stamp, or another write has more than StampsMax
	RefusedWriteTwice          // a document is written twice
	RefusedRowZero             // a row marked done has no id
	refusalsEnd            int = iota
)

// Transient reports whether the same Cmd may be done later, after the caller
// has read again or the account has been filled, emptied or opened again.
func (r Refusal) Transient() bool { return r >= RefusedStale && r <= RefusedClosed }

// Malformed reports whether the Cmd is invalid by itself, whatever the books hold.
func (r Refusal) Malformed() bool { return r >= RefusedIDZero && int(r) < refusalsEnd }

// String names the refusal for logs.
func (r Refusal) String() string {
	if names := refusalNames(); int(r) < len(names) {
		return names[r]
	}
	return "unknown"
}

// refusalNames are the names in the order of the refusals.
func refusalNames() [refusalsEnd]string {
	return [refusalsEnd]string{
		None: "none", RefusedStale: "stale", RefusedFunds: "funds", RefusedCeiling: "ceiling", RefusedClosed: "closed",
		RefusedFingerprint: "fingerprint", RefusedRedelivery: "redelivery",

		RefusedAccount: "account_not_found", RefusedAccountExists: "account_exists", RefusedSameAccount: "accounts_must_differ",
		RefusedCurrency: "currencies_must_match", RefusedAmount: "amount_out_of_range", RefusedOverflow: "balance_overflows",
		RefusedHold: "hold_not_found", RefusedHoldEnded: "hold_ended", RefusedHoldExists: "hold_exists",
		RefusedHoldExceeded: "exceeds_hold", RefusedRowNotAdded: "row_not_added",
		RefusedArchived: "document_archived", RefusedNotEmpty: "account_not_empty",

		RefusedIDZero: "id_is_zero", RefusedTime: "time_out_of_range", RefusedWindow: "dedup_window_out_of_range",
		RefusedOpens: "too_many_opens", RefusedTransfers: "too_many_transfers", RefusedLimits: "too_many_limits",
		RefusedWrites: "too_many_writes", RefusedRows: "too_many_rows", RefusedDone: "too_many_done_rows",
		RefusedAccountZero: "account_id_is_zero", RefusedKind: "account_kind_unknown", RefusedCurrencyCode: "currency_code_invalid",
		RefusedCeilingRange: "ceiling_out_of_range", RefusedLimitTwice: "account_limited_twice", RefusedOp: "op_unknown",
		RefusedHoldZero: "hold_id_is_zero", RefusedHoldNotZero: "hold_id_not_zero", RefusedAccountsNotZero: "accounts_not_zero",
		RefusedKeyLength: "key_length_out_of_range", RefusedDataLength: "data_too_long", RefusedMode: "write_mode_unknown",
		RefusedDataNotEmpty: "data_not_empty", RefusedStamps: "stamps_out_of_range", RefusedWriteTwice: "document_written_twice",
		RefusedRowZero: "row_id_is_zero",
	}
}
