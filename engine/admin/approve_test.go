package admin_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"mpg/engine/acquirer"
	"mpg/engine/admin"
	"mpg/engine/approval"
	"mpg/engine/auth"
	"mpg/engine/codec"
	"mpg/engine/lang"
	"mpg/engine/notice"
	"mpg/engine/payment"
	"mpg/engine/pin"
	"mpg/engine/ref"
	"mpg/engine/staff"
	"mpg/engine/tx"
	"mpg/engine/user"
	"mpg/store"
)

// person returns a command given by a member of staff who is an admin.
func person(name, key string) admin.Command {
	return admin.Command{Key: key, UID: 1000, Person: auth.Person{Name: name, Role: auth.Admin}}
}

// employ makes people members of staff who can log in, all of them admins. With two
// or more there is also wu, an operator.
func (o *office) employ(t *testing.T, names ...string) {
	t.Helper()
	err := o.run.Do(t.Context(), func(t *tx.Tx) error {
		roster := staff.Roster{Members: names, Founders: names[:min(2, len(names))], Founded: 2}
		if len(names) > 1 {
			roster.Members = append(names[:len(names):len(names)], "wu")
		}
		tx.Save(t, staff.RosterTable, "staff", &roster)
		for _, name := range roster.Members {
			m := &staff.Member{Name: name, Role: auth.Admin, State: staff.Active, Password: staff.Password{Hash: []byte{1}}}
			if name == "wu" {
				m.Role = auth.Operator
			}
			tx.Save(t, staff.Table, name, m)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// sample is a command that may need two people, as the tests give it.
type sample struct {
	give func(o *office, by admin.Command) (json.RawMessage, error)
	// underneath changes something that the command is about.
	underneath func(t *testing.T, o *office)
	// done returns how often the command was done.
	done func(t *testing.T, o *office) int
}

// account is the number of a bank account, which must not be in the clear anywhere.
const account = "6222020200112233445"

// samples returns a command of each name. A new command needs one here.
func samples() map[string]sample {
	ctx := context.Background()
	list := map[string]sample{
		"purse topup": {
			give: func(o *office, by admin.Command) (json.RawMessage, error) { return o.TopUp(ctx, by, mobile(1), 60_000) },
			underneath: func(t *testing.T, o *office) {
				o.edit(t, func(t *tx.Tx, u *user.User) { u.State = user.Blocked })
			},
			done: func(t *testing.T, o *office) int { return o.entries(t, payment.TopUp, 60_000) },
		},
		"purse correct": {
			give: func(o *office, by admin.Command) (json.RawMessage, error) {
				return o.Correct(ctx, by, admin.Correction{Ref: o.toppedUp, Reason: "keyed twice"})
			},
			underneath: func(t *testing.T, o *office) {
				first, err := o.Payment(ctx, o.toppedUp)
				if err != nil {
					t.Fatal(err)
				}
				o.change(t, func(t *tx.Tx) error {
					no, err := o.books.Refs.Number(first.Ref)
					tx.Save(t, payment.RefundsTable, payment.Key(no), &payment.Refunds{Of: no, Sum: 1})
					return err
				})
			},
			done: func(t *testing.T, o *office) int { return o.entries(t, payment.Correction, 20_000) },
		},
		"payment resolve": {
			give: func(o *office, by admin.Command) (json.RawMessage, error) {
				return o.Resolve(ctx, by, o.books.Refs.Ref(doubtful), acquirer.ResolvedPaid, "bank statement")
			},
			underneath: func(t *testing.T, o *office) { // the bank says something
				o.change(t, func(t *tx.Tx) error {
					request, err := tx.Read[payment.Request](t, payment.BankTable, payment.Key(doubtful))
					if err != nil {
						return err
					}
					request.Late = append(request.Late, payment.Said{What: payment.SaysDeclined, Code: "05"})
					tx.Save(t, payment.BankTable, payment.Key(doubtful), request)
					return nil
				})
			},
			done: func(t *testing.T, o *office) int {
				request, err := tx.Read[payment.Request](o.run.View(ctx), payment.BankTable, payment.Key(doubtful))
				if err != nil {
					t.Fatal(err)
				}
				if request.Resolved == nil {
					return 0
				}
				return 1
			},
		},
		"payment refund": refundSample(), "payment chargeback": chargebackSample(), "purse unclaimed pay": unclaimedSample(), "merchant fund": fundSample(),
		"user pin-reset": {
			give: func(o *office, by admin.Command) (json.RawMessage, error) {
				return o.ResetPIN(ctx, by, mobile(1), "forgotten")
			},
			underneath: func(t *testing.T, o *office) { // a subscriber who remembers the PIN and changes it needs no reset
				o.edit(t, func(_ *tx.Tx, u *user.User) { u.PIN.Hash = []byte("another") })
			},
			done: func(t *testing.T, o *office) int { return o.told(t, lang.PINResetLater, lang.PINReset) },
		},
		"merchant close": {
			give: func(o *office, by admin.Command) (json.RawMessage, error) {
				return o.CloseMerchant(ctx, by, admin.Closing{Code: "8001", Reason: "gave up", PayOut: true})
			},
			underneath: func(t *testing.T, o *office) {
				name := "ANOTHER"
				if _, err := o.ChangeMerchant(ctx, admin.Command{Key: "rename"}, "8001", admin.MerchantChange{Name: &name}); err != nil {
					t.Fatal(err)
				}
			},
			done: func(t *testing.T, o *office) int {
				shop, err := o.Merchant(ctx, "8001")
				if err != nil {
					t.Fatal(err)
				}
				if shop.Closed == "" {
					return 0
				}
				return 1
			},
		},
		"merchant set bank": {
			give: func(o *office, by admin.Command) (json.RawMessage, error) {
				return o.ChangeShopBank(ctx, by, admin.ShopBank{Code: "8001", Bank: "icbc", Account: account})
			},
			underneath: func(t *testing.T, o *office) {
				name := "ANOTHER"
				if _, err := o.ChangeMerchant(ctx, admin.Command{Key: "rename"}, "8001", admin.MerchantChange{Name: &name}); err != nil {
					t.Fatal(err)
				}
			},
			done: func(t *testing.T, o *office) int { return o.told(t, lang.ShopBank) / 2 },
		},
	}
	for name, change := range map[string]staff.Change{
		"staff add":     {Kind: staff.Add, Name: "zhou", Role: auth.Support},
		"staff unblock": {Kind: staff.Unblock, Name: "qian", Reason: "back"}, "staff role": {Kind: staff.SetRole, Name: "wu", Role: auth.Finance, Reason: "moves"},
		"staff reset": {Kind: staff.Reset, Name: "wu", Reason: "lost it"},
	} {
		list[name] = sample{
			give: func(o *office, by admin.Command) (json.RawMessage, error) { return o.Staff.Change(ctx, by, change) },
			underneath: func(t *testing.T, o *office) {
				o.change(t, func(t *tx.Tx) error {
					m, err := tx.Read[staff.Member](t, staff.Table, change.Name)
					if m == nil {
						m = &staff.Member{Name: change.Name, State: staff.Active}
					}
					m.Role = auth.Viewer
					tx.Save(t, staff.Table, change.Name, m)
					return err
				})
			},
			done: func(t *testing.T, o *office) int {
				m, err := tx.Read[staff.Member](o.run.View(ctx), staff.Table, change.Name)
				if err != nil {
					t.Fatal(err)
				}
				if m == nil || m.Changed.IsZero() {
					return 0
				}
				return 1
			},
		}
	}
	list["merchant receivable paid"], list["merchant receivable write-off"] = debtSample(admin.Debts.Paid, payment.DebtPaid), debtSample(admin.Debts.WriteOff, payment.DebtOff)
	return list
}

// furnish puts into the books what the samples are about.
func (o *office) furnish(t *testing.T) {
	t.Helper()
	must(o.AddUser(t.Context(), admin.Command{Key: "user"}, admin.NewUser{Phone: mobile(1), Name: lang.Name{EN: "Wang Fang"}}))
	must(o.AddMerchant(t.Context(), admin.Command{Key: "shop"}, admin.NewMerchant{Code: "8001", Name: lang.Name{EN: "FLORIST"}, Phone: mobile(8), Agent: true}))
	o.furnishRefund(t)
	o.toppedUp = read[admin.PaymentView](t)(o.TopUp(t.Context(), admin.Command{Key: "first"}, mobile(1), 20_000)).Ref
	o.edit(t, func(t *tx.Tx, u *user.User) {
		u.PIN = pin.Record{Hash: []byte("chosen"), Salt: []byte("salt"), Key: "k"}
		tx.Save(t, payment.Table, payment.Key(doubtful), &payment.Payment{No: doubtful, Ref: o.books.Refs.Ref(doubtful), State: payment.Doubt, Requests: []uint64{doubtful}, Steps: []payment.Step{{At: t.Now, State: payment.Doubt}}})
		tx.Save(t, payment.BankTable, payment.Key(doubtful), &payment.Request{No: doubtful, Bank: "icbc", State: payment.RequestDoubt})
		tx.Save(t, staff.Table, "qian", &staff.Member{Name: "qian", Role: auth.Support, State: staff.Blocked})
	})
}

// change makes a step that must be committed.
func (o *office) change(t *testing.T, step func(t *tx.Tx) error) {
	t.Helper()
	if err := o.run.Do(t.Context(), step); err != nil {
		t.Fatal(err)
	}
}

// edit changes the first subscriber.
func (o *office) edit(t *testing.T, change func(t *tx.Tx, u *user.User)) {
	t.Helper()
	o.change(t, func(t *tx.Tx) error {
		u, err := t.UserOf(mobile(1))
		if err != nil {
			return err
		}
		change(t, u)
		t.SaveUser(u)
		return nil
	})
}

// entries counts the payments of a product with that amount.
func (o *office) entries(t *testing.T, product payment.Product, amount int64) (count int) {
	t.Helper()
	for p, err := range o.Payments(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		if p.Product == string(product) && p.Amount == fmt.Sprintf("%d.%02d", amount/100, amount%100) {
			count++
		}
	}
	return count
}

// told counts the notices with one of the texts.
func (o *office) told(t *testing.T, texts ...lang.Key) (count int) {
	t.Helper()
	for row, err := range o.run.Books().Outbox(t.Context(), 0, 0) {
		if err != nil {
			t.Fatal(err)
		}
		n, err := notice.Read(row)
		if err != nil {
			t.Fatal(err)
		}
		for _, text := range texts {
			if n.Text == text {
				count++
			}
		}
	}
	return count
}

// sound fails the test if the audit finds anything wrong with approvals.
func (o *office) sound(t *testing.T) {
	t.Helper()
	found, err := o.Verify(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, fault := range found.Audit.Faults {
		if strings.Contains(fault, "approval") || strings.Contains(fault, "bank account of shop") || strings.Contains(fault, "a command") {
			t.Error(fault)
		}
	}
}

// approvalCase is one way that an approval can go.
type approvalCase struct {
	name string
	// does makes it go that way, given the ID, and returns the error of the last step.
	does  func(t *testing.T, o *office, s sample, id string) error
	want  error
	state approval.State
	done  int
}

func approvalCases() []approvalCase {
	ctx := context.Background()
	approve := func(o *office, by admin.Command, id string) error {
		_, err := o.Approvals.Approve(ctx, by, id, "")
		return err
	}
	return []approvalCase{
		{"approved", func(_ *testing.T, o *office, _ sample, id string) error {
			return approve(o, person("hu", "a"), strings.ToLower(id))
		}, nil, approval.Done, 1},
		{"self-made", func(_ *testing.T, o *office, _ sample, id string) error { return approve(o, person("lin", "a"), id) }, approval.ErrOwn, approval.Waiting, 0},
		{"self-made, by another process", func(_ *testing.T, o *office, _ sample, id string) error {
			by := person("lin", "a")
			by.UID = 2000
			return approve(o, by, id)
		}, approval.ErrOwn, approval.Waiting, 0},
		{"by nobody", func(_ *testing.T, o *office, _ sample, id string) error {
			return approve(o, admin.Command{Key: "a"}, id)
		}, approval.ErrNobody, approval.Waiting, 0},
		{"by a role without the right", func(_ *testing.T, o *office, _ sample, id string) error {
			by := person("chen", "a")
			by.Person.Role = auth.Support
			return approve(o, by, id)
		}, admin.ErrNoRight, approval.Waiting, 0},
		{"expired", func(_ *testing.T, o *office, _ sample, id string) error {
			o.now = o.now.Add(24 * time.Hour)
			return approve(o, person("hu", "a"), id)
		}, approval.ErrExpired, approval.Waiting, 0},
		{"expired, and swept", func(t *testing.T, o *office, _ sample, id string) error {
			o.now = o.now.Add(24 * time.Hour)
			if err := o.due.Sweep(ctx); err != nil {
				t.Fatal(err)
			}
			return approve(o, person("hu", "a"), id)
		}, approval.ErrExpired, approval.Expired, 0},
		{"asked for by one who was blocked since", func(t *testing.T, o *office, _ sample, id string) error {
			o.change(t, func(t *tx.Tx) error {
				lin, err := tx.Read[staff.Member](t, staff.Table, "lin")
				lin.State = staff.Blocked
				tx.Save(t, staff.Table, "lin", lin)
				return err
			})
			return approve(o, person("hu", "a"), id)
		}, admin.ErrMaker, approval.Waiting, 0},
		{"asked for by one with another role since", func(t *testing.T, o *office, _ sample, id string) error {
			o.change(t, func(t *tx.Tx) error {
				lin, err := tx.Read[staff.Member](t, staff.Table, "lin")
				lin.Role = auth.Viewer
				tx.Save(t, staff.Table, "lin", lin)
				return err
			})
			return approve(o, person("hu", "a"), id)
		}, admin.ErrMaker, approval.Waiting, 0},
		{"stale", func(t *testing.T, o *office, s sample, id string) error {
			s.underneath(t, o)
			return approve(o, person("hu", "a"), id)
		}, approval.ErrStale, approval.Failed, 0},
		{"stale, and again", func(t *testing.T, o *office, s sample, id string) error {
			s.underneath(t, o)
			if err := approve(o, person("hu", "a"), id); !errors.Is(err, approval.ErrStale) {
				t.Error(err)
			}
			return approve(o, person("hu", "b"), id)
		}, approval.ErrEnded, approval.Failed, 0},
		{"used", func(t *testing.T, o *office, _ sample, id string) error {
			if err := approve(o, person("hu", "a"), id); err != nil {
				t.Error(err)
			}
			return approve(o, person("song", "a2"), id)
		}, approval.ErrEnded, approval.Done, 1},
		{"approved under one key twice", func(t *testing.T, o *office, _ sample, id string) error {
			if err := approve(o, person("hu", "a"), id); err != nil {
				t.Error(err)
			}
			again, err := decoded[admin.ApprovalView](o.Approvals.Approve(ctx, person("hu", "a"), id, ""))
			if !again.Repeat || again.State != string(approval.Done) {
				t.Errorf("the repeat is %+v", again)
			}
			return err
		}, nil, approval.Done, 1},
		{"refused", func(t *testing.T, o *office, _ sample, id string) error {
			if _, err := o.Approvals.Refuse(ctx, person("lin", "r"), id, "no"); !errors.Is(err, approval.ErrOwn) {
				t.Errorf("refused by its maker: %v", err)
			}
			if _, err := o.Approvals.Refuse(ctx, person("hu", "r"), id, " "); !errors.Is(err, admin.ErrReason) {
				t.Errorf("refused without a reason: %v", err)
			}
			must(o.Approvals.Refuse(ctx, person("hu", "r"), id, "not today"))
			return approve(o, person("hu", "a"), id)
		}, approval.ErrEnded, approval.Refused, 0},
		{"withdrawn", func(t *testing.T, o *office, _ sample, id string) error {
			if _, err := o.Approvals.Withdraw(ctx, person("hu", "w"), id); !errors.Is(err, approval.ErrOthers) {
				t.Errorf("withdrawn by another: %v", err)
			}
			must(o.Approvals.Withdraw(ctx, person("lin", "w"), id))
			return approve(o, person("hu", "a"), id)
		}, approval.ErrEnded, approval.Withdrawn, 0},
		{"mistyped", func(_ *testing.T, o *office, _ sample, id string) error {
			other := "2" // one wrong character always shows
			if id[:1] == other {
				other = "3"
			}
			return approve(o, person("hu", "a"), other+id[1:])
		}, admin.ErrArgument, approval.Waiting, 0},
		{"unknown", func(_ *testing.T, o *office, _ sample, id string) error {
			other := ref.NewCode(strings.NewReader("abcdefgh"))
			return approve(o, person("hu", "a"), other)
		}, admin.ErrNoRecord, approval.Waiting, 0},
	}
}

// TestApprovalsOfEachCommand: each registered command waits for another person, and is done
// by an approval that is in time, not used, and about what its maker saw. Whatever becomes
// of it, its maker finds it under the key of the command.
func TestApprovalsOfEachCommand(t *testing.T) {
	t.Parallel()
	names := newOffice(t).Approvals.Names()
	if len(names) < 10 {
		t.Fatalf("the commands are %v", names)
	}
	all := samples()
	for _, name := range names {
		s, known := all[name]
		if !known {
			t.Errorf("%s: no sample; add one", name)
			continue
		}
		for _, tt := range approvalCases() {
			t.Run(name+", "+tt.name, func(t *testing.T) {
				t.Parallel()
				goesThrough(t, s, tt)
			})
		}
	}
}

// goesThrough gives a command, and ends its approval as a case says.
func goesThrough(t *testing.T, s sample, tt approvalCase) {
	o := newOffice(t)
	o.furnish(t)
	o.employ(t, "lin", "hu", "song")
	asked := read[admin.Waiting](t)(s.give(o, person("lin", "m")))
	if asked.State != string(approval.Waiting) || asked.Approval == "" || s.done(t, o) != 0 {
		t.Fatalf("given: %+v, done %d times", asked, s.done(t, o))
	}
	if again := read[admin.Waiting](t)(s.give(o, person("lin", "m"))); !again.Repeat || again.Approval != asked.Approval {
		t.Errorf("given again under its key: %+v", again)
	}
	if err := tt.does(t, o, s, asked.Approval); !errors.Is(err, tt.want) {
		t.Errorf("got %v, want %v", err, tt.want)
	}
	if done := s.done(t, o); done != tt.done {
		t.Errorf("done %d times, want %d", done, tt.done)
	}
	shown, err := o.Approvals.Show(t.Context(), asked.Approval)
	if err != nil || shown.State != string(tt.state) {
		t.Errorf("shown: %+v, %v; want state %s", shown, err, tt.state)
	}
	waiting, err := o.Approvals.List(t.Context(), admin.ApprovalPage{Limit: 10})
	if err != nil || (len(waiting.Items) == 1) != (tt.state == approval.Waiting) {
		t.Errorf("%d wait, %v", len(waiting.Items), err)
	}
	if n, since := o.Approvals.Counts.Waiting(); n != len(waiting.Items) || since.IsZero() != (n == 0) {
		t.Errorf("%d are counted as waiting, since %v", n, since)
	}
	var first map[string]any
	result, err := s.give(o, person("lin", "m"))
	if err := errors.Join(err, json.Unmarshal(result, &first)); err != nil {
		t.Fatal(err)
	}
	if tt.state == approval.Done {
		if first["approval"] != nil || first["repeat"] != true {
			t.Errorf("its maker finds %s", result)
		}
	} else if first["approval"] != asked.Approval || first["state"] != string(tt.state) {
		t.Errorf("its maker finds %s", result)
	}
	o.sound(t)
	o.secret(t)
	log := o.log.String()
	if want := "msg=approval approval=" + asked.Approval + " state=" + string(tt.state) + " command="; !strings.Contains(log, want) || strings.Contains(log, mobile(1)) {
		t.Errorf("no %q in the log, or a whole number: %s", want, log)
	}
	if tt.state == approval.Done && !strings.Contains(log, " maker=lin checker=hu") {
		t.Errorf("maker and checker are not in the log: %s", log)
	}
}

// secret fails the test if the number of a bank account is anywhere in the books or the log.
func (o *office) secret(t *testing.T) {
	t.Helper()
	journal := o.run.Books().(store.Journal)
	for entry, err := range journal.Records(t.Context(), 1) {
		if err != nil {
			t.Fatal(err)
		}
		for _, w := range entry.Writes {
			if strings.Contains(string(w.Data), account) {
				t.Errorf("table %d holds the number of the account", w.Table)
			}
		}
	}
	if strings.Contains(o.log.String(), account) {
		t.Error("the log holds the number of the account")
	}
}

// TestSmallTopUpsNeedOnePerson up to the amount of the configuration, for one purse in a day.
func TestSmallTopUpsNeedOnePerson(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.furnish(t)
	o.employ(t, "lin", "hu")
	for i, tt := range []struct {
		above, amount int64
		waits         bool
	}{{50_000, 10_000, false}, {50_000, 20_001, true}, {50_000, 20_000, false}, {50_000, 1, true}, {50_000, 50_001, true}, {0, 100_000, false}, {150_001, 1, false}, {150_001, 1, true}} {
		o.rules.TopUpAbove = amountOf(tt.above)
		result := read[map[string]any](t)(o.TopUp(t.Context(), person("lin", fmt.Sprint(i)), mobile(1), amountOf(tt.amount)))
		if waits := result["approval"] != nil; waits != tt.waits {
			t.Errorf("%d above %d: waits %v", tt.amount, tt.above, waits)
		}
	}
	if _, err := o.TopUp(t.Context(), person("lin", "far"), mobile(1), 100_001); !errors.Is(err, admin.ErrTopUpLimit) {
		t.Errorf("above the limit: %v", err)
	}
	support := person("li", "s")
	support.Person.Role = auth.Support
	if _, err := o.TopUp(t.Context(), support, mobile(1), 60_000); !errors.Is(err, admin.ErrNoRight) {
		t.Errorf("by support: %v", err)
	}
	if _, err := o.TopUp(t.Context(), admin.Command{Key: "root"}, mobile(1), 60_000); !errors.Is(err, approval.ErrNobody) {
		t.Errorf("by root: %v", err)
	}
}

// TestEachRequestToOneBankIsShown: who approves the resolution of a payment whose bank was
// asked twice sees what it said of both, and approves nothing if it then says otherwise of
// the first.
func TestEachRequestToOneBankIsShown(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.furnish(t)
	o.employ(t, "lin", "hu")
	first := &payment.Request{No: doubtful + 1, Kind: payment.PreAuth, Bank: "icbc", State: payment.RequestAnswered, Answer: payment.Answer{Code: "00"}}
	o.change(t, func(t *tx.Tx) error {
		p, err := t.Payment(doubtful)
		if err != nil {
			return err
		}
		p.Requests = []uint64{first.No, doubtful}
		t.SavePayment(p)
		tx.Save(t, payment.BankTable, payment.Key(first.No), first)
		return nil
	})
	waiting := read[admin.Waiting](t)(o.Resolve(t.Context(), person("lin", "m"), o.books.Refs.Ref(doubtful), acquirer.ResolvedPaid, "bank statement"))
	shown, err := o.Approvals.Show(t.Context(), waiting.Approval)
	if err != nil || !strings.Contains(string(shown.Before), `"preauth answered, answered 00; doubt"`) {
		t.Errorf("%s, %v", shown.Before, err)
	}
	o.change(t, func(t *tx.Tx) error {
		request, err := tx.Read[payment.Request](t, payment.BankTable, payment.Key(first.No))
		if err == nil {
			request.Late = []payment.Said{{What: payment.SaysReversed}}
			tx.Save(t, payment.BankTable, payment.Key(first.No), request)
		}
		return err
	})
	if _, err := o.Approvals.Approve(t.Context(), person("hu", "a"), waiting.Approval, ""); !errors.Is(err, approval.ErrStale) {
		t.Errorf("approved: %v", err)
	}
}

// TestTheAccountOfANewMemberIsShown: who approves a new member of staff sees from which
// account of the machine they may log in.
func TestTheAccountOfANewMemberIsShown(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.employ(t, "lin", "hu")
	change := staff.Change{Kind: staff.Add, Name: "zhou", Role: auth.Finance, UID: 1042}
	waiting := read[admin.Waiting](t)(o.Staff.Change(t.Context(), person("lin", "m"), change))
	shown, err := o.Approvals.Show(t.Context(), waiting.Approval)
	if err != nil || !strings.Contains(string(shown.After), `"uid":"1042"`) {
		t.Errorf("%s, %v", shown.After, err)
	}
}

// TestNobodyApprovesTheirOwnRole, whoever has asked for it.
func TestNobodyApprovesTheirOwnRole(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.furnish(t)
	o.employ(t, "lin", "hu", "song")
	asked := read[admin.Waiting](t)(o.Staff.Change(t.Context(), person("lin", "m"), staff.Change{Kind: staff.SetRole, Name: "hu", Role: auth.Finance, Reason: "moves"}))
	if _, err := o.Approvals.Approve(t.Context(), person("hu", "a"), asked.Approval, ""); !errors.Is(err, admin.ErrAboutYou) {
		t.Errorf("by hu: %v", err)
	}
	must(o.Approvals.Approve(t.Context(), person("song", "a2"), asked.Approval, ""))
	o.sound(t)
}

// TestAFailedCommandUsesItsApprovalUp, and the reason is kept.
func TestAFailedCommandUsesItsApprovalUp(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.furnish(t)
	o.employ(t, "lin", "hu")
	give := samples()["payment resolve"].give
	asked := read[admin.Waiting](t)(give(o, person("lin", "m")))
	o.banks.refuses = acquirer.ErrStands
	if _, err := o.Approvals.Approve(t.Context(), person("hu", "a"), asked.Approval, "seen"); !errors.Is(err, acquirer.ErrStands) {
		t.Fatalf("approved: %v", err)
	}
	o.banks.refuses = nil
	if _, err := o.Approvals.Approve(t.Context(), person("hu", "b"), asked.Approval, ""); !errors.Is(err, approval.ErrEnded) {
		t.Errorf("approved again: %v", err)
	}
	shown, err := o.Approvals.Show(t.Context(), asked.Approval)
	if err != nil || shown.Why != acquirer.ErrStands.Error() || shown.Checker != "hu" || shown.Word != "seen" {
		t.Errorf("shown %+v, %v", shown, err)
	}
	o.sound(t)
}

// TestApprovedAtTheSameTime: however many people answer at once, some yes and some no, the
// command is done once or not at all, and one of them is told so.
func TestApprovedAtTheSameTime(t *testing.T) {
	t.Parallel()
	for name, s := range samples() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := newOffice(t)
			o.furnish(t)
			o.employ(t, "lin", "hu", "song", "tang")
			asked := read[admin.Waiting](t)(s.give(o, person("lin", "m")))
			var all sync.WaitGroup
			var mu sync.Mutex
			var done, refused int
			for i := range 16 {
				by := person([]string{"hu", "song", "tang"}[i%3], fmt.Sprint("a", i))
				all.Go(func() {
					var err error
					if i%4 == 3 {
						_, err = o.Approvals.Refuse(t.Context(), by, asked.Approval, "no")
					} else {
						_, err = o.Approvals.Approve(t.Context(), by, asked.Approval, "")
					}
					mu.Lock()
					defer mu.Unlock()
					switch {
					case err == nil && i%4 == 3:
						refused++
					case err == nil:
						done++
					case !errors.Is(err, approval.ErrEnded):
						t.Error(err)
					}
				})
			}
			all.Wait()
			if done+refused != 1 || s.done(t, o) != done {
				t.Errorf("%d approved and %d refused; done %d times", done, refused, s.done(t, o))
			}
			o.sound(t)
		})
	}
}

// TestTwoApprovalsOfOneThing: the second is about something that has changed.
func TestTwoApprovalsOfOneThing(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.furnish(t)
	o.employ(t, "lin", "hu", "song")
	s := samples()["purse correct"]
	one, two := read[admin.Waiting](t)(s.give(o, person("lin", "m1"))), read[admin.Waiting](t)(s.give(o, person("song", "m2")))
	var all sync.WaitGroup
	errs := make([]error, 2)
	for i, id := range []string{one.Approval, two.Approval} {
		all.Go(func() { _, errs[i] = o.Approvals.Approve(t.Context(), person("hu", fmt.Sprint("a", i)), id, "") })
	}
	all.Wait()
	if (errs[0] == nil) == (errs[1] == nil) || s.done(t, o) != 1 {
		t.Errorf("%v and %v; done %d times", errs[0], errs[1], s.done(t, o))
	}
	o.sound(t)
}

// TestApprovalsAreSealed: what a command was given is not readable in its document.
func TestApprovalsAreSealed(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.furnish(t)
	o.employ(t, "lin", "hu")
	asked := read[admin.Waiting](t)(samples()["merchant set bank"].give(o, person("lin", "m")))
	doc, ok, err := o.run.Books().Doc(t.Context(), approval.Table, asked.Approval)
	var kept approval.Approval
	if err := errors.Join(err, codec.Decode(doc.Data, &kept)); err != nil || !ok {
		t.Fatal(ok, err)
	}
	if len(kept.Args) == 0 || strings.Contains(string(doc.Data), account[:12]) || !strings.Contains(string(kept.After), "****3445") {
		t.Errorf("the document holds %q", doc.Data)
	}
}
