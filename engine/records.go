package engine

import (
	"maps"

	"mpg/engine/admin"
	"mpg/engine/approval"
	"mpg/engine/ask"
	"mpg/engine/attempt"
	"mpg/engine/books"
	"mpg/engine/call"
	"mpg/engine/card"
	"mpg/engine/cdr"
	"mpg/engine/claim"
	"mpg/engine/due"
	"mpg/engine/follow"
	"mpg/engine/limit"
	"mpg/engine/merchant"
	"mpg/engine/names"
	"mpg/engine/notice"
	"mpg/engine/payment"
	"mpg/engine/reconcile"
	"mpg/engine/refusal"
	"mpg/engine/staff"
	"mpg/engine/till"
	"mpg/engine/user"
	"mpg/store"
)

// coreRecords returns an empty record of each table of the core: no module may take one
// of these tables.
func coreRecords() map[store.Table]any {
	core := make(map[store.Table]any)
	for _, room := range coreRooms() {
		maps.Copy(core, room)
	}
	return core
}

// coreRooms returns the tables of each room of the core. No two rooms may have a table of the
// same number: each would decode what the other has written.
func coreRooms() []map[store.Table]any {
	return []map[store.Table]any{
		{
			ask.Table: ask.Box{}, approval.Table: approval.Approval{}, approval.WaitingTable: struct{}{}, approval.AlikeTable: approval.Alike{}, attempt.Table: attempt.Attempt{}, card.Table: card.Wallet{}, card.CheckTable: card.Check{}, cdr.Table: cdr.Record{}, due.Table: due.Row{}, follow.Table: follow.Position{}, limit.Table: limit.Usage{}, merchant.Table: merchant.Merchant{}, merchant.AgentTable: merchant.AgentPhone{}, payment.OwedTable: payment.Owed{},
			notice.DroppedTable: notice.Dropped{},
			payment.Table:       payment.Payment{}, payment.BankTable: payment.Request{}, payment.RefundsTable: payment.Refunds{}, payment.UnclaimedTable: payment.Unclaimed{}, payment.ClaimTable: payment.Claim{},
			claim.ListTable: claim.List{}, names.Table: names.Book{},
			payment.OpenTable: struct{}{}, payment.OpenRequestTable: struct{}{},
			refusal.Table: refusal.Refused{}, user.AliasTable: user.Alias{}, user.ConsentTable: user.Consent{}, user.KnownTable: user.Known{}, user.Table: user.User{},
		},
		admin.Records(), books.Records(), call.Records(), reconcile.Records(), staff.Records(), till.Records(),
	}
}
