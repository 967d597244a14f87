package sip

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/emiago/sipgo/sip"
)

// refuse answers an INVITE with a code and headers.
func (p *trunk) refuse(inv *sip.Request, code int, headers ...string) {
	p.ends(inv, code)
	res := sip.NewResponseFromRequest(inv, code, "Not So", nil)
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		res.AppendHeader(sip.NewHeader(name, value))
	}
	p.send(viaAddr(inv), res.String())
}

func headerOfRequest(req *sip.Request, name string) (all []string) {
	for _, h := range req.GetHeaders(name) {
		all = append(all, h.Value())
	}
	return all
}

// reliably sends a provisional response that asks for PRACK.
func (p *trunk) reliably(inv *sip.Request, code, rseq int, tag, body string) {
	var b strings.Builder
	fmt.Fprintf(&b, "SIP/2.0 %d Progress\r\nVia: %s\r\nFrom: %s\r\nTo: %s;tag=%s\r\n", code, inv.Via().Value(), inv.From().Value(), inv.To().Value(), tag)
	fmt.Fprintf(&b, "Call-ID: %s\r\nCSeq: %d INVITE\r\nContact: <sip:peer@127.0.0.1:%d>\r\n", inv.CallID().Value(), inv.CSeq().SeqNo, p.port())
	fmt.Fprintf(&b, "Require: 100rel\r\nRSeq: %d\r\n", rseq)
	if body != "" {
		b.WriteString("Content-Type: application/sdp\r\n")
	}
	fmt.Fprintf(&b, "Content-Length: %d\r\n\r\n%s", len(body), body)
	p.send(viaAddr(inv), b.String())
}

// RFC 3262 4: each reliable response is acknowledged once, in order, in the
// dialog of the phone that sent it; the answer's dialog goes on from there.
func TestReliableProvisionalResponses(t *testing.T) {
	t.Parallel()
	p := newTrunk(t)
	d := dial(t.Context(), newAgent(t, p))
	inv := p.expect(sip.INVITE)
	p.reliably(inv, 183, 7001, "peer", answerSDP)
	first := p.expect(sip.PRACK)
	if rack := headerOfRequest(first, "RAck"); len(rack) != 1 || rack[0] != fmt.Sprintf("7001 %d INVITE", inv.CSeq().SeqNo) {
		t.Errorf("RAck %q", rack)
	}
	p.reply(first, 200, "")
	p.reliably(inv, 183, 7001, "peer", answerSDP) // again
	p.reliably(inv, 180, 7003, "peer", "")        // one is missing before it
	p.never(sip.PRACK, 200*time.Millisecond)
	p.reliably(inv, 180, 7002, "peer", "")
	second := p.expect(sip.PRACK)
	p.reply(second, 200, "")
	p.reliably(inv, 180, 1, "other", "")
	other := p.expect(sip.PRACK)
	p.reply(other, 200, "")
	if tagOf(second.To()) != "peer" || tagOf(other.To()) != "other" || second.CSeq().SeqNo <= first.CSeq().SeqNo {
		t.Errorf("PRACK %d to %s, %d to %s", first.CSeq().SeqNo, tagOf(second.To()), second.CSeq().SeqNo, tagOf(other.To()))
	}
	p.reply(inv, 200, "") // RFC 3262 5: the answer was in the 183
	p.expect(sip.ACK)
	s, err := d.wait(t)
	if err != nil {
		t.Fatal(err)
	}
	s.Hangup()
	bye := p.expect(sip.BYE)
	if bye.CSeq().SeqNo <= second.CSeq().SeqNo {
		t.Errorf("BYE has CSeq %d, the last PRACK %d", bye.CSeq().SeqNo, second.CSeq().SeqNo)
	}
	p.reply(bye, 200, "")
}

// An extension that a peer requires is offered in another INVITE, once.
func TestExtensionsThatAPeerInsistsOn(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		code    int
		headers []string
		want    []string
		again   bool
	}{
		"421 for 100rel":             {421, []string{"Require: 100rel"}, []string{"Supported: 100rel"}, true},
		"421 for timer and 100rel":   {421, []string{"Require: timer, 100rel"}, []string{"Supported: timer", "Supported: 100rel"}, true},
		"421 for something else":     {421, []string{"Require: gruu"}, nil, false},
		"421 without a word":         {421, nil, nil, false},
		"422 with Min-SE":            {422, []string{"Min-SE: 1800"}, []string{"Min-SE: 1800", "Session-Expires: 1800", "Supported: timer"}, true},
		"422 with parameters":        {422, []string{"Min-SE: 600;x=y"}, []string{"Session-Expires: 600"}, true},
		"422 without Min-SE":         {422, nil, nil, false},
		"420 (nothing was required)": {420, []string{"Unsupported: x"}, nil, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newTrunk(t)
			d := dial(t.Context(), newAgent(t, p))
			inv := p.expect(sip.INVITE)
			p.refuse(inv, c.code, c.headers...)
			p.expect(sip.ACK)
			if !c.again {
				_, err := d.wait(t)
				wantFailure(t, err, Failed, c.code)
				return
			}
			second := p.expect(sip.INVITE)
			for _, want := range c.want {
				if !strings.Contains(second.String(), want+"\r\n") {
					t.Errorf("the second INVITE does not say %s", want)
				}
			}
			if second.CSeq().SeqNo != inv.CSeq().SeqNo+1 || second.CallID().Value() != inv.CallID().Value() {
				t.Error("the second INVITE is of another call, or has the old number")
			}
			p.refuse(second, c.code, c.headers...)
			_, err := d.wait(t)
			wantFailure(t, err, Failed, c.code)
		})
	}
}
