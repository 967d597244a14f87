package host

import (
	"errors"
	"fmt"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"mpg/engine/bank/iso8583"
)

// writeTimeout is how long a line may refuse to take an answer.
const writeTimeout = 5 * time.Second

// line is one connection of a gateway.
type line struct {
	host     *Host
	conn     net.Conn
	no       int
	signedOn atomic.Bool
	writing  sync.Mutex
}

func (l *line) drop() { l.host.check(l.conn.Close(), "closing a line") }

// serve reads until the line ends.
func (l *line) serve() {
	defer func() {
		l.drop()
		l.host.mu.Lock()
		delete(l.host.lines, l)
		l.host.mu.Unlock()
	}()
	for {
		octets, err := iso8583.ReadFrame(l.conn)
		if err != nil {
			return
		}
		m, err := l.host.dialect.Unpack(octets)
		if err != nil {
			l.host.note(&Entry{At: l.host.now(), Line: l.no, Dir: In, Outcome: Unreadable})
			continue
		}
		l.take(m)
	}
}

// take does with m what the faults say; none is to process it at once.
func (l *line) take(m *iso8583.Message) {
	f := l.host.pick(m)
	switch f.Kind {
	case DropBefore:
		l.host.note(l.entry(In, m, Ignored))
		l.drop()
	case Ignore:
		l.host.note(l.entry(In, m, Ignored))
	case Decline:
		e := l.entry(In, m, Ignored)
		e.Code = f.Code
		l.host.note(e)
		l.send(m.Answer(f.Code), Sent)
	case Contradict:
		l.send(m.Answer(f.Code), Sent)
		l.after(f.Delay, func() { l.process(m, f) })
	case Slow:
		l.after(f.Delay, func() { l.process(m, f) })
	default:
		l.process(m, f)
	}
}

// after runs do when d is over, unless the host is closed before.
func (l *line) after(d time.Duration, do func()) {
	l.host.delayed.Add(1)
	l.host.tasks.Go(func() {
		defer l.host.delayed.Add(-1)
		t := time.NewTimer(d)
		defer t.Stop()
		select {
		case <-t.C:
			do()
		case <-l.host.closed:
		}
	})
}

// process books m and answers it.
func (l *line) process(m *iso8583.Message, f Fault) {
	var answer *iso8583.Message
	switch {
	case m.MTI == iso8583.NetworkRequest:
		answer = l.network(m)
	case classOf(m.MTI) == 0:
		l.host.note(l.entry(In, m, networkOr(m.MTI, Ignored)))
		return
	case !l.signedOn.Load():
		e := l.entry(In, m, Rejected)
		e.Code = codeNotPermitted
		l.host.note(e)
		answer = m.Answer(codeNotPermitted)
	default:
		answer = l.money(m)
	}
	if answer != nil {
		l.reply(answer, f)
	}
}

// networkOr is Network for an answer to one of our network requests, else o.
func networkOr(t iso8583.MTI, o Outcome) Outcome {
	if t == iso8583.NetworkResponse {
		return Network
	}
	return o
}

// network answers a 0800.
func (l *line) network(m *iso8583.Message) *iso8583.Message {
	code := codeApproved
	switch m.Get(iso8583.DENetworkCode) {
	case iso8583.SignOn:
		l.signedOn.Store(true)
	case iso8583.SignOff:
		l.signedOn.Store(false)
	case iso8583.Echo:
	default:
		code = codeNotSupported
	}
	e := l.entry(In, m, Network)
	e.Code = code
	l.host.note(e)
	return m.Answer(code)
}

// money books a request or a reversal, and its entry, as one. A host that cannot
// write its journal does not answer.
func (l *line) money(m *iso8583.Message) *iso8583.Message {
	e := l.entry(In, m, Rejected)
	h := l.host
	h.mu.Lock()
	defer h.mu.Unlock()
	if classOf(m.MTI) == Requests {
		d, outcome := h.book.request(m)
		e.Outcome, e.Code, e.AuthID = outcome, d.code, d.authID
	} else {
		e.Code, e.Outcome = h.book.reverse(m)
		if original, ok := m.OriginalKey(); ok {
			e.Date = original.Date
		}
	}
	e.Balance = h.book.balance(e.Account)
	if err := h.journal.add(e); err != nil {
		h.log.Error("host: journal cannot be written", "err", err)
		return nil
	}
	answer := m.Answer(e.Code)
	answer.Set(iso8583.DEAuthID, e.AuthID)
	answer.Set(iso8583.DESettlementDate, e.At.UTC().Format("0102"))
	return answer
}

// send notes m and writes it; a line that is gone loses it, as lines do.
func (l *line) send(m *iso8583.Message, o Outcome) {
	frame, err := l.frame(m)
	if err != nil {
		l.host.check(err, "packing")
		return
	}
	l.host.note(l.entry(Out, m, o))
	l.write(frame)
}

func (l *line) frame(m *iso8583.Message) ([]byte, error) {
	packed, err := l.pack(m)
	if err != nil {
		return nil, err
	}
	return iso8583.AppendFrame(nil, packed)
}

func (l *line) pack(m *iso8583.Message) ([]byte, error) {
	packed, err := l.host.dialect.Pack(m)
	if err != nil {
		return nil, fmt.Errorf("message %s: %w", m.MTI, err)
	}
	return packed, nil
}

func (l *line) write(octets []byte) {
	l.writing.Lock()
	defer l.writing.Unlock()
	err := l.conn.SetWriteDeadline(time.Now().Add(writeTimeout))
	if err == nil {
		_, err = l.conn.Write(octets)
	}
	if err != nil {
		l.host.check(errors.Join(err, l.conn.Close()), "writing")
	}
}

// entry is the journal's line about m, without the balance.
func (l *line) entry(d Direction, m *iso8583.Message, o Outcome) *Entry {
	key := m.Key()
	amount, _ := m.Amount()
	e := &Entry{
		At: l.host.now(), Line: l.no, Dir: d, MTI: m.MTI, STAN: key.STAN, RRN: key.RRN, Date: key.Date,
		Account: m.Get(iso8583.DEAccount), Amount: amount, Currency: m.Get(iso8583.DECurrency), Outcome: o,
	}
	if m.MTI.IsResponse() {
		e.Code = m.Get(iso8583.DEResponse)
	}
	return e
}

// note adds e to the journal with the balance of its account.
func (h *Host) note(e *Entry) {
	h.mu.Lock()
	defer h.mu.Unlock()
	e.Balance = h.book.balance(e.Account)
	if err := h.journal.add(e); err != nil {
		h.log.Error("host: journal cannot be written", "err", err)
	}
}
