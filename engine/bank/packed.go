package bank

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"slices"

	"mpg/engine/bank/iso8583"
)

// Packed is a request as it was packed for sending: the name of its dialect, a
// line feed, and the 0100, 0200 or 0220. It is what the store keeps of a request, since a
// reversal must name what was sent, not what the configuration says later. It
// holds an account number in the clear, so seal it before storing it. It always
// formats as the same words and never shows its content.
type Packed []byte

// packedMark follows the name of the dialect.
const packedMark = '\n'

// packedShown is all that a Packed shows of itself.
const packedShown = "packed request"

// String returns packedShown.
func (p Packed) String() string { return packedShown }

// Format writes packedShown for every verb, so that no %x or %d shows content.
func (p Packed) Format(state fmt.State, _ rune) {
	_, _ = io.WriteString(state, packedShown) // a fmt.State takes all
}

// LogValue returns packedShown.
func (p Packed) LogValue() slog.Value { return slog.StringValue(packedShown) }

func packed(dialect *iso8583.Dialect, message []byte) Packed {
	p := make(Packed, 0, len(dialect.Name())+1+len(message))
	p = append(p, dialect.Name()...)
	p = append(p, packedMark)
	return append(p, message...)
}

// opened is a Packed that has been read again.
type opened struct {
	dialect *iso8583.Dialect
	octets  []byte           // as they are sent
	message *iso8583.Message // the same, read
}

// open reads p. own is the link's dialect today, which need not be that of p. An
// error means that p is damaged, or a message of another type than types; its request may
// have been sent nevertheless.
func (p Packed) open(own *iso8583.Dialect, types ...iso8583.MTI) (*opened, error) {
	name, octets, found := bytes.Cut(p, []byte{packedMark})
	if !found {
		return nil, Invalid(errors.New("not a packed request"))
	}
	dialect := own
	if string(name) != own.Name() {
		var err error
		if dialect, err = iso8583.Named(string(name)); err != nil {
			return nil, Invalid(err)
		}
	}
	m, err := dialect.Unpack(octets)
	if err != nil {
		return nil, Invalid(err)
	}
	if !slices.Contains(types, m.MTI) {
		return nil, Invalid(fmt.Errorf("it is a %s", m.MTI))
	}
	return &opened{dialect: dialect, octets: octets, message: m}, nil
}

// as returns message, packed for the same dialect.
func (o *opened) as(message *iso8583.Message) (*opened, error) {
	octets, err := o.dialect.Pack(message)
	if err != nil {
		return nil, Invalid(err)
	}
	// What is compared with the answer is what the dialect can say, and reads again.
	if message, err = o.dialect.Unpack(octets); err != nil {
		return nil, Invalid(err)
	}
	return &opened{dialect: o.dialect, octets: octets, message: message}, nil
}

// undoable lists the types of messages that a reversal undoes: an advice is not one of
// them. It is never written to.
var undoable = []iso8583.MTI{iso8583.AuthorizationRequest, iso8583.FinancialRequest}

// Prepare packs the message that asks for request, with the acquirer, terminal, merchant
// type and time zone of today's configuration. Store the result before passing it
// to Authorize or Advise. Its errors wrap ErrInvalid.
func (l *Link) Prepare(request Request) (Packed, error) {
	if err := request.Check(); err != nil {
		return nil, Invalid(err)
	}
	t := &iso8583.Transaction{
		MTI: request.Kind.mti(), AuthID: request.AuthID, STAN: request.STAN, RRN: request.RRN, At: request.At.In(l.cfg.Identity.Zone),
		Processing: request.Kind.Processing(), Account: request.Account, Amount: request.Amount, Currency: request.Currency.Number,
		Acquirer: l.cfg.Identity.Acquirer, Terminal: l.cfg.Identity.Terminal, Merchant: request.Merchant,
		MerchantType: l.cfg.Identity.MerchantType, Reference: request.Ref,
	}
	switch {
	case request.Kind == Verify && l.cfg.Identity.VerifyByCode:
		t.Processing = iso8583.VerifyAccount
	case request.Kind == Verify:
		t.Condition = iso8583.Verification
	case request.Card && request.Kind != Completion:
		t.Entry, t.Condition = iso8583.TokenWithoutPIN, iso8583.TelephoneOrder
	}
	if err := about(l, &request, t); err != nil {
		return nil, err
	}
	octets, err := l.dialect.Pack(t.Request())
	if err != nil {
		return nil, Invalid(err)
	}
	return packed(l.dialect, octets), nil
}

// about has t name the earlier request that it is of, if it is of one.
func about(l *Link, request *Request, t *iso8583.Transaction) error {
	if request.Of == nil {
		return nil
	}
	types := []iso8583.MTI{iso8583.AuthorizationRequest}
	if request.Kind == Refund {
		types = []iso8583.MTI{iso8583.FinancialRequest, iso8583.FinancialAdvice}
	}
	of, err := request.Of.open(l.dialect, types...)
	switch {
	case err == nil && request.Kind == Refund && l.cfg.Identity.RefundOf == InAdditional:
		t.Reference = of.message.Get(iso8583.DERRN)
	case err == nil && request.Kind == Refund && l.cfg.Identity.RefundOf == InNone:
	case err == nil:
		t.Of = of.message
	case request.Kind != Refund:
		return err
	default:
		l.cfg.Log.Warn("what a refund gives back cannot be read, and is not named", "stan", request.STAN, "rrn", request.RRN, "err", err)
	}
	return nil
}
