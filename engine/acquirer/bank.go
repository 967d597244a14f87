package acquirer

import (
	"context"
	"time"

	"mpg/engine/bank"
)

// Bank asks one bank or card issuer. It is *bank.Link in the daemon.
type Bank interface {
	// Up reports whether the link is signed on.
	Up() bool
	// Prepare packs a request, to be stored before it is sent. Its errors wrap
	// bank.ErrInvalid.
	Prepare(r bank.Request) (bank.Packed, error)
	// Authorize asks for money; see bank.Link.Authorize for its errors.
	Authorize(ctx context.Context, p bank.Packed) (bank.Reply, error)
	// Advise takes what a request holds, as often as it is sent; see bank.Link.Advise.
	Advise(ctx context.Context, p bank.Packed, repeat bool) (bank.Reply, error)
	// Reverse undoes a request; the outcome says what the bank's answer means.
	Reverse(ctx context.Context, p bank.Packed, repeat bool) (bank.Undo, error)
	// Window returns how many reversals and advices may be outstanding at once.
	Window() int
}

// Patient is a Bank whose answers may come after a restart. A request that was sent before may
// be sent again, and has its effect once.
type Patient interface {
	// Outlives reports whether its requests outlive a restart, so that a stop need not wait.
	Outlives() bool
	// Asks reports whether a request that was sent before this process may be sent again.
	Asks(packed bank.Packed) bool
}

// patient reports whether the requests to a bank outlive a restart.
func patient(link Bank) bool {
	one, ok := link.(Patient)
	return ok && one.Outlives()
}

// asksAgain reports whether a request that was sent before this process may be sent again.
func asksAgain(link Bank, packed bank.Packed) bool {
	one, ok := link.(Patient)
	return ok && one.Asks(packed)
}

// Reversal says how the requests to a bank are reversed, and its advices repeated.
type Reversal struct {
	Retry time.Duration // the shortest interval between two tries
	For   time.Duration // after which a request that the bank has not confirmed as undone, or an advice that it has not answered, is in doubt
}

// Defaults of a bank that is not, or no longer, in the configuration.
const (
	reversalRetry = 30 * time.Second
	reversalFor   = 24 * time.Hour
)

// reversalOf returns the rules for a bank, out of those by name.
func reversalOf(rules map[string]Reversal, bankName string) Reversal {
	if one, ok := rules[bankName]; ok {
		return one
	}
	return Reversal{Retry: reversalRetry, For: reversalFor}
}
