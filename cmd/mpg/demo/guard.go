package demo

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"mime"
	"net"
	"net/http"
	"net/netip"
)

// guard decides who may use the page: who opened the printed address, by a
// loopback name, from the page itself. Another site in the same browser, or a
// name that was rebound to 127.0.0.1, can neither read nor press a key.
type guard struct {
	token   string // in the printed address
	session string // in the cookie that the token is exchanged for
	cookie  string // its name; cookies are shared by all ports of a host
}

// newGuard draws the secrets. port tells the cookies of two demos apart.
func newGuard(port string) *guard {
	return &guard{token: secret(), session: secret(), cookie: "mpg-demo-" + port}
}

// secret is 128 random bits. crypto/rand.Read never fails.
func secret() string {
	var b [16]byte
	_, _ = rand.Read(b[:])
	return hex.EncodeToString(b[:])
}

// wrap lets through to next what the guard allows.
func (g *guard) wrap(next http.Handler) http.Handler {
	return http.HandlerFunc(func(response http.ResponseWriter, request *http.Request) {
		secureHeaders(response.Header())
		switch {
		case !loopback(request.Host):
			http.Error(response, "The demo answers to 127.0.0.1, [::1] and localhost only.", http.StatusForbidden)
		case !g.known(response, request):
			http.Error(response, "Open the address that mpg demo printed: it ends in ?t= and a token.", http.StatusForbidden)
		case request.Method == http.MethodPost && !ownOrigin(request):
			http.Error(response, "Only the demo's own page may do this.", http.StatusForbidden)
		case request.Method == http.MethodPost && !isJSON(request):
			http.Error(response, "Send application/json.", http.StatusUnsupportedMediaType)
		default:
			next.ServeHTTP(response, request)
		}
	})
}

// known takes the cookie, or exchanges the token for it. The page is served
// with the cookie instead of a redirect: a browser withholds a SameSite=Strict
// cookie from a redirect that another application's link began.
func (g *guard) known(response http.ResponseWriter, request *http.Request) bool {
	if c, err := request.Cookie(g.cookie); err == nil && same(c.Value, g.session) {
		return true
	}
	if request.Method != http.MethodGet || request.URL.Path != "/" || !same(request.URL.Query().Get("t"), g.token) {
		return false
	}
	http.SetCookie(response, &http.Cookie{Name: g.cookie, Value: g.session, Path: "/",
		HttpOnly: true, SameSite: http.SameSiteStrictMode})
	return true
}

// same compares in constant time, whatever the lengths.
func same(given, want string) bool {
	x, y := sha256.Sum256([]byte(given)), sha256.Sum256([]byte(want))
	return subtle.ConstantTimeCompare(x[:], y[:]) == 1
}

// loopback reports whether the name in a Host header means this machine,
// whatever its port: the port may be forwarded.
func loopback(host string) bool {
	name := host
	if h, _, err := net.SplitHostPort(host); err == nil {
		name = h
	} else if len(name) > 2 && name[0] == '[' && name[len(name)-1] == ']' {
		name = name[1 : len(name)-1]
	}
	addr, err := netip.ParseAddr(name)
	return name == "localhost" || err == nil && addr.IsLoopback()
}

// ownOrigin reports whether a request comes from the page. Every browser sends
// Origin with a POST, so one without it is refused. RFC 6454 7.3
func ownOrigin(request *http.Request) bool {
	site := request.Header.Get("Sec-Fetch-Site")
	return request.Header.Get("Origin") == "http://"+request.Host && (site == "" || site == "same-origin")
}

func isJSON(request *http.Request) bool {
	kind, _, err := mime.ParseMediaType(request.Header.Get("Content-Type"))
	return err == nil && kind == "application/json"
}

func secureHeaders(header http.Header) {
	header.Set("Content-Security-Policy", "default-src 'none'; script-src 'self'; style-src 'self'; "+
		"connect-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set("Referrer-Policy", "no-referrer")
	header.Set("Cross-Origin-Opener-Policy", "same-origin")
	header.Set("Cross-Origin-Resource-Policy", "same-origin")
	header.Set("Cache-Control", "no-store")
}
