// Package auth says who may do what for the operator: people by name, each with a role,
// and the rights of each role.
//
//	auth.go     Person, Role      rights.go   the table of rights
//	caller.go   Caller: who asks, as the context of a request carries it
//
// A Person is somebody who gives commands. Until the first people are added, anyone who
// may connect to the daemon's socket acts for the operator, and commands name only the
// user id. People, their passwords and their tokens are kept by engine/staff. The
// package is pure and imports nothing of ours.
package auth

// Role says what a person may do. The values are stored and do not change.
type Role string

// The roles.
const (
	Viewer   Role = "viewer"   // sees payments and figures, no whole names and numbers
	Support  Role = "support"  // explains a payment to its payer; sees masked data
	Operator Role = "operator" // subscribers, shops and payments, day by day
	Finance  Role = "finance"  // money: corrections, payouts, settlement
	Admin    Role = "admin"    // staff and everything above
)

// Roles returns all roles, the one with the fewest rights first.
func Roles() []Role { return []Role{Viewer, Support, Operator, Finance, Admin} }

// ParseRole returns the role with that name.
func ParseRole(name string) (Role, bool) {
	for _, role := range Roles() {
		if string(role) == name {
			return role, true
		}
	}
	return "", false
}

// Person is a member of staff. The zero Person is nobody: a caller who has not logged in.
type Person struct {
	Name string
	Role Role
}
