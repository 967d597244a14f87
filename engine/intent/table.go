package intent

import (
	"fmt"

	"mpg/engine/order"
	"mpg/engine/tx"
)

// Handler does what a text orders, or answers why not, as part of the step t. It runs
// again if another step came in between.
type Handler func(t *tx.Tx, req *Request) error

// Class says what it means if a text comes twice.
type Class uint8

// The classes of intents.
const (
	Pays Class = iota + 1 // an order to pay: the same whatever is open
	Asks                  // a word that only asks: a copy of it costs one reply
	Acts                  // a word that changes what is open, or starts a call: a copy of it must not
)

// IsWord reports whether the meaning of a text depends on what is open or on the time.
func (c Class) IsWord() bool { return c == Asks || c == Acts }

// Entry says how the texts of one intent are answered.
type Entry struct {
	Do        Handler
	Class     Class
	Strangers bool // also for numbers that are not registered; otherwise these are told how to register
}

// builtin returns the intents of this package. It names all of them; what a module adds
// comes in by Register.
func (s *Service) builtin() map[order.Intent]Entry {
	paying, said := payments{s}, words{s}
	return map[order.Intent]Entry{
		order.Pay:     {Do: paying.pay, Class: Pays},
		order.Send:    {Do: paying.pay, Class: Pays},
		order.TopUp:   {Do: paying.pay, Class: Pays},
		order.Out:     {Do: paying.pay, Class: Pays},
		order.In:      {Do: agents{paying}.cashIn, Class: Pays, Strangers: true},
		order.Refund:  {Do: paying.refund, Class: Pays, Strangers: true},
		order.Yes:     {Do: answers{paying}.yes, Class: Acts},
		order.No:      {Do: said.no, Class: Acts},
		order.Again:   {Do: paying.again, Class: Acts},
		order.Balance: {Do: said.balance, Class: Asks},
		order.Last:    {Do: said.last, Class: Asks},
		order.Lang:    {Do: said.language, Class: Asks},
		order.Receive: {Do: said.receive, Class: Asks},
		order.Ask:     {Do: said.ask, Class: Pays},
		order.AskOff:  {Do: said.askSwitch, Class: Asks},
		order.AskOn:   {Do: said.askSwitch, Class: Asks},
		order.Name:    {Do: said.name, Class: Asks},
		order.Names:   {Do: said.names, Class: Asks},
		order.Unname:  {Do: said.unname, Class: Asks},
		order.PIN:     {Do: paying.choosePIN, Class: Acts},
		order.Help:    {Do: s.help, Class: Asks, Strangers: true},
		order.Stop:    {Do: said.optOut, Class: Acts, Strangers: true},
		order.Start:   {Do: said.optIn, Class: Acts, Strangers: true},
	}
}

// Register adds the intent of a module, before the first text comes in. An intent that is
// there already, or an entry without a handler or a class, is refused.
func (s *Service) Register(name order.Intent, entry Entry) error {
	switch _, taken := s.table[name]; {
	case name == "" || entry.Do == nil || entry.Class == 0:
		return fmt.Errorf("intent: %q: an intent needs a name, a handler and a class", name)
	case taken:
		return fmt.Errorf("intent: %q is already there", name)
	}
	s.table[name] = entry
	return nil
}
