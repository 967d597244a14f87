package daemon

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"

	"mpg/conf"
	"mpg/engine"
	"mpg/smpp"
	"mpg/smpp/pdu"
	"mpg/smpp/text"
)

// sending holds what a bind needs to send, and what it learns from sending.
type sending struct {
	numbers atomic.Pointer[smpp.Numbers]
	took    atomic.Bool // a text has been taken since the start
	held    atomic.Bool // it has been logged that texts are held

	mu    sync.Mutex
	unfit map[string]pdu.Status // by sender: the status with which its texts are refused because of the bind's settings
}

// configure applies what may change while the bind is up. home is the calling code
// of the operator's country.
func (s *sending) configure(smsc conf.SMSC, home string) {
	numbers := &smpp.Numbers{
		SourceTON: pdu.TON(smsc.SourceTON), SourceNPI: pdu.NPI(smsc.SourceNPI),
		DestTON: pdu.TON(smsc.DestTON), DestNPI: pdu.NPI(smsc.DestNPI),
		DestPlus: smsc.DestForm == "plus",
	}
	if smsc.DestForm == "national" {
		numbers.Home = home
	}
	s.numbers.Store(numbers)
}

// misfit notes a refusal because of the bind's settings, and reports whether it is
// news.
func (s *sending) misfit(from string, st pdu.Status) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.unfit == nil {
		s.unfit = make(map[string]pdu.Status)
	}
	was, known := s.unfit[from]
	s.unfit[from] = st
	return !known || was != st
}

// fits notes that a text was taken, and reports whether texts of that sender had
// been refused.
func (s *sending) fits(from string) bool {
	s.took.Store(true)
	s.mu.Lock()
	defer s.mu.Unlock()
	_, known := s.unfit[from]
	delete(s.unfit, from)
	return known
}

// fault returns the status with which texts are currently refused because of the
// bind's settings.
func (s *sending) fault() (pdu.Status, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, st := range s.unfit {
		return st, true
	}
	return pdu.ROK, false
}

// named returns the bind with that name, or nil.
func (bs *binds) named(name string) *bind {
	for _, b := range bs.all {
		if b.name == name {
			return b
		}
	}
	return nil
}

// ready waits until a bind is up.
func (bs *binds) ready(ctx context.Context, via string) error {
	b := bs.named(via)
	if b == nil {
		return fmt.Errorf("no bind %s", via)
	}
	return b.session.WaitBound(ctx)
}

// up reports whether a bind is up.
func (bs *binds) up(via string) bool {
	b := bs.named(via)
	return b != nil && b.session.Bound()
}

// send sends a text by a bind. It is the engine's port to the binds.
func (bs *binds) send(ctx context.Context, sms engine.SMS, done func(engine.Sending)) error {
	b := bs.named(sms.Via)
	if b == nil {
		return fmt.Errorf("no bind %s", sms.Via)
	}
	out := smpp.Outgoing{From: sms.From, To: sms.To, Text: sms.Text, Numbers: b.sending.numbers.Load()}
	err := b.session.Send(ctx, out, func(outcome smpp.Outcome) { done(bs.sent(b, sms, outcome)) })
	var field *pdu.Error
	switch {
	case err == nil:
		return nil
	case errors.Is(err, smpp.ErrDraining):
		<-ctx.Done() // what is left is sent after the next start
		return err
	case errors.Is(err, smpp.ErrAddress), errors.Is(err, smpp.ErrTooLong), errors.Is(err, text.ErrUTF8), errors.As(err, &field):
		bs.log.Error("text dropped: no SMSC can take it", "ref", sms.Ref, "smsc", b.name, "err", err)
		done(engine.Never)
		return nil
	}
	return err
}

// sent tells the engine how a submit_sm ended.
func (bs *binds) sent(via *bind, sms engine.SMS, outcome smpp.Outcome) engine.Sending {
	switch outcome.Verdict {
	case smpp.Accepted:
		if via.sending.fits(sms.From) {
			bs.log.Info("the SMSC takes the texts of the bind again", "smsc", via.name, "sender", sms.From)
		}
		bs.tellPace(via, outcome)
		return engine.Accepted
	case smpp.Uncertain:
		return engine.Uncertain
	case smpp.Refused:
	}
	switch via.sending.blame(outcome.Status) {
	case smpp.BlameTo, smpp.BlameText:
		bs.log.Warn("the SMSC refused a text for good; the text is dropped", "ref", sms.Ref, "smsc", via.name, "status", outcome.Status.String())
		return engine.Never
	case smpp.BlameBind:
		if via.sending.misfit(sms.From, outcome.Status) {
			bs.log.Error("the SMSC refuses the texts of the bind; they are kept and tried again", "smsc", via.name, "sender", sms.From,
				"status", outcome.Status.String(), "look_at", SettingOf(outcome.Status))
		}
		return engine.Unfit
	case smpp.BlameNobody:
		bs.tellPace(via, outcome)
	}
	return engine.Busy
}

// tellPace logs when the SMSC starts to take fewer texts than there are, and when it
// takes all of them again.
func (bs *binds) tellPace(via *bind, outcome smpp.Outcome) {
	was := via.sending.held.Load()
	if outcome.Verdict == smpp.Accepted && !was {
		return
	}
	switch pace := via.session.Pace(); {
	case pace.Held && via.sending.held.CompareAndSwap(false, true):
		bs.log.Warn("the SMSC takes texts more slowly than they come; they are held back", "smsc", via.name, "status", outcome.Status.String(), "rate", pace.Rate)
	case !pace.Held && via.sending.held.CompareAndSwap(true, false):
		bs.log.Info("the SMSC takes all texts again", "smsc", via.name)
	}
}

// blame is smpp.BlameOf, except that a wrong type of number or numbering plan is the
// bind's fault until a text has been taken: all recipients are typed alike.
func (s *sending) blame(st pdu.Status) smpp.Blame {
	if (st == pdu.RInvDstTON || st == pdu.RInvDstNPI) && !s.took.Load() {
		return smpp.BlameBind
	}
	return smpp.BlameOf(st)
}

// settings holds the keys of [[smsc]] that a refusal points to.
var settings = map[pdu.Status]string{
	pdu.RInvSrcAdr: "short_codes",
	pdu.RInvSrcTON: "source_ton",
	pdu.RInvSrcNPI: "source_npi",
	pdu.RInvDstTON: "dest_ton",
	pdu.RInvDstNPI: "dest_npi",
	pdu.RInvSysTyp: "system_type",
	pdu.RInvSerTyp: "system_type",
	pdu.RInvCmdID:  "bind",
	pdu.RBindFail:  "system_id",
	pdu.RInvPaswd:  "password",
	pdu.RInvSysID:  "system_id",
}

// SettingOf returns the key to look at, or names the account if there is none.
func SettingOf(st pdu.Status) string {
	if key, ok := settings[st]; ok {
		return "smsc." + key
	}
	return "the account at the SMSC"
}

// sendOnceBound sends what waits whenever a bind comes up again.
func (bs *binds) sendOnceBound(ctx context.Context, via *bind) {
	for {
		changed := via.session.Changed()
		if via.session.Bound() {
			bs.engine.Outbox().Again(via.name)
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return
		}
	}
}

// reload applies how each bind sends, and tries what was refused again, since
// the settings may have been corrected.
func (bs *binds) reload(file *conf.File) {
	for _, c := range file.SMSC {
		if b := bs.named(c.Name); b != nil {
			b.sending.configure(c, CallingCode(bs.conf.Country))
			b.session.SetRate(c.Rate)
			bs.engine.Outbox().Again(b.name)
		}
	}
}

// sendProbe returns the line of /readyz?verbose about a bind's texts.
func (b *bind) sendProbe() probe {
	if st, refused := b.sending.fault(); refused {
		return probe{"texts " + b.name + ": refused with " + st.String() + ", see " + SettingOf(st), false, ""}
	}
	return probe{"texts " + b.name, true, ""}
}
