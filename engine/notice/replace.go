package notice

import "mpg/engine/lang"

// stages lists the texts that tell how far a payment has come. Those that map to
// true no longer hold once a later one is due: calls that failed, questions that
// are still open, and what a bank has said, which its late answer may contradict.
// Receipts are never replaced, nor are texts that tell more than a stage.
var stages = map[lang.Key]bool{
	lang.CallSoon:       true,
	lang.LineBusy:       true,
	lang.NoAnswer:       true,
	lang.CallRefused:    true,
	lang.HungUp:         true,
	lang.NoKeys:         true,
	lang.CutOff:         true,
	lang.CallFailed:     true,
	lang.NotPlaced:      true,
	lang.WrongPIN:       true,
	lang.Checking:       true,
	lang.Doubt:          true,
	lang.Declined:       true,
	lang.BankDown:       true,
	lang.NotPaid:        true,
	lang.NotPaidBlocked: true,
	lang.UnpaidBlocked:  true,

	lang.PaidPurse:        false,
	lang.PaidBank:         false,
	lang.SentPurse:        false,
	lang.Locked:           false,
	lang.NotMe:            false,
	lang.Stopped:          false,
	lang.StoppedBlocked:   false,
	lang.StoppedReset:     false,
	lang.OffersOffStopped: false,
	lang.Expired:          false,
}

// Interim reports whether n tells of a stage that a later text may replace.
func (n *Notice) Interim() bool { return stages[n.Text] && n.Args.Ref != "" }

// Replaces reports whether n, which was written later, makes older superfluous:
// both tell the same person how far the same payment has come, and older is
// interim.
func (n *Notice) Replaces(older *Notice) bool {
	_, stage := stages[n.Text]
	return stage && older.Interim() && n.Args.Ref == older.Args.Ref && n.To == older.To
}
