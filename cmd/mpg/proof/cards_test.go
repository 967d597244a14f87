package proof

import (
	"mpg/engine/bank/host"
)

// Shops that take cards in their own way. The others take what is authorized at once.
const (
	laterShop = "8006" // says afterwards how much it charges
	askedShop = "8007" // is asked, and its silence accepts
)

func cardShops() []shop {
	return []shop{{laterShop, "Grand Hotel", "+8613900008006"}, {askedShop, "Old Books", "+8613900008007"}}
}

// linkCards gives everybody a card of their bank, if it issues cards, and has the shops take cards.
func (w *world) linkCards() {
	w.t.Helper()
	if !w.set.cards {
		return
	}
	w.bankUp()
	for _, p := range w.people {
		if p.Token == "" {
			continue
		}
		w.journal.Accounts[p.Token] = p.Number
		if err := w.bank.Open(host.Account{No: p.Token, Balance: bankFunds, Currency: w.currency}); err != nil {
			w.t.Fatal(err)
		}
		w.op.must(w.t, "", "card", "add", p.Number, "--issuer", p.Bank, "--token", p.Token, "--last4", "1111", "--expires", "2099-12", "--holder", "SOMEBODY", "--scheme", "visa")
	}
	w.op.must(w.t, "", "merchant", "cards", laterShop, "--capture", "later")
	w.op.must(w.t, "", "merchant", "cards", askedShop, "--ask", "--silence", "accept")
}

// releaseForgotten has the shop that charges later give back what nobody told it to charge: an
// issuer holds it for days.
func (w *world) releaseForgotten(payments []payment) {
	for _, p := range payments {
		if p.State == "authorized" && p.Payee == laterShop {
			_, _ = w.op.run("", "payment", "release", p.Ref)
		}
	}
}

// cardStages are the stages of card orders: those of what a bank holds, without a shop
// that charges where it is taken at once, and the question to the shop.
func cardStages() []stage {
	all := []stage{{name: "the shop is asked", only: []string{cardAsked}, state: "offered", arrange: handset(good()), reached: setAside, reason: "paid", outcome: "paid"},
		{name: "the shop is asked, and the texts unsent", only: []string{cardAsked}, state: "offered", arrange: withoutTexts(good()), reason: "paid", outcome: "paid"}}
	for _, s := range chargeStages() {
		s.only = []string{cardAtOnce, cardAsked}
		if s.before != "release" && s.command == "" {
			s.before = ""
			all = append(all, s)
		}
	}
	return all
}
