package engine_test

import (
	"context"
	"encoding/json"
	"strings"
	"testing"

	"mpg/engine/admin"
	"mpg/engine/merchant"
	"mpg/engine/till"
)

// TestTheTillHearsOfTheCard with each event of a card order: the approval code, the scheme,
// the last four digits, and the name of a holder who has agreed to that. It never hears more.
func TestTheTillHearsOfTheCard(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		named  bool
		end    func(r *register, ref string)
		states []till.State
	}{
		{"captured", true, func(r *register, ref string) { r.ask("POST", "/v1/orders/"+ref+"/capture", `{"amount":"20"}`, 200) },
			[]till.State{till.Authorized, till.Captured, till.Paid}},
		{"captured, and the holder has not agreed", false, func(r *register, ref string) { r.ask("POST", "/v1/orders/"+ref+"/capture", `{"amount":"20"}`, 200) },
			[]till.State{till.Authorized, till.Captured, till.Paid}},
		{"released", true, func(r *register, ref string) { r.ask("POST", "/v1/orders/"+ref+"/release", "", 200) },
			[]till.State{till.Authorized, till.Released}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w, _ := cardWorld(t)
			w.shopTakes("s1", merchant.Later, false, "")
			if err := w.addCard("card2", admin.NewCard{Last4: "2222", Scheme: "mastercard", Token: "tok-2222", Nick: "work2", Named: tt.named}); err != nil {
				t.Fatal(err)
			}
			c, _ := w.counter()
			r := w.register(c, "8001", "front")
			e := r.listens()
			ref := w.orders("PAY 8001 30 CARD WORK2")
			holder := ""
			if tt.named {
				holder = visaHolder
			}
			for i, state := range tt.states {
				v := e.next()
				if v.State != state || v.AuthID != "A00001" || v.Scheme != "mastercard" || v.Last4 != "2222" || v.Holder != holder {
					t.Errorf("heard %+v, want %s", v, state)
				}
				if i == 0 {
					tt.end(r, ref)
				}
			}
			got, err := json.Marshal(r.ask("GET", "/v1/payments/"+ref, "", 200))
			if err != nil || !strings.Contains(string(got), `"auth_id":"A00001"`) || strings.Contains(string(got), visaHolder) != tt.named || strings.Contains(string(got), "tok-") {
				t.Errorf("%s %v", got, err)
			}
		})
	}
}

// TestARefundTellsNothingOfTheCard beyond what its payment says, nor does an order that no issuer
// has approved.
func TestARefundTellsNothingOfTheCard(t *testing.T) {
	t.Parallel()
	w, _ := cardWorld(t)
	c, _ := w.counter()
	r := w.register(c, "8001", "front")
	e := r.listens()
	ref := w.orders("PAY 8001 30 CARD")
	w.until("the end", func() bool { return w.shown(ref).Outcome == "paid" })
	for e.next().State != till.Paid {
	}
	back, err := w.refund("r1", ref, 1000)
	if err != nil {
		t.Fatal(err)
	}
	if v := e.wants(back.Ref, till.Refunded, "10.00"); v.CardFacts != (till.CardFacts{}) || v.Last4 != "1111" {
		t.Errorf("%+v", v)
	}
	no, err := w.e.Books().Refs.Number(ref)
	if err != nil {
		t.Fatal(err)
	}
	p, err := w.e.Runner().View(context.Background()).Payment(no)
	if err != nil {
		t.Fatal(err)
	}
	p.Requests = nil
	if facts, err := w.facts(context.Background(), p); err != nil || facts != (till.CardFacts{}) {
		t.Errorf("%+v %v", facts, err)
	}
}
