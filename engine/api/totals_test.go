package api_test

import "testing"

// TestTotalsOfBanks: a bank that there is not, and a day that is none, are told apart; nothing
// is open with a bank that nobody has asked.
func TestTotalsOfBanks(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	for _, c := range []struct {
		method, path, body string
		status             int
		code               string
	}{
		{"GET", "/banks/icbc/totals", "", 404, "no_bank"},
		{"POST", "/banks/icbc/totals", `{"day":"2026-11-26"}`, 404, "no_bank"},
		{"POST", "/banks/icbc/totals", `{"date":"2026-11-26"}`, 400, "misuse"},
		{"GET", "/banks/icbc/totals?date=2026-11-26", "", 400, "misuse"},
		{"GET", "/breaks?all=yes", "", 400, "misuse"},
	} {
		if answer := d.ask(c.method, c.path, "k", c.body, c.status); answer["code"] != c.code {
			t.Errorf("%s %s %s: %v", c.method, c.path, c.body, answer)
		}
	}
}
