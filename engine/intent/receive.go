package intent

import (
	"mpg/engine/lang"
	"mpg/engine/order"
	"mpg/engine/tx"
)

// receive keeps where what others send to the sender goes: to the purse, or to the linked
// account at a bank.
func (s words) receive(t *tx.Tx, req *Request) error {
	person, text := req.Sender, lang.ReceivePurse
	if req.Order.Source == order.FromBank {
		if person.BankAccount == 0 {
			return s.Reply(t, req, lang.ReceiveNoBank, lang.Args{})
		}
		text = lang.ReceiveBank
	}
	person.ReceiveAtBank = req.Order.Source == order.FromBank
	t.SaveUser(person)
	return s.Reply(t, req, text, lang.Args{})
}
