package ledger

import (
	"strings"
	"testing"

	"mpg/store"
)

// TestAssert has effects as no Decide may leave them.
func TestAssert(t *testing.T) {
	t.Parallel()
	cny := func(id store.AccountID) store.Account { return store.Account{ID: id, Currency: "CNY"} }
	for name, tt := range map[string]struct {
		spoil func(fx *Effects)
		want  string // "": sound
	}{
		"sound":                         {func(*Effects) {}, ""},
		"a debit without a credit":      {func(fx *Effects) { fx.Accounts[0].DebitsPosted += 5 }, "in CNY differ"},
		"a hold on one side":            {func(fx *Effects) { fx.Accounts[1].CreditsPending += 5 }, "in CNY differ"},
		"the other side elsewhere":      {func(fx *Effects) { fx.Accounts[0].DebitsPosted, fx.Accounts[2].CreditsPosted = 5, 5 }, "in CNY differ"},
		"the second currency":           {func(fx *Effects) { fx.Accounts[2].DebitsPosted = 5 }, "in USD differ"},
		"pending below zero":            {func(fx *Effects) { fx.Accounts[0].DebitsPending, fx.Accounts[1].CreditsPending = -1, -1 }, "less than nothing pending"},
		"posted falls":                  {func(fx *Effects) { fx.before[0].debitsPosted, fx.before[1].creditsPosted = 9, 9 }, "falls"},
		"more left than was held":       {func(fx *Effects) { fx.Holds[0].Amount = 11 }, "hold 1 has 11 left of 10"},
		"less than nothing left":        {func(fx *Effects) { fx.Holds[0].Amount = -1 }, "hold 1 has -1 left"},
		"open with nothing left":        {func(fx *Effects) { fx.Holds[0].Amount = 0 }, "hold 1 has 0 left of 10, open: true"},
		"ended with something left":     {func(fx *Effects) { fx.Holds[0].Open = false }, "open: false"},
		"a limit moves nothing: sound":  {func(fx *Effects) { fx.Accounts[0].Ceiling, fx.Accounts[0].Closed = 5, true }, ""},
		"both sides in a currency each": {func(fx *Effects) { fx.Accounts[0].DebitsPosted, fx.Accounts[1].CreditsPosted = 5, 5 }, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			fx := &Effects{Accounts: []store.Account{cny(1), cny(2), {ID: 3, Currency: "USD"}}, before: make([]counters, 3),
				Holds: []Hold{{ID: 1, Amount: 10, First: 10, Open: true}}}
			tt.spoil(fx)
			err := fx.Assert()
			if tt.want == "" {
				if err != nil {
					t.Error(err)
				}
				return
			}
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("%v, want %q", err, tt.want)
			}
		})
	}
}
