package flow

import (
	"slices"
	"testing"
	"testing/synctest"
	"time"
)

// kind is the payment script with everything that is said to people who take their time.
var kind = Script{ // never written to
	{Name: "guard", Say: []string{"press-1"}, Again: []string{"1-again"}, Bye: []string{"bye"}, Want: Key},
	{Name: "pin", Say: []string{"amount", "pin"}, Again: []string{"amount-again"}, Short: []string{"six-digits"},
		GoOn: []string{"go-on"}, Bye: []string{"bye"}, Want: PIN},
}

func TestPatience(t *testing.T) {
	t.Parallel()
	const pin = "582193"
	s := time.Second
	for name, c := range map[string]struct {
		acts  []act
		end   Ended
		heard []string
		asked []string
	}{
		"a pause within the PIN throws nothing away": {[]act{{s, "1"}, {s, "5821"}, {11 * s, "93"}}, Finished,
			[]string{"press-1|", "amount pin|", "go-on", "paid"}, []string{"guard=", "pin=" + pin}},
		"two pauses": {[]act{{s, "1"}, {s, "58"}, {12 * s, "2"}, {12 * s, "193"}}, Finished,
			[]string{"press-1|", "amount pin|", "go-on", "go-on", "paid"}, []string{"guard=", "pin=" + pin}},
		"keys while told to go on": {[]act{{s, "1"}, {s, "58219"}, {9 * s, "3"}}, Finished,
			[]string{"press-1|", "amount pin|", "go-on|", "paid"}, []string{"guard=", "pin=" + pin}},
		"seven seconds between keys": {[]act{{s, "1"}, {s, "5"}, {7 * s, "8"}, {7 * s, "2"}, {7 * s, "1"}, {7 * s, "9"}, {7 * s, "3"}}, Finished,
			[]string{"press-1|", "amount pin|", "paid"}, []string{"guard=", "pin=" + pin}},
		"told to go on, starts over with *": {[]act{{s, "1"}, {s, "5829"}, {11 * s, "*"}, {3 * s, pin}}, Finished,
			[]string{"press-1|", "amount pin|", "go-on", "slower", "amount pin|", "paid"}, []string{"guard=", "pin=" + pin}},
		"stops half way for good": {[]act{{s, "1"}, {s, "5821"}}, Silent,
			[]string{"press-1|", "amount pin|", "go-on", "go-on", "bye"}, []string{"guard="}},
		"# too early is explained": {[]act{{s, "1"}, {s, "5821#"}, {8 * s, pin}}, Finished,
			[]string{"press-1|", "amount pin|", "six-digits amount-again", "paid"}, []string{"guard=", "pin=" + pin}},
		"after a wrong PIN the amount is said again": {[]act{{s, "1"}, {s, "111111"}, {8 * s, pin}}, Finished,
			[]string{"press-1|", "amount pin|", "wrong amount-again", "paid"}, []string{"guard=", "pin=111111", "pin=" + pin}},
		"* is answered as often as it is pressed": {[]act{{s, "1"}, {s, "*"}, {s, "*"}, {s, "*"}, {s, "*"}, {s, pin}}, Finished,
			[]string{"press-1|", "amount pin|", "slower", "amount pin|", "slower", "amount pin|", "slower", "amount pin|", "slower", "amount pin|", "paid"},
			[]string{"guard=", "pin=" + pin}},
		"nobody presses anything": {nil, Silent, []string{"press-1", "1-again", "1-again", "bye"}, nil},
		"hung up half way":        {[]act{{s, "1"}, {s, "5821"}, {11 * s, "hangup"}}, HungUp, []string{"press-1|", "amount pin|", "go-on"}, []string{"guard="}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				line, judge := newFakeLine(), &pinJudge{}
				go line.perform(c.acts)
				res := Run(t.Context(), line, kind, judge.judge, Timing{})
				if res.End != c.end || res.Err != nil {
					t.Errorf("result %v, %v; want %v", res.End, res.Err, c.end)
				}
				line.mu.Lock()
				defer line.mu.Unlock()
				if !slices.Equal(line.log, c.heard) {
					t.Errorf("heard %q, want %q", line.log, c.heard)
				}
				if !slices.Equal(judge.asked, c.asked) {
					t.Errorf("the judge was asked %q, want %q", judge.asked, c.asked)
				}
			})
		})
	}
}
