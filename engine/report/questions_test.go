package report_test

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"mpg/engine/report"
)

// lines writes a list of structs as people would: the values of some fields, one item a
// line.
func lines(t *testing.T, items any, fields ...string) string {
	t.Helper()
	var text strings.Builder
	for i := range reflect.ValueOf(items).Len() {
		item := reflect.ValueOf(items).Index(i)
		for _, field := range fields {
			value := item.FieldByName(field).Interface()
			if raw, isJSON := value.(json.RawMessage); isJSON {
				value = string(raw)
			}
			fmt.Fprintf(&text, "%v|", value)
		}
		text.WriteString("\n")
	}
	return text.String()
}

// wants compares the lines of an answer with those wanted, which may be
// indented in the test.
func wants(t *testing.T, name, got, want string) {
	t.Helper()
	cells := func(text string) string {
		var plain []string
		for line := range strings.Lines(text) {
			if line = strings.TrimRight(strings.TrimSpace(line), "|"); line != "" {
				plain = append(plain, line)
			}
		}
		return strings.Join(plain, "\n")
	}
	if cells(got) != cells(want) {
		t.Errorf("%s: got\n%s\nwant\n%s", name, cells(got), cells(want))
	}
}

// TestPeople: subscribers are found by any part of a name, with what is in their purse.
func TestPeople(t *testing.T) {
	t.Parallel()
	d := newDesk(t, "Asia/Shanghai")
	d.world()
	for name, tt := range map[string]struct {
		filter report.PeopleFilter
		want   string
	}{
		"all": {report.PeopleFilter{}, `
			+8613900000003|100% Fang_||locked|true||false|
			+8613800000002|Li Lei|李雷|blocked|false||true|
			+8613800000001|Wang Fang|王芳|active|true|****0001|false|7.00`},
		"a part":            {report.PeopleFilter{Name: "ang f"}, "+8613800000001|Wang Fang|王芳|active|true|****0001|false|7.00"},
		"a Chinese part":    {report.PeopleFilter{Name: "雷"}, "+8613800000002|Li Lei|李雷|blocked|false||true|"},
		"no pattern":        {report.PeopleFilter{Name: "%"}, "+8613900000003|100% Fang_||locked|true||false|"},
		"no pattern either": {report.PeopleFilter{Name: "g_"}, "+8613900000003|100% Fang_||locked|true||false|"},
		"a state":           {report.PeopleFilter{State: "blocked"}, "+8613800000002|Li Lei|李雷|blocked|false||true|"},
		"nobody":            {report.PeopleFilter{Name: "Fang", State: "blocked"}, ""},
	} {
		page, err := d.Users(t.Context(), tt.filter)
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		wants(t, name, lines(t, page.Items, "Number", "Name", "NameZH", "State", "PIN", "Account", "Open", "Balance"), tt.want)
	}
	for name, tt := range map[string]struct {
		filter report.PeopleFilter
		want   string
	}{
		"all": {report.PeopleFilter{}, `
			8001|BLUEBIRD FLORIST|蓝鸟花店|+8613800008001|open||2.50
			80010|KIOSK|||closed|gave up|
			8002||书店||open||`},
		"a part": {report.PeopleFilter{Name: "店"}, `
			8001|BLUEBIRD FLORIST|蓝鸟花店|+8613800008001|open||2.50
			8002||书店||open||`},
		"closed": {report.PeopleFilter{State: "closed"}, "80010|KIOSK|||closed|gave up|"},
	} {
		page, err := d.Merchants(t.Context(), tt.filter)
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		wants(t, name, lines(t, page.Items, "Code", "Name", "NameZH", "Number", "State", "Why", "Balance"), tt.want)
	}
	if _, err := d.Users(t.Context(), report.PeopleFilter{State: "open"}); err == nil || !strings.Contains(err.Error(), `state is "open"; want one of active, blocked, locked`) {
		t.Errorf("a shop's state: %v", err)
	}
}

// TestPagesOfPeople hold each once, for each size of page.
func TestPagesOfPeople(t *testing.T) {
	t.Parallel()
	d := newDesk(t, "Asia/Shanghai")
	d.world()
	for limit := 1; limit <= 4; limit++ {
		filter := report.PeopleFilter{Limit: fmt.Sprint(limit)}
		var numbers, codes []string
		for more := true; more; more = filter.Cursor != "" {
			page, err := d.Users(t.Context(), filter)
			if err != nil {
				t.Fatal(err)
			}
			for _, u := range page.Items {
				numbers = append(numbers, u.Number)
			}
			filter.Cursor = page.Next
		}
		for more := true; more; more = filter.Cursor != "" {
			page, err := d.Merchants(t.Context(), filter)
			if err != nil {
				t.Fatal(err)
			}
			for _, shop := range page.Items {
				codes = append(codes, shop.Code)
			}
			filter.Cursor = page.Next
		}
		if !slices.Equal(numbers, []string{"+8613900000003", li, wang}) || !slices.Equal(codes, []string{"8001", "80010", "8002"}) {
			t.Errorf("by %d: %v and %v", limit, numbers, codes)
		}
	}
}

// TestRefusals: why there was no payment.
func TestRefusals(t *testing.T) {
	t.Parallel()
	d := newDesk(t, "Asia/Shanghai")
	d.world()
	for name, tt := range map[string]struct {
		filter report.RefusalFilter
		want   string
	}{
		"all": {report.RefusalFilter{}, `
			2026-11-26T03:30:00Z|not_registered|+8613600000006|false|||||
			2026-11-26T03:00:00Z|funds|+8613800000001|true|138****0002|9999.00|9990.00||
			2026-11-25T02:00:10Z|open_order|+8613800000001|true|8001|5.00||` + d.refs.Ref(2) + "|"},
		"a sender": {report.RefusalFilter{Phone: "138 0000 0001", Since: "today"}, "2026-11-26T03:00:00Z|funds|+8613800000001|true|138****0002|9999.00|9990.00||"},
		"a reason": {report.RefusalFilter{Reason: "not_registered"}, "2026-11-26T03:30:00Z|not_registered|+8613600000006|false|||||"},
		"a day":    {report.RefusalFilter{Since: "2026-11-25", Until: "2026-11-25"}, "2026-11-25T02:00:10Z|open_order|+8613800000001|true|8001|5.00||" + d.refs.Ref(2) + "|"},
		"none":     {report.RefusalFilter{Until: "2026-11-24"}, ""},
	} {
		page, err := d.Refusals(t.Context(), tt.filter)
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		wants(t, name, lines(t, page.Items, "At", "Reason", "Sender", "Known", "To", "Amount", "Short", "Ref"), tt.want)
	}
	if _, err := d.Refusals(t.Context(), report.RefusalFilter{Reason: "paid"}); err == nil || !strings.Contains(err.Error(), `reason is "paid"; want one of agent_funds, asked_again`) {
		t.Errorf("a payment's reason: %v", err)
	}
}

// TestAuditOfLogins: they are found by who and by what, and refused ones have a count.
func TestAuditOfLogins(t *testing.T) {
	t.Parallel()
	d := newDesk(t, "Asia/Shanghai")
	d.world()
	d.logins()
	mine := "wu|1009|staff login refused|from another account of the machine|8\nwu|1003|staff login||0"
	strangers := "|1009|staff login refused|wrong name or password|2"
	for name, tt := range map[string]struct {
		filter report.AuditFilter
		want   string
	}{
		"a person":    {report.AuditFilter{Who: "wu"}, mine},
		"a stranger":  {report.AuditFilter{Who: "1009"}, strangers},
		"all":         {report.AuditFilter{What: "staff"}, strangers + "\n" + mine},
		"refused":     {report.AuditFilter{What: "staff login refused", Since: "2026-11-26", Limit: "1"}, strangers},
		"of a number": {report.AuditFilter{What: "staff", On: "13800000001"}, ""},
	} {
		page, err := d.Audit(t.Context(), tt.filter)
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		wants(t, name, lines(t, page.Items, "Person", "UID", "What", "Reason", "Count"), tt.want)
	}
}

// TestAudit: who did what, and who read whose data.
func TestAudit(t *testing.T) {
	t.Parallel()
	d := newDesk(t, "Asia/Shanghai")
	d.world()
	resolve := "zhou|1001|payment resolve|" + d.refs.Ref(2) + `|||told by 13800000001|{"state":"doubt"}|{"state":"done"}|K7Q2M|`
	all := `
		lin|1002|read payment show|` + d.refs.Ref(2) + `|+8613800000001||||||
		lin|1002|read account statement||+8613800000001||||||
		` + resolve + `
		zhou|1001|purse topup|+8613800000001||1.00|||||
		lin|1002|read user show||+8613800000001||||||
		|0|user add|+8613800000001|||||{"name":"Wang Fang"}||`
	for name, tt := range map[string]struct {
		filter report.AuditFilter
		want   string
	}{
		"all":        {report.AuditFilter{}, all},
		"a person":   {report.AuditFilter{Who: "zhou"}, resolve + "\nzhou|1001|purse topup|+8613800000001||1.00|||||"},
		"a checker":  {report.AuditFilter{Who: "lin", What: "payment"}, resolve},
		"root":       {report.AuditFilter{Who: "0"}, `|0|user add|+8613800000001|||||{"name":"Wang Fang"}||`},
		"a uid":      {report.AuditFilter{Who: "uid 1001"}, ""}, // who has a name
		"a command":  {report.AuditFilter{What: "purse topup"}, "zhou|1001|purse topup|+8613800000001||1.00|||||"},
		"a group":    {report.AuditFilter{What: "payment"}, resolve},
		"half":       {report.AuditFilter{What: "pay"}, ""},
		"what read":  {report.AuditFilter{What: "read", Since: "2026-11-24"}, "lin|1002|read payment show|" + d.refs.Ref(2) + "|+8613800000001|||||\nlin|1002|read account statement||+8613800000001||||||"},
		"a number":   {report.AuditFilter{On: "138-0000-0001", Until: "2026-11-22"}, `|0|user add|+8613800000001|||||{"name":"Wang Fang"}||`},
		"data read":  {report.AuditFilter{On: wang, What: "read user"}, "lin|1002|read user show||+8613800000001||||||"},
		"a payment":  {report.AuditFilter{On: strings.ToLower(d.refs.Ref(2)), What: "payment"}, resolve},
		"since then": {report.AuditFilter{Since: "2026-11-25 10:55"}, "lin|1002|read payment show|" + d.refs.Ref(2) + "|+8613800000001|||||\nlin|1002|read account statement||+8613800000001||||||"},
	} {
		page, err := d.Audit(t.Context(), tt.filter)
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		wants(t, name, lines(t, page.Items, "Person", "UID", "What", "On", "Owner", "Amount", "Reason", "Before", "After", "Approval"), tt.want)
	}
	for limit := 1; limit <= 7; limit++ {
		var whole strings.Builder
		filter := report.AuditFilter{Limit: fmt.Sprint(limit)}
		for turn := 0; turn == 0 || filter.Cursor != ""; turn++ {
			page, err := d.Audit(t.Context(), filter)
			if err != nil {
				t.Fatal(err)
			}
			if turn > 20 {
				t.Fatalf("no end by %d", limit)
			}
			whole.WriteString(lines(t, page.Items, "Person", "UID", "What", "On", "Owner", "Amount", "Reason", "Before", "After", "Approval"))
			filter.Cursor = page.Next
		}
		wants(t, fmt.Sprint("by ", limit), whole.String(), all)
	}
}

// TestAStory: everything that happened to a payment, in order of time.
func TestAStory(t *testing.T) {
	t.Parallel()
	d := newDesk(t, "Asia/Shanghai")
	d.world()
	story, err := d.Story(t.Context(), d.refs.Ref(2))
	if err != nil {
		t.Fatal(err)
	}
	wants(t, "story", lines(t, story.Events, "At", "Kind", "What"), `
		2026-11-25T02:00:00Z|step|received|
		2026-11-25T02:00:00Z|step|calling|
		2026-11-25T02:00:01Z|call|call 1: busy, SIP 486, Q.850 17, network says Busy Here, +8613800000001|
		2026-11-25T02:00:10Z|refused|another order 5.00 refused: open_order, answered with open_order|
		2026-11-25T02:00:30Z|step|waiting|
		2026-11-25T02:01:00Z|step|calling|
		2026-11-25T02:01:01Z|call|call 2: done, rang 4.2s, talked 31s, hung up by us, SIP 200, wrong PINs 1|
		2026-11-25T02:01:40Z|step|confirmed|
		2026-11-25T02:01:40Z|step|sent|
		2026-11-25T02:01:41Z|bank|icbc asked to debit 128.50 CNY, STAN 000042, RRN 632902000042|
		2026-11-25T02:01:54Z|bank|icbc approved 100.00 of 128.50 CNY, code 10, approval A1B2C3|
		2026-11-25T02:01:55Z|step|unknown|
		2026-11-25T02:01:55Z|step|reversing|
		2026-11-25T02:01:55Z|bank|icbc left it open: silent, tries to reverse it 7, last answer 25, now resolved|
		2026-11-25T02:01:55Z|text|sms checking (security) to +8613800000001 in zh: dropped, replaced|
		2026-11-25T02:31:55Z|step|doubt|
		2026-11-25T02:50:00Z|step|approved|
		2026-11-25T02:50:00Z|step|posted|
		2026-11-25T02:50:00Z|step|done|
		2026-11-25T02:50:00Z|bank|resolved as paid by uid 1001: told by +8613800000001|
		2026-11-25T02:50:00Z|transfer|payment: 128.50 CNY from bank:icbc to merchant:8001|
		2026-11-25T02:50:00Z|command|payment resolve by zhou, because: told by 13800000001, key r1, approval K7Q2M done, by lin|
		2026-11-25T02:50:00Z|text|sms paid_bank (receipt) to +8613800000001 in zh: sent|
		2026-11-25T02:50:00Z|text|mail paid_bank (report) to wang.fang@example.com in en: waiting|
		2026-11-25T03:00:00Z|payment|refund `+d.refs.Ref(3)+` of 28.50 CNY, paid|`)
	if none, err := d.Story(t.Context(), d.refs.Ref(99)); err != nil || len(none.Events) != 0 || none.Events == nil {
		t.Errorf("of no payment: %v, %v", none, err)
	}
}

// TestFind: whatever is known leads to the payment.
func TestFind(t *testing.T) {
	t.Parallel()
	d := newDesk(t, "Asia/Shanghai")
	d.world()
	ref := d.refs.Ref(2)
	for typed, want := range map[string]string{
		"+8613800000001":                         "payments 3 2 1, refused 2, users 1, merchants 0",
		"138-0000-0001":                          "payments 3 2 1, refused 2, users 1, merchants 0",
		"１３８００００００１ ":                            "payments, refused 0, users 0, merchants 0", // too short, in full width
		"13700000009":                            "payments, refused 0, users 1, merchants 0", // her old number
		"13800008001":                            "payments, refused 0, users 0, merchants 1",
		"13600000006":                            "payments, refused 1, users 0, merchants 0",
		ref:                                      "payments 2 3, refused 0, users 0, merchants 0",
		strings.ToLower(ref[:4]) + " " + ref[4:]: "payments 2 3, refused 0, users 0, merchants 0",
		"128.50":                                 "payments 2, refused 0, users 0, merchants 0",
		"128.5":                                  "payments 2, refused 0, users 0, merchants 0",
		"1":                                      "payments 1, refused 0, users 0, merchants 0",
		"8001":                                   "payments 3 2, refused 0, users 0, merchants 1",
		"fang":                                   "payments, refused 0, users 2, merchants 0",
		"店":                                      "payments, refused 0, users 0, merchants 2",
		"nobody":                                 "payments, refused 0, users 0, merchants 0",
	} {
		found, err := d.Find(t.Context(), typed)
		if err != nil {
			t.Errorf("%s: %v", typed, err)
		}
		got := "payments"
		for _, p := range found.Payments {
			no, _ := d.refs.Number(p.Ref)
			got += fmt.Sprint(" ", no)
		}
		if got += fmt.Sprintf(", refused %d, users %d, merchants %d", len(found.Refused), len(found.Users), len(found.Merchants)); got != want || found.More {
			t.Errorf("%s: %s, want %s", typed, got, want)
		}
	}
	if _, err := d.Find(t.Context(), " "); err == nil {
		t.Error("nothing is searched for")
	}
	for no := range 30 {
		d.has("payment", d.pays(100+no, at("2026-11-26 01:00:00"), row{"charged": 4200}))
	}
	if found, err := d.Find(t.Context(), "42"); err != nil || len(found.Payments) != 20 || !found.More || found.Payments[0].Ref != d.refs.Ref(129) {
		t.Errorf("of thirty: %d, %v, %v", len(found.Payments), found.More, err)
	}
}

// TestAnAdviceIsNotLeftOpen: what a bank has to be told is told until it answers; if it answers
// at once, nothing was left open, and nothing was reversed.
func TestAnAdviceIsNotLeftOpen(t *testing.T) {
	t.Parallel()
	d := newDesk(t, "Asia/Shanghai")
	d.history()
	told := func(no, tries int, state string) row {
		return row{"no": no, "payment": no, "ask": 1, "bank": "icbc", "kind": "completion", "amount": 18320, "currency": "CNY", "stan": no, "rrn": "000000000002", "state": state,
			"approved": 1, "sent_at": at("2026-11-26 02:00:00"), "answered_at": at("2026-11-26 02:00:01"), "since_at": at("2026-11-26 02:00:00"), "tries": tries, "seq": no}
	}
	d.has("request", told(9, 1, "answered"), told(11, 3, "answered"))
	asked := "icbc asked to take 183.20 CNY, STAN %06d, RRN 000000000002|"
	for no, want := range map[int]string{
		9:  fmt.Sprintf(asked, 9) + "\nicbc approved|",
		11: fmt.Sprintf(asked, 11) + "\nicbc is told until it answers, times told 3, now answered|\nicbc approved|",
	} {
		story, err := d.Story(t.Context(), d.refs.Ref(uint64(no)))
		if err != nil {
			t.Fatal(err)
		}
		events := slices.DeleteFunc(story.Events, func(e report.Event) bool { return e.Kind != report.Bank })
		wants(t, fmt.Sprint("payment ", no), lines(t, events, "What"), want)
	}
}

// TestADay: a day's funnel, reasons, receipts, times and shops, from the roll-ups.
func TestADay(t *testing.T) {
	t.Parallel()
	d := newDesk(t, "Asia/Shanghai")
	d.world()
	day, err := d.Day(t.Context(), "yesterday")
	if err != nil || day.Day != "2026-11-25" || day.Orders != 8 || day.Refused != 4 {
		t.Fatalf("%+v, %v", day, err)
	}
	wants(t, "funnel", lines(t, day.Funnel, "Product", "Ordered", "Called", "Confirmed", "Paid", "Sum"), "mpurse|4|4|3|3|35.00|")
	wants(t, "reasons", lines(t, day.Reasons, "Product", "Channel", "Reason", "Count", "Sum", "Mean"), `
		|main|funds|4||0|
		mpurse|main|paid|3|35.00|30|
		mpurse|second|line busy|1|7.00|300|`)
	wants(t, "receipts", lines(t, day.Receipts, "Class", "Fate", "Count"), "receipt|sent|1|\nreport|waiting|1|\nsecurity|dropped|1|")
	wants(t, "texts", lines(t, day.Texts, "Medium", "Sent", "Failed", "Dropped"), "mail|5|0|0|\nsms|7|5|4|")
	wants(t, "times", lines(t, day.Times, "From", "To", "Count", "P50", "P95", "P99", "Max"), `
		|done|4|12.5|200|200|200|
		received|calling|4|0.001|0.001|0.001|0.001|
		calling|confirmed|3|12.288|16.383|16.383|16.383|
		calling|waiting|1|3|3|3|3|
		confirmed|posted|3|0|0|0|0|
		waiting|voided|1|199|199|199|199|`)
	wants(t, "shops", lines(t, day.Shops, "Code", "Name", "Count", "Sum", "Refunds"), "8001|BLUEBIRD FLORIST|2|30.00|28.50|\n8002|书店|1|5.00|0.00|")
	for _, typed := range []string{"2h", "2026-11-25 10:00", "x"} {
		if _, err := d.Day(t.Context(), typed); err == nil {
			t.Errorf("%s is no day", typed)
		}
	}
	if none, err := d.Day(t.Context(), ""); err != nil || none.Day != "2026-11-26" || none.Orders != 1000 {
		t.Errorf("today: %+v, %v", none, err)
	}
}
