package acquirer

import (
	"time"

	"mpg/engine/books"
	"mpg/engine/payment"
	"mpg/engine/reconcile"
	"mpg/engine/tx"
	"mpg/store"
)

// suspense books what banks do to requests on which no payment rests any more. A bank that
// approves a payout after the payer has the money back has paid all the same: until it takes
// that back, the money is in suspense:BANK, and its account says what its own book says. Each
// such approval is a break as well, until it is undone or people write it off.
type suspense struct {
	cfg    *Config
	breaks *Comparison
}

// begin opens the break for req, which its bank has approved after p ended without it, and
// books what it has paid out.
func (s *suspense) begin(t *tx.Tx, req *payment.Request, p *payment.Payment) error {
	if p.State != payment.Done || !req.Kind.Takes() && !req.Kind.Pays() {
		return nil
	}
	if req.Kind.Pays() {
		if err := s.book(t, req, payment.LatePaid, s.name(req), s.bank(req)); err != nil {
			return err
		}
		req.Suspended = req.Amount
	}
	return s.breaks.breaks(t, s.breakOf(req))
}

// end ends the break of req, which is undone, and books what the bank has taken back.
func (s *suspense) end(t *tx.Tx, req *payment.Request) error {
	from := s.name(req)
	if req.WrittenOff > 0 {
		from = books.Losses
	}
	if req.Suspended+req.WrittenOff > 0 {
		if err := s.book(t, req, payment.LateUndone, s.bank(req), from); err != nil {
			return err
		}
		req.Suspended, req.WrittenOff = 0, 0
	}
	return s.breaks.agreed(t, s.breakOf(req))
}

// resolve books what people have found out about req: that the bank will not take back what it
// has paid, or that it has.
func (s *suspense) resolve(t *tx.Tx, req *payment.Request, paid bool) error {
	switch {
	case paid && req.Suspended > 0:
		return s.writeOff(t, req)
	case !paid && req.Approvals > 0:
		return s.end(t, req)
	}
	return nil
}

// writeOff books what is in suspense for req, whose bank will not take it back, as lost.
func (s *suspense) writeOff(t *tx.Tx, req *payment.Request) error {
	if err := s.book(t, req, payment.WriteOff, books.Losses, s.name(req)); err != nil {
		return err
	}
	req.Suspended, req.WrittenOff = 0, req.Suspended
	return s.breaks.agreed(t, s.breakOf(req))
}

// name returns the name of the account in which what a bank has paid is in suspense.
func (s *suspense) name(req *payment.Request) string { return books.SuspensePrefix + req.Bank }

// bank returns the name of the account of what the bank of req owes us.
func (s *suspense) bank(req *payment.Request) string {
	if req.Card {
		return books.CardPrefix + req.Bank
	}
	return books.BankPrefix + req.Bank
}

// codes holds the codes of the legs of what is booked here. It is never modified.
var codes = map[payment.Product]uint16{payment.LatePaid: payment.CodeSuspense, payment.LateUndone: payment.CodeSuspense, payment.WriteOff: payment.CodeWriteOff}

// book moves the amount of req between two accounts, by a payment of its own.
func (s *suspense) book(t *tx.Tx, req *payment.Request, product payment.Product, from, to string) error {
	debit, err := s.cfg.Books.Account(t, from, store.Asset, req.Currency)
	if err != nil {
		return err
	}
	credit, err := s.cfg.Books.Account(t, to, store.Asset, req.Currency)
	if err != nil {
		return err
	}
	no := s.cfg.Books.Payments.Add(1)
	p := &payment.Payment{No: no, Ref: s.cfg.Books.Refs.Ref(no), Origin: payment.Origin{OfRequest: req.No}, Payer: payment.Party{Account: from}, Payee: payment.Party{Account: to},
		Plan: payment.Plan{Product: product, PINExempt: true, Notice: payment.NoticeVersion,
			Legs: []payment.Leg{{From: debit, To: credit, Amount: req.Amount, Code: codes[product], PostedAt: payment.AtConfirm}}},
		Amounts: payment.Amounts{Ordered: req.Amount, Charged: req.Amount, Received: req.Amount, Currency: req.Currency},
		Date:    s.day(t.Now), Deadline: t.Now.UTC()}
	t.AfterCommit(func() {
		s.cfg.Log.Error("booked what a bank did after the payment had ended", "ref", p.Ref, "as", product, "bank", req.Bank, "stan", req.STAN, "rrn", req.RRN,
			"amount", int64(req.Amount))
	})
	return s.cfg.Process.Advance(t, p, payment.Event{Kind: payment.Ordered, At: t.Now})
}

// day returns the local date of a time.
func (s *suspense) day(at time.Time) string { return at.In(s.cfg.Zone).Format(time.DateOnly) }

// breakOf returns the break that the late approval of req makes.
func (s *suspense) breakOf(req *payment.Request) *reconcile.Break {
	return &reconcile.Break{Bank: req.Bank, Kind: reconcile.LateApproval, Day: s.day(req.At), Currency: req.Currency, RRN: req.RRN, STAN: req.STAN,
		Amount: req.Amount, Approved: true, Payment: req.Payment}
}
