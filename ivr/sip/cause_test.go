package sip

import (
	"bytes"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/emiago/sipgo/sip"
)

// What each final response means for the person called: the line was busy, they
// declined, they did not answer, they could not be reached, or they were never asked
// because the trunk, or we, could not place the call.
func TestCauses(t *testing.T) {
	t.Parallel()
	for want, codes := range map[Cause][]int{
		Busy:        {486, 600, 601, 699},
		Rejected:    {603, 607},
		NoAnswer:    {408, 487},
		Unreachable: {404, 410, 480, 484, 485, 604},
		Forwarded:   {300, 301, 302, 305, 380, 399},
		Failed: {
			400, 401, 402, 403, 405, 406, 407, 413, 414, 415, 416, 417, 420, 421, 422, 423, 428, 429, 430, 433, 436, 437, 438, 439,
			440, 469, 470, 481, 482, 483, 488, 489, 491, 493, 494, 499, 500, 501, 502, 503, 504, 505, 513, 555, 580, 599, 606, 608,
		},
	} {
		for _, code := range codes {
			if got := causeOfResponse(sip.NewResponse(code, "X")); got != want {
				t.Errorf("%d: %v, want %v", code, got, want)
			}
		}
	}
}

// RFC 3326, RFC 6432: the reason of the telephone network is more precise than the code.
func TestReasons(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		code   int
		reason string
		want   Cause
	}{
		{480, "Q.850;cause=17", Busy},
		{480, `q.850 ; text="User busy" ; cause = 17`, Busy},
		{480, `Q.850;cause="17"`, Busy},
		{480, `SIP;cause=200;text="x", Q.850;cause=17`, Busy},
		{480, `SIP;cause=480, Q.850;cause=17`, Busy},
		{480, "SIP;cause=486", Busy},
		{480, "SIP;cause=603", Rejected},
		{480, "Q.850;cause=18", NoAnswer},
		{480, "Q.850;cause=19", NoAnswer},
		{480, "Q.850;cause=20", Unreachable},
		{480, "SIP;cause=408", NoAnswer},
		{480, "Q.850;cause=16", Unreachable},
		{480, "Q.850;cause=31", Unreachable},
		{480, "Q.850;cause=127", Unreachable},
		{480, "Q.850;cause=21", Rejected},
		{480, "Q.850;cause=1", Unreachable},
		{480, "Q.850;cause=34", Failed},
		{480, "Q.850;cause=", Unreachable},
		{480, "Q.850", Unreachable},
		{480, ";;,=", Unreachable},
		{480, "X;cause=17", Unreachable},
		{487, "SIP;cause=200;text=completed elsewhere", NoAnswer},
		{486, "Q.850;cause=17", Busy},
		{486, "Q.850;cause=21", Rejected},
		{503, "Q.850;cause=17", Busy},
		{503, "Q.850;cause=34", Failed},
		{503, "Q.850;cause=20", Unreachable},
		{500, "Q.850;cause=1", Unreachable},
		{502, "Q.850;cause=27", Unreachable},
		{603, "Q.850;cause=21", Rejected},
		{603, "Q.850;cause=17", Busy},
		{403, "Q.850;cause=17", Busy},
		{403, "Q.850;cause=21", Failed},
		{403, "Q.850;cause=57", Failed},
		{404, "Q.850;cause=1", Unreachable},
		{404, "Q.850;cause=3", Failed},
		{302, "Q.850;cause=17", Forwarded},
	} {
		res := sip.NewResponse(c.code, "X")
		res.AppendHeader(sip.NewHeader("Reason", c.reason))
		if got := causeOfResponse(res); got != c.want {
			t.Errorf("%d, %s: %v, want %v", c.code, c.reason, got, c.want)
		}
	}
}

// The log names the trunk's refusal, and nothing that the trunk wrote in words.
func TestARefusalIsLogged(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	p := newTrunk(t)
	d := dial(t.Context(), newAgent(t, p, func(cfg *Config) { cfg.Log = slog.New(slog.NewTextHandler(&out, nil)) }))
	inv := p.expect(sip.INVITE)
	res := sip.NewResponseFromRequest(inv, 403, "No credit for 8613800000001", nil)
	res.AppendHeader(sip.NewHeader("Reason", `Q.850;cause=57;text="8613800000001"`))
	p.send(viaAddr(inv), res.String())
	_, err := d.wait(t)
	wantFailure(t, err, Failed, 403)
	for _, want := range []string{"level=WARN", "the trunk refused a call", "ref=TEST", fmt.Sprint("code=", 403), "q850=57"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("the log does not say %s: %s", want, out.String())
		}
	}
	if strings.Contains(out.String(), "8613800000001") {
		t.Error("the log holds the number")
	}
}
