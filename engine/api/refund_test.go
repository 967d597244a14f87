package api_test

import "testing"

// TestRefund: each fault of a refund has an answer of its own, and changes nothing.
func TestRefund(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.ask("POST", "/users", "k1", wangAdd, 200)
	topUp := d.ask("POST", "/purses/+8613800000001/topup", "k2", `{"amount":"5"}`, 200)["ref"].(string)
	for name, tt := range map[string]struct {
		ref, body string
		status    int
		code      string
	}{
		"no reason":          {topUp, `{}`, 400, "misuse"},
		"a blank reason":     {topUp, `{"reason":" "}`, 400, "misuse"},
		"no amount":          {topUp, `{"reason":"r","amount":"five"}`, 400, "misuse"},
		"nothing":            {topUp, `{"reason":"r","amount":"0"}`, 400, "misuse"},
		"less than nothing":  {topUp, `{"reason":"r","amount":"-1"}`, 400, "misuse"},
		"too fine":           {topUp, `{"reason":"r","amount":"1.001"}`, 400, "misuse"},
		"another field":      {topUp, `{"reason":"r","sum":"1"}`, 400, "misuse"},
		"no reference":       {"B2", `{"reason":"r"}`, 400, "misuse"},
		"no such payment":    {"22222222", `{"reason":"r"}`, 404, "no_payment"},
		"not paid to a shop": {topUp, `{"reason":"r"}`, 409, "not_refundable"},
	} {
		if got := d.ask("POST", "/payments/"+tt.ref+"/refund", "r-"+name, tt.body, tt.status)["code"]; got != tt.code {
			t.Errorf("%s: %v, want %s", name, got, tt.code)
		}
	}
}
