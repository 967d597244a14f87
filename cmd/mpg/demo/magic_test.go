package demo

import (
	"context"
	"strings"
	"testing"
	"time"

	"mpg/engine/bank"
	"mpg/ivr"
	"mpg/ivr/flow"
	"mpg/smpp"
	"mpg/smpp/pdu"
)

// TestMagicTable holds that the table is sound: no two numbers are the same, none
// belongs to a person or a shop of the demo, each has words in both languages, and the
// script magic tries every one.
func TestMagicTable(t *testing.T) {
	t.Parallel()
	people, err := settle()
	if err != nil {
		t.Fatal(err)
	}
	script, err := scripts.ReadFile("scripts/magic.txt")
	if err != nil {
		t.Fatal(err)
	}
	help, seen := MagicHelp(), map[string]bool{}
	for _, m := range magics {
		if len(m.Digits) != 4 || seen[m.Digits] || m.What == "" || m.WhatZH == "" || magicHeads[m.Part] == "" {
			t.Errorf("%+v", m)
		}
		seen[m.Digits] = true
		if !strings.Contains(help, "…"+m.Digits+"  "+m.What) {
			t.Errorf("the help lacks …%s", m.Digits)
		}
		if s := string(script); !strings.Contains(s, "\n"+m.Digits+" texts ") || strings.Count(s, "\n"+m.Digits+" is told ")+strings.Count(s, "account purse:"+magicNumbers+m.Digits) == 0 {
			t.Errorf("the script magic does not try …%s and say what comes of it", m.Digits)
		}
	}
	for _, number := range []string{people.Subscribers[0].Number, people.Subscribers[1].Number, florist, ShortCode, "486", ""} {
		if m, ok := magicOf(number); ok {
			t.Errorf("%s is taken for …%s", number, m.Digits)
		}
	}
	if m, ok := magicOf("8613911110486"); !ok || m.Digits != "0486" {
		t.Error("a number that lives elsewhere has no magic")
	}
	if pin := "561972"; wrongPIN(pin) == pin || len(wrongPIN("561979")) != 6 {
		t.Error("the wrong PIN is right")
	}
}

// TestMagicCalls calls numbers of the street and from elsewhere, over real SIP.
func TestMagicCalls(t *testing.T) {
	t.Parallel()
	w := openWorld(t)
	ctx, cancel := context.WithTimeout(t.Context(), testWait)
	defer cancel()
	c := caller(t, w)
	for _, tt := range []struct {
		number string
		end    ivr.End
		code   int
	}{
		{magicNumbers + "0486", ivr.Busy, 486},
		{magicNumbers + "0404", ivr.Unreachable, 404},
		{magicNumbers + "0480", ivr.Unreachable, 480},
		{magicNumbers + "0403", ivr.Failed, 403},
		{magicNumbers + "0603", ivr.Rejected, 603},
		{magicNumbers + "0503", ivr.Failed, 503},
		{"+8613911110486", ivr.Busy, 486},
		{"+8613911110603", ivr.Rejected, 603},
		{"+8613911110200", ivr.Unreachable, 404}, // nobody knows its PIN
		{"+8613911111234", ivr.Unreachable, 404},
	} {
		got := c.Call(ctx, ivr.Call{To: tt.number, Lang: "en", Script: flow.Script{{Name: "guard", Say: []string{"Press 1."}, Want: flow.Key}},
			Judge: func(context.Context, string, flow.Input) flow.Verdict { return flow.Verdict{} }})
		if got.End != tt.end || got.SIPCode != tt.code {
			t.Errorf("%s: %v, %d; want %v, %d", tt.number, got.End, got.SIPCode, tt.end, tt.code)
		}
	}
}

// TestMagicPays holds that a magic handset presses 1 and keys in its PIN by itself,
// and that its screen shows it.
func TestMagicPays(t *testing.T) {
	t.Parallel()
	w := openWorld(t)
	ctx, cancel := context.WithTimeout(t.Context(), testWait)
	defer cancel()
	number, keyed := magicNumbers+"0051", ""
	got := caller(t, w).Call(ctx, ivr.Call{To: number, Lang: "en",
		Script: flow.Script{{Name: "guard", Say: []string{"Press 1."}, Want: flow.Key}, {Name: "pin", Say: []string{"Your PIN."}, Want: flow.PIN}},
		Judge: func(_ context.Context, step string, in flow.Input) flow.Verdict {
			for i := range in.Digits.Len() {
				keyed += string(in.Digits.At(i))
			}
			return flow.Verdict{}
		}})
	h := w.phones[number]
	if got.End != ivr.Finished || keyed != h.view().PIN {
		t.Errorf("the call ended %v; the PIN was keyed: %v", got.End, keyed == h.view().PIN)
	}
	if err := w.hub.wait(ctx, func() bool { return inCall(h, callOver) }); err != nil || h.view().Call.pressed() < 7 {
		t.Errorf("the screen shows %+v, %v", h.view().Call, err)
	}
}

// TestMagicTexts submits to numbers that the SMSC refuses.
func TestMagicTexts(t *testing.T) {
	t.Parallel()
	w := openWorld(t)
	ctx, cancel := context.WithTimeout(t.Context(), testWait)
	defer cancel()
	s := bind(t, w, func(smpp.Message) bool { return true })
	if err := s.WaitBound(ctx); err != nil {
		t.Fatal(err)
	}
	for number, want := range map[string][]pdu.Status{
		magicNumbers + "0011": {pdu.RInvDstAdr, pdu.RInvDstAdr, pdu.RInvDstAdr, pdu.RInvDstAdr},
		magicNumbers + "0020": {pdu.RMsgQFul, pdu.RMsgQFul, pdu.ROK, pdu.RMsgQFul},
		"+8613911110088":      {pdu.RThrottled, pdu.RThrottled, pdu.ROK, pdu.RThrottled},
		magicNumbers + "0200": {pdu.ROK, pdu.ROK},
	} {
		for i, status := range want {
			out, err := s.Submit(ctx, smpp.Outgoing{From: ShortCode, To: number, Text: "Paid"})
			if err != nil || out.Status != status {
				t.Errorf("%s, text %d: %v, %v; want %v", number, i+1, out.Status, err, status)
			}
		}
	}
	if got := len(w.phones[magicNumbers+"0020"].view().Texts); got != 1 {
		t.Errorf("the handset shows %d texts, want the one that was taken", got)
	}
}

// TestMagicBank asks the bank for money of magic accounts, before and after the
// switch has silenced it.
func TestMagicBank(t *testing.T) {
	t.Parallel()
	w := openWorld(t)
	link, err := bank.Open(bank.Config{Name: bankName, Addr: w.bank.addr})
	if err != nil {
		t.Fatal(err)
	}
	w.tasks.Go(func() { _ = link.Run(w.ctx) }) // its error is that of the context
	for until := time.Now().Add(testWait); !link.Up(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(until) {
			t.Fatal("the link does not sign on")
		}
	}
	w.bank.silent(true)
	w.bank.silent(false)
	ask := func(digits string, stan uint32) (bank.Reply, error) {
		now := time.Now()
		packed, err := link.Prepare(bank.Request{STAN: stan, RRN: bank.RRN(now, uint64(stan)), At: now, Account: magicAccounts + digits,
			Amount: 100, Currency: w.currency, Merchant: "8001", Ref: "7K4QXYZ3"})
		if err != nil {
			return bank.Reply{}, err
		}
		return link.Authorize(w.ctx, packed)
	}
	for i, tt := range []struct{ digits, code string }{{"0005", "05"}, {"0051", "51"}, {"0054", "54"}, {"0061", "61"}, {"0091", "91"}, {"0096", "96"}, {"0486", "00"}} {
		reply, err := ask(tt.digits, uint32(i+1))
		if err != nil || reply.Code != tt.code {
			t.Errorf("…%s: %q, %v; want %s", tt.digits, reply.Code, err, tt.code)
		}
	}
	if reply, err := ask("0098", 99); err == nil {
		t.Errorf("…0098 was answered: %+v", reply)
	}
	if got := w.bank.balance(magicAccounts + "0098"); got != 99900 {
		t.Errorf("…0098 has %d, want what was booked without an answer taken off", got)
	}
}
