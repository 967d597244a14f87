package sip

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/emiago/sipgo/sip"
)

// ring begins a call and lets one phone ring, with audio described or not.
func ring(t *testing.T, p *trunk, body string) (*sip.Request, *dialled) {
	t.Helper()
	d := dial(t.Context(), newAgent(t, p), p.tellsOfRinging)
	inv := p.expect(sip.INVITE)
	p.reply(inv, 183, body)
	p.isHeard(1)
	return inv, d
}

// Our INVITE allows UPDATE, so it may come before the answer (RFC 3311 5.1);
// another response than 2xx would make the peer end the call (RFC 3261 12.2.1.2).
func TestUpdateWhileItRings(t *testing.T) {
	t.Parallel()
	const kind = "Content-Type: application/sdp\r\n"
	for name, c := range map[string]struct {
		early, method, headers, body string
		code                         int
	}{
		"without an offer":               {"", "UPDATE", "", "", 200},
		"a session timer":                {answerSDP, "UPDATE", "Session-Expires: 90;refresher=uac\r\n", "", 200},
		"an offer after audio was told":  {answerSDP, "UPDATE", kind, answerSDP, 200},
		"an offer before (RFC 3311 5.2)": {"", "UPDATE", kind, answerSDP, 491},
		"an offer that is of no use":     {answerSDP, "UPDATE", kind, strings.Replace(answerSDP, "RTP/AVP", "RTP/SAVP", 1), 488},
		"INFO":                           {"", "INFO", "", "", 200},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newTrunk(t)
			inv, d := ring(t, p, c.early)
			p.request(inv, c.method, 7, c.headers, c.body)
			res := p.expectResponse(c.code)
			if (len(res.Body()) > 0) != (c.code == 200 && c.body != "") {
				t.Errorf("body of %d octets", len(res.Body()))
			}
			if c.method == "UPDATE" && c.code == 200 && res.Contact() == nil {
				t.Error("RFC 3311 5.2: a 2xx to UPDATE refreshes the target")
			}
			p.reply(inv, 200, answerSDP)
			p.expect(sip.ACK)
			if _, err := d.wait(t); err != nil {
				t.Fatal(err)
			}
		})
	}
}

func TestUpdateOutOfOrder(t *testing.T) {
	t.Parallel()
	p := newTrunk(t)
	inv, d := ring(t, p, "")
	p.request(inv, "UPDATE", 7, "", "")
	p.expectResponse(200)
	p.request(inv, "UPDATE", 6, "", "")
	p.expectResponse(500)
	p.reply(inv, 200, answerSDP)
	p.expect(sip.ACK)
	s, err := d.wait(t)
	if err != nil {
		t.Fatal(err)
	}
	p.request(inv, "INFO", 5, "", "")
	p.expectResponse(500)
	p.request(inv, "BYE", 8, "", "")
	p.expectResponse(200)
	wantDone(t, s, true)
}

// A trunk that rings too many phones, or a stranger who guesses, is answered 500 and 481.
func TestEarlyDialogsAreBounded(t *testing.T) {
	t.Parallel()
	e := newEarly(Call{}, sip.NewRequest(sip.INVITE, sip.Uri{}))
	for i := range 3 * earlyMax {
		e.describe(fmt.Sprint(i), Media{})
	}
	if len(e.forks) != earlyMax {
		t.Errorf("%d forks are remembered", len(e.forks))
	}
}

// We must receive what our last answer described (RFC 3264 8.3.2), also if that was the
// answer to an UPDATE while it rang.
func TestAudioAfterAnUpdateWhileItRang(t *testing.T) {
	t.Parallel()
	p := newTrunk(t)
	inv, d := ring(t, p, strings.ReplaceAll(answerSDP, "101", "96"))
	p.request(inv, "UPDATE", 7, "Content-Type: application/sdp\r\n", answerSDP)
	p.expectResponse(200)
	p.reply(inv, 200, "")
	p.expect(sip.ACK)
	s, err := d.wait(t)
	if err != nil {
		t.Fatal(err)
	}
	if types := s.Remote().EventTypes(s.Own()); types != [3]uint8{101, 96, 101} {
		t.Errorf("keys are taken under %v", types)
	}
}

// A BYE that overtakes the answer ends the call: the answer is acknowledged and
// nobody is hung up on (RFC 3261 15.1.2).
func TestByeBeforeTheAnswer(t *testing.T) {
	t.Parallel()
	p := newTrunk(t)
	inv, d := ring(t, p, "")
	p.request(inv, "BYE", 7, "", "")
	p.expectResponse(200)
	p.reply(inv, 200, answerSDP)
	p.expect(sip.ACK)
	s, err := d.wait(t)
	if err != nil {
		t.Fatal(err)
	}
	wantDone(t, s, true)
	p.never(sip.BYE, 200*time.Millisecond)
}

// TestByeAsTheCallIsAnswered: a BYE that was taken for one to a ringing phone ends the call
// that was answered meanwhile.
func TestByeAsTheCallIsAnswered(t *testing.T) {
	t.Parallel()
	p := newTrunk(t)
	a := newAgent(t, p)
	d := dial(t.Context(), a, p.tellsOfRinging)
	inv := p.expect(sip.INVITE)
	p.reply(inv, 183, "")
	p.isHeard(1)
	a.book.mu.Lock()
	ringing := a.book.ringing[inv.CallID().Value()]
	a.book.mu.Unlock()
	p.reply(inv, 200, answerSDP)
	p.expect(sip.ACK)
	s, err := d.wait(t)
	if err != nil {
		t.Fatal(err)
	}
	bye := sip.NewRequest(sip.BYE, inv.Contact().Address)
	from, to := sip.FromHeader{Address: inv.To().Address, Params: sip.NewParams()}, sip.ToHeader{Address: inv.From().Address, Params: sip.NewParams()}
	from.Params.Add("tag", p.tag)
	to.Params.Add("tag", tagIn(inv.From().Params))
	bye.AppendHeader(&from)
	bye.AppendHeader(&to)
	bye.AppendHeader(sip.HeaderClone(inv.CallID()))
	bye.AppendHeader(&sip.CSeqHeader{SeqNo: 7, MethodName: sip.BYE})
	bye.AppendHeader(sip.HeaderClone(inv.Via()))
	p.calls.sent(bye.String())
	a.in.onEarly(ringing, bye, &transaction{sent: make(chan int, 1)})
	wantDone(t, s, true)
}
