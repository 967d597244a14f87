package bank

// UndoOutcome is what the bank's answer to a reversal means for the caller.
type UndoOutcome string

// The outcomes of a reversal. Only UndoDone ends it.
const (
	UndoDone UndoOutcome = "done" // the bank says that the request is undone
	// UndoAbsent says that the bank has no such request, or none yet. It proves
	// nothing, as the request may still be on its way: repeat the reversal for
	// hours, and treat a late approval as an approval.
	UndoAbsent   UndoOutcome = "absent"
	UndoAgain    UndoOutcome = "again"    // not now: repeat it
	UndoOperator UndoOutcome = "operator" // repeat it, slowly, and tell an operator: it may never succeed
)

// Undo is the bank's answer to a reversal.
type Undo struct {
	Outcome UndoOutcome
	Code    string // ISO 8583:1987 DE39 of the 0430; empty where there was none
	// Settlement is the date under which the bank settles the reversal, MMDD; may be empty.
	// ISO 8583:1987 DE15
	Settlement string
}

// DefaultReversal returns what a code of a 0430 means unless the host's own table says
// otherwise. A bank that does not let an account go negative answers 51 to the reversal of
// a credit that has been spent meanwhile: only people can settle that. ISO 8583:1987 DE39
func DefaultReversal(code string) UndoOutcome {
	switch code {
	case codeApproved:
		return UndoDone
	case codeNotLocated:
		return UndoAbsent
	case "06", "09", "19", "20", "22", "68", "90", "91", "92", "94", "95", "96", "98":
		// Error, in progress, re-enter, invalid response, suspected malfunction, too
		// late, cut-off, inoperative, no route, duplicate, reconcile, malfunction.
		return UndoAgain
	}
	return UndoOperator
}
