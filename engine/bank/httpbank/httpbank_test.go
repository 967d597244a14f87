package httpbank_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"mpg/engine/bank"
	"mpg/engine/bank/httpbank"
	"mpg/store/money"
)

// scripted is a bank that answers as a test says, in turn; the last answer stays.
type scripted struct {
	mu      sync.Mutex
	answers []scriptedAnswer
	asked   []string // method, path and key
	second  func()   // called at the second question, if set
	bodies  []string
}

type scriptedAnswer struct {
	status int
	body   string
}

func (s *scripted) ServeHTTP(reply http.ResponseWriter, req *http.Request) {
	body, _ := io.ReadAll(req.Body)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asked = append(s.asked, req.Method+" "+req.URL.Path+" "+req.Header.Get("Idempotency-Key"))
	s.bodies = append(s.bodies, string(body))
	if s.second != nil && len(s.asked) == 2 {
		s.second()
	}
	one := s.answers[0]
	if len(s.answers) > 1 {
		s.answers = s.answers[1:]
	}
	reply.WriteHeader(one.status)
	_, _ = io.WriteString(reply, one.body)
}

// questions returns what was asked, and the bodies.
func (s *scripted) questions() (asked, bodies []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.asked, s.bodies
}

const key = "632609000042-000042"

func order(t testing.TB) bank.Request {
	t.Helper()
	cny, ok := money.Lookup("CNY")
	if !ok {
		t.Fatal("no CNY")
	}
	return bank.Request{STAN: 42, RRN: "632609000042", At: time.Date(2026, 11, 22, 9, 30, 5, 0, time.UTC), Account: "6222000000000001", Amount: 12850,
		Currency: cny, Merchant: "8001", Ref: "K7QH2M9X"}
}

// opened returns a connector to a bank with these answers.
func opened(t testing.TB, status bool, log io.Writer, answers ...scriptedAnswer) (*httpbank.Connector, *scripted) {
	t.Helper()
	s := &scripted{answers: answers}
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	c, err := httpbank.Open(httpbank.Config{Name: "icbc", URL: server.URL + "/v1/", Token: token, Status: status, Timeout: time.Minute, Pause: time.Millisecond, Log: slog.New(slog.NewTextHandler(log, nil))})
	if err != nil {
		t.Fatal(err)
	}
	return c, s
}

// TestAnswers: what each answer of a bank means, and what is asked for it.
func TestAnswers(t *testing.T) {
	t.Parallel()
	const approved = `{"key":"` + key + `","status":"approved","amount":"128.50","currency":"CNY","code":"00","authorization":"A1","settlement_date":"2026-11-24"}`
	const post, get = "POST /v1/payments " + key, "GET /v1/payments/" + key + " " + key
	for name, tt := range map[string]struct {
		answers []scriptedAnswer
		again   bool // the bank cannot say what became of a request
		want    string
		asked   []string
	}{
		"approved":                      {answers: []scriptedAnswer{{200, approved}}, want: "approved 00", asked: []string{post}},
		"created":                       {answers: []scriptedAnswer{{201, approved}}, want: "approved 00", asked: []string{post}},
		"declined":                      {answers: []scriptedAnswer{{200, `{"status":"declined","code":"51","reason":"funds"}`}}, want: "funds 51", asked: []string{post}},
		"declined for a reason unheard": {answers: []scriptedAnswer{{200, `{"status":"declined","code":"X","reason":"mood"}`}}, want: "refused X", asked: []string{post}},
		"bad request":                   {answers: []scriptedAnswer{{400, ""}}, want: "refused H400", asked: []string{post}},
		"not let in":                    {answers: []scriptedAnswer{{401, ""}}, want: "unavailable H401", asked: []string{post}},
		"not found":                     {answers: []scriptedAnswer{{404, ""}}, want: "refused H404", asked: []string{post}},
		"broken, then approved":         {answers: []scriptedAnswer{{500, "<html>"}, {200, approved}}, want: "approved 00", asked: []string{post, get}},
		"too busy, then absent, then approved": {answers: []scriptedAnswer{{503, ""}, {404, ""}, {200, approved}}, want: "approved 00",
			asked: []string{post, get, get}},
		"in use, then approved":          {answers: []scriptedAnswer{{409, ""}, {200, approved}}, want: "approved 00", asked: []string{post, get}},
		"pending, then declined":         {answers: []scriptedAnswer{{202, `{"status":"pending"}`}, {200, `{"status":"declined","code":"05"}`}}, want: "refused 05", asked: []string{post, get}},
		"noise, then approved":           {answers: []scriptedAnswer{{200, "OK"}, {200, approved}}, want: "approved 00", asked: []string{post, get}},
		"moved, then approved":           {answers: []scriptedAnswer{{302, ""}, {200, approved}}, want: "approved 00", asked: []string{post, get}},
		"another amount, then right":     {answers: []scriptedAnswer{{200, strings.Replace(approved, "128.50", "12.85", 1)}, {200, approved}}, want: "approved 00", asked: []string{post, get}},
		"another currency, then right":   {answers: []scriptedAnswer{{200, strings.Replace(approved, "CNY", "USD", 1)}, {200, approved}}, want: "approved 00", asked: []string{post, get}},
		"another key, then right":        {answers: []scriptedAnswer{{200, strings.Replace(approved, key, "x", 1)}, {200, approved}}, want: "approved 00", asked: []string{post, get}},
		"broken, sent again":             {answers: []scriptedAnswer{{502, ""}, {200, approved}}, again: true, want: "approved 00", asked: []string{post, post}},
		"refused once it may be booked":  {answers: []scriptedAnswer{{502, ""}, {400, ""}, {200, approved}}, again: true, want: "approved 00", asked: []string{post, post, post}},
		"no amount, no key, no currency": {answers: []scriptedAnswer{{200, `{"status":"approved"}`}}, want: "approved 00", asked: []string{post}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var log bytes.Buffer
			c, s := opened(t, !tt.again, &log, tt.answers...)
			packed, err := c.Prepare(order(t))
			if err != nil {
				t.Fatal(err)
			}
			reply, err := c.Authorize(t.Context(), packed)
			if got := string(reply.Reason) + " " + reply.Code; got != tt.want || err != nil {
				t.Errorf("got %s, %v, want %s", got, err, tt.want)
			}
			asked, bodies := s.questions()
			if strings.Join(asked, ", ") != strings.Join(tt.asked, ", ") {
				t.Errorf("asked %v, want %v", asked, tt.asked)
			}
			if !strings.Contains(bodies[0], `"amount":"128.50"`) || !strings.Contains(bodies[0], `"kind":"debit"`) {
				t.Errorf("the body is %s", bodies[0])
			}
			if tt.again && bodies[1] != bodies[0] {
				t.Errorf("sent again as %s, was %s", bodies[1], bodies[0])
			}
			if text := log.String(); strings.Contains(text, "6222000000000001") || strings.Contains(text, token) {
				t.Errorf("the log tells the account or the token:\n%s", text)
			}
		})
	}
}

// TestRepeatedAdvices: a bank that refuses a completion which it was sent before may have taken it
// then: what it says of that decides, where it can say it.
func TestRepeatedAdvices(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		answers []scriptedAnswer
		repeat  bool
		mute    bool // the bank cannot say what became of a request
		want    string
	}{
		"refused":                              {answers: []scriptedAnswer{{422, ""}}, want: "refused H422"},
		"refused again, and taken before":      {answers: []scriptedAnswer{{422, ""}, {200, approval}}, repeat: true, want: "approved 00"},
		"refused again, and before":            {answers: []scriptedAnswer{{422, ""}, {200, `{"status":"declined","code":"51"}`}}, repeat: true, want: "refused 51"},
		"refused again, and not known":         {answers: []scriptedAnswer{{422, ""}, {404, ""}}, repeat: true, want: "refused H422"},
		"refused again by a bank that is mute": {answers: []scriptedAnswer{{422, ""}}, repeat: true, mute: true, want: "refused H422"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c, s := opened(t, !tt.mute, io.Discard, tt.answers...)
			packed, err := c.Prepare(order(t))
			if err != nil {
				t.Fatal(err)
			}
			reply, err := c.Advise(t.Context(), packed, tt.repeat)
			if got := string(reply.Reason) + " " + reply.Code; got != tt.want || err != nil {
				t.Errorf("got %s, %v, want %s", got, err, tt.want)
			}
			if asked, _ := s.questions(); len(asked) != len(tt.answers) {
				t.Errorf("asked %v", asked)
			}
		})
	}
}

// TestReversals: only "reversed" ends a reversal.
func TestReversals(t *testing.T) {
	t.Parallel()
	const path = "POST /v1/payments/" + key + "/reversal " + key + "-reversal"
	for name, tt := range map[string]struct {
		status int
		body   string
		want   bank.UndoOutcome
	}{
		"reversed":           {200, `{"key":"` + key + `","status":"reversed","amount":"128.50"}`, bank.UndoDone},
		"reversed in part":   {200, `{"status":"reversed","amount":"28.50"}`, bank.UndoOperator},
		"another reversed":   {200, `{"key":"x","status":"reversed"}`, bank.UndoOperator},
		"refused":            {200, `{"status":"refused","code":"12"}`, bank.UndoOperator},
		"pending":            {202, `{"status":"pending"}`, bank.UndoAgain},
		"noise":              {200, "OK", bank.UndoAgain},
		"absent":             {404, "", bank.UndoAbsent},
		"in use":             {409, "", bank.UndoAgain},
		"broken":             {500, "", bank.UndoAgain},
		"not let in":         {403, "", bank.UndoOperator},
		"moved":              {301, "", bank.UndoOperator},
		"a status unheard":   {200, `{"status":"undone"}`, bank.UndoOperator},
		"too many questions": {429, "", bank.UndoAgain},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c, s := opened(t, true, io.Discard, scriptedAnswer{tt.status, tt.body})
			packed, err := c.Prepare(order(t))
			if err != nil {
				t.Fatal(err)
			}
			undo, err := c.Reverse(t.Context(), packed, true)
			if undo.Outcome != tt.want || err != nil {
				t.Errorf("got %+v, %v, want %s", undo, err, tt.want)
			}
			if asked, _ := s.questions(); len(asked) != 1 || asked[0] != path {
				t.Errorf("asked %v", asked)
			}
		})
	}
}

// TestStateIsLogged whenever it changes, and at the start even if the bank is down.
func TestStateIsLogged(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var log logged
		var status atomic.Int32
		answer := func(*http.Request) (*http.Response, error) {
			return &http.Response{StatusCode: int(status.Load()), Body: http.NoBody}, nil
		}
		c, err := httpbank.Open(httpbank.Config{Name: "icbc", URL: "https://bank.example/v1", Every: time.Minute, Transport: transport(answer), Log: slog.New(slog.NewTextHandler(&log, nil))})
		if err != nil {
			t.Fatal(err)
		}
		ended := make(chan error)
		status.Store(http.StatusServiceUnavailable)
		go func() { ended <- c.Run(t.Context()) }()
		for _, one := range []struct {
			status     int32
			up         bool
			down, back int // how often the log says so until then
		}{{http.StatusServiceUnavailable, false, 1, 0}, {http.StatusNoContent, true, 1, 1}, {http.StatusServiceUnavailable, false, 2, 1}} {
			status.Store(one.status)
			time.Sleep(5 * time.Minute)
			synctest.Wait()
			down, back := strings.Count(log.String(), "bank link is down"), strings.Count(log.String(), "bank link is up")
			if c.Up() != one.up || down != one.down || back != one.back {
				t.Errorf("with %d up is %v, and the log says down %d times and up %d times: %s", one.status, c.Up(), down, back, log.String())
			}
		}
		if !strings.Contains(log.String(), "HTTP status 503") {
			t.Errorf("the log does not say why: %s", log.String())
		}
		_ = c.Close()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
}

// logged is a log that is read while it is written.
type logged struct {
	mu   sync.Mutex
	text bytes.Buffer
}

// Write implements io.Writer.
func (l *logged) Write(line []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(line)
}

// String returns what was logged so far.
func (l *logged) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// transport is a function that answers requests.
type transport func(*http.Request) (*http.Response, error)

// RoundTrip implements http.RoundTripper.
func (f transport) RoundTrip(request *http.Request) (*http.Response, error) { return f(request) }

// TestProbe: the bank is up only if it says so.
func TestProbe(t *testing.T) {
	t.Parallel()
	for status, well := range map[int]bool{200: true, 204: true, 401: false, 503: false} {
		c, s := opened(t, true, io.Discard, scriptedAnswer{status, ""})
		if err := c.Try(t.Context(), true); (err == nil) != well {
			t.Errorf("%d: %v", status, err)
		}
		if asked, _ := s.questions(); asked[0] != "GET /v1/health " {
			t.Errorf("asked %v", asked)
		}
	}
	for _, wrong := range []string{"", "bank.example", "ftp://bank.example", "http://", "://"} {
		if _, err := httpbank.Open(httpbank.Config{Name: "icbc", URL: wrong}); err == nil {
			t.Errorf("%q is taken", wrong)
		}
	}
}

// TestPartOfWhatWasToBeSetAside: less may be held, but not more, and no debit is partial.
func TestPartOfWhatWasToBeSetAside(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		kind    bank.Kind
		amount  string
		granted money.Amount
		unknown bool
	}{
		"less": {bank.PreAuth, "100.00", 10000, false}, "all": {bank.PreAuth, "128.5", 0, false}, "more": {bank.PreAuth, "128.51", 0, true},
		"nothing": {bank.PreAuth, "0.00", 0, true}, "a debit": {bank.Debit, "100.00", 0, true}, "no amount": {bank.PreAuth, "much", 0, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			s := &scripted{answers: []scriptedAnswer{{200, `{"status":"approved","amount":"` + tt.amount + `"}`}}, second: cancel}
			server := httptest.NewServer(s)
			t.Cleanup(server.Close)
			c, err := httpbank.Open(httpbank.Config{Name: "icbc", URL: server.URL, Timeout: time.Hour, Pause: time.Millisecond})
			if err != nil {
				t.Fatal(err)
			}
			r := order(t)
			r.Kind = tt.kind
			packed, err := c.Prepare(r)
			if err != nil {
				t.Fatal(err)
			}
			reply, err := c.Authorize(ctx, packed)
			if reply.Granted != tt.granted || errors.Is(err, bank.ErrUnknown) != tt.unknown {
				t.Errorf("got %+v, %v", reply, err)
			}
		})
	}
}

// TestSentTwiceByItself: net/http sends a request again if the bank closes a kept connection
// instead of answering. The bank may have booked it the first time, so that a refusal of the
// second does not decide.
func TestSentTwiceByItself(t *testing.T) {
	t.Parallel()
	var posts atomic.Int32
	server := httptest.NewServer(http.HandlerFunc(func(reply http.ResponseWriter, req *http.Request) {
		switch {
		case req.URL.Path == "/health":
			reply.WriteHeader(http.StatusNoContent)
		case req.Method == http.MethodGet:
			_, _ = io.WriteString(reply, `{"status":"approved"}`)
		case posts.Add(1) == 1: // booked, and the answer is lost
			_, _ = io.Copy(io.Discard, req.Body)
			conn, _, err := http.NewResponseController(reply).Hijack()
			if err == nil {
				err = conn.Close()
			}
			if err != nil {
				t.Error(err)
			}
		default:
			reply.WriteHeader(http.StatusUnprocessableEntity)
		}
	}))
	t.Cleanup(server.Close)
	c, err := httpbank.Open(httpbank.Config{Name: "icbc", URL: server.URL, Status: true, Timeout: time.Minute, Pause: time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Probe(t.Context()); err != nil { // which leaves a connection
		t.Fatal(err)
	}
	packed, err := c.Prepare(order(t))
	if err != nil {
		t.Fatal(err)
	}
	reply, err := c.Authorize(t.Context(), packed)
	if err != nil || !reply.Approved || posts.Load() != 2 {
		t.Errorf("%+v %v after %d posts", reply, err, posts.Load())
	}
}
