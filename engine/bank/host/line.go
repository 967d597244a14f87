package host

import (
	"cmp"
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
		if !l.host.macs.authentic(m, octets) {
			l.host.note(l.entry(In, m, Unauthentic))
			continue
		}
		l.take(m)
	}
}

// take handles message as the faults say; without one it processes message at once.
func (l *line) take(message *iso8583.Message) {
	f := l.host.pick(message)
	switch f.Kind {
	case DropBefore:
		l.host.note(l.entry(In, message, Ignored))
		l.drop()
	case Ignore:
		l.host.note(l.entry(In, message, Ignored))
	case Decline:
		e := l.entry(In, message, Ignored)
		e.Code = f.Code
		l.host.note(e)
		l.send(message.Answer(f.Code), Sent)
	case Contradict:
		l.send(message.Answer(f.Code), Sent)
		l.after(f.Delay, func() { l.process(message, f) })
	case Slow:
		l.after(f.Delay, func() { l.process(message, f) })
	default:
		l.process(message, f)
	}
}

// after runs do when that time has passed, unless the host is closed first.
func (l *line) after(lasting time.Duration, do func()) {
	l.host.delayed.Add(1)
	l.host.tasks.Go(func() {
		defer l.host.delayed.Add(-1)
		t := time.NewTimer(lasting)
		defer t.Stop()
		select {
		case <-t.C:
			do()
		case <-l.host.closed:
		}
	})
}

// process books message and answers it.
func (l *line) process(message *iso8583.Message, fault Fault) {
	var answer *iso8583.Message
	switch {
	case message.MTI == iso8583.NetworkRequest:
		answer = l.network(message)
	case message.MTI == iso8583.TotalsRequest:
		answer = l.totals(message)
	case classOf(message.MTI) == 0:
		l.host.macs.confirmed(message)
		l.host.note(l.entry(In, message, networkOr(message.MTI, Ignored)))
		return
	case !l.signedOn.Load():
		e := l.entry(In, message, Rejected)
		e.Code = codeNotPermitted
		l.host.note(e)
		answer = message.Answer(codeNotPermitted)
	default:
		answer = l.money(message)
	}
	if answer != nil {
		l.reply(answer, fault)
	}
}

// networkOr returns Network for an answer to one of our network requests, otherwise
// outcome.
func networkOr(mti iso8583.MTI, outcome Outcome) Outcome {
	if mti == iso8583.NetworkResponse {
		return Network
	}
	return outcome
}

// network answers a 0800.
func (l *line) network(message *iso8583.Message) *iso8583.Message {
	code := codeApproved
	switch message.Get(iso8583.DENetworkCode) {
	case iso8583.SignOn:
		l.signedOn.Store(true)
	case iso8583.SignOff:
		l.signedOn.Store(false)
	case iso8583.Echo:
	case iso8583.KeyChange:
		answer := message.Answer(code)
		l.host.macs.giveKey(answer)
		e := l.entry(In, message, Network)
		e.Code = answer.Get(iso8583.DEResponse)
		l.host.note(e)
		return answer
	default:
		code = codeNotSupported
	}
	e := l.entry(In, message, Network)
	e.Code = code
	l.host.note(e)
	return message.Answer(code)
}

// money books a request or a reversal, and its entry, as one. A host that cannot
// write its journal does not answer.
func (l *line) money(message *iso8583.Message) *iso8583.Message {
	e := l.entry(In, message, Rejected)
	h := l.host
	h.mu.Lock()
	defer h.mu.Unlock()
	holds{h}.expire()
	if classOf(message.MTI) == Reversals {
		e.Code, e.Outcome = h.book.reverse(message)
		if original, ok := message.OriginalKey(); ok {
			e.Date = original.Date
			original, _ := iso8583.ParseOriginal(message.Get(iso8583.DEOriginalData))
			e.Of = original.MTI
		}
	} else {
		made, outcome := h.book.request(message)
		if outcome == Held {
			made.at = e.At
		}
		e.Outcome, e.Code, e.AuthID, e.Original = outcome, made.code, made.authID, made.original
		if made.code == codePart {
			e.Granted = made.granted
		}
	}
	e.Balance, e.Held, e.Day = h.book.balance(e.Account), h.book.held(e.Account), business(h)
	if err := h.journal.add(e); err != nil {
		h.log.Error("host: journal cannot be written", "err", err)
		return nil
	}
	answer := message.Answer(e.Code)
	answer.Set(iso8583.DEAuthID, e.AuthID)
	answer.Set(iso8583.DESettlementDate, e.Day)
	if e.Granted > 0 {
		answer.Set(iso8583.DEAmount, fmt.Sprintf("%0*d", len(message.Get(iso8583.DEAmount)), int64(e.Granted)))
	}
	return answer
}

// send adds message to the journal and writes it; if the line is gone, the message is lost,
// as on real lines.
func (l *line) send(message *iso8583.Message, outcome Outcome) {
	frame, err := l.frame(message)
	if err != nil {
		l.host.check(err, "packing")
		return
	}
	l.host.note(l.entry(Out, message, outcome))
	l.write(frame)
}

func (l *line) frame(message *iso8583.Message) ([]byte, error) {
	packed, err := l.pack(message)
	if err != nil {
		return nil, err
	}
	return iso8583.AppendFrame(nil, packed)
}

func (l *line) pack(message *iso8583.Message) ([]byte, error) {
	packed, err := l.host.dialect.Pack(message)
	if err != nil {
		return nil, fmt.Errorf("message %s: %w", message.MTI, err)
	}
	return l.host.macs.authenticate(message.MTI, packed)
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

// entry returns the journal's entry about message, without the balance.
func (l *line) entry(direction Direction, message *iso8583.Message, outcome Outcome) *Entry {
	key := message.Key()
	amount, _ := message.Amount()
	e := &Entry{
		At: l.host.now(), Line: l.no, Dir: direction, MTI: message.MTI, Processing: message.Get(iso8583.DEProcessingCode), STAN: key.STAN, RRN: key.RRN, Date: key.Date,
		Account: message.Account(), Amount: amount, Currency: message.Get(iso8583.DECurrency), Outcome: outcome,
	}
	if message.MTI.IsResponse() {
		e.Code = cmp.Or(message.Get(iso8583.DESettlementCode), message.Get(iso8583.DEResponse))
	}
	return e
}

// note adds entry to the journal with the balance of its account.
func (h *Host) note(entry *Entry) {
	h.mu.Lock()
	defer h.mu.Unlock()
	entry.Balance, entry.Held = h.book.balance(entry.Account), h.book.held(entry.Account)
	if err := h.journal.add(entry); err != nil {
		h.log.Error("host: journal cannot be written", "err", err)
	}
}
