package module_test

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"mpg/engine/admin"
	"mpg/engine/audit"
	"mpg/engine/call"
	"mpg/engine/codec"
	"mpg/engine/due"
	"mpg/engine/follow"
	"mpg/engine/intent"
	"mpg/engine/lang"
	"mpg/engine/module"
	"mpg/engine/notice"
	"mpg/engine/order"
	"mpg/engine/payment"
	"mpg/engine/pin"
	"mpg/engine/tx"
	"mpg/engine/user"
	"mpg/store"
	"mpg/store/money"
)

// What the module owns: two tables, a code for its transfers, and the name of an account
// for each saver.
const (
	savingsTable store.Table = 200
	totalTable   store.Table = 201
	codeSavings  uint16      = 1000
	savingsBack              = "savings-back" // due work: the money goes back
	savedFor                 = 30 * 24 * time.Hour
)

// savingsWords begin the module's orders. A larger module has them in a file in its folder,
// which it embeds.
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
	Back time.Time    `cbor:"3,keyasint"` // when it goes back
}

// total counts what the journal tells of all savers.
type total struct {
	Moves int `cbor:"1,keyasint"`
}

// savings lets a subscriber put money aside by text. It goes back to the purse after
// thirty days, or when the operator pays it out.
type savings struct{ *module.Parts }

func newSavings(made *savings) module.Module {
	return module.Module{
		Name:    "savings",
		What:    "money put aside for thirty days",
		Words:   savingsWords,
		Records: map[store.Table]any{savingsTable: saving{}, totalTable: total{}},
		Verbs: []admin.Verb{
			{Name: "pay-out", What: "give back part of what a subscriber has saved", Do: made.payOut,
				Args: []admin.Arg{{Name: "number", Kind: admin.ArgPhone}, {Name: "amount", Kind: admin.ArgAmount}}},
			{Name: "show", What: "show what a subscriber has saved", Show: made.show, Args: []admin.Arg{{Name: "number", Kind: admin.ArgPhone}}},
		},
		Join: func(p *module.Parts) module.Additions {
			made.Parts = p
			return module.Additions{
				Intents:   map[order.Intent]intent.Entry{"save": {Do: made.save, Class: intent.Acts}},
				Due:       []due.Kind{{Name: savingsBack, Missed: due.All, Do: made.back}},
				Followers: []follow.Follower{follow.BySteps(p.Run, "savings", moves, made.count)},
				Check:     func() audit.Check { return &savingsCheck{told: make(map[string]money.Amount)} },
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

// move posts one leg and keeps the sum beside it. The first move sets when everything goes
// back.
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
	}
	if has.Sum == 0 {
		has.Back = t.Now.Add(savedFor).UTC()
		if err := s.Due.Add(t, due.Item{Kind: savingsBack, ID: payment.Key(u.No), At: has.Back}); err != nil {
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

// back is the due work. The saver is told by text, and called.
func (s *savings) back(t *tx.Tx, item due.Item) error {
	has, err := tx.Read[saving](t, savingsTable, item.ID)
	if err != nil || has == nil || has.Sum == 0 || item.At.Before(has.Back) { // paid out meanwhile, and perhaps saved again
		return err
	}
	u, err := t.User(has.User)
	if err != nil {
		return err
	}
	if err := s.move(t, u, -has.Sum); err != nil {
		return err
	}
	l := s.Place.LangOf(u, "")
	s.Calls.Play(t, u, call.Script{Module: "savings", Lang: l, Via: "main", Code: "8888",
		Steps:   []call.Step{s.Calls.Guard(l, []string{"To hear news of your savings, press 1."}), {Name: "news", Say: []string{"They are back in your purse."}, Want: call.WantKey}},
		OnInput: func(context.Context, string, *pin.PIN) call.Verdict { return call.Verdict{Do: call.GoOn} }})
	return t.Notify(notice.Notice{Via: "main", From: "8888", To: u.Phone, Lang: l, Text: lang.BalanceNow, Purse: u.Purse,
		Args: lang.Args{At: s.Place.Time(t.Now), Currency: s.Place.Currency}})
}

// payOut is the verb of the operator that changes something.
func (s *savings) payOut(t *tx.Tx, given admin.Given) (any, error) {
	u, err := t.UserOf(given.Text("number"))
	if err != nil || u == nil {
		return nil, cmp.Or(err, admin.ErrNoUser)
	}
	amount := given.Amount("amount")
	return map[string]string{"paid_out": s.Place.Currency.Format(amount)}, s.move(t, u, -amount)
}

// show is the verb that only reads.
func (s *savings) show(t *tx.Tx, given admin.Given) (any, error) {
	u, err := t.UserOf(given.Text("number"))
	if err != nil || u == nil {
		return nil, cmp.Or(err, admin.ErrNoUser)
	}
	has, err := tx.Read[saving](t, savingsTable, payment.Key(u.No))
	if err != nil || has == nil {
		return map[string]string{"saved": "nothing"}, err
	}
	all, err := tx.Read[total](t, totalTable, "all")
	if all == nil {
		all = new(total)
	}
	return map[string]string{"saved": s.Place.Currency.Format(has.Sum), "moves_of_all": fmt.Sprint(all.Moves)}, err
}

// moves tells the records of the journal in which savings were moved.
func moves(entry *store.Entry) bool {
	return slices.ContainsFunc(entry.Transfers, func(leg store.Transfer) bool { return leg.Code == codeSavings })
}

// count follows the journal.
func (s *savings) count(t *tx.Tx, _ *store.Entry) error {
	all, err := tx.Read[total](t, totalTable, "all")
	if err != nil {
		return err
	}
	if all == nil {
		all = new(total)
	}
	all.Moves++
	tx.Save(t, totalTable, "all", all)
	return nil
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
