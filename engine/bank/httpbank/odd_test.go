package httpbank_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"mpg/engine/bank"
	"mpg/engine/bank/httpbank"
)

// approval is an answer that approves the order of the tests.
const approval = `{"key":"` + key + `","status":"approved","amount":"128.50","currency":"CNY","code":"00","authorization":"A1","settlement_date":"2026-11-24"}`

// asks authorizes the order at a bank with these answers, and gives up at the second question:
// what the first answer means is then all that counts.
func asks(t *testing.T, answers ...scriptedAnswer) (bank.Reply, string, error) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var log bytes.Buffer
	c, s := opened(t, true, &log, answers...)
	s.second = cancel
	packed, err := c.Prepare(order(t))
	if err != nil {
		t.Fatal(err)
	}
	reply, err := c.Authorize(ctx, packed)
	return reply, log.String(), err
}

// TestEveryStatus: only 2xx with an answer decides, and of the others only 4xx says that
// nothing was booked; whatever else comes is not certain.
func TestEveryStatus(t *testing.T) {
	t.Parallel()
	declined := `{"status":"declined","code":"51","reason":"funds"}`
	for body, decides := range map[string]string{approval: "approved 00", declined: "funds 51", "": "", "{}": "", "OK": "", "null": "", "[]": "", `"approved"`: "", `{"status":1}`: ""} {
		t.Run(body, func(t *testing.T) {
			t.Parallel()
			for _, status := range []int{200, 201, 202, 203, 206, 226, 300, 301, 303, 307, 308, 399, 400, 401, 402, 403, 404, 405, 408, 409, 410, 413, 418, 422, 429, 451, 500, 501, 502, 503, 504, 599} {
				want := ""
				switch {
				case status < 300:
					want = decides
				case status == 401, status == 403:
					want = fmt.Sprintf("unavailable H%d", status)
				case status/100 == 4 && status != 408 && status != 409 && status != 429:
					want = fmt.Sprintf("refused H%d", status)
				}
				reply, log, err := asks(t, scriptedAnswer{status, body})
				got := ""
				if err == nil {
					got = string(reply.Reason) + " " + reply.Code
				}
				if got != want || err != nil && !errors.Is(err, bank.ErrUnknown) || reply.Approved != (want == "approved 00") {
					t.Errorf("%d: %+v, %v, want %q", status, reply, err, want)
				}
				if text := fmt.Sprint(err) + log; strings.Contains(text, token) || strings.Contains(text, "6222000000000001") {
					t.Errorf("%d: the token or the account is told: %s", status, text)
				}
			}
		})
	}
}

// TestAnswersThatDecideNothing: an answer about something else, or cut short, is as good as none.
func TestAnswersThatDecideNothing(t *testing.T) {
	t.Parallel()
	swap := func(old, with string) string { return strings.Replace(approval, old, with, 1) }
	for name, tt := range map[string]struct{ body, cause string }{
		"another key":        {swap(key, "632609000042-000043"), bank.CauseElement},
		"another currency":   {swap("CNY", "JPY"), bank.CauseElement},
		"no currency's name": {swap("CNY", "yuan"), bank.CauseElement},
		"less":               {swap("128.50", "128.49"), bank.CauseElement},
		"more":               {swap("128.50", "128.51"), bank.CauseElement},
		"a hundred times":    {swap("128.50", "12850"), bank.CauseElement},
		"minus":              {swap("128.50", "-128.50"), bank.CauseElement},
		"three decimals":     {swap("128.50", "128.500"), bank.CauseElement},
		"with a comma":       {swap("128.50", "128,50"), bank.CauseElement},
		"a number":           {swap(`"128.50"`, "128.50"), bank.CauseUnreadable},
		"a status unheard":   {swap("approved", "authorised"), bank.CauseCode},
		"in capitals":        {swap("approved", "APPROVED"), bank.CauseCode},
		"reversed":           {swap("approved", "reversed"), bank.CauseCode},
		"pending":            {swap("approved", "pending"), bank.CauseCode},
		"cut short":          {approval[:len(approval)-1], bank.CauseUnreadable},
		"twice":              {approval + approval, bank.CauseUnreadable},
		"in a list":          {"[" + approval + "]", bank.CauseUnreadable},
		"with noise after":   {approval + "<!-- -->", bank.CauseUnreadable},
		"noise too far away": {approval + strings.Repeat(" ", 64<<10) + "{}", bank.CauseUnreadable},
		"too long":           {approval + strings.Repeat(" ", 64<<10), bank.CauseUnreadable},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			reply, _, err := asks(t, scriptedAnswer{200, tt.body})
			if !errors.Is(err, bank.ErrUnknown) || bank.Cause(err) != tt.cause || reply != (bank.Reply{}) {
				t.Errorf("got %+v, %v (%s), want the cause %s", reply, err, bank.Cause(err), tt.cause)
			}
		})
	}
}

// TestWhatIsKeptOfAnAnswer: only what looks like a code or a date is kept, since it is logged
// and shown; the rest does not spoil a decision.
func TestWhatIsKeptOfAnAnswer(t *testing.T) {
	t.Parallel()
	swap := func(old, with string) string { return strings.Replace(approval, old, with, 1) }
	whole := bank.Reply{Approved: true, Code: "00", Reason: bank.Approved, AuthID: "A1", Settlement: "1124"}
	but := func(change func(r *bank.Reply)) bank.Reply { r := whole; change(&r); return r }
	unsettled := but(func(r *bank.Reply) { r.Settlement = "" })
	nameless := but(func(r *bank.Reply) { r.AuthID = "" })
	for name, tt := range map[string]struct {
		body string
		want bank.Reply
	}{
		"all of it":               {approval, whole},
		"with spaces around":      {"\n " + approval + " \n", whole},
		"amount without a zero":   {swap("128.50", "128.5"), whole},
		"the leap day":            {swap("2026-11-24", "2028-02-29"), but(func(r *bank.Reply) { r.Settlement = "0229" })},
		"a day that is none":      {swap("2026-11-24", "2026-02-29"), unsettled},
		"a date of another form":  {swap("2026-11-24", "24/11/2026"), unsettled},
		"a time":                  {swap("2026-11-24", "2026-11-24T00:00:00Z"), unsettled},
		"ten letters":             {swap("2026-11-24", "2026xabxcd"), unsettled},
		"another code":            {swap(`"00"`, `"APPROVED_X"`), but(func(r *bank.Reply) { r.Code = "APPROVED_X" })},
		"a sentence for a code":   {swap(`"00"`, `"all went well"`), whole},
		"the account in the code": {swap(`"00"`, `"A6222000000000001"`), whole},
		"a long code":             {swap(`"00"`, `"`+strings.Repeat("0", 65)+`"`), whole},
		"the account in the name": {swap("A1", "6222000000000001"), nameless},
		"a line feed in the name": {swap("A1", `A\n1`), nameless},
		"not of ASCII":            {swap("A1", "批准"), nameless},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if reply, _, err := asks(t, scriptedAnswer{200, tt.body}); err != nil || reply != tt.want {
				t.Errorf("got %+v, %v, want %+v", reply, err, tt.want)
			}
		})
	}
}

// TestReversalsOfTheSame: an answer to a reversal is about the same key, amount and currency,
// however the amount is written, and its code never has the account in it.
func TestReversalsOfTheSame(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		status int
		body   string
		want   bank.Undo
	}{
		"no more than the word":   {200, `{"status":"reversed"}`, bank.Undo{Outcome: bank.UndoDone, Code: "00"}},
		"all of it":               {201, `{"status":"reversed","key":"` + key + `","amount":"128.50","currency":"CNY"}`, bank.Undo{Outcome: bank.UndoDone, Code: "00"}},
		"without a zero":          {200, `{"status":"reversed","amount":"128.5"}`, bank.Undo{Outcome: bank.UndoDone, Code: "00"}},
		"more":                    {200, `{"status":"reversed","amount":"128.51"}`, bank.Undo{Outcome: bank.UndoOperator, Code: "H200"}},
		"in another currency":     {200, `{"status":"reversed","amount":"128.50","currency":"USD"}`, bank.Undo{Outcome: bank.UndoOperator, Code: "H200"}},
		"approved":                {200, approval, bank.Undo{Outcome: bank.UndoOperator, Code: "00"}},
		"the account in a code":   {400, `{"code":"6222000000000001"}`, bank.Undo{Outcome: bank.UndoOperator, Code: "H400"}},
		"a code with a status":    {503, `{"code":"91"}`, bank.Undo{Outcome: bank.UndoAgain, Code: "91"}},
		"gone":                    {410, "", bank.Undo{Outcome: bank.UndoOperator, Code: "H410"}},
		"too late":                {408, "", bank.Undo{Outcome: bank.UndoAgain, Code: "H408"}},
		"cut short":               {200, `{"status":"reversed"`, bank.Undo{Outcome: bank.UndoAgain, Code: "H200"}},
		"longer than can be read": {200, `{"status":"reversed"}` + strings.Repeat(" ", 64<<10), bank.Undo{Outcome: bank.UndoAgain, Code: "H200"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var log bytes.Buffer
			c, _ := opened(t, true, &log, scriptedAnswer{tt.status, tt.body})
			packed, err := c.Prepare(order(t))
			if err != nil {
				t.Fatal(err)
			}
			undo, err := c.Reverse(t.Context(), packed, false)
			if err != nil || undo.Outcome != tt.want.Outcome || undo.Code != tt.want.Code {
				t.Errorf("got %+v, %v, want %+v", undo, err, tt.want)
			}
			if text := log.String(); strings.Contains(text, "6222000000000001") || strings.Contains(text, token) {
				t.Errorf("the log tells the account or the token:\n%s", text)
			}
		})
	}
}

// TestNothingIsSentElsewhere: a bank that points to another address does not get the request,
// the account or the token sent there.
func TestNothingIsSentElsewhere(t *testing.T) {
	t.Parallel()
	var elsewhere atomic.Int64
	other := httptest.NewServer(http.HandlerFunc(func(reply http.ResponseWriter, _ *http.Request) {
		elsewhere.Add(1)
		_, _ = io.WriteString(reply, approval)
	}))
	t.Cleanup(other.Close)
	for _, status := range []int{301, 302, 303, 307, 308} {
		ctx, cancel := context.WithCancel(t.Context())
		var asked atomic.Int64
		server := httptest.NewServer(http.HandlerFunc(func(reply http.ResponseWriter, req *http.Request) {
			if asked.Add(1) == 2 {
				cancel()
			}
			http.Redirect(reply, req, other.URL+"/payments", status)
		}))
		t.Cleanup(server.Close)
		c, err := httpbank.Open(httpbank.Config{Name: "icbc", URL: server.URL, Token: token, Timeout: time.Hour, Pause: time.Millisecond})
		if err != nil {
			t.Fatal(err)
		}
		packed, err := c.Prepare(order(t))
		if err != nil {
			t.Fatal(err)
		}
		if reply, err := c.Authorize(ctx, packed); !errors.Is(err, bank.ErrUnknown) {
			t.Errorf("%d: %+v, %v", status, reply, err)
		}
		if undo, err := c.Reverse(t.Context(), packed, false); err != nil || undo.Outcome != bank.UndoOperator {
			t.Errorf("%d: %+v, %v", status, undo, err)
		}
		if err := c.Probe(t.Context()); err == nil {
			t.Errorf("%d: the bank counts as well", status)
		}
	}
	if n := elsewhere.Load(); n != 0 {
		t.Errorf("%d requests went to another address", n)
	}
}

// TestLinesThatBreak: half an answer, or none, is not certain; a bank that nobody reaches has
// not been asked. No error tells the token.
func TestLinesThatBreak(t *testing.T) {
	t.Parallel()
	abort := func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }
	for name, tt := range map[string]struct {
		serve func(http.ResponseWriter, *http.Request)
		token string
		gone  bool // nobody listens
		want  error
	}{
		"no answer": {serve: abort, token: token, want: bank.ErrUnknown},
		"half an answer": {serve: func(reply http.ResponseWriter, req *http.Request) {
			reply.Header().Set("Content-Length", fmt.Sprint(len(approval)))
			_, _ = io.WriteString(reply, approval[:40])
			abort(reply, req)
		}, token: token, want: bank.ErrUnknown},
		"nobody listens":         {serve: abort, token: token, gone: true, want: bank.ErrDown},
		"a token of two lines":   {serve: abort, token: token + "\nHost: x", want: bank.ErrDown},
		"a token with a control": {serve: abort, token: token + "\x00", want: bank.ErrDown},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			var asked atomic.Int64
			server := httptest.NewUnstartedServer(http.HandlerFunc(func(reply http.ResponseWriter, req *http.Request) {
				if asked.Add(1) == 2 {
					cancel()
				}
				tt.serve(reply, req)
			}))
			server.Start()
			t.Cleanup(server.Close)
			if tt.gone {
				server.Close()
			}
			var log bytes.Buffer
			c, err := httpbank.Open(httpbank.Config{Name: "icbc", URL: server.URL, Token: tt.token, Timeout: time.Hour, Pause: time.Millisecond, Log: slog.New(slog.NewTextHandler(&log, nil))})
			if err != nil {
				t.Fatal(err)
			}
			packed, err := c.Prepare(order(t))
			if err != nil {
				t.Fatal(err)
			}
			_, err = c.Authorize(ctx, packed)
			if !errors.Is(err, tt.want) {
				t.Errorf("got %v, want %v", err, tt.want)
			}
			undo, undoErr := c.Reverse(t.Context(), packed, false)
			if undo.Outcome != bank.UndoAgain || undoErr == nil {
				t.Errorf("reversed: %+v, %v", undo, undoErr)
			}
			if text := fmt.Sprint(err, undoErr) + log.String(); strings.Contains(text, token) || strings.Contains(text, "6222000000000001") {
				t.Errorf("the token or the account is told: %s", text)
			}
		})
	}
}

// TestRequestsOfOthers: what is not a request of this connector is not sent, and its error
// does not quote it.
func TestRequestsOfOthers(t *testing.T) {
	t.Parallel()
	c, s := opened(t, true, io.Discard, scriptedAnswer{200, approval})
	for _, packed := range []bank.Packed{nil, bank.Packed("http-json"), bank.Packed("http-json\n"), bank.Packed("http-json\n{}"), bank.Packed("http-json\n{\"key\":\"\",\"account\":\"6222000000000001\"}"),
		bank.Packed("http-json\n{\"account\":\"6222000000000001\""), bank.Packed("iso8583\n{\"key\":\"" + key + "\"}"), bank.Packed("http-json\n\"6222000000000001\"")} {
		_, err := c.Authorize(t.Context(), packed)
		_, adviseErr := c.Advise(t.Context(), packed, false)
		undo, undoErr := c.Reverse(t.Context(), packed, false)
		for _, err := range []error{err, adviseErr, undoErr} {
			if !errors.Is(err, bank.ErrInvalid) || strings.Contains(fmt.Sprint(err), "6222") {
				t.Errorf("%q: %v", []byte(packed), err)
			}
		}
		if undo.Outcome != bank.UndoOperator {
			t.Errorf("%q: reversed as %+v", []byte(packed), undo)
		}
	}
	if asked, _ := s.questions(); len(asked) != 0 {
		t.Errorf("asked %v", asked)
	}
}
