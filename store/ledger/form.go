package ledger

import (
	"slices"

	"mpg/store"
	"mpg/store/money"
)

// form refuses a Cmd that exceeds a limit of package store or is malformed.
func (d *decision) form(cmd *store.Cmd) store.Refusal {
	if r := cmdForm(cmd); r != store.None {
		return r
	}
	for i := range cmd.Opens {
		if r := d.item(i, openForm(&cmd.Opens[i])); r != store.None {
			return d.refuse(r, cmd.Opens[i].ID, 0)
		}
	}
	for i := range cmd.Transfers {
		if r := d.item(i, transferForm(&cmd.Transfers[i])); r != store.None {
			return r
		}
	}
	for i := range cmd.Limits {
		if r := d.item(i, limitForm(cmd.Limits, i)); r != store.None {
			return d.refuse(r, cmd.Limits[i].Account, 0)
		}
	}
	for i := range cmd.Writes {
		if r := d.item(i, writeForm(cmd.Writes, i)); r != store.None {
			return r
		}
	}
	for i := range cmd.Outbox {
		if len(cmd.Outbox[i].Data) > store.DataBytesMax {
			return d.item(i, store.RefusedDataLength)
		}
	}
	if i := slices.Index(cmd.Done, 0); i >= 0 {
		return d.item(i, store.RefusedRowZero)
	}
	return store.None
}

// cmdForm checks the Cmd itself and the lengths of its lists.
func cmdForm(cmd *store.Cmd) store.Refusal {
	year := cmd.At.UTC().Year()
	switch {
	case cmd.ID == store.ID{}:
		return store.RefusedIDZero
	case year < store.YearMin || year > store.YearMax:
		return store.RefusedTime
	case cmd.Dedup != nil && (cmd.Dedup.Window <= 0 || cmd.Dedup.Window > store.WindowMax):
		return store.RefusedWindow
	case len(cmd.Opens) > store.OpensMax:
		return store.RefusedOpens
	case len(cmd.Transfers) > store.TransfersMax:
		return store.RefusedTransfers
	case len(cmd.Limits) > store.LimitsMax:
		return store.RefusedLimits
	case len(cmd.Writes) > store.WritesMax:
		return store.RefusedWrites
	case len(cmd.Outbox) > store.RowsMax:
		return store.RefusedRows
	case len(cmd.Done) > store.DoneMax:
		return store.RefusedDone
	}
	return store.None
}

func openForm(open *store.Open) store.Refusal {
	switch {
	case open.ID == 0:
		return store.RefusedAccountZero
	case open.Kind != store.Liability && open.Kind != store.Asset:
		return store.RefusedKind
	case open.Currency == "" || len(open.Currency) > store.CurrencyMax:
		return store.RefusedCurrencyCode
	case open.Ceiling < 0 || open.Ceiling > money.Max:
		return store.RefusedCeilingRange
	}
	return store.None
}

// transferForm leaves the amount of a Post and of a Hold to the books, which ask
// for the accounts first.
func transferForm(transfer *store.Transfer) store.Refusal {
	switch transfer.Op {
	case store.Post:
		if transfer.Hold != 0 {
			return store.RefusedHoldNotZero
		}
		return store.None
	case store.Hold:
		if transfer.Hold == 0 {
			return store.RefusedHoldZero
		}
		return store.None
	case store.PostHold, store.VoidHold:
		switch {
		case transfer.Hold == 0:
			return store.RefusedHoldZero
		case transfer.Debit != 0 || transfer.Credit != 0:
			return store.RefusedAccountsNotZero
		case transfer.Amount < 0:
			return store.RefusedAmount
		}
		return store.None
	}
	return store.RefusedOp
}

// limitForm also refuses two limits for one account in one Cmd, since neither would
// come first. writeForm does the same for documents.
func limitForm(limits []store.Limit, at int) store.Refusal {
	l := &limits[at]
	switch {
	case l.Account == 0:
		return store.RefusedAccountZero
	case l.Ceiling < 0 || l.Ceiling > money.Max:
		return store.RefusedCeilingRange
	case slices.ContainsFunc(limits[:at], func(other store.Limit) bool { return other.Account == l.Account }):
		return store.RefusedLimitTwice
	}
	return store.None
}

func writeForm(writes []store.Write, at int) store.Refusal {
	w := &writes[at]
	switch {
	case w.Key == "" || len(w.Key) > store.KeyBytesMax:
		return store.RefusedKeyLength
	case len(w.Data)+len(w.Stamp)*store.StampBytes > store.DataBytesMax:
		return store.RefusedDataLength
	case w.Mode > store.Archive:
		return store.RefusedMode
	case !hasData(w.Mode) && len(w.Data) > 0:
		return store.RefusedDataNotEmpty
	case len(w.Stamp) > store.StampsMax || !hasData(w.Mode) && len(w.Stamp) > 0:
		return store.RefusedStamps
	}
	for j := range writes[:at] {
		if writes[j].Key == w.Key && writes[j].Table == w.Table {
			return store.RefusedWriteTwice
		}
	}
	return store.None
}

// hasData reports whether a write of this mode leaves a document.
func hasData(m store.Mode) bool { return m == store.Put || m == store.Archive }
