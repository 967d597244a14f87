package auth_test

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"mpg/engine/auth"
)

// TestRights: who may do what is in testdata/rights.txt, so that a change is seen.
func TestRights(t *testing.T) {
	t.Parallel()
	want, err := os.ReadFile("testdata/rights.txt")
	if err != nil {
		t.Fatal(err)
	}
	if got := auth.Table(); got != string(want) {
		t.Errorf("the rights are now:\n%s", got)
	}
}

// TestRolesGrow: no role lacks what a role below it has.
func TestRolesGrow(t *testing.T) {
	t.Parallel()
	for _, rule := range auth.Rules() {
		if rule.Right == auth.RecoverStaff { // which is root's alone
			continue
		}
		had := false
		for _, role := range auth.Roles() {
			if had && !role.May(rule.Right) {
				t.Errorf("%s may not %s, and a role below it may", role, rule.What)
			}
			had = role.May(rule.Right)
		}
		if !had {
			t.Errorf("no admin may %s", rule.What)
		}
		if parsed, ok := auth.ParseRole(string(rule.Roles[0])); !ok || parsed != rule.Roles[0] {
			t.Errorf("%s is not a role", rule.Roles[0])
		}
	}
	if _, ok := auth.ParseRole("root"); ok {
		t.Error("root is a role")
	}
}

// TestCallers: before there is staff everybody may do everything; then a caller has the
// rights of their role, and root those of the last column.
func TestCallers(t *testing.T) {
	t.Parallel()
	for _, rule := range auth.Rules() {
		for _, tt := range []struct {
			caller auth.Caller
			want   bool
		}{
			{auth.Caller{UID: 7}, true},
			{auth.Caller{UID: 0, Host: true}, true},
			{auth.Caller{Staffed: true, UID: 7}, rule.Right == auth.LogIn},
			{auth.Caller{Staffed: true, Host: true}, rule.NoLogin},
			{auth.Caller{Staffed: true, Host: true, Founding: true}, rule.NoLogin || rule.Right == auth.ManageStaff},
			{auth.Caller{Staffed: true, Founding: true}, rule.Right == auth.LogIn},
			{auth.Caller{Staffed: true, Host: true, Person: auth.Person{Name: "eve", Role: auth.Viewer}}, auth.Viewer.May(rule.Right)},
			{auth.Caller{Staffed: true, Person: auth.Person{Name: "ada", Role: auth.Admin}}, rule.Right != auth.RecoverStaff},
			{auth.Caller{Staffed: true, Host: true, Person: auth.Person{Name: "odd", Role: "owner"}}, false},
		} {
			if got := tt.caller.May(rule.Right); got != tt.want {
				t.Errorf("%+v may %s: %v", tt.caller, rule.What, got)
			}
		}
	}
	ada := auth.Caller{Staffed: true, Person: auth.Person{Name: "ada", Role: auth.Admin}}
	if ada.May("fly") {
		t.Error("an admin may do what is not in the table")
	}
	if got := auth.CallerOf(auth.WithCaller(t.Context(), ada)); got != ada {
		t.Errorf("the context carries %+v", got)
	}
	if auth.CallerOf(t.Context()).Masked() {
		t.Error("the program itself sees masked data")
	}
}

// The answer to a caller who lacks a right names those who have it.
func ExampleNeeds() {
	fmt.Println(auth.Needs(auth.CorrectMoney))
	fmt.Println(auth.Needs(auth.TakeCash))
	fmt.Println(auth.Needs(auth.ManageStaff))
	fmt.Println(auth.Needs(auth.SeeRecords))
	fmt.Println(auth.Needs(auth.RecoverStaff))
	// Output:
	// this needs the role finance or admin
	// this needs the role operator, finance or admin
	// this needs the role admin
	// only members of staff may do this
	// only root and the user that runs mpg may do this, without a login
}

// TestMaskedRoles: only those who may see everything about a person do.
func TestMaskedRoles(t *testing.T) {
	t.Parallel()
	var masked []string
	for _, role := range auth.Roles() {
		if (auth.Caller{Staffed: true, Person: auth.Person{Name: "p", Role: role}}).Masked() {
			masked = append(masked, string(role))
		}
	}
	if got := strings.Join(masked, " "); got != "viewer support" {
		t.Errorf("%s see masked data", got)
	}
}
