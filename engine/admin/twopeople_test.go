package admin_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"mpg/engine/admin"
	"mpg/engine/approval"
	"mpg/engine/auth"
	"mpg/engine/lang"
	"mpg/engine/staff"
	"mpg/store"
)

// block is the change that blocks a member.
func block(name string) staff.Change {
	return staff.Change{Kind: staff.Block, Name: name, Reason: "tokens stolen"}
}

// approvals returns all approvals.
func (o *office) approvals(t *testing.T) ([]admin.ApprovalView, error) {
	t.Helper()
	list, err := o.Approvals.List(t.Context(), admin.ApprovalPage{All: true, Limit: 100})
	return list.Items, err
}

// TestOnePersonIsEnough only before root has added the first member of staff, and never for a
// chargeback. From then on nobody can do alone what takes two, whoever is left.
func TestOnePersonIsEnough(t *testing.T) {
	t.Parallel()
	for name, s := range samples() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := newOffice(t)
			o.furnish(t)
			switch {
			case strings.HasPrefix(name, "staff "): // which nobody but root can change then
			case name == "payment chargeback":
				if _, err := s.give(o, admin.Command{Key: "alone"}); !errors.Is(err, admin.ErrTwoNeeded) || s.done(t, o) != 0 {
					t.Errorf("without staff: %v, done %d times", err, s.done(t, o))
				}
			default:
				result := read[map[string]any](t)(s.give(o, admin.Command{Key: "alone"}))
				if result["approval"] != nil || s.done(t, o) != 1 {
					t.Errorf("without staff: %v, done %d times", result, s.done(t, o))
				}
			}
			o = newOffice(t)
			o.furnish(t)
			o.employ(t, "lin")
			if _, err := s.give(o, person("lin", "m")); !errors.Is(err, admin.ErrNoSecond) && !errors.Is(err, staff.ErrNobody) || s.done(t, o) != 0 {
				t.Errorf("by the only one: %v, done %d times", err, s.done(t, o))
			}
		})
	}
}

// TestABlockTakesOnePerson at once; everything that gives rights back takes two.
func TestABlockTakesOnePerson(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.employ(t, "lin", "hu", "song")
	view := read[staff.View](t)(o.Staff.Change(t.Context(), person("lin", "b"), block("hu")))
	if view.State != string(staff.Blocked) || view.ChangedBy != "lin" {
		t.Errorf("blocked: %+v", view)
	}
	again := read[map[string]any](t)(o.Staff.Change(t.Context(), person("lin", "b"), block("hu")))
	if again["repeat"] != true || again["state"] != "blocked" {
		t.Errorf("under the same key: %v", again)
	}
	if _, err := o.Staff.Change(t.Context(), person("hu", "back"), block("lin")); !errors.Is(err, admin.ErrMaker) {
		t.Errorf("a command of a blocked person: %v", err)
	}
	unblock := staff.Change{Kind: staff.Unblock, Name: "hu", Reason: "was a mistake"}
	waiting := read[admin.Waiting](t)(o.Staff.Change(t.Context(), person("lin", "u"), unblock))
	if waiting.State != string(approval.Waiting) {
		t.Errorf("unblocked: %+v", waiting)
	}
	if two, err := o.Approvals.TwoPeople(t.Context()); err != nil || !two.Possible || len(two.Blocked) != 1 || two.Blocked[0].Name != "hu" || two.Blocked[0].By != "lin" {
		t.Errorf("everybody is told %+v, %v", two, err)
	}
	must(o.Approvals.Approve(t.Context(), person("song", "a"), waiting.Approval, ""))
	if !strings.Contains(o.log.String(), `msg="one person changed staff alone" change=block person=hu by=lin`) {
		t.Errorf("it is not in the log: %s", o.log.String())
	}
}

// TestWhoBlocksAllOthersIsAlone, and can do nothing that takes two, until root has let
// another one in again.
func TestWhoBlocksAllOthersIsAlone(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.furnish(t)
	o.employ(t, "lin", "hu", "song")
	asked := read[admin.Waiting](t)(samples()["purse topup"].give(o, person("hu", "asked")))
	for i, name := range []string{"hu", "song", "wu"} {
		must(o.Staff.Change(t.Context(), person("lin", fmt.Sprint("b", i)), block(name)))
	}
	if _, err := o.Staff.Change(t.Context(), person("lin", "self"), block("lin")); !errors.Is(err, staff.ErrLastAdmin) {
		t.Errorf("the last one blocked herself: %v", err)
	}
	for name, s := range samples() {
		if name == "staff unblock" {
			s.give = func(o *office, by admin.Command) (json.RawMessage, error) {
				return o.Staff.Change(t.Context(), by, staff.Change{Kind: staff.Unblock, Name: "hu", Reason: "mine"})
			}
		}
		if _, err := s.give(o, person("lin", "do "+name)); !errors.Is(err, admin.ErrNoSecond) {
			t.Errorf("%s alone: %v", name, err)
		}
	}
	if _, err := o.Approvals.Approve(t.Context(), person("lin", "a"), asked.Approval, ""); !errors.Is(err, admin.ErrMaker) {
		t.Errorf("what hu had asked for: %v", err)
	}
	two, err := o.Approvals.TwoPeople(t.Context())
	if err != nil || !two.InForce || two.Possible || !slices.Equal(two.Lacking, o.Approvals.Names()) || len(two.Blocked) != 3 {
		t.Errorf("%+v, %v", two, err)
	}
	rescue := staff.Change{Kind: staff.Recover, Name: "hu", Reason: "lin has blocked everybody"}
	if _, err := o.Staff.Change(t.Context(), person("lin", "own"), rescue); err == nil {
		t.Error("lin has recovered hu")
	}
	given := read[map[string]any](t)(o.Staff.Change(t.Context(), admin.Command{Key: "r"}, rescue))
	code, _ := given["code"].(string)
	if code == "" || given["recovered"] == nil {
		t.Fatalf("recovered: %v", given)
	}
	if again := read[map[string]any](t)(o.Staff.Change(t.Context(), admin.Command{Key: "r"}, rescue)); again["code"] != code || again["repeat"] != true {
		t.Errorf("under the same key: %v", again)
	}
	if _, err := o.Staff.Login(t.Context(), staff.Attempt{Name: "hu", UID: 1000, Password: []byte(code), New: []byte("another password")}); err != nil {
		t.Fatal(err)
	}
	must(o.Staff.Change(t.Context(), person("hu", "b"), block("lin")))
	two, err = o.Approvals.TwoPeople(t.Context())
	if err != nil || len(two.Recovered) != 1 || two.Recovered[0].By != "root" || two.Recovered[0].Name != "hu" {
		t.Errorf("everybody is told %+v, %v", two, err)
	}
	o.sound(t)
}

// TestTheFirstAdminWaitsForTheSecond: from the first member on, what takes two takes two.
func TestTheFirstAdminWaitsForTheSecond(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.furnish(t)
	codes := make(map[string]string)
	for _, name := range []string{"lin", "hu"} {
		added := read[map[string]any](t)(o.Staff.Change(t.Context(), admin.Command{Key: name}, staff.Change{Kind: staff.Add, Name: name, Role: auth.Admin}))
		codes[name] = added["code"].(string)
	}
	login := func(name string) {
		t.Helper()
		if _, err := o.Staff.Login(t.Context(), staff.Attempt{Name: name, UID: 1000, Password: []byte(codes[name]), New: []byte("the password of " + name)}); err != nil {
			t.Fatal(err)
		}
	}
	login("lin")
	correct := samples()["purse correct"]
	if _, err := correct.give(o, person("lin", "c")); !errors.Is(err, admin.ErrNoSecond) {
		t.Errorf("before hu has logged in: %v", err)
	}
	if two, err := o.Approvals.TwoPeople(t.Context()); err != nil || !two.InForce || two.Possible {
		t.Errorf("%+v, %v", two, err)
	}
	login("hu")
	if asked := read[admin.Waiting](t)(correct.give(o, person("lin", "c"))); asked.State != string(approval.Waiting) {
		t.Errorf("after that: %+v", asked)
	}
	if two, err := o.Approvals.TwoPeople(t.Context()); err != nil || !two.Possible {
		t.Errorf("%+v, %v", two, err)
	}
}

// TestTheSameCommandJoins the one that waits, whoever gives it and for whatever reason, and
// finds the same end under its own key.
func TestTheSameCommandJoins(t *testing.T) {
	t.Parallel()
	for name, s := range samples() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := newOffice(t)
			o.furnish(t)
			o.employ(t, "lin", "hu", "song")
			first := read[admin.Waiting](t)(s.give(o, person("lin", "m1")))
			for _, by := range []admin.Command{person("lin", "m2"), person("hu", "m3")} {
				joins := read[admin.Waiting](t)(s.give(o, by))
				if !joins.Joined || joins.Approval != first.Approval || joins.Maker != "lin" || joins.Made == "" {
					t.Errorf("%s: %+v", by.Person.Name, joins)
				}
				if half := joins.Begins; half != "" && (by.Person.Name != "lin" || half != first.Begins) || half == "" && by.Person.Name == "lin" && first.Begins != "" {
					t.Errorf("%s has %q of the one-time code", by.Person.Name, half)
				}
			}
			if all, err := o.approvals(t); err != nil || len(all) != 1 {
				t.Fatalf("%d approvals, %v", len(all), err)
			}
			must(o.Approvals.Approve(t.Context(), person("song", "a"), first.Approval, ""))
			own := read[map[string]any](t)(s.give(o, person("lin", "m1")))
			for _, by := range []admin.Command{person("lin", "m2"), person("hu", "m3")} {
				end := read[map[string]any](t)(s.give(o, by))
				delete(end, "code_begins")
				delete(own, "code_begins")
				if !slices.Equal([]string{fmt.Sprint(end)}, []string{fmt.Sprint(own)}) || end["repeat"] != true {
					t.Errorf("%s finds %v, and the first %v", by.Key, end, own)
				}
			}
			if s.done(t, o) != 1 {
				t.Errorf("done %d times", s.done(t, o))
			}
			o.sound(t)
			o.secret(t)
		})
	}
}

// TestOtherCommandsDoNotJoin: another amount, number or account is another command, as is
// one whose predecessor can no longer be approved.
func TestOtherCommandsDoNotJoin(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.furnish(t)
	o.employ(t, "lin", "hu", "song")
	must(o.AddUser(t.Context(), admin.Command{Key: "other"}, admin.NewUser{Phone: mobile(2), Name: lang.Name{EN: "Li Lei"}}))
	keys := 0
	bank := func(number string) admin.Waiting {
		keys++
		return read[admin.Waiting](t)(o.ChangeShopBank(t.Context(), person("lin", fmt.Sprint("k", keys)), admin.ShopBank{Code: "8001", Bank: "icbc", Account: number}))
	}
	reset := func(who int) admin.Waiting {
		keys++
		return read[admin.Waiting](t)(o.ResetPIN(t.Context(), person("lin", fmt.Sprint("k", keys)), mobile(who), "forgotten"))
	}
	for name, asked := range map[string]admin.Waiting{
		"a bank account": bank("6222020200112233445"), "one with the same last digits": bank("7222020200112233445"),
		"a reset": reset(1), "of another one": reset(2),
	} {
		if asked.Joined || asked.Approval == "" {
			t.Errorf("%s: %+v", name, asked)
		}
	}
	stale := samples()["user pin-reset"]
	stale.underneath(t, o)
	if now := reset(1); now.Joined {
		t.Errorf("it joins one that would fail: %+v", now)
	}
	large := samples()["purse topup"]
	must(large.give(o, person("lin", "large")))
	large.underneath(t, o)
	if now := read[admin.Waiting](t)(large.give(o, person("lin", "large again"))); now.Joined {
		t.Errorf("it joins one whose subscriber has changed: %+v", now)
	}
	refused := reset(2)
	must(o.Approvals.Refuse(t.Context(), person("hu", "no"), refused.Approval, "no"))
	if now := reset(2); now.Joined {
		t.Errorf("it joins one that was refused: %+v", now)
	}
	o.sound(t)
}

// TestTheSameCommandAtOnce: however many people give it at the same moment, one waits.
func TestTheSameCommandAtOnce(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.furnish(t)
	o.employ(t, "lin", "hu", "song")
	var all sync.WaitGroup
	for i := range 12 {
		all.Go(func() {
			if _, err := o.ResetPIN(t.Context(), person([]string{"lin", "hu", "song"}[i%3], fmt.Sprint("m", i)), mobile(1), fmt.Sprint("reason ", i)); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if all, err := o.approvals(t); err != nil || len(all) != 1 {
		t.Errorf("%d approvals, %v", len(all), err)
	}
	o.sound(t)
}

// TestWhoApprovesSeesWhatTheShopHas, since it will owe what it has not.
func TestWhoApprovesSeesWhatTheShopHas(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"payment chargeback", "payment refund"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := newOffice(t)
			o.furnish(t)
			o.employ(t, "lin", "hu")
			asked := read[admin.Waiting](t)(samples()[name].give(o, person("lin", "m")))
			shown, err := o.Approvals.Show(t.Context(), asked.Approval)
			if has := shown.Stake["the shop's account holds"]; err != nil || !strings.HasSuffix(has, " CNY") {
				t.Errorf("shown %+v, %v", shown, err)
			}
		})
	}
}

// TestAShopIsPaidOutByTwo: what its account holds at the approval is paid, however much it
// held when the command was given.
func TestAShopIsPaidOutByTwo(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.furnish(t)
	o.employ(t, "lin", "hu")
	pays := func(amount int64) {
		t.Helper()
		if err := o.moves(store.Transfer{Op: store.Post, Amount: amountOf(amount)}); err != nil {
			t.Fatal(err)
		}
	}
	pays(5_000)
	asked := read[admin.Waiting](t)(samples()["merchant close"].give(o, person("lin", "m")))
	shown, err := o.Approvals.Show(t.Context(), asked.Approval)
	if err != nil || shown.Stake["the shop's account holds"] != "50.00 CNY" || shown.Key != "m" {
		t.Errorf("shown %+v, %v", shown, err)
	}
	pays(1_000)
	done := read[admin.ApprovalView](t)(o.Approvals.Approve(t.Context(), person("hu", "a"), asked.Approval, ""))
	if done.Amount != "60.00" || done.State != string(approval.Done) {
		t.Errorf("approved: %+v", done)
	}
	if got := o.entries(t, admin.PayOut, 6_000); got != 1 {
		t.Errorf("paid out %d times", got)
	}
	o.sound(t)
}

// TestWhatACommandChangedIsKept with its record, for auditors.
func TestWhatACommandChangedIsKept(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.furnish(t)
	o.employ(t, "lin", "hu", "song")
	kept := func(key string) string {
		t.Helper()
		doc, ok, err := o.run.Books().Doc(t.Context(), admin.CommandTable, key)
		if err != nil || !ok {
			t.Fatal(ok, err)
		}
		c, err := admin.ReadRecorded(doc.Data)
		if err != nil {
			t.Fatal(err)
		}
		return string(c.Before) + " " + string(c.After)
	}
	must(o.Staff.Change(t.Context(), person("lin", "block"), block("wu")))
	role := read[admin.Waiting](t)(o.Staff.Change(t.Context(), person("lin", "role"), staff.Change{Kind: staff.SetRole, Name: "hu", Role: auth.Finance, Reason: "moves"}))
	must(o.Approvals.Approve(t.Context(), person("song", "a1"), role.Approval, ""))
	bank := read[admin.Waiting](t)(samples()["merchant set bank"].give(o, person("lin", "bank")))
	must(o.Approvals.Approve(t.Context(), person("song", "a2"), bank.Approval, ""))
	for key, want := range map[string]string{
		"block": `{"state":"active"} {"state":"blocked"}`, "role": `{"role":"admin"} {"role":"finance"}`,
		"bank": `{"account":"none","bank":"none"} {"account":"****3445","bank":"icbc","is told":`,
	} {
		if got := kept(key); !strings.HasPrefix(got, want) {
			t.Errorf("%s: %s, want %s", key, got, want)
		}
	}
	o.secret(t)
}
