package demo

import (
	"context"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

// axePath is the accessibility checker, from npm.
const axePath = "../testdata/peers/node_modules/axe-core/axe.min.js"

// axe reads the checker. If it is not installed, the test is skipped, or fails if every
// peer is required.
func axe(t *testing.T) string {
	t.Helper()
	code, err := os.ReadFile(axePath)
	switch {
	case err == nil:
	case os.Getenv("MPG_PEERS") == "require":
		t.Fatal("axe-core is not installed, and MPG_PEERS=require")
	default:
		t.Skip("SKIPPED: axe-core is not installed; make peers brings it")
	}
	return string(code)
}

// scheme asks for a light or a dark page without animations: the contrast of a colour
// half way through one means nothing.
func scheme(t *testing.T, ctx context.Context, name string) {
	t.Helper()
	do(t, ctx, name, chromedp.Func(func(ctx context.Context, tab *chromedp.Target) error {
		_, err := cdp.Call(ctx, tab, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{
			{Name: "prefers-color-scheme", Value: name}, {Name: "prefers-reduced-motion", Value: "reduce"}}})
		return err
	}))
}

// The sizes at which the page is looked at: a laptop, a phone.
const (
	laptopWidth, laptopHeight = 1280, 800
	phoneWidth, phoneHeight   = 390, 844
)

// full brings a street into a state in which the page shows all that it can: a
// payment that was paid and one that was not, a text that was not sent, a switch
// that is on, and a call in which a PIN is being keyed.
func full(t *testing.T, s *street) *fakeLine {
	t.Helper()
	h := s.phones[wangFang]
	h.receive(ShortCode, "7K4QXYZ2: you paid CNY 128.50 to BLUEBIRD FLORIST from your purse on 26 Nov 00:21. Balance CNY 371.50.")
	s.phones[florist].receive(ShortCode, "7K4QXYZ2: you received CNY 128.50 from 138****0001 on 26 Nov 00:21.")
	if err := h.text(t.Context(), ShortCode, "PAY 8001 45 BANK"); err != nil {
		t.Fatal(err)
	}
	s.mu.Lock()
	s.down = true
	s.mu.Unlock()
	if err := s.phones[liLei].text(t.Context(), ShortCode, "BAL"); err == nil {
		t.Fatal("a text was sent while the SMSC was down")
	}
	if err := s.page.faults.set(SMSCDown, true); err != nil {
		t.Fatal(err)
	}
	at := time.Now().UTC().Format(time.RFC3339Nano)
	s.hub.set("ledger", books{Trial: true,
		Accounts: []AccountRow{{"float", "500.00", "500.00"}, {"bank:icbc", "45.00", "45.00"}, {"merchant:8001", "173.50", "173.50"}, {"purse:" + wangFang, "371.50", "326.50"}},
		Payments: []PaymentRow{
			{Ref: "9PQRXYZ4", Payer: wangFang, Payee: "8001", Amount: "45.00", State: "calling", Steps: []StepRow{{"received", at}, {"calling", at}}},
			{Ref: "8PQRXYZ3", Payer: wangFang, Payee: "8002", Amount: "12.00", State: "done", Outcome: "not paid", Reason: "line busy"},
			{Ref: "7K4QXYZ2", Payer: wangFang, Payee: "8001", Amount: "128.50", State: "done", Outcome: "paid"}}})
	s.hub.set("till", tillOrders(at))
	s.hub.set("issuer", issuerView{Name: "visa", Cards: []cardView{{Number: wangFang, Scheme: "visa", Last4: "1111", Limit: "2000.00", Held: "300.00", Captured: "268.40", Free: "1431.60", Share: 28}},
		Book: []issuerLine{{At: time.Now(), What: "held", Amount: "300.00", Code: "00"}, {At: time.Now(), What: "debited", Amount: "268.40", Code: "00"}, {At: time.Now(), What: "declined", Amount: "3000.00", Code: "51"}}})
	l := s.ring(wangFang)
	if err := h.answer(); err != nil {
		t.Fatal(err)
	}
	for _, sentence := range []string{"Hello, this is your mobile payment service.", "To hear it, press 1.", "Payment to BLUEBIRD FLORIST, shop eight, zero, zero, one.",
		"The amount is forty-five yuan.", "To pay, key in your six-digit PIN, then the hash key."} {
		l.phone.caption(sentence)
	}
	if err := h.press(wangPIN[:3]); err != nil {
		t.Fatal(err)
	}
	return l
}

// tillOrders are what the tills show in full: an order that the shop has not accepted yet, a
// tank that is filled, and what is over.
func tillOrders(at string) []tillOrder {
	return []tillOrder{
		{Shop: "8001", Ref: "9PQRXYZ5", State: "offered", Product: "mcredit", Amount: "300.00", Currency: "CNY", Payer: "138****0001", At: at, Scheme: "visa", Last4: "1111", Holder: "WANG FANG"},
		{Shop: "8004", Ref: "8PQRXYZ3", State: "authorized", Product: "mdebit", Amount: "300.00", Currency: "CNY", Payer: "138****0001", At: at},
		{Shop: "8001", Ref: "7K4QXYZ2", State: "paid", Product: "mpurse", Amount: "128.50", Currency: "CNY", Payer: "138****0001", At: at},
		{Shop: "8001", Ref: "6K4QXYZ2", State: "voided", Product: "mdebit", Amount: "45.00", Currency: "CNY", Payer: "138****0001", At: at},
	}
}

// TestAccessibilityInABrowser holds that axe-core finds nothing: at both sizes,
// light and dark, in both languages, in a call and after it, in every view.
func TestAccessibilityInABrowser(t *testing.T) {
	t.Parallel()
	code := axe(t)
	s := newStreet(t)
	line := full(t, s)
	ctx := visit(t, s)
	runs[int](t, ctx, code+"; 0")
	look := func(what string) {
		t.Helper()
		found, err := chromedp.Run(ctx, chromedp.Evaluate[string](`axe.run(document, { resultTypes: ["violations"] }).then((r) => r.violations
			.map((v) => v.id + " (" + v.impact + "): " + v.nodes.map((n) => n.target + " " + n.any.map((a) => a.message)).slice(0, 4).join(" | ")).join("\n"))`, chromedp.EvalAwaitPromise))
		if err != nil || found != "" {
			t.Errorf("%s: %v\n%s", what, err, found)
		}
	}
	everywhere := func(what string) {
		t.Helper()
		for _, size := range []struct{ width, height int64 }{{laptopWidth, laptopHeight}, {phoneWidth, phoneHeight}} {
			do(t, ctx, "the size", chromedp.EmulateViewport(size.width, size.height))
			for _, light := range []string{"light", "dark"} {
				scheme(t, ctx, light)
				look(fmt.Sprintf("%s, %d wide, %s", what, size.width, light))
			}
		}
	}
	everywhere("in a call")
	for _, view := range []string{"li", "shop", "till", "books", "break"} {
		do(t, ctx, view, chromedp.Click(chromedp.CSS(`.bar [data-view="`+view+`"]`)))
		look("a phone, dark, " + view)
	}
	do(t, ctx, "the issuer", chromedp.Click(chromedp.CSS(`.bar [data-view="books"]`)), chromedp.Click(chromedp.CSS(`#books [data-tab="issuer"]`)))
	look("a phone, dark, the issuer")
	do(t, ctx, "the ledger again", chromedp.Click(chromedp.CSS(`#books [data-tab="ledger"]`)), chromedp.Click(chromedp.CSS(`.bar [data-view="break"]`)))
	do(t, ctx, "the magic numbers", chromedp.Click(chromedp.CSS("#magic-open")))
	everywhere("the magic numbers")
	do(t, ctx, "closing", chromedp.Click(chromedp.CSS("#magic-close")), chromedp.Click(chromedp.CSS(`.bar [data-view="payer"]`)), chromedp.Click(chromedp.CSS("#language")))
	line.phone.ended(line.heard, "the caller hung up")
	shows(t, ctx, "the end of the call", `document.querySelector("`+wangRoot+` .call").hidden`)
	everywhere("after the call, in Chinese")
	s.ring(wangFang)
	shows(t, ctx, "ringing", `document.querySelector("`+wangRoot+`").classList.contains("ringing")`)
	everywhere("ringing")
}

// within returns a script that says, for each selector, whether its element is
// completely visible in the window.
func within(selectors ...string) string {
	return `[` + "`" + strings.Join(selectors, "`, `") + "`" + `].filter((s) => { const e = document.querySelector(s), b = e?.getBoundingClientRect();
		return !b || b.width === 0 || b.height === 0 || b.left < 0 || b.top < 0 || b.right > innerWidth || b.bottom > innerHeight; }).join()`
}

// TestOneScreenInABrowser holds that on a laptop payer, shop, ledger, journey and
// switches are visible together, and on a phone one of them with the bar, without
// scrolling in either direction.
func TestOneScreenInABrowser(t *testing.T) {
	t.Parallel()
	s := newStreet(t)
	full(t, s)
	ctx := visit(t, s)
	whole := func(what string, selectors ...string) {
		t.Helper()
		if hidden := runs[string](t, ctx, within(selectors...)); hidden != "" {
			t.Errorf("%s: not seen whole: %s", what, hidden)
		}
		if size := runs[string](t, ctx, `[document.documentElement.scrollWidth > innerWidth, document.documentElement.scrollHeight > innerHeight].join()`); size != "false,false" {
			t.Errorf("%s: the page scrolls (sideways, down): %s", what, size)
		}
	}
	in := func(root string, parts ...string) []string {
		for i, part := range parts {
			parts[i] = root + " " + part
		}
		return append(parts, root)
	}
	inCall := in(wangRoot, ".pin", ".pinned", ".captions", ".dots", ".pad", ".pad button:last-child", ".hangup")
	for range 2 { // languages
		do(t, ctx, "a laptop", chromedp.EmulateViewport(laptopWidth, laptopHeight))
		whole("a laptop", append(inCall, shopRoot, shopRoot+" .texts li", "#ledger-title", "#trial", "#accounts tr:last-child", "#payments tr:last-child",
			"#bank-silent", "#bank-refuses", "#smsc-down", "#phone-busy", "#magic-open", "#journey li:last-child", "#mute", "#language")...)
		do(t, ctx, "a phone", chromedp.EmulateViewport(phoneWidth, phoneHeight))
		do(t, ctx, "the till", chromedp.EmulateViewport(laptopWidth, laptopHeight), chromedp.Click(chromedp.CSS("#payee .tabs button:last-child")), chromedp.Click(chromedp.CSS(`#books [data-tab="issuer"]`)))
		whole("a laptop, till and issuer", ".till .what", ".till .now .sum", ".till .about", ".till .accept", ".till .refuse", ".earlier li:last-child", "#cards .plastic", "#issuer-silent", "#issuer-declines", "#issuer-book tr:last-child", wangRoot+" .pinned")
		do(t, ctx, "a phone", chromedp.Click(chromedp.CSS("#payee .tabs button:first-child")), chromedp.Click(chromedp.CSS(`#books [data-tab="ledger"]`)), chromedp.EmulateViewport(phoneWidth, phoneHeight),
			chromedp.Click(chromedp.CSS(`.bar [data-view="payer"]`)))
		bar := []string{".bar", "#journey li:last-child", "#mute"}
		whole("the payer", append(inCall, bar...)...)
		for _, view := range []struct {
			name  string
			parts []string
		}{
			{"shop", []string{shopRoot, shopRoot + " .texts li"}},
			{"li", []string{"#phone-8613800000002 .write > button", "#phone-8613800000002 .texts li:last-child", "#phone-8613800000002 .pin"}},
			{"till", []string{".till .what", ".till .accept", ".till .refuse", ".earlier li:last-child"}},
			{"books", []string{"#accounts tr:last-child", "#payments tr:last-child"}},
			{"break", []string{"#bank-silent", "#bank-refuses", "#smsc-down", "#phone-busy", "#magic-open", ".wide-note"}},
		} {
			do(t, ctx, view.name, chromedp.Click(chromedp.CSS(`.bar [data-view="`+view.name+`"]`)))
			whole(view.name, append(view.parts, bar...)...)
		}
		if wrapped := runs[bool](t, ctx, `[...document.querySelectorAll(".tag, .bar button")].some((e) => e.getClientRects().length > 1 || e.scrollWidth > e.clientWidth + 1)`); wrapped {
			t.Error("a tag or a button of the bar is cut or wrapped")
		}
		do(t, ctx, "back", chromedp.Click(chromedp.CSS(`.bar [data-view="shop"]`)), chromedp.Click(chromedp.CSS(`.bar [data-view="payer"]`)), chromedp.Click(chromedp.CSS("#language")))
	}
}
