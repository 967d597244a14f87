package report_test

import (
	"mpg/engine/report"
)

// world fills every table: Wang pays the florist after two calls and a bank's doubt, is
// refused twice, and the operator's people do this and that.
func (d *desk) world() {
	d.t.Helper()
	d.accounts()
	d.has("user",
		row{"no": 1, "phone": wang, "name": "Wang Fang", "name_zh": "王芳", "lang": "zh", "state": "active", "pin": 1, "bank": "icbc", "bank_mask": "****0001", "created_at": at("2026-11-20 00:00:00"), "seq": 1},
		row{"no": 2, "phone": li, "name": "Li Lei", "name_zh": "李雷", "state": "blocked", "why": "phone 13800000002 stolen", "pin": 0, "open": 3, "created_at": at("2026-11-21 00:00:00"), "seq": 2},
		row{"no": 3, "phone": "+8613900000003", "name": "100% Fang_", "state": "locked", "pin": 1, "created_at": at("2026-11-22 00:00:00"), "seq": 3})
	d.has("alias", row{"phone": "+8613700000009", "user": 1, "since_at": at("2026-11-20 00:00:00")})
	d.has("merchant",
		row{"code": "8001", "name": "BLUEBIRD FLORIST", "name_zh": "蓝鸟花店", "phone": "+8613800008001", "state": "open", "created_at": at("2026-11-20 00:00:00"), "seq": 4},
		row{"code": "80010", "name": "KIOSK", "state": "closed", "why": "gave up", "created_at": at("2026-11-20 00:00:00"), "closed_at": at("2026-11-22 00:00:00"), "seq": 5},
		row{"code": "8002", "name_zh": "书店", "state": "open", "created_at": at("2026-11-20 00:00:00"), "seq": 6})
	d.has("payment",
		d.pays(1, at("2026-11-24 01:00:00"), row{"product": "topup", "payer": "", "payee": wang, "channel": "operator", "person": "zhou"}),
		d.pays(2, at("2026-11-25 02:00:00"), row{"product": "mdebit", "bank": "icbc", "charged": 12850, "memo": "roses for Li Lei"}),
		d.pays(3, at("2026-11-25 03:00:00"), row{"product": "refund", "payer": "8001", "payee": wang, "of": 2, "received": 2850, "person": "zhou", "why": "asked by 138-0000-0001"}))
	for n, step := range []struct{ state, clock string }{
		{"received", "02:00:00"}, {"calling", "02:00:00"}, {"waiting", "02:00:30"}, {"calling", "02:01:00"}, {"confirmed", "02:01:40"}, {"sent", "02:01:40"}, {"unknown", "02:01:55"},
		{"reversing", "02:01:55"}, {"doubt", "02:31:55"}, {"approved", "02:50:00"}, {"posted", "02:50:00"}, {"done", "02:50:00"},
	} {
		d.has("step", row{"payment": 2, "n": n + 1, "state": step.state, "at": at("2026-11-25 " + step.clock)})
	}
	d.has("call",
		row{"key": "2/001", "purpose": "payment", "user": 1, "payment": 2, "try": 1, "placed_at": at("2026-11-25 02:00:01"), "end": "busy", "answered": 0, "ring_ms": 0, "talk_ms": 0, "sip": 486, "cause": 17, "text": "Busy Here, +8613800000001"},
		row{"key": "2/002", "purpose": "payment", "user": 1, "payment": 2, "try": 2, "placed_at": at("2026-11-25 02:01:01"), "end": "done", "answered": 1, "ring_ms": 4200, "talk_ms": 31000, "sip": 200, "hung_up": "us", "wrong": 1})
	d.has("request", row{"no": 5, "payment": 2, "ask": 1, "bank": "icbc", "kind": "debit", "amount": 12850, "currency": "CNY", "stan": 42, "rrn": "632902000042", "state": "resolved", "approved": 1, "granted": 10000, "answered_at": at("2026-11-25 02:01:54"), "code": "10", "auth_id": "A1B2C3",
		"cause": "silent", "sent_at": at("2026-11-25 02:01:41"), "since_at": at("2026-11-25 02:01:55"), "tries": 7, "reversal_code": "25", "resolved_as": "paid", "resolved_why": "told by +8613800000001",
		"resolved_uid": 1001, "resolved_at": at("2026-11-25 02:50:00"), "seq": 8})
	d.has("entry",
		row{"account": bank, "seq": 8, "n": 0, "at": at("2026-11-25 02:50:00"), "day": 20261125, "other": shop, "amount": 12850, "balance": 12850, "payment": 2, "code": 1},
		row{"account": shop, "seq": 8, "n": 0, "at": at("2026-11-25 02:50:00"), "day": 20261125, "other": bank, "amount": 12850, "balance": 12850, "payment": 2, "code": 1},
		row{"account": shop, "seq": 9, "n": 0, "at": at("2026-11-25 03:00:00"), "day": 20261125, "other": purse, "amount": -2850, "balance": 10000, "payment": 3, "code": 9},
		row{"account": purse, "seq": 9, "n": 0, "at": at("2026-11-25 03:00:00"), "day": 20261125, "other": shop, "amount": 2850, "balance": 2850, "payment": 3, "code": 9})
	d.has("notice",
		row{"id": 1, "payment": 2, "recipient": wang, "medium": "sms", "via": "main", "class": "receipt", "text_key": "paid_bank", "lang": "zh", "made_at": at("2026-11-25 02:50:00"), "ended_at": at("2026-11-25 02:50:01"), "fate": "sent"},
		row{"id": 2, "payment": 2, "recipient": "wang.fang@example.com", "medium": "mail", "via": "post", "class": "report", "text_key": "paid_bank", "lang": "en", "made_at": at("2026-11-25 02:50:00"), "fate": "waiting"},
		row{"id": 3, "payment": 2, "recipient": wang, "medium": "sms", "via": "main", "class": "security", "text_key": "checking", "lang": "zh", "made_at": at("2026-11-25 02:01:55"), "ended_at": at("2026-11-25 02:50:00"), "fate": "dropped", "why": "replaced"})
	d.has("refusal",
		row{"no": 1, "at": at("2026-11-25 02:00:10"), "day": 20261125, "reason": "open_order", "reply": "open_order", "phone": wang, "user": 1, "via": "main", "code": "8888", "intent": "pay", "to_party": "8001",
			"amount": 500, "currency": "CNY", "ref": d.refs.Ref(2)},
		row{"no": 2, "at": at("2026-11-26 03:00:00"), "day": 20261126, "reason": "funds", "reply": "funds", "phone": wang, "user": 1, "via": "main", "code": "8888", "intent": "send", "to_party": "138****0002", "amount": 999900,
			"currency": "CNY", "short": 999000},
		row{"no": 3, "at": at("2026-11-26 03:30:00"), "day": 20261126, "reason": "not_registered", "phone": "+8613600000006", "via": "main", "code": "8888"})
	d.acts()
	d.rollups()
}

// acts puts what staff did into its tables.
func (d *desk) acts() {
	d.t.Helper()
	d.has("command",
		row{"seq": 1, "n": 0, "at": at("2026-11-20 00:00:00"), "day": 20261120, "name": "user add", "object": wang, "uid": 0, "key": "k1", "after": `{"name":"Wang Fang"}`},
		row{"seq": 7, "n": 0, "at": at("2026-11-24 01:00:00"), "day": 20261124, "name": "purse topup", "object": wang, "amount": 100, "currency": "CNY", "uid": 1001, "person": "zhou", "key": "till-7-13800000001"},
		row{"seq": 8, "n": 0, "at": at("2026-11-25 02:50:00"), "day": 20261125, "name": "payment resolve", "object": d.refs.Ref(2), "reason": "told by 13800000001", "uid": 1001, "person": "zhou", "key": "r1", "before": `{"state":"doubt"}`, "after": `{"state":"done"}`, "approval": "K7Q2M", "checker": "lin", "state": "done"})
	d.has("lookup",
		row{"seq": 6, "n": 0, "at": at("2026-11-23 01:00:00"), "day": 20261123, "person": "lin", "uid": 1002, "what": "user show", "user": 1},
		row{"seq": 9, "n": 0, "at": at("2026-11-25 04:00:00"), "day": 20261125, "person": "lin", "uid": 1002, "what": "account statement", "user": 1},
		row{"seq": 9, "n": 1, "at": at("2026-11-25 04:00:00"), "day": 20261125, "person": "lin", "uid": 1002, "what": "payment show", "user": 1, "object": d.refs.Ref(2)})
}

// logins puts logins of the operator's people into the view.
func (d *desk) logins() {
	d.t.Helper()
	d.has("login",
		row{"key": "a", "seq": 10, "n": 2, "at": at("2026-11-26 01:00:00"), "person": "wu", "uid": 1003, "what": "staff login"},
		row{"key": "b", "seq": 11, "n": 0, "at": at("2026-11-26 01:30:00"), "person": "wu", "uid": 1009, "what": "staff login refused", "why": "from another account of the machine", "count": 8},
		row{"key": "c", "seq": 12, "n": 0, "at": at("2026-11-26 01:40:00"), "uid": 1009, "what": "staff login refused", "why": "wrong name or password", "count": 2})
}

// rollups puts a day into the roll-ups.
func (d *desk) rollups() {
	d.t.Helper()
	d.has("hour",
		row{"day": 20261124, "hour": 23, "product": "mpurse", "channel": "main", "reason": "paid", "count": 1000, "sum": 1, "ms_sum": 1}, // the day before
		row{"day": 20261125, "hour": 0, "product": "mpurse", "channel": "main", "reason": "paid", "count": 2, "sum": 3000, "ms_sum": 60000},
		row{"day": 20261125, "hour": 23, "product": "mpurse", "channel": "main", "reason": "paid", "count": 1, "sum": 500, "ms_sum": 30000},
		row{"day": 20261125, "hour": 10, "product": "mpurse", "channel": "second", "reason": "line busy", "count": 1, "sum": 700, "ms_sum": 300000},
		row{"day": 20261125, "hour": 10, "product": "", "channel": "main", "reason": "refusal:funds", "count": 4, "sum": 0, "ms_sum": 0},
		row{"day": 20261126, "hour": 0, "product": "mpurse", "channel": "main", "reason": "paid", "count": 1000, "sum": 1, "ms_sum": 1}) // the day after
	d.has("daynotice",
		row{"day": 20261124, "medium": "sms", "class": "receipt", "fate": "sent", "why": "", "count": 100},
		row{"day": 20261125, "medium": "sms", "class": "receipt", "fate": "sent", "why": "", "count": 6},
		row{"day": 20261125, "medium": "sms", "class": "offer", "fate": "sent", "why": "", "count": 1},
		row{"day": 20261125, "medium": "sms", "class": "receipt", "fate": "dropped", "why": "refused", "count": 2},
		row{"day": 20261125, "medium": "sms", "class": "receipt", "fate": "dropped", "why": "given up", "count": 3},
		row{"day": 20261125, "medium": "sms", "class": "receipt", "fate": "dropped", "why": "replaced", "count": 4},
		row{"day": 20261125, "medium": "mail", "class": "report", "fate": "sent", "why": "", "count": 5})
	for _, s := range []struct {
		from, to string
		bucket   int
		count    int
		least    int
		most     int
	}{
		{"", "done", 14, 3, 9000, 16000}, {"", "done", 18, 1, 200_000, 200_000}, {"received", "calling", 1, 4, 1, 1}, {"calling", "confirmed", 14, 3, 8192, 16383}, {"calling", "waiting", 12, 1, 3000, 3000},
		{"confirmed", "posted", 0, 3, 0, 0}, {"waiting", "voided", 18, 1, 199_000, 199_000},
	} {
		d.has("stage", row{"day": 20261125, "product": "mpurse", "from_state": s.from, "to_state": s.to, "bucket": s.bucket, "count": s.count, "least": s.least, "most": s.most})
	}
	d.has("dayshop", row{"day": 20261125, "merchant": "8002", "currency": "CNY", "count": 1, "sum": 500, "refunds": 0},
		row{"day": 20261125, "merchant": "8001", "currency": "CNY", "count": 2, "sum": 3000, "refunds": 2850},
		row{"day": 20261124, "merchant": "80010", "currency": "CNY", "count": 9, "sum": 9000, "refunds": 0})
}

// answers asks every question there is, of a Reader over the world.
func (d *desk) answers(of *report.Reader) map[string]any {
	d.t.Helper()
	all := make(map[string]any)
	keep := func(name string) func(any, error) {
		return func(answer any, err error) {
			d.t.Helper()
			if err != nil {
				d.t.Fatalf("%s: %v", name, err)
			}
			all[name] = answer
		}
	}
	ask := func(name string, answer any, err error) { d.t.Helper(); keep(name)(answer, err) }
	payments, err := of.Payments(d.t.Context(), report.PaymentFilter{})
	ask("payments", payments, err)
	refusals, err := of.Refusals(d.t.Context(), report.RefusalFilter{})
	ask("refusals", refusals, err)
	users, err := of.Users(d.t.Context(), report.PeopleFilter{})
	ask("users", users, err)
	merchants, err := of.Merchants(d.t.Context(), report.PeopleFilter{})
	ask("merchants", merchants, err)
	for _, name := range []string{"purse:" + wang, "merchant:8001"} {
		statement, err := of.Statement(d.t.Context(), report.StatementFilter{Account: name})
		ask(name, statement, err)
	}
	acts, err := of.Audit(d.t.Context(), report.AuditFilter{})
	ask("audit", acts, err)
	for no := range uint64(4) {
		story, err := of.Story(d.t.Context(), d.refs.Ref(no))
		ask("story "+d.refs.Ref(no), story, err)
	}
	for _, what := range []string{wang, "13800000002", "fang", "李", "128.50", "8001", d.refs.Ref(2)} {
		found, err := of.Find(d.t.Context(), what)
		ask("find "+what, found, err)
	}
	day, err := of.Day(d.t.Context(), "2026-11-25")
	ask("day", day, err)
	return all
}
