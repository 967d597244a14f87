package proof

import (
	"fmt"
	"slices"
	"strings"

	"mpg/engine/bank/host"
)

// The products of one's own money, and of cash; as order has them.
const (
	bankIn  = "bankin"  // from one's bank account into the purse
	bankOut = "bankout" // back
	cashOut = "cashout" // from the purse to an agent, who gives cash
	cashIn  = "cashin"  // from an agent, who was given cash, to a purse

	agentShop  = "8008"
	agentFunds = "5000000.00"
)

// agent is who runs agentShop: it orders nothing but cash into purses.
func (w *world) agent() person { return w.people[len(w.people)-2] }

// agencyOf is the code of the agent whose phone is p's.
func (w *world) agencyOf(p person) string {
	return w.shops[slices.IndexFunc(w.shops, func(s shop) bool { return s.Phone == p.Number })].Code
}

// openAgency adds an agent, and funds its float.
func (w *world) openAgency(code string, p person) {
	w.t.Helper()
	agent := shop{code, "Corner Kiosk", p.Number}
	w.shops = append(w.shops, agent)
	w.op.must(w.t, "", "merchant", "add", agent.Code, "--name", agent.Name, "--phone", agent.Phone, "--agent")
	w.op.must(w.t, "", "merchant", "fund", agent.Code, agentFunds)
	w.journal.Shops[agent.Code] = agent.Phone
	w.journal.TopUps[agent.Code], _ = w.currency.Parse(agentFunds)
}

// own is what o is if its money stays with the same subscriber, or becomes cash or was cash.
func (w *world) own(o *order, p person) (words string) {
	sum := w.currency.Format(o.Amount)
	switch o.Product {
	case bankIn:
		return fmt.Sprintf(map[string]string{"en": "TOPUP %s", "zh": "充值 %s"}[p.Lang], sum)
	case bankOut:
		return fmt.Sprintf(map[string]string{"en": "OUT %s", "zh": "提现 %s"}[p.Lang], sum)
	case cashOut:
		return fmt.Sprintf(map[string]string{"en": "OUT %s %s", "zh": "提现 %s %s"}[p.Lang], sum, o.Payee)
	case cashIn:
		o.Agent = w.agencyOf(p)
		return fmt.Sprintf(map[string]string{"en": "IN %s %s", "zh": "代充 %s %s"}[p.Lang], sum, strings.TrimPrefix(o.Payee, "+86"))
	}
	return ""
}

// whole chooses one of seven products of one's own money, of cash, and to strangers.
func (c *crowd) whole(p person, kind int) (product, payee string) {
	switch kind {
	case 0, 1:
		return bankIn, p.Number
	case 2, 3:
		return bankOut, p.Number
	case 4:
		return cashOut, agentShop
	}
	return sendClaim, c.w.journal.stranger()
}

// toItself reports whether payer and payee are one, who is told once.
func (o *order) toItself() bool { return o.Product == bankIn || o.Product == bankOut }

// purse is the account that pays what no bank does.
func (o *order) purse() string {
	if o.Agent != "" {
		return "merchant:" + o.Agent
	}
	return "purse:" + o.From
}

// bankOutStages are the stages of money on its way from the purse to the same person's bank
// account.
func bankOutStages() []stage {
	out := []string{bankOut}
	credited := func(w *world, p person) bool { return w.outcome(p, host.Credited) }
	return []stage{
		{name: "the bank has got the money and is silent", only: out, state: "sent", arrange: bank(host.Fault{Kind: host.Silence, On: host.Requests}), reached: credited, reason: "reversed"},
		{name: "the bank has not got it and is silent", only: out, state: "sent", arrange: bank(host.Fault{Kind: host.Ignore, On: host.Requests}), reason: "reversed"},
		{name: "the bank does not answer that it gives it back", only: out, state: "reversing", arrange: bank(
			host.Fault{Kind: host.DropAfter, On: host.Requests}, host.Fault{Kind: host.Ignore, On: host.Reversals}), reason: "reversed"},
		{name: "the bank does not understand that it has to give it back", only: out, state: "doubt", arrange: bank(
			host.Fault{Kind: host.DropBefore, On: host.Requests}, host.Fault{Kind: host.Decline, On: host.Reversals, Code: "12"}), reason: "reversed"},
	}
}
