package ledger_test

import (
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"mpg/store"
	"mpg/store/ledger"
	"mpg/store/money"
)

// world is a State of maps that keeps what Decide says.
type world struct {
	accounts map[store.AccountID]store.Account
	holds    map[store.HoldID]ledger.Hold
	versions map[string]uint64
	archived map[string]bool
	seen     map[store.ID]ledger.Past
	messages map[store.Digest]ledger.Past
	seq      uint64
	fx       ledger.Effects
}

func newWorld() *world {
	return &world{accounts: map[store.AccountID]store.Account{}, holds: map[store.HoldID]ledger.Hold{},
		versions: map[string]uint64{}, archived: map[string]bool{}, seen: map[store.ID]ledger.Past{}, messages: map[store.Digest]ledger.Past{}}
}

func (w *world) Account(id store.AccountID) (store.Account, bool) {
	a, ok := w.accounts[id]
	return a, ok
}
func (w *world) Version(t store.Table, key string) (version uint64, archived bool) {
	name := fmt.Sprint(t, key)
	return w.versions[name], w.archived[name]
}
func (w *world) Hold(id store.HoldID) (ledger.Hold, bool)       { h, ok := w.holds[id]; return h, ok }
func (w *world) SeenID(id store.ID) (ledger.Past, bool)         { p, ok := w.seen[id]; return p, ok }
func (w *world) SeenMessage(d store.Digest) (ledger.Past, bool) { p, ok := w.messages[d]; return p, ok }
func (w *world) NextRow() store.RowID                           { return 3 }

// do decides c and keeps its effects.
func (w *world) do(c *store.Cmd) store.Result {
	res := ledger.Decide(w, c, &w.fx)
	if res.Refusal != store.None || res.Repeat {
		return res
	}
	if err := w.fx.Assert(); err != nil {
		panic(err)
	}
	w.seq++
	for _, a := range w.fx.Accounts {
		w.accounts[a.ID] = a
	}
	for _, h := range w.fx.Holds {
		w.holds[h.ID] = h
	}
	for _, d := range c.Writes {
		switch d.Mode {
		case store.Put, store.Archive:
			w.versions[fmt.Sprint(d.Table, d.Key)], w.archived[fmt.Sprint(d.Table, d.Key)] = d.Expect+1, d.Mode == store.Archive
		case store.Delete:
			delete(w.versions, fmt.Sprint(d.Table, d.Key))
		case store.Check:
		}
	}
	past := ledger.Past{ID: c.ID, Fingerprint: c.Fingerprint, Seq: w.seq, At: c.At}
	w.seen[c.ID] = past
	if c.Dedup != nil {
		w.messages[c.Dedup.Digest] = past
	}
	res.Seq = w.seq
	return res
}

func noon() time.Time { return time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC) }

// cmd is a Cmd that is well formed and does nothing.
func cmd(n byte) store.Cmd { return store.Cmd{ID: store.ID{n}, At: noon()} }

// The accounts of the table tests.
const (
	float store.AccountID = 1 + iota
	purse
	shop
	dollars

	rich store.AccountID = 90 // has all the money that there can be
)

// story sets up the accounts and 1000 in the purse.
func story(t *testing.T) *world {
	t.Helper()
	w := newWorld()
	c := cmd(250)
	c.Opens = []store.Open{{ID: float, Kind: store.Asset, Currency: "CNY"}, {ID: purse, Kind: store.Liability, Currency: "CNY"},
		{ID: shop, Kind: store.Liability, Currency: "CNY"}, {ID: dollars, Kind: store.Liability, Currency: "USD"}}
	c.Transfers = []store.Transfer{{Op: store.Post, Debit: float, Credit: purse, Amount: 1000}}
	if res := w.do(&c); res.Refusal != store.None {
		t.Fatalf("set-up: %v", res.Refusal)
	}
	w.accounts[rich] = store.Account{ID: rich, Kind: store.Liability, Currency: "CNY", CreditsPosted: math.MaxInt64 - 5}
	return w
}

func accountNames() map[string]store.AccountID {
	return map[string]store.AccountID{"float": float, "purse": purse, "shop": shop, "dollars": dollars, "rich": rich, "nobody": 99, "zero": 0}
}

// limitOf reads "purse 1500" and "purse 1500 closed".
func limitOf(t *testing.T, line string) store.Limit {
	t.Helper()
	f := strings.Fields(line)
	l := store.Limit{Account: accountNames()[f[0]], Closed: len(f) == 3}
	if _, err := fmt.Sscan(f[1], &l.Ceiling); err != nil {
		t.Fatal(line, err)
	}
	return l
}

// transferOf reads "post purse shop 100", "return shop purse 100", "hold 7 purse shop 100",
// "posthold 7", "posthold 7 50".
func transferOf(t *testing.T, line string) store.Transfer {
	t.Helper()
	names := accountNames()
	ops := map[string]store.Op{"post": store.Post, "return": store.Post, "hold": store.Hold, "posthold": store.PostHold, "voidhold": store.VoidHold, "dance": 9}
	f := strings.Fields(line)
	tr := store.Transfer{Op: ops[f[0]], Code: 5, IgnoreLimits: f[0] == "return"}
	rest := f[1:]
	if tr.Op != store.Post {
		var id uint64
		if _, err := fmt.Sscan(rest[0], &id); err != nil {
			t.Fatal(line, err)
		}
		tr.Hold, rest = store.HoldID(id), rest[1:]
	}
	if len(rest) == 1 {
		rest = []string{"", "", rest[0]}
	}
	if len(rest) == 3 {
		tr.Debit, tr.Credit = names[rest[0]], names[rest[1]]
		if _, err := fmt.Sscan(rest[2], &tr.Amount); err != nil {
			t.Fatal(line, err)
		}
	}
	return tr
}

// TestTransfers plays each story on the same set-up, one Cmd for each step.
// Transfers of one Cmd are joined by "+". The last word is the refusal.
func TestTransfers(t *testing.T) {
	t.Parallel()
	for name, steps := range map[string][]string{
		"a post moves money at once":              {"post purse shop 100: none", "= purse 900 900", "= shop 100 100", "= float 1000 1000"},
		"all but one fen too much":                {"post purse shop 1000: none", "post purse shop 1: funds 1"},
		"too much is told by how much":            {"post purse shop 1234: funds 234"},
		"an asset has no limit":                   {"post float shop 1000000000000000: none"},
		"more than the largest transfer":          {"post float shop 1000000000000001: amount_out_of_range"},
		"nothing":                                 {"post purse shop 0: amount_out_of_range"},
		"less than nothing":                       {"post purse shop -1: amount_out_of_range"},
		"a sum that no Amount holds":              {"post float rich 5: none", "post float rich 1: balance_overflows"},
		"a hold that could not be settled":        {"hold 1 float rich 3: none", "post float rich 3: balance_overflows"},
		"from an account to itself":               {"post purse purse 1: accounts_must_differ"},
		"from nobody":                             {"post nobody shop 1: account_not_found"},
		"to nobody":                               {"post purse nobody 1: account_not_found"},
		"from no account":                         {"post zero shop 1: account_not_found"},
		"between currencies":                      {"post purse dollars 1: currencies_must_match"},
		"a currency before an amount":             {"post purse dollars 0: currencies_must_match"},
		"an amount before funds":                  {"post purse shop 1000000000000001: amount_out_of_range"},
		"a hold leaves the posted balance":        {"hold 1 purse shop 300: none", "= purse 1000 700", "= shop 0 0"},
		"held money is not there":                 {"hold 1 purse shop 600: none", "post purse shop 500: funds 100", "hold 2 purse shop 401: funds 1", "hold 2 purse shop 400: none"},
		"money that is held for one is not his":   {"hold 1 purse shop 600: none", "post shop purse 1: funds 1"},
		"a settled hold":                          {"hold 1 purse shop 300: none", "posthold 1: none", "= purse 700 700", "= shop 300 300"},
		"a voided hold":                           {"hold 1 purse shop 300: none", "voidhold 1: none", "= purse 1000 1000", "= shop 0 0"},
		"a hold ends once":                        {"hold 1 purse shop 300: none", "posthold 1: none", "posthold 1: hold_ended", "voidhold 1: hold_ended", "= shop 300 300"},
		"a voided hold ends once":                 {"hold 1 purse shop 300: none", "voidhold 1: none", "posthold 1: hold_ended", "= shop 0 0"},
		"a hold nobody made":                      {"posthold 1: hold_not_found", "voidhold 1: hold_not_found"},
		"an id of a hold is used once":            {"hold 1 purse shop 3: none", "hold 1 purse shop 3: hold_exists", "voidhold 1: none", "hold 1 purse shop 3: hold_exists"},
		"a hold before funds":                     {"hold 1 purse shop 3: none", "hold 1 purse shop 9999: hold_exists"},
		"a hold without an id":                    {"hold 0 purse shop 3: hold_id_is_zero"},
		"an end without an id":                    {"posthold 0: hold_id_is_zero"},
		"an end with accounts":                    {"hold 1 purse shop 3: none", "posthold 1 purse shop 3: accounts_not_zero"},
		"an op that is none":                      {"dance 1: op_unknown"},
		"later transfers see earlier ones":        {"post purse shop 1000 + post shop purse 400: none", "= purse 400 400", "= shop 600 600"},
		"one refused refuses all":                 {"post purse shop 600 + post purse shop 600: funds 200", "= purse 1000 1000", "= shop 0 0"},
		"a later refusal undoes a hold":           {"hold 1 purse shop 600 + post purse dollars 1: currencies_must_match", "posthold 1: hold_not_found"},
		"a hold made and settled at once":         {"hold 1 purse shop 5 + posthold 1: none", "= shop 5 5", "posthold 1: hold_ended"},
		"settled twice at once":                   {"hold 1 purse shop 5: none", "posthold 1 + posthold 1: hold_ended", "= shop 0 0"},
		"a hold given back pays for what follows": {"hold 1 purse shop 1000: none", "voidhold 1 + post purse shop 1000: none", "= shop 1000 1000"},
		"settled in parts":                        {"hold 1 purse shop 300: none", "posthold 1 100: none", "= purse 900 700", "= shop 100 100", "posthold 1 150: none", "= purse 750 700", "posthold 1: none", "= purse 700 700", "= shop 300 300", "posthold 1: hold_ended"},
		"settled in part, the rest voided":        {"hold 1 purse shop 300: none", "posthold 1 100: none", "voidhold 1: none", "= purse 900 900", "= shop 100 100", "voidhold 1: hold_ended"},
		"voided in part, the rest settled":        {"hold 1 purse shop 300: none", "voidhold 1 299: none", "= purse 1000 999", "posthold 1: none", "= purse 999 999", "= shop 1 1"},
		"the last part ends the hold":             {"hold 1 purse shop 300: none", "posthold 1 300: none", "voidhold 1 1: hold_ended"},
		"more than was held":                      {"hold 1 purse shop 300: none", "posthold 1 301: exceeds_hold 1", "voidhold 1 400: exceeds_hold 100", "= purse 1000 700"},
		"more than is left":                       {"hold 1 purse shop 300: none", "posthold 1 200: none", "posthold 1 101: exceeds_hold 1", "voidhold 1 100: none"},
		"less than nothing of a hold":             {"hold 1 purse shop 300: none", "posthold 1 -1: amount_out_of_range", "voidhold 1 -300: amount_out_of_range"},
		"in parts within one step":                {"hold 1 purse shop 300 + posthold 1 100 + voidhold 1 50 + posthold 1: none", "= purse 750 750", "= shop 250 250", "posthold 1: hold_ended"},
		"a part given back pays for what follows": {"hold 1 purse shop 1000: none", "voidhold 1 400 + post purse shop 400: none", "post purse shop 1: funds 1", "posthold 1: none", "= shop 1000 1000"},
		"an id is used once, also amid its parts": {"hold 1 purse shop 300: none", "posthold 1 100: none", "hold 1 purse shop 1: hold_exists"},
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

func (w *world) play(t *testing.T, n byte, step string) {
	t.Helper()
	if balance, ok := strings.CutPrefix(step, "= "); ok {
		f := strings.Fields(balance)
		a := w.accounts[accountNames()[f[0]]]
		if got := fmt.Sprint(a.Posted(), a.Available()); got != f[1]+" "+f[2] {
			t.Errorf("%s: got %s", step, got)
		}
		return
	}
	what, want, _ := strings.Cut(step, ": ")
	c := cmd(n)
	for _, line := range strings.Split(what, " + ") {
		if limit, ok := strings.CutPrefix(line, "limit "); ok {
			c.Limits = append(c.Limits, limitOf(t, limit))
		} else {
			c.Transfers = append(c.Transfers, transferOf(t, line))
		}
	}
	res := w.do(&c)
	got := res.Refusal.String()
	if res.Short != 0 {
		got += fmt.Sprint(" ", int64(res.Short))
	}
	if got != want {
		t.Errorf("%s: got %s", step, got)
	}
	if res.Refusal != store.None && len(w.fx.Accounts)+len(w.fx.Transfers)+len(w.fx.Holds)+len(w.fx.Posted) > 0 {
		t.Errorf("%s: a refused Cmd leaves effects %+v", step, w.fx)
	}
}

// check holds the invariants that no Cmd may break.
func (w *world) check(t interface{ Errorf(string, ...any) }) {
	sums := make(map[string][4]money.Amount)
	for id, a := range w.accounts {
		if id == rich {
			a.CreditsPosted -= math.MaxInt64 - 5 // was there before all transfers
		}
		if a.Kind == store.Liability && id != rich && a.Available() < 0 {
			t.Errorf("account %d is below zero: %+v", id, a)
		}
		if a.DebitsPending < 0 || a.CreditsPending < 0 || a.DebitsPosted < 0 || a.CreditsPosted < 0 {
			t.Errorf("account %d has a counter below zero: %+v", id, a)
		}
		s := sums[a.Currency]
		sums[a.Currency] = [4]money.Amount{s[0] + a.DebitsPosted, s[1] + a.CreditsPosted, s[2] + a.DebitsPending, s[3] + a.CreditsPending}
	}
	for code, s := range sums {
		if s[0] != s[1] || s[2] != s[3] {
			t.Errorf("%s does not balance: %v", code, s)
		}
	}
}

// TestForm has one row for each way in which a Cmd makes no sense.
func TestForm(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		want  store.Refusal
		spoil func(*store.Cmd)
	}{
		"no id":                {store.RefusedIDZero, func(c *store.Cmd) { c.ID = store.ID{} }},
		"no time":              {store.RefusedTime, func(c *store.Cmd) { c.At = time.Time{} }},
		"a time too far":       {store.RefusedTime, func(c *store.Cmd) { c.At = time.Date(store.YearMax+1, 1, 1, 0, 0, 0, 0, time.UTC) }},
		"too many transfers":   {store.RefusedTransfers, func(c *store.Cmd) { c.Transfers = make([]store.Transfer, store.TransfersMax+1) }},
		"too many opens":       {store.RefusedOpens, func(c *store.Cmd) { c.Opens = make([]store.Open, store.OpensMax+1) }},
		"too many writes":      {store.RefusedWrites, func(c *store.Cmd) { c.Writes = make([]store.Write, store.WritesMax+1) }},
		"too many rows":        {store.RefusedRows, func(c *store.Cmd) { c.Outbox = make([]store.Row, store.RowsMax+1) }},
		"too many done":        {store.RefusedDone, func(c *store.Cmd) { c.Done = make([]store.RowID, store.DoneMax+1) }},
		"a row 0 done":         {store.RefusedRowZero, func(c *store.Cmd) { c.Done = []store.RowID{0} }},
		"a row to come done":   {store.RefusedRowNotAdded, func(c *store.Cmd) { c.Done = []store.RowID{1, 2, 3} }},
		"its own row done":     {store.RefusedRowNotAdded, func(c *store.Cmd) { c.Outbox, c.Done = []store.Row{{Data: []byte("x")}}, []store.RowID{3} }},
		"a row too long":       {store.RefusedDataLength, func(c *store.Cmd) { c.Outbox = []store.Row{{Data: make([]byte, store.DataBytesMax+1)}} }},
		"a window of nothing":  {store.RefusedWindow, func(c *store.Cmd) { c.Dedup = &store.DedupKey{} }},
		"a window too long":    {store.RefusedWindow, func(c *store.Cmd) { c.Dedup = &store.DedupKey{Window: store.WindowMax + 1} }},
		"a document, no key":   {store.RefusedKeyLength, func(c *store.Cmd) { c.Writes = []store.Write{{}} }},
		"a key too long":       {store.RefusedKeyLength, func(c *store.Cmd) { c.Writes = []store.Write{{Key: strings.Repeat("k", store.KeyBytesMax+1)}} }},
		"a document too long":  {store.RefusedDataLength, func(c *store.Cmd) { c.Writes = []store.Write{{Key: "k", Data: make([]byte, store.DataBytesMax+1)}} }},
		"a document twice":     {store.RefusedWriteTwice, func(c *store.Cmd) { c.Writes = []store.Write{{Key: "k"}, {Key: "k", Mode: store.Check}} }},
		"a mode that is none":  {store.RefusedMode, func(c *store.Cmd) { c.Writes = []store.Write{{Key: "k", Mode: store.Archive + 1}} }},
		"a check with data":    {store.RefusedDataNotEmpty, func(c *store.Cmd) { c.Writes = []store.Write{{Key: "k", Mode: store.Check, Data: []byte{1}}} }},
		"a delete with data":   {store.RefusedDataNotEmpty, func(c *store.Cmd) { c.Writes = []store.Write{{Key: "k", Mode: store.Delete, Data: []byte{1}}} }},
		"an account 0":         {store.RefusedAccountZero, func(c *store.Cmd) { c.Opens = []store.Open{{Kind: store.Liability, Currency: "CNY"}} }},
		"a kind that is none":  {store.RefusedKind, func(c *store.Cmd) { c.Opens = []store.Open{{ID: 9, Kind: 3, Currency: "CNY"}} }},
		"no currency":          {store.RefusedCurrencyCode, func(c *store.Cmd) { c.Opens = []store.Open{{ID: 9, Kind: store.Liability}} }},
		"a currency too long":  {store.RefusedCurrencyCode, func(c *store.Cmd) { c.Opens = []store.Open{{ID: 9, Kind: store.Liability, Currency: "POINTSPLUS"}} }},
		"a post with a hold":   {store.RefusedHoldNotZero, func(c *store.Cmd) { c.Transfers[0].Hold = 1 }},
		"a settle with a side": {store.RefusedAccountsNotZero, func(c *store.Cmd) { c.Transfers[0] = store.Transfer{Op: store.PostHold, Hold: 1, Debit: purse} }},
		"too many limits":      {store.RefusedLimits, func(c *store.Cmd) { c.Limits = make([]store.Limit, store.LimitsMax+1) }},
		"no account to limit":  {store.RefusedAccountZero, func(c *store.Cmd) { c.Limits = []store.Limit{{}} }},
		"limited twice":        {store.RefusedLimitTwice, func(c *store.Cmd) { c.Limits = []store.Limit{{Account: 9}, {Account: 9}} }},
		"a ceiling below 0":    {store.RefusedCeilingRange, func(c *store.Cmd) { c.Limits = []store.Limit{{Account: 9, Ceiling: -1}} }},
		"a ceiling too high":   {store.RefusedCeilingRange, func(c *store.Cmd) { c.Limits = []store.Limit{{Account: 9, Ceiling: money.Max + 1}} }},
		"opened below 0":       {store.RefusedCeilingRange, func(c *store.Cmd) { c.Opens = []store.Open{{ID: 9, Kind: 1, Currency: "X", Ceiling: -1}} }},
		"too many stamps": {store.RefusedStamps, func(c *store.Cmd) {
			c.Writes = []store.Write{{Key: "k", Stamp: make([]store.AccountID, store.StampsMax+1)}}
		}},
		"a stamped check": {store.RefusedStamps, func(c *store.Cmd) {
			c.Writes = []store.Write{{Key: "k", Mode: store.Check, Stamp: []store.AccountID{purse}}}
		}},
		"a stamp too much": {store.RefusedDataLength, func(c *store.Cmd) {
			c.Writes = []store.Write{{Key: "k", Data: make([]byte, store.DataBytesMax), Stamp: []store.AccountID{purse}}}
		}},
		"an end below nothing": {store.RefusedAmount, func(c *store.Cmd) { c.Transfers[0] = store.Transfer{Op: store.VoidHold, Hold: 1, Amount: -1} }},
		"a hold without an id": {store.RefusedHoldZero, func(c *store.Cmd) { c.Transfers[0].Op = store.Hold }},
		"an unknown op":        {store.RefusedOp, func(c *store.Cmd) { c.Transfers[0].Op = 9 }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := cmd(1)
			c.Transfers = []store.Transfer{{Op: store.Post, Debit: purse, Credit: shop, Amount: 1}}
			sound := c
			tt.spoil(&c)
			if res := story(t).do(&c); res.Refusal != tt.want {
				t.Errorf("refusal %v, want %v", res.Refusal, tt.want)
			}
			sound.Transfers[0] = store.Transfer{Op: store.Post, Debit: purse, Credit: shop, Amount: 1}
			if res := story(t).do(&sound); res.Refusal != store.None {
				t.Errorf("unspoiled: refusal %v", res.Refusal)
			}
		})
	}
}

func TestOpens(t *testing.T) {
	t.Parallel()
	w := story(t)
	c := cmd(1)
	c.Opens = []store.Open{{ID: 60, Kind: store.Liability, Currency: "CNY"}}
	c.Transfers = []store.Transfer{{Op: store.Post, Debit: purse, Credit: 60, Amount: 7}}
	if res := w.do(&c); res.Refusal != store.None || w.accounts[60].Posted() != 7 {
		t.Errorf("opened and paid in one: %v, %+v", res.Refusal, w.accounts[60])
	}
	again := cmd(2)
	again.Opens = c.Opens
	if res := w.do(&again); res.Refusal != store.RefusedAccountExists || res.Account != 60 {
		t.Errorf("opened again: %v", res.Refusal)
	}
	twice := cmd(3)
	twice.Opens = []store.Open{{ID: 61, Kind: store.Liability, Currency: "CNY"}, {ID: 61, Kind: store.Liability, Currency: "CNY"}}
	if res := w.do(&twice); res.Refusal != store.RefusedAccountExists || res.At != 1 {
		t.Errorf("opened twice in one: %v", res.Refusal)
	}
}

func TestRepeatAndBody(t *testing.T) {
	t.Parallel()
	w := story(t)
	c := cmd(1)
	c.Fingerprint = store.Digest{1}
	c.Transfers = []store.Transfer{{Op: store.Post, Debit: purse, Credit: shop, Amount: 600}}
	first := w.do(&c)
	if res := w.do(&c); !res.Repeat || res.Seq != first.Seq || res.Refusal != store.None {
		t.Errorf("the repeat: %+v, the first: %+v", res, first)
	}
	c.Fingerprint = store.Digest{2}
	if res := w.do(&c); res.Refusal != store.RefusedFingerprint || res.Repeat {
		t.Errorf("with another body: %+v", res)
	}
	refused := cmd(2)
	refused.Transfers = []store.Transfer{{Op: store.Post, Debit: purse, Credit: shop, Amount: 600}}
	if res := w.do(&refused); res.Refusal != store.RefusedFunds {
		t.Fatalf("%+v", res)
	}
	refused.Transfers[0].Amount = 400
	if res := w.do(&refused); res.Refusal != store.None || res.Repeat {
		t.Errorf("the id of a refused Cmd may be used again: %+v", res)
	}
}

func TestRedelivery(t *testing.T) {
	t.Parallel()
	w := story(t)
	take := func(n byte, at time.Duration, again bool) store.Result {
		c := cmd(n)
		c.At, c.Dedup = noon().Add(at), &store.DedupKey{Digest: store.Digest{7}, Window: 10 * time.Minute, KnownAcked: again}
		return w.do(&c)
	}
	for i, tt := range []struct {
		at    time.Duration
		again bool
		want  store.Refusal
		first byte
	}{
		{0, false, store.None, 0},
		{time.Second, false, store.RefusedRedelivery, 1},
		{10 * time.Minute, false, store.RefusedRedelivery, 1},
		{-time.Hour, false, store.RefusedRedelivery, 1}, // the clock was set back
		{time.Minute, true, store.None, 0},              // known to be a new text
		{5 * time.Minute, false, store.RefusedRedelivery, 5},
		{11*time.Minute + 1, false, store.None, 0}, // the window of the last one is over
	} {
		res := take(byte(i+1), tt.at, tt.again)
		if res.Refusal != tt.want || (tt.first != 0 && res.First != store.ID{tt.first}) {
			t.Errorf("text %d at %v: %v, first %v", i+1, tt.at, res.Refusal, res.First[0])
		}
		if res.Refusal == store.RefusedRedelivery && res.FirstAt.IsZero() {
			t.Errorf("text %d: nothing is said of when the first came", i+1)
		}
	}
}

func TestVersions(t *testing.T) {
	t.Parallel()
	w := story(t)
	for i, tt := range []struct {
		mode   store.Mode
		expect uint64
		want   store.Refusal
	}{
		{store.Check, 0, store.None}, {store.Check, 1, store.RefusedStale}, {store.Delete, 0, store.None},
		{store.Put, 1, store.RefusedStale}, {store.Put, 0, store.None}, {store.Put, 0, store.RefusedStale}, {store.Put, 1, store.None},
		{store.Check, 2, store.None}, {store.Delete, 1, store.RefusedStale}, {store.Delete, 2, store.None},
		{store.Put, 2, store.RefusedStale}, {store.Put, 0, store.None},
		{store.Archive, 0, store.RefusedStale}, {store.Archive, 1, store.None}, {store.Check, 2, store.None},
		{store.Put, 2, store.RefusedArchived}, {store.Delete, 2, store.RefusedArchived}, {store.Archive, 2, store.RefusedArchived},
		{store.Put, 1, store.RefusedStale}, {store.Put, 0, store.RefusedStale}, {store.Check, 1, store.RefusedStale}, {store.Check, 2, store.None},
	} {
		c := cmd(byte(i + 1))
		c.Writes = []store.Write{{Table: 3, Key: "other", Mode: store.Check}, {Table: 3, Key: "k", Expect: tt.expect, Mode: tt.mode}}
		if res := w.do(&c); res.Refusal != tt.want || res.Refusal != store.None && res.At != 1 {
			t.Errorf("step %d: %v at %d, want %v", i, res.Refusal, res.At, tt.want)
		}
	}
}

// TestOrder gives Cmds that could be refused for two reasons.
func TestOrder(t *testing.T) {
	t.Parallel()
	w := story(t)
	first := cmd(1)
	first.Dedup = &store.DedupKey{Digest: store.Digest{7}, Window: time.Minute}
	w.do(&first)
	stale := []store.Write{{Key: "k", Expect: 9}}
	poor := []store.Transfer{{Op: store.Post, Debit: purse, Credit: shop, Amount: 5000}}
	for _, tt := range []struct {
		name string
		cmd  store.Cmd
		want store.Refusal
	}{
		{"form, body", store.Cmd{ID: store.ID{1}, Fingerprint: store.Digest{1}}, store.RefusedTime},
		{"body, redelivery", store.Cmd{ID: store.ID{1}, Fingerprint: store.Digest{1}, At: noon(), Dedup: first.Dedup}, store.RefusedFingerprint},
		{"redelivery, stale", store.Cmd{ID: store.ID{2}, At: noon(), Dedup: first.Dedup, Writes: stale}, store.RefusedRedelivery},
		{"stale, account", store.Cmd{ID: store.ID{2}, At: noon(), Writes: stale, Opens: []store.Open{{ID: purse, Kind: store.Liability, Currency: "CNY"}}}, store.RefusedStale},
		{"stale, funds", store.Cmd{ID: store.ID{2}, At: noon(), Writes: stale, Transfers: poor}, store.RefusedStale},
		{"funds, stamp", store.Cmd{ID: store.ID{2}, At: noon(), Outbox: []store.Row{{Stamp: 99}}, Transfers: poor}, store.RefusedFunds},
		{"stamp", store.Cmd{ID: store.ID{2}, At: noon(), Outbox: []store.Row{{Stamp: 99}}}, store.RefusedAccount},
	} {
		if res := w.do(&tt.cmd); res.Refusal != tt.want {
			t.Errorf("%s: %v", tt.name, res.Refusal)
		}
	}
}

// TestStamp: a row tells the balance after the whole Cmd.
func TestStamp(t *testing.T) {
	t.Parallel()
	w := story(t)
	c := cmd(1)
	c.Outbox = []store.Row{{Stamp: purse}, {}, {Stamp: shop}, {Stamp: float}}
	c.Transfers = []store.Transfer{{Op: store.Post, Debit: purse, Credit: shop, Amount: 100}, {Op: store.Post, Debit: purse, Credit: shop, Amount: 50}}
	w.do(&c)
	if got := fmt.Sprint(w.fx.Posted); got != "[850 0 150 1000]" {
		t.Errorf("stamped %s", got)
	}
}

// TestFrozenCounters: a document keeps the counters after the whole Cmd, in the
// order of its Stamp.
func TestFrozenCounters(t *testing.T) {
	t.Parallel()
	w := story(t)
	c := cmd(1)
	c.Transfers = []store.Transfer{transferOf(t, "post purse shop 100"), transferOf(t, "hold 1 purse shop 50")}
	c.Writes = []store.Write{{Key: "a", Stamp: []store.AccountID{shop, purse}}, {Key: "b"}, {Key: "c", Stamp: []store.AccountID{float}}}
	if res := w.do(&c); res.Refusal != store.None || len(w.fx.Stamps) != 3 {
		t.Fatalf("%v, %d accounts", res.Refusal, len(w.fx.Stamps))
	}
	for i, id := range []store.AccountID{shop, purse, float} {
		if w.fx.Stamps[i] != w.accounts[id] {
			t.Errorf("%+v is frozen, and account %d has %+v", w.fx.Stamps[i], id, w.accounts[id])
		}
	}
	c = cmd(2)
	c.Writes = []store.Write{{Key: "d"}, {Key: "e", Stamp: []store.AccountID{purse, 99}}}
	if res := w.do(&c); res.Refusal != store.RefusedAccount || res.At != 1 || res.Account != 99 {
		t.Errorf("an unknown account is frozen: %+v", res)
	}
}

// TestEndedTransfersSayAll: what a journal keeps of an end needs no look at the
// hold.
func TestEndedTransfersSayAll(t *testing.T) {
	t.Parallel()
	w := story(t)
	c := cmd(1)
	c.Transfers = []store.Transfer{{Op: store.Hold, Code: 5, Debit: purse, Credit: shop, Amount: 70, Hold: 3}, {Op: store.PostHold, Code: 6, Hold: 3}}
	w.do(&c)
	want := store.Transfer{Op: store.PostHold, Code: 6, Debit: purse, Credit: shop, Amount: 70, Hold: 3}
	if len(w.fx.Transfers) != 2 || w.fx.Transfers[1] != want {
		t.Errorf("%+v", w.fx.Transfers)
	}
	if h := w.holds[3]; h.Open || h.Code != 5 || h.Amount != 0 || h.First != 70 {
		t.Errorf("%+v", h)
	}
}
