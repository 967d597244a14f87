package sip

import (
	"fmt"
	"strings"
	"testing"

	"github.com/emiago/sipgo/sip"
)

// A 200 as gateways write it, in forms that RFC 3261 allows or that a receiver should
// tolerate: it is acknowledged, and its dialog is ended.
func TestAnswersAsGatewaysWriteThem(t *testing.T) {
	t.Parallel()
	for name, change := range map[string][]string{ // what is replaced by what
		"as it should be":                    {},
		"no phrase (7.2)":                    {"200 OK", "200 "},
		"no phrase and no blank":             {"200 OK", "200"},
		"blanks in the status line":          {"SIP/2.0 200 OK", "SIP/2.0  200  OK"},
		"a version in small letters (7.1)":   {"SIP/2.0 200", "sip/2.0 200"},
		"blank lines first (7.5)":            {"SIP/2.0 200", "\r\n\r\nSIP/2.0 200"},
		"no Content-Length (18.3)":           {"Content-Length: LEN\r\n", ""},
		"blanks before the length":           {"Content-Length: ", "Content-Length \t: \t "},
		"To without brackets":                {"To: <URI>", "To: URI"},
		"the tag's name in capitals (7.3.1)": {"tag=peer", "TAG=peer"},
		"blanks around the tag (25.1)":       {";tag=peer", " ; tag = peer"},
		"compact names (7.3.3)":              {"Via:", "v:", "From:", "f:", "To:", "t:", "Call-ID:", "i:", "Contact:", "m:", "Content-Type:", "c:", "Content-Length:", "l:"},
		"names in capitals, blanks behind":   {"Via:", "VIA :", "From:", "FROM\t:", "To:", "TO:", "Call-ID:", "CALL-ID:", "CSeq:", "CSEQ :"},
		"a display name with quotes":         {"To: ", "To: \"张 \\\"三; x=y\\\"\" "},
		"a display name without":             {"To: ", "To: Gate Way "},
		"the method in small letters":        {"INVITE\r\n", "invite\r\n"},
		"octets behind the body (18.3)":      {"0-15\r\n", "0-15\r\n\x00\x00"},
		"a Contact without brackets":         {"Contact: <sip:peer@127.0.0.1:PORT>", "Contact: sip:peer@127.0.0.1:PORT"},
		"a Contact with much":                {"Contact: ", "Contact: \"A, B\" ", "PORT>", "PORT;ob;x=%22>;expires=60;+sip.instance=\"<urn:uuid:0>\""},
		"blanks within Via (25.1)":           {"SIP/2.0/UDP", "SIP / 2.0 / UDP", ";branch", " ; branch"},
		"Via with received and rport":        {";branch", ";received=127.0.0.1;rport=5060;branch"},
		"Via on two lines (7.3.1)":           {";branch", "\r\n ;branch"},
		"To on two lines":                    {"To: ", "To:\r\n\t"},
		"headers without a value":            {"CSeq:", "Subject:\r\nX-Empty: \r\nCSeq:"},
		"a telephone in To":                  {"To: <URI>", "To: <tel:+8613800000001>"},
		"two lengths":                        {"CSeq:", "Content-Length: 0\r\nCSeq:"},
		"two routes in a line":               {"CSeq:", "Record-Route: <sip:x.invalid;lr>,<sip:127.0.0.1:PORT;lr;ftag=1>\r\nCSeq:"},
		"a route with a name":                {"CSeq:", "Record-Route: \"p, q\" <sip:127.0.0.1:PORT;lr>\r\nCSeq:"},
		"bare line feeds":                    {"\r\n", "\n"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newTrunk(t)
			d := dial(t.Context(), newAgent(t, p))
			inv := p.expect(sip.INVITE)
			p.send(viaAddr(inv), p.written(inv, change))
			p.expect(sip.ACK)
			s, err := d.wait(t)
			if err != nil {
				t.Fatal(err)
			}
			s.Hangup()
			bye := p.expect(sip.BYE)
			if tagOf(bye.To()) != "peer" {
				t.Errorf("BYE to the tag %q", tagOf(bye.To()))
			}
			p.reply(bye, 200, "")
		})
	}
}

// written is a 200 with replacements, in its head first.
func (p *trunk) written(inv *sip.Request, change []string) string {
	head := fmt.Sprintf("SIP/2.0 200 OK\r\nVia: %s\r\nFrom: %s\r\nTo: <URI>;tag=peer\r\nCall-ID: %s\r\nCSeq: %d INVITE\r\n"+
		"Contact: <sip:peer@127.0.0.1:PORT>\r\nContent-Type: application/sdp\r\nContent-Length: LEN\r\n\r\n",
		inv.Via().Value(), inv.From().Value(), inv.CallID().Value(), inv.CSeq().SeqNo)
	replace := strings.NewReplacer(change...)
	body := replace.Replace(answerSDP)
	uri := inv.Recipient.String()
	return strings.NewReplacer("URI", uri, "PORT", fmt.Sprint(p.port()), "LEN", fmt.Sprint(len(body))).Replace(replace.Replace(head)) + body
}
