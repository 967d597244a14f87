package engine_test

import (
	"fmt"
	"testing"

	"mpg/engine/acquirer"
	"mpg/engine/module/moduletest"
)

// TestPowerIsLostWhileABillerIsTold at each commit, before and after it, however the biller
// answers: it credits the bill once, or not at all if nothing was paid, and the books agree
// with it and with the bank.
func TestPowerIsLostWhileABillerIsTold(t *testing.T) {
	t.Parallel()
	for name, does := range map[string]func(acquirer.Bill, int) (acquirer.Said, error){
		"accepts": nil, "credits and is silent": moduletest.Silent(true), "refuses": refusing,
	} {
		for _, product := range []string{"BILL", "METER"} {
			for n := 2; n <= 5; n++ { // the first takes the order in
				for _, after := range []bool{false, true} {
					t.Run(fmt.Sprintf("%s %s, commit %d, after it %v", product, name, n, after), func(t *testing.T) {
						t.Parallel()
						w, products, icbc := billWorld(t)
						products.Power.Does(does)
						icbc.undoes()
						lost := w.losesPower(n, after)
						w.answers(wang, phone{keys: []string{pinOne}}, phone{keys: []string{pinOne}})
						w.text(wang, product+" 80 8001 4711")
						ref := w.last().Ref
						select {
						case <-lost:
						case <-ended(w, ref): // it has fewer commits, or the biller is told after its end
						}
						w.restart()
						if w.shown(ref).State == "waiting" {
							w.text(wang, "AGAIN")
						}
						w.until("the end", func() bool { return w.shown(ref).State == "done" })
						paid := w.shown(ref).Outcome == "paid"
						credited := paid && name != "refuses"
						if paid {
							w.until("the biller's answer", func() bool { return w.shown(ref).Request.State != "advising" })
						}
						if got := products.Power.Credited()["4711"] > 0; got != credited {
							t.Errorf("%s: credited %v", w.shown(ref).Outcome, products.Power.Credited())
						}
						shop := map[bool]string{true: "80.00", false: "0.00"}[paid]
						w.balance("merchant:8001", shop, shop)
						if product == "METER" {
							w.agrees(map[string]*bookBank{"icbc": icbc})
						}
					})
				}
			}
		}
	}
}
