package engine

import (
	"maps"

	"mpg/engine/admin"
	"mpg/engine/approval"
	"mpg/engine/attempt"
	"mpg/engine/books"
	"mpg/engine/call"
	"mpg/engine/cdr"
	"mpg/engine/due"
	"mpg/engine/follow"
	"mpg/engine/limit"
	"mpg/engine/merchant"
	"mpg/engine/notice"
	"mpg/engine/payment"
	"mpg/engine/refusal"
	"mpg/engine/staff"
	"mpg/engine/user"
	"mpg/store"
)

// coreRecords returns an empty record of each table of the core: no module may take one
// of these tables.
func coreRecords() map[store.Table]any {
	core := map[store.Table]any{
		approval.Table: approval.Approval{}, approval.WaitingTable: struct{}{}, approval.AlikeTable: approval.Alike{}, attempt.Table: attempt.Attempt{}, cdr.Table: cdr.Record{}, due.Table: due.Row{}, follow.Table: follow.Position{}, limit.Table: limit.Usage{}, merchant.Table: merchant.Merchant{}, merchant.AgentTable: merchant.AgentPhone{},
		notice.DroppedTable: notice.Dropped{},
		payment.Table:       payment.Payment{}, payment.BankTable: payment.Request{}, payment.RefundsTable: payment.Refunds{}, payment.UnclaimedTable: payment.Unclaimed{},
		payment.OpenTable: struct{}{}, payment.OpenRequestTable: struct{}{},
		refusal.Table: refusal.Refused{}, user.AliasTable: user.Alias{}, user.ConsentTable: user.Consent{}, user.KnownTable: user.Known{}, user.Table: user.User{},
	}
	for _, room := range []map[store.Table]any{admin.Records(), books.Records(), call.Records(), staff.Records()} {
		maps.Copy(core, room)
	}
	return core
}
