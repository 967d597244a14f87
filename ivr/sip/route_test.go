package sip

import (
	"slices"
	"testing"

	"github.com/emiago/sipgo/sip"
)

// RFC 3261 12.2.1.1: a loose route leaves the Request-URI alone; a strict one,
// without lr, becomes it, and the peer's address goes to the end of the route.
func TestRoutes(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		recordRoute []string // as in the response, so the last one is nearest
		uri         string
		route       []string
		hop         string
	}{
		"none":                {nil, "sip:gw@10.0.0.9:5066;x=y", nil, "10.0.0.9"},
		"loose":               {[]string{"<sip:p2;lr>", "<sip:p1:5070;lr=on;r2=on>"}, "sip:gw@10.0.0.9:5066;x=y", []string{"<sip:p1:5070;lr=on;r2=on>", "<sip:p2;lr>"}, "p1"},
		"loose, in capitals":  {[]string{"<sip:p1;LR>"}, "sip:gw@10.0.0.9:5066;x=y", []string{"<sip:p1;LR>"}, "p1"},
		"strict":              {[]string{"<sip:p2;lr>", "<sip:p1:5070>"}, "sip:p1:5070", []string{"<sip:p2;lr>", "<sip:gw@10.0.0.9:5066;x=y>"}, "p1"},
		"strict alone":        {[]string{"<sip:p1;a=b>"}, "sip:p1;a=b", []string{"<sip:gw@10.0.0.9:5066;x=y>"}, "p1"},
		"loose, then strict":  {[]string{"<sip:p2>", "<sip:p1;lr>"}, "sip:gw@10.0.0.9:5066;x=y", []string{"<sip:p1;lr>", "<sip:p2>"}, "p1"},
		"one that is nothing": {[]string{"noise", "<sip:p1;lr>"}, "sip:gw@10.0.0.9:5066;x=y", []string{"<sip:p1;lr>"}, "p1"},
	} {
		inv := sip.NewRequest(sip.INVITE, sip.Uri{Scheme: "sip", Host: "trunk"})
		from := &sip.FromHeader{}
		from.Params.Add("tag", "a")
		inv.AppendHeader(from)
		inv.AppendHeader(&sip.ToHeader{})
		id := sip.CallIDHeader("c")
		inv.AppendHeader(&id)
		inv.AppendHeader(&sip.CSeqHeader{SeqNo: 1, MethodName: sip.INVITE})
		res := sip.NewResponseFromRequest(inv, 200, "OK", nil)
		for _, r := range c.recordRoute {
			h, err := sip.DefaultHeadersParser()["record-route"]([]byte("Record-Route"), r)
			if err != nil {
				h = sip.NewHeader("Record-Route", r)
			}
			res.AppendHeader(h)
		}
		contact, err := sip.DefaultHeadersParser()["contact"]([]byte("Contact"), "<sip:gw@10.0.0.9:5066;x=y>")
		if err != nil {
			t.Fatal(err)
		}
		res.AppendHeader(contact)
		d, err := DialogUAC(inv, res)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		bye := d.Request(sip.BYE)
		var route []string
		for _, h := range bye.GetHeaders("Route") {
			route = append(route, h.Value())
		}
		if bye.Recipient.String() != c.uri || !slices.Equal(route, c.route) || d.nextHop().Host != c.hop {
			t.Errorf("%s: %s, Route %q, to %s", name, bye.Recipient.String(), route, d.nextHop().Host)
		}
	}
}

// Where requests within a call go: to the next hop, or to where the answer
// came from if the hop cannot be right.
func TestReach(t *testing.T) {
	t.Parallel()
	a := newAgent(t, newTrunk(t))
	for name, c := range map[string]struct{ contact, route, source, want string }{
		"the Contact":                     {"sip:x@192.0.2.1:5066", "", "192.0.2.9:5060", "192.0.2.1:5066"},
		"no port":                         {"sip:x@192.0.2.1", "", "192.0.2.9:5061", "192.0.2.1:5060"},
		"the route":                       {"sip:x@192.0.2.1:5066", "sip:192.0.2.2;lr", "192.0.2.9:5060", "192.0.2.2:5060"},
		"maddr (RFC 3261 19.1.1)":         {"sip:x@192.0.2.1;maddr=192.0.2.3", "", "192.0.2.9:5060", "192.0.2.3:5060"},
		"IPv6":                            {"sip:x@[2001:db8::1]:5066", "", "[2001:db8::9]:5060", "[2001:db8::1]:5066"},
		"private, from outside":           {"sip:x@10.0.0.1:5066", "", "192.0.2.9:5060", "192.0.2.9:5060"},
		"private, from inside":            {"sip:x@10.0.0.1:5066", "", "10.0.0.9:5060", "10.0.0.1:5066"},
		"a name that is none":             {"sip:x@gw.invalid:5066", "", "192.0.2.9:5060", "192.0.2.9:5060"},
		"everywhere":                      {"sip:x@0.0.0.0", "", "192.0.2.9:5060", "192.0.2.9:5060"},
		"TCP":                             {"sip:x@192.0.2.1;transport=TCP", "", "192.0.2.9:5060", "192.0.2.9:5060"},
		"UDP":                             {"sip:x@192.0.2.1;transport=UDP", "", "192.0.2.9:5060", "192.0.2.1:5060"},
		"sips":                            {"sips:x@192.0.2.1", "", "192.0.2.9:5060", "192.0.2.9:5060"},
		"the source is not known":         {"sip:x@192.0.2.1", "", "", ""},
		"a Contact on TCP behind a proxy": {"sip:x@192.0.2.1;transport=tcp", "sip:192.0.2.2;lr", "192.0.2.9:5060", "192.0.2.2:5060"},
	} {
		d := &Dialog{}
		if err := sip.ParseUri(c.contact, &d.target); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if c.route != "" {
			var r sip.Uri
			if err := sip.ParseUri(c.route, &r); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			d.routes = []sip.Uri{r}
		}
		if a.out.reach(t.Context(), d, c.source); d.hop != c.want {
			t.Errorf("%s: %q, want %q", name, d.hop, c.want)
		}
	}
}
