package bank_test

import (
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"mpg/engine/bank"
	"mpg/engine/bank/host"
	"mpg/engine/bank/iso8583"
)

// without returns the default list of compared elements but for some.
func without(elements ...iso8583.DE) []iso8583.DE {
	return slices.DeleteFunc(bank.DefaultCompare(), func(de iso8583.DE) bool { return slices.Contains(elements, de) })
}

// TestComparedElements: an answer with another value in an element of the list decides
// nothing, and the error names the element; one that leaves the element out does, and so does
// one that differs in an element which is not in the list of this host.
func TestComparedElements(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		compare []iso8583.DE
		fault   host.Fault
		names   string // empty: the answer counts
	}{
		"the host's own terminal":                {nil, host.Fault{Kind: host.Alter, Elements: []iso8583.DE{iso8583.DETerminal}, Value: "HOST0001"}, "element 41 "},
		"the host's own terminal, not compared":  {without(iso8583.DETerminal), host.Fault{Kind: host.Alter, Elements: []iso8583.DE{iso8583.DETerminal}, Value: "HOST0001"}, ""},
		"no terminal":                            {nil, host.Fault{Kind: host.Omit, Elements: []iso8583.DE{iso8583.DETerminal}}, ""},
		"the host's own time, not compared":      {without(iso8583.DELocalTime, iso8583.DELocalDate), host.Fault{Kind: host.Alter, Elements: []iso8583.DE{iso8583.DELocalTime}, Value: "235959"}, ""},
		"a refund, not compared":                 {without(iso8583.DEProcessingCode), host.Fault{Kind: host.Alter, Elements: []iso8583.DE{iso8583.DEProcessingCode}, Value: "200000"}, ""},
		"a refund":                               {nil, host.Fault{Kind: host.Alter, Elements: []iso8583.DE{iso8583.DEProcessingCode}, Value: "200000"}, "element 3 "},
		"another account":                        {without(iso8583.DEPAN), host.Fault{Kind: host.Alter, Elements: []iso8583.DE{iso8583.DEAccount}, Value: poor}, "element 102 "},
		"another amount, with the shortest list": {[]iso8583.DE{iso8583.DEAmount, iso8583.DECurrency}, host.Fault{Kind: host.WrongSum}, "element 4 "},
		"another currency, with the shortest":    {[]iso8583.DE{iso8583.DEAmount, iso8583.DECurrency}, host.Fault{Kind: host.Alter, Elements: []iso8583.DE{iso8583.DECurrency}, Value: "840"}, "element 49 "},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t, func(config *bank.Config) { config.Peer.Compare = c.compare })
				w.start()
				c.fault.On = host.Requests
				w.host.Fault(c.fault)
				reply, err := w.authorize(t.Context(), w.request(rich, 1))
				switch {
				case c.names == "" && (err != nil || !reply.Approved):
					t.Errorf("%+v, %v; want an approval", reply, err)
				case c.names != "" && (err == nil || bank.Cause(err) != bank.CauseElement || !strings.Contains(err.Error(), c.names)):
					t.Errorf("%+v, %v; want an error that names %s", reply, err, c.names)
				}
			})
		})
	}
}

// TestMoneyIsAlwaysCompared: no configuration lets an answer about another amount count.
func TestMoneyIsAlwaysCompared(t *testing.T) {
	t.Parallel()
	for _, list := range [][]iso8583.DE{{}, without(iso8583.DEAmount), without(iso8583.DECurrency), append(bank.DefaultCompare(), iso8583.DEAuthID)} {
		if _, err := bank.Open(bank.Config{Name: "icbc", Addr: "127.0.0.1:1", Peer: bank.Peer{Compare: list}}); err == nil {
			t.Errorf("%v is taken", list)
		}
	}
}
