package demo

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"

	"mpg/smpp/pdu"
	"mpg/smpp/smsc"
)

// Errors of a text, shown to its sender.
var (
	errSMSCDown = errors.New("the SMSC is down")
	errNotTaken = errors.New("the gateway has not taken the text yet; the SMSC keeps trying")
)

// exchange joins the handsets to the simulated SMSC.
type exchange struct {
	addr     string
	phones   map[string]*handset // by number
	server   *smsc.Server
	down     atomic.Bool
	messages atomic.Uint64 // message_ids given

	mu       sync.Mutex
	attempts map[string]int // submit_sm to a magic number
}

// openExchange starts the SMSC on loopback.
func openExchange(phones map[string]*handset) (*exchange, error) {
	x := &exchange{phones: phones, attempts: map[string]int{}}
	var err error
	x.server, err = smsc.Listen(smsc.Config{
		Addr: "127.0.0.1:0", SystemID: smscUser, Password: smscLogin, OnSubmit: x.submit})
	if err != nil {
		return nil, fmt.Errorf("the SMSC: %w", err)
	}
	x.addr = x.server.Addr()
	return x, nil
}

// submit shows a text of the gateway on the handset it is for. Other numbers
// are taken too: they are somebody's, elsewhere. SMPP 3.4 4.4
func (x *exchange) submit(submit smsc.Submit) (string, pdu.Status) {
	if st := x.refusal(submit.To); st != pdu.ROK {
		return "", st
	}
	if p := x.phones["+"+strings.TrimPrefix(submit.To, "+")]; p != nil && submit.Err == nil {
		p.receive(submit.From, submit.Text)
	}
	return strconv.FormatUint(x.messages.Add(1), 10), pdu.ROK
}

// magicTries is how often a text to a magic number is tried: all tries but the last
// are refused.
const magicTries = 3

// refusal returns the status that answers a submit_sm to a magic number.
func (x *exchange) refusal(to string) pdu.Status {
	m, _ := magicOf(to)
	if m.status == pdu.ROK || m.always {
		return m.status
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.attempts[to]++; x.attempts[to]%magicTries == 0 {
		return pdu.ROK
	}
	return m.status
}

// deliver hands a text to the gateway and returns when it has acknowledged it,
// which it does once it is committed.
func (x *exchange) deliver(ctx context.Context, from, to, body string) error {
	if x.down.Load() {
		return errSMSCDown
	}
	if m, _ := magicOf(from); m.twice {
		if err := x.server.DeliverAsync(from, to, body, nil); err != nil {
			return err
		}
	}
	status, err := x.server.Deliver(ctx, from, to, body)
	switch {
	case ctx.Err() != nil:
		return errNotTaken
	case err != nil:
		return err
	case status != pdu.ROK:
		return fmt.Errorf("the gateway refuses the text: %s", status)
	}
	return nil
}

// setDown drops the bind and refuses new ones, or heals that.
func (x *exchange) setDown(on bool) {
	x.down.Store(on)
	x.server.SetFaults(smsc.Faults{Down: on})
}

// bound waits until the gateway is bound.
func (x *exchange) bound(ctx context.Context) error { return x.server.WaitBound(ctx, 1) }

func (x *exchange) close() error { return x.server.Close() }
