package module_test

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"mpg/engine/admin"
	"mpg/engine/audit"
	"mpg/engine/codec"
	"mpg/engine/due"
	"mpg/engine/intent"
	"mpg/engine/lang"
	"mpg/engine/module"
	"mpg/engine/notice"
	"mpg/engine/order"
	"mpg/engine/payment"
	"mpg/engine/tx"
	"mpg/engine/user"
	"mpg/store"
	"mpg/store/money"
)

// What the module owns: a table, a code for its transfers, and the name of an account for
// each saver.
const (
	savingsTable store.Table = 90
	codeSavings  uint16      = 1000
	savingsBack              = "savings-back" // due work: the money goes back
	savedFor                 = 30 * 24 * time.Hour
)

// savingsWords begin the module's orders. A module of some size has them in a file of its
// own folder, which it embeds.
const savingsWords = `[save]
en      = ["save"]
zh      = ["存钱"]
pinyin  = ["cq"]
form-en = "SAVE amount"
form-zh = "存钱 金额"
`

// saving is what one subscriber has put aside.
type saving struct {
	User uint64       `cbor:"1,keyasint"`
	Sum  money.Amount `cbor:"2,keyasint"`
}

// savings lets a subscriber put money aside by text. It goes back to the purse after
// thirty days, or when the operator pays it out.
type savings struct{ *module.Parts }

func newSavings(made *savings) module.Module {
	return module.Module{
		Name:    "savings",
		What:    "money put aside for thirty days",
		Words:   savingsWords,
		Records: map[store.Table]any{savingsTable: saving{}},
		Join: func(p *module.Parts) module.Additions {
			made.Parts = p
			return module.Additions{
				Intents: map[order.Intent]intent.Entry{"save": {Do: made.save, Class: intent.Acts}},
				Due:     []due.Kind{{Name: savingsBack, Missed: due.All, Do: made.back}},
				Check:   func() audit.Check { return &savingsCheck{told: make(map[string]money.Amount)} },
			}
		},
	}
}

// save puts the amount after the word aside. A purse that is short is answered by the
// core.
func (s *savings) save(t *tx.Tx, req *intent.Request) error {
	amount, err := s.Place.Currency.Parse(req.Order.Rest)
	if err != nil || amount <= 0 {
		return s.Orders.Reply(t, req, lang.HelpText, lang.Args{})
	}
	if err := s.move(t, req.Sender, amount); err != nil {
		return err
	}
	told := req.Notice(lang.BalanceNow, lang.Args{At: s.Place.Time(t.Now), Currency: s.Place.Currency})
	told.Purse = req.Sender.Purse
	return t.Notify(told)
}

// move posts one leg and keeps the sum beside it. The first one says when all goes back.
func (s *savings) move(t *tx.Tx, u *user.User, amount money.Amount) error {
	account, err := s.Books.Account(t, fmt.Sprintf("savings:%d", u.No), store.Liability, "")
	if err != nil {
		return err
	}
	has, err := tx.Read[saving](t, savingsTable, payment.Key(u.No))
	if err != nil {
		return err
	}
	if has == nil {
		has = &saving{User: u.No}
		if err := s.Due.Add(t, due.Item{Kind: savingsBack, ID: payment.Key(u.No), At: t.Now.Add(savedFor)}); err != nil {
			return err
		}
	}
	leg := store.Transfer{Op: store.Post, Code: codeSavings, Debit: u.Purse, Credit: account, Amount: amount}
	if amount < 0 {
		leg.Debit, leg.Credit, leg.Amount = account, u.Purse, -amount
	}
	t.Transfer(leg)
	has.Sum += amount
	tx.Save(t, savingsTable, payment.Key(u.No), has)
	return nil
}

// back is the due work.
func (s *savings) back(t *tx.Tx, item due.Item) error {
	has, err := tx.Read[saving](t, savingsTable, item.ID)
	if err != nil || has == nil || has.Sum == 0 {
		return err
	}
	u, err := t.User(has.User)
	if err != nil {
		return err
	}
	if err := s.move(t, u, -has.Sum); err != nil {
		return err
	}
	return t.Notify(notice.Notice{Via: "main", From: "8888", To: u.Phone, Lang: s.Place.LangOf(u, ""), Text: lang.BalanceNow, Purse: u.Purse,
		Args: lang.Args{At: s.Place.Time(t.Now), Currency: s.Place.Currency}})
}

// PayOut is the operator's verb: it gives back part of what a subscriber has saved.
func (s *savings) PayOut(ctx context.Context, by admin.Command, phone string, amount money.Amount) (json.RawMessage, error) {
	what := &admin.Action{Name: "savings pay-out", Object: phone, Amount: amount}
	return s.Admin.Once(ctx, by, what, fmt.Sprintf("savings pay-out %s %d", phone, amount), func(t *tx.Tx) (any, error) {
		u, err := t.UserOf(phone)
		if err != nil || u == nil {
			return nil, admin.ErrNoUser
		}
		return map[string]string{"paid_out": s.Place.Currency.Format(amount)}, s.move(t, u, -amount)
	})
}

// savingsCheck holds the transfers of the module against its records.
type savingsCheck struct {
	moved money.Amount            // put aside, less what went back
	told  map[string]money.Amount // by the records
}

// Entry implements audit.Check.
func (c *savingsCheck) Entry(e *store.Entry) (own []int, faults []string) {
	for i, leg := range e.Transfers {
		switch {
		case leg.Code != codeSavings:
			continue
		case leg.Debit < leg.Credit: // purses have the greater IDs: it goes back
			c.moved -= leg.Amount
		default:
			c.moved += leg.Amount
		}
		own = append(own, i)
	}
	for _, w := range e.Writes {
		if w.Table != savingsTable {
			continue
		}
		var has saving
		if err := codec.Decode(w.Data, &has); err != nil {
			faults = append(faults, err.Error())
		}
		c.told[w.Key] = has.Sum
	}
	return own, faults
}

// End implements audit.Check.
func (c *savingsCheck) End() []string {
	for _, sum := range c.told {
		c.moved -= sum
	}
	if c.moved != 0 {
		return []string{fmt.Sprintf("savings: what was put aside differs from the records by %d", c.moved)}
	}
	return nil
}
