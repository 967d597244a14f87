package engine_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"mpg/engine/admin"
	"mpg/engine/lang"
	"mpg/engine/pin"
	"mpg/store/money"
)

// The agent of the tests, and the PIN of whoever runs it.
const (
	agent    = "+8613800008005"
	pinAgent = "730281"
)

// agency registers an agent, with a phone that is a subscriber's and a float.
func (w *world) agency(float money.Amount) {
	w.t.Helper()
	ctx, digits := context.Background(), pin.PIN{}
	digits, _ = pin.Read([]byte(pinAgent))
	_, err1 := w.e.Admin().AddUser(ctx, admin.Command{Key: "agent user"}, admin.NewUser{Phone: agent, Name: lang.Name{EN: "Zhao Min"}, Lang: lang.EN, PIN: &digits})
	_, err2 := w.e.Admin().AddMerchant(ctx, admin.Command{Key: "agent"}, admin.NewMerchant{Code: "8005", Name: lang.Name{EN: "CORNER KIOSK", ZH: "街角小店"}, Phone: agent, Agent: true, Class: "kiosk"})
	_, err3 := admin.Agents{Service: w.e.Admin()}.Fund(ctx, admin.Command{Key: "float"}, "8005", float)
	if err := errors.Join(err1, err2, err3); err != nil {
		w.t.Fatal(err)
	}
	w.expect(agent, "周转金已补充")
	w.forget()
}

// agentFees has cash cost something: getting it, the subscriber; giving it, half and half.
const agentFees = `
[out]
product     = "cashout"
payee_class = "kiosk"
flat        = "1"
[in]
product     = "cashin"
from        = "10"
percent     = "1"
payer_share = "50"
[in-small]
product = "cashin"
to      = "9.99"
`

// TestCashAtAnAgent: each side is told how much cash to give or take, and what is left.
func TestCashAtAnAgent(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		fees, from, text, pin, said string
		subscriber, agent           []string
		purse, float, fee           string
	}{
		"out": {"", wang, "OUT 100 8005", pinOne, "Cash from CORNER KIOSK, shop eight, zero, zero, five.|… The amount is one hundred yuan.|It will be paid from your purse.",
			[]string{"you paid CNY 100.00 to CORNER KIOSK for cash", "Balance CNY 400.00"}, []string{"请付138****0001现金100.00元，周转金300.00元"}, "400.00", "300.00", "0.00"},
		"out with a fee": {agentFees, wang, "提现 100 8005", pinOne, "The fee is one yuan.|In all, you pay one hundred one yuan.",
			[]string{"you paid CNY 101.00 to CORNER KIOSK for cash", "a fee of CNY 1.00", "Balance CNY 399.00"}, []string{"请付138****0001现金100.00元，周转金300.00元"}, "399.00", "300.00", "1.00"},
		"in": {"", agent, "IN 100 13800000001", pinAgent, "Payment to Wang F…, mobile number 138 0000 0001.|… The amount is one hundred yuan.|It will be paid from your float. Take the cash first.",
			[]string{"CORNER KIOSK paid CNY 100.00 into your purse for your cash", "Balance CNY 600.00"}, []string{"take CNY 100.00 in cash from 138****0001", "Your float is CNY 100.00"}, "600.00", "100.00", "0.00"},
		"in with a fee": {agentFees, agent, "DC 100 13800000001", pinAgent, "The fee is fifty fen.",
			[]string{"CORNER KIOSK paid CNY 99.50 into your purse", "after a fee of CNY 0.50", "Balance CNY 599.50"}, []string{"take CNY 100.00 in cash", "Your float is CNY 99.50"}, "599.50", "99.50", "1.00"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.agency(20000)
			if tt.fees != "" {
				rules := w.e.Rules()
				rules.Products.Tariff = tariffOf(t, tt.fees)
				w.e.SetRules(rules)
			}
			w.answers(tt.from, phone{keys: []string{tt.pin}})
			w.text(tt.from, tt.text)
			w.expect(wang, tt.subscriber...)
			w.expect(agent, tt.agent...)
			w.until("the end", func() bool { return w.last().State == "done" })
			w.balance("purse:"+wang, tt.purse, tt.purse)
			w.balance("merchant:8005", tt.float, tt.float)
			if tt.fee != "0.00" {
				w.balance("fees", tt.fee, tt.fee)
			}
			if n := len(w.written()); n != 2 {
				t.Errorf("%d texts, want two", n)
			}
			w.balance("purse:"+agent, "0.00", "0.00")
		})
	}
}

// TestCashIsRefused where no agent has the code, to anybody else, and beyond what the float holds or
// the purse may hold, without a word about what the purse holds.
func TestCashIsRefused(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		before     func(t *testing.T, w *world)
		from, text string
		told       []string
		reason     string
	}{
		"at no agent":           {nil, wang, "OUT 100 8006", []string{"No shop has the code 8006"}, "unknown_shop"},
		"at no agent, or a PIN": {nil, wang, "OUT 100 482913", []string{"No agent has this code", "Never text your PIN"}, "unknown_shop"},
		"a subscriber":          {nil, wang, "IN 10 13800000002", []string{"Only an agent's phone"}, "not_agent"},
		"a shop":                {nil, shop, "IN 10 13800000001", []string{"This number is not registered"}, "not_registered"},
		"to a stranger":         {nil, agent, "IN 10 13900000009", []string{"139****0009 is not registered"}, "payee_not_registered"},
		"to the agent's own":    {nil, agent, "IN 10 13800008005", []string{"your own number", "IN amount mobile-number"}, "yourself"},
		"more than the float":   {nil, agent, "IN 200.01 13800000001", []string{"Your float is short by CNY 0.01"}, "agent_funds"},
		"the purse is full":     {func(t *testing.T, w *world) { w.limits(t, "[p]\ndirection = \"in\"\nbalance_max = \"550\"\n") }, agent, "IN 50.01 13800000001", []string{"138****0001 cannot receive this amount"}, "payee_full"},
		"received enough":       {func(t *testing.T, w *world) { w.limits(t, "[p]\ndirection = \"in\"\nmonth = \"50\"\n") }, agent, "IN 50.01 13800000001", []string{"138****0001 cannot receive this amount"}, "payee_full"},
		"a limit of the phone":  {func(t *testing.T, w *world) { w.limits(t, "[p]\nproduct = \"cashin\"\nday = \"50\"\n") }, agent, "IN 50.01 13800000001", []string{"your daily limit of CNY 50.00"}, "over_day_limit"},
		"no longer an agent": {func(t *testing.T, w *world) {
			w.agentIs(t, admin.MerchantChange{AgentChange: admin.AgentChange{Agent: new(bool)}})
		}, agent, "IN 10 13800000001", []string{"Only an agent's phone"}, "not_agent"},
		"another phone": {func(t *testing.T, w *world) {
			number := "+8613800008006"
			w.agentIs(t, admin.MerchantChange{Phone: &number})
		}, agent, "IN 10 13800000001", []string{"Only an agent's phone"}, "not_agent"},
		"the phone has no PIN": {func(t *testing.T, w *world) {
			number := "+8613800008006"
			w.agentIs(t, admin.MerchantChange{Phone: &number})
		}, "+8613800008006", "IN 10 13800000001", []string{"This number has no PIN"}, "no_pin"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.agency(20000)
			if tt.before != nil {
				tt.before(t, w)
			}
			w.text(tt.from, tt.text)
			told := w.expect(tt.from, tt.told...)
			if refused := w.refusals(); len(refused) != 1 || refused[0].Reason != tt.reason || strings.Contains(fmt.Sprint(refused, told), "482913") {
				t.Errorf("refused as %+v, want %s: %s", refused, tt.reason, told)
			}
			if w.called() != 0 {
				t.Errorf("%d calls", w.called())
			}
			w.balance("purse:"+wang, "500.00", "500.00")
			w.balance("merchant:8005", "200.00", "200.00")
		})
	}
}

// TestCashIsNotRefunded: the subscriber has the cash.
func TestCashIsNotRefunded(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.agency(20000)
	w.answers(wang, phone{keys: []string{pinOne}})
	w.text(wang, "OUT 100 8005")
	w.until("the end", func() bool { return w.last().State == "done" })
	if _, err := w.refund("r1", w.last().Ref, 0); !errors.Is(err, admin.ErrNotRefundable) {
		t.Errorf("refunded: %v", err)
	}
	w.balance("purse:"+wang, "400.00", "400.00")
}

// agentIs changes the agent.
func (w *world) agentIs(t *testing.T, change admin.MerchantChange) {
	t.Helper()
	if _, err := w.e.Admin().ChangeMerchant(context.Background(), admin.Command{Key: "change"}, "8005", change); err != nil {
		t.Fatal(err)
	}
}

// TestAnAgentStopsACashIn: NO while the phone rings gives the float back, and the limits.
func TestAnAgentStopsACashIn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.agency(20000)
	w.limits(t, "[p]\nproduct = \"cashin\"\nday = \"150\"\n[r]\ndirection = \"in\"\nday = \"150\"\n")
	ring := make(chan struct{})
	w.answers(agent, phone{ring: ring})
	w.text(agent, "IN 100 13800000001")
	w.until("the call", func() bool { return w.calls == 1 })
	w.balance("merchant:8005", "200.00", "100.00")
	w.text(agent, "NO")
	w.expect(agent, "CNY 100.00 to 138****0001", "was stopped")
	close(ring)
	w.answers(agent, phone{keys: []string{pinAgent}})
	w.text(agent, "IN 150 13800000001")
	w.expect(wang, "CORNER KIOSK paid CNY 150.00")
	w.balance("merchant:8005", "50.00", "50.00")
	w.balance("purse:"+wang, "650.00", "650.00")
}

// TestAFloatIsNeverNegative: however many subscribers are served at once, by however many
// restarts, the agent gives no more than it has, and what the purses got is what it gave.
func TestAFloatIsNeverNegative(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(w *world) { w.rules.CallsPerHour, w.rules.Repeat = 100, 0 })
	w.agency(5000)
	for round := range 3 {
		w.answers(agent, phone{keys: []string{pinAgent}})
		w.answers(wang, phone{keys: []string{pinOne}})
		var racing sync.WaitGroup
		racing.Go(func() { w.tries(agent, fmt.Sprintf("IN %d 13800000002", 20+round)) })
		racing.Go(func() { w.tries(wang, "OUT 10 8005") })
		racing.Wait()
		w.until("nothing is open", func() bool { return w.idle() })
	}
	float, paidIn, paidOut := w.posted("merchant:8005"), w.posted("purse:"+li), 50000-w.posted("purse:"+wang)
	if float < 0 || float != 5000+paidOut-paidIn || paidIn == 0 || paidOut == 0 {
		t.Errorf("the float is %d: %d was paid in, and %d out", float, paidIn, paidOut)
	}
}

// TestAMistakenFundingIsTakenBack: by an entry of its own, once, and only what the agent still
// has, which is told.
func TestAMistakenFundingIsTakenBack(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.agency(5000)
	funded, err := admin.Agents{Service: w.e.Admin()}.Fund(t.Context(), admin.Command{Key: "f9"}, "8005", 20000)
	if err != nil {
		t.Fatal(err)
	}
	ref := w.payment(funded).Ref
	p, err := w.correct("c1", ref, false)
	if err != nil || p.Product != "correction" || p.Of != ref || p.Payer != "8005" || p.Payee != "float" || p.Amount != "200.00" {
		t.Fatalf("%+v %v", p, err)
	}
	w.expect(agent, ref, "收回200.00元", "50.00")
	w.balance("merchant:8005", "50.00", "50.00")
	if _, err := w.correct("c2", ref, false); !errors.Is(err, admin.ErrCorrected) {
		t.Errorf("again: %v", err)
	}
	if funded, err = (admin.Agents{Service: w.e.Admin()}).Fund(t.Context(), admin.Command{Key: "f10"}, "8005", 2000); err != nil {
		t.Fatal(err)
	}
	ref = w.payment(funded).Ref
	w.answers(agent, phone{keys: []string{pinAgent}})
	w.text(agent, "IN 60 13800000002")
	w.until("the agent's cash is in", func() bool { return w.posted("merchant:8005") == 1000 })
	if _, err := w.correct("c3", ref, false); !errors.Is(err, admin.ErrSpent) || !strings.Contains(err.Error(), "10.00 of it has been spent; the agent has 10.00") {
		t.Errorf("what was spent: %v", err)
	}
	if p, err := w.correct("c4", ref, true); err != nil || p.Amount != "10.00" {
		t.Errorf("in part: %+v %v", p, err)
	}
	w.balance("merchant:8005", "0.00", "0.00")
	w.audited("after corrections")
}

// idle reports whether no payment is open.
func (w *world) idle() bool {
	list, err := w.e.Admin().ListPayments(w.t.Context(), admin.Page{Limit: 50})
	if err != nil {
		w.t.Fatal(err)
	}
	for _, p := range list.Items {
		if p.State != "done" {
			return false
		}
	}
	return true
}

// posted returns what an account holds.
func (w *world) posted(name string) money.Amount {
	w.t.Helper()
	view, err := w.e.Admin().Account(w.t.Context(), name)
	if err != nil {
		w.t.Fatal(err)
	}
	cny, _ := money.Lookup("CNY")
	amount, err := cny.Parse(view.Posted)
	if err != nil {
		w.t.Fatal(err)
	}
	return amount
}

// TestAgentsAreSetUp: each has a number of its own, only an agent is funded, and a closed one
// is none.
func TestAgentsAreSetUp(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.agency(20000)
	ctx, service := context.Background(), w.e.Admin()
	if _, err := service.AddMerchant(ctx, admin.Command{Key: "a2"}, admin.NewMerchant{Code: "8006", Name: lang.Name{EN: "X"}, Phone: agent, Agent: true}); !errors.Is(err, admin.ErrAgentPhone) {
		t.Errorf("a second agent with the number: %v", err)
	}
	if _, err := service.AddMerchant(ctx, admin.Command{Key: "a3"}, admin.NewMerchant{Code: "8006", Name: lang.Name{EN: "X"}, Class: "Person"}); !errors.Is(err, admin.ErrClass) {
		t.Errorf("a class with a capital: %v", err)
	}
	if _, err := (admin.Agents{Service: service}).Fund(ctx, admin.Command{Key: "f1"}, "8001", 100); !errors.Is(err, admin.ErrNoAgent) {
		t.Errorf("a shop is funded: %v", err)
	}
	if _, err := (admin.Agents{Service: service}).Fund(ctx, admin.Command{Key: "f1"}, "8009", 100); !errors.Is(err, admin.ErrNoMerchant) {
		t.Errorf("nobody is funded: %v", err)
	}
	yes := true
	result, err := service.ChangeMerchant(ctx, admin.Command{Key: "c1"}, "8001", admin.MerchantChange{AgentChange: admin.AgentChange{Agent: &yes}})
	var view admin.MerchantView
	if err := errors.Join(err, json.Unmarshal(result, &view)); err != nil || !view.Agent {
		t.Fatalf("%v: %+v", err, view)
	}
	if _, err := (admin.Agents{Service: service}).Fund(ctx, admin.Command{Key: "f2"}, "8001", 100); err != nil {
		t.Error(err)
	}
	if _, err := service.CloseMerchant(ctx, admin.Command{Key: "c2"}, admin.Closing{Code: "8005", Reason: "gave up", PayOut: true}); err != nil {
		t.Fatal(err)
	}
	if _, err := (admin.Agents{Service: service}).Fund(ctx, admin.Command{Key: "f3"}, "8005", 100); !errors.Is(err, admin.ErrShopClosed) {
		t.Errorf("a closed agent is funded: %v", err)
	}
	w.text(agent, "IN 10 13800000001")
	w.expect(agent, "Only an agent's phone")
	if _, err := service.AddMerchant(ctx, admin.Command{Key: "a4"}, admin.NewMerchant{Code: "8007", Name: lang.Name{EN: "X"}, Phone: agent, Agent: true}); err != nil {
		t.Errorf("the number of a closed agent: %v", err)
	}
}
