package api_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
)

// pages reads a list by its Link headers, and returns the pages by one field of each item.
func (d *desk) pages(path, field string) [][]string {
	d.t.Helper()
	var pages [][]string
	for path != "" {
		res, err := d.http.Get("http://mpg" + path)
		if err != nil {
			d.t.Fatal(err)
		}
		var items []map[string]any
		err = json.NewDecoder(res.Body).Decode(&items)
		_ = res.Body.Close() // it was read
		if err != nil || res.StatusCode != http.StatusOK || items == nil {
			d.t.Fatalf("%s: %s, %v, %v", path, res.Status, items, err)
		}
		page := []string{}
		for _, item := range items {
			page = append(page, fmt.Sprint(item[field]))
		}
		if pages = append(pages, page); len(pages) > 100 {
			d.t.Fatalf("%s has no end: %v", path, pages)
		}
		next, isLast := strings.CutSuffix(res.Header.Get("Link"), `>; rel="next"`)
		if !isLast {
			return pages
		}
		path = strings.TrimPrefix(next, "<")
	}
	return pages
}

// The payments in the books come in pages that hold each once, in order; no page is empty
// but that of an empty list, and the last leads nowhere.
func TestTheBooksComeInPages(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	if pages := d.pages("/ledger/payments", "ref"); len(pages) != 1 || len(pages[0]) != 0 {
		t.Errorf("of nothing: %v", pages)
	}
	d.ask("POST", "/users", "u", wangAdd, 200)
	var refs []string
	for i := range 5 {
		paid := d.ask("POST", "/purses/+8613800000001/topup", fmt.Sprint("t", i), `{"amount":"1"}`, 200)
		refs = append(refs, paid["ref"].(string))
	}
	for limit := 1; limit <= len(refs)+1; limit++ {
		pages := d.pages(fmt.Sprintf("/ledger/payments?limit=%d", limit), "ref")
		if want := slices.Collect(slices.Chunk(refs, limit)); fmt.Sprint(pages) != fmt.Sprint(want) {
			t.Errorf("by %d: %v, want %v", limit, pages, want)
		}
	}
	for _, limit := range []string{"0", "-1", "1001", "x", "1e3"} {
		if got := d.ask("GET", "/ledger/payments?limit="+limit, "", "", 400); got["code"] != "misuse" {
			t.Errorf("limit %s: %v", limit, got)
		}
	}
}

// TestAMerchantIsChanged: what is given changes, the rest stays, and a repeat under the
// same key does nothing.
func TestAMerchantIsChanged(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.ask("POST", "/merchants", "k1", `{"code":"8001","name":"BLUEBIRD FLORIST","name_zh":"蓝鸟花店","number":"+8613800008001"}`, 200)
	for i, tt := range []struct{ body, name, nameZH, number string }{
		{`{"name":" BLUEBIRD FLOWERS "}`, "BLUEBIRD FLOWERS", "蓝鸟花店", "+8613800008001"},
		{`{"name_zh":"蓝鸟"}`, "BLUEBIRD FLOWERS", "蓝鸟", "+8613800008001"},
		{`{"number":"138 0000 8002"}`, "BLUEBIRD FLOWERS", "蓝鸟", "+8613800008002"},
		{`{"number":""}`, "BLUEBIRD FLOWERS", "蓝鸟", ""},
		{`{"name":""}`, "", "蓝鸟", ""},
		{`{"name":"B","name_zh":"","number":"+8613800008003"}`, "B", "", "+8613800008003"},
	} {
		text := func(shop map[string]any, field string) string { s, _ := shop[field].(string); return s }
		changed := d.ask("POST", "/merchants/8001/set", fmt.Sprint("c", i), tt.body, 200)
		for said, shop := range map[string]map[string]any{"the answer": changed, "the merchant": d.ask("GET", "/merchants/8001", "", "", 200)} {
			if text(shop, "name") != tt.name || text(shop, "name_zh") != tt.nameZH || text(shop, "number") != tt.number || shop["created"] == nil {
				t.Errorf("%s: %s is %v", tt.body, said, shop)
			}
		}
	}
	if again := d.ask("POST", "/merchants/8001/set", "c0", `{"name":" BLUEBIRD FLOWERS "}`, 200); again["repeat"] != true {
		t.Errorf("the repeat is %v", again)
	}
	if shop := d.ask("GET", "/merchants/8001", "", "", 200); shop["name"] != "B" {
		t.Errorf("after a repeat: %v", shop)
	}
	for _, tt := range []struct {
		code, key, body string
		status          int
		problem, text   string
	}{
		{"8001", "x", `{}`, 400, "misuse", "nothing to change"},
		{"8001", "x", `{"name":" "}`, 400, "misuse", "a name is needed"},
		{"8001", "x", `{"name":"蓝鸟"}`, 400, "misuse", "give it with --name-zh"},
		{"8001", "x", `{"name_zh":"KFC"}`, 400, "misuse", "give it with --name "},
		{"8001", "x", `{"number":"1380000"}`, 400, "misuse", "is not a phone number"},
		{"8001", "x", `{"code":"8002"}`, 400, "misuse", "code"},
		{"8001", "", `{"name":"X"}`, 400, "misuse", "a key"},
		{"8001", "c0", `{"name_zh":"蓝鸟"}`, 409, "key_used", "another command"},
		{"8002", "x", `{"name":"X"}`, 404, "no_merchant", "no merchant"},
	} {
		got := d.ask("POST", "/merchants/"+tt.code+"/set", tt.key, tt.body, tt.status)
		if text, _ := got["error"].(string); got["code"] != tt.problem || !strings.Contains(text, tt.text) {
			t.Errorf("%s: %v, want %q and %q", tt.body, got, tt.problem, tt.text)
		}
	}
	d.ask("GET", "/merchants/8002", "", "", 404)
}

// TestAMerchantIsClosed, with a reason, and for good.
func TestAMerchantIsClosed(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.ask("POST", "/merchants", "k1", `{"code":"8001","name":"BLUEBIRD FLORIST"}`, 200)
	d.ask("POST", "/users", "k2", wangAdd, 200)
	for _, tt := range []struct {
		path, key, body string
		status          int
		problem         string
	}{
		{"/merchants/8001/close", "c0", `{}`, 400, "misuse"},
		{"/merchants/8001/close", "c0", `{"reason":"gone","refund":true}`, 400, "misuse"},
		{"/merchants/8009/close", "c0", `{"reason":"gone"}`, 404, "no_merchant"},
		{"/merchants/8001/close", "c1", `{"reason":"gone"}`, 200, ""},
		{"/merchants/8001/close", "c1", `{"reason":"gone"}`, 200, ""},
		{"/merchants/8001/close", "c2", `{"reason":"gone"}`, 409, "shop_closed"},
		{"/merchants/8001/set", "c3", `{"name":"OTHER"}`, 409, "shop_closed"},
		{"/merchants", "c4", `{"code":"8001","name":"OTHER"}`, 409, "exists"},
		{"/users/13800000001/block", "b1", `{"reason":"phone stolen"}`, 200, ""},
		{"/users/13800000001/block", "b2", `{"why":"phone stolen"}`, 400, "misuse"},
	} {
		got := d.ask("POST", tt.path, tt.key, tt.body, tt.status)
		if problem, _ := got["code"].(string); tt.problem != "" && problem != tt.problem {
			t.Errorf("%s %s: %v, want %s", tt.path, tt.body, got, tt.problem)
		}
	}
	if shop := d.ask("GET", "/merchants/8001", "", "", 200); shop["why"] != "gone" || shop["closed"] == nil {
		t.Errorf("%v", shop)
	}
	if u := d.ask("GET", "/users/13800000001", "", "", 200); u["why"] != "phone stolen" || u["state"] != "blocked" {
		t.Errorf("%v", u)
	}
}
