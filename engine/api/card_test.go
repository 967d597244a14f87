package api_test

import (
	"strings"
	"testing"
)

// TestNoCardNumberIsTakenIn: not in a name, a reason, a key, a search or an argument of a
// module, and the answer does not repeat it. A bank account is taken, and so is a text that
// has no such number.
func TestNoCardNumberIsTakenIn(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	const number = "4111111111111111"
	for _, one := range []struct{ method, path, key, body string }{
		{"POST", "/users", "k1", `{"number":"+8613800000001","name":"WANG ` + number + `"}`},
		{"POST", "/users", "k1", `{"number":"` + number + `","name":"WANG"}`},
		{"POST", "/users/13800000001/block", "k1", `{"reason":"texted 4111 1111 1111 1111"}`},
		{"POST", "/users/13800000001/block", number, `{"reason":"lost"}`},
		{"POST", "/merchants", "k1", `{"code":"8001","name":"FLORIST","name_zh":"花店４１１１１１１１１１１１１１１１"}`},
		{"POST", "/merchants/8001/set", "k1", `{"name":"FLORIST 4111-1111-1111-1111"}`},
		{"POST", "/payments/K7QH2M9X/refund", "k1", `{"amount":"1.00","reason":"` + number + `"}`},
		{"POST", "/modules/savings/pay-out", "k1", `{"args":{"note":"` + number + `"}}`},
		{"POST", "/staff", "k1", `{"name":"` + number + `","role":"admin"}`},
		{"GET", "/find?what=" + number, "", ""},
		{"GET", "/find?what=4111+1111+1111+1111", "", ""},
		{"GET", "/users?name=4111%201111%201111%201111", "", ""},
		{"GET", "/users/" + number, "", ""},
		{"GET", "/accounts/" + number + "/statement", "", ""},
	} {
		answer := d.ask(one.method, one.path, one.key, one.body, 400)
		said, _ := answer["error"].(string)
		if answer["code"] != "card_number" || strings.Contains(said, "1111") {
			t.Errorf("%s %s %s: %v", one.method, one.path, one.body, answer)
		}
	}
	if answer := d.ask("POST", "/users", "k1", `{"number":"+8613800000001","name":"WANG","bank_account":"6222020200112233446"}`, 400); answer["code"] != "misuse" {
		t.Errorf("an account without a bank: %v", answer)
	}
	d.ask("POST", "/merchants", "k2", `{"code":"8001","name":"FLORIST 12"}`, 200)
}
