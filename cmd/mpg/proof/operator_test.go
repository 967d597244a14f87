package proof

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// commandMax bounds one command of the operator.
const commandMax = 3 * time.Minute

// operator runs commands against the daemon of one mpg.toml and keeps what they
// print, which is searched for PINs too.
type operator struct {
	binary string
	file   string
	home   string    // where the login is kept; empty: nobody logs in
	second *operator // who approves what takes two people; nil: one is enough

	mu      sync.Mutex
	printed bytes.Buffer
}

// run runs `mpg args… -c file` and returns its standard output. stdin may be
// empty.
func (o *operator) run(stdin string, args ...string) ([]byte, error) {
	ctx, cancel := context.WithTimeout(context.Background(), commandMax)
	defer cancel()
	c := exec.CommandContext(ctx, o.binary, append(args, "-c", o.file)...)
	c.Stdin = strings.NewReader(stdin)
	if o.home != "" {
		c.Env = append(os.Environ(), "XDG_STATE_HOME="+o.home)
	}
	var out, errs bytes.Buffer
	c.Stdout, c.Stderr = &out, &errs
	err := c.Run()
	o.mu.Lock()
	defer o.mu.Unlock()
	fmt.Fprintf(&o.printed, "%s\n%s", out.Bytes(), errs.Bytes())
	if err != nil {
		return nil, fmt.Errorf("mpg %s: %w: %s", strings.Join(args, " "), err, errs.Bytes())
	}
	return out.Bytes(), nil
}

// twice is run for a command that may take two people: the second one approves it.
func (o *operator) twice(args ...string) error {
	var waits struct{ Approval string }
	if err := o.ask(&waits, args...); err != nil || waits.Approval == "" {
		return err
	}
	_, err := o.second.run("", "approve", waits.Approval, "--reason", "seen", "--key", "approve-"+waits.Approval)
	return err
}

// must is run for a command that has to succeed.
func (o *operator) must(t *testing.T, stdin string, args ...string) {
	t.Helper()
	if _, err := o.run(stdin, args...); err != nil {
		t.Fatal(err)
	}
}

// ask reads what a command prints with --json into v.
func (o *operator) ask(v any, args ...string) error {
	out, err := o.run("", append(args, "--json")...)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(out, v); err != nil {
		return fmt.Errorf("mpg %s: %w: %s", strings.Join(args, " "), err, out)
	}
	return nil
}

// readList reads a list to its end, page by page. A page that is older than the question is
// an error: what the read side does not show yet would look lost.
func readList[T any](o *operator, into *[]T, args ...string) error {
	args = append(args, "--limit", "100")
	for cursor := []string(nil); ; {
		var page struct {
			Items []T
			Next  string
			AsOf  time.Time `json:"as_of"`
		}
		asked := time.Now()
		if err := o.ask(&page, append(args, cursor...)...); err != nil {
			return err
		}
		if page.AsOf.Before(asked) {
			return fmt.Errorf("mpg %s: the answer is as of %v, and was asked for at %v", strings.Join(args, " "), page.AsOf, asked)
		}
		*into = append(*into, page.Items...)
		if page.Next == "" {
			return nil
		}
		cursor = []string{"--cursor", page.Next}
	}
}

// said is all that the commands have printed so far.
func (o *operator) said() []byte {
	o.mu.Lock()
	defer o.mu.Unlock()
	return bytes.Clone(o.printed.Bytes())
}

// books are the ledger as the commands tell it. The fields are those of
// CONTRACT.md, in its JSON.
type books struct {
	Payments []payment // as the ledger has them, oldest first
	Listed   []listed  // the same from the read side, newest first
	Accounts []account // purses and merchants
	Float    account
	Banks    []account // the operator's claims on the banks
	Transits []account // of what one bank has paid and another has not got yet
	Fees     account
	Tax      account   // of the fees
	Waiting  account   // of what was sent to numbers that are not registered
	Owed     []account // what shops owe, since their accounts did not hold what was taken back
	Users    []user
	Verify   verified
}

type payment struct {
	Ref, Product, State, Outcome, Payer, Payee, Amount, Reason, Of string
	Steps                                                          []struct{ At, State string }
	Request                                                        *request                // to the bank that was asked last
	Earlier                                                        []*request              // before it
	Claim                                                          *struct{ State string } `json:",omitempty"`
	ByCard                                                         string                  `json:"by_card,omitempty"` // if the purse has paid the rest, or a refund gives the purse the rest
	ByPurse                                                        string                  `json:"by_purse,omitempty"`
}

// listed is what a list tells of a payment.
type listed struct {
	Ref, Product, State, Outcome, Payer, Payee, Amount, Reason string
}

// paid reports whether the payer has paid, perhaps to somebody who has not registered, even
// if they never came.
func (p *payment) paid() bool {
	return p.Outcome == "paid" || p.Outcome == unclaimed || p.Outcome == "returned" && p.Claim != nil
}

// unclaimed is the outcome of a payment whose payee was not registered.
const unclaimed = "unclaimed"

// listed returns what a list should tell of p, one of all. What was sent to somebody who was
// not registered is paid once they have it, and returned if they never came.
func (p *payment) listed(all []payment) listed {
	told := listed{p.Ref, p.Product, p.State, p.Outcome, p.Payer, p.Payee, p.Amount, p.Reason}
	if p.Outcome != unclaimed {
		return told
	}
	for i := range all {
		switch end := &all[i]; {
		case end.Amount != p.Amount:
		case end.Product == "claim":
			told.Outcome = "paid"
		case end.Product == "claim-back":
			told.Outcome = "returned"
		}
	}
	return told
}

type request struct {
	State, Bank, Kind, RRN, Code, Reversal, Cause string
	AuthID                                        string `json:"auth_id"`
	STAN                                          uint32
	Late                                          []struct{ Says, Code string }
	Resolved                                      *struct {
		As, Reason string
		UID        uint32
	}
}

// open reports whether the bank, or people, have yet to end it.
func (r *request) open() bool {
	return slices.Contains([]string{"advising", "reversing", "doubt", "disputed"}, r.State)
}

type account struct{ Account, Posted, Available string }

type user struct {
	Number, State, Why string
	Open               bool
}

type verified struct {
	Sound  bool
	Holds  int
	Outbox int
	Faults []string
	Trial  []struct{ Currency, Debits, Credits, Held string }
}

// read reads all of it for the people of w.
func (o *operator) read(w *world) (books, error) {
	var b books
	err := errors.Join(
		o.ask(&b.Payments, "ledger", "payments"),
		readList(o, &b.Listed, "payment", "list"),
		readList(o, &b.Users, "user", "list"),
		o.ask(&b.Verify, "ledger", "verify"))
	show := func(name string) (a account) {
		err = errors.Join(err, o.ask(&a, "account", "show", name))
		return a
	}
	b.Float = show("float")
	b.Fees = show("fees")
	_ = o.ask(&b.Tax, "account", "show", "tax") // is opened by the first payment of a taxed fee
	for _, name := range w.set.banks() {
		b.Banks = append(b.Banks, show("bank:"+name))
		var transit account // is opened by the first payment that needs it
		if o.ask(&transit, "account", "show", "transit:"+name) == nil {
			b.Transits = append(b.Transits, transit)
		}
	}
	for _, name := range w.set.banks() {
		var cards account
		if w.set.cards && o.ask(&cards, "account", "show", "card:"+name) == nil {
			b.Banks = append(b.Banks, cards)
		}
	}
	for _, p := range w.people {
		b.Accounts = append(b.Accounts, show("purse:"+p.Number))
	}
	for _, number := range w.journal.late() {
		b.Accounts = append(b.Accounts, show("purse:"+number))
	}
	for _, s := range w.shops {
		b.Accounts = append(b.Accounts, show("merchant:"+s.Code))
		var owed account // is opened by the first chargeback that the shop cannot pay
		if w.set.whole && o.ask(&owed, "account", "show", "receivable:"+s.Code) == nil {
			b.Owed = append(b.Owed, owed)
		}
	}
	if w.set.whole {
		_ = o.ask(&b.Waiting, "account", "show", "unclaimed") // is opened by the first claim
	}
	return b, err
}
