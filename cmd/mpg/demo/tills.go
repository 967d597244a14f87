package demo

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"
)

// Errors of a till.
var (
	errNoTill    = errors.New("this shop has no till here")
	errTillBlank = errors.New("this till shows no order yet")
	errNoVerb    = errors.New("a till accepts, refuses, captures or releases")
	errTillQuiet = errors.New("the gateway does not answer the till")
)

// Limits of a till.
const (
	tillShown     = 8                      // orders, the latest first
	tillAgain     = 500 * time.Millisecond // between two attempts to hear events
	tillWait      = 10 * time.Second       // for the answer to a request
	tillAnswerMax = 64 << 10               // bytes of an answer
)

// tillOrder is a payment as a shop's till shows it: what the gateway tells tills, and
// nothing else.
type tillOrder struct {
	Shop     string `json:"shop"`
	Ref      string `json:"ref"`
	State    string `json:"state"`
	Product  string `json:"product"`
	Amount   string `json:"amount"` // in major units
	Currency string `json:"currency"`
	Payer    string `json:"payer,omitempty"` // masked
	At       string `json:"at"`              // RFC 3339
	Of       string `json:"of,omitempty"`    // the payment that a refund pays back
	Until    string `json:"until,omitempty"` // when the time to accept it ends, RFC 3339
	Expires  string `json:"expires,omitempty"`
	AuthID   string `json:"auth_id,omitempty"`
	Scheme   string `json:"scheme,omitempty"`
	Last4    string `json:"last4,omitempty"`
	Holder   string `json:"holder,omitempty"`
}

// Till is a shop's till: its key, and the address at which the gateway serves tills.
type Till struct{ Shop, URL, Key string }

// tills are the tills of the demo's shops. They know of payments only what the gateway
// tells whoever has their key, over HTTP, as it tells a real one.
type tills struct {
	hub *hub
	web *http.Client

	mu     sync.Mutex
	keys   map[string]Till // by shop
	orders []tillOrder     // the latest first
}

func newTills(all *hub) *tills {
	return &tills{hub: all, web: &http.Client{}, keys: map[string]Till{}}
}

// AttachTills gives shops their tills, which from now on show what the gateway tells them.
func (w *World) AttachTills(list ...Till) {
	w.page.tills.add(list)
	for _, one := range list {
		w.tasks.Go(func() { w.page.tills.follow(w.ctx, one) })
	}
}

func (t *tills) add(list []Till) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, one := range list {
		t.keys[one.Shop] = one
	}
	t.publish()
}

// publish shows the orders. The lock is held.
func (t *tills) publish() { t.hub.set("till", append([]tillOrder{}, t.orders...)) }

// follow hears of the payments of a shop until ctx ends. After a broken connection it asks
// for what came after the last event.
func (t *tills) follow(ctx context.Context, one Till) {
	last := ""
	for ctx.Err() == nil {
		_ = t.hear(ctx, one, &last) // whatever ended it, it is tried again
		if !sleep(ctx, tillAgain) {
			return
		}
	}
}

// hear reads events, and keeps the id of the last. HTML 9.2
func (t *tills) hear(ctx context.Context, one Till, last *string) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, one.URL+"/v1/events", nil)
	if err != nil {
		return err
	}
	request.Header.Set("Authorization", "Bearer "+one.Key)
	if *last != "" {
		request.Header.Set("Last-Event-ID", *last)
	}
	response, err := t.web.Do(request)
	if err != nil {
		return err
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("%w: %s", errTillQuiet, response.Status)
	}
	in := bufio.NewScanner(response.Body)
	in.Buffer(nil, eventMax)
	for id := ""; in.Scan(); {
		field, value, _ := strings.Cut(in.Text(), ": ")
		switch field {
		case "id":
			id = value
		case "data":
			var order tillOrder
			if err := json.Unmarshal([]byte(value), &order); err != nil {
				return err
			}
			order.Shop = one.Shop
			t.show(order)
		case "":
			*last = id // the event is whole
		}
	}
	return in.Err()
}

// show puts an order first, in place of what was known of it.
func (t *tills) show(order tillOrder) {
	t.mu.Lock()
	defer t.mu.Unlock()
	rest := slices.DeleteFunc(t.orders, func(other tillOrder) bool { return other.Ref == order.Ref })
	t.orders = append([]tillOrder{order}, rest[:min(len(rest), tillShown-1)]...)
	t.publish()
}

// find returns the latest order at the till of a shop.
func (t *tills) find(shop string) (tillOrder, bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	i := slices.IndexFunc(t.orders, func(order tillOrder) bool { return order.Shop == shop })
	if i < 0 {
		return tillOrder{}, false
	}
	return t.orders[i], true
}

// shows compares the latest order at the till of a shop with a state and an amount.
func (t *tills) shows(shop, wanted string) (instead string, ok bool) {
	order, ok := t.find(shop)
	if !ok {
		return "it shows nothing", false
	}
	shown := order.State + " " + order.Amount
	return "it shows " + shown, shown == wanted
}

// tillVerbs are what a till may do with an order.
func tillVerbs() []string { return []string{"accept", "refuse", "capture", "release"} }

// act has the till of a shop do something with an order. amount is what is captured. Its
// error is the gateway's own sentence.
func (t *tills) act(ctx context.Context, shop, ref, verb, amount string) error {
	t.mu.Lock()
	one, known := t.keys[shop]
	t.mu.Unlock()
	switch {
	case !known:
		return errNoTill
	case !slices.Contains(tillVerbs(), verb):
		return errNoVerb
	case ref == "":
		return errTillBlank
	}
	body := []byte("{}")
	if verb == "capture" {
		body, _ = json.Marshal(map[string]string{"amount": amount}) // two texts are always JSON
	}
	ctx, cancel := context.WithTimeout(ctx, tillWait)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, one.URL+"/v1/orders/"+url.PathEscape(ref)+"/"+verb, bytes.NewReader(body))
	if err != nil {
		return err
	}
	request.Header.Set("Authorization", "Bearer "+one.Key)
	request.Header.Set("Content-Type", "application/json")
	response, err := t.web.Do(request)
	if err != nil {
		return errTillQuiet
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode < http.StatusMultipleChoices {
		return nil
	}
	return problemOf(response)
}

// problemOf reads why the gateway refuses. RFC 9457
func problemOf(response *http.Response) error {
	var problem struct{ Detail string }
	text, err := io.ReadAll(io.LimitReader(response.Body, tillAnswerMax))
	if err != nil || json.Unmarshal(text, &problem) != nil || problem.Detail == "" {
		return fmt.Errorf("%w: %s", errTillQuiet, response.Status)
	}
	return errors.New(problem.Detail)
}
