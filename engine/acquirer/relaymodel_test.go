package acquirer_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"testing"
	"time"

	"pgregory.net/rapid"

	"mpg/engine/acquirer"
	"mpg/engine/bank"
	"mpg/engine/books"
	"mpg/engine/lang"
	"mpg/engine/payment"
	"mpg/engine/process/processtest"
	"mpg/engine/reconcile"
	"mpg/engine/tariff"
	"mpg/engine/tx"
	"mpg/store/money"
)

// relayModel is a relayRoom with what must stay true of it.
type relayModel struct {
	*relayRoom
	sent  []uint64              // the transfers
	ended map[uint64]ending     // those that are done
	lost  map[uint64]*bank.Late // reversals that were carried out, and whose answer did not come, by request
	refs  map[uint64]string     // of the transfers
	steps []relayStep
}

// relayStep is something that may happen; do reports whether it could.
type relayStep struct {
	name string
	do   func(t *rapid.T) bool
}

// ending is how a transfer has ended, and what people were told of it.
type ending struct {
	payment      string
	payer, payee map[lang.Key]int
}

func newRelayModel(t *rapid.T) *relayModel {
	m := &relayModel{relayRoom: newRelayRoom(t), ended: make(map[uint64]ending), lost: make(map[uint64]*bank.Late), refs: make(map[uint64]string)}
	m.steps = []relayStep{{"order", m.orders}, {"answer", m.answers}, {"late word", m.saysLate}, {"reversal", m.reverses}, {"host reversal", m.reversesItself},
		{"late answer to a reversal", m.answersLate}, {"resolve", m.resolves}, {"wait", m.waits}, {"restart", m.restarts}}
	return m
}

// takes takes one of the steps, if it can be taken.
func (m *relayModel) takes(t *rapid.T) {
	often := []string{"order", "answer", "answer", "answer", "answer", "late word", "late word", "reversal", "reversal", "host reversal",
		"late answer to a reversal", "resolve", "wait", "restart"}
	name := rapid.SampledFrom(often).Draw(t, "step")
	for _, step := range m.steps {
		if step.name == name && step.do(t) {
			m.holdsTrue(t)
		}
	}
}

// orders makes a transfer.
func (m *relayModel) orders(t *rapid.T) bool {
	if len(m.sent) == 2 {
		return false
	}
	parts := tariff.Parts{}
	if rapid.Bool().Draw(t, "fee") {
		parts = tariff.Parts{Payer: 3, Payee: 2, Tax: 1}
	}
	no := m.sends(t, money.Amount(rapid.Int64Range(10, 5000).Draw(t, "amount")), parts)
	m.sent = append(m.sent, no)
	m.refs[no] = m.books.Refs.Ref(no)
	m.until(t, "the first bank to be asked", func() bool { r := m.requests(t, no)[0]; return m.banks[r.Bank].waits(r.STAN) })
	return true
}

// pick draws one of the requests that fit.
func (m *relayModel) pick(t *rapid.T, what string, fits func(b *teller, r *payment.Request) bool) *payment.Request {
	var all []*payment.Request
	for _, no := range m.sent {
		for _, r := range m.requests(t, no) {
			if fits(m.banks[r.Bank], r) {
				all = append(all, r)
			}
		}
	}
	if len(all) == 0 {
		return nil
	}
	return all[rapid.IntRange(0, len(all)-1).Draw(t, what)]
}

// again returns a request as it is stored now.
func (m *relayModel) again(t processtest.T, of *payment.Request) *payment.Request {
	return m.requests(t, of.Payment)[of.Ask]
}

// answers has a bank answer in time, or be silent, or not be reached.
func (m *relayModel) answers(t *rapid.T) bool {
	r := m.pick(t, "request", func(b *teller, r *payment.Request) bool { return b.waits(r.STAN) })
	if r == nil {
		return false
	}
	way := rapid.SampledFrom([]string{"approves", "approves", "approves", "declines", "is silent", "books and is silent", "is away"}).Draw(t, "bank")
	m.answered(t, r, way)
	return true
}

// answered has a bank answer a request in time that way.
func (m *relayModel) answered(t processtest.T, r *payment.Request, way string) {
	end := map[string]said{
		"approves":            {reply: bank.Reply{Approved: true, Code: "00", Reason: bank.Approved, Settlement: "1126"}},
		"declines":            {reply: bank.Reply{Code: "14", Reason: bank.ReasonOf("14")}},
		"is silent":           {err: bank.ErrUnknown},
		"books and is silent": {err: bank.ErrUnknown},
		"is away":             {err: bank.ErrDown},
	}[way]
	m.banks[r.Bank].ends(r.STAN, way == "approves" || way == "books and is silent", end)
	m.until(t, "the answer to be committed", func() bool { return m.again(t, r).State != payment.RequestSent })
	if all := m.requests(t, r.Payment); len(all) > r.Ask+1 {
		next := all[r.Ask+1]
		m.until(t, "the second bank to be asked", func() bool { return m.banks[next.Bank].waits(next.STAN) })
	}
}

// late returns a word about a request that nobody waits for.
func late(r *payment.Request, code string) bank.Late {
	return bank.Late{STAN: r.STAN, RRN: r.RRN, Code: code, Approved: code == "00", Settlement: "1126"}
}

// hear hands a word over that nobody waits for, and returns when it is committed.
func (m *relayModel) hear(t *rapid.T, r *payment.Request, word bank.Late) {
	if !m.desk.Idle() || rapid.Bool().Draw(t, "as an advice") {
		if err := m.desk.HostAdvice(r.Bank, bank.HostAdvice{MTI: "0220", Late: word}); err != nil {
			t.Fatal(err)
		}
		return
	}
	m.desk.LateAnswer(r.Bank, word)
	m.until(t, "the word to be committed", m.desk.Idle)
}

// saysLate has a bank approve or decline when nobody waits, also against what it said before.
// What it has undone it does not book again.
func (m *relayModel) saysLate(t *rapid.T) bool {
	approves := rapid.Bool().Draw(t, "approves")
	r := m.pick(t, "request", func(b *teller, r *payment.Request) bool {
		b.mu.Lock()
		defer b.mu.Unlock()
		return b.asked[r.STAN].STAN != 0 && (!approves || !b.undone[r.STAN])
	})
	if r == nil {
		return false
	}
	if !approves {
		m.hear(t, r, late(r, "05"))
		return true
	}
	b := m.banks[r.Bank]
	b.mu.Lock()
	b.booked[r.STAN] = true
	b.mu.Unlock()
	m.hear(t, r, late(r, "00"))
	return true
}

// reverses has a bank do something with the next reversal of a request.
func (m *relayModel) reverses(t *rapid.T) bool {
	r := m.pick(t, "reversal", func(_ *teller, r *payment.Request) bool { return r.Reversing() })
	if r == nil {
		return false
	}
	way := rapid.SampledFrom([]string{"00", "00", "25", "96", "12", "silence", "lost"}).Draw(t, "answer")
	m.reversed(t, r, way)
	return true
}

// reversed has a bank do that with the next reversal of a request.
func (m *relayModel) reversed(t processtest.T, r *payment.Request, how string) {
	way := reversalWay{code: how, undo: how == "00" || how == "lost", tried: make(chan struct{})}
	if how == "silence" || how == "lost" {
		way.code = ""
	}
	if how == "lost" {
		m.lost[r.No] = &bank.Late{STAN: r.STAN, RRN: r.RRN, Code: "00", Reversal: true}
	}
	b := m.banks[r.Bank]
	b.mu.Lock()
	b.next[r.STAN] = way
	b.mu.Unlock()
	<-way.tried
	if how == "00" {
		m.until(t, "the reversal to be committed", func() bool { return !m.again(t, r).Reversing() })
	}
}

// reversesItself has a bank take back, of its own, what it has booked.
func (m *relayModel) reversesItself(t *rapid.T) bool {
	r := m.pick(t, "request", func(b *teller, r *payment.Request) bool { return b.has(r.STAN) })
	if r == nil {
		return false
	}
	b := m.banks[r.Bank]
	b.mu.Lock()
	b.booked[r.STAN], b.undone[r.STAN] = false, true
	b.mu.Unlock()
	if _, err := m.desk.HostReversal(r.Bank, bank.HostMessage{MTI: "0420", STAN: r.STAN, RRN: r.RRN}); err != nil {
		t.Fatal(err)
	}
	return true
}

// answersLate delivers the answer to a reversal that did not come in time.
func (m *relayModel) answersLate(t *rapid.T) bool {
	r := m.pick(t, "reversal", func(_ *teller, r *payment.Request) bool { return m.lost[r.No] != nil })
	if r == nil {
		return false
	}
	m.hear(t, r, *m.lost[r.No])
	delete(m.lost, r.No)
	return true
}

// resolves has people who have read the bank's book end what can be ended.
func (m *relayModel) resolves(t *rapid.T) bool {
	r := m.pick(t, "request", func(_ *teller, r *payment.Request) bool { return r.Listed() })
	if r == nil {
		return false
	}
	m.resolved(t, r)
	return true
}

// resolved ends what a bank left open about a request, as its book says, if that is allowed.
func (m *relayModel) resolved(t processtest.T, r *payment.Request) {
	how := payment.Resolution{As: acquirer.ResolvedReversed, Reason: "their book"}
	if m.banks[r.Bank].has(r.STAN) {
		how.As = acquirer.ResolvedPaid
	}
	err := m.books.Run.Do(context.Background(), func(t *tx.Tx) error {
		p, err := t.Payment(r.Payment)
		if err != nil {
			return err
		}
		how.At = t.Now
		_, err = m.desk.Resolve(t, p, acquirer.Found{Bank: r.Bank}, how)
		return err
	})
	if err != nil && !errors.Is(err, acquirer.ErrNotInDoubt) && !errors.Is(err, acquirer.ErrStands) {
		t.Fatal(err)
	}
	for _, next := range m.requests(t, r.Payment) {
		if next.State == payment.RequestSent {
			m.until(t, "the second bank to be asked", func() bool { return m.banks[next.Bank].waits(next.STAN) })
		}
	}
}

// waits sets the clock forward, or back.
func (m *relayModel) waits(t *rapid.T) bool {
	m.pass(rapid.SampledFrom([]time.Duration{time.Minute, 2 * time.Hour, 25 * time.Hour, -time.Hour}).Draw(t, "for"))
	return true
}

func (m *relayModel) restarts(t *rapid.T) bool {
	m.close(t)
	m.open(t)
	return true
}

// counts reports whether by our books a bank has booked a request.
func counts(r *payment.Request) bool {
	switch r.State {
	case payment.RequestAnswered, payment.RequestResolved, payment.RequestDisputed:
		return r.Approved
	}
	return r.Suspended > 0
}

// holdsTrue checks everything that must be true after each step. Money is nowhere but where it
// may be; our account of each bank is what its answers add up to; what its own book says
// otherwise stands as something that an operator sees; and what has ended does not change.
func (m *relayModel) holdsTrue(t *rapid.T) {
	ours, transit := map[string]money.Amount{"icbc": 0, "boc": 0}, money.Amount(0)
	var back, received, fees, suspense, losses money.Amount
	for _, no := range m.sent {
		p := m.payment(t, no)
		for _, r := range m.requests(t, no) {
			suspense, losses = suspense+r.Suspended, losses+r.WrittenOff
			if counts(r) && r.Kind.Takes() {
				ours[r.Bank] += r.Amount
			} else if counts(r) {
				ours[r.Bank] -= r.Amount
			}
			if has := m.banks[r.Bank].has(r.STAN); has != counts(r) && !r.Listed() && r.State != payment.RequestSent && m.lost[r.No] == nil {
				t.Fatalf("%s: %s of bank %s is %s, approved %v, and its book has it: %v; nobody sees that", p.Ref, r.Kind, r.Bank, r.State, r.Approved, has)
			}
		}
		switch {
		case p.Passed(payment.Posted):
			received, fees = received+p.Received, fees+p.Fee
		case p.Passed(payment.Returned):
			back += p.Charged
		case p.Passed(payment.Taken) && p.State != payment.Done:
			transit += p.Charged
		}
		m.endsOnce(t, p)
	}
	m.breaksFor(t)
	for name, want := range map[string]money.Amount{"bank:icbc": ours["icbc"], "bank:boc": ours["boc"], "transit:icbc": transit, "suspense:boc": suspense, "losses": losses} {
		if got := m.holds(t, name); got != want {
			t.Fatalf("%s holds %d, want %d", name, got, want)
		}
	}
	if got := m.in(t, books.Purse(senderNo)); got != back {
		t.Fatalf("the sender has %d in the purse, %d came back", got, back)
	}
	if got := m.holds(t, books.Fees) + m.holds(t, books.Tax); got != fees {
		t.Fatalf("fees and tax are %d, want %d", got, fees)
	}
	if ours["icbc"]+ours["boc"]+suspense+losses != transit+back+fees {
		t.Fatalf("banks %v, in transit %d, back %d, fees %d, received %d", ours, transit, back, fees, received)
	}
}

// breaksFor checks that there is an open break for each request that its bank has approved
// although the payment had ended without it, and no other.
func (m *relayModel) breaksFor(t *rapid.T) {
	want := make(map[string]bool)
	for _, no := range m.sent {
		if p := m.payment(t, no); p.State == payment.Done {
			for _, r := range m.requests(t, no) {
				want[r.RRN] = r.Reversing() && !p.RestsOn(r.No)
			}
		}
	}
	open, err := m.desk.Breaks(context.Background(), "", false)
	if err != nil {
		t.Fatal(err)
	}
	for _, one := range open {
		if one.Kind == reconcile.LateApproval && !want[one.RRN] {
			t.Fatalf("a break is open, and nothing is to be undone: %+v", one)
		}
		delete(want, one.RRN)
	}
	for rrn, missing := range want {
		if missing {
			t.Fatalf("no break is open for %s", rrn)
		}
	}
}

// endsOnce checks that a transfer that is done has ended in one way, that people were told so
// once, and that neither changes any more.
func (m *relayModel) endsOnce(t *rapid.T, p *payment.Payment) {
	if p.State != payment.Done {
		return
	}
	now := ending{fmt.Sprintf("%+v", p.Steps), m.told(t, p.Ref, p.Payer.Phone), m.told(t, p.Ref, p.Payee.Phone)}
	if then, known := m.ended[p.No]; known && (then.payment != now.payment || !maps.Equal(then.payer, now.payer) || !maps.Equal(then.payee, now.payee)) {
		t.Fatalf("%s ended as %+v, and is %+v now", p.Ref, then, now)
	}
	m.ended[p.No] = now
	var told, heard lang.Key
	switch {
	case p.Passed(payment.Posted):
		told, heard = lang.SentBank.WithFee(p.PayerFee()), lang.ReceivedBank.WithFee(p.PayeeFee)
	case p.Passed(payment.Returned):
		told, heard = lang.HandedBack, lang.NotPaidShop
	default:
		told = map[payment.Reason]lang.Key{payment.BankDeclined: lang.Declined, payment.BankAway: lang.BankDown, payment.UndoneAtBank: lang.NotPaid}[p.Reason]
	}
	final := 0
	for _, text := range []lang.Key{lang.SentBank, lang.SentBank.WithFee(1), lang.HandedBack, lang.BackUnclaimed, lang.Declined, lang.BankDown, lang.NotPaid, lang.NotSent} {
		final += now.payer[text]
	}
	if final != 1 || told == "" || now.payer[told.WithFee(p.PayerFee())] != 1 || heard != "" && now.payee[heard.WithFee(p.PayeeFee)] != 1 {
		t.Fatalf("%s is %s, %s; the payer was told %v, the payee %v", p.Ref, p.Reason, p.Steps[len(p.Steps)-2].State, now.payer, now.payee)
	}
}

// settles has the banks answer everything that is open, until nothing is but what only a bank
// could mend.
func (m *relayModel) settles(t *rapid.T) {
	for range 10 {
		m.pass(2 * time.Hour)
		for _, no := range m.sent {
			for i := range m.requests(t, no) {
				switch r := m.requests(t, no)[i]; {
				case m.banks[r.Bank].waits(r.STAN):
					m.answered(t, r, "approves")
				case r.Reversing():
					m.reversed(t, r, "00")
				case r.Listed():
					m.resolved(t, r)
				}
			}
		}
	}
	for _, no := range m.sent {
		p := m.payment(t, no)
		if p.State != payment.Done {
			t.Fatalf("%s is %s at the end", p.Ref, p.State)
		}
		for _, r := range m.requests(t, no) {
			if gone := r.State == payment.RequestDisputed && !m.banks[r.Bank].has(r.STAN); r.Listed() && !gone {
				t.Fatalf("%s: %s of bank %s is %s at the end", p.Ref, r.Kind, r.Bank, r.State)
			}
		}
	}
}

// TestATransferUnderEveryOrderOfAnswers: whatever two banks say, and however often they go back
// on it, in whatever order, before and after restarts and while the clock moves, money from
// bank to bank arrives once, or comes back once, or was never taken; and where a bank's own book
// says otherwise, an operator sees it.
func TestATransferUnderEveryOrderOfAnswers(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		m := newRelayModel(t)
		defer m.end(t)
		m.orders(t)
		for range rapid.IntRange(2, 14).Draw(t, "steps") {
			m.takes(t)
		}
		m.settles(t)
		m.holdsTrue(t)
		m.sound(t)
	})
}
