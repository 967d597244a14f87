package sip

import (
	"testing"

	"github.com/emiago/sipgo/sip"
)

// Reasons as networks write them.
func TestReleaseOf(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		headers []string
		want    Release
	}{
		{nil, Release{0, "Busy Here"}},
		{[]string{`Q.850;cause=17;text="User busy"`}, Release{17, "User busy"}},
		{[]string{`q.850 ; Cause=17`}, Release{17, ""}},
		{[]string{`SIP;cause=600;text="Busy, everywhere", Q.850;cause=21;text="Call rejected; sorry"`}, Release{21, "Call rejected; sorry"}},
		{[]string{`SIP ;cause=200 ;text="Call completed elsewhere"`, `Q.850;cause=26`}, Release{26, ""}},
		{[]string{`Q.850;cause=128`}, Release{0, "Busy Here"}},
		{[]string{`Q.850;cause=-1;text="x"`}, Release{0, "Busy Here"}},
		{[]string{`Q.850;cause=`, `Q.850`, ``, `;;`, `"`, `Q.850;cause=99999999999999999999`}, Release{0, "Busy Here"}},
		{[]string{`Q.850;text="a \" quote, and a comma";cause=16`}, Release{16, `a \" quote, and a comma`}},
	} {
		res := sip.NewResponse(sip.StatusBusyHere, "Busy Here")
		req := sip.NewRequest(sip.BYE, sip.Uri{Host: "example.com"})
		for _, h := range c.headers {
			res.AppendHeader(sip.NewHeader("Reason", h))
			req.AppendHeader(sip.NewHeader("Reason", h))
		}
		if got := releaseOf(res); got != c.want {
			t.Errorf("%q: %+v, want %+v", c.headers, got, c.want)
		}
		want := c.want
		if want.Cause == 0 {
			want = Release{}
		}
		if got := releaseOf(req); got != want {
			t.Errorf("BYE %q: %+v, want %+v", c.headers, got, want)
		}
	}
}
