package peers

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"
)

// What a payer of one yuan is told in the end.
const (
	oddPaid      = `^\w{8}: you paid CNY 1\.00 to `
	oddBusy      = `^Your line was busy\.`
	oddNotPlaced = `^We could not place our call\.`
	oddHungUp    = `^The call ended before the PIN\.`
)

// oddities are trunks and phones that behave oddly: what they do with a call, and what
// its payer is told. The table is never modified.
var oddities = []struct {
	name string
	does func(*oddCall)
	told string
}{
	{"as it should be", func(c *oddCall) { c.answerAndPay(c.sdp(96), 96) }, oddPaid},
	{"keys as 101, as it answered (RFC 3264 6.1)", func(c *oddCall) { c.answerAndPay(c.sdp(101), 101) }, oddPaid},
	{"keys as 96, though it answered 101", func(c *oddCall) { c.answerAndPay(c.sdp(101), 96) }, oddPaid},
	{"each packet of a key stamped anew", func(c *oddCall) {
		c.answer(c.sdp(96))
		c.rtp.pressRestamped(96, oddKeys)
		c.goodBye()
	}, oddPaid},
	{"tones, no telephone-event", func(c *oddCall) {
		c.answer(c.sdp(0))
		c.rtp.sing(oddKeys)
		c.goodBye()
	}, oddPaid},
	{"keys by INFO, d=5", func(c *oddCall) {
		c.answer(c.sdp(0))
		for _, key := range oddKeys {
			c.request("INFO", fmt.Sprintf("d=%c", key), "Content-Type: application/dtmf")
			c.expect("200")
		}
		c.goodBye()
	}, oddPaid},
	{"audio in the 183 only", func(c *oddCall) {
		c.reply("183 Session Progress", c.sdp(96))
		time.Sleep(200 * time.Millisecond)
		c.answerAndPay("", 96)
	}, oddPaid},
	{"407, then 401 (RFC 3261 22.3)", func(c *oddCall) {
		for _, ask := range []string{"407 X|Proxy-Authenticate", "401 X|WWW-Authenticate"} {
			status, name, _ := strings.Cut(ask, "|")
			c.reply(status, "", name+`: Digest realm="`+name+`", nonce="n", qop="auth"`)
			c.expect("INVITE")
		}
		c.answerAndPay(c.sdp(96), 96)
	}, oddPaid},
	{"BYE is asked who it is (22.2)", func(c *oddCall) {
		c.answer(c.sdp(96))
		c.rtp.press(96, oddKeys)
		bye := c.expect("BYE")
		c.k.write(response(bye, "407 X", oddTag, []string{`Proxy-Authenticate: Digest realm="gw", nonce="n"`}, ""), bye.from)
		c.goodBye()
	}, oddPaid},
	{"a reliable 183 (RFC 3262)", func(c *oddCall) {
		c.reply("183 X", c.sdp(96), "Require: 100rel", "RSeq: 7001")
		prack := c.expect("PRACK")
		c.k.write(response(prack, "200 OK", oddTag, nil, ""), prack.from)
		c.answerAndPay("", 96)
	}, oddPaid},
	{"421, then 422", func(c *oddCall) {
		c.reply("421 X", "", "Require: 100rel")
		c.expect("INVITE")
		c.reply("422 X", "", "Min-SE: 1800")
		c.expect("INVITE")
		c.answerAndPay(c.sdp(96), 96)
	}, oddPaid},
	{"UPDATE before the answer (RFC 3311 5.1)", func(c *oddCall) {
		c.reply("183 X", c.sdp(96))
		c.request("UPDATE", "")
		c.expect("200")
		c.answerAndPay(c.sdp(96), 96)
	}, oddPaid},
	{"a re-INVITE with 101, video and many Via", func(c *oddCall) {
		c.answer(c.sdp(96))
		c.request("INVITE", c.sdp(101)+"m=video 31000 RTP/AVP 99\r\n", strings.Repeat("Via: SIP/2.0/UDP cscf.example:5060;branch=z9hG4bK"+strings.Repeat("0", 90)+"\r\n", 12)+"X-End: 1")
		if ok := c.expect("200"); strings.Count(ok.body, "m=") != 2 || !strings.Contains(ok.body, "m=video 0 ") {
			panic(oddFailure("a stream of the offer has no answer"))
		}
		c.request("ACK", "")
		c.pay(101)
	}, oddPaid},
	{"held and taken back (RFC 3264 8.4)", func(c *oddCall) {
		c.answer(c.sdp(96))
		for _, direction := range []string{"a=sendonly\r\n", "a=sendrecv\r\n"} {
			c.request("INVITE", c.sdp(96)+direction)
			c.expect("200")
			c.request("ACK", "")
			time.Sleep(300 * time.Millisecond)
		}
		c.pay(96)
	}, oddPaid},
	{"no To tag (RFC 3261 12.1.2)", func(c *oddCall) {
		c.raw(response(c.invite, "200 OK", "", []string{c.contact()}, c.sdp(96)))
		c.expect("ACK")
		c.pay(96)
	}, oddPaid},
	{"no Contact", func(c *oddCall) {
		c.raw(response(c.invite, "200 OK", oddTag, nil, c.sdp(96)))
		c.expect("ACK")
		c.pay(96)
	}, oddPaid},
	{"a Contact by a name that is none", func(c *oddCall) {
		c.raw(response(c.invite, "200 OK", oddTag, []string{"Contact: <sip:gw@sbc.invalid:5060;transport=tcp>"}, c.sdp(96)))
		c.expect("ACK")
		c.pay(96)
	}, oddPaid},
	{"a strict route (12.2.1.1)", func(c *oddCall) {
		hop := fmt.Sprintf("sip:%s:%d", c.k.ip, phoneSIP)
		c.reply("200 OK", c.sdp(96), "Record-Route: <"+hop+">")
		if ack := c.expect("ACK"); !strings.HasPrefix(ack.line, "ACK "+hop+" ") || !strings.Contains(ack.get("route"), "sip:gw@") {
			panic(oddFailure("the ACK does not go by the strict route"))
		}
		c.pay(96)
	}, oddPaid},
	{"headers that make no sense", func(c *oddCall) {
		c.reply("200 OK", c.sdp(96), "Referred-By: ", "Max-Forwards: x", "P-No-Colon", "Contact: <sip:other@192.0.2.1>")
		c.expect("ACK")
		c.pay(96)
	}, oddPaid},
	{"SDP that makes no sense but for its sound", func(c *oddCall) {
		body := strings.Replace(c.sdp(96), "t=0 0\r\n", "", 1) + "b=FOO:64.5\r\nx=vendor\r\nm=image 0 udptl t38\r\nm=x-vendor 0"
		c.answerAndPay(strings.Replace(body, "o=- 1 1", "o=Cisco SIP UA 1 1", 1), 96)
	}, oddPaid},
	{"SDP and ISUP (RFC 5621 3.1)", func(c *oddCall) {
		body := "--cut\r\nContent-Type: application/isup\r\n\r\n\x09\x01\r\n--cut\r\nContent-Type: application/sdp\r\n\r\n" + c.sdp(96) + "\r\n--cut--\r\n"
		c.reply("200 OK", body, "Content-Type: multipart/mixed;boundary=cut")
		c.expect("ACK")
		c.pay(96)
	}, oddPaid},
	{"a second phone answers (13.2.2.4)", func(c *oddCall) {
		c.answer(c.sdp(96))
		c.raw(response(c.invite, "200 OK", "second", []string{c.contact()}, c.sdp(96)))
		c.goodBye() // the second phone's
		c.pay(96)
	}, oddPaid},
	{"audio that we did not offer", func(c *oddCall) {
		c.answer(strings.Replace(c.sdp(96), "RTP/AVP", "RTP/SAVP", 1))
		c.goodBye()
	}, oddNotPlaced},
	{"hung up at once", func(c *oddCall) {
		c.answer(c.sdp(96))
		c.request("BYE", "")
		c.expect("200")
	}, oddHungUp},
	{"480 of a busy line (RFC 3326)", func(c *oddCall) { c.reply("480 X", "", "Reason: Q.850;cause=17") }, oddBusy},
	{"403 of the trunk (21.4.4)", func(c *oddCall) { c.reply("403 X", "") }, oddNotPlaced},
}

// answer answers the INVITE with a description.
func (c *oddCall) answer(body string) {
	c.reply("200 OK", body)
	c.expect("ACK")
	time.Sleep(300 * time.Millisecond) // the answer must be in use
}

func (c *oddCall) answerAndPay(body string, events int) {
	c.answer(body)
	c.pay(events)
}

// TestOddTrunks: everybody orders at once, each over a trunk with its own oddity. Each
// payer is told the result, the books are right, and no call is left up.
func TestOddTrunks(t *testing.T) {
	t.Parallel()
	w := newWorld(t, npmSMPP, hostOdd)
	w.sip = "username = \"mpg\"\npassword = \"" + password + "\""
	does := make(map[string]func(*oddCall))
	var people []person
	for i, o := range oddities {
		p := person{number: fmt.Sprintf("+86138000010%02d", i), name: "Odd", lang: "en", pin: oddPIN, purse: "5.00"}
		people = append(people, p)
		does[p.number[1:]] = o.does
	}
	k := w.startOddTrunk(does)
	w.serve(people...)
	for _, p := range people {
		w.smsc.text(p.number, "PAY 8001 1", codingDefault)
	}
	paid := 0
	for i, o := range oddities {
		w.told(people[i], o.name, o.told)
		want := "4.00"
		if o.told == oddPaid {
			paid++
		} else {
			w.smsc.text(people[i].number, "NO", codingDefault)
			w.told(people[i], o.name, "was stopped, as you asked")
			want = "5.00"
		}
		if got := w.balance("purse:" + people[i].number); got != want {
			t.Errorf("%s: the purse has %s, want %s", o.name, got, want)
		}
	}
	eventually(t, "the end of every call", func() bool { answered, left := k.left(); return answered > paid && left == 0 })
	w.wantBalances(map[string]string{"merchant:" + shopCode: fmt.Sprint(paid, ".00")})
	w.stop()
}

// told waits for a text to a person.
func (w *world) told(p person, what, pattern string) {
	w.t.Helper()
	words, last := regexp.MustCompile(pattern), ""
	late := time.Now().Add(patience)
	for {
		for _, e := range w.smsc.textsTo(p.number) {
			if words.MatchString(e.Text) {
				return
			}
			last = e.Text
		}
		if time.Now().After(late) {
			w.t.Errorf("%s: told %q, want %s", what, last, pattern)
			return
		}
		time.Sleep(pollTime)
	}
}
