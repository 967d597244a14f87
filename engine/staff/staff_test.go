package staff_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"mpg/engine/auth"
	"mpg/engine/mac"
	"mpg/engine/pin"
	"mpg/engine/staff"
	"mpg/engine/tx"
	"mpg/store/bolt"
)

// office is a Service over books in a directory of the test's own.
type office struct {
	*staff.Service
	t     testing.TB
	run   *tx.Runner
	dir   string
	store *bolt.Store

	committed func() // called after each commit, if set
	draws     func() // called once when a token is made, after the password was compared, if set

	mu  sync.Mutex
	now time.Time
	log bytes.Buffer
}

// chance is the randomness of an office.
type chance struct{ *office }

// Read implements io.Reader.
func (c chance) Read(into []byte) (int, error) {
	if draws := c.draws; draws != nil {
		c.draws = nil
		draws()
	}
	return rand.Read(into)
}

// Write keeps the log.
func (o *office) Write(line []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.log.Write(line)
}

// clock returns the time of the test.
func (o *office) clock() time.Time {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.now
}

// pass moves the clock on.
func (o *office) pass(d time.Duration) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.now = o.now.Add(d)
}

// session is how long logins last in the tests.
const session = 12 * time.Hour

// newOffice opens an office without members.
func newOffice(t *testing.T) *office {
	t.Helper()
	o := openOffice(t)
	t.Cleanup(o.stop)
	return o
}

// openOffice opens an office for one try of a test that has many.
func openOffice(t *testing.T) *office {
	t.Helper()
	o := &office{t: t, dir: t.TempDir(), now: time.Date(2026, 11, 26, 9, 0, 0, 0, time.UTC)}
	if err := os.Chmod(o.dir, 0o700); err != nil {
		t.Fatal(err)
	}
	o.start()
	return o
}

// stop closes the store.
func (o *office) stop() {
	if err := o.store.Close(); err != nil {
		o.t.Error(err)
	}
}

// restart stops the office and starts it again.
func (o *office) restart() {
	o.t.Helper()
	o.stop()
	o.start()
}

// start opens the store and sets the office up over it.
func (o *office) start() {
	o.t.Helper()
	s, err := bolt.Open(o.dir, bolt.Options{Committed: func(time.Duration) {
		if o.committed != nil {
			o.committed()
		}
	}})
	if err != nil {
		o.t.Fatal(err)
	}
	o.store = s
	key := mac.New([]byte("key"))
	o.run = tx.NewRunner(tx.Config{Store: s, Now: o.clock, Rand: rand.Reader, Bodies: key, Numbers: key,
		Broken: func(err error) { o.t.Error(err) }, Closed: func() bool { return false }, Grew: func() {}})
	o.Service = staff.New(staff.Config{Run: o.run, Secret: []byte("secret"), Session: func() time.Duration { return session }, Hashes: 2,
		Argon: pin.Argon{Passes: 1, Memory: 8, Lanes: 1}, Now: o.clock, Rand: chance{o}, Log: slog.New(slog.NewTextHandler(o, nil))})
}

// change makes a change, and returns the one-time code that it gives.
func (o *office) change(maker string, change staff.Change) (string, error) {
	code := ""
	if change.Kind.GivesCode() {
		code = o.Code(rand.Text(), maker, change.Name)
		change.Code = o.CodeDigest([]byte(code))
	}
	return code, o.run.Do(context.Background(), func(t *tx.Tx) error {
		person := auth.Person{}
		if maker != "" {
			person = auth.Person{Name: maker, Role: auth.Admin}
		}
		_, err := o.Do(t, person, change)
		return err
	})
}

// must makes a change that is allowed.
func (o *office) must(maker string, change staff.Change) string {
	o.t.Helper()
	code, err := o.change(maker, change)
	if err != nil {
		o.t.Fatalf("%s: %+v: %v", maker, change, err)
	}
	return code
}

// passwordOf returns the password that a member of the tests chooses.
func passwordOf(name string) string { return "the password of " + name }

// login tries to log in.
func (o *office) login(name string, uid uint32, password, chosen string) (staff.Session, error) {
	return o.Login(context.Background(), staff.Attempt{Name: name, UID: uid, Password: []byte(password), New: []byte(chosen)})
}

// token logs in with the member's own password.
func (o *office) token(name string, uid uint32) string {
	o.t.Helper()
	s, err := o.login(name, uid, passwordOf(name), "")
	if err != nil {
		o.t.Fatalf("%s: %v", name, err)
	}
	return s.Token
}

// found adds the first two admins, ada and bo, who log in. It returns the token of bo.
func (o *office) found() string {
	o.t.Helper()
	token := ""
	for _, name := range []string{"ada", "bo"} {
		code := o.must("", staff.Change{Kind: staff.Add, Name: name, Role: auth.Admin})
		s, err := o.login(name, 1000, code, passwordOf(name))
		if err != nil {
			o.t.Fatalf("the first login of %s: %v", name, err)
		}
		token = s.Token
	}
	return token
}

// hire adds a member, who chooses a password.
func (o *office) hire(name string, role auth.Role, uid uint32) {
	o.t.Helper()
	code := o.must("ada", staff.Change{Kind: staff.Add, Name: name, Role: role, UID: uid})
	if _, err := o.login(name, uid, code, passwordOf(name)); err != nil {
		o.t.Fatalf("the first login of %s: %v", name, err)
	}
}

// TestTheFirstTwo: root adds two admins, and no more; until both have logged in nobody
// else changes staff, and root may give a lost code again.
func TestTheFirstTwo(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	caller := func() auth.Caller {
		c, err := o.Caller(t.Context(), 0, true, "")
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	if c := caller(); c.Staffed || !c.May(auth.CorrectMoney) {
		t.Errorf("before there is staff: %+v", c)
	}
	refused := func(maker string, change staff.Change, want error) {
		t.Helper()
		if _, err := o.change(maker, change); !errors.Is(err, want) {
			t.Errorf("%q: %+v: %v, want %v", maker, change, err, want)
		}
	}
	refused("", staff.Change{Kind: staff.Add, Name: "olga", Role: auth.Operator}, staff.ErrFirst)
	lost := o.must("", staff.Change{Kind: staff.Add, Name: "ada", Role: auth.Admin})
	refused("", staff.Change{Kind: staff.Add, Name: "ada", Role: auth.Admin}, staff.ErrExists)
	if c := caller(); !c.Staffed || !c.Founding || c.May(auth.CorrectMoney) || !c.May(auth.ManageStaff) {
		t.Errorf("with one admin: %+v", c)
	}
	code := o.must("", staff.Change{Kind: staff.Reset, Name: "ada", Reason: "lost"})
	if _, err := o.login("ada", 1000, lost, passwordOf("ada")); !errors.Is(err, staff.ErrLogin) {
		t.Errorf("with the code that was lost: %v", err)
	}
	if _, err := o.login("ada", 1000, code, passwordOf("ada")); err != nil {
		t.Fatal(err)
	}
	refused("", staff.Change{Kind: staff.Reset, Name: "ada", Reason: "root wants to be ada"}, staff.ErrFounders)
	refused("", staff.Change{Kind: staff.Block, Name: "ada", Reason: "no"}, staff.ErrFounders)
	refused("ada", staff.Change{Kind: staff.Add, Name: "eve", Role: auth.Admin}, staff.ErrFounding)
	code = o.must("", staff.Change{Kind: staff.Add, Name: "bo", Role: auth.Admin})
	refused("", staff.Change{Kind: staff.Add, Name: "carl", Role: auth.Admin}, staff.ErrFounders)
	refused("ada", staff.Change{Kind: staff.Add, Name: "eve", Role: auth.Admin}, staff.ErrFounding)
	if _, err := o.login("bo", 1000, code, passwordOf("bo")); err != nil {
		t.Fatal(err)
	}
	if c := caller(); c.Founding || c.May(auth.ManageStaff) {
		t.Errorf("with two admins: %+v", c)
	}
	o.must("ada", staff.Change{Kind: staff.Add, Name: "eve", Role: auth.Viewer})
	refused("", staff.Change{Kind: staff.Reset, Name: "eve", Reason: "no"}, staff.ErrFounders)
}

// TestTokens: each way in which a token is not valid.
func TestTokens(t *testing.T) {
	t.Parallel()
	const uid = 1000
	for name, tt := range map[string]struct {
		spoil func(o *office, token string) (string, uint32)
		valid bool
	}{
		"as it was issued": {func(_ *office, token string) (string, uint32) { return token, uid }, true},
		"of another uid":   {func(_ *office, token string) (string, uint32) { return token, uid + 1 }, false},
		"sent by root":     {func(_ *office, token string) (string, uint32) { return token, 0 }, false},
		"self-made":        {func(*office, string) (string, uint32) { return strings.Repeat("A", 43), uid }, false},
		"cut short":        {func(_ *office, token string) (string, uint32) { return token[:len(token)-1], uid }, false},
		"just before its end": {func(o *office, token string) (string, uint32) {
			o.pass(session - time.Second)
			return token, uid
		}, true},
		"expired": {func(o *office, token string) (string, uint32) { o.pass(session); return token, uid }, false},
		"of a blocked person": {func(o *office, token string) (string, uint32) {
			o.must("ada", staff.Change{Kind: staff.Block, Name: "bo", Reason: "left"})
			return token, uid
		}, false},
		"of before a block": {func(o *office, token string) (string, uint32) {
			o.must("ada", staff.Change{Kind: staff.Block, Name: "bo", Reason: "left"})
			o.must("ada", staff.Change{Kind: staff.Unblock, Name: "bo", Reason: "is back"})
			return token, uid
		}, false},
		"of before a reset": {func(o *office, token string) (string, uint32) {
			o.must("ada", staff.Change{Kind: staff.Reset, Name: "bo", Reason: "lost"})
			return token, uid
		}, false},
		"after a logout": {func(o *office, token string) (string, uint32) {
			if who, err := o.Logout(o.t.Context(), uid, token); err != nil || who != "bo" {
				o.t.Error(who, err)
			}
			return token, uid
		}, false},
		"after a logout by somebody else": {func(o *office, token string) (string, uint32) {
			if who, err := o.Logout(o.t.Context(), uid+1, token); err != nil || who != "" {
				o.t.Error(who, err)
			}
			return token, uid
		}, true},
		"after more logins than are kept": {func(o *office, token string) (string, uint32) {
			for range 8 {
				o.token("bo", uid)
			}
			return token, uid
		}, false},
		"after fewer logins": {func(o *office, token string) (string, uint32) {
			for range 7 {
				o.token("bo", uid)
			}
			return token, uid
		}, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := newOffice(t)
			token, by := tt.spoil(o, o.found())
			caller, err := o.Caller(t.Context(), by, false, token)
			switch {
			case tt.valid && (err != nil || caller.Person != auth.Person{Name: "bo", Role: auth.Admin}):
				t.Errorf("refused: %+v, %v", caller, err)
			case !tt.valid && (!errors.Is(err, staff.ErrToken) || caller.Person.Name != ""):
				t.Errorf("accepted: %+v, %v", caller, err)
			case !tt.valid && (!strings.Contains(o.log.String(), "token refused") || o.Counts.TokensRefused.Load() != 1):
				t.Error("the refusal is not in the log, or not counted")
			}
		})
	}
}

// TestARoleCountsAtOnce, for logins that began before.
func TestARoleCountsAtOnce(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.found()
	o.hire("olga", auth.Finance, 1001)
	token := o.token("olga", 1001)
	o.must("bo", staff.Change{Kind: staff.SetRole, Name: "olga", Role: auth.Viewer, Reason: "moved"})
	caller, err := o.Caller(t.Context(), 1001, false, token)
	if err != nil || caller.Person.Role != auth.Viewer || caller.May(auth.CorrectMoney) {
		t.Errorf("%+v, %v", caller, err)
	}
}

// TestLogins: what is wrong with a login that is refused.
func TestLogins(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.found()
	o.hire("olga", auth.Operator, 1001)
	o.hire("left", auth.Viewer, 1002)
	o.must("ada", staff.Change{Kind: staff.Block, Name: "left", Reason: "left"})
	code := o.must("ada", staff.Change{Kind: staff.Add, Name: "newcomer", Role: auth.Viewer})
	late := o.must("ada", staff.Change{Kind: staff.Add, Name: "late", Role: auth.Viewer})
	o.pass(71 * time.Hour)
	if _, err := o.login("late", 7, strings.ToLower(strings.ReplaceAll(late, "-", " ")), "short"); !errors.Is(err, staff.ErrPassword) {
		t.Errorf("a code in lower case: %v", err)
	}
	for _, tt := range []struct {
		what, name, password, chosen string
		uid                          uint32
		want                         error
	}{
		{"a wrong password", "olga", "not her password", "", 1001, staff.ErrLogin},
		{"no password", "olga", "", "", 1001, staff.ErrLogin},
		{"of nobody", "nobody", "the password of nobody", "", 7, staff.ErrLogin},
		{"from another account", "olga", passwordOf("olga"), "", 1003, staff.ErrOtherUID},
		{"by root as olga", "olga", passwordOf("olga"), "", 0, staff.ErrOtherUID},
		{"blocked", "left", passwordOf("left"), "", 1002, staff.ErrBlocked},
		{"blocked and wrong", "left", "a wrong password", "", 1002, staff.ErrLogin},
		{"a wrong code", "newcomer", "AAAA-AAAA-AAAA-AAAA", "a good long password", 7, staff.ErrLogin},
		{"no code", "newcomer", "", "a good long password", 7, staff.ErrLogin},
		{"a short password", "newcomer", code, "elevenchars", 7, staff.ErrPassword},
		// Five wrong ones in a row would make the next wait; this one ends the row.
		{"no password yet", "newcomer", code, "", 7, staff.ErrNewPassword},
		{"one character, 12 times", "newcomer", code, "111111111111", 7, staff.ErrPassword},
		{"a password that is too long", "newcomer", code, strings.Repeat("ab", 129), 7, staff.ErrPassword},
		{"not a text", "newcomer", code, "\xff\xfe345678901234", 7, staff.ErrPassword},
		{"the code itself", "newcomer", code, code, 7, staff.ErrPassword},
	} {
		if s, err := o.login(tt.name, tt.uid, tt.password, tt.chosen); !errors.Is(err, tt.want) || s.Token != "" {
			t.Errorf("%s: %+v, %v, want %v", tt.what, s, err, tt.want)
		}
		o.pass(2 * time.Minute)
		if strings.Contains(o.log.String(), tt.password) && tt.password != "" {
			t.Errorf("%s: the log has the password", tt.what)
		}
	}
	o.pass(time.Hour)
	if _, err := o.login("late", 7, late, "a good long password"); !errors.Is(err, staff.ErrLogin) {
		t.Errorf("a code after its time: %v", err)
	}
	if _, err := o.login("newcomer", 7, code, "十二个汉字就够长的密码了"); err == nil {
		t.Error("the code was valid for longer than 72 hours")
	}
}

// TestWrongPasswordsMustWait: five are free; then each try must wait, longer each time,
// and even the right password must. A right one ends it, and so does an admin.
func TestWrongPasswordsMustWait(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.found()
	o.hire("olga", auth.Operator, 0)
	try := func(password string) error {
		_, err := o.login("olga", 1001, password, "")
		return err
	}
	fail := func(times int) {
		t.Helper()
		for range times {
			if err := try("wrong"); !errors.Is(err, staff.ErrLogin) {
				t.Fatal(err)
			}
		}
	}
	fail(5)
	for _, wait := range []time.Duration{time.Minute, 2 * time.Minute, 4 * time.Minute, 8 * time.Minute, 16 * time.Minute, 32 * time.Minute, time.Hour, time.Hour} {
		o.pass(wait - time.Second)
		if err := try(passwordOf("olga")); !errors.Is(err, staff.ErrThrottled) {
			t.Fatalf("before %v: %v", wait, err)
		}
		o.pass(time.Second)
		fail(1)
	}
	o.pass(time.Hour)
	if err := try(passwordOf("olga")); err != nil {
		t.Fatalf("after the wait: %v", err)
	}
	fail(5)
	o.must("ada", staff.Change{Kind: staff.Unblock, Name: "olga", Reason: "she called"})
	if err := try(passwordOf("olga")); err != nil {
		t.Errorf("after an admin's word: %v", err)
	}
}

// TestManyGuessesAtOnce: guessing at once allows no more guesses than one after the other.
func TestManyGuessesAtOnce(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.found()
	o.hire("olga", auth.Operator, 0)
	var tried sync.WaitGroup
	compared := make(chan bool, 40)
	for i := range 40 {
		tried.Go(func() {
			_, err := o.login("olga", 1001, fmt.Sprint("guess ", i), "")
			compared <- errors.Is(err, staff.ErrLogin)
			if !errors.Is(err, staff.ErrLogin) && !errors.Is(err, staff.ErrThrottled) {
				t.Error(err)
			}
		})
	}
	tried.Wait()
	close(compared)
	if c := &o.Counts; c.Refused.Load() != 5 || c.Throttled.Load() != 35 || c.LoggedIn.Load() != 3 {
		t.Errorf("counted %d refused, %d throttled, %d logged in", c.Refused.Load(), c.Throttled.Load(), c.LoggedIn.Load())
	}
	guesses := 0
	for was := range compared {
		if was {
			guesses++
		}
	}
	if guesses != 5 {
		t.Errorf("%d guesses were compared, want 5", guesses)
	}
}

// TestChanges: what is refused of admins' changes.
func TestChanges(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.found()
	o.hire("olga", auth.Operator, 0)
	for name, tt := range map[string]struct {
		change staff.Change
		want   error
	}{
		"a name that is taken": {staff.Change{Kind: staff.Add, Name: "olga", Role: auth.Viewer}, staff.ErrExists},
		"a long name":          {staff.Change{Kind: staff.Add, Name: strings.Repeat("a", 33), Role: auth.Viewer}, staff.ErrName},
		"a short name":         {staff.Change{Kind: staff.Add, Name: "a", Role: auth.Viewer}, staff.ErrName},
		"a number":             {staff.Change{Kind: staff.Add, Name: "1a", Role: auth.Viewer}, staff.ErrName},
		"capitals":             {staff.Change{Kind: staff.Add, Name: "Olga", Role: auth.Viewer}, staff.ErrName},
		"root":                 {staff.Change{Kind: staff.Add, Name: "root", Role: auth.Viewer}, staff.ErrName},
		"a name with a line":   {staff.Change{Kind: staff.Add, Name: "ol\nga", Role: auth.Viewer}, staff.ErrName},
		"no such role":         {staff.Change{Kind: staff.Add, Name: "eve", Role: "root"}, staff.ErrRole},
		"no role":              {staff.Change{Kind: staff.SetRole, Name: "olga"}, staff.ErrRole},
		"the same role":        {staff.Change{Kind: staff.SetRole, Name: "olga", Role: auth.Operator}, staff.ErrUnchanged},
		"oneself":              {staff.Change{Kind: staff.Block, Name: "ada", Reason: "left"}, staff.ErrOneself},
		"nobody":               {staff.Change{Kind: staff.Block, Name: "nobody"}, staff.ErrNobody},
		"not blocked":          {staff.Change{Kind: staff.Unblock, Name: "olga"}, staff.ErrUnchanged},
	} {
		if _, err := o.change("ada", tt.change); !errors.Is(err, tt.want) {
			t.Errorf("%s: %v, want %v", name, err, tt.want)
		}
	}
	o.must("ada", staff.Change{Kind: staff.Block, Name: "bo", Reason: "left"})
	for _, change := range []staff.Change{{Kind: staff.Block, Name: "ada"}, {Kind: staff.SetRole, Name: "ada", Role: auth.Finance}, {Kind: staff.Reset, Name: "ada"}} {
		if _, err := o.change("ada", change); !errors.Is(err, staff.ErrLastAdmin) {
			t.Errorf("%+v of the last admin: %v", change, err)
		}
	}
	if got, err := o.List(t.Context()); err != nil || len(got) != 3 || got[0].Name != "ada" || got[0].AddedBy != "root" || got[2].AddedBy != "ada" {
		t.Errorf("%+v, %v", got, err)
	}
}

// TestTwoAdminsAreNotBlockedAtOnce: of two changes made at the same time, each of which leaves
// the other admin, only one is made.
func TestTwoAdminsAreNotBlockedAtOnce(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.found()
	first := true
	err := o.run.Do(t.Context(), func(t *tx.Tx) error {
		_, err := o.Do(t, auth.Person{Name: "bo"}, staff.Change{Kind: staff.Block, Name: "ada", Reason: "left"})
		if first { // the other is committed before this one
			first = false
			o.must("ada", staff.Change{Kind: staff.Block, Name: "bo", Reason: "left"})
		}
		return err
	})
	if !errors.Is(err, staff.ErrLastAdmin) {
		t.Errorf("the last admin was blocked: %v", err)
	}
}

// TestLookups: one record for each person, object and hour, and none without a person.
func TestLookups(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	look := func(person, what string, user uint64, object string) {
		t.Helper()
		caller := auth.Caller{UID: 7, Staffed: true, Person: auth.Person{Name: person, Role: auth.Support}}
		if err := o.Looked(t.Context(), caller, what, user, object); err != nil {
			t.Fatal(err)
		}
	}
	look("", "user show", 17, "")
	look("sue", "user show", 17, "")
	look("sue", "account show", 17, "")
	look("sue", "user show", 18, "")
	look("fin", "user show", 17, "")
	look("fin", "payment show", 17, "B2HLGHUA")
	look("fin", "user list", 0, "")
	look("fin", "tail", 0, "")
	look("fin", "user list", 0, "")
	o.pass(59 * time.Minute)
	look("sue", "user show", 17, "")
	o.pass(time.Minute)
	look("sue", "user show", 17, "")
	var got []string
	for doc, err := range o.run.Books().Docs(t.Context(), staff.LookupTable, "", 0) {
		lookup, err := tx.Decoded[staff.Lookup](doc, err)
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, fmt.Sprintf("%s %s %s %d %s", lookup.At.Format("15:04"), lookup.Person, lookup.What, lookup.User, lookup.Object))
		if lookup.UID != 7 || staff.LookupKey(*lookup) != doc.Key {
			t.Errorf("%+v at %s", lookup, doc.Key)
		}
	}
	want := []string{"09:00 fin tail 0 ", "09:00 fin user list 0 ", "09:00 fin user show 17 ", "09:00 fin payment show 17 B2HLGHUA", "09:00 sue user show 17 ", "09:00 sue user show 18 ", "10:00 sue user show 17 "}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// TestNothingSecretIsStored: neither passwords, codes nor tokens are in the files.
func TestNothingSecretIsStored(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.found()
	code := o.must("ada", staff.Change{Kind: staff.Add, Name: "olga", Role: auth.Operator})
	if _, err := o.login("olga", 7, code, passwordOf("olga")); err != nil {
		t.Fatal(err)
	}
	token := o.token("olga", 7)
	files, err := os.ReadDir(o.dir)
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	for _, file := range files {
		data, err := os.ReadFile(o.dir + "/" + file.Name())
		if err != nil {
			t.Fatal(err)
		}
		for what, secret := range map[string]string{"password": passwordOf("olga"), "code": code, "bare code": strings.ReplaceAll(code, "-", ""), "token": token} {
			if bytes.Contains(data, []byte(secret)) || strings.Contains(o.log.String(), secret) {
				t.Errorf("the %s is in %s or in the log", what, file.Name())
			}
		}
	}
}

// TestAStopInBetween: a token is valid after a restart, and a wrong password still counts.
func TestAStopInBetween(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	token := o.found()
	for range 5 {
		if _, err := o.login("bo", 1000, "wrong", ""); !errors.Is(err, staff.ErrLogin) {
			t.Fatal(err)
		}
	}
	o.restart()
	if caller, err := o.Caller(t.Context(), 1000, false, token); err != nil || caller.Person.Name != "bo" {
		t.Errorf("the token after a restart: %+v, %v", caller, err)
	}
	if _, err := o.login("bo", 1000, passwordOf("bo"), ""); !errors.Is(err, staff.ErrThrottled) {
		t.Errorf("a try after a restart: %v", err)
	}
}

// TestACrashDuringALogin: a try that was counted stays counted although the daemon stopped
// before it compared the password.
func TestACrashDuringALogin(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.found()
	for range 5 {
		ctx, stop := context.WithCancel(t.Context())
		o.committed = stop // the daemon's context ends right after the commit that counts
		_, err := o.Login(ctx, staff.Attempt{Name: "bo", UID: 1000, Password: []byte(passwordOf("bo"))})
		if !errors.Is(err, context.Canceled) {
			t.Fatalf("a login that was cut off: %v", err)
		}
		stop()
	}
	o.committed = nil
	o.restart()
	if _, err := o.login("bo", 1000, passwordOf("bo"), ""); !errors.Is(err, staff.ErrThrottled) {
		t.Errorf("after five tries that were cut off: %v", err)
	}
}

// TestAPasswordIsChanged by its owner, who knows the old one; earlier logins end.
func TestAPasswordIsChanged(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	before := o.found()
	change := func(old, chosen string) (staff.Session, error) {
		return o.Login(t.Context(), staff.Attempt{Name: "bo", UID: 1000, Password: []byte(old), New: []byte(chosen), Change: true})
	}
	const chosen = "quite another password"
	for name, tt := range map[string]struct {
		old, chosen string
		want        error
	}{
		"the old one is wrong": {"wrong", chosen, staff.ErrLogin},
		"the same":             {passwordOf("bo"), passwordOf("bo"), staff.ErrPassword},
		"short":                {passwordOf("bo"), "short", staff.ErrPassword},
		"none":                 {passwordOf("bo"), "", staff.ErrPassword},
	} {
		if _, err := change(tt.old, tt.chosen); !errors.Is(err, tt.want) {
			t.Errorf("%s: %v, want %v", name, err, tt.want)
		}
	}
	if _, err := o.login("bo", 1000, passwordOf("bo"), chosen); err != nil {
		t.Fatalf("a login that changes nothing: %v", err)
	}
	o.token("bo", 1000) // with the old one
	now, err := change(passwordOf("bo"), chosen)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := o.Caller(t.Context(), 1000, false, before); !errors.Is(err, staff.ErrToken) {
		t.Errorf("a login from before: %v", err)
	}
	if c, err := o.Caller(t.Context(), 1000, false, now.Token); err != nil || c.Person.Name != "bo" {
		t.Errorf("the login of the change: %+v, %v", c, err)
	}
	if _, err := o.login("bo", 1000, passwordOf("bo"), ""); !errors.Is(err, staff.ErrLogin) {
		t.Errorf("the old password: %v", err)
	}
	if _, err := o.login("bo", 1000, chosen, ""); err != nil {
		t.Errorf("the new password: %v", err)
	}
}

// TestAChangeDuringALogin, after the password was compared, is not overlooked.
func TestAChangeDuringALogin(t *testing.T) {
	t.Parallel()
	block, unblock := staff.Change{Kind: staff.Block, Name: "bo", Reason: "left"}, staff.Change{Kind: staff.Unblock, Name: "bo", Reason: "is back"}
	for name, changes := range map[string][]staff.Change{
		"a block":            {block},
		"a block for a time": {block, unblock},
		"a reset":            {{Kind: staff.Reset, Name: "bo", Reason: "lost"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := newOffice(t)
			o.found()
			o.draws = func() {
				for _, change := range changes {
					o.must("ada", change)
				}
			}
			if s, err := o.login("bo", 1000, passwordOf("bo"), ""); !errors.Is(err, staff.ErrLogin) {
				t.Errorf("%+v, %v", s, err)
			}
		})
	}
}
