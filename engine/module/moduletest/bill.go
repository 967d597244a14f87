package moduletest

import (
	"strings"

	"mpg/engine/books"
	"mpg/engine/intent"
	"mpg/engine/lang"
	"mpg/engine/merchant"
	"mpg/engine/payment"
	"mpg/engine/product"
	"mpg/engine/tx"
)

// bill accepts an order to pay a bill from the purse. The biller is told once it is paid.
func (s *Products) bill(t *tx.Tx, req *intent.Request) error {
	return s.billed(t, req, func(tells payment.Ask, shop *merchant.Merchant) (payment.Plan, error) {
		return payment.Plan{Product: Bill, Asks: []payment.Ask{tells}, Legs: []payment.Leg{
			{From: req.Sender.Purse, To: shop.Account, Amount: tells.Amount, Code: payment.CodePay, Held: true, PostedAt: payment.AtConfirm},
		}}, nil
	})
}

// meter accepts an order to pay a bill from the bank account. It is paid once the biller has
// accepted it; what the biller refuses goes to the payer's purse.
func (s *Products) meter(t *tx.Tx, req *intent.Request) error {
	if req.Sender.BankAccount == 0 {
		return s.Orders.Reply(t, req, lang.NoBankAccount, lang.Args{})
	}
	return s.billed(t, req, func(tells payment.Ask, shop *merchant.Merchant) (payment.Plan, error) {
		payer := req.Sender
		accounts, err := s.accounts(t, books.BankPrefix+payer.Bank, books.TransitPrefix+payer.Bank)
		if err != nil {
			return payment.Plan{}, err
		}
		bank, transit, taken := accounts[0], accounts[1], payment.AtConfirm+1
		tells.Waits = true
		return payment.Plan{Product: Meter, Back: payer.Purse,
			Asks: []payment.Ask{{Bank: payer.Bank, Account: payer.BankAccount, Amount: tells.Amount, Kind: payment.Debit}, tells},
			Legs: []payment.Leg{
				{From: bank, To: transit, Amount: tells.Amount, Code: payment.CodeBankIn, Held: true, PostedAt: taken},
				{From: transit, To: shop.Account, Amount: tells.Amount, Code: payment.CodePay, Held: true, HeldAt: taken, PostedAt: taken + 1},
			}}, nil
	})
}

// billed accepts an order to pay a bill. The number of the bill follows the shop's code.
func (s *Products) billed(t *tx.Tx, req *intent.Request, plan func(tells payment.Ask, shop *merchant.Merchant) (payment.Plan, error)) error {
	amount, code, ok := s.read(req)
	fields := strings.Fields(req.Order.Rest)
	if !ok || len(fields) != 3 {
		return s.Orders.Reply(t, req, lang.HelpText, lang.Args{})
	}
	shop, err := s.shopOf(t, req, code)
	if shop == nil {
		return err
	}
	made, err := plan(payment.Ask{Bank: Power, Amount: amount, Kind: payment.Notify, Bill: fields[2]}, shop)
	if err != nil {
		return err
	}
	sides := product.Sides{Payer: req.Sender, Shop: shop, Date: s.Place.Day(t.Now)}
	return s.Orders.Pay(t, req, sides, func() (payment.Plan, payment.Amounts, *product.Refusal) {
		return made, payment.Amounts{Charged: amount, Received: amount}, nil
	})
}
