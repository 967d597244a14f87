package proof

import (
	"math/rand/v2"

	"mpg/engine/bank/host"
	"mpg/store/money"
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
		if err := w.bank.Open(w.cardAccount(p)); err != nil {
			w.t.Fatal(err)
		}
		w.op.must(w.t, "", "card", "add", p.Number, "--issuer", p.Bank, "--token", p.Token, "--last4", "1111", "--expires", "2099-12", "--holder", "SOMEBODY", "--scheme", "visa")
	}
	w.op.must(w.t, "", "merchant", "cards", laterShop, "--capture", "later")
	w.op.must(w.t, "", "merchant", "cards", askedShop, "--ask", "--silence", "accept")
}

// How issuers hold only a part of what a card is to pay, in worlds in which the purse pays the rest.
const (
	cardSplit = "mcredit split" // of an amount of which the issuer holds a part
	cardShort = "mcredit short" // the same, and no purse holds the rest

	cardFunds = money.Amount(1_000_000_000_000)
	partEvery = 3                           // the issuer holds only a part of one amount in this many
	shortMore = money.Amount(5_000_000_000) // of which the rest is more than anybody has
)

// cardAccount is the account of p's card at its issuer.
func (w *world) cardAccount(p person) host.Account {
	opened := host.Account{No: p.Token, Balance: cardFunds, Currency: w.currency}
	if w.set.split {
		opened.Parts, opened.Most = true, issuerHolds
	}
	return opened
}

// issuerHolds is the most that an issuer holds of an amount. What it pays, and what it leaves to
// the purse, follows from the order alone, and not from what came before.
func issuerHolds(asked money.Amount) money.Amount {
	if asked%partEvery == 0 {
		return asked * 3 / 5
	}
	return asked
}

// inPart gives o, which a card is to pay, an amount as its form says, and notes what the issuer
// holds of it. The fee is the same for all amounts.
func (o *order) inPart(form string) {
	short := form == "short"
	if short {
		o.Amount += shortMore
	}
	for (short || form == "split") && o.charged()%partEvery != 0 {
		o.Amount++
	}
	if held := issuerHolds(o.charged()); held < o.charged() {
		o.ByCard, o.Unpayable = held, short || o.Payee == laterShop
	}
}

// sometimesInPart makes a product that a card pays, now and then, one of which its issuer holds
// only a part, or of which no purse holds the rest either.
func (w *world) sometimesInPart(product string, rng *rand.Rand) string {
	if product != cardAtOnce || !w.set.split {
		return product
	}
	return oneOf(rng, []string{cardAtOnce, cardAtOnce, cardAtOnce, cardSplit, cardSplit, cardShort})
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
	asked := []string{cardAsked, cardSplit}
	all := []stage{{name: "the shop is asked", only: asked, state: "offered", arrange: handset(good()), reached: setAside, reason: "paid", outcome: "paid"},
		{name: "the shop is asked, and the texts unsent", only: asked, state: "offered", arrange: withoutTexts(good()), reason: "paid", outcome: "paid"}}
	for _, s := range chargeStages() {
		s.only = []string{cardAtOnce, cardAsked, cardSplit}
		if s.before != "release" && s.command == "" {
			s.before = ""
			all = append(all, s)
		}
	}
	return all
}
