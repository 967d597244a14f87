package demo

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// watchErrors collects what goes wrong in the page's scripts; noErrors fails on it.
func watchErrors(t *testing.T, ctx context.Context) {
	t.Helper()
	runs[int](t, ctx, `globalThis.wrong = [];
		addEventListener("error", (e) => wrong.push(e.message));
		addEventListener("unhandledrejection", (e) => wrong.push(String(e.reason))); 0`)
}

func noErrors(t *testing.T, ctx context.Context) {
	t.Helper()
	if wrong := runs[string](t, ctx, `wrong.join("; ")`); wrong != "" {
		t.Errorf("scripts of the page failed: %s", wrong)
	}
}

// TestUnsentTextInABrowser holds that a handset still works after a text that the
// SMSC did not accept, and after an order that was refused.
func TestUnsentTextInABrowser(t *testing.T) {
	t.Parallel()
	s := newStreet(t)
	ctx := visit(t, s)
	watchErrors(t, ctx)
	down := func(on bool) {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.down = on
	}
	down(true)
	texts(t, ctx, "BAL")
	shows(t, ctx, "not sent", `document.querySelector("`+wangRoot+` .texts li:last-child.unsent small")?.textContent.includes("not sent")`)
	shows(t, ctx, "the journey says so", `document.querySelector("#journey li").dataset.state === "bad"`)
	texts(t, ctx, "LAST")
	shows(t, ctx, "both unsent", `document.querySelectorAll("`+wangRoot+` .texts li.unsent small").length === 2`)
	down(false)
	do(t, ctx, "a number that nobody can text", chromedp.SetValue(chromedp.CSS(wangRoot+" [name=to]"), "12"))
	texts(t, ctx, "BAL")
	shows(t, ctx, "the refusal in words", `document.querySelector("`+wangRoot+` .trouble").textContent.includes("3 to 15 digits")`)
	do(t, ctx, "the short code again", chromedp.SetValue(chromedp.CSS(wangRoot+" [name=to]"), ShortCode),
		chromedp.Click(chromedp.CSS(wangRoot+" .write > button")))
	shows(t, ctx, "sent", `document.querySelector("`+wangRoot+` .texts li:last-child small")?.textContent.includes("· sent") && document.querySelector("`+wangRoot+` .trouble").hidden`)
	s.phones[wangFang].receive(ShortCode, "CNY 500.00")
	shows(t, ctx, "the answer", `document.querySelector("`+wangRoot+` .texts li:last-child").textContent.startsWith("CNY 500.00")`)
	s.ring(wangFang)
	do(t, ctx, "ringing", chromedp.WaitVisible(chromedp.CSS(wangRoot+".ringing .answer")))
	noErrors(t, ctx)
}

// TestUnreachableInABrowser holds that the page says so if the demo has ended.
func TestUnreachableInABrowser(t *testing.T) {
	t.Parallel()
	s := newStreet(t)
	ctx := visit(t, s)
	s.server.CloseClientConnections()
	s.server.Listener.Close()
	texts(t, ctx, "BAL")
	shows(t, ctx, "words", `document.querySelector("`+wangRoot+` .trouble").textContent.startsWith("The demo cannot be reached")`)
	shows(t, ctx, "the text is kept", `document.querySelector("`+wangRoot+` [name=body]").value === "BAL"`)
	shows(t, ctx, "the state", `document.getElementById("link").dataset.state === "lost"`)
	do(t, ctx, "in Chinese", chromedp.Click(chromedp.CSS("#language")), chromedp.Click(chromedp.CSS(wangRoot+" .write > button")))
	shows(t, ctx, "Chinese words", `document.querySelector("`+wangRoot+` .trouble").textContent.startsWith("无法连接")`)
}

// TestTabsInABrowser holds that a browser's six connections to a host are enough,
// however many tabs are open: only the visible one listens.
func TestTabsInABrowser(t *testing.T) {
	t.Parallel()
	s := newStreet(t)
	first := visit(t, s)
	// A tab behind another is hidden; a headless browser shows them all, so that
	// the page is told.
	const hide = `Object.defineProperty(document, "visibilityState", { configurable: true, get: () => "hidden" }); document.dispatchEvent(new Event("visibilitychange")); 0`
	const seen = `delete document.visibilityState; document.dispatchEvent(new Event("visibilitychange")); 0`
	const tabs = 7
	for i := range tabs {
		runs[int](t, first, hide)
		s.awaitStreams(t, 0)
		ctx, cancel := chromedp.NewContext(first)
		t.Cleanup(cancel)
		load(t, ctx, s)
		texts(t, ctx, fmt.Sprintf("PAY 8001 %d", i+1))
		if i < tabs-1 {
			runs[int](t, ctx, hide)
			s.awaitStreams(t, 0)
			continue
		}
		l := s.ring(wangFang)
		do(t, ctx, "answering", chromedp.Click(chromedp.CSS(wangRoot+" .answer")))
		s.await(t, "the answer", func() bool { return inCall(l.phone, callTalking) })
		do(t, ctx, "pressing 1", chromedp.Click(chromedp.CSS(wangRoot+" .pad button:first-child")))
		s.await(t, "the key", func() bool { return l.phone.view().Call.pressed() == 1 })
		s.awaitStreams(t, 1)
		runs[int](t, ctx, hide)
		s.awaitStreams(t, 0)
	}
	runs[int](t, first, seen)
	shows(t, first, "the first tab shows what it missed", `document.querySelectorAll("`+wangRoot+` .texts li").length === 7 && !document.querySelector("`+wangRoot+` .call").hidden`)
	s.awaitStreams(t, 1)
}

// awaitStreams waits until so many streams are open.
func (s *street) awaitStreams(t *testing.T, n int) {
	t.Helper()
	for until := time.Now().Add(testWait); len(s.page.streams) != n; time.Sleep(10 * time.Millisecond) {
		if time.Now().After(until) {
			t.Fatalf("%d streams are open, want %d", len(s.page.streams), n)
		}
	}
}

// TestConversationInABrowser holds that the last line is completely visible, however
// the texts come, and that times are in the time zone of the gateway's texts.
func TestConversationInABrowser(t *testing.T) {
	t.Parallel()
	s := newStreet(t)
	for i := range 12 {
		s.phones[wangFang].receive(ShortCode, fmt.Sprintf("%d: %s", i, strings.Repeat("a long text ", 8)))
	}
	ctx := visit(t, s)
	atEnd := `(() => { const e = document.querySelector("` + wangRoot + ` .texts"); return e.scrollTop + e.clientHeight >= e.scrollHeight - 1 && e.scrollHeight > e.clientHeight })()`
	shows(t, ctx, "the end after loading", atEnd)
	s.phones[wangFang].receive(ShortCode, strings.Repeat("the last of them ", 9))
	shows(t, ctx, "the last text", `document.querySelectorAll("`+wangRoot+` .texts li").length === 13`)
	shows(t, ctx, "the end after a text", atEnd)
	runs[int](t, ctx, `document.querySelector("`+wangRoot+` .texts").scrollTop = 0`)
	s.phones[florist].receive(ShortCode, "a text for somebody else")
	shows(t, ctx, "the other text", `document.querySelector("`+shopRoot+` .texts li") !== null`)
	if top := runs[int](t, ctx, `document.querySelector("`+wangRoot+` .texts").scrollTop`); top != 0 {
		t.Errorf("who reads old texts is taken to the end, to %d", top)
	}
	zone, err := time.LoadLocation("Asia/Shanghai")
	if err != nil {
		t.Fatal(err)
	}
	view := s.phones[wangFang].view()
	want := ShortCode + " · " + view.Texts[len(view.Texts)-1].At.In(zone).Format("15:04")
	if got := runs[string](t, ctx, `document.querySelector("`+wangRoot+` .texts li:last-child small").textContent`); got != want {
		t.Errorf("the time line is %q, want %q", got, want)
	}
}

// TestCallInABrowser follows a call by keyboard: focus is never lost, dots start again
// with each question, payee and amount stay visible, and so does the PIN.
func TestCallInABrowser(t *testing.T) {
	t.Parallel()
	s := newStreet(t)
	ctx := visit(t, s)
	watchErrors(t, ctx)
	focus := func(what, selector string) {
		t.Helper()
		shows(t, ctx, "focus on "+what, `document.activeElement?.matches("`+wangRoot+` `+selector+`")`)
	}
	shows(t, ctx, "the PIN and why it is shown", `document.querySelector("`+wangRoot+` .pin").innerText.replace(/\s+/g, " ") === "PIN 561972 shown because this is a demo"`)
	shows(t, ctx, "the first step", `document.querySelector("`+wangRoot+` .guide [aria-current]").textContent.startsWith("1")`)
	// The answer to the text comes after the call has.
	runs[int](t, ctx, `const send = fetch; globalThis.fetch = async (...request) => {
		const response = await send(...request);
		if (request[0] === "/text") await new Promise((go) => { globalThis.release = go; });
		return response; }; 0`)
	texts(t, ctx, "PAY 8001 128.50")
	s.hub.set("ledger", books{Trial: true, Payments: []PaymentRow{{Ref: "7K4QXYZ2", Payer: wangFang, Payee: "8001", Amount: "128.50", State: "calling"}}})
	shows(t, ctx, "the text is out", `globalThis.release !== undefined`)
	l := s.ring(wangFang)
	focus("Answer", ".answer")
	runs[int](t, ctx, `release(); 0`)
	shows(t, ctx, "the text is done", `document.querySelector("`+wangRoot+` [name=body]").value === ""`)
	focus("Answer still", ".answer")
	shows(t, ctx, "the title rings", `document.title.startsWith("☎ Wang Fang")`)
	shows(t, ctx, "the second step", `document.querySelector("`+wangRoot+` .guide [aria-current]").textContent.startsWith("2")`)
	do(t, ctx, "answering by keyboard", chromedp.KeyEvent("\r"))
	s.await(t, "the answer", func() bool { return inCall(l.phone, callTalking) })
	focus("the keypad", ".pad button:first-child")
	dots := func(n int) {
		t.Helper()
		shows(t, ctx, fmt.Sprintf("%d dots", n), fmt.Sprintf(`document.querySelector("%s .dots").textContent === "%s"`, wangRoot, strings.Repeat("•", n)))
	}
	say := func(sentences ...string) {
		for _, sentence := range sentences {
			l.phone.caption(sentence)
		}
	}
	say("Hello.", "Press 1.")
	do(t, ctx, "1", chromedp.KeyEvent("1"))
	dots(1)
	say(strings.Repeat("A long sentence about the payment. ", 20), "Key your PIN.")
	dots(0)
	do(t, ctx, "a wrong PIN", chromedp.KeyEvent("111112"))
	dots(6)
	say("That is not your PIN.", "Key your PIN.")
	dots(0)
	do(t, ctx, "the PIN", chromedp.KeyEvent(wangPIN))
	dots(6)
	shows(t, ctx, "the fourth step", `document.querySelector("`+wangRoot+` .guide [aria-current]").textContent.startsWith("4")`)
	shows(t, ctx, "payee and amount above the keypad", `(() => {
		const pinned = document.querySelector("`+wangRoot+` .pinned"), box = pinned.getBoundingClientRect();
		const pad = document.querySelector("`+wangRoot+` .pad").getBoundingClientRect();
		return pinned.innerText.includes("BLUEBIRD FLORIST") && pinned.innerText.includes("CNY 128.50") && box.height > 0 && box.bottom <= pad.top;
	})()`)
	if got := l.pressed(); got != "1111112"+wangPIN {
		t.Errorf("the caller heard %q", got)
	}
	l.phone.ended(l.heard, "the caller hung up")
	focus("the message", ".write [name=body]")
	s.hub.set("ledger", books{Trial: true, Payments: []PaymentRow{{Ref: "7K4QXYZ2", Payer: wangFang, Payee: "8001", Amount: "128.50", State: "done", Outcome: "paid"}}})
	shows(t, ctx, "no steps after the first payment", `document.querySelector("`+wangRoot+` .guide").hidden`)
	noErrors(t, ctx)
}

// TestBooksInABrowser shows names for codes and numbers, and what happens.
func TestBooksInABrowser(t *testing.T) {
	t.Parallel()
	s := newStreet(t)
	ctx := visit(t, s)
	texts(t, ctx, "PAY 8001 128.50")
	at := time.Now().UTC().Format(time.RFC3339Nano)
	s.hub.set("ledger", books{Trial: true, Accounts: []AccountRow{{"merchant:8001", "128.50", "128.50"}, {"purse:" + wangFang, "371.50", "371.50"}, {"float", "500.00", "500.00"}},
		Payments: []PaymentRow{{Ref: "7K4QXYZ2", Payer: wangFang, Payee: "8001", Amount: "128.50", State: "done", Outcome: "paid",
			Steps: []StepRow{{"received", at}, {"calling", at}, {"confirmed", at}, {"posted", at}, {"done", at}}}}})
	shows(t, ctx, "one receipt is out", `document.querySelector("#journey li:nth-child(4)").dataset.state === "done" && document.querySelector("#journey li:nth-child(5)").dataset.state === "now"`)
	s.phones[wangFang].receive(ShortCode, "7K4QXYZ2: you paid CNY 128.50")
	s.phones[florist].receive(ShortCode, "7K4QXYZ2: you received CNY 128.50")
	shows(t, ctx, "both receipts", `document.querySelector("#journey li:nth-child(5) .note").textContent.startsWith("2/2")`)
	for _, tt := range []struct{ lang, shop, payer, example string }{
		{"en", "BLUEBIRD FLORIST", "Wang Fang", "PAY 8001 128.50"}, {"zh-CN", "蓝鸟花店", "王芳", "付 8001 128.50"},
	} {
		shows(t, ctx, "names in "+tt.lang, `document.documentElement.lang === "`+tt.lang+`" && ["accounts", "payments"].every((id) => document.getElementById(id).textContent.includes("`+tt.shop+`") && document.getElementById(id).textContent.includes("`+tt.payer+`"))`)
		shows(t, ctx, "examples in "+tt.lang, `document.querySelector("`+wangRoot+` .examples button").textContent === "`+tt.example+`"`)
		do(t, ctx, "the other language", chromedp.Click(chromedp.CSS("#language")))
	}
	do(t, ctx, "mute", chromedp.Click(chromedp.CSS("#mute")))
	shows(t, ctx, "muted", `document.getElementById("mute").getAttribute("aria-pressed") === "true"`)
	do(t, ctx, "loading again", chromedp.Reload())
	shows(t, ctx, "still muted", `document.getElementById("mute")?.getAttribute("aria-pressed") === "true"`)
}

// TestMagicInABrowser chooses a magic number and texts from its handset.
func TestMagicInABrowser(t *testing.T) {
	t.Parallel()
	s := newStreet(t)
	ctx := visit(t, s)
	do(t, ctx, "the list", chromedp.Click(chromedp.CSS("#magic-open")), chromedp.Click(chromedp.CSS(`#magic-list button[value="+8613800000486"]`)))
	shows(t, ctx, "its handset", `document.activeElement.closest(".phone").id === "phone-8613800000486" && !document.getElementById("magic").open`)
	shows(t, ctx, "what it does", `document.querySelector("#phone-8613800000486 .magic").textContent === "is busy: 486"`)
	do(t, ctx, "texting", chromedp.KeyEvent("PAY 8001 5\r"))
	s.await(t, "the text", func() bool { return len(s.phones[magicNumbers+"0486"].view().Texts) == 1 })
	do(t, ctx, "back to Wang Fang", chromedp.Click(chromedp.CSS("#payer .tabs button:first-child")), chromedp.WaitVisible(chromedp.CSS(wangRoot)))
}

// TestWindowsInABrowser holds that more windows in sight than a browser has
// connections for a host all work: four of them listen, the others ask.
func TestWindowsInABrowser(t *testing.T) {
	t.Parallel()
	s := newStreet(t)
	windows := []context.Context{visit(t, s)}
	for range 6 {
		ctx, cancel := chromedp.NewContext(windows[0])
		t.Cleanup(cancel)
		load(t, ctx, s)
		windows = append(windows, ctx)
	}
	s.awaitStreams(t, 4)
	last := windows[len(windows)-1]
	texts(t, last, "PAY 8001 7")
	l := s.ring(wangFang)
	do(t, last, "answering", chromedp.Click(chromedp.CSS(wangRoot+" .answer")))
	s.await(t, "the answer", func() bool { return inCall(l.phone, callTalking) })
	do(t, last, "pressing 1", chromedp.Click(chromedp.CSS(wangRoot+" .pad button:first-child")))
	s.await(t, "the key", func() bool { return l.phone.view().Call.pressed() == 1 })
	for i, ctx := range windows {
		shows(t, ctx, fmt.Sprintf("window %d shows the text and the call", i),
			`document.getElementById("link").dataset.state === "live" && document.querySelector("`+wangRoot+` .texts li")?.textContent.startsWith("PAY 8001 7") && !document.querySelector("`+wangRoot+` .call").hidden`)
	}
	// A window that closes leaves its place to one that asks.
	do(t, windows[1], "leaving", chromedp.Navigate("about:blank"))
	s.awaitStreams(t, 4)
}

// TestNamesAfterLoadingInABrowser holds that the ledger and a call name who they
// are about in a page that is loaded after money moved.
func TestNamesAfterLoadingInABrowser(t *testing.T) {
	t.Parallel()
	s := newStreet(t)
	s.hub.set("ledger", books{Trial: true, Accounts: []AccountRow{{"merchant:8001", "3.00", "3.00"}, {"purse:" + liLei, "20.00", "20.00"}, {"purse:" + wangFang, "477.00", "477.00"}},
		Payments: []PaymentRow{{Ref: "8K4QXYZ3", Payer: wangFang, Payee: liLei, Amount: "7.00", State: "calling"},
			{Ref: "7K4QXYZ2", Payer: wangFang, Payee: "8001", Amount: "3.00", State: "done", Outcome: "paid"}}})
	// The screens come after the ledger, as after any reload.
	for _, number := range []string{wangFang, florist, liLei} {
		s.phones[number].receive(ShortCode, "a text")
	}
	s.ring(wangFang)
	if err := s.phones[wangFang].answer(); err != nil {
		t.Fatal(err)
	}
	ctx := visit(t, s)
	for _, id := range []string{"accounts", "payments"} {
		shows(t, ctx, "the names in the "+id, `["Wang Fang", "Li Lei", "BLUEBIRD FLORIST"].every((name) => document.getElementById("`+id+`").textContent.includes(name))`)
	}
	shows(t, ctx, "no numbers for names", `![...document.querySelectorAll("#payments small")].some((e) => e.textContent.includes("+86"))`)
	shows(t, ctx, "the payee on the handset", `document.querySelector("`+wangRoot+` .pinned").textContent === "Li Lei CNY 7.00"`)
	do(t, ctx, "in Chinese", chromedp.Click(chromedp.CSS("#language")))
	shows(t, ctx, "the sum as texts write it", `document.querySelector("`+wangRoot+` .pinned").textContent === "李雷 7.00元"`)
}

// TestGuideInABrowser holds that all of the first steps are seen on the handset,
// with the button that hides them.
func TestGuideInABrowser(t *testing.T) {
	t.Parallel()
	s := newStreet(t)
	ctx := visit(t, s)
	for _, size := range []struct{ width, height int64 }{{laptopWidth, laptopHeight}, {1024, 768}, {phoneWidth, phoneHeight}, {320, 640}} {
		do(t, ctx, "the size", chromedp.EmulateViewport(size.width, size.height))
		for range 2 { // languages
			shows(t, ctx, fmt.Sprintf("all steps at %d", size.width), `(() => { const whole = document.querySelector("`+wangRoot+`").getBoundingClientRect();
				return [...document.querySelectorAll("`+wangRoot+` .guide li, `+wangRoot+` .guide button")].every((e) => { const r = e.getBoundingClientRect(); return r.width > 0 && r.left >= whole.left && r.right <= whole.right && r.right <= innerWidth; }) })()`)
			do(t, ctx, "the other language", chromedp.Click(chromedp.CSS("#language")))
		}
	}
}
