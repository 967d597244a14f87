package proof

import (
	"cmp"
	"slices"
	"sync"
	"time"

	"mpg/engine/bank/host"
	"mpg/smpp/pdu"
	"mpg/store/money"
)

// fees are what an order costs.
type fees struct {
	Payer money.Amount // pays it besides the amount
	Payee money.Amount `json:",omitempty"` // pays it out of the amount
	Tax   money.Amount `json:",omitempty"` // of both
}

// order is one text that orders a payment, and what the SMSC saw of it.
type order struct {
	From, Text string
	Product    string       // as the ledger has it
	Payee      string       // merchant code, or number: one's own where the money stays one's own
	Agent      string       `json:",omitempty"` // code of the agent that pays cash in; From is its manager
	Claim      bool         `json:",omitempty"` // the payee is not registered
	FromBank   bool         `json:",omitempty"` // of a person to a person: from the payer's bank, not the purse
	ToBank     bool         `json:",omitempty"` // the same: to the payee's bank
	Amount     money.Amount // of no other order in the run
	Fees       fees
	ByCard     money.Amount `json:",omitzero"`  // what the issuer holds of a payment by card; 0: all of it
	Unpayable  bool         `json:",omitempty"` // nobody pays the rest: no purse holds so much, or the shop charges later
	Part       money.Amount `json:",omitzero"`  // what the shop charges of an amount that is held; 0: it is not
	PartFees   fees         `json:",omitzero"`  // on that
	Sent       time.Time
	Acked      time.Time // zero: never
	Status     pdu.Status
}

// charged is what the payer pays, or what is held until the shop charges its part.
func (o *order) charged() money.Amount { return o.Amount + o.Fees.Payer }

// end is what the shop charges in the end, and the fees on it.
func (o *order) end() (money.Amount, fees) {
	if o.Part > 0 {
		return o.Part, o.PartFees
	}
	return o.Amount, o.Fees
}

// final is what the payer pays in the end.
func (o *order) final() money.Amount {
	amount, fees := o.end()
	return amount + fees.Payer
}

// received is what the payee gets in the end.
func (o *order) received() money.Amount {
	amount, fees := o.end()
	return amount - fees.Payee
}

// byPurse is what the payer's purse adds to what the card pays.
func (o *order) byPurse() money.Amount {
	if o.ByCard == 0 {
		return 0
	}
	return o.charged() - o.ByCard
}

// payer is who pays, as the ledger has it.
func (o *order) payer() string { return cmp.Or(o.Agent, o.From) }

// sums are the amounts by which texts, the ledger or a bank name the order.
func (o *order) sums() []money.Amount {
	ended, _ := o.end() // which a refund of all of it names
	sums := []money.Amount{o.Amount, o.charged(), ended, o.final(), o.received()}
	if o.ByCard > 0 {
		sums = append(sums, o.ByCard, o.byPurse())
	}
	return sums
}

// refund is what a shop has ordered to be paid back.
type refund struct {
	Of       string       // reference of what was paid
	Shop, To string       // code and number
	Amount   money.Amount // of no other refund or order in the run
	ByText   bool
	Left     bool   `json:",omitempty"` // it is of what another one has left
	Issuer   string `json:",omitempty"` // of the card, which takes it back from the shop; empty: the shop pays
	Done     bool   // a command has said so
}

// wish is that of a subscriber that another send money.
type wish struct {
	From, To string
	Amount   money.Amount
	Heard    string    // what the other was told
	Refused  time.Time // when NO was acknowledged; zero: it was not said
}

// text is one text that a phone has received.
type text struct {
	To, Text string
	At       time.Time
}

// journal is what the test has seen with its own eyes. All fields are guarded
// by mu; a record of it is made by copy.
type journal struct {
	mu sync.Mutex
	record
	sums      map[money.Amount]bool // of orders and refunds
	strangers int
}

// record is the journal as data, and the books beside it once they were read.
type record struct {
	Currency string
	TopUps   map[string]money.Amount // cash paid in, by number, or by code of an agent
	Shops    map[string]string       // phone by merchant code
	Accounts map[string]string       // number by bank account
	Banks    map[string]string       // name of the bank by number
	Orders   []*order
	Refunds  []*refund       `json:",omitempty"`
	Wishes   []*wish         `json:",omitempty"`
	Late     []string        `json:",omitempty"` // numbers that were registered during the run
	Decided  map[string]bool `json:",omitempty"` // what shops were asked and have answered, by reference: whether they accept
	Texts    []text
	Wrong    map[string]int // wrong PINs keyed, by number
	Cut      map[string]int // calls that a kill cut off, by number
	NotMe    map[string]int // 0 pressed at the guard, by number
	Nays     map[string]int `json:",omitempty"` // times that NO was said without a number, by number
	Bank     []host.Entry
	Held     map[string]money.Amount `json:",omitempty"` // what the bank holds at the end, by account
	Books    books
}

func newJournal() *journal {
	return &journal{sums: map[money.Amount]bool{}, record: record{
		Currency: currencyCode, TopUps: map[string]money.Amount{}, Shops: map[string]string{}, Accounts: map[string]string{}, Banks: map[string]string{},
		Wrong: map[string]int{}, Cut: map[string]int{}, NotMe: map[string]int{}, Nays: map[string]int{}, Decided: map[string]bool{},
	}}
}

// saysNo notes that NO is about to be said without a number: what it is about depends on
// what is open when it comes.
func (j *journal) saysNo(number string) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.Nays[number]++
}

// ordered notes a text that is about to be put in.
func (j *journal) ordered(o *order) {
	j.mu.Lock()
	defer j.mu.Unlock()
	o.Sent = time.Now()
	j.Orders = append(j.Orders, o)
}

// claim keeps the sums for one order or refund; false: another has one of them.
func (j *journal) claim(sums ...money.Amount) bool {
	j.mu.Lock()
	defer j.mu.Unlock()
	if slices.ContainsFunc(sums, func(sum money.Amount) bool { return j.sums[sum] }) {
		return false
	}
	for _, sum := range sums {
		j.sums[sum] = true
	}
	return true
}

// acked notes the deliver_sm_resp of o.
func (j *journal) acked(o *order, st pdu.Status) {
	j.mu.Lock()
	defer j.mu.Unlock()
	o.Acked, o.Status = time.Now(), st
}

// received notes a text.
func (j *journal) received(to, words string) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.Texts = append(j.Texts, text{to, words, time.Now()})
}

// pressed notes what was keyed in a call.
func (j *journal) pressed(number string, wrong, notMe int) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.Wrong[number] += wrong
	j.NotMe[number] += notMe
}

// cut notes a call that a kill cut off.
func (j *journal) cut(number string) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.Cut[number]++
}

// orders is how many there were.
func (j *journal) orders() int {
	j.mu.Lock()
	defer j.mu.Unlock()
	return len(j.Orders)
}

// unacked is the number of orders that the SMSC still has to deliver.
func (j *journal) unacked() int {
	j.mu.Lock()
	defer j.mu.Unlock()
	n := 0
	for _, o := range j.Orders {
		if o.Acked.IsZero() {
			n++
		}
	}
	return n
}

// heard is how many texts there were.
func (j *journal) heard() int {
	j.mu.Lock()
	defer j.mu.Unlock()
	return len(j.Texts)
}

// with is the record with books, whose reading began when there were so many texts; false: more
// have come since, which may tell of what the books do not have yet.
func (j *journal) with(read books, texts int) (record, bool) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.Books = read
	return j.record, len(j.Texts) == texts
}

// texts are those received by number since at.
func (j *journal) textsTo(number string, since time.Time) []string {
	j.mu.Lock()
	defer j.mu.Unlock()
	var words []string
	for _, t := range j.Texts {
		if t.To == number && !t.At.Before(since) {
			words = append(words, t.Text)
		}
	}
	return words
}
