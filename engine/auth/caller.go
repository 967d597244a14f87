package auth

import "context"

// Caller is who asks for something.
type Caller struct {
	UID    uint32 // of the process at the other end of the socket
	Person Person // who has logged in; zero: nobody
	// Staffed reports whether there is staff. Until then anyone who may connect to
	// the socket may do everything.
	Staffed bool
	// Host reports whether the caller is root or the daemon's own user.
	Host bool
	// Founding reports whether the first two admins have yet to be added, or to log in.
	Founding bool
}

// May reports whether the caller has a right.
func (c Caller) May(right Right) bool {
	switch {
	case !c.Staffed:
		return true
	case c.Person.Name != "":
		return c.Person.Role.May(right)
	case right == LogIn:
		return true
	case right == ManageStaff && c.Founding: // engine/staff looks at what is changed
		return c.Host
	}
	return c.Host && ruleOf(right).NoLogin
}

// Masked reports whether names and numbers of subscribers are to be hidden from the caller.
func (c Caller) Masked() bool { return !c.May(SeeWhole) }

// callerKey is the key of a Caller in a context.
type callerKey struct{}

// WithCaller returns a context that carries who asks.
func WithCaller(ctx context.Context, caller Caller) context.Context {
	return context.WithValue(ctx, callerKey{}, caller)
}

// CallerOf returns who asks. Without one it is the program itself, which may do everything.
func CallerOf(ctx context.Context) Caller {
	caller, _ := ctx.Value(callerKey{}).(Caller)
	return caller
}
