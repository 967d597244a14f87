package demo

import (
	"context"
	"encoding/binary"
	"net/http"
	"regexp"
	"strings"
	"testing"
)

func TestOrdersOfThePage(t *testing.T) {
	t.Parallel()
	s := newStreet(t)
	c := visitor(t, s)
	post := func(path, body string) (int, string) {
		code, _, said := request(t, c, http.MethodPost, s.server.URL+path, body, asPage(s.server.URL))
		return code, strings.TrimSpace(said)
	}
	who := `"phone":"` + wangFang + `"`
	for _, tt := range []struct {
		name, path, body string
		code             int
		said             string
	}{
		{"a text", "/text", `{` + who + `,"to":"8888","body":"BAL"}`, 204, ""},
		{"no body", "/text", `{` + who + `,"to":"8888","body":""}`, 409, errEmptyText.Error()},
		{"too long", "/text", `{` + who + `,"to":"8888","body":"` + strings.Repeat("长", textRunesMax+1) + `"}`, 409, errLongText.Error()},
		{"to nobody", "/text", `{` + who + `,"to":"88a8","body":"BAL"}`, 409, errShortCode.Error()},
		{"no such phone", "/text", `{"phone":"+8613900000009","to":"8888","body":"BAL"}`, 404, errNoHandset.Error()},
		{"an unknown field", "/text", `{` + who + `,"pin":"1"}`, 400, errNoOrder.Error()},
		{"no JSON", "/keys", `keys=1`, 400, errNoOrder.Error()},
		{"over the limit", "/keys", `{"keys":"` + strings.Repeat("1", bodyMax) + `"}`, 400, errNoOrder.Error()},
		{"answer without a call", "/answer", `{` + who + `}`, 409, errNoCall.Error()},
		{"hang up without a call", "/hangup", `{` + who + `}`, 409, errNoCall.Error()},
		{"keys without a call", "/keys", `{` + who + `,"keys":"1"}`, 409, errNoCall.Error()},
		{"letters for keys", "/keys", `{` + who + `,"keys":"12a"}`, 409, errKeys.Error()},
		{"no keys", "/keys", `{` + who + `}`, 409, errKeys.Error()},
		{"an unknown switch", "/fault", `{"fault":"gravity","on":true}`, 400, `there is no switch "gravity"`},
	} {
		if code, said := post(tt.path, tt.body); code != tt.code || said != tt.said {
			t.Errorf("%s: got %d %q, want %d %q", tt.name, code, said, tt.code, tt.said)
		}
	}
}

// TestRefusalsAreNamed holds that every error of an order has a name, and the page
// words for it in both languages.
func TestRefusalsAreNamed(t *testing.T) {
	t.Parallel()
	s := newStreet(t)
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.server.URL+"/answer", strings.NewReader(`{"phone":"`+wangFang+`"}`))
	if err != nil {
		t.Fatal(err)
	}
	asPage(s.server.URL)(r)
	got, err := visitor(t, s).Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer got.Body.Close()
	if name := got.Header.Get(refusalHeader); name != "no-call" {
		t.Errorf("answering without a call is %q", name)
	}
	for _, file := range []string{"assets/words-en.js", "assets/words-zh.js"} {
		words, err := assets.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for err, name := range refusals {
			if !strings.Contains(string(words), `"refused-`+name+`": "`) {
				t.Errorf("%s has no words for %q (%v)", file, name, err)
			}
		}
	}
}

// TestWordsInBothLanguages holds that the two lists have the same keys.
func TestWordsInBothLanguages(t *testing.T) {
	t.Parallel()
	key := regexp.MustCompile(`(?:^|[ ,{])("[a-z][^"]*"|[a-z]+): "`)
	keys := map[string]map[string]bool{}
	for _, file := range []string{"assets/words-en.js", "assets/words-zh.js"} {
		words, err := assets.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		keys[file] = map[string]bool{}
		for _, found := range key.FindAllStringSubmatch(string(words), -1) {
			keys[file][strings.Trim(found[1], `"`)] = true
		}
		if len(keys[file]) < 100 {
			t.Errorf("%s: only %d keys were read", file, len(keys[file]))
		}
	}
	for file, list := range keys {
		for other := range keys {
			for k := range list {
				if !keys[other][k] {
					t.Errorf("%s has %q, and %s has not", file, k, other)
				}
			}
		}
	}
}

// TestEarsHearEveryCall holds that the sound among the events is what the handset
// hears: all of a call from its start, or the rest of it for a page that joins late.
func TestEarsHearEveryCall(t *testing.T) {
	t.Parallel()
	s := newStreet(t)
	late := s.ring(liLei)
	late.heard.add(make([]int16, sampleRate))
	e, _ := s.page.listen(true)
	defer e.stop()
	if first := e.hear(); len(first) != 0 {
		t.Errorf("a call that has lasted a second is heard from its beginning: %d pieces", len(first))
	}
	l := s.ring(wangFang)
	var want, got, rest []byte
	for range 5 {
		l.heard.add(tone(&want, 160))
		late.heard.add(tone(&rest, 80))
		for _, u := range e.hear() {
			piece := u.Value.(heard)
			switch piece.Number {
			case wangFang:
				got = append(got, piece.PCM...)
			case liLei:
				rest = rest[len(piece.PCM):]
			}
		}
	}
	if string(got) != string(want) || len(rest) != 0 {
		t.Errorf("heard %d octets of %d, and %d too few of the late one", len(got), len(want), len(rest))
	}
	deaf, tick := s.page.listen(false)
	if tick != nil || len(deaf.hear()) != 0 {
		t.Error("deaf ears hear")
	}
}

// TestFavicon is served without an error in the console.
func TestFavicon(t *testing.T) {
	t.Parallel()
	s := newStreet(t)
	code, header, _ := request(t, visitor(t, s), http.MethodGet, s.server.URL+"/favicon.ico", "", nil)
	if code != http.StatusOK || !strings.HasPrefix(header.Get("Content-Type"), "image/svg+xml") {
		t.Errorf("got %d, %s", code, header.Get("Content-Type"))
	}
}

func TestCallThroughThePage(t *testing.T) {
	t.Parallel()
	s := newStreet(t)
	c := visitor(t, s)
	l := s.ring(wangFang)
	post := func(path, body string) int {
		code, _, _ := request(t, c, http.MethodPost, s.server.URL+path, `{"phone":"`+wangFang+`"`+body+`}`, asPage(s.server.URL))
		return code
	}
	for _, step := range []struct {
		path, body string
		want       int
	}{
		{"/keys", `,"keys":"1"`, 409}, // it still rings
		{"/answer", "", 204},
		{"/answer", "", 409}, // it is answered
		{"/keys", `,"keys":"1"`, 204},
		{"/keys", `,"keys":"582193#"`, 204},
		{"/hangup", "", 204},
		{"/keys", `,"keys":"9"`, 409}, // it is over
	} {
		if got := post(step.path, step.body); got != step.want {
			t.Errorf("%s %s: got %d, want %d", step.path, step.body, got, step.want)
		}
	}
	if got := l.pressed(); got != "1582193#" {
		t.Errorf("the caller heard the keys %q", got)
	}
	if call := l.phone.view().Call; call.State != callOver || call.pressed() != len("1582193#") {
		t.Errorf("the screen shows %+v", call)
	}
	// What was keyed is nowhere: not in the log, not in what the hub publishes.
	list, _ := s.hub.since(0)
	said := s.log.String()
	for _, u := range list {
		said += string(eventOf(u))
	}
	if !strings.Contains(said, wangFang) || strings.Contains(said, "582193") {
		t.Errorf("log and events must not hold the keys:\n%s", said)
	}
}

func TestTextsShowWhatBecameOfThem(t *testing.T) {
	t.Parallel()
	s := newStreet(t)
	h := s.phones[wangFang]
	if err := h.text(t.Context(), ShortCode, "BAL"); err != nil {
		t.Fatal(err)
	}
	h.receive(ShortCode, "CNY 500.00")
	s.mu.Lock()
	s.down = true
	s.mu.Unlock()
	if err := h.text(t.Context(), ShortCode, "LAST"); err == nil {
		t.Error("a text that the SMSC does not take is no error")
	}
	got := h.view().Texts
	if len(got) != 3 || got[0].State != textSent || got[1].Mine || got[2].State != textFailed {
		t.Errorf("the screen shows %+v", got)
	}
	for range textsMax {
		h.receive(ShortCode, "more")
	}
	if got := h.view().Texts; len(got) != textsMax || got[textsMax-1].ID != textsMax+3 {
		t.Errorf("%d texts, the last with id %d", len(got), got[len(got)-1].ID)
	}
}

func TestSwitches(t *testing.T) {
	t.Parallel()
	s := newStreet(t)
	c := visitor(t, s)
	for _, name := range []string{BankSilent, SMSCDown, PhoneBusy} {
		code, _, said := request(t, c, http.MethodPost, s.server.URL+"/fault", `{"fault":"`+name+`","on":true}`, asPage(s.server.URL))
		if code != http.StatusNoContent {
			t.Errorf("%s: %d %s", name, code, said)
		}
		s.mu.Lock()
		if !s.faults[name] {
			t.Errorf("%s was not turned", name)
		}
		s.mu.Unlock()
	}
}

// TestEventsReachEveryPage follows the stream as `mpg phone` does, through a
// late start and changes.
func TestEventsReachEveryPage(t *testing.T) {
	t.Parallel()
	s := newStreet(t)
	s.phones[wangFang].receive(ShortCode, "before")
	ctx, cancel := context.WithTimeout(t.Context(), testWait)
	defer cancel()
	c, err := join(ctx, s.meeting(), wangFang)
	if err != nil {
		t.Fatal(err)
	}
	screens := make(chan screen, 16)
	go func() {
		defer close(screens)
		if err := c.follow(ctx, func(s screen) { screens <- s }); ctx.Err() == nil {
			t.Errorf("the stream ended: %v", err)
		}
	}()
	if first := <-screens; len(first.Texts) != 1 || first.Texts[0].Body != "before" {
		t.Errorf("the first screen is %+v", first)
	}
	s.phones[liLei].receive(ShortCode, "not for her")
	l := s.ring(wangFang)
	l.phone.caption("Press 1 to hear the payment.")
	for got := range screens {
		if got.Call != nil && len(got.Call.Captions) == 1 && got.Call.Captions[0] == "Press 1 to hear the payment." {
			return
		}
	}
	t.Error("the caption did not come")
}

func TestStreamsAreLimited(t *testing.T) {
	t.Parallel()
	s := newStreet(t)
	c := visitor(t, s)
	for range streamsMax {
		s.page.streams <- struct{}{}
	}
	if code, _, _ := request(t, c, http.MethodGet, s.server.URL+"/events", "", nil); code != http.StatusServiceUnavailable {
		t.Errorf("one stream too many: got %d", code)
	}
}

// TestAPageAsksOnce holds that ?once gives every value and ends.
func TestAPageAsksOnce(t *testing.T) {
	t.Parallel()
	s := newStreet(t)
	s.hub.set("ledger", books{Trial: true})
	code, _, body := request(t, visitor(t, s), http.MethodGet, s.server.URL+"/events?once", "", nil)
	if code != http.StatusOK || !strings.Contains(body, "event: ledger\n") || strings.Count(body, "event: phone\n") != len(s.phones) {
		t.Errorf("got %d, %q", code, body)
	}
	s.awaitStreams(t, 0)
}

func TestSoundOfACall(t *testing.T) {
	t.Parallel()
	s := newStreet(t)
	ctx, cancel := context.WithTimeout(t.Context(), testWait)
	defer cancel()
	c, err := join(ctx, s.meeting(), wangFang)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.sound(ctx); err == nil {
		t.Error("sound without a call")
	}
	l := s.ring(wangFang)
	l.phone.talks(l.heard)
	var want []byte
	l.heard.add(tone(&want, 160))
	heard := make(chan []byte)
	go func() {
		pcm, err := c.sound(ctx)
		if err != nil {
			t.Error(err)
		}
		heard <- pcm
	}()
	for range 50 {
		l.heard.add(tone(&want, 160))
	}
	l.phone.ended(l.heard, "the caller hung up")
	l.heard.add(tone(new([]byte), 160)) // late packets are not part of the call
	if got := <-heard; string(got) != string(want) {
		t.Errorf("heard %d octets, want the %d that were sent", len(got), len(want))
	}
}

// tone makes n samples of speech, for the test loud and alternating, and adds
// them to want as they are to be heard.
func tone(want *[]byte, n int) []int16 {
	samples := make([]int16, n)
	for i := range samples {
		samples[i] = int16(4000 - 8000*(i%2) + i)
		*want = binary.LittleEndian.AppendUint16(*want, uint16(samples[i]))
	}
	return samples
}
