package proof

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"mpg/engine/bank/host"
	"mpg/store/money"
)

// clerkDay is a day of the gateway on which everything that an operator is asked about
// has happened.
type clerkDay struct {
	*world
	paid, stopped, declined *order
	mistaken                string // reference of the top-up that was mistyped
}

// TestAnOperatorsDay: find, explain, correct, export, close the day. What the commands tell
// is held against the ledger's own accounts, and is the same after a kill and after the
// read side was made again.
func TestAnOperatorsDay(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(s *settings) { s.expires = 10 * time.Minute })
	w.start()
	w.populate(2)
	w.bankUp()
	d := &clerkDay{world: w}
	d.happens()
	d.finds()
	d.explains()
	d.corrects()
	d.exports()
	d.closes()
	before := d.all()
	w.kill()
	w.start()
	d.sameAs(before, "a kill")
	w.op.must(t, "", "view", "rebuild")
	d.sameAs(before, "the view was made again")
}

// happens makes the day: a payment, an order that its payer stopped, one that the bank
// declined, two that were refused, and a mistyped top-up.
func (d *clerkDay) happens() {
	d.t.Helper()
	first, second := d.people[0], d.people[1]
	end := func(o *order) {
		d.t.Helper()
		eventually(d.t, stateMax, o.Text, func() bool { return d.state(o) == "done" })
	}
	d.behave(first, good())
	d.paid = d.order("mpurse", first, "8001", 12850)
	d.send(d.paid)
	end(d.paid)
	d.stopped = d.waitingOrder(777)
	d.say(first.Number, "NO")
	end(d.stopped)
	d.behave(second, good())
	d.bank.Fault(host.Fault{Kind: host.Decline, On: host.Requests, Account: second.Account, Code: "51", Times: 1})
	d.declined = d.order("mdebit", second, "8002", 4500)
	d.send(d.declined)
	end(d.declined)
	d.say(second.Number, "付 9999 1")
	d.say(second.Number, "付 8001 65432.10")
	eventually(d.t, stateMax, "two refused orders", func() bool { return len(d.jsonl("payment", "list", "--refused")) == 2 })
	var top payment
	if err := d.op.ask(&top, "purse", "topup", second.Number, "5000.00", "--key", "till-7"); err != nil {
		d.t.Fatal(err)
	}
	d.mistaken = top.Ref
}

// jsonl returns the items of a list.
func (d *clerkDay) jsonl(args ...string) (items []map[string]any) {
	d.t.Helper()
	out, err := d.op.run("", append(args, "--jsonl")...)
	if err != nil {
		d.t.Fatal(err)
	}
	for line := range strings.Lines(string(out)) {
		var item map[string]any
		if err := json.Unmarshal([]byte(line), &item); err != nil {
			d.t.Fatalf("%s: %v", line, err)
		}
		items = append(items, item)
	}
	return items
}

// finds: whatever the caller knows leads to the payment.
func (d *clerkDay) finds() {
	d.t.Helper()
	first, ref := d.people[0], d.paymentOf(d.paid).Ref
	for what, want := range map[string]int{
		strings.TrimPrefix(first.Number, "+86"): 3, ref: 1, strings.ToLower(ref[:4] + " " + ref[4:]): 1, "128.50": 1, first.Name: 0, "8001": 2,
	} {
		var found struct {
			Payments []struct{ Ref string }
			Users    []struct{ Number string }
		}
		if err := d.op.ask(&found, append([]string{"find"}, strings.Fields(what)...)...); err != nil {
			d.t.Fatal(err)
		}
		if len(found.Payments) != want {
			d.t.Errorf("find %s: %d payments, want %d", what, len(found.Payments), want)
		}
		if what == first.Name && (len(found.Users) != 1 || found.Users[0].Number != first.Number) {
			d.t.Errorf("find %s: %+v", what, found.Users)
		}
	}
	for _, tt := range []struct {
		args []string
		want int
	}{
		{[]string{"--payer", first.Number}, 2}, {[]string{"--payee", "8001"}, 2}, {[]string{"--product", "topup"}, 3}, {[]string{"--reason", "stopped"}, 1},
		{[]string{"--state", "waiting"}, 0}, {[]string{"--since", "1h"}, 6}, {[]string{"--until", "2020-01-01"}, 0}, {[]string{"--amount", "45"}, 1}, {[]string{"--limit", "4"}, 4},
		{[]string{"--refused", "--payer", d.people[1].Number}, 2}, {[]string{"--refused", "--reason", "funds"}, 1},
	} {
		if got := d.jsonl(append([]string{"payment", "list"}, tt.args...)...); len(got) != tt.want {
			d.t.Errorf("payment list %v: %d, want %d", tt.args, len(got), tt.want)
		}
	}
}

// explains: why there is no money, from the story of the payment and the refused orders.
func (d *clerkDay) explains() {
	d.t.Helper()
	for o, want := range map[*order][]string{
		d.paid:     {"received", "call 1: finished", "SIP 200", "posted", "payment: 128.50 CNY from purse:", "to merchant:8001", ": sent"},
		d.stopped:  {"call 1: busy", "SIP 486", "voided", ": sent"},
		d.declined: {"icbc asked to debit 45.00 CNY, STAN ", "icbc declined, code 51", "voided", ": sent"},
	} {
		ref := d.paymentOf(o).Ref
		missing := ""
		eventually(d.t, stateMax, "the story of "+ref, func() bool { // a text is marked as sent a moment after it was
			out, err := d.op.run("", "payment", "show", ref)
			if err != nil {
				d.t.Fatal(err)
			}
			missing = ""
			for _, words := range want {
				if !strings.Contains(string(out), words) {
					missing += fmt.Sprintf("no %q in\n%s", words, out)
				}
			}
			return missing == ""
		})
	}
	refused := d.jsonl("payment", "list", "--refused")
	if refused[0]["reason"] != "funds" || refused[0]["short"] != "45432.10" || refused[1]["reason"] != "unknown_shop" || refused[1]["to"] != "9999" {
		d.t.Errorf("refused: %v", refused)
	}
}

// corrects: the mistyped top-up is taken back, and the purse's statement shows both.
func (d *clerkDay) corrects() {
	d.t.Helper()
	second := d.people[1]
	d.op.must(d.t, "", "purse", "correct", d.mistaken, "--reason", "500 keyed as 5000", "--key", "fix-7")
	lines := d.statement("purse:" + second.Number)
	if what := lines[len(lines)-2]; what[2] != "correction" || what[5] != "-5000.00" {
		d.t.Errorf("the statement ends with %v", what)
	}
	acts := d.jsonl("audit", "list", "--on", second.Number)
	if len(acts) < 3 || acts[0]["what"] != "purse topup" || acts[0]["key"] != "till-7" || acts[0]["amount"] != "5000.00" {
		d.t.Errorf("on %s: %v", second.Number, acts)
	}
	if acts := d.jsonl("audit", "list", "--what", "purse correct"); len(acts) != 1 || acts[0]["reason"] != "500 keyed as 5000" {
		d.t.Errorf("corrections: %v", acts)
	}
}

// statement returns an account's statement as CSV, and holds it to the account: its lines
// add up, and it ends with the balance that account show tells.
func (d *clerkDay) statement(name string) [][]string {
	d.t.Helper()
	lines := d.csv("account", "statement", name)
	var shown account
	if err := d.op.ask(&shown, "account", "show", name); err != nil {
		d.t.Fatal(err)
	}
	const amountAt, balanceAt = 5, 6
	var sum money.Amount
	for _, line := range lines[2 : len(lines)-1] { // between the opening and the closing balance
		amount, err := d.currency.Parse(strings.TrimPrefix(line[amountAt], "-"))
		if err != nil {
			d.t.Fatal(err)
		}
		if strings.HasPrefix(line[amountAt], "-") {
			amount = -amount
		}
		if sum += amount; d.currency.Format(sum) != line[balanceAt] {
			d.t.Errorf("%s comes to %s at %v", name, d.currency.Format(sum), line)
		}
	}
	if closing := lines[len(lines)-1]; closing[balanceAt] != shown.Posted || d.currency.Format(sum) != shown.Posted {
		d.t.Errorf("%s: closing %v, sum %s, account show %s", name, closing, d.currency.Format(sum), shown.Posted)
	}
	return lines
}

// csv returns what a command prints with --csv.
func (d *clerkDay) csv(args ...string) [][]string {
	d.t.Helper()
	out, err := d.op.run("", append(args, "--csv")...)
	if err != nil {
		d.t.Fatal(err)
	}
	lines, err := csv.NewReader(strings.NewReader(string(out))).ReadAll()
	if err != nil || len(lines) == 0 {
		d.t.Fatalf("mpg %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return lines
}

// exports: the file for the accountant has every payment of the ledger, and every account
// of the operator adds up.
func (d *clerkDay) exports() {
	d.t.Helper()
	var ledger []payment
	if err := d.op.ask(&ledger, "ledger", "payments"); err != nil {
		d.t.Fatal(err)
	}
	var want, got []string
	for _, p := range slices.Backward(ledger) {
		want = append(want, strings.Join([]string{p.Ref, p.Product, p.State, p.Outcome, p.Reason, p.Payer, p.Payee, p.Amount}, ","))
	}
	for _, line := range d.csv("payment", "list")[1:] {
		got = append(got, strings.Join([]string{line[0], line[3], line[4], line[5], line[6], line[7], line[8], line[9]}, ","))
	}
	if !slices.Equal(got, want) {
		d.t.Errorf("exported\n%s\nand the ledger has\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	for _, name := range []string{"float", "merchant:8001", "purse:" + d.people[0].Number, "purse:" + d.people[1].Number} {
		d.statement(name)
	}
}

// closes: the figures of the day are those of what has happened, and the books are sound.
func (d *clerkDay) closes() {
	d.t.Helper()
	var stats struct {
		Orders, Refused int
		Funnel          []struct {
			Product                          string
			Ordered, Called, Confirmed, Paid int
		}
		Reasons []struct {
			Product, Channel, Reason string
			Count                    int
		}
		Shops []struct{ Code, Sum string }
	}
	if err := d.op.ask(&stats, "stats"); err != nil {
		d.t.Fatal(err)
	}
	if stats.Orders == 9 { // unless midnight has come meanwhile
		text := fmt.Sprint(stats)
		for _, want := range []string{"9 2 [", "{mpurse 2 2 1 1}", "{mdebit 1 1 1 0}", "{topup 3 0 0 3}", "{correction 1 0 0 1}", "{ main funds 1}", "{ main unknown_shop 1}",
			"{mpurse main stopped 1}", "{mdebit main declined 1}", "{topup operator paid 3}", "[{8001 128.50}]"} {
			if !strings.Contains(text, want) {
				d.t.Errorf("no %s in the figures of the day: %s", want, text)
			}
		}
	} else if first := d.jsonl("payment", "list", "--since", "today"); len(first) == 7 {
		d.t.Errorf("%d orders in the figures of the day", stats.Orders)
	}
	var verify verified
	if err := d.op.ask(&verify, "ledger", "verify"); err != nil || !verify.Sound {
		d.t.Errorf("the ledger: %+v, %v", verify, err)
	}
	var check struct{ Differences int }
	if err := d.op.ask(&check, "view", "check"); err != nil || check.Differences != 0 {
		d.t.Errorf("the view: %+v, %v", check, err)
	}
	out, err := d.op.run("", "tail", "-n", "1000")
	for _, want := range []string{"paid " + d.paymentOf(d.paid).Ref + " mpurse 128.50 CNY from " + d.people[0].Number + " to 8001", "(stopped)", "(declined)", "refused order of 1.00 CNY from", "command purse correct", "call " + d.paymentOf(d.stopped).Ref} {
		if !strings.Contains(string(out), want) {
			d.t.Errorf("no %q in what has happened: %v\n%s", want, err, out)
		}
	}
}

// asOf is what differs between two equal answers.
var asOf = regexp.MustCompile(`"as_of":"[^"]*"|as of .*`)

// all returns what the commands tell of the day.
func (d *clerkDay) all() map[string]string {
	d.t.Helper()
	told := make(map[string]string)
	for _, command := range []string{
		"payment list --json", "payment list --refused --json", "user list --json", "merchant list --json", "audit list --json", "stats --json", "find 8001 --json",
		"payment show " + d.paymentOf(d.paid).Ref + " --json", "payment show " + d.paymentOf(d.stopped).Ref, "payment show " + d.paymentOf(d.declined).Ref,
		"account statement float --json", "account statement merchant:8001",
	} {
		out, err := d.op.run("", strings.Fields(command)...)
		if err != nil {
			d.t.Fatal(err)
		}
		told[command] = asOf.ReplaceAllString(string(out), "")
	}
	return told
}

// sameAs holds what the commands tell now to what they told before.
func (d *clerkDay) sameAs(before map[string]string, after string) {
	d.t.Helper()
	now := d.all()
	for command, text := range before {
		if now[command] != text {
			d.t.Errorf("after %s, mpg %s tells\n%s\nand told\n%s", after, command, now[command], text)
		}
	}
}
