package proof

import (
	"sync"
	"time"

	"mpg/engine/bank/host"
	"mpg/smpp/pdu"
	"mpg/store/money"
)

// order is one text that orders a payment, and what the SMSC saw of it.
type order struct {
	From, Text string
	Product    string       // "mpurse", "mdebit", "mp2p", "relay", "tank", "charge"
	Payee      string       // merchant code, or number
	Amount     money.Amount // of no other order in the run
	Fee        money.Amount // that the payer pays besides
	Sent       time.Time
	Acked      time.Time // zero: never
	Status     pdu.Status
}

// charged is what the payer pays.
func (o *order) charged() money.Amount { return o.Amount + o.Fee }

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
}

// record is the journal as data, and the books beside it once they were read.
type record struct {
	Currency string
	TopUps   map[string]money.Amount // cash paid in, by number
	Shops    map[string]string       // phone by merchant code
	Accounts map[string]string       // number by bank account
	Banks    map[string]string       // name of the bank by number
	Orders   []*order
	Texts    []text
	Wrong    map[string]int // wrong PINs keyed, by number
	Cut      map[string]int // calls that a kill cut off, by number
	NotMe    map[string]int // 0 pressed at the guard, by number
	Bank     []host.Entry
	Held     map[string]money.Amount `json:",omitempty"` // what the bank has set aside at the end, by account
	Books    books
}

func newJournal() *journal {
	return &journal{record: record{
		Currency: currencyCode, TopUps: map[string]money.Amount{}, Shops: map[string]string{}, Accounts: map[string]string{}, Banks: map[string]string{},
		Wrong: map[string]int{}, Cut: map[string]int{}, NotMe: map[string]int{},
	}}
}

// ordered notes a text that is about to be put in.
func (j *journal) ordered(o *order) {
	j.mu.Lock()
	defer j.mu.Unlock()
	o.Sent = time.Now()
	j.Orders = append(j.Orders, o)
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
