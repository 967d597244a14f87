package intent

import (
	"mpg/engine/lang"
	"mpg/engine/order"
	"mpg/engine/payment"
	"mpg/engine/product"
	"mpg/engine/tx"
)

// agents are the handlers of what agents order.
type agents struct{ payments }

// cashIn has an agent pay cash into somebody's purse, or answers why not. Its manager is
// called before any money moves.
func (s agents) cashIn(t *tx.Tx, req *Request) error {
	if req.Sender != nil {
		return s.pay(t, req)
	}
	agent, err := tx.AgentOf(t, req.Phone)
	if err != nil {
		return err
	}
	if agent == nil {
		return s.replyStranger(t, req)
	}
	return s.Reply(t, req, lang.AgentNoPIN, lang.Args{})
}

// sidesOf looks up the agent whose phone sent the order, and whose purse it is to pay into.
func (s agents) sidesOf(t *tx.Tx, req *Request, o order.Order, sides product.Sides) (product.Sides, *answer, error) {
	var err error
	if sides.Shop, err = tx.AgentOf(t, req.Phone); err != nil {
		return sides, nil, err
	}
	if sides.Shop == nil {
		return sides, &answer{text: lang.NotAnAgent}, nil
	}
	if sides.Payee, err = t.UserOf(o.To); err != nil {
		return sides, nil, err
	}
	if sides.Payee == nil {
		return sides, &answer{lang.PayeeNotRegistered, lang.Args{Party: payment.Party{Phone: o.To}.Shown()}}, nil
	}
	return sides, nil, nil
}
