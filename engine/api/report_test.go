package api_test

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"mpg/engine"
	"mpg/engine/follow"
	"mpg/engine/phone"
	"mpg/engine/report"
	"mpg/engine/view"
	"mpg/store/bolt"
	"mpg/store/money"
)

// viewDesk opens a desk with a read side.
func viewDesk(t *testing.T) *desk {
	t.Helper()
	return openDesk(t, func(e *engine.Engine, books *bolt.Store, dir string) (*report.Reader, *view.View) {
		log := slog.New(slog.DiscardHandler)
		kept, err := view.Open(t.Context(), view.Config{Dir: dir, Feed: books, Ledger: books, Books: "of this test", Zone: time.UTC, Currency: "CNY",
			Number: e.Books().Refs.Number, Now: time.Now, Log: log, Every: time.Millisecond})
		if err != nil {
			t.Fatal(err)
		}
		runner, err := follow.New(follow.Config{Feed: books, Followers: []follow.Follower{kept.Follower()}, Log: log})
		if err != nil {
			t.Fatal(err)
		}
		ctx, stop := context.WithCancel(context.Background())
		ended := make(chan struct{})
		go func() { runner.Run(ctx); close(ended) }()
		t.Cleanup(func() {
			stop()
			<-ended
			if err := kept.Close(); err != nil {
				t.Error(err)
			}
		})
		cny, _ := money.Lookup("CNY")
		return report.New(report.Config{Refs: e.Books().Refs, Numbers: phone.NewReader("CN"), Currency: cny, Zone: time.UTC, Now: time.Now, Latest: kept.Latest,
			Read: func(ctx context.Context, fn func(context.Context, report.DB, time.Time) error) error {
				for { // the first view is being built
					err := kept.Read(ctx, func(ctx context.Context, tx *sql.Tx, as view.AsOf) error { return fn(ctx, tx, as.At) })
					if !errors.Is(err, view.ErrBuilding) {
						return err
					}
				}
			}}), kept
	})
}

// list reads a list by its cursors, and returns one field of each item.
func (d *desk) list(path, field string) (values []string) {
	d.t.Helper()
	for cursor := ""; ; {
		page := d.ask("GET", path+"&cursor="+url.QueryEscape(cursor), "", "", 200)
		if page["as_of"] == nil || page["zone"] != "UTC" {
			d.t.Fatalf("%s: %v", path, page)
		}
		for _, item := range page["items"].([]any) {
			values = append(values, fmt.Sprint(item.(map[string]any)[field]))
		}
		next, more := page["next"].(string)
		if !more {
			return values
		}
		cursor = next
	}
}

// TestListsShowWhatWasJustDone: what a command has done is in the list that is asked for
// next, newest first, in pages of any size.
func TestListsShowWhatWasJustDone(t *testing.T) {
	t.Parallel()
	d := viewDesk(t)
	d.ask("POST", "/users", "u1", wangAdd, 200)
	d.ask("POST", "/users", "u2", strings.NewReplacer("0001", "0002", "Wang Fang", "Li Lei", "王芳", "李雷").Replace(wangAdd), 200)
	d.ask("POST", "/merchants", "m1", `{"code":"8001","name":"BLUEBIRD FLORIST"}`, 200)
	var refs []string
	for i := range 4 {
		paid := d.ask("POST", "/purses/+8613800000001/topup", fmt.Sprint("t", i), fmt.Sprintf(`{"amount":"%d"}`, i+1), 200)
		refs = append([]string{paid["ref"].(string)}, refs...)
		if got := d.list("/payments?limit=50", "ref"); !slices.Equal(got, refs) {
			t.Errorf("after top-up %d: %v, want %v", i, got, refs)
		}
	}
	for limit := 1; limit <= 5; limit++ {
		if got := d.list(fmt.Sprintf("/payments?payee=13800000001&limit=%d", limit), "ref"); !slices.Equal(got, refs) {
			t.Errorf("by %d: %v, want %v", limit, got, refs)
		}
	}
	d.ask("POST", "/users/13800000002/block", "b1", `{"reason":"stolen"}`, 200)
	for path, want := range map[string]string{
		"/users?limit=50": "+8613800000002 +8613800000001", "/users?state=blocked": "+8613800000002", "/users?name=ang": "+8613800000001",
	} {
		if got := strings.Join(d.list(path, "number"), " "); got != want {
			t.Errorf("%s: %s, want %s", path, got, want)
		}
	}
	if got := d.list("/merchants?state=open", "code"); !slices.Equal(got, []string{"8001"}) {
		t.Errorf("shops: %v", got)
	}
	if got := strings.Join(d.list("/audit?limit=50", "what"), ", "); got != "user block, purse topup, purse topup, purse topup, purse topup, merchant add, user add, user add" {
		t.Errorf("commands: %s", got)
	}
	if got := d.list("/refusals?limit=1", "sender"); got != nil {
		t.Errorf("refused: %v", got)
	}
}

// TestAnswersAboutOne: the statement of a purse comes to its balance, the story of a
// payment and a search have what was done, and a day has its figures.
func TestAnswersAboutOne(t *testing.T) {
	t.Parallel()
	d := viewDesk(t)
	d.ask("POST", "/users", "u1", wangAdd, 200)
	ref := d.ask("POST", "/purses/+8613800000001/topup", "t1", `{"amount":"128.50"}`, 200)["ref"].(string)
	d.ask("POST", "/topups/"+ref+"/correct", "c1", `{"reason":"mistyped"}`, 200)
	statement := d.ask("GET", "/accounts/purse:13800000001/statement", "", "", 200)
	shown := d.ask("GET", "/accounts/purse:13800000001", "", "", 200)
	user := d.ask("GET", "/users/13800000001", "", "", 200)
	if statement["in"] != "128.50" || statement["out"] != "128.50" || statement["closing"] != shown["posted"] || user["balance"] != shown["posted"] || statement["count"] != 2.0 {
		t.Errorf("statement %v, account %v, user %v", statement, shown, user)
	}
	payment := d.ask("GET", "/payments/"+strings.ToLower(ref), "", "", 200)
	story, err := json.Marshal(payment["story"])
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`"step"`, "top-up: 128.50 CNY from float to purse:+8613800000001", "correction ", "in zh: "} {
		if payment["ref"] != ref || payment["returned"] != "128.50" || !strings.Contains(string(story), want) {
			t.Errorf("no %q in %v, %s", want, payment, story)
		}
	}
	found := d.ask("GET", "/find?what="+url.QueryEscape("138-0000-0001"), "", "", 200)
	if payments, users := found["payments"].([]any), found["users"].([]any); len(payments) != 2 || len(users) != 1 {
		t.Errorf("found %v", found)
	}
	if day := d.ask("GET", "/stats?day=today", "", "", 200); day["orders"] != 2.0 && day["orders"] != 0.0 { // 0 after midnight
		t.Errorf("the day: %v", day)
	}
}

// TestQuestionsAreRefused: a wrong parameter is named, and without a read side the answer
// says what can be done.
func TestQuestionsAreRefused(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		of         *desk
		path, want string
		status     int
		code       string
		hint       bool
	}{
		{viewDesk(t), "/payments?sinc=today", `there is no parameter "sinc" here; want any of amount, cursor, limit, payee, payer, product, reason, since, state, until`, 400, "misuse", false},
		{viewDesk(t), "/payments?since=soon", `since is "soon"; want a date such as`, 400, "misuse", false},
		{viewDesk(t), "/payments?product=topop", `product is "topop"; want one of bankin, bankout, cashin, cashout, chargeback, `, 400, "misuse", true},
		{viewDesk(t), "/payments?payer=13800000009", "no subscriber has this number", 404, "no_user", true},
		{viewDesk(t), "/payments?payee=8009", "no shop has this code", 404, "no_merchant", true},
		{viewDesk(t), "/payments?limit=1&limit=2", "the parameter limit is given 2 times; want it once", 400, "misuse", false},
		{viewDesk(t), "/accounts/purse:+8613800000009/statement", "there is no such account", 404, "no_account", true},
		{viewDesk(t), "/find?what=", `what is ""; want a phone number`, 400, "misuse", false},
		{viewDesk(t), "/stats?day=2h", `day is "2h"; want a date`, 400, "misuse", false},
		{viewDesk(t), "/events?last=-1", `last is "-1"; want 0 to 1000`, 400, "misuse", false},
		{viewDesk(t), "/events?after=x", `after is "x"; want next from an earlier answer`, 400, "misuse", false},
		{newDesk(t), "/payments", "the view is switched off", 409, "no_view", true},
		{newDesk(t), "/audit", "the view is switched off", 409, "no_view", true},
	} {
		got := tt.of.ask("GET", tt.path, "", "", tt.status)
		if text, _ := got["error"].(string); !strings.HasPrefix(text, tt.want) || got["code"] != tt.code || (got["hint"] != nil) != tt.hint {
			t.Errorf("%s: %v", tt.path, got)
		}
	}
}

// TestAPaymentIsShownWithoutAReadSide: its own state comes from the books.
func TestAPaymentIsShownWithoutAReadSide(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.ask("POST", "/users", "u1", wangAdd, 200)
	ref := d.ask("POST", "/purses/+8613800000001/topup", "t1", `{"amount":"1"}`, 200)["ref"].(string)
	if got := d.ask("GET", "/payments/"+ref, "", "", 200); got["outcome"] != "paid" || got["story"] != nil || got["story_missing"] == nil {
		t.Errorf("%v", got)
	}
}

// TestEvents: what happens is told in its order, and one can go on from where one was.
func TestEvents(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.ask("POST", "/users", "u1", wangAdd, 200)
	page := d.ask("GET", "/events", "", "", 200)
	kinds := func(page map[string]any) (all string) {
		for _, item := range page["items"].([]any) {
			event := item.(map[string]any)
			all += fmt.Sprint(event["kind"], " ", event["what"], " ", event["to"], "; ")
		}
		return all
	}
	if got := kinds(page); got != "command user add +8613800000001; " {
		t.Errorf("%s", got)
	}
	next := fmt.Sprint(uint64(page["next"].(float64)))
	if again := d.ask("GET", "/events?after="+next, "", "", 200); len(again["items"].([]any)) != 0 {
		t.Errorf("%v", again)
	}
	d.ask("POST", "/purses/+8613800000001/topup", "t1", `{"amount":"1"}`, 200)
	if got := kinds(d.ask("GET", "/events?wait=1&after="+next, "", "", 200)); got != "paid <nil> +8613800000001; command purse topup +8613800000001; " &&
		got != "command purse topup +8613800000001; paid <nil> +8613800000001; " {
		t.Errorf("%s", got)
	}
	if last := d.ask("GET", "/events?last=1", "", "", 200); len(last["items"].([]any)) != 1 {
		t.Errorf("%v", last)
	}
}
