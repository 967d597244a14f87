package engine_test

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"mpg/engine/admin"
	"mpg/engine/lang"
	"mpg/engine/merchant"
	"mpg/engine/payment"
	"mpg/engine/till"
	"mpg/engine/till/tillhttp"
	"mpg/store"
)

// register is the cash register of a shop, with its key.
type register struct {
	t    *testing.T
	http *http.Client
	url  string
	key  string
	last string // id of the last event
}

// counter is the service that cash registers of a world connect to.
type counter struct {
	*httptest.Server
	server *tillhttp.Server
	feed   *till.Feed
	config tillhttp.Config
}

// counter serves cash registers over TLS until the test ends, or until the function that it
// returns is called. tune may change how.
func (w *world) counter(tune ...func(*tillhttp.Config)) (c *counter, stop func()) {
	w.t.Helper()
	log := slog.New(slog.DiscardHandler)
	feed := till.NewFeed(till.FeedConfig{Feed: w.store.(store.Feed), Identity: w.e.Books().Identity, Ref: w.e.Books().Refs.Ref, Facts: w.facts, Resume: 10_000, Log: log})
	cfg := tillhttp.Config{Feed: feed, Operator: w.e.Admin(), Till: w.e.Admin().Tills.Of, Streams: 4, RequestsPerHour: 1000, Heartbeat: time.Hour, Now: time.Now, Log: log,
		Desk: till.Desk{Run: w.e.Runner(), Number: w.e.Books().Refs.Number, Ref: w.e.Books().Refs.Ref, Facts: w.facts}}
	for _, f := range tune {
		f(&cfg)
	}
	ctx, cancel := context.WithCancel(context.Background())
	c = &counter{server: tillhttp.New(cfg), feed: feed, config: cfg}
	c.Server = httptest.NewUnstartedServer(nil)
	c.Config = c.server.HTTP(ctx)
	c.Listener = c.server.Limit(c.Listener, 20)
	c.StartTLS()
	ran := make(chan struct{})
	go func() { defer close(ran); feed.Run(ctx) }()
	over := false
	stop = func() {
		if !over {
			over = true
			cancel()
			c.Close()
			<-ran
		}
	}
	w.t.Cleanup(stop)
	return c, stop
}

// facts tells tills of the card that pays p, as the daemon does.
func (w *world) facts(ctx context.Context, p *payment.Payment) (till.CardFacts, error) {
	authID, holder, err := w.e.Offers().CardFacts(ctx, p)
	return till.CardFacts{AuthID: authID, Holder: holder}, err
}

// register adds a till of a shop, which connects to c.
func (w *world) register(c *counter, shop, name string) *register {
	w.t.Helper()
	made, err := w.e.Admin().Tills.Add(context.Background(), admin.Command{Key: "till " + shop + name}, shop, name)
	var view admin.TillView
	if err == nil {
		err = json.Unmarshal(made, &view)
	}
	if err != nil || view.Key == "" {
		w.t.Fatalf("%v: %s", err, made)
	}
	return &register{t: w.t, http: c.Client(), url: c.URL, key: view.Key}
}

// at has the register connect to another service with the same key.
func (r *register) at(c *counter) { r.http, r.url = c.Client(), c.URL }

// ask sends a request and returns the answer, of which the status is checked.
func (r *register) ask(method, path, body string, status int, header ...string) map[string]any {
	r.t.Helper()
	req, err := http.NewRequestWithContext(r.t.Context(), method, r.url+path, strings.NewReader(body))
	if err != nil {
		r.t.Fatal(err)
	}
	if r.key != "" {
		req.Header.Set("Authorization", "Bearer "+r.key)
	}
	for i := 0; i+1 < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	res, err := r.http.Do(req)
	if err != nil {
		r.t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	text, err := io.ReadAll(res.Body)
	var got map[string]any
	if err == nil {
		err = json.Unmarshal(text, &got)
	}
	want := "application/json"
	if status >= http.StatusBadRequest {
		want = "application/problem+json"
	}
	if err != nil || res.StatusCode != status || res.Header.Get("Content-Type") != want || strings.Contains(string(text), "1380000") {
		r.t.Errorf("%s %s: %s, want %d: %s %s, %v", method, path, res.Status, status, res.Header.Get("Content-Type"), text, err)
	}
	return got
}

// events is a stream of events.
type events struct {
	r      *register
	res    *http.Response
	lines  *bufio.Scanner
	cancel context.CancelFunc
}

// listens opens a stream of what comes after the last event.
func (r *register) listens() *events {
	r.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, r.url+"/v1/events", nil)
	if err != nil {
		r.t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+r.key)
	if r.last != "" {
		req.Header.Set("Last-Event-ID", r.last)
	}
	res, err := r.http.Do(req)
	if err != nil {
		r.t.Fatal(err)
	}
	e := &events{r: r, res: res, lines: bufio.NewScanner(res.Body), cancel: cancel}
	r.t.Cleanup(e.close)
	if res.StatusCode != http.StatusOK || res.Header.Get("Content-Type") != "text/event-stream; charset=utf-8" {
		r.t.Fatalf("the stream: %s, %s", res.Status, res.Header.Get("Content-Type"))
	}
	e.block() // the position at which it begins
	return e
}

func (e *events) close() {
	e.cancel()
	_ = e.res.Body.Close()
}

// block reads up to the next empty line, and returns the data; false: the stream has ended.
func (e *events) block() (data string, ok bool) {
	for e.lines.Scan() {
		line := e.lines.Text()
		switch name, value, _ := strings.Cut(line, ": "); name {
		case "":
			if line == "" {
				return data, true
			}
		case "id":
			e.r.last = value
		case "data":
			data = value
		}
	}
	return "", false
}

// next returns the next event.
func (e *events) next() till.View {
	e.r.t.Helper()
	for {
		data, ok := e.block()
		if !ok {
			e.r.t.Fatalf("the stream has ended: %v", e.lines.Err())
		}
		if data == "" {
			continue
		}
		var v till.View
		if err := json.Unmarshal([]byte(data), &v); err != nil || strings.Contains(data, "1380000") {
			e.r.t.Fatalf("%q: %v", data, err)
		}
		return v
	}
}

// wants reads the next event, and compares it.
func (e *events) wants(ref string, state till.State, amount string) till.View {
	e.r.t.Helper()
	v := e.next()
	if v.Ref != ref || v.State != state || v.Amount != amount {
		e.r.t.Errorf("heard %+v, want %s %s %s", v, ref, state, amount)
	}
	return v
}

// opensShop adds a shop of a kind of business.
func (w *world) opensShop(code string, vertical merchant.Vertical) {
	w.t.Helper()
	_, err := w.e.Admin().AddMerchant(context.Background(), admin.Command{Key: "shop " + code}, admin.NewMerchant{Code: code, Name: lang.Name{EN: "SHOP " + code}, Phone: "", Vertical: vertical})
	if err != nil {
		w.t.Fatal(err)
	}
}

// orders has wang order with the PIN, and returns the reference.
func (w *world) orders(text string) string {
	w.t.Helper()
	w.answers(wang, phone{keys: []string{pinOne}})
	w.text(wang, text)
	ref := w.last().Ref
	w.until("an answer to "+text, func() bool { s := w.shown(ref).State; return s == "done" || s == "authorized" })
	return ref
}
