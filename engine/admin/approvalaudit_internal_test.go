package admin

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"mpg/engine/approval"
	"mpg/engine/codec"
	"mpg/engine/due"
	"mpg/engine/merchant"
	"mpg/store"
)

// history writes the records of an audit.
type history struct {
	t       *testing.T
	entries []store.Entry
}

// put returns a document of a table.
func (h *history) put(table store.Table, key string, record any) store.Write {
	data, err := codec.Encode(record)
	if err != nil {
		h.t.Fatal(err)
	}
	return store.Write{Table: table, Key: key, Data: data}
}

// gone returns the deletion of a document.
func gone(table store.Table, key string) store.Write {
	return store.Write{Table: table, Key: key, Mode: store.Delete}
}

// record adds a record.
func (h *history) record(writes ...store.Write) {
	h.entries = append(h.entries, store.Entry{Seq: uint64(len(h.entries) + 1), Writes: writes})
}

// asked returns an approval that waits.
func asked() *approval.Approval {
	at := time.Date(2026, 11, 25, 10, 0, 0, 0, time.UTC)
	return &approval.Approval{ID: "MNQRS2X", What: approval.What{Command: "purse topup", Key: "m"}, Maker: approval.Who{Name: "lin"},
		Made: at, Expires: at.Add(time.Hour), State: approval.Waiting}
}

// ask records that a command waits.
func (h *history) ask(a *approval.Approval) {
	h.record(h.put(approval.Table, a.ID, a), h.put(approval.WaitingTable, a.ID, &struct{}{}), h.put(due.Table, "029729460/approval/"+a.ID, &due.Row{}),
		h.put(keyTable, a.Key, &done{Approval: a.ID, Result: json.RawMessage(`{}`)}))
}

// end records the end of an approval.
func (h *history) end(a *approval.Approval, state approval.State, by string) {
	a.Result = json.RawMessage(`{"ref":"A"}`)
	a.End(state, approval.Who{Name: by}, a.Made.Add(time.Minute))
	h.record(h.put(approval.Table, a.ID, a), gone(approval.WaitingTable, a.ID), gone(due.Table, "029729460/approval/"+a.ID),
		h.put(keyTable, a.Key, &done{Approval: a.ID, Result: a.Result}))
}

// TestTheAuditOfApprovalsBites: what is sound passes, and each contradiction is named.
func TestTheAuditOfApprovalsBites(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		happens func(h *history)
		fault   string
	}{
		"waits":                  {func(h *history) { h.ask(asked()) }, ""},
		"done":                   {func(h *history) { a := asked(); h.ask(a); h.end(a, approval.Done, "hu") }, ""},
		"failed":                 {func(h *history) { a := asked(); h.ask(a); h.end(a, approval.Failed, "hu") }, ""},
		"refused":                {func(h *history) { a := asked(); h.ask(a); h.end(a, approval.Refused, "hu") }, ""},
		"withdrawn":              {func(h *history) { a := asked(); h.ask(a); h.end(a, approval.Withdrawn, "lin") }, ""},
		"expired":                {func(h *history) { a := asked(); h.ask(a); h.end(a, approval.Expired, "") }, ""},
		"by itself":              {func(h *history) { a := asked(); h.ask(a); h.end(a, approval.Done, "lin") }, "was answered by its own maker"},
		"by nobody":              {func(h *history) { a := asked(); h.ask(a); h.end(a, approval.Done, "") }, "or by nobody"},
		"not by lin":             {func(h *history) { a := asked(); h.ask(a); h.end(a, approval.Withdrawn, "hu") }, "withdrawn by somebody else"},
		"twice":                  {func(h *history) { a := asked(); h.ask(a); h.end(a, approval.Done, "hu"); h.end(a, approval.Done, "hu") }, "changed after it had ended"},
		"out of time":            {func(h *history) { a := asked(); a.Expires = a.Made; h.ask(a); h.end(a, approval.Done, "hu") }, "after it had expired"},
		"unasked":                {func(h *history) { h.end(asked(), approval.Done, "hu") }, "ended without having waited"},
		"changed while it waits": {func(h *history) { h.ask(asked()); h.ask(asked()) }, "changed while it was waiting"},
		"another result": {func(h *history) {
			a := asked()
			h.ask(a)
			h.end(a, approval.Done, "hu")
			last := &h.entries[len(h.entries)-1]
			last.Writes[3] = h.put(keyTable, a.Key, &done{Approval: a.ID, Result: json.RawMessage(`{"ref":"B"}`)})
		}, "another result than its command"},
		"without its command": {func(h *history) {
			h.ask(asked())
			h.entries[0].Writes = h.entries[0].Writes[:3]
		}, "not named by the record of its command"},
		"a command without it": {func(h *history) {
			h.record(h.put(keyTable, "m", &done{Approval: "MNQRS2X", Result: json.RawMessage(`{}`)}))
		}, "which does not exist"},
		"not listed": {func(h *history) { h.ask(asked()); h.record(gone(approval.WaitingTable, "MNQRS2X")) }, "waits and is not listed"},
		"listed for ever": {func(h *history) {
			a := asked()
			h.ask(a)
			h.end(a, approval.Done, "hu")
			h.record(h.put(approval.WaitingTable, a.ID, &struct{}{}))
		}, "listed and does not wait"},
		"never expires": {func(h *history) { h.ask(asked()); h.record(gone(due.Table, "029729460/approval/MNQRS2X")) }, "would never expire"},
		"unreadable":    {func(h *history) { h.record(store.Write{Table: approval.Table, Key: "MNQRS2X", Data: []byte{0xff}}) }, "cannot be read"},
		"a bank account to come": {func(h *history) {
			h.record(h.put(merchant.Table, "8001", &merchant.Merchant{Code: "8001", Next: &merchant.NextBank{}}), h.put(due.Table, "029729460/shop-bank/8001", &due.Row{}))
		}, ""},
		"a bank account that never comes": {func(h *history) {
			h.record(h.put(merchant.Table, "8001", &merchant.Merchant{Code: "8001", Next: &merchant.NextBank{}}))
		}, "would never change"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := &history{t: t}
			tt.happens(h)
			check := newApprovalCheck()
			var faults []string
			for i := range h.entries {
				own, found := check.Entry(&h.entries[i])
				if len(own) > 0 {
					t.Errorf("claims transfers %v", own)
				}
				faults = append(faults, found...)
			}
			faults = append(faults, check.End()...)
			all := strings.Join(faults, "\n")
			if tt.fault == "" && all != "" || tt.fault != "" && !strings.Contains(all, tt.fault) {
				t.Errorf("found %q, want %q", all, tt.fault)
			}
		})
	}
}
