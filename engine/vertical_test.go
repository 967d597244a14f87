package engine_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"mpg/engine/admin"
	"mpg/engine/merchant"
	"mpg/engine/till"
)

// TestVerticals plays what happens at each kind of business, from the order to the books, with
// what the cash register hears and does.
func TestVerticals(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name     string
		vertical merchant.Vertical
		order    string // after the code of the shop
		play     func(w *world, r *register, e *events, ref string)
		purse    string // afterwards; of 500.00
		bank     string // what the bank owes afterwards
		shop     string // what the shop has afterwards
	}{
		{"a sale from the purse", merchant.Sale, "128.50", func(_ *world, r *register, e *events, ref string) {
			e.wants(ref, till.Paid, "128.50")
			r.ask("POST", "/v1/orders/"+ref+"/capture", `{"amount":"1"}`, 409)
			r.ask("POST", "/v1/orders/"+ref+"/redeem", "", 409)
		}, "371.50", "0.00", "128.50"},
		{"fuel from the purse", merchant.Fuel, "200", func(_ *world, r *register, e *events, ref string) {
			if v := e.wants(ref, till.Authorized, "200.00"); v.Expires == "" {
				r.t.Errorf("%+v", v)
			}
			if got := r.ask("POST", "/v1/orders/"+ref+"/capture", `{"amount":"200.01"}`, 409); got["code"] != "over_capture" {
				r.t.Error(got)
			}
			if got := r.ask("POST", "/v1/orders/"+ref+"/capture", `{"amount":"183.20"}`, 200); got["state"] != "paid" || got["amount"] != "183.20" {
				r.t.Error(got)
			}
			e.wants(ref, till.Paid, "183.20")
		}, "316.80", "0.00", "183.20"},
		{"fuel for less than the fee on it", merchant.Fuel, "200", func(w *world, r *register, e *events, ref string) {
			e.wants(ref, till.Authorized, "200.00")
			if got := r.ask("POST", "/v1/orders/"+ref+"/capture", `{"amount":"0.40"}`, 409); got["code"] != "under_fee" || !strings.Contains(got["detail"].(string), "does not cover the fee") {
				r.t.Error(got)
			}
			r.ask("POST", "/v1/orders/"+ref+"/capture", `{"amount":"0.41"}`, 200)
			e.wants(ref, till.Paid, "0.41")
		}, "498.99", "0.00", "0.01"},
		{"fuel from the bank", merchant.Fuel, "200 BANK", func(w *world, r *register, e *events, ref string) {
			e.wants(ref, till.Authorized, "200.00")
			r.ask("POST", "/v1/orders/"+ref+"/capture", `{"amount":"183.20"}`, 200)
			w.until("the bank to take it", func() bool { return w.shown(ref).Outcome == "paid" })
			e.wants(ref, till.Captured, "183.20")
			e.wants(ref, till.Paid, "183.20")
		}, "500.00", "183.20", "183.20"},
		{"fuel that nobody takes", merchant.Fuel, "200", func(w *world, _ *register, e *events, ref string) {
			e.wants(ref, till.Authorized, "200.00")
			w.pass(11 * time.Hour)
			w.balance("purse:"+wang, "500.00", "300.00")
			w.pass(2 * time.Hour)
			w.until("its release", func() bool { return w.shown(ref).Outcome == "not paid" })
			e.wants(ref, till.Released, "200.00")
		}, "500.00", "0.00", "0.00"},
		{"a hotel that takes less, a week later", merchant.Hotel, "400 BANK", func(w *world, r *register, e *events, ref string) {
			e.wants(ref, till.Authorized, "400.00")
			w.pass(6 * 24 * time.Hour)
			r.ask("POST", "/v1/orders/"+ref+"/capture", `{"amount":"320"}`, 200)
			w.until("the bank to take it", func() bool { return w.shown(ref).Outcome == "paid" })
			e.wants(ref, till.Captured, "320.00")
			e.wants(ref, till.Paid, "320.00")
		}, "500.00", "320.00", "320.00"},
		{"a hotel whose guest has paid in cash", merchant.Hotel, "400 BANK", func(_ *world, r *register, e *events, ref string) {
			e.wants(ref, till.Authorized, "400.00")
			if got := r.ask("POST", "/v1/orders/"+ref+"/release", "", 200); got["state"] != "released" {
				r.t.Error(got)
			}
			e.wants(ref, till.Released, "400.00")
		}, "500.00", "0.00", "0.00"},
		{"a car park", merchant.Parking, "12 SHABCDE", func(_ *world, r *register, e *events, ref string) {
			if v := e.wants(ref, till.Paid, "12.00"); v.Note != "SHABCDE" {
				r.t.Errorf("%+v", v)
			}
		}, "488.00", "0.00", "12.00"},
		{"a ticket", merchant.Tickets, "80", func(_ *world, r *register, e *events, ref string) {
			e.wants(ref, till.Paid, "80.00")
			if got := r.ask("POST", "/v1/orders/"+ref+"/redeem", "{}", 200); got["ref"] != ref || got["till"] != "front" {
				r.t.Error(got)
			}
			if got := r.ask("POST", "/v1/orders/"+ref+"/redeem", "{}", 409); got["code"] != "redeemed" {
				r.t.Error(got)
			}
		}, "420.00", "0.00", "80.00"},
		{"a ticket that was refunded", merchant.Tickets, "80", func(w *world, r *register, e *events, ref string) {
			e.wants(ref, till.Paid, "80.00")
			back, err := w.refund("r1", ref, 8000)
			if err != nil {
				w.t.Fatal(err)
			}
			if v := e.wants(back.Ref, till.Refunded, "80.00"); v.Of != ref {
				w.t.Errorf("%+v", v)
			}
			if got := r.ask("POST", "/v1/orders/"+ref+"/redeem", "{}", 409); got["code"] != "refunded" {
				w.t.Error(got)
			}
		}, "500.00", "0.00", "0.00"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w, _, _, _ := relayWorld(t)
			if strings.Contains(tt.name, "fee") {
				w.rules.Products.Tariff = tariffOf(t, fees)
				w.e.SetRules(w.rules)
			}
			w.opensShop("8007", tt.vertical)
			c, _ := w.counter()
			r := w.register(c, "8007", "front")
			e := r.listens()
			ref := w.orders("PAY 8007 " + tt.order)
			tt.play(w, r, e, ref)
			if got := r.ask("GET", "/v1/payments/"+ref, "", 200); got["ref"] != ref || got["payer"] != "138****0001" {
				t.Errorf("%v", got)
			}
			w.balance("purse:"+wang, tt.purse, tt.purse)
			w.balance("bank:icbc", tt.bank, tt.bank)
			w.balance("merchant:8007", tt.shop, tt.shop)
		})
	}
}

// TestAShopChangesItsBusiness: orders from then on are paid in the other way, and those before
// stay as they are.
func TestAShopChangesItsBusiness(t *testing.T) {
	t.Parallel()
	w, _, _, _ := relayWorld(t)
	w.opensShop("8007", "")
	if ref := w.orders("PAY 8007 10"); w.shown(ref).Outcome != "paid" {
		t.Error("a sale is not paid at once")
	}
	fuel, wrong := merchant.Fuel, merchant.Vertical("bakery")
	change := func(key string, to *merchant.Vertical) error {
		_, err := w.e.Admin().ChangeMerchant(context.Background(), admin.Command{Key: key}, "8007", admin.MerchantChange{Vertical: to})
		return err
	}
	if err := change("v1", &wrong); err == nil {
		t.Error("a kind of business that nobody knows was taken")
	}
	if err := change("v2", &fuel); err != nil {
		t.Fatal(err)
	}
	ref := w.orders("PAY 8007 20")
	if s := w.shown(ref).State; s != "authorized" {
		t.Errorf("fuel is %s", s)
	}
	sale := merchant.Sale
	if err := change("v3", &sale); err != nil {
		t.Fatal(err)
	}
	if err := w.captures("c1", ref, 1500); err != nil {
		t.Error(err)
	}
	w.balance("merchant:8007", "25.00", "25.00")
	w.restart()
	w.balance("merchant:8007", "25.00", "25.00")
}
