package demo

import (
	"slices"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// TestTillInABrowser holds that an order that waits for the shop's word comes to the front,
// that what is pressed reaches the gateway, and that the till shows what comes of it.
func TestTillInABrowser(t *testing.T) {
	t.Parallel()
	s, r := tillStreet(t)
	ctx := visit(t, s)
	watchErrors(t, ctx)
	asked := func(want string) {
		t.Helper()
		for until := time.Now().Add(testWait); ; time.Sleep(10 * time.Millisecond) {
			r.mu.Lock()
			list := slices.Clone(r.asked)
			r.mu.Unlock()
			if slices.Contains(list, want) {
				return
			}
			if time.Now().After(until) {
				t.Fatalf("the gateway was asked %q, want %q", list, want)
			}
		}
	}
	stands := func(what, sum string) {
		t.Helper()
		shows(t, ctx, what, `document.querySelector(".till .what").textContent === "`+what+`" && document.querySelector(".till .now .sum").textContent === "`+sum+`"`)
	}
	shows(t, ctx, "a till that waits", `document.querySelector("#payee .tabs button:last-child").textContent === "Till" && !document.querySelector(".till .waits").hidden`)
	offered := tillOrder{Ref: "7K4QXYZ2", State: "offered", Amount: "300.00", Currency: "CNY", Payer: "138****0001", At: "2026-11-26T02:25:00Z", Scheme: "visa", Last4: "1111"}
	r.tell(offered, false)
	do(t, ctx, "the till in front", chromedp.WaitVisible(chromedp.CSS(".till .accept")))
	stands("ACCEPT?", "CNY 300.00")
	shows(t, ctx, "what is told of the card", `document.querySelector(".till .about").textContent === "BLUEBIRD FLORIST · 138****0001 · Visa 1111 · 7K4QXYZ2 · 10:25"`)
	do(t, ctx, "accepting by keyboard", chromedp.Focus(chromedp.CSS(".till .accept")), chromedp.KeyEvent("\r"))
	asked("Bearer key-8001 7K4QXYZ2 accept")
	offered.State = "paid"
	r.tell(offered, false)
	stands("PAID", "CNY 300.00")
	shows(t, ctx, "nothing left to do", `document.querySelectorAll(".till .actions button").length === 0 && document.activeElement.matches(".till .about")`)

	r.tell(tillOrder{Ref: "8PQRXYZ3", State: "authorized", Amount: "300.00", Currency: "CNY", At: "2026-11-26T02:26:00Z"}, true)
	stands("AUTHORISED", "CNY 300.00")
	do(t, ctx, "charging less", chromedp.SetValue(chromedp.CSS(".till .actions input"), "250"), chromedp.Click(chromedp.CSS(".till .capture")))
	asked("Bearer key-8001 8PQRXYZ3 capture 250")
	do(t, ctx, "an earlier order", chromedp.Click(chromedp.CSS(".earlier button")))
	stands("PAID", "CNY 300.00")

	r.tell(tillOrder{Ref: "LATE2345", State: "offered", Amount: "9.00", Currency: "CNY", At: "2026-11-26T02:27:00Z"}, false)
	do(t, ctx, "refusing too late", chromedp.Click(chromedp.CSS(".till .refuse")))
	shows(t, ctx, "why", `document.querySelector(".till .wrong").textContent === "the time to decide is over"`)
	do(t, ctx, "in Chinese", chromedp.Click(chromedp.CSS("#language")))
	stands("接受吗？", "9.00元")
	noErrors(t, ctx)
}
