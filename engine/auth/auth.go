// Package auth holds who may do what at the operator's: people by name, each with a
// role.
//
// A Person is who gives a command. Until the first people are added, the operator is
// whoever may connect to the daemon's socket, and commands name only the user id. The
// package is pure and imports nothing of ours.
package auth

// Role says what a person may do. The values are stored and do not change.
type Role string

// The roles.
const (
	Viewer   Role = "viewer"   // sees payments and figures, no names and no whole numbers
	Support  Role = "support"  // explains a payment to its payer; sees masked data
	Operator Role = "operator" // subscribers, shops and payments, day by day
	Finance  Role = "finance"  // money: corrections, payouts, settlement
	Admin    Role = "admin"    // staff and everything above
)

// Person is a member of staff. The zero Person is nobody: a caller who has not logged in.
type Person struct {
	Name string
	Role Role
}
