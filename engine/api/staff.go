package api

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"mpg/engine/admin"
	"mpg/engine/auth"
	"mpg/engine/staff"
)

// A person shows who they are by a token, which a login gives:
//
//	Authorization: Bearer TOKEN
//
// Until there is staff, whoever may connect may do everything. A request without the right
// that its route needs is answered with 403, one whose token is not valid with 401.

// Login is the body of POST /staff/login. At the first login Password is the one-time code,
// and New is the password to choose. Later New is given only if Change is set, to replace
// the password. Both are wiped once read.
type Login struct {
	Name     string `json:"name"`
	Password []byte `json:"password"`
	New      []byte `json:"new,omitempty"`
	Change   bool   `json:"change,omitempty"`
}

// Session is the answer to a login.
type Session struct {
	Name    string `json:"name"`
	Role    string `json:"role"`
	Token   string `json:"token"`
	Expires string `json:"expires"`
}

// LoggedOut is the answer to a logout.
type LoggedOut struct {
	Name string `json:"name,omitempty"` // left out: the login had ended already
}

// NewStaff is the body of POST /staff.
type NewStaff struct {
	Name   string `json:"name"`
	Role   string `json:"role"`
	UID    uint32 `json:"uid,omitempty"` // the only user id that may log in; 0: any
	Reason string `json:"reason,omitempty"`
}

// StaffChange is the body of POST /staff/{name}/block, unblock, role and reset.
type StaffChange struct {
	Role   string `json:"role,omitempty"` // to give; of role only
	Reason string `json:"reason"`
}

// Recovery is the body of POST /staff/{name}/recover.
type Recovery struct {
	New    bool   `json:"new,omitempty"` // add an admin of that name; else there is such a member
	Reason string `json:"reason"`
}

// StaffResult is the answer to a change of staff.
type StaffResult struct {
	admin.Repeated
	staff.View
	Code   string `json:"code,omitempty"`        // for the next login, if the change has made one
	Begins string `json:"code_begins,omitempty"` // first half of it, if another person has approved the change and has the rest
}

// members serves the commands and views about staff.
type members struct{ staff *admin.Staff }

// staffRoutes returns the routes about staff.
func staffRoutes(all *admin.Staff) []route {
	a := members{all}
	return []route{
		{"POST /staff/login", auth.LogIn, a.login},
		{"POST /staff/logout", auth.LogIn, a.logout},
		{"GET /staff", auth.SeeStaff, a.list},
		{"GET /staff/{name}", auth.SeeStaff, a.member},
		{"POST /staff", auth.ManageStaff, a.addStaff},
		{"POST /staff/{name}/block", auth.ManageStaff, a.changeStaff(staff.Block)},
		{"POST /staff/{name}/unblock", auth.ManageStaff, a.changeStaff(staff.Unblock)},
		{"POST /staff/{name}/role", auth.ManageStaff, a.changeStaff(staff.SetRole)},
		{"POST /staff/{name}/reset", auth.ManageStaff, a.changeStaff(staff.Reset)},
		{"POST /staff/{name}/recover", auth.RecoverStaff, a.recoverStaff},
	}
}

// bearer returns the token of a request, or "".
func bearer(req *http.Request) string {
	token, _ := strings.CutPrefix(req.Header.Get("Authorization"), "Bearer ")
	return token
}

// only serves callers who have a right. The context of the request then carries who asks.
func only(all *admin.Staff, right auth.Right, serve http.Handler) http.Handler {
	return http.HandlerFunc(func(reply http.ResponseWriter, req *http.Request) {
		at := connectionOf(req.Context())
		token := bearer(req)
		if right == auth.LogIn {
			token = "" // an old token must not prevent a new login
		}
		caller, err := all.Caller(req.Context(), at.uid, at.isHost(), token)
		switch {
		case errors.Is(err, staff.ErrToken):
			problem(reply, http.StatusUnauthorized, err)
		case err != nil:
			problem(reply, http.StatusInternalServerError, err)
		case !caller.Staffed && !caller.Host:
			problem(reply, http.StatusForbidden, errNoStaff)
		case !caller.May(right):
			problem(reply, http.StatusForbidden, refusedTo(caller, right))
		default:
			serve.ServeHTTP(reply, req.WithContext(auth.WithCaller(req.Context(), caller)))
		}
	})
}

// errNoStaff is the answer to a caller of the group before there is staff.
var errNoStaff = errors.New("no staff have been added yet: only root and the daemon's user may give commands")

// errLogIn is matched by the refusal of a caller who has not logged in.
var errLogIn = errors.New("log in first")

// refusedTo says which role a caller lacks.
func refusedTo(caller auth.Caller, right auth.Right) error {
	if caller.Person.Name == "" {
		return fmt.Errorf("%s: %w", auth.Needs(right), errLogIn)
	}
	return fmt.Errorf("%s; %s has the role %s", auth.Needs(right), caller.Person.Name, caller.Person.Role)
}

func (a members) login(reply http.ResponseWriter, req *http.Request) {
	var in Login
	if !body(reply, req, &in) {
		return
	}
	defer clear(in.Password)
	defer clear(in.New)
	session, err := a.staff.Login(req.Context(), staff.Attempt{Name: in.Name, UID: auth.CallerOf(req.Context()).UID, Password: in.Password, New: in.New, Change: in.Change})
	answer(reply, Session{Name: session.Person.Name, Role: string(session.Person.Role), Token: session.Token, Expires: session.Expires.UTC().Format(time.RFC3339Nano)}, err)
}

func (a members) logout(reply http.ResponseWriter, req *http.Request) {
	name, err := a.staff.Logout(req.Context(), auth.CallerOf(req.Context()).UID, bearer(req))
	answer(reply, LoggedOut{name}, err)
}

func (a members) list(reply http.ResponseWriter, req *http.Request) {
	all, err := a.staff.List(req.Context())
	answer(reply, all, err)
}

func (a members) member(reply http.ResponseWriter, req *http.Request) {
	member, err := a.staff.Show(req.Context(), req.PathValue("name"))
	answer(reply, member, err)
}

func (a members) addStaff(reply http.ResponseWriter, req *http.Request) {
	var in NewStaff
	if !body(reply, req, &in) {
		return
	}
	result, err := a.staff.Change(req.Context(), by(req), staff.Change{Kind: staff.Add, Name: in.Name, Role: auth.Role(in.Role), UID: in.UID, Reason: in.Reason})
	answer(reply, result, err)
}

func (a members) changeStaff(kind staff.Kind) http.HandlerFunc {
	return func(reply http.ResponseWriter, req *http.Request) {
		var in StaffChange
		if !body(reply, req, &in) {
			return
		}
		if (in.Role != "") != (kind == staff.SetRole) {
			problem(reply, http.StatusBadRequest, errors.New("give a role to set one, and with no other change"))
			return
		}
		result, err := a.staff.Change(req.Context(), by(req), staff.Change{Kind: kind, Name: req.PathValue("name"), Role: auth.Role(in.Role), Reason: in.Reason})
		answer(reply, result, err)
	}
}

// recoverStaff has root give somebody a new code if no two others can.
func (a members) recoverStaff(reply http.ResponseWriter, req *http.Request) {
	var in Recovery
	if !body(reply, req, &in) {
		return
	}
	change := staff.Change{Kind: staff.Recover, Name: req.PathValue("name"), Reason: in.Reason}
	if in.New {
		change.Role = auth.Admin
	}
	result, err := a.staff.Change(req.Context(), by(req), change)
	answer(reply, result, err)
}
