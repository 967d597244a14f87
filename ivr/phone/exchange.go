package phone

import (
	"bytes"
	"errors"
	"log/slog"
	"net/netip"
	"strings"
	"sync"
	"time"

	"github.com/emiago/sipgo/sip"

	"mpg/ivr/media"
	mpgsip "mpg/ivr/sip"
)

// Limits of a handset.
const (
	keyTime      = 100 * time.Millisecond // of a key press; ITU-T Q.24 asks for 40 ms
	DefaultQuiet = 900 * time.Millisecond // Config.Quiet if it is zero
	heardMax     = 10 * 60 * 8000         // octets kept of one call: ten minutes
	pastMax      = 64                     // recorded calls kept
	closeWait    = 2 * time.Second        // for the answers to the last BYEs
)

// Config is where an Exchange listens.
type Config struct {
	Listen  netip.AddrPort // SIP over UDP; port 0: any
	Media   *media.Engine  // RTP; outlives the Exchange
	Default Behaviour      // of numbers without one of their own
	// Behave, if set, returns the behaviour of a number (E.164), and whether it has
	// one; otherwise Default applies. It must not block.
	Behave func(number string) (Behaviour, bool)
	// Quiet is the silence that ends a prompt, longer than the pauses between
	// sentences; 0: DefaultQuiet.
	Quiet time.Duration
	// Events is told what happens to calls. Began and Fell come on the media
	// thread: it must not block, and must not hang up itself. May be nil.
	Events func(Event)
	Log    *slog.Logger // nil: none
}

// Kind is what an Event tells of.
type Kind uint8

// The events of a call.
const (
	Ringing  Kind = iota // 180 has gone
	Answered             // the ACK has come, audio runs
	Began                // a prompt begins
	Fell                 // a prompt has ended: silence fell
	Pressed              // a key was pressed
	Ended                // the call is over
)

// Event is something that happened at a handset.
type Event struct {
	Kind Kind
	Call *Call
	Key  byte // of Pressed
}

// Exchange serves the handsets of all numbers on one SIP socket.
type Exchange struct {
	cfg Config
	ep  *mpgsip.Endpoint
	log *slog.Logger

	mu      sync.Mutex
	set     map[string]Behaviour // by number, digits only
	calls   map[string]*Call     // by Call-ID, from INVITE to the end
	engaged map[string]*Call     // by number
	past    []*Call              // the last ended calls that were recorded
	changed chan struct{}        // closed when a call ends

	closed bool // no more calls

	wg   sync.WaitGroup // calls, from INVITE to the end of their acts
	stop chan struct{}  // closed when all handsets hang up
}

// New opens the exchange.
func New(cfg Config) (*Exchange, error) {
	if cfg.Media == nil {
		return nil, errors.New("phone needs a media engine")
	}
	x := &Exchange{
		cfg: cfg, log: cfg.Log, set: map[string]Behaviour{}, calls: map[string]*Call{},
		engaged: map[string]*Call{}, changed: make(chan struct{}), stop: make(chan struct{}),
	}
	if x.cfg.Quiet <= 0 {
		x.cfg.Quiet = DefaultQuiet
	}
	if x.log == nil {
		x.log = slog.New(slog.DiscardHandler)
	}
	ep, err := mpgsip.Open(mpgsip.EndpointConfig{Listen: cfg.Listen, User: "phone", Filter: x.filter, Log: x.log})
	if err != nil {
		return nil, err
	}
	x.ep = ep
	ep.Server.OnInvite(x.onInvite)
	ep.Server.OnAck(x.onAck)
	ep.Server.OnBye(x.onBye)
	// RFC 3261 11.2
	ep.Server.OnOptions(func(req *sip.Request, tx sip.ServerTransaction) { x.respond(tx, req, 200, "OK") })
	// RFC 3261 9.2: the CANCEL of an INVITE that rings goes to its transaction.
	ep.Server.OnCancel(func(req *sip.Request, tx sip.ServerTransaction) {
		x.respond(tx, req, 481, "Call/Transaction Does Not Exist")
	})
	ep.Serve()
	return x, nil
}

// Addr returns the address of the handsets: the trunk is "sip:" + Addr().String().
func (x *Exchange) Addr() netip.AddrPort { return x.ep.Addr() }

// Set gives a number its behaviour, from its next call on.
func (x *Exchange) Set(number string, behaviour Behaviour) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.set[digits(number)] = behaviour
}

// Call returns the call that rings or talks at the number; nil: none.
func (x *Exchange) Call(number string) *Call {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.engaged[digits(number)]
}

// Active is the number of calls that ring or talk.
func (x *Exchange) Active() int {
	x.mu.Lock()
	defer x.mu.Unlock()
	return len(x.calls)
}

// Last returns the call of the number that ended last and whose Behaviour says
// Record; nil: none.
func (x *Exchange) Last(number string) *Call {
	x.mu.Lock()
	defer x.mu.Unlock()
	for i := len(x.past) - 1; i >= 0; i-- {
		if x.past[i].number == digits(number) {
			return x.past[i]
		}
	}
	return nil
}

// Idle returns a channel that is closed once no call rings or talks.
func (x *Exchange) Idle() <-chan struct{} {
	idle := make(chan struct{})
	go func() {
		defer close(idle)
		for {
			x.mu.Lock()
			left, changed := len(x.calls), x.changed
			x.mu.Unlock()
			if left == 0 {
				return
			}
			select {
			case <-changed:
			case <-x.stop:
				return
			}
		}
	}()
	return idle
}

// Close hangs up every call and closes the socket.
func (x *Exchange) Close() error {
	x.mu.Lock()
	if x.closed {
		x.mu.Unlock()
		return nil
	}
	x.closed = true
	x.mu.Unlock()
	close(x.stop)
	x.wg.Wait()
	return x.ep.Close()
}

// digits is the key of a number: with or without +, sip users look alike.
func digits(number string) string { return strings.TrimPrefix(number, "+") }

// enter makes the call of an INVITE; nil: the handset is engaged. The caller
// says x.wg.Done when the INVITE is dealt with.
func (x *Exchange) enter(req *sip.Request, tx sip.ServerTransaction) *Call {
	number := digits(req.Recipient.User)
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.closed || x.engaged[number] != nil {
		return nil
	}
	b, ok := x.set[number]
	if !ok && x.cfg.Behave != nil {
		b, ok = x.cfg.Behave("+" + number)
	}
	if !ok {
		b = x.cfg.Default
	}
	c := newCall(x, number, b, req, tx)
	x.calls[c.invite.id], x.engaged[number] = c, c
	x.wg.Add(1)
	return c
}

func (x *Exchange) leave(call *Call) {
	x.mu.Lock()
	defer x.mu.Unlock()
	delete(x.calls, call.invite.id)
	delete(x.engaged, call.number)
	if call.behaviour.Record {
		x.past = append(x.past, call)
		x.past = x.past[max(0, len(x.past)-pastMax):]
	}
	close(x.changed)
	x.changed = make(chan struct{})
}

func (x *Exchange) find(req sip.Message) *Call {
	id := req.CallID()
	if id == nil {
		return nil
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.calls[id.Value()]
}

// filter lets everything in but the CANCEL of a handset that Crosses, which is still on its
// way when the handset is picked up, and its repeats until then.
func (x *Exchange) filter(_ sip.TransportReadProps, data []byte) ([]byte, error) {
	if !bytes.HasPrefix(data, []byte("CANCEL ")) {
		return data, nil
	}
	msg, err := sip.ParseMessage(bytes.Clone(data))
	if err != nil {
		return data, nil
	}
	if c := x.find(msg); c != nil && c.behaviour.Does == Crosses && (c.invite.cross() || c.connection() == nil) {
		return nil, nil
	}
	return data, nil
}

func (x *Exchange) tell(event Event) {
	if x.cfg.Events != nil {
		x.cfg.Events(event)
	}
}
