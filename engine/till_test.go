package engine_test

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"mpg/engine/admin"
	"mpg/engine/merchant"
	"mpg/engine/till"
	"mpg/engine/till/tillhttp"
)

// blocks blocks a till.
func (w *world) blocks(shop, name string) {
	w.t.Helper()
	if _, err := w.e.Admin().Tills.Block(context.Background(), admin.Command{Key: "block " + name}, shop, name); err != nil {
		w.t.Fatal(err)
	}
}

// TestATillHearsWhatIsPaid at its shop and at no other, and nothing before it is committed: an
// order that waits for its PIN is no event.
func TestATillHearsWhatIsPaid(t *testing.T) {
	t.Parallel()
	w, _, _, _ := relayWorld(t)
	w.opensShop("8007", "")
	c, _ := w.counter()
	here, there := w.register(c, "8001", "front"), w.register(c, "8007", "front")
	heard, other := here.listens(), there.listens()
	keys := make(chan struct{})
	w.answers(wang, phone{keys: []string{pinOne}, wait: keys})
	w.text(wang, "PAY 8001 128.50 red roses")
	ref := w.last().Ref
	w.until("the call", func() bool { return w.calls == 1 })
	if v := here.ask("GET", "/v1/payments/"+ref, "", 200); v["state"] != "open" || v["memo"] != nil {
		t.Errorf("%v", v)
	}
	close(keys)
	v := heard.wants(ref, till.Paid, "128.50")
	if v.Product != "mpurse" || v.Currency != "CNY" || v.Payer != "138****0001" || v.At == "" || v.Note != "" {
		t.Errorf("%+v", v)
	}
	second := w.orders("PAY 8007 7")
	other.wants(second, till.Paid, "7.00")
	back, err := w.refund("r1", ref, 2850)
	if err != nil {
		t.Fatal(err)
	}
	if v := heard.wants(back.Ref, till.Refunded, "28.50"); v.Of != ref {
		t.Errorf("%+v", v)
	}
	there.ask("GET", "/v1/payments/"+ref, "", 404)
	there.ask("POST", "/v1/orders/"+ref+"/capture", `{"amount":"1"}`, 404)
	there.ask("POST", "/v1/orders/"+ref+"/release", "", 404)
	there.ask("POST", "/v1/orders/"+ref+"/redeem", "", 404)
}

// TestEventsGoOn where they broke off, after the connection was lost and after a restart of the
// daemon; nothing is missed or heard twice.
func TestEventsGoOn(t *testing.T) {
	t.Parallel()
	w, _, _, _ := relayWorld(t)
	c, stop := w.counter()
	r := w.register(c, "8001", "front")
	e := r.listens()
	first := w.orders("PAY 8001 1")
	e.wants(first, till.Paid, "1.00")
	e.close()
	second := w.orders("PAY 8001 2")
	stop()
	third := w.orders("PAY 8001 3")
	w.restart()
	c, _ = w.counter()
	r.at(c)
	fourth := w.orders("PAY 8001 4")
	e = r.listens()
	e.wants(second, till.Paid, "2.00")
	e.wants(third, till.Paid, "3.00")
	e.wants(fourth, till.Paid, "4.00")
	fifth := w.orders("PAY 8001 5")
	e.wants(fifth, till.Paid, "5.00")
}

// TestEventsThatCannotBeResumed: an id from too long ago, or from other books, is answered with
// 410, and one that is no id with 400.
func TestEventsThatCannotBeResumed(t *testing.T) {
	t.Parallel()
	w, _, _, _ := relayWorld(t)
	c, _ := w.counter()
	r := w.register(c, "8001", "front")
	r.listens().close()
	books, place, _ := strings.Cut(r.last, ".")
	for _, tt := range []struct {
		id     string
		status int
		code   string
	}{
		{"other-0." + place, 410, "event_unknown"}, {books + ".99999999.0", 410, "event_unknown"}, {"4711", 400, "bad_event_id"}, {books + ".x.0", 400, "bad_event_id"},
	} {
		if got := r.ask("GET", "/v1/events", "", tt.status, "Last-Event-ID", tt.id); got["code"] != tt.code || got["status"] != float64(tt.status) || got["title"] == "" || got["detail"] == "" {
			t.Errorf("%q: %v", tt.id, got)
		}
	}
}

// TestABlockedKeyIsCutOff: the stream of a till ends with the block, without a word about what
// comes after it, and its key is refused; the others of its shop go on.
func TestABlockedKeyIsCutOff(t *testing.T) {
	t.Parallel()
	w, _, _, _ := relayWorld(t)
	c, _ := w.counter()
	stolen, other := w.register(c, "8001", "stolen"), w.register(c, "8001", "other")
	lost, heard := stolen.listens(), other.listens()
	w.blocks("8001", "stolen")
	ref := w.orders("PAY 8001 1")
	if data, ok := lost.block(); ok || data != "" {
		t.Errorf("it heard %q", data)
	}
	heard.wants(ref, till.Paid, "1.00")
	if got := stolen.ask("GET", "/v1/events", "", 401); got["code"] != "blocked_key" {
		t.Error(got)
	}
	w.restart()
	c, _ = w.counter()
	stolen.at(c)
	stolen.ask("GET", "/v1/payments/"+ref, "", 401)
	if c.server.Counts.Blocked.Load() != 1 {
		t.Errorf("%d refusals", c.server.Counts.Blocked.Load())
	}
}

// TestWhoMayAsk: without a key that is known nothing is answered, whatever is asked; and the
// bounds on requests, streams and bodies are kept.
func TestWhoMayAsk(t *testing.T) {
	t.Parallel()
	w, _, _, _ := relayWorld(t)
	c, _ := w.counter(func(cfg *tillhttp.Config) { cfg.RequestsPerHour, cfg.Streams = 12, 1 })
	r := w.register(c, "8001", "front")
	key := r.key
	for _, wrong := range []string{"", "x", key + "x", key[:len(key)-1], "8007" + key[4:]} {
		r.key = wrong
		for _, path := range []string{"/v1/events", "/v1/payments/ABCDEFGH"} {
			if got := r.ask("GET", path, "", 401); got["code"] != "unknown_key" {
				t.Errorf("%q: %v", wrong, got)
			}
		}
	}
	r.key = ""
	r.ask("GET", "/v1/payments/ABCDEFGH", "", 401, "Authorization", "Basic "+key)
	r.ask("GET", "/", "", 404)
	r.ask("PUT", "/v1/events", "", 404)
	for range 49 { // and no more than 60 in an hour are told why
		r.ask("GET", "/v1/events", "", 401)
	}
	r.ask("GET", "/v1/events", "", 429)
	r.key = key // a key that is right is served all the same
	e := r.listens()
	if got := r.ask("GET", "/v1/events", "", 429); got["code"] != "too_many_streams" {
		t.Error(got)
	}
	for body, why := range map[string]string{`{"amount":1}`: "want a text in quotes", `{"amount":"1","more":2}`: "unknown field", `{`: "not the JSON",
		`{"amount":"-1"}`: "is not an amount such as", `{"amount":"1.001"}`: "has more decimals than the currency", `{"amount":"0"}`: "must be positive"} {
		got := r.ask("POST", "/v1/orders/ABCDEFGH/capture", body, 400)
		if detail, _ := got["detail"].(string); got["code"] != "bad_request" || !strings.Contains(detail, why) {
			t.Errorf("%s: %v, want %s", body, got, why)
		}
	}
	r.ask("POST", "/v1/orders/ABCDEFGH/capture", `{"amount":"`+strings.Repeat("1", 5000)+`"}`, 413)
	r.ask("POST", "/v1/orders/ABCDEFGH/redeem", "", 400, "Idempotency-Key", strings.Repeat("k", 65))
	r.ask("GET", "/v1/payments/ABCDEFGH", "", 404)
	r.ask("GET", "/v1/payments/0", "", 404)
	if got := r.ask("GET", "/v1/payments/ABCDEFGH", "", 429); got["code"] != "throttled" { // the thirteenth
		t.Error(got)
	}
	ref := w.orders("PAY 8001 1")
	e.wants(ref, till.Paid, "1.00")
}

// TestARepeatOfACapture is answered as the first was, with and without a key of its own; another
// answer to the same order is refused.
func TestARepeatOfACapture(t *testing.T) {
	t.Parallel()
	w, _, _, _ := relayWorld(t)
	w.opensShop("8007", merchant.Fuel)
	c, _ := w.counter()
	r := w.register(c, "8007", "front")
	for _, header := range [][]string{nil, {"Idempotency-Key", "k1"}} {
		ref := w.orders("PAY 8007 20")
		capture := "/v1/orders/" + ref + "/capture"
		for range 3 {
			if got := r.ask("POST", capture, `{"amount":"15"}`, 200, header...); got["amount"] != "15.00" || got["state"] != "paid" {
				t.Error(got)
			}
		}
		if got := r.ask("POST", capture, `{"amount":"16"}`, 409); got["code"] != "not_set_aside" {
			t.Error(got)
		}
		r.ask("POST", "/v1/orders/"+ref+"/release", "", 409)
		if header != nil {
			if got := r.ask("POST", capture, `{"amount":"16"}`, 409, header...); got["code"] != "key_used" {
				t.Error(got)
			}
		}
		w.forget()
		w.pass(25 * time.Hour) // so that the next order is not taken for this one
	}
	w.balance("merchant:8007", "30.00", "30.00")
}

// pipes is a listener whose connections hold nothing back: a write waits for a reader.
type pipes struct {
	conns chan net.Conn
	over  <-chan struct{}
}

func (p pipes) Accept() (net.Conn, error) {
	select {
	case conn := <-p.conns:
		return conn, nil
	case <-p.over:
		return nil, net.ErrClosed
	}
}

func (pipes) Close() error   { return nil }
func (pipes) Addr() net.Addr { return &net.UnixAddr{Name: "pipes"} }

// TestATillThatDoesNotRead is cut off, and nobody waits for it.
func TestATillThatDoesNotRead(t *testing.T) {
	t.Parallel()
	w, _, _, _ := relayWorld(t)
	c, _ := w.counter(func(cfg *tillhttp.Config) { cfg.WriteWait, cfg.Heartbeat = 3*time.Second, time.Millisecond })
	r := w.register(c, "8001", "front")
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	line := pipes{make(chan net.Conn), ctx.Done()}
	server := c.server.HTTP(ctx)
	var serves sync.WaitGroup
	serves.Go(func() { _ = server.Serve(line) })
	ours, its := net.Pipe()
	line.conns <- its
	if _, err := ours.Write([]byte("GET /v1/events HTTP/1.1\r\nHost: mpg\r\nAuthorization: Bearer " + r.key + "\r\n\r\n")); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(ours)
	for lines.Scan() && !strings.HasPrefix(lines.Text(), "id: ") { // and nothing more is read
	}
	for ends := time.Now().Add(patience); c.server.Counts.Slow.Load() == 0 || c.feed.Streams() > 0; time.Sleep(time.Millisecond) {
		if time.Now().After(ends) {
			t.Fatalf("it was never cut off; %d streams", c.feed.Streams())
		}
	}
	if ref := w.orders("PAY 8001 1"); w.shown(ref).Outcome != "paid" {
		t.Error("a payment waited for it")
	}
	_ = ours.Close()
	cancel()
	_ = server.Close()
	serves.Wait()
}

// TestConnectionsAreCounted: one beyond the greatest number is closed, and a place that becomes
// free is taken again.
func TestConnectionsAreCounted(t *testing.T) {
	t.Parallel()
	w, _, _, _ := relayWorld(t)
	c, _ := w.counter(func(cfg *tillhttp.Config) { cfg.Streams = 100 })
	r := w.register(c, "8001", "front")
	var open []*events
	for range 20 {
		open = append(open, r.listens())
	}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, r.url+"/v1/payments/ABCDEFGH", nil)
	if err != nil {
		t.Fatal(err)
	}
	if res, err := r.http.Do(req); err == nil {
		_ = res.Body.Close()
		t.Errorf("a connection too many was served: %s", res.Status)
	}
	if c.server.Counts.Full.Load() == 0 {
		t.Error("it was not counted")
	}
	open[0].close()
	for ends := time.Now().Add(patience); ; time.Sleep(time.Millisecond) {
		req := req.Clone(t.Context())
		req.Header.Set("Authorization", "Bearer "+r.key)
		res, err := r.http.Do(req)
		if err == nil {
			_ = res.Body.Close()
			break
		}
		if time.Now().After(ends) {
			t.Fatal(err)
		}
	}
}

// TestTillsOfAShop: a name is used once, a shop that is closed gets no till, and a key that was
// told is not told again.
func TestTillsOfAShop(t *testing.T) {
	t.Parallel()
	w, _, _, _ := relayWorld(t)
	tills := w.e.Admin().Tills
	add := func(key, shop, name string) (string, error) {
		result, err := tills.Add(context.Background(), admin.Command{Key: key}, shop, name)
		return string(result), err
	}
	first, err := add("k1", "8001", "front")
	if err != nil || !strings.Contains(first, `"till_key":"8001.front.`) {
		t.Fatalf("%s, %v", first, err)
	}
	if again, err := add("k1", "8001", "front"); err != nil || !strings.Contains(again, `"repeat":true`) || strings.Contains(again, "till_key") {
		t.Errorf("the repeat: %s, %v", again, err)
	}
	for name, tt := range map[string][3]string{"the same name": {"k2", "8001", "front"}, "a name that is none": {"k3", "8001", "Front Desk"}, "no shop": {"k4", "9999", "front"}, "a code that is none": {"k5", "x", "front"}} {
		if result, err := add(tt[0], tt[1], tt[2]); err == nil {
			t.Errorf("%s: %s", name, result)
		}
	}
	w.blocks("8001", "front")
	if _, err := tills.Block(context.Background(), admin.Command{Key: "b2"}, "8001", "front"); err == nil {
		t.Error("blocked twice")
	}
	if _, err := tills.Block(context.Background(), admin.Command{Key: "b3"}, "8001", "nobody"); err == nil {
		t.Error("blocked what is not there")
	}
	if result, err := add("k6", "8001", "front"); err == nil {
		t.Errorf("a name was used again: %s", result)
	}
	if _, err := add("k7", "8001", "back"); err != nil {
		t.Error(err)
	}
	all, err := tills.List(t.Context(), "8001")
	if err != nil || len(all) != 2 || all[0].Name != "back" || all[0].State != "active" || all[1].Name != "front" || all[1].State != "blocked" || all[1].Blocked == "" || all[1].Key != "" {
		t.Errorf("%+v, %v", all, err)
	}
	if _, err := tills.List(t.Context(), "9999"); err == nil {
		t.Error("a shop that is not there has tills")
	}
	if strings.Contains(string(w.allBytes()), first[strings.Index(first, "8001.front."):][:40]) {
		t.Error("the key is stored")
	}
	if err := w.closes("c1", false); err != nil {
		t.Fatal(err)
	}
	if result, err := add("k8", "8001", "late"); err == nil {
		t.Errorf("a closed shop has a new till: %s", result)
	}
}

// TestManyTillsAtOnce: each of many streams hears every payment once, in order.
func TestManyTillsAtOnce(t *testing.T) {
	t.Parallel()
	w, _, _, _ := relayWorld(t)
	c, _ := w.counter(func(cfg *tillhttp.Config) { cfg.Streams = 10 })
	r := w.register(c, "8001", "front")
	var streams []*events
	for range 8 {
		own := *r
		streams = append(streams, own.listens())
	}
	var refs []string
	for _, text := range []string{"PAY 8001 1", "PAY 8001 2", "PAY 8001 3"} {
		refs = append(refs, w.orders(text))
	}
	var all sync.WaitGroup
	for _, e := range streams {
		all.Go(func() {
			for _, ref := range refs {
				if data, ok := e.block(); !ok || !strings.Contains(data, `"ref":"`+ref+`","state":"paid"`) {
					t.Errorf("heard %q, want %s", data, ref)
				}
			}
		})
	}
	all.Wait()
}

// TestTheWordOfAShop: a till accepts or refuses what waits for it; the same word again is
// answered as at first, and another one is refused. Without such orders there is no such route.
func TestTheWordOfAShop(t *testing.T) {
	t.Parallel()
	w, _, _, _ := relayWorld(t)
	var mu sync.Mutex
	said := make(map[string]bool)
	c, _ := w.counter(func(cfg *tillhttp.Config) {
		cfg.Decide = func(_ context.Context, shop, ref string, accept bool) error {
			mu.Lock()
			defer mu.Unlock()
			before, known := said[ref]
			switch {
			case shop != "8001":
				return till.ErrNotOffered
			case known && before != accept:
				return till.ErrDecided
			}
			said[ref] = accept
			return nil
		}
	})
	w.opensShop("8007", "")
	r, other := w.register(c, "8001", "front"), w.register(c, "8007", "front")
	ref, second := w.orders("PAY 8001 1"), w.orders("PAY 8007 2")
	for range 2 {
		r.ask("POST", "/v1/orders/"+ref+"/accept", "", 200)
	}
	if got := r.ask("POST", "/v1/orders/"+ref+"/refuse", "{}", 409); got["code"] != "decided" {
		t.Error(got)
	}
	if got := other.ask("POST", "/v1/orders/"+second+"/accept", "", 409); got["code"] != "not_offered" {
		t.Error(got)
	}
	other.ask("POST", "/v1/orders/"+ref+"/refuse", "", 404)
	r.ask("POST", "/v1/orders/"+ref+"/accept", `{"amount":"1"}`, 400)
	mu.Lock()
	if !said[ref] || len(said) != 1 {
		t.Errorf("%v", said)
	}
	mu.Unlock()
	plain, _ := w.counter()
	r.at(plain)
	r.ask("POST", "/v1/orders/"+ref+"/accept", "", 404)
}

// TestACardOrderAtATill: the till hears of the order with what the list allows, gives the
// shop's word, and hears what becomes of it.
func TestACardOrderAtATill(t *testing.T) {
	t.Parallel()
	for _, accept := range []bool{true, false} {
		t.Run(fmt.Sprint("accepts ", accept), func(t *testing.T) {
			t.Parallel()
			w, _ := cardWorld(t)
			w.shopTakes("s1", merchant.AtOnce, true, merchant.Refuses)
			c, _ := w.counter(func(cfg *tillhttp.Config) {
				cfg.Decide = func(ctx context.Context, shop, ref string, accept bool) error {
					return w.e.Offers().Decide(ctx, ref, shop, accept)
				}
			})
			r := w.register(c, "8001", "front")
			e := r.listens()
			ref := w.ordersByCard()
			if v := e.wants(ref, till.Offered, "30.00"); v.Product != "mcredit" || v.Scheme == "" || len(v.Last4) != 4 || v.Until == "" {
				t.Errorf("%+v", v)
			}
			verb, end := "accept", till.Paid
			if !accept {
				verb, end = "refuse", till.Released
			}
			for range 2 {
				r.ask("POST", "/v1/orders/"+ref+"/"+verb, "", 200)
			}
			v := e.next()
			for v.State == till.Authorized || v.State == till.Captured {
				v = e.next()
			}
			if v.Ref != ref || v.State != end {
				t.Errorf("%+v, want %s", v, end)
			}
		})
	}
}
