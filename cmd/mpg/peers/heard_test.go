package peers

import (
	"slices"
	"testing"

	"mpg/engine/lang"
	"mpg/ivr/media"
)

// call is one payment over baresip: what is said up to each moment at which a
// key is pressed, and the last words.
type call struct {
	name    string
	host    int
	payment payment
	details lang.Args
	final   bool // it cannot be undone, and that is said
	want    map[string]string
}

func calls() []call {
	cny := currencyCNY()
	return []call{
		{name: "mPurse, Chinese", host: hostPurse, payment: fromPurse,
			details: lang.Args{Amount: 128_50, Currency: cny, Party: lang.Party{Name: lang.Name{EN: shopName, ZH: shopNameZH}, Code: shopCode}},
			want:    map[string]string{"purse:" + wang.number: "371.50", "merchant:" + shopCode: "128.50"}},
		{name: "mDebit, Chinese", host: hostBank, payment: fromBank, final: true,
			details: lang.Args{Amount: 45_00, Currency: cny, Party: lang.Party{Name: lang.Name{EN: shopName, ZH: shopNameZH}, Code: shopCode}},
			want:    map[string]string{"merchant:" + shopCode: "45.00", "bank:" + bankName: "45.00"}},
		{name: "mP2P, English", host: hostPerson, payment: toPerson,
			details: lang.Args{Amount: 20_00, Currency: cny, Party: lang.Party{Number: chen.number, Name: lang.Name{EN: chen.name, ZH: chen.nameZH}}},
			want:    map[string]string{"purse:" + tom.number: "80.00", "purse:" + chen.number: "20.00"}},
	}
}

// spoken is what is said between two keys.
func (c *call) spoken() (guard, question, last []string) {
	l := lang.Lang(c.payment.payer.lang)
	guard = lang.Voice(l, lang.Guard, lang.Args{})
	question = lang.Voice(l, lang.Details, c.details)
	source := lang.FromPurse
	if c.final {
		source = lang.Irrevocable
	}
	question = append(question, lang.Voice(l, source, c.details)...)
	question = append(question, lang.Voice(l, lang.AskPIN, lang.Args{})...)
	return guard, question, lang.Voice(l, lang.Paid, c.details)
}

// TestBaresip: a phone that we did not write hears a whole call and keys at the
// right moments. What it received is the prompts, octet for octet, in order.
func TestBaresip(t *testing.T) {
	t.Parallel()
	needPeers(t)
	prompts := prompter(t)
	for _, c := range calls() {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, npmSMPP, c.host)
			payer := c.payment.payer
			handset := w.startBaresip(payer)
			w.serve(payer, chen)
			guard, question, last := c.spoken()
			said := clipsOf(t, prompts, payer.lang, slices.Concat(guard, question, last))
			ear := &ear{w: w}
			w.order(c.payment)
			w.listen(ear, said[len(guard)-1])
			handset.press("1")
			w.listen(ear, said[len(guard)+len(question)-1])
			handset.press(payer.pin)
			w.receipts(c.payment)
			w.listen(ear, said[len(said)-1])
			w.wantBalances(c.want)
			if payer.account != "" {
				w.wantBank(payer, bankFunds-int64(c.details.Amount))
			}
			w.onlyReceipts(1)
			w.stop()
			w.judge(decoded{"smpp": 8, "sip": 5, "sdp": 2, "rtp": 400, "rtpevent": 30})
			w.wantHeard(said)
		})
	}
}

// listen waits until the phone has been played the whole sentence.
func (w *world) listen(e *ear, sentence *media.Clip) {
	w.t.Helper()
	eventually(w.t, "the end of a sentence", func() bool { return e.hears(sentence) })
}

// wantHeard finds the clips, one after the other, in what tshark says that the
// phone received.
func (w *world) wantHeard(clips []*media.Clip) {
	w.t.Helper()
	var heard sounds
	for _, p := range w.received() {
		heard.put(p)
	}
	if len(heard) != 1 {
		w.t.Fatalf("%d streams, want the one of the call", len(heard))
	}
	at := 0
	for i, c := range clips {
		found := heard[0].holds(c, at)
		if found < 0 {
			w.t.Fatalf("sentence %d of %d was not heard octet for octet after octet %d", i+1, len(clips), at)
		}
		at = found + len(c.ALaw)
	}
}
