package sip

import (
	"crypto/md5"
	"crypto/rand"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/hex"
	"fmt"
	"hash"
	"strings"
	"sync"

	"github.com/emiago/sipgo/sip"
)

// authTriesMax is how often a request is sent again with credentials: once for a proxy
// and once for the far side, and again for each if its nonce is stale.
const authTriesMax = 4

// credentials answers the challenges of one call (RFC 3261 22, RFC 7616). It remembers
// them, so that later requests carry the answers.
type credentials struct {
	username, password string

	mu    sync.Mutex
	known []*challenge
}

// challenge is a demand for credentials from a server (WWW-Authenticate) or a proxy
// (Proxy-Authenticate), and how often it was answered.
type challenge struct {
	proxy     bool
	realm     string
	nonce     string
	opaque    string
	algorithm string // as written; empty: MD5
	qop       string // auth, auth-int, or empty: none was offered (RFC 2069)
	stale     bool
	count     uint32 // requests that carry this nonce
}

// learn takes the challenges of a 401 or 407 to a request and reports whether it is
// worthwhile to send the request again: at least one is new, or its nonce was only
// stale, and the algorithms are known. Credentials that were just rejected are not
// tried again (RFC 3261 22.1).
func (c *credentials) learn(req *sip.Request, res *sip.Response) bool {
	if c.username == "" || !isChallenge(res) {
		return false
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	again := false
	for _, asked := range challengesOf(res) {
		before := c.find(asked)
		if before != nil && !asked.stale && carries(req, before) {
			return false // our password is not theirs
		}
		if before != nil {
			*before = *asked
		} else {
			c.known = append(c.known, asked)
		}
		again = true
	}
	return again
}

// renew takes the nonce that a server wants next (RFC 7616 3.5).
func (c *credentials) renew(res *sip.Response) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, ch := range c.known {
		name := "Authentication-Info"
		if ch.proxy {
			name = "Proxy-Authentication-Info"
		}
		for _, h := range res.GetHeaders(name) {
			for _, params := range readChallenges("Digest " + h.Value()) {
				if nonce := params["nextnonce"]; nonce != "" {
					ch.nonce, ch.count = nonce, 0
				}
			}
		}
	}
}

func (c *credentials) find(asked *challenge) *challenge {
	for _, k := range c.known {
		if k.proxy == asked.proxy && k.realm == asked.realm {
			return k
		}
	}
	return nil
}

// carries reports whether a request answered the challenge with its nonce, and
// first did so: a nonce that served for an earlier request may just be used up.
func carries(req *sip.Request, ch *challenge) bool {
	for _, h := range req.GetHeaders(ch.answerHeader()) {
		if strings.Contains(h.Value(), `nonce="`+ch.nonce+`"`) {
			return ch.count == 1
		}
	}
	return false
}

func (ch *challenge) answerHeader() string {
	if ch.proxy {
		return "Proxy-Authorization"
	}
	return "Authorization"
}

// sign puts an answer to each known challenge into the request, replacing those that
// it has.
func (c *credentials) sign(req *sip.Request) {
	for req.RemoveHeader("Authorization") || req.RemoveHeader("Proxy-Authorization") {
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, ch := range c.known {
		ch.count++
		req.AppendHeader(sip.NewHeader(ch.answerHeader(), ch.answer(c.username, c.password, req, strings.ToLower(rand.Text()))))
	}
}

// answer computes the value of the header (RFC 7616 3.4).
func (ch *challenge) answer(username, password string, req *sip.Request, cnonce string) string {
	return ch.answerFor(req.Recipient.String(), username, password, req, cnonce)
}

func (ch *challenge) answerFor(uri, username, password string, req *sip.Request, cnonce string) string {
	newHash, sess, _ := digestAlgorithm(ch.algorithm)
	sum := func(parts ...string) string {
		h := newHash()
		h.Write([]byte(strings.Join(parts, ":")))
		return hex.EncodeToString(h.Sum(nil))
	}
	a1 := sum(username, ch.realm, password)
	if sess {
		a1 = sum(a1, ch.nonce, cnonce)
	}
	a2 := sum(string(req.Method), uri)
	if ch.qop == "auth-int" {
		// RFC 7616 3.4.3: the digest covers the body.
		a2 = sum(string(req.Method), uri, sum(string(req.Body())))
	}
	var b strings.Builder
	fmt.Fprintf(&b, `Digest username="%s", realm="%s", nonce="%s", uri="%s"`, quoted(username), ch.realm, ch.nonce, uri)
	count := fmt.Sprintf("%08x", ch.count)
	if ch.qop == "" {
		fmt.Fprintf(&b, `, response="%s"`, sum(a1, ch.nonce, a2))
	} else {
		fmt.Fprintf(&b, `, response="%s", qop=%s, nc=%s, cnonce="%s"`,
			sum(a1, ch.nonce, count, cnonce, ch.qop, a2), ch.qop, count, cnonce)
	}
	if ch.qop == "" && sess {
		fmt.Fprintf(&b, `, cnonce="%s"`, cnonce)
	}
	if ch.algorithm != "" {
		b.WriteString(", algorithm=" + ch.algorithm)
	}
	if ch.opaque != "" {
		fmt.Fprintf(&b, `, opaque="%s"`, ch.opaque)
	}
	return b.String()
}

// quoted escapes what must not appear bare in a quoted string (RFC 3261 25.1).
func quoted(text string) string {
	return strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(text)
}

// digestAlgorithm returns the hash for the name of an algorithm (RFC 7616 6.1, RFC 8760 2.2).
func digestAlgorithm(name string) (newHash func() hash.Hash, sess, known bool) {
	base, sess := strings.CutSuffix(strings.ToUpper(name), "-SESS")
	switch base {
	case "", "MD5":
		return md5.New, sess, true
	case "SHA-256":
		return sha256.New, sess, true
	case "SHA-512-256":
		return sha512.New512_256, sess, true
	}
	return nil, false, false
}

// challengesOf reads the challenges of a response: for each realm the first whose
// algorithm and qop we know, since servers list them in order of preference
// (RFC 8760 2.4).
func challengesOf(res *sip.Response) []*challenge {
	var out []*challenge
	for _, name := range []string{"Proxy-Authenticate", "WWW-Authenticate"} {
		proxy := name == "Proxy-Authenticate"
		for _, h := range res.GetHeaders(name) {
			for _, params := range readChallenges(h.Value()) {
				ch := &challenge{
					proxy: proxy, realm: params["realm"], nonce: params["nonce"], opaque: params["opaque"],
					algorithm: params["algorithm"], stale: strings.EqualFold(params["stale"], "true"),
				}
				_, _, known := digestAlgorithm(ch.algorithm)
				offered, some := params["qop"]
				if ch.qop = chooseQop(offered); !known || ch.nonce == "" || some && strings.Trim(offered, " ,\t") != "" && ch.qop == "" {
					continue
				}
				if !asks(out, ch) {
					out = append(out, ch)
				}
			}
		}
	}
	return out
}

func asks(all []*challenge, ch *challenge) bool {
	for _, other := range all {
		if other.proxy == ch.proxy && other.realm == ch.realm {
			return true
		}
	}
	return false
}

// chooseQop takes auth if it is offered, else auth-int.
func chooseQop(offered string) (qop string) {
	for q := range strings.FieldsFuncSeq(strings.ToLower(offered), func(r rune) bool { return r == ',' || r == ' ' || r == '\t' }) {
		if q == "auth" {
			return q
		}
		if q == "auth-int" {
			qop = q
		}
	}
	return qop
}

// readChallenges splits the value of a header into Digest challenges. One line may hold
// several, against RFC 3261 7.3.1. The contents of quoted strings are kept exactly as
// written, since the digest is computed from them.
func readChallenges(value string) (all []map[string]string) {
	var now map[string]string
	for value != "" {
		value = strings.TrimLeft(value, " \t,")
		at := strings.IndexAny(value, "=, \t")
		if at < 0 {
			return all
		}
		name, rest := value[:at], strings.TrimLeft(value[at:], " \t")
		if !strings.HasPrefix(rest, "=") {
			// A word without a value is the scheme of the next challenge.
			now = nil
			if strings.EqualFold(name, "Digest") {
				now = map[string]string{}
				all = append(all, now)
			}
			value = rest
			continue
		}
		var text string
		text, value = readValue(strings.TrimLeft(rest[1:], " \t"))
		if now != nil {
			now[strings.ToLower(name)] = text
		}
	}
	return all
}

// readValue reads a token or a quoted string and returns what follows.
func readValue(params string) (text, rest string) {
	if !strings.HasPrefix(params, `"`) {
		end := strings.IndexAny(params, ", \t")
		if end < 0 {
			return params, ""
		}
		return params[:end], params[end:]
	}
	for i := 1; i < len(params); i++ {
		switch params[i] {
		case '\\':
			i++
		case '"':
			return params[1:i], params[i+1:]
		}
	}
	return params[1:], ""
}
