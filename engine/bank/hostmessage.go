package bank

import (
	"fmt"
	"strings"
	"time"

	"mpg/engine/bank/iso8583"
	"mpg/store/money"
)

// Response codes that mpg gives to a host, or understands. ISO 8583:1987 DE39
const (
	codeApproved     = "00"
	codePart         = "10" // approved in part; only hosts say so
	codeNotLocated   = "25"
	codeFormat       = "30" // format error
	codeNotSupported = "40"
	codeSecurity     = "63" // security violation: a key that cannot be taken
)

// takingMax is how many reversals that the host initiates are recorded at once.
// The host repeats those that are not answered.
const takingMax = 16

// HostMessage is a reversal that the host initiated: it says that a request is
// undone.
type HostMessage struct {
	MTI      string // 0420, 0421, 0400 or 0401
	STAN     uint32 // of the message
	RRN      string
	Original Original
	Amount   money.Amount // 0: not told
	// Processing is ISO 8583:1987 DE3; it may be empty. Compare it with Kind.Processing.
	Processing string
	// Doubtful says why the message does not prove that the whole request is undone: an
	// element of it cannot be read, or says that part of it stands. Empty: it does.
	Doubtful string
}

// Original names the request that a message is about, ISO 8583:1987 DE90.
type Original struct {
	STAN        uint32
	Transmitted string // DE7 of the request, MMDDhhmmss in UTC
	Acquirer    string // without leading zeros
}

// serve answers a message that the host initiated. The host repeats an advice
// until it is answered, so every copy is answered.
func (s *session) serve(message *iso8583.Message) {
	l := s.link
	kind, answered := classOf(message.MTI)
	l.counters.add(seriesHost, kind)
	switch {
	case !answered:
		l.limited.warn(l, "host message of a type that gets no answer", "mti", string(message.MTI))
	case !message.Whole() && kind != hostReversal:
		l.limited.warn(l, "host message cannot be read to its end", "mti", string(message.MTI), "stan", message.Get(iso8583.DESTAN), "err", message.Odd()[0], "answer", codeFormat)
		s.answer(message, codeFormat)
	case kind == hostNetwork && l.guard.isKey(message):
		s.serveKey(message)
	case kind == hostNetwork:
		s.serveNetwork(message)
	case kind == hostReversal && l.cfg.OnHost != nil:
		s.serveReversal(message)
	case kind == hostAdvice && l.cfg.Peer.OnAdvice != nil:
		s.serveAdvice(message)
	case kind == hostReconciliation && l.cfg.Peer.OnTotals != nil:
		s.serveTotals(message)
	default:
		l.cfg.Log.Warn("host message is not supported", "mti", string(message.MTI), "stan", message.Get(iso8583.DESTAN),
			"rrn", message.Get(iso8583.DERRN), "answer", codeNotSupported)
		s.answer(message, codeNotSupported)
	}
}

// Positions in an MTI and their values. ISO 8583:1987 table 1
const (
	mtiVersion, mtiClass, mtiFunction = 0, 1, 2

	version1987     = '0'
	functionRequest = '0'
	functionAdvice  = '2'
)

// classOf returns the kind of a message that the host initiated, and whether it
// gets an answer: requests and advices do, notifications do not.
func classOf(mti iso8583.MTI) (kind string, answered bool) {
	function := mti[mtiFunction]
	answered = mti[mtiVersion] == version1987 && (function == functionRequest || function == functionAdvice)
	switch {
	case !answered:
		return hostOther, false
	case mti[mtiClass] == '4':
		return hostReversal, true
	case mti[mtiClass] == '5':
		return hostReconciliation, true
	case mti[mtiClass] == '8':
		return hostNetwork, true
	case mti[mtiClass] == '6':
		return hostOther, true
	case function == functionAdvice:
		return hostAdvice, true
	}
	return hostRequest, true
}

func (s *session) answer(message *iso8583.Message, code string) {
	if err := s.say(message.Answer(code)); err != nil {
		s.end(err)
	}
}

// record lets a caller record what the host has said, without holding up the reading of the
// line, and then sends the answer. Until then any answer would stop the host from repeating
// it, and what it said would be lost.
func (s *session) record(message *iso8583.Message, what string, take func() (*iso8583.Message, error)) {
	l := s.link
	select {
	case l.takingSlots <- struct{}{}:
	default:
		l.limited.warn(l, "too many host messages at once; waiting for the host to repeat this one", "what", what, "stan", message.Get(iso8583.DESTAN))
		return
	}
	l.background(func() {
		defer func() { <-l.takingSlots }()
		answer, err := take()
		if err != nil {
			l.limited.warn(l, "host message could not be recorded; waiting for the host to repeat it", "what", what, "stan", message.Get(iso8583.DESTAN), "err", err)
			return
		}
		if err := s.say(answer); err != nil {
			s.end(err)
		}
	})
}

// serveNetwork answers a 0800 or an 0820. The answers that are on their way at a cut-over
// belong to the date that they carry. An advice is answered only to say that it has
// arrived.
func (s *session) serveNetwork(message *iso8583.Message) {
	code := codeApproved
	what := message.Get(iso8583.DENetworkCode)
	switch what {
	case iso8583.Echo, iso8583.SignOn, iso8583.SignOff:
	case iso8583.CutOver, iso8583.CutOverDone:
		s.link.cfg.Log.Info("host changes its business date", "code", what, "date", message.Get(iso8583.DESettlementDate))
		if s.link.cfg.Peer.OnCutOver != nil {
			s.record(message, "cut-over", func() (*iso8583.Message, error) {
				return message.Answer(code), s.link.cfg.Peer.OnCutOver(reconciliationOf(message).Date)
			})
			return
		}
	default:
		if message.MTI[mtiFunction] == functionRequest {
			code = codeNotSupported
		}
		s.link.cfg.Log.Warn("host network message is not supported", "mti", string(message.MTI), "code", what, "answer", code)
	}
	s.answer(message, code)
	if what == iso8583.SignOff {
		s.leave()
	}
}

// leave ends the line after the host has signed off: nothing more is asked, and
// what was asked before may still be answered.
func (s *session) leave() {
	l := s.link
	s.of.current.CompareAndSwap(s, nil)
	drained := l.exchanges.drained()
	l.background(func() {
		timer := time.NewTimer(l.cfg.Timeout)
		defer timer.Stop()
		select {
		case <-drained:
		case <-timer.C:
		case <-s.line.Done():
		}
		s.end(errSignedOff)
	})
}

// serveReversal lets the caller record a reversal that the host initiated, and answers 00 once
// it is recorded. A reversal that cannot be read completely is recorded as
// far as it names a request of ours, and answered as a format error.
func (s *session) serveReversal(message *iso8583.Message) {
	l, told := s.link, hostMessageOf(message)
	s.record(message, "reversal", func() (*iso8583.Message, error) {
		taken, err := l.cfg.OnHost(told)
		if err != nil {
			return nil, err
		}
		code := codeNotLocated
		switch {
		case misread(message) != nil:
			code = codeFormat
		case taken:
			code = codeApproved
		}
		l.cfg.Log.Warn("reversal initiated by the host", "mti", told.MTI, "stan", told.STAN, "rrn", told.RRN,
			"original_stan", told.Original.STAN, "original_transmitted", told.Original.Transmitted, "doubtful", told.Doubtful, "answer", code)
		return message.Answer(code), nil
	})
}

// readable reports whether enough of a message initiated by the host was read to answer
// it: all of it, or, for a request or an advice, everything up to its trace number.
func readable(message *iso8583.Message) bool {
	_, answered := classOf(message.MTI)
	return message.Whole() || answered && message.Get(iso8583.DESTAN) != ""
}

// telling lists the elements that say what a reversal undoes. It is never modified.
var telling = [...]iso8583.DE{
	iso8583.DEAmount, iso8583.DESTAN, iso8583.DERRN, iso8583.DECurrency, iso8583.DEOriginalData, iso8583.DEReplacement,
}

// misread returns why a reversal may have been read wrongly, or nil. Elements that say
// nothing about what is undone may be unreadable.
func misread(message *iso8583.Message) error {
	if !message.Whole() {
		return message.Odd()[0]
	}
	for _, de := range telling {
		if message.Unread(de) {
			return fmt.Errorf("%s cannot be read", element(de))
		}
	}
	return nil
}

// doubtful returns HostMessage.Doubtful of a reversal.
func doubtful(message *iso8583.Message) string {
	if err := misread(message); err != nil {
		return err.Error()
	}
	if strings.Trim(message.Get(iso8583.DEReplacement), "0 CD") != "" {
		return element(iso8583.DEReplacement) + " says that a part stands"
	}
	return ""
}

func hostMessageOf(message *iso8583.Message) HostMessage {
	amount, _ := message.Amount()
	original, _ := iso8583.ParseOriginal(message.Get(iso8583.DEOriginalData))
	return HostMessage{
		Doubtful:   doubtful(message),
		Processing: message.Get(iso8583.DEProcessingCode),
		MTI:        string(message.MTI), STAN: number(message.Get(iso8583.DESTAN)), RRN: message.Get(iso8583.DERRN), Amount: amount,
		Original: Original{
			STAN: number(original.STAN), Transmitted: original.Transmitted, Acquirer: original.Acquirer,
		},
	}
}
