package demo

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
)

// register is the gateway's side of a till: it tells events after an id, cuts each stream
// when it is told to, and notes what it is asked.
type register struct {
	server *httptest.Server

	mu     sync.Mutex
	events []string // data, whose ids are 1, 2, 3 …
	more   chan struct{}
	cut    chan struct{} // closed: streams end
	asked  []string
}

func newRegister(t *testing.T) *register {
	t.Helper()
	r := &register{more: make(chan struct{}), cut: make(chan struct{})}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /v1/events", r.stream)
	mux.HandleFunc("POST /v1/orders/{ref}/{verb}", r.order)
	r.server = httptest.NewServer(mux)
	t.Cleanup(r.server.Close)
	return r
}

func (r *register) stream(response http.ResponseWriter, request *http.Request) {
	if request.Header.Get("Authorization") != "Bearer key-8001" {
		http.Error(response, "no", http.StatusUnauthorized)
		return
	}
	at := 0
	if id := request.Header.Get("Last-Event-ID"); id != "" {
		_, _ = fmt.Sscan(id, &at)
	}
	control := http.NewResponseController(response)
	for {
		r.mu.Lock()
		list, more, cut := r.events[at:], r.more, r.cut
		r.mu.Unlock()
		for _, data := range list {
			at++
			fmt.Fprintf(response, "id: %d\ndata: %s\n\n", at, data)
		}
		fmt.Fprint(response, ": still here\n\n")
		if control.Flush() != nil {
			return
		}
		select {
		case <-more:
		case <-cut:
			return
		case <-request.Context().Done():
			return
		}
	}
}

// tell tells the tills of an order, and first ends their streams if it is to be heard by
// another.
func (r *register) tell(order tillOrder, cut bool) {
	data, _ := json.Marshal(order) // plain texts
	r.mu.Lock()
	defer r.mu.Unlock()
	if cut {
		close(r.cut)
		r.cut = make(chan struct{})
	}
	r.events = append(r.events, string(data))
	close(r.more)
	r.more = make(chan struct{})
}

func (r *register) order(response http.ResponseWriter, request *http.Request) {
	var body map[string]string
	if json.NewDecoder(request.Body).Decode(&body) != nil {
		body = map[string]string{"no": "JSON"}
	}
	r.mu.Lock()
	r.asked = append(r.asked, strings.TrimSpace(strings.Join([]string{request.Header.Get("Authorization"), request.PathValue("ref"), request.PathValue("verb"), body["amount"], body["no"]}, " ")))
	r.mu.Unlock()
	switch request.PathValue("ref") {
	case "LATE2345":
		response.WriteHeader(http.StatusConflict)
		fmt.Fprint(response, `{"detail":"the time to decide is over"}`)
	case "BAD23456":
		http.Error(response, "oops", http.StatusInternalServerError)
	}
}

// tillStreet is a street whose page has a till.
func tillStreet(t *testing.T) (*street, *register) {
	t.Helper()
	s, r := newStreet(t), newRegister(t)
	w := &World{hub: s.hub, page: s.page}
	w.ctx, w.cancel = t.Context(), func() {}
	w.AttachTills(Till{"8001", r.server.URL, "key-8001"})
	t.Cleanup(w.tasks.Wait)
	return s, r
}

// TestTillHears holds that a till shows each payment once, in its latest state, and misses
// none when the stream breaks.
func TestTillHears(t *testing.T) {
	t.Parallel()
	s, r := tillStreet(t)
	for i := range 2 * tillShown {
		order := tillOrder{Ref: fmt.Sprintf("REF%05d", i), State: "authorized", Amount: "300.00", Currency: "CNY"}
		r.tell(order, i%3 == 0)
		if i == tillShown {
			order.State = "paid"
			r.tell(order, true)
		}
	}
	s.await(t, "the last order", func() bool {
		o, ok := s.page.tills.find("8001")
		return ok && o.Ref == fmt.Sprintf("REF%05d", 2*tillShown-1)
	})
	list, _ := s.hub.since(0)
	i := slices.IndexFunc(list, func(u update) bool { return u.Topic == "till" })
	shown := list[i].Value.([]tillOrder)
	if len(shown) != tillShown || shown[0].Shop != "8001" {
		t.Fatalf("shown: %+v", shown)
	}
	for i, order := range shown {
		want := "authorized"
		if 2*tillShown-1-i == tillShown {
			want = "paid"
		}
		if order.Ref != fmt.Sprintf("REF%05d", 2*tillShown-1-i) || order.State != want {
			t.Errorf("%d is %+v, want it %s", i, order, want)
		}
	}
}

// TestTillActs holds that what is pressed reaches the gateway under the till's key, and that
// its refusal is told in its words.
func TestTillActs(t *testing.T) {
	t.Parallel()
	s, r := tillStreet(t)
	for _, tt := range []struct {
		shop, ref, verb, amount string
		says                    string
	}{
		{"8001", "7K4QXYZ2", "accept", "", ""},
		{"8001", "7K4QXYZ2", "capture", "268.40", ""},
		{"8001", "7K4QXYZ2", "steal", "", errNoVerb.Error()},
		{"8002", "7K4QXYZ2", "accept", "", errNoTill.Error()},
		{"8001", "", "accept", "", errTillBlank.Error()},
		{"8001", "LATE2345", "refuse", "", "the time to decide is over"},
		{"8001", "BAD23456", "release", "", errTillQuiet.Error() + ": 500 Internal Server Error"},
	} {
		err := s.page.tills.act(t.Context(), tt.shop, tt.ref, tt.verb, tt.amount)
		if said := fmt.Sprint(err); tt.says == "" && err != nil || tt.says != "" && said != tt.says {
			t.Errorf("%+v: %v", tt, err)
		}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if want := []string{"Bearer key-8001 7K4QXYZ2 accept", "Bearer key-8001 7K4QXYZ2 capture 268.40", "Bearer key-8001 LATE2345 refuse", "Bearer key-8001 BAD23456 release"}; !slices.Equal(r.asked, want) {
		t.Errorf("the gateway was asked %q, want %q", r.asked, want)
	}
}
