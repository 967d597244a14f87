package bank

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync/atomic"
	"time"

	"mpg/engine/bank/cbcmac"
	"mpg/engine/bank/iso8583"
)

// Keys hold the keys shared with a bank. *keyring.Ring does.
type Keys interface {
	// Ready reports whether there is a key to make MACs with.
	Ready() bool
	// Since returns since when the key has been in use; Unsure reports whether the bank may
	// have begun to use another one.
	Since() time.Time
	Unsure() bool
	// Sum returns the MAC of data.
	Sum(data []byte) (cbcmac.Code, error)
	// Verify reports whether the first octets of code are those of the MAC of data.
	Verify(now time.Time, data []byte, code cbcmac.Code, octets int) bool
	// Offer takes in a key from the bank and returns its check value; Use begins to use it.
	Offer(now time.Time, sealed, check string) (value string, err error)
	Use(now time.Time) error
	// Checks returns the check values of the keys.
	Checks() []cbcmac.Check
}

// MACClass is a class of messages that may carry a MAC, by the second digit of its type.
type MACClass string

// The classes.
const (
	MACAuthorization  MACClass = "authorization"  // 01xx
	MACFinancial      MACClass = "financial"      // 02xx
	MACReversal       MACClass = "reversal"       // 04xx
	MACReconciliation MACClass = "reconciliation" // 05xx
	MACNetwork        MACClass = "network"        // 08xx
)

// macClass returns the class of a message type, or "".
func macClass(mti iso8583.MTI) MACClass {
	switch mti[mtiClass] {
	case '1':
		return MACAuthorization
	case '2':
		return MACFinancial
	case '4':
		return MACReversal
	case '5':
		return MACReconciliation
	case '8':
		return MACNetwork
	}
	return ""
}

// MAC says which messages carry a message authentication code, and how keys for it come. A
// message of these classes whose MAC is missing or wrong is taken as not received: a request
// stays without an answer, and is reversed. Network messages need none until there is a key.
type MAC struct {
	Keys   Keys       // nil: there are no MACs
	On     []MACClass // in both directions
	Octets int        // how many of the MAC are sent, the rest being zeros: 4 to 8

	// KeyCode is ISO 8583:1987 DE70 of a message that asks for a key or brings one; empty:
	// iso8583.KeyChange. KeyElement holds the key, encrypted, in hexadecimal digits: DE48,
	// followed by its check value, or DE96, with the check value in DE48; 0: DE48.
	KeyCode    string
	KeyElement iso8583.DE
	// KeyEvery asks the host for a new key after that time, and at the first sign-on; 0: the
	// host sends keys when it wants.
	KeyEvery time.Duration
}

// check refuses what no host can want.
func (m *MAC) check() error {
	const least = 4
	switch {
	case m.Keys == nil:
		return nil
	case m.Octets < least || m.Octets > cbcmac.Size:
		return fmt.Errorf("a MAC of %d octets; want %d to %d", m.Octets, least, cbcmac.Size)
	case m.KeyElement != 0 && m.KeyElement != iso8583.DEAdditional && m.KeyElement != iso8583.DESecurity:
		return fmt.Errorf("a key in element %d; want %d or %d", m.KeyElement, iso8583.DEAdditional, iso8583.DESecurity)
	}
	if m.KeyCode == "" {
		m.KeyCode = iso8583.KeyChange
	}
	return nil
}

// ready reports whether the MACs that are needed can be made.
func (m *MAC) ready() bool { return m.Keys == nil || m.Keys.Ready() }

// covers reports whether messages of a type carry a MAC.
func (m *MAC) covers(mti iso8583.MTI) bool {
	class := macClass(mti)
	return m.Keys != nil && slices.Contains(m.On, class) && (class != MACNetwork || m.Keys.Ready())
}

// guard makes and checks the MACs of one link, and takes in keys for them.
type guard struct {
	MAC
	dialect  *iso8583.Dialect
	now      func() time.Time
	log      *slog.Logger
	counters *counters
	asked    atomic.Int64 // when the host was last asked for a key, in nanoseconds since 1970
}

// authenticate returns packed with a MAC, if its type needs one. packed stays as it is.
func (g *guard) authenticate(dialect *iso8583.Dialect, mti iso8583.MTI, packed []byte) ([]byte, error) {
	if !g.covers(mti) {
		return packed, nil
	}
	failed := false
	sealed, err := dialect.Authenticate(packed, func(data []byte) (iso8583.Code, error) {
		code, err := g.Keys.Sum(data)
		failed = err != nil
		return iso8583.Code(cbcmac.Truncate(code, g.Octets)), err
	})
	switch {
	case failed:
		return nil, down(causeKey, "there is no key for the MAC", err)
	case err != nil:
		return nil, Invalid(err)
	}
	return sealed, nil
}

// authentic reports whether message, read from octets, has the MAC that its type needs. If
// not, fault says what is wrong with it.
func (g *guard) authentic(message *iso8583.Message, octets []byte) (fault string, ok bool) {
	if !g.covers(message.MTI) {
		return "", true
	}
	data, code, found := g.dialect.MAC(octets)
	switch {
	case !found:
		return macMissing, false
	case g.Keys.Verify(g.now(), data, cbcmac.Code(code), g.Octets):
		return "", true
	}
	return macWrong, false
}

// refuse makes a message without a valid MAC as if it had never come, but counted, logged,
// and a hint to whoever waits.
func (l *Link) refuse(message *iso8583.Message, fault string) {
	l.counters.add(seriesMAC, fault)
	l.exchanges.unauthentic(message, fault)
	l.limited.warn(l, "message from the bank has no valid MAC; it is treated as not received", "mac", fault,
		"mti", string(message.MTI), "stan", message.Get(iso8583.DESTAN), "rrn", message.Get(iso8583.DERRN))
}

// unauthentic notes at the request that message seems to answer why it was not taken.
func (x *exchanges) unauthentic(message *iso8583.Message, what string) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if e := x.find(message); e != nil {
		e.hint = &hint{causeMAC, "an answer came whose MAC is " + what}
	}
}

// isKey reports whether a network message of the host brings a key.
func (m *MAC) isKey(message *iso8583.Message) bool {
	return m.Keys != nil && message.Get(iso8583.DENetworkCode) == m.KeyCode
}

// keyIn returns the encrypted key in message and its check value; empty: there is none.
func (m *MAC) keyIn(message *iso8583.Message) (sealed, check string) {
	if m.KeyElement == iso8583.DESecurity {
		return message.Get(iso8583.DESecurity), message.Get(iso8583.DEAdditional)
	}
	const checkDigits = 6
	both := message.Get(iso8583.DEAdditional)
	at := max(0, len(both)-checkDigits)
	return both[:at], both[at:]
}

// serveKey takes in a key that the host sends, answers, and uses the key from then on. The
// key before still counts for what is on its way. Writing the key must not hold up the
// reading of the line.
func (s *session) serveKey(message *iso8583.Message) {
	g := s.link.guard
	s.link.background(func() {
		if !g.take(message) {
			s.answer(message, codeSecurity)
			return
		}
		s.answer(message, codeApproved)
		g.use()
	})
}

// take stores the key in message, and reports whether it could.
func (g *guard) take(message *iso8583.Message) bool {
	sealed, check := g.keyIn(message)
	value, err := g.Keys.Offer(g.now(), sealed, check)
	if err != nil {
		g.counters.add(seriesKeys, keyRefused)
		g.log.Error("key from the bank was not accepted; the previous one stays in use", "err", err)
		return false
	}
	g.counters.add(seriesKeys, keyTaken)
	g.log.Info("key from the bank accepted", "check_value", value)
	return true
}

// use begins to use the key that was stored.
func (g *guard) use() {
	if err := g.Keys.Use(g.now()); err != nil {
		g.log.Error("new key cannot be used yet", "err", err)
	}
}

// renewal returns a channel that tells when to ask for a key; it never does if the host
// sends them of its own accord.
func (g *guard) renewal() <-chan time.Time {
	if g.Keys == nil || g.KeyEvery == 0 {
		return nil
	}
	return time.After(max(0, g.renewIn(g.now())))
}

// keyAgain is the shortest time between two requests for a key.
const keyAgain = time.Minute

// renewIn returns how long the key in use will do, or the host is given to send the one that
// it was asked for.
func (g *guard) renewIn(now time.Time) time.Duration {
	left := g.Keys.Since().Add(g.KeyEvery).Sub(now)
	if g.Keys.Unsure() || !g.Keys.Ready() {
		left = 0
	}
	return max(left, time.Unix(0, g.asked.Load()).Add(keyAgain).Sub(now))
}

// renewKey asks the host for a key, unless another line has. Its answer brings the key, or
// says that the host will send it.
func (s *session) renewKey(ctx context.Context) {
	g := s.link.guard
	now, asked := g.now(), g.asked.Load()
	if g.renewIn(now) > 0 || !g.asked.CompareAndSwap(asked, now.UnixNano()) {
		return
	}
	answer, err := s.askNetwork(ctx, g.KeyCode, s.link.cfg.Timeout)
	switch {
	case err != nil && !errors.Is(err, context.Canceled):
		g.log.Warn("bank sent no key", "err", err)
	case err == nil && answer.Get(iso8583.DEAdditional) != "" && g.take(answer):
		g.use()
	}
}
