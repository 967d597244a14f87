package ledger_test

import (
	"testing"

	"mpg/store"
)

// TestLimits plays steps one after another on the set-up of TestTransfers. A line
// of a step is a transfer, or "limit purse 1500" or "limit purse 1500 closed".
func TestLimits(t *testing.T) {
	t.Parallel()
	for name, steps := range map[string][]string{
		"a ceiling is reached, not passed":           {"limit shop 100: none", "post purse shop 100: none", "post purse shop 1: ceiling 1"},
		"what is pending counts":                     {"limit shop 100: none", "hold 1 purse shop 60: none", "post purse shop 41: ceiling 1", "hold 2 purse shop 41: ceiling 1", "post purse shop 40: none"},
		"a hold below the ceiling is settled":        {"hold 1 purse shop 100: none", "limit shop 10: none", "posthold 1 50: none", "posthold 1: none", "= shop 100 100"},
		"and is voided":                              {"hold 1 purse shop 100: none", "limit shop 10: none", "voidhold 1: none", "post purse shop 10: none"},
		"a hold of a closed account is settled":      {"hold 1 purse shop 100: none", "limit purse 0 closed: none", "limit shop 0 closed: none", "posthold 1 30: none", "voidhold 1: none", "= shop 30 30"},
		"what may leave does not make room":          {"post purse shop 100: none", "hold 1 shop purse 50: none", "limit shop 100: none", "post purse shop 1: ceiling 1", "posthold 1: none", "post purse shop 50: none"},
		"a closed account pays nothing":              {"limit purse 0 closed: none", "post purse shop 1: closed", "hold 1 purse shop 1: closed"},
		"and receives nothing":                       {"limit shop 0 closed: none", "post purse shop 1: closed", "hold 1 purse shop 1: closed"},
		"until it is opened again":                   {"limit shop 0 closed: none", "limit shop 0: none", "post purse shop 1: none"},
		"closed comes before funds":                  {"limit shop 0 closed: none", "post purse shop 9999: closed"},
		"funds come before a ceiling":                {"limit shop 10: none", "post purse shop 9999: funds 8999"},
		"what a bank may owe":                        {"limit float 1200: none", "post float purse 200: none", "post float purse 1: ceiling 1"},
		"what a bank may come to owe":                {"limit float 1200: none", "hold 1 float purse 150: none", "post float purse 51: ceiling 1", "voidhold 1: none", "post float purse 200: none"},
		"a bank that pays may owe again":             {"limit float 1000: none", "post float purse 1: ceiling 1", "post purse float 400: none", "post float purse 400: none"},
		"a ceiling does not hold back what goes":     {"limit purse 1: none", "post purse shop 500: none", "post shop purse 1: ceiling 500"},
		"a step is held to the rules before it":      {"limit shop 100 + post purse shop 300: none", "post purse shop 1: ceiling 201"},
		"a step empties an account and closes it":    {"post purse shop 1000 + limit purse 0 closed: none", "= purse 0 0", "post shop purse 1: closed"},
		"a refused step limits nothing":              {"limit purse 0 closed + post purse shop 9999: funds 8999", "post purse shop 1000: none"},
		"what comes back ignores a ceiling":          {"post purse shop 100: none", "limit purse 10: none", "post shop purse 1: ceiling 891", "return shop purse 100: none", "= purse 1000 1000"},
		"and a closed account, on either side":       {"post purse shop 100: none", "limit purse 0 closed: none", "limit shop 0 closed: none", "return shop purse 100: none", "= purse 1000 1000"},
		"but never a lack of money":                  {"return shop purse 1: funds 1", "limit shop 0 closed: none", "return shop purse 1: funds 1"},
		"nobody is limited":                          {"limit nobody 5: account_not_found"},
		"the ceiling ends":                           {"limit shop 1: none", "limit shop 0: none", "post purse shop 1000: none"},
		"many small ones are refused like one large": {"limit shop 10: none", "post purse shop 4 + post purse shop 4 + post purse shop 4: ceiling 2", "= shop 0 0"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := story(t)
			for i, step := range steps {
				w.play(t, byte(i+1), step)
			}
			w.check(t)
		})
	}
}

// TestOpenedWithCeiling: unlike a Limit, the ceiling of an Open is in force for the
// transfers of the same step.
func TestOpenedWithCeiling(t *testing.T) {
	t.Parallel()
	for amount, want := range map[int]store.Refusal{50: store.None, 51: store.RefusedCeiling} {
		c := cmd(1)
		c.Opens = []store.Open{{ID: 60, Kind: store.Liability, Currency: "CNY", Ceiling: 50}}
		c.Transfers = []store.Transfer{transferOf(t, "post purse shop 1")}
		c.Transfers[0].Credit, c.Transfers[0].Amount = 60, 50
		if amount == 51 {
			c.Transfers = append(c.Transfers, c.Transfers[0])
			c.Transfers[1].Amount = 1
		}
		if res := story(t).do(&c); res.Refusal != want || want != store.None && (res.At != 1 || res.Account != 60 || res.Short != 1) {
			t.Errorf("%d: %+v, want %v", amount, res, want)
		}
	}
}

// TestRefusedItemIsNamed: a Cmd with several transfers says whose fault it was.
func TestRefusedItemIsNamed(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		limits, transfers []string
		want              store.Result
	}{
		"the payer is short":               {nil, []string{"hold 1 purse shop 2000", "hold 2 shop float 1"}, store.Result{Refusal: store.RefusedFunds, At: 0, Account: purse, Short: 1000}},
		"the shop is short of its fee":     {nil, []string{"hold 1 purse shop 128", "hold 2 shop float 5"}, store.Result{Refusal: store.RefusedFunds, At: 1, Account: shop, Short: 5}},
		"the shop is closed":               {[]string{"limit shop 0 closed"}, []string{"post purse float 1", "post purse shop 1"}, store.Result{Refusal: store.RefusedClosed, At: 1, Account: shop}},
		"the payer is closed":              {[]string{"limit purse 0 closed"}, []string{"post purse shop 1"}, store.Result{Refusal: store.RefusedClosed, At: 0, Account: purse}},
		"the shop is full":                 {[]string{"limit shop 100"}, []string{"post purse shop 100", "post purse shop 7"}, store.Result{Refusal: store.RefusedCeiling, At: 1, Account: shop, Short: 7}},
		"the bank owes too much":           {[]string{"limit float 1001"}, []string{"post float shop 1", "post float shop 9"}, store.Result{Refusal: store.RefusedCeiling, At: 1, Account: float, Short: 9}},
		"the payee is unknown":             {nil, []string{"post purse shop 1", "post purse nobody 1"}, store.Result{Refusal: store.RefusedAccount, At: 1, Account: 99}},
		"a hold that is not there":         {nil, []string{"post purse shop 1", "posthold 4"}, store.Result{Refusal: store.RefusedHold, At: 1}},
		"a post that is formed wrongly":    {nil, []string{"post purse shop 1", "dance 4"}, store.Result{Refusal: store.RefusedOp, At: 1}},
		"less left than is to be captured": {nil, []string{"hold 1 purse shop 10", "posthold 1 11"}, store.Result{Refusal: store.RefusedHoldExceeded, At: 1, Short: 1}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := story(t)
			for _, line := range tt.limits {
				w.play(t, 1, line+": none")
			}
			c := cmd(2)
			for _, line := range tt.transfers {
				c.Transfers = append(c.Transfers, transferOf(t, line))
			}
			if res := w.do(&c); res.Refusal != tt.want.Refusal || res.At != tt.want.At || res.Account != tt.want.Account || res.Short != tt.want.Short {
				t.Errorf("%+v, want %+v", res, tt.want)
			}
		})
	}
}

// TestRefNeverDecides: a Ref is kept with each transfer, and an end says whether a
// rest is left.
func TestRefNeverDecides(t *testing.T) {
	t.Parallel()
	w := story(t)
	c := cmd(1)
	for _, line := range []string{"hold 1 purse shop 10", "posthold 1 4", "voidhold 1"} {
		tr := transferOf(t, line)
		tr.Ref, tr.Partial = 77, line == "voidhold 1" // Partial is not the caller's to say
		c.Transfers = append(c.Transfers, tr)
	}
	if res := w.do(&c); res.Refusal != store.None {
		t.Fatal(res.Refusal)
	}
	for i, partial := range []bool{false, true, false} {
		if tr := w.fx.Transfers[i]; tr.Ref != 77 || tr.Partial != partial {
			t.Errorf("transfer %d is kept as %+v", i, tr)
		}
	}
}
