package staff_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"mpg/engine/auth"
	"mpg/engine/staff"
)

// member is what the model knows of a member of staff.
type member struct {
	role     auth.Role
	blocked  bool
	code     string // that is open; empty: none
	codeEnds time.Time
	password string // empty: none
	wrong    int
	tried    time.Time
	sessions []*login // that were issued since the last password or block, the oldest first
}

// login is a session, as the model knows it.
type login struct {
	of      string
	uid     uint32
	token   string
	expires time.Time
	over    bool
}

// model is a staff office beside what should be true of it.
type model struct {
	*office
	rt      *rapid.T
	members map[string]*member
	all     []*login
	chosen  int // passwords so far
}

// names are those that the model uses. The first two are the founders.
var names = []string{"ada", "bo", "carl", "dora"}

// TestStaffModel: whatever is done in whatever order, a token is valid exactly as long as
// its member is active and has neither logged out nor changed the password, and a login
// works exactly with the right secret of an active member who need not wait.
func TestStaffModel(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		m := &model{office: openOffice(t), rt: rt, members: make(map[string]*member)}
		defer m.stop()
		for _, name := range names[:2] {
			m.change("", staff.Change{Kind: staff.Add, Name: name, Role: auth.Admin})
			m.members[name] = &member{role: auth.Admin}
			m.members[name].code, m.members[name].codeEnds = m.must("", staff.Change{Kind: staff.Reset, Name: name, Reason: "new"}), m.clock().Add(72*time.Hour)
			m.tryLogin(name, 1, true)
		}
		rt.Repeat(map[string]func(*rapid.T){
			"change":  func(*rapid.T) { m.tryChange() },
			"recover": func(*rapid.T) { m.tryRecover() },
			"login":   func(*rapid.T) { m.tryLogin(m.name(), m.uid(), rapid.Bool().Draw(rt, "right")) },
			"logout":  func(*rapid.T) { m.tryLogout() },
			"time":    func(*rapid.T) { m.pass(rapid.SampledFrom(spans).Draw(rt, "span")) },
			"restart": func(*rapid.T) { m.restart() },
			"":        func(*rapid.T) { m.compare() },
		})
	})
}

// spans are the steps of the model's clock.
var spans = []time.Duration{time.Second, time.Minute, time.Hour, session, 72 * time.Hour}

func (m *model) name() string { return rapid.SampledFrom(names).Draw(m.rt, "name") }

func (m *model) uid() uint32 { return rapid.Uint32Range(1, 2).Draw(m.rt, "uid") }

// able returns how many admins can log in.
func (m *model) able(with func(name string, of *member) bool) (count int) {
	for name, of := range m.members {
		if !of.blocked && of.password != "" && of.role == auth.Admin && with(name, of) {
			count++
		}
	}
	return count
}

// tryChange makes a change, and follows it if it should be made.
func (m *model) tryChange() {
	c := staff.Change{Kind: rapid.SampledFrom([]staff.Kind{staff.Add, staff.Block, staff.Unblock, staff.SetRole, staff.Reset}).Draw(m.rt, "kind"),
		Name: m.name(), Role: rapid.SampledFrom(auth.Roles()).Draw(m.rt, "role"), Reason: "because"}
	of := m.members[c.Name]
	others := m.able(func(name string, _ *member) bool { return name != c.Name })
	var want error
	switch {
	case c.Kind == staff.Add && of != nil:
		want = staff.ErrExists
	case c.Kind != staff.Add && of == nil:
		want = staff.ErrNobody
	case c.Kind == staff.Block && of.blocked, c.Kind == staff.Unblock && !of.blocked && of.wrong == 0, c.Kind == staff.SetRole && of.role == c.Role:
		want = staff.ErrUnchanged
	case c.Kind == staff.SetRole && c.Role == auth.Admin && !of.blocked && of.password != "":
	case (c.Kind == staff.Block || c.Kind == staff.SetRole || c.Kind == staff.Reset) && others == 0:
		want = staff.ErrLastAdmin
	case c.Kind == staff.Block && c.Name == "ada":
		want = staff.ErrOneself
	}
	code, err := m.change("ada", c)
	if !errors.Is(err, want) {
		m.rt.Fatalf("%+v: %v, want %v", c, err, want)
	}
	if err != nil {
		return
	}
	switch c.Kind {
	case staff.Add:
		m.members[c.Name] = &member{role: c.Role, code: code, codeEnds: m.clock().Add(72 * time.Hour)}
	case staff.Block:
		of.blocked = true
		of.endAll()
	case staff.Unblock:
		of.blocked, of.wrong = false, 0
	case staff.SetRole:
		of.role = c.Role
	case staff.Reset:
		of.password, of.wrong, of.code, of.codeEnds = "", 0, code, m.clock().Add(72*time.Hour)
		of.endAll()
	}
}

// pair reports whether one of those who can log in, but for name, could give somebody a new
// code, and another one approve it.
func (m *model) pair(name string) bool {
	admins, checkers := 0, 0
	for other, of := range m.members {
		if other == name || of.blocked || of.password == "" {
			continue
		}
		switch of.role {
		case auth.Admin:
			admins++
			checkers++
		case auth.Finance:
			checkers++
		}
	}
	return admins > 0 && checkers > 1
}

// tryRecover has root give somebody a new code, which is done only if no two others can.
func (m *model) tryRecover() {
	name := m.name()
	of := m.members[name]
	var want error
	switch {
	case of == nil:
		want = staff.ErrNobody
	case of.role != auth.Admin && of.role != auth.Finance:
		want = staff.ErrRecover
	case m.pair(name):
		want = staff.ErrHelped
	}
	if two, err := staff.Pair(m.run.View(m.t.Context()), auth.ManageStaff, auth.ApproveStaff, ""); err != nil || two != m.pair("") {
		m.rt.Fatalf("there are two: %v, %v", two, err)
	}
	code, err := m.change("", staff.Change{Kind: staff.Recover, Name: name, Reason: "locked out"})
	if !errors.Is(err, want) {
		m.rt.Fatalf("recovery of %s as %+v: %v, want %v", name, of, err, want)
	}
	if err == nil {
		of.blocked, of.password, of.wrong, of.code, of.codeEnds = false, "", 0, code, m.clock().Add(72*time.Hour)
		of.endAll()
	}
}

// endAll ends all sessions of a member.
func (of *member) endAll() {
	for _, s := range of.sessions {
		s.over = true
	}
	of.sessions = nil
}

// wait returns how long a member with so many wrong tries must wait.
func wait(wrong int) time.Duration {
	if wrong < 5 {
		return 0
	}
	if wrong > 10 {
		return time.Hour
	}
	return min(time.Hour, time.Minute<<(wrong-5))
}

// tryLogin logs in with the right secret or another one.
func (m *model) tryLogin(name string, uid uint32, right bool) {
	of := m.members[name]
	m.chosen++
	secret, chosen := "not the secret", fmt.Sprintf("password no. %d of %s", m.chosen, name)
	if right && of != nil {
		secret = of.code
		if of.password != "" {
			secret = of.password
		}
	}
	var want error
	switch {
	case of == nil:
		want = staff.ErrLogin
	case m.clock().Before(of.tried.Add(wait(of.wrong))):
		want = staff.ErrThrottled
	case !right, of.password == "" && !m.clock().Before(of.codeEnds):
		of.wrong, of.tried, want = of.wrong+1, m.clock(), staff.ErrLogin
	case of.blocked:
		of.wrong, of.tried, want = of.wrong+1, m.clock(), staff.ErrBlocked
	}
	s, err := m.login(name, uid, secret, chosen)
	if !errors.Is(err, want) {
		m.rt.Fatalf("login of %s as %+v: %v, want %v", name, of, err, want)
	}
	if err != nil {
		return
	}
	if of.password == "" {
		of.endAll()
		of.password, of.code = chosen, ""
	}
	of.wrong, of.tried = 0, m.clock()
	made := &login{of: name, uid: uid, token: s.Token, expires: m.clock().Add(session)}
	m.all = append(m.all, made)
	of.sessions = slices.DeleteFunc(of.sessions, func(s *login) bool { return s.over })
	of.sessions = append(of.sessions, made)
	if len(of.sessions) > 8 {
		of.sessions[0].over = true
		of.sessions = of.sessions[1:]
	}
}

// tryLogout ends a session, if the user id is that of its owner.
func (m *model) tryLogout() {
	if len(m.all) == 0 {
		return
	}
	s, uid := rapid.SampledFrom(m.all).Draw(m.rt, "session"), m.uid()
	person, err := m.Logout(m.t.Context(), uid, s.token)
	if err != nil || person != "" && person != s.of {
		m.rt.Fatal(person, err)
	}
	if uid == s.uid && !s.over {
		s.over = true
		of := m.members[s.of]
		of.sessions = slices.DeleteFunc(of.sessions, func(other *login) bool { return other == s })
	}
}

// compare asks whose each token is.
func (m *model) compare() {
	for _, s := range m.all {
		of := m.members[s.of]
		for uid := range uint32(3) {
			caller, err := m.Caller(m.t.Context(), uid, false, s.token)
			valid := !s.over && uid == s.uid && !of.blocked && m.clock().Before(s.expires)
			if valid && (err != nil || caller.Person != auth.Person{Name: s.of, Role: of.role}) {
				m.rt.Fatalf("%+v, which is valid: %+v, %v", s, caller, err)
			}
			if !valid && (!errors.Is(err, staff.ErrToken) || caller.Person.Name != "") {
				m.rt.Fatalf("%+v by %d, which is not valid: %+v, %v", s, uid, caller, err)
			}
		}
	}
}
