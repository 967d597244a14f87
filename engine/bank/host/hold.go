package host

import (
	"cmp"
	"slices"

	"mpg/engine/bank/iso8583"
	"mpg/store/money"
)

// authorization returns the authorization that a completion or an increase names, or nil.
func (b *book) authorization(asked *booking) *booking {
	if made := b.named(asked); made != nil && made.mti == iso8583.AuthorizationRequest {
		return made
	}
	return nil
}

// decideCompletion returns the bank's answer to a completion that it sees for the first
// time: it takes at most what it holds, once.
func (b *book) decideCompletion(asked *booking, message *iso8583.Message) string {
	made := b.authorization(asked)
	number := message.Get(iso8583.DEAuthID)
	switch {
	case b.account(asked.account) == nil:
		return codeNoAccount
	case made == nil:
		return codeNotLocated
	case number != "" && number != made.authID, asked.processing != made.processing:
		return codeInvalid
	case !made.approved() || made.over:
		return codeInvalid
	case asked.amount <= 0 || asked.amount > b.setAside(made, asked.original):
		return codeAmount
	case b.account(asked.account).refuseCompletion != "":
		return b.account(asked.account).refuseCompletion
	}
	return codeApproved
}

// increases reports whether an authorization names another one, which it is to increase, and
// which still holds money.
func (b *book) increases(asked *booking) bool {
	first := b.authorization(asked)
	return first != nil && first.approved() && !first.over && first.original == ""
}

// increasesOf returns the authorizations that have increased first, which original names, and
// still hold money.
func (b *book) increasesOf(first *booking, original string) []*booking {
	var all []*booking
	for _, made := range b.bookings {
		if made.mti == iso8583.AuthorizationRequest && made.original == original && made.account == first.account && made.approved() && !made.over {
			all = append(all, made)
		}
	}
	return all
}

// setAside returns what first and its increases hold together.
func (b *book) setAside(first *booking, original string) money.Amount {
	sum := first.granted
	for _, more := range b.increasesOf(first, original) {
		sum += more.granted
	}
	return sum
}

// end frees what an authorization holds.
func (b *book) end(made *booking) *booking {
	b.account(made.account).held -= made.granted
	b.cards[made.account].uses(-made.granted)
	made.over = true
	return made
}

// held returns what is held in account no.
func (b *book) held(no string) money.Amount {
	if a := b.account(no); a != nil {
		return a.held
	}
	return 0
}

// Held returns what is held in all accounts, by number.
func (h *Host) Held() map[string]money.Amount {
	h.mu.Lock()
	defer h.mu.Unlock()
	holds{h}.expire()
	all := make(map[string]money.Amount)
	for no, a := range h.book.accounts {
		if a.held != 0 {
			all[no] = a.held
		}
	}
	return all
}

// Lapse ends all authorizations of account no, or of a card, as banks do after some days, and
// returns how many there were. Nobody is told: a completion is then declined.
func (h *Host) Lapse(no string) int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return holds{h}.lapse(func(made *booking) bool { return made.account == no })
}

// holds ends what a host holds. Its caller locks.
type holds struct{ *Host }

// expire ends the authorizations that are as old as Config.HoldFor.
func (h holds) expire() {
	if h.holdFor > 0 {
		oldest := h.now().Add(-h.holdFor)
		h.lapse(func(made *booking) bool { return !made.at.After(oldest) })
	}
}

// lapse ends the authorizations that are due, and returns how many there were.
func (h holds) lapse(due func(*booking) bool) int {
	var keys []iso8583.Key
	for key, made := range h.book.bookings {
		if made.booked() == Held && made.approved() && !made.over && due(made) {
			keys = append(keys, key)
		}
	}
	slices.SortFunc(keys, func(a, b iso8583.Key) int { return cmp.Or(cmp.Compare(a.STAN, b.STAN), cmp.Compare(a.RRN, b.RRN)) })
	for _, key := range keys {
		made := h.book.bookings[key]
		h.book.move(made, Lapsed)
		err := h.journal.add(&Entry{
			At: h.now(), Processing: made.processing, STAN: key.STAN, RRN: key.RRN, Date: key.Date, Of: iso8583.AuthorizationRequest,
			Account: made.account, Amount: made.granted, Outcome: Lapsed, Balance: h.book.balance(made.account), Held: h.book.held(made.account),
		})
		if err != nil {
			h.log.Error("host: journal cannot be written", "err", err)
		}
	}
	return len(keys)
}
