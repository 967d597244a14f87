package engine_test

import (
	"context"
	"strings"
	"testing"

	"mpg/engine/books"
	"mpg/store"
)

// TestOnlyThePayersPurseIsCalledShort: when another account of the order lacks the
// money, the payer is told nothing untrue.
func TestOnlyThePayersPurseIsCalledShort(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.refuses(func(c store.Cmd) store.Refusal {
		if len(c.Transfers) > 0 {
			return store.RefusedFunds // and names no account of the payer's
		}
		return store.None
	})
	w.text(wang, "PAY 8001 128.50")
	w.expect(wang, "cannot do this now", "nothing was taken")
	if w.count(wang, "short") > 0 {
		t.Errorf("%v", w.written())
	}
	w.refuses(nil)
	w.text(wang, "PAY 8001 600")
	w.expect(wang, "short by", "100.00")
}

// limit sets the rules of an account, as a settlement or an operator would.
func (w *world) limit(rules store.Limit) {
	w.t.Helper()
	res, err := w.store.Apply(context.Background(), w.store.Epoch(), []store.Cmd{{ID: store.ID{0xEE, byte(rules.Account), byte(rules.Ceiling)}, At: w.clock(), Limits: []store.Limit{rules}}})
	if err != nil || res[0].Refusal != store.None {
		w.t.Fatal(res, err)
	}
}

// TestWhatTheBooksRefuseIsAnswered: whichever account refuses an order's hold, the text is
// taken in and its sender is told, or the SMSC would deliver it for ever. Nothing is held,
// and no order is left open.
func TestWhatTheBooksRefuseIsAnswered(t *testing.T) {
	t.Parallel()
	shopFull := store.Limit{Account: books.Merchant("8001"), Ceiling: 100_00}
	for name, tt := range map[string]struct {
		rules store.Limit
		texts []string // the last is the one that is refused
		want  []string
		not   string
	}{
		"shop closed":             {store.Limit{Account: books.Merchant("8001"), Closed: true}, []string{"PAY 8001 128.50"}, []string{"BLUEBIRD FLORIST can no longer be paid", "nothing was taken"}, "short"},
		"shop closed, by bank":    {store.Limit{Account: books.Merchant("8001"), Closed: true}, []string{"PAY 8001 45 BANK"}, []string{"can no longer be paid"}, "bank"},
		"shop closed, in Chinese": {store.Limit{Account: books.Merchant("8001"), Closed: true}, []string{"LANG ZH", "付 8001 128.50"}, []string{"蓝鸟花店已不再收款", "未扣款"}, "余额"},
		"shop full":               {shopFull, []string{"PAY 8001 128.50"}, []string{"BLUEBIRD FLORIST cannot receive this amount"}, "28.50"},
		"person closed":           {store.Limit{Account: books.Purse(2), Closed: true}, []string{"SEND 50 13800000002"}, []string{"0002 can no longer be paid"}, "Li Lei"},
		"person full":             {store.Limit{Account: books.Purse(2), Ceiling: 49_99}, []string{"SEND 50 13800000002"}, []string{"0002 cannot receive this amount"}, "0.01"},
		"own purse closed":        {store.Limit{Account: books.Purse(1), Closed: true}, []string{"PAY 8001 128.50"}, []string{"cannot do this now", "nothing was taken"}, "BLUEBIRD"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.limit(tt.rules)
			if tt.rules.Account == books.Purse(2) && tt.rules.Ceiling > 0 { // what a purse may hold is the operator's rule
				rules := w.e.Rules()
				rules.Products.Limits = limitsOf(t, "[purse]\ndirection = \"in\"\nbalance_max = \"49.99\"\n")
				w.e.SetRules(rules)
			}
			for _, text := range tt.texts {
				w.forget()
				w.text(wang, text) // which fails if it is not taken in
				w.until("the answer", func() bool { return len(w.texts) > 0 })
			}
			told := w.expect(wang, tt.want...)
			if strings.Contains(told, tt.not) {
				t.Errorf("%q", told)
			}
			w.balance("purse:"+wang, "500.00", "500.00")
			w.forget()
			w.text(wang, "NO")
			w.until("the answer to NO", func() bool { return len(w.texts) > 0 })
			if w.count(wang, "nothing to stop")+w.count(wang, "无需取消") != 1 {
				t.Errorf("an order is open: %v", w.written())
			}
		})
	}
}

// TestAYesThatTheBooksRefuse is answered about the order that it agrees to.
func TestAYesThatTheBooksRefuse(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.answers(wang, phone{keys: []string{pinOne}})
	w.text(wang, "PAY 8001 20")
	w.expect(wang, "you paid")
	w.text(wang, "PAY 8001 20")
	w.expect(wang, "Reply YES")
	w.limit(store.Limit{Account: books.Merchant("8001"), Ceiling: 30_00})
	w.text(wang, "YES")
	w.expect(wang, "BLUEBIRD FLORIST cannot receive this amount")
	w.balance("purse:"+wang, "480.00", "480.00")
}
