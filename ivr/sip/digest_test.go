package sip

import (
	"crypto/md5"
	"encoding/hex"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/emiago/sipgo/sip"
)

func withPassword(cfg *Config) { cfg.Username, cfg.Password = "mpg", "geheim" }

// challenge answers a request with 401 or 407 and the given challenges.
func (p *trunk) challenge(req *sip.Request, code int, challenges ...string) {
	p.ends(req, code)
	res := sip.NewResponseFromRequest(req, code, "Who Are You", nil)
	res.To().Params.Remove("tag")
	res.To().Params.Add("tag", p.tag)
	name := "WWW-Authenticate"
	if code == 407 {
		name = "Proxy-Authenticate"
	}
	for _, c := range challenges {
		res.AppendHeader(sip.NewHeader(name, c))
	}
	p.send(viaAddr(req), res.String())
}

// answered returns the parameters of a request's answer to a challenge.
func answered(req *sip.Request, code int) map[string]string {
	name := "Authorization"
	if code == 407 {
		name = "Proxy-Authorization"
	}
	all := map[string]string{}
	for _, h := range req.GetHeaders(name) {
		for _, m := range regexp.MustCompile(`(\w+)=(?:"([^"]*)"|([^,\s]+))`).FindAllStringSubmatch(h.Value(), -1) {
			all[m[1]] = m[2] + m[3]
		}
	}
	return all
}

// wantDigest checks an MD5 answer by the formula of RFC 2617 3.2.2.
func wantDigest(t *testing.T, req *sip.Request, code int) {
	t.Helper()
	d := answered(req, code)
	sum := func(s string) string { h := md5.Sum([]byte(s)); return hex.EncodeToString(h[:]) }
	a2 := string(req.Method) + ":" + d["uri"]
	if d["qop"] == "auth-int" {
		a2 += ":" + sum(string(req.Body()))
	}
	middle := d["nonce"]
	if d["qop"] != "" {
		middle += ":" + d["nc"] + ":" + d["cnonce"] + ":" + d["qop"]
	}
	want := sum(sum("mpg:"+d["realm"]+":geheim") + ":" + middle + ":" + sum(a2))
	if d["response"] != want || d["uri"] != req.Recipient.String() {
		t.Errorf("%s: wrong answer to %d: %v", req.Method, code, d)
	}
}

// step is a challenge in the course of a call.
type step struct {
	code       int
	challenges []string
}

func TestInviteAnswersChallenges(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("n", 900)
	for name, steps := range map[string][]step{
		"proxy":                               {{407, []string{`Digest realm="trunk", nonce="n1", algorithm=MD5, qop="auth"`}}},
		"no qop (RFC 2069)":                   {{401, []string{`Digest realm="pbx",nonce="n1"`}}},
		"proxy, then the far side (22.3)":     {{407, []string{`Digest realm="p", nonce="p1", qop="auth"`}}, {401, []string{`Digest realm="w", nonce="w1", qop="auth"`}}},
		"far side, then proxy":                {{401, []string{`Digest realm="w", nonce="w1"`}}, {407, []string{`Digest realm="p", nonce="p1"`}}},
		"two proxies":                         {{407, []string{`Digest realm="p", nonce="p1"`}}, {407, []string{`Digest realm="q", nonce="q1"`}}},
		"a stale nonce (RFC 7616 3.3)":        {{407, []string{`Digest realm="p", nonce="p1", qop="auth"`}}, {407, []string{`Digest realm="p", nonce="p2", stale=true, qop="auth"`}}},
		"both, each stale once":               {{407, []string{`Digest realm="p", nonce="p1"`}}, {407, []string{`Digest realm="p", nonce="p2", stale="TRUE"`}}, {401, []string{`Digest realm="w", nonce="w1"`}}, {401, []string{`Digest realm="w", nonce="w2", stale=true`}}},
		"unknown algorithm first (RFC 8760)":  {{401, []string{`Digest realm="ims", nonce="a", algorithm=AKAv1-MD5, qop="auth"`, `Digest realm="ims", nonce="b", algorithm=MD5, qop="auth"`}}},
		"another scheme first":                {{401, []string{`Bearer realm="ims", scope="x"`, `Digest realm="ims", nonce="b"`}}},
		"two in a line":                       {{401, []string{`Digest realm="ims", nonce="a", algorithm=SHA-1024, Digest realm="ims", nonce="b", algorithm=md5`}}},
		"auth-int alone (RFC 7616 3.4.3)":     {{407, []string{`Digest realm="p", nonce="p1", qop="auth-int"`}}},
		"auth among others":                   {{407, []string{`Digest realm="p", nonce="p1", qop="auth-int, auth ,x"`}}},
		"a long nonce":                        {{407, []string{`Digest realm="p", nonce="` + long + `", opaque="` + long + `", qop="auth"`}}},
		"blanks and commas in quoted strings": {{407, []string{`digest  realm = "a, b=c" ,nonce="n, 1",domain="sip:x, sip:y" , qop=auth`}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newTrunk(t)
			d := dial(t.Context(), newAgent(t, p, withPassword))
			inv := p.expect(sip.INVITE)
			for _, s := range steps {
				p.challenge(inv, s.code, s.challenges...)
				p.expect(sip.ACK)
				next := p.expect(sip.INVITE)
				if next.CSeq().SeqNo != inv.CSeq().SeqNo+1 || next.CallID().Value() != inv.CallID().Value() || tagOf(next.To()) != "" {
					t.Fatalf("the INVITE after %d: %s", s.code, next.Short())
				}
				inv = next
				if len(inv.GetHeaders("Proxy-Authorization")) < 2 {
					wantDigest(t, inv, s.code)
				}
			}
			p.reply(inv, 200, answerSDP)
			ack := p.expect(sip.ACK)
			for _, name := range []string{"Authorization", "Proxy-Authorization"} {
				if a, b := ack.GetHeaders(name), inv.GetHeaders(name); fmt.Sprint(a) != fmt.Sprint(b) && len(a) != len(b) {
					t.Errorf("RFC 3261 13.2.2.4: the ACK has %d %s, the INVITE %d", len(a), name, len(b))
				}
			}
			s, err := d.wait(t)
			if err != nil {
				t.Fatal(err)
			}
			s.Hangup()
			p.reply(p.expect(sip.BYE), 200, "")
		})
	}
}

// RFC 3261 22.1: what has just been rejected is not tried again.
func TestInviteGivesUpChallenges(t *testing.T) {
	t.Parallel()
	for name, steps := range map[string][]step{
		"wrong password":       {{407, []string{`Digest realm="p", nonce="p1"`}}, {407, []string{`Digest realm="p", nonce="p2"`}}},
		"no algorithm we know": {{401, []string{`Digest realm="p", nonce="p1", algorithm=AKAv2-MD5`}}},
		"no qop we know":       {{401, []string{`Digest realm="p", nonce="p1", qop="token"`}}},
		"no nonce":             {{401, []string{`Digest realm="p"`}}},
		"no challenge":         {{401, nil}},
		"nothing but noise":    {{401, []string{`,=",`, `Digest`, `Digest "`}}},
		"stale for ever":       {{407, []string{`Digest realm="p", nonce="1", stale=true`}}, {407, []string{`Digest realm="p", nonce="2", stale=true`}}, {407, []string{`Digest realm="p", nonce="3", stale=true`}}, {407, []string{`Digest realm="p", nonce="4", stale=true`}}, {407, []string{`Digest realm="p", nonce="5", stale=true`}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newTrunk(t)
			d := dial(t.Context(), newAgent(t, p, withPassword))
			for _, s := range steps {
				p.challenge(p.expect(sip.INVITE), s.code, s.challenges...)
				p.expect(sip.ACK)
			}
			_, err := d.wait(t)
			wantFailure(t, err, Failed, steps[len(steps)-1].code)
		})
	}
}

// The examples of RFC 2617 3.5, RFC 7616 3.9.1 and 3.9.2 for GET, and whether each
// algorithm is known.
func TestDigestVectors(t *testing.T) {
	t.Parallel()
	uri := sip.Uri{}
	for name, c := range map[string]struct {
		ch     challenge
		user   string
		pw     string
		cnonce string
		want   string
	}{
		"RFC 2617 3.5": {challenge{realm: "testrealm@host.com", nonce: "dcd98b7102dd2f0e8b11d0f600bfb0c093", qop: "auth", count: 1},
			"Mufasa", "Circle Of Life", "0a4f113b", "6629fae49393a05397450978507c4ef1"},
		"RFC 7616 3.9.1, MD5": {challenge{realm: "http-auth@example.org", nonce: "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", qop: "auth", count: 1, algorithm: "MD5"},
			"Mufasa", "Circle of Life", "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ", "8ca523f5e9506fed4657c9700eebdbec"},
		"RFC 7616 3.9.1, SHA-256": {challenge{realm: "http-auth@example.org", nonce: "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", qop: "auth", count: 1, algorithm: "SHA-256"},
			"Mufasa", "Circle of Life", "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ", "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"},
	} {
		req := sip.NewRequest("GET", uri)
		got := c.ch.answerFor("/dir/index.html", c.user, c.pw, req, c.cnonce)
		if !strings.Contains(got, `response="`+c.want+`"`) {
			t.Errorf("%s: %s", name, got)
		}
	}
	for name, known := range map[string]bool{
		"": true, "MD5": true, "md5": true, "MD5-sess": true, "SHA-256": true, "sha-256-SESS": true,
		"SHA-512-256": true, "AKAv1-MD5": false, "SHA": false, "-sess": true,
	} {
		if _, _, ok := digestAlgorithm(name); ok != known {
			t.Errorf("%q known: %v", name, ok)
		}
	}
}

func FuzzReadChallenges(f *testing.F) {
	f.Add(`Digest realm="a, b", nonce="n", qop="auth,auth-int", stale=true, Digest realm="b"`)
	f.Add(`Digest realm="a\"b`)
	f.Add(`,,==="`)
	f.Fuzz(func(t *testing.T, value string) {
		for _, c := range readChallenges(value) {
			if len(c["realm"]) > len(value) {
				t.Error("more was read than is there")
			}
		}
	})
}

// RFC 7616 3.5: the nonce that a server wants next saves a challenge.
func TestTheNextNonce(t *testing.T) {
	t.Parallel()
	p := newTrunk(t)
	d := dial(t.Context(), newAgent(t, p, withPassword))
	p.challenge(p.expect(sip.INVITE), 407, `Digest realm="trunk", nonce="n1", qop="auth"`)
	p.expect(sip.ACK)
	inv := p.expect(sip.INVITE)
	headers := fmt.Sprintf("Contact: <sip:peer@127.0.0.1:%d>\r\nProxy-Authentication-Info: qop=auth, nextnonce=\"n2\", nc=00000001\r\n", p.port())
	p.answer(inv, inv.To().Value()+";tag=peer", headers, "application/sdp", answerSDP)
	p.expect(sip.ACK)
	s, err := d.wait(t)
	if err != nil {
		t.Fatal(err)
	}
	s.Hangup()
	bye := p.expect(sip.BYE)
	if got := answered(bye, 407); got["nonce"] != "n2" || got["nc"] != "00000001" {
		t.Errorf("BYE with %v", got)
	}
	wantDigest(t, bye, 407)
	p.reply(bye, 200, "")
}
