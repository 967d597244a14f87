package auth

import (
	"slices"
	"strings"
)

// Right is something that a caller may be allowed to do.
type Right string

// The rights. Each route of the operator's socket needs one of them.
const (
	LogIn          Right = "log in"
	SeeStatus      Right = "see status"
	SeeFigures     Right = "see figures"
	SeeRecords     Right = "see records"
	SeeWhole       Right = "see whole"
	SeeAudit       Right = "see audit"
	ManagePeople   Right = "manage people"
	TakeCash       Right = "take cash"
	RefundPayments Right = "refund payments"
	CorrectMoney   Right = "correct money"
	UseModules     Right = "use modules"
	VerifyLedger   Right = "verify ledger"
	BackUp         Right = "back up"
	Maintain       Right = "maintain"
	SeeStaff       Right = "see staff"
	ManageStaff    Right = "manage staff"
	RecoverStaff   Right = "recover staff"
	Approve        Right = "approve"
	ApprovePeople  Right = "approve people"
	ApproveMoney   Right = "approve money"
	ApproveStaff   Right = "approve staff"
)

// Rule says who has a right.
type Rule struct {
	Right Right  `json:"right"`
	What  string `json:"what"` // what the right allows, for people
	Roles []Role `json:"roles"`
	// NoLogin reports whether root and the daemon's own user have the right without having
	// logged in, once there is staff. They never approve anything.
	NoLogin bool `json:"no_login"`
}

// Rules returns the table of rights: who may do what once there is staff.
func Rules() []Rule {
	everyone, money := Roles(), []Role{Finance, Admin}
	daily := []Role{Operator, Finance, Admin}
	return []Rule{
		{LogIn, "log in and out", everyone, true},
		{SeeStatus, "see what is running", everyone, true},
		{SeeFigures, "see statistics and accounts of the operator", everyone, false},
		{SeeRecords, "find and see payments, subscribers and shops", everyone, false},
		{SeeWhole, "see their names and numbers unmasked", daily, false},
		{SeeAudit, "see what staff did and read", money, false},
		{ManagePeople, "register, change and block subscribers and shops", daily, false},
		{TakeCash, "top up purses", daily, false},
		{RefundPayments, "refund, capture and release payments", daily, false},
		{CorrectMoney, "correct top-ups, resolve payments", money, false},
		{UseModules, "use the commands of modules", daily, false},
		{VerifyLedger, "verify the ledger", money, true},
		{BackUp, "back up the books", []Role{Admin}, true},
		{Maintain, "check and rebuild what is derived from the books", []Role{Admin}, true},
		{SeeStaff, "see who is staff", money, true},
		{ManageStaff, "add, block and change staff", []Role{Admin}, false},
		{RecoverStaff, "let somebody log in again if no two others can", []Role{}, true},
		{Approve, "see and answer what waits for a second person", daily, false},
		{ApprovePeople, "approve changes to subscribers and shops", daily, false},
		{ApproveMoney, "approve what moves money", money, false},
		{ApproveStaff, "approve changes to staff", money, false},
	}
}

// ruleOf returns the rule of a right. Nobody has a right that is not in the table.
func ruleOf(right Right) Rule {
	for _, rule := range Rules() {
		if rule.Right == right {
			return rule
		}
	}
	return Rule{Right: right}
}

// May reports whether a person of that role has the right.
func (r Role) May(right Right) bool { return slices.Contains(ruleOf(right).Roles, r) }

// Needs returns what somebody who lacks a right is told: "this needs the role finance or
// admin".
func Needs(right Right) string {
	switch len(ruleOf(right).Roles) {
	case len(Roles()):
		return "only members of staff may do this"
	case 0:
		return "only root and the user that runs mpg may do this, without a login"
	}
	return "this needs the role " + With(right)
}

// With returns the roles that have a right, for people: "operator, finance or admin".
func With(right Right) string {
	roles := ruleOf(right).Roles
	text := ""
	for i, role := range roles {
		switch {
		case i == 0:
		case i == len(roles)-1:
			text += " or "
		default:
			text += ", "
		}
		text += string(role)
	}
	return text
}

// Table returns the rights by role as a table for people: a header and a line for each
// right, in columns that tabs separate. The last column is root and the daemon's user, who
// have not logged in.
func Table() string {
	var table strings.Builder
	table.WriteString("RIGHT")
	for _, role := range Roles() {
		table.WriteString("\t" + string(role))
	}
	table.WriteString("\troot\n")
	for _, rule := range Rules() {
		table.WriteString(rule.What)
		for _, role := range Roles() {
			table.WriteString("\t" + yes(slices.Contains(rule.Roles, role)))
		}
		table.WriteString("\t" + yes(rule.NoLogin) + "\n")
	}
	return table.String()
}

// yes marks what is allowed.
func yes(allowed bool) string {
	if allowed {
		return "yes"
	}
	return "-"
}
