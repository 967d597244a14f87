package demo

import (
	"context"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// browserWait bounds one test in the browser, its start included.
const browserWait = 4 * time.Minute

// browser opens a headless Chromium. Without one the test is skipped, or fails
// where every peer is required.
func browser(t *testing.T) context.Context {
	t.Helper()
	path := ""
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if found, err := exec.LookPath(name); err == nil {
			path = found
			break
		}
	}
	switch {
	case path != "":
	case os.Getenv("MPG_PEERS") == "require":
		t.Fatal("chromium is not installed, and MPG_PEERS=require")
	default:
		t.Skip("SKIPPED: chromium is not installed; the page was not tested in a browser")
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.NoSandbox,
		chromedp.UserDataDir(t.TempDir()), chromedp.WindowSize(1400, 1000),
		chromedp.Flag("autoplay-policy", "no-user-gesture-required"))
	ctx, cancel := context.WithTimeout(t.Context(), browserWait)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewExecAllocator(ctx, options...)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx)
	t.Cleanup(cancel)
	return ctx
}

// do runs steps in the browser; what the page shows is told where one fails.
func do(t *testing.T, ctx context.Context, what string, steps ...chromedp.Action[chromedp.Void]) {
	t.Helper()
	if err := chromedp.Do(ctx, steps...); err != nil {
		t.Fatalf("%s: %v", what, err)
	}
}

// shows waits until a script's value is true.
func shows(t *testing.T, ctx context.Context, what, script string) {
	t.Helper()
	do(t, ctx, what, chromedp.Poll[chromedp.Void](script, chromedp.WithPollingTimeout(testWait)))
}

const (
	wangRoot = "#phone-8613800000001"
	shopRoot = "#phone-8613800008001"
)

// visit opens the printed address of a street's page in a browser of its own.
func visit(t *testing.T, s *street) context.Context {
	t.Helper()
	ctx := browser(t)
	load(t, ctx, s)
	return ctx
}

// load opens the page and waits until it shows what the server knows.
func load(t *testing.T, ctx context.Context, s *street) {
	t.Helper()
	do(t, ctx, "opening the printed address", chromedp.Navigate(s.server.URL+"/?t="+s.page.guard.token),
		chromedp.WaitVisible(chromedp.CSS(wangRoot+" .texts")))
	shows(t, ctx, "live", `document.getElementById("link").dataset.state === "live"`)
}

// runs evaluates a script.
func runs[T any](t *testing.T, ctx context.Context, script string) T {
	t.Helper()
	value, err := chromedp.Run(ctx, chromedp.Evaluate[T](script))
	if err != nil {
		t.Fatalf("%s: %v", script, err)
	}
	return value
}

// texts types a text on Wang Fang's handset and sends it.
func texts(t *testing.T, ctx context.Context, body string) {
	t.Helper()
	do(t, ctx, "texting "+body, chromedp.SendKeys(chromedp.CSS(wangRoot+" [name=body]"), body), chromedp.Click(chromedp.CSS(wangRoot+" .write > button")))
}

// TestPageInABrowser texts, is rung, answers, hears, keys and sees the money,
// as a newcomer does.
func TestPageInABrowser(t *testing.T) {
	t.Parallel()
	s := newStreet(t)
	ctx := visit(t, s)
	shows(t, ctx, "an address without the token", `location.pathname + location.search === "/"`)
	shows(t, ctx, "three phones", `document.querySelectorAll(".phone").length === 3`)

	do(t, ctx, "choosing an example", chromedp.Click(chromedp.CSS(wangRoot+" .examples button:first-child")))
	shows(t, ctx, "the example", `document.querySelector("`+wangRoot+` [name=body]").value === "PAY 8001 128.50"`)
	do(t, ctx, "sending", chromedp.Click(chromedp.CSS(wangRoot+" .write > button")))
	s.await(t, "the text", func() bool { return len(s.phones[wangFang].view().Texts) == 1 })
	shows(t, ctx, "a bubble", `document.querySelector("`+wangRoot+` .texts li.mine")?.textContent.includes("PAY 8001 128.50")`)

	l := s.ring(wangFang)
	do(t, ctx, "ringing", chromedp.WaitVisible(chromedp.CSS(wangRoot+".ringing .answer")))
	do(t, ctx, "answering", chromedp.Click(chromedp.CSS(wangRoot+" .answer")))
	s.await(t, "the answer", func() bool { return inCall(l.phone, callTalking) })
	l.phone.caption("BLUEBIRD FLORIST, one hundred twenty-eight yuan and fifty fen.")
	shows(t, ctx, "the caption", `document.querySelector("`+wangRoot+` .captions p")?.textContent.startsWith("BLUEBIRD FLORIST")`)
	do(t, ctx, "pressing 1 and keying the rest", chromedp.Click(chromedp.CSS(wangRoot+" .pad button:first-child")),
		chromedp.SendKeys(chromedp.CSS(wangRoot+" .pad button:first-child"), "582193"))
	s.await(t, "seven keys", func() bool { return l.phone.view().Call.pressed() == 7 })
	if l.pressed() != "1582193" {
		t.Errorf("the caller heard %q", l.pressed())
	}
	do(t, ctx, "hanging up", chromedp.Click(chromedp.CSS(wangRoot+" .hangup")), chromedp.WaitNotVisible(chromedp.CSS(wangRoot+" .call")))

	s.phones[florist].receive(ShortCode, "Received CNY 128.50")
	shows(t, ctx, "the shop's receipt", `document.querySelector("#phone-8613800008001 .texts")?.textContent.includes("Received CNY 128.50")`)
	s.hub.set("ledger", books{Trial: true, Accounts: []AccountRow{{"purse:" + wangFang, "371.50", "371.50"}},
		Payments: []PaymentRow{{Ref: "7K4QXYZ2", Payee: "8001", Amount: "128.50", State: "done", Outcome: "paid"},
			{Ref: "8PQRXYZ2", Payee: "8001", Amount: "45.00", State: "unknown"}}})
	shows(t, ctx, "the ledger", `document.getElementById("accounts")?.textContent.includes("371.50") && document.getElementById("payments").textContent.includes("being checked") && document.querySelector("#payments .paid") !== null`)
	if log := s.log.String(); strings.Contains(log, "582193") || strings.Contains(log, s.page.guard.token) {
		t.Errorf("the log holds keys or the token:\n%s", log)
	}
}

// TestSoundInABrowser holds that what the handset hears reaches the speakers:
// the samples played are counted behind the player.
func TestSoundInABrowser(t *testing.T) {
	t.Parallel()
	s := newStreet(t)
	ctx := visit(t, s)
	do(t, ctx, "a listener behind the player", chromedp.Evaluate[chromedp.Void](`
		const connect = AudioWorkletNode.prototype.connect;
		AudioWorkletNode.prototype.connect = function (to) {
			const ear = new AnalyserNode(this.context, { fftSize: 256 });
			const wave = new Float32Array(256);
			setInterval(() => { ear.getFloatTimeDomainData(wave); globalThis.loudest = Math.max(globalThis.loudest ?? 0, ...wave); }, 10);
			connect.call(this, ear);
			return connect.call(this, to);
		};`))
	l := s.ring(wangFang)
	do(t, ctx, "answering", chromedp.Click(chromedp.CSS(wangRoot+" .answer")))
	s.await(t, "the answer", func() bool { return inCall(l.phone, callTalking) })
	stop := make(chan struct{})
	defer close(stop)
	go func() { // 20 ms of sound each 20 ms, as a call brings it
		beat := time.NewTicker(20 * time.Millisecond)
		defer beat.Stop()
		for {
			l.heard.add(tone(new([]byte), 160))
			select {
			case <-beat.C:
			case <-stop:
				return
			}
		}
	}()
	shows(t, ctx, "sound", `globalThis.loudest > 0.05`)
}

// TestLanguageInABrowser switches to Chinese and back.
func TestLanguageInABrowser(t *testing.T) {
	t.Parallel()
	s := newStreet(t)
	ctx := visit(t, s)
	for _, step := range []struct{ lang, word string }{{"en", "Send"}, {"zh-CN", "发送"}, {"en", "Send"}} {
		shows(t, ctx, step.lang, `document.documentElement.lang === "`+step.lang+`" && document.querySelector(".write > button").textContent === "`+step.word+`"`)
		missing, err := chromedp.Run(ctx, chromedp.Evaluate[string](
			`[...document.querySelectorAll("[data-say]")].filter((e) => e.textContent === e.dataset.say).map((e) => e.dataset.say).join()`))
		if err != nil || missing != "" {
			t.Errorf("%s lacks words for %s (%v)", step.lang, missing, err)
		}
		do(t, ctx, "the other language", chromedp.Click(chromedp.CSS("#language")))
	}
	do(t, ctx, "a switch", chromedp.Click(chromedp.CSS("#smsc-down")))
	shows(t, ctx, "the switch turned", `document.getElementById("smsc-down").getAttribute("aria-checked") === "true"`)
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.faults[SMSCDown] {
		t.Error("the switch did nothing")
	}
}
