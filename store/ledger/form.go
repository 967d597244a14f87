package ledger

import (
	"slices"

	"mpg/store"
)

// wellFormed reports whether a Cmd keeps the limits of package store and makes
// sense by itself.
func wellFormed(cmd *store.Cmd) bool {
	year := cmd.At.UTC().Year()
	return cmd.ID != store.ID{} &&
		year >= store.YearMin && year <= store.YearMax &&
		len(cmd.Opens) <= store.OpensMax && len(cmd.Transfers) <= store.TransfersMax &&
		len(cmd.Writes) <= store.WritesMax && len(cmd.Outbox) <= store.RowsMax && len(cmd.Done) <= store.DoneMax &&
		intakeFormed(cmd.Intake) && opensFormed(cmd.Opens) && transfersFormed(cmd.Transfers) &&
		writesFormed(cmd.Writes) && rowsFormed(cmd.Outbox) && !slices.Contains(cmd.Done, 0)
}

func intakeFormed(in *store.Intake) bool {
	return in == nil || (in.Window > 0 && in.Window <= store.WindowMax)
}

func opensFormed(opens []store.Open) bool {
	for i := range opens {
		o := &opens[i]
		kind := o.Kind == store.Owed || o.Kind == store.Asset
		if o.ID == 0 || !kind || o.Currency == "" || len(o.Currency) > store.CurrencyMax {
			return false
		}
	}
	return true
}

func transfersFormed(transfers []store.Transfer) bool {
	for i := range transfers {
		if !transferFormed(&transfers[i]) {
			return false
		}
	}
	return true
}

func transferFormed(t *store.Transfer) bool {
	switch t.Op {
	case store.Post:
		return t.Hold == 0
	case store.Hold:
		return t.Hold != 0
	case store.Settle, store.Void:
		return t.Hold != 0 && t.Debit == 0 && t.Credit == 0 && t.Amount == 0
	}
	return false
}

// writesFormed also refuses two writes of one document in one Cmd, of which
// neither could be said to come first.
func writesFormed(writes []store.Write) bool {
	for i := range writes {
		w := &writes[i]
		if w.Key == "" || len(w.Key) > store.KeyBytesMax || len(w.Data) > store.DataBytesMax || !modeFormed(w) {
			return false
		}
		for j := range writes[:i] {
			if writes[j].Key == w.Key && writes[j].Table == w.Table {
				return false
			}
		}
	}
	return true
}

func modeFormed(w *store.Write) bool {
	switch w.Mode {
	case store.Put:
		return true
	case store.Delete, store.Check:
		return len(w.Data) == 0
	}
	return false
}

func rowsFormed(rows []store.Row) bool {
	return !slices.ContainsFunc(rows, func(r store.Row) bool { return len(r.Data) > store.DataBytesMax })
}
