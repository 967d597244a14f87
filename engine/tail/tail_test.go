package tail_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"mpg/engine/admin"
	"mpg/engine/cdr"
	"mpg/engine/codec"
	"mpg/engine/order"
	"mpg/engine/payment"
	"mpg/engine/ref"
	"mpg/engine/refusal"
	"mpg/engine/tail"
	"mpg/store"
	"mpg/store/money"
)

const (
	wang = "+8613800000001"
	li   = "+8613800000002"
)

// journal is a feed in memory.
type journal struct {
	store.Feed // what is not called

	mu      sync.Mutex
	entries []store.Entry
	grew    chan struct{}
	fault   error
}

func newJournal() *journal { return &journal{grew: make(chan struct{})} }

var start = time.Date(2026, 11, 25, 2, 0, 0, 0, time.UTC)

// add appends a record with these documents, by table, each written for the first time
// unless it is one of again.
func (j *journal) add(t rapid.TB, again bool, docs map[store.Table]any) {
	t.Helper()
	j.mu.Lock()
	defer j.mu.Unlock()
	seq := uint64(len(j.entries) + 1)
	entry := store.Entry{Seq: seq, At: start.Add(time.Duration(seq) * time.Second)}
	for table, record := range docs {
		data, err := codec.Encode(record)
		if err != nil {
			t.Fatal(err)
		}
		write := store.Write{Table: table, Key: "k", Data: data}
		if again {
			write.Expect = 1
		}
		entry.Writes = append(entry.Writes, write)
	}
	j.entries = append(j.entries, entry)
	close(j.grew)
	j.grew = make(chan struct{})
}

func (j *journal) Seq() uint64 {
	j.mu.Lock()
	defer j.mu.Unlock()
	return uint64(len(j.entries))
}

func (j *journal) Wait(ctx context.Context, after uint64) (uint64, error) {
	for {
		j.mu.Lock()
		seq, grew := uint64(len(j.entries)), j.grew
		j.mu.Unlock()
		if seq > after {
			return seq, nil
		}
		select {
		case <-grew:
		case <-ctx.Done():
			return 0, ctx.Err()
		}
	}
}

func (j *journal) Records(_ context.Context, from uint64) iter.Seq2[store.Entry, error] {
	return func(yield func(store.Entry, error) bool) {
		j.mu.Lock()
		entries, fault := j.entries, j.fault
		j.mu.Unlock()
		for _, entry := range entries[min(from-1, uint64(len(entries))):] {
			if !yield(entry, fault) || fault != nil {
				return
			}
		}
	}
}

// newTail returns a Tail of a journal.
func newTail(j *journal) (*tail.Tail, ref.Namer) {
	refs := ref.New([]byte("a key of this test"))
	cny, _ := money.Lookup("CNY")
	return tail.New(tail.Config{Feed: j, Refs: refs, Currency: cny, Zone: "Asia/Shanghai"}), refs
}

// paying returns a payment of Wang to the shop in some states.
func paying(changes func(*payment.Payment), states ...payment.State) *payment.Payment {
	p := &payment.Payment{No: 7, Ref: "B2HLGHUA", State: states[len(states)-1], Plan: payment.Plan{Product: payment.MPurse},
		Payer: payment.Party{User: 1, Phone: wang}, Payee: payment.Party{Code: "8001"}, Amounts: payment.Amounts{Charged: 12850, Currency: "CNY"}}
	for _, state := range states {
		p.Steps = append(p.Steps, payment.Step{At: start, State: state})
	}
	if changes != nil {
		changes(p)
	}
	return p
}

// lines writes events as the test wants them.
func lines(events []tail.Event) string {
	var text strings.Builder
	for _, e := range events {
		text.WriteString(regexp.MustCompile(` +`).ReplaceAllString(fmt.Sprintf("%s %s %s %s %s>%s %s%s %s|%s|%s %d\n",
			e.At[11:19], e.Kind, e.Ref, e.Product, e.From, e.To, e.Amount, e.Currency, e.Reason, e.What, e.Person, e.UID), " "))
	}
	return text.String()
}

// TestWhatIsTold: each kind of record that people care about is one line; the others, and
// what only changes a record a little, are none.
func TestWhatIsTold(t *testing.T) {
	t.Parallel()
	j := newJournal()
	tells, refs := newTail(j)
	table := payment.Table
	j.add(t, false, map[store.Table]any{table: paying(nil, payment.Received, payment.Calling)})
	j.add(t, true, map[store.Table]any{table: paying(nil, payment.Received, payment.Calling, payment.Waiting)})
	j.add(t, false, map[store.Table]any{cdr.Table: cdr.Record{Purpose: cdr.ForPayment, User: 1, Payment: 7, Try: 1, At: start, End: "busy", SIP: 486}})
	j.add(t, false, map[store.Table]any{cdr.Table: cdr.Record{Purpose: cdr.ForPIN, User: 1, At: start, End: "done", Answered: true, Talk: 2500, SIP: 200, Wrong: 1}})
	j.add(t, true, map[store.Table]any{table: paying(nil, payment.Confirmed, payment.Posted, payment.Done)})
	j.add(t, true, map[store.Table]any{table: paying(func(p *payment.Payment) { p.Reason = payment.CalledOff }, payment.Voided, payment.Done)})
	j.add(t, true, map[store.Table]any{table: paying(func(p *payment.Payment) { p.Reason = payment.UndoneAtBank }, payment.Returned, payment.Done)})
	j.add(t, false, map[store.Table]any{table: paying(func(p *payment.Payment) {
		p.Plan.Product, p.Payer, p.Payee, p.Reason = payment.TopUp, payment.Party{}, payment.Party{User: 1, Phone: wang}, payment.Paid
		p.By = &payment.Actor{UID: 1001, Name: "zhou"}
	}, payment.Posted, payment.Done)})
	back := func(issuer payment.Party) *payment.Payment {
		return paying(func(p *payment.Payment) { p.Plan.Product, p.Payer, p.Payee = payment.Chargeback, p.Payee, issuer }, payment.Posted, payment.Done)
	}
	j.add(t, false, map[store.Table]any{table: back(payment.Party{Account: "card:visa-bank"})})
	j.add(t, false, map[store.Table]any{table: back(payment.Party{})}) // as an earlier version recorded it
	doubt := paying(func(p *payment.Payment) { p.Reason = payment.InDoubt }, payment.Sent, payment.Doubt)
	doubt.Steps[1].At = start.Add(11 * time.Second)
	j.add(t, true, map[store.Table]any{table: doubt})
	j.add(t, true, map[store.Table]any{table: doubt}) // a little later: no news
	j.add(t, false, map[store.Table]any{refusal.Table: refusal.Refused{No: 1, At: start, Reason: refusal.Funds, Phone: wang, Intent: order.Pay, To: "8001", Amount: 100, Currency: "CNY", Ref: "B2HLGHUA"}})
	j.add(t, false, map[store.Table]any{refusal.Table: refusal.Refused{No: 2, At: start, Reason: refusal.NotUnderstood, Detail: "amount", Phone: li}})
	j.add(t, false, map[store.Table]any{99: struct{}{}})
	page, err := tells.Last(t.Context(), 50, false)
	want := `02:00:01 order B2HLGHUA mpurse ` + wang + `>8001 128.50CNY || 0
02:00:03 call ` + refs.Ref(7) + ` > busy|for a payment, SIP 486| 0
02:00:04 call > done|to choose a PIN, talked 2.5s, SIP 200, wrong PINs 1| 0
02:00:05 paid B2HLGHUA mpurse ` + wang + `>8001 128.50CNY || 0
02:00:06 not paid B2HLGHUA mpurse ` + wang + `>8001 128.50CNY stopped|| 0
02:00:07 returned B2HLGHUA mpurse ` + wang + `>8001 128.50CNY reversed|| 0
02:00:08 paid B2HLGHUA topup float>` + wang + ` 128.50CNY ||zhou 1001
02:00:09 paid B2HLGHUA chargeback 8001>card:visa-bank 128.50CNY || 0
02:00:10 paid B2HLGHUA chargeback 8001>issuer 128.50CNY || 0
02:00:11 doubt B2HLGHUA mpurse ` + wang + `>8001 128.50CNY in doubt|| 0
02:00:13 refused B2HLGHUA ` + wang + `>8001 1.00CNY funds|| 0
02:00:14 refused ` + li + `> not_understood|amount| 0
`
	if got := lines(page.Events); err != nil || got != want || page.Next != 15 || page.Zone != "Asia/Shanghai" {
		t.Errorf("%v, next %d\n%s\nwant\n%s", err, page.Next, got, want)
	}
	masked, err := tells.Last(t.Context(), 50, true)
	if text := lines(masked.Events); err != nil || strings.Contains(text, "3800000") || strings.Count(text, "138****0001") != strings.Count(want, wang) || !strings.Contains(text, "138****0002") {
		t.Errorf("masked: %v\n%s", err, text)
	}
}

// TestCommandsAreTold under the name of the person who gave them.
func TestCommandsAreTold(t *testing.T) {
	t.Parallel()
	j := newJournal()
	tells, _ := newTail(j)
	// The record of a command is admin's own: what it is read from has these keys.
	j.add(t, false, map[store.Table]any{admin.CommandTable: map[int]any{1: "", 2: []byte(`{}`), 3: 1001, 4: "", 5: "purse topup", 6: wang, 7: 50000, 8: "for +8613800000002", 9: "zhou"}})
	page, err := tells.Last(t.Context(), 1, false)
	if got := lines(page.Events); err != nil || got != "02:00:01 command >"+wang+" 500.00CNY for +8613800000002|purse topup|zhou 1001\n" {
		t.Errorf("%v, %s", err, got)
	}
	j.add(t, true, map[store.Table]any{admin.CommandTable: map[int]any{5: "payment resolve", 6: "B2HLGHUA", 9: "zhou", 10: "K7Q2M"}})
	if page, err := tells.Last(t.Context(), 1, false); err != nil || page.Events[0].Approval != "K7Q2M" || page.Events[0].Checker != "" {
		t.Errorf("%v, %+v", err, page.Events)
	}
	for _, object := range []string{"Wang Fang of 13800000002", "李雷", "138-0000-0002", "8001", "spring.2026"} { // what a module may call its object
		j.add(t, false, map[store.Table]any{admin.CommandTable: map[int]any{5: "promo add", 6: object, 9: "zhou"}})
	}
	page, err = tells.Last(t.Context(), 7, true)
	if got := lines(page.Events); err != nil || strings.Contains(got, "0000000") || strings.Contains(got, "0000-000") || strings.Contains(got, "Wang") || strings.Contains(got, "雷") {
		t.Errorf("masked: %v, %s", err, got)
	}
	for _, shown := range []string{">B2HLGHUA ", ">138****0001 ", ">8001 ", ">spring.2026 ", ">1380****0002 ", ">… "} {
		if !strings.Contains(lines(page.Events), shown) {
			t.Errorf("%q is not shown: %s", shown, lines(page.Events))
		}
	}
}

// TestFollowing: however the journal grows and wherever one begins, each event comes once,
// in order, and Last returns the end of them all.
func TestFollowing(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		j := newJournal()
		tells, _ := newTail(j)
		told := 0
		grow := func() {
			for range rapid.IntRange(0, 4).Draw(t, "records") {
				if rapid.Bool().Draw(t, "told") {
					j.add(t, false, map[store.Table]any{refusal.Table: refusal.Refused{No: uint64(told), Phone: wang, Reason: refusal.Funds, Detail: fmt.Sprint(told)}})
					told++
				} else {
					j.add(t, false, map[store.Table]any{99: struct{}{}})
				}
			}
		}
		grow()
		var seen []string
		note := func(page tail.Page) {
			for _, e := range page.Events {
				seen = append(seen, e.What)
			}
		}
		page, err := tells.Last(t.Context(), 1000, false)
		note(page)
		for range rapid.IntRange(0, 6).Draw(t, "turns") {
			grow()
			if page, err = tells.After(t.Context(), page.Next, 0, false); err != nil {
				t.Fatal(err)
			}
			note(page)
		}
		if err != nil || len(seen) != told {
			t.Fatalf("%v; %d of %d events", err, len(seen), told)
		}
		for i, what := range seen {
			if what != fmt.Sprint(i) {
				t.Fatalf("event %d is %s: %v", i, what, seen)
			}
		}
		count := rapid.IntRange(0, 8).Draw(t, "count")
		last, err := tells.Last(t.Context(), count, false)
		if err != nil || len(last.Events) != min(count, told) || len(last.Events) > 0 && last.Events[len(last.Events)-1].What != fmt.Sprint(told-1) {
			t.Fatalf("the last %d of %d: %v, %v", count, told, last.Events, err)
		}
	})
}

// TestWaiting: a follower is woken by an event, and not by a record without one;
// without news the answer comes after a while, and says where to go on.
func TestWaiting(t *testing.T) {
	t.Parallel()
	j := newJournal()
	tells, _ := newTail(j)
	j.add(t, false, map[store.Table]any{99: struct{}{}})
	answered := make(chan tail.Page, 1)
	go func() {
		page, err := tells.After(t.Context(), 1, time.Hour, false)
		if err != nil {
			t.Error(err)
		}
		answered <- page
	}()
	j.add(t, false, map[store.Table]any{99: struct{}{}})
	j.add(t, false, map[store.Table]any{refusal.Table: refusal.Refused{Phone: wang, Reason: refusal.Funds}})
	if page := <-answered; len(page.Events) != 1 || page.Next != 3 {
		t.Errorf("%+v", page)
	}
	if page, err := tells.After(t.Context(), 3, time.Millisecond, false); err != nil || len(page.Events) != 0 || page.Next != 3 {
		t.Errorf("%+v, %v", page, err)
	}
	if page, err := tells.After(t.Context(), 999, 0, false); err != nil || page.Next != 3 {
		t.Errorf("beyond the end, after a restore: %+v, %v", page, err)
	}
	gone, leave := context.WithCancel(t.Context())
	leave()
	if _, err := tells.After(gone, 3, time.Hour, false); !errors.Is(err, context.Canceled) {
		t.Errorf("gone: %v", err)
	}
}

// TestALongJournalComesInPages, none of which ends within a record.
func TestALongJournalComesInPages(t *testing.T) {
	t.Parallel()
	j := newJournal()
	tells, _ := newTail(j)
	const records = tail.EventsMax
	for range records {
		j.add(t, false, map[store.Table]any{
			refusal.Table: refusal.Refused{Phone: wang, Reason: refusal.Funds},
			cdr.Table:     cdr.Record{Purpose: cdr.ForPIN, End: "busy"},
		})
	}
	seen := 0
	for seq := uint64(0); seq < records; {
		page, err := tells.After(t.Context(), seq, 0, false)
		if err != nil || len(page.Events) > tail.EventsMax+1 || uint64(len(page.Events)) != 2*(page.Next-seq) {
			t.Fatalf("%d events from %d to %d, %v", len(page.Events), seq, page.Next, err)
		}
		seen, seq = seen+len(page.Events), page.Next
	}
	if seen != 2*records {
		t.Errorf("%d events", seen)
	}
	j.fault = errors.New("unreadable")
	if _, err := tells.Last(t.Context(), 1, false); !errors.Is(err, j.fault) {
		t.Errorf("%v", err)
	}
	if _, err := tail.New(tail.Config{}).After(t.Context(), 0, 0, false); !errors.Is(err, tail.ErrNoJournal) {
		t.Errorf("%v", err)
	}
}
