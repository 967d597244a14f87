package demo

import (
	"io"
	"net/http"
	"net/http/cookiejar"
	"strings"
	"testing"
)

// request sends one to the street's page; edit may alter it.
func request(t *testing.T, c *http.Client, method, url, body string, edit func(*http.Request)) (int, http.Header, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if edit != nil {
		edit(r)
	}
	got, err := c.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer got.Body.Close()
	said, err := io.ReadAll(got.Body)
	if err != nil {
		t.Fatal(err)
	}
	return got.StatusCode, got.Header, string(said)
}

// visitor is a browser that opened the printed address.
func visitor(t *testing.T, s *street) *http.Client {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	c := &http.Client{Jar: jar}
	if code, _, said := request(t, c, http.MethodGet, s.server.URL+"/?t="+s.page.guard.token, "", nil); code != http.StatusOK {
		t.Fatalf("opening the page: %d %s", code, said)
	}
	return c
}

func asPage(url string) func(*http.Request) {
	return func(r *http.Request) {
		r.Header.Set("Origin", url)
		r.Header.Set("Content-Type", "application/json")
	}
}

func TestGuardToken(t *testing.T) {
	t.Parallel()
	s := newStreet(t)
	for _, tt := range []struct{ name, method, path string }{
		{"no token", http.MethodGet, "/"},
		{"wrong token", http.MethodGet, "/?t=0123456789abcdef0123456789abcdef"},
		{"empty token", http.MethodGet, "/?t="},
		{"token at the events", http.MethodGet, "/events?t=" + s.page.guard.token},
		{"token at a sound", http.MethodGet, "/sound/" + wangFang + "?t=" + s.page.guard.token},
		{"token at an order", http.MethodPost, "/keys?t=" + s.page.guard.token},
		{"assets", http.MethodGet, "/assets/app.js"},
		{"session for token", http.MethodGet, "/?t=" + s.page.guard.session},
	} {
		code, header, _ := request(t, http.DefaultClient, tt.method, s.server.URL+tt.path, "{}", asPage(s.server.URL))
		if code != http.StatusForbidden || header.Get("Set-Cookie") != "" {
			t.Errorf("%s: got %d, cookie %q; want 403 and none", tt.name, code, header.Get("Set-Cookie"))
		}
	}
}

func TestGuardCookie(t *testing.T) {
	t.Parallel()
	s := newStreet(t)
	code, header, body := request(t, http.DefaultClient, http.MethodGet, s.server.URL+"/?t="+s.page.guard.token, "", nil)
	cookie := header.Get("Set-Cookie")
	if code != http.StatusOK || !strings.Contains(body, "<title>mpg demo</title>") {
		t.Fatalf("the page: %d %q", code, body)
	}
	for _, want := range []string{s.page.guard.session, "HttpOnly", "SameSite=Strict", "Path=/"} {
		if !strings.Contains(cookie, want) {
			t.Errorf("cookie %q lacks %q", cookie, want)
		}
	}
	if strings.Contains(cookie, s.page.guard.token) || strings.Contains(body, s.page.guard.token) {
		t.Error("the token shows in the cookie or the page")
	}
	c := visitor(t, s)
	for _, path := range []string{"/", "/assets/app.js", "/assets/style.css", "/assets/player.js"} {
		if code, _, _ := request(t, c, http.MethodGet, s.server.URL+path, "", nil); code != http.StatusOK {
			t.Errorf("%s with the cookie: %d", path, code)
		}
	}
}

func TestGuardHost(t *testing.T) {
	t.Parallel()
	s := newStreet(t)
	for host, want := range map[string]int{
		"localhost:8480": 200, "127.0.0.1": 200, "127.9.9.9:1": 200, "[::1]:8480": 200, "[::1]": 200,
		"evil.example": 403, "127.0.0.1.evil.example": 403, "localhost.evil.example:8480": 403,
		"10.0.0.1:8480": 403, "0.0.0.0:8480": 403, "": 403,
	} {
		if got := loopback(host); got != (want == 200) {
			t.Errorf("loopback(%q) = %v", host, got)
		}
		if host == "" {
			continue // the client would put the address in its place
		}
		code, _, _ := request(t, http.DefaultClient, http.MethodGet, s.server.URL+"/", "", func(r *http.Request) {
			r.Host = host
			r.AddCookie(&http.Cookie{Name: s.page.guard.cookie, Value: s.page.guard.session})
		})
		if code != want {
			t.Errorf("Host %q: got %d, want %d", host, code, want)
		}
	}
}

func TestGuardOrigin(t *testing.T) {
	t.Parallel()
	s := newStreet(t)
	c := visitor(t, s)
	l := s.ring(wangFang)
	l.phone.talks(l.heard)
	body := `{"phone":"` + wangFang + `","keys":"1"}`
	for _, tt := range []struct {
		name, origin, site, kind string
		want                     int
	}{
		{"the page", s.server.URL, "same-origin", "application/json", 204},
		{"the page, older browser", s.server.URL, "", "application/json; charset=utf-8", 204},
		{"no origin", "", "", "application/json", 403},
		{"another site", "https://evil.example", "cross-site", "application/json", 403},
		{"another port here", "http://127.0.0.1:1", "same-site", "application/json", 403},
		{"null", "null", "cross-site", "application/json", 403},
		{"own origin, but cross-site", s.server.URL, "cross-site", "application/json", 403},
		{"a form", s.server.URL, "same-origin", "application/x-www-form-urlencoded", 415},
		{"plain text", s.server.URL, "same-origin", "text/plain", 415},
	} {
		code, _, said := request(t, c, http.MethodPost, s.server.URL+"/keys", body, func(r *http.Request) {
			for name, value := range map[string]string{"Origin": tt.origin, "Sec-Fetch-Site": tt.site, "Content-Type": tt.kind} {
				if value != "" {
					r.Header.Set(name, value)
				}
			}
		})
		if code != tt.want {
			t.Errorf("%s: got %d %q, want %d", tt.name, code, said, tt.want)
		}
	}
	if got := l.pressed(); got != "11" {
		t.Errorf("keys that came through: %q, want those of the page only", got)
	}
}

func TestStrictPolicy(t *testing.T) {
	t.Parallel()
	s := newStreet(t)
	_, header, page := request(t, visitor(t, s), http.MethodGet, s.server.URL+"/", "", nil)
	policy := header.Get("Content-Security-Policy")
	if !strings.Contains(policy, "default-src 'none'") || strings.Contains(policy, "unsafe") {
		t.Errorf("policy %q is not strict", policy)
	}
	for _, inline := range []string{"<style", "style=", "onclick", "onload", "javascript:", "<script>"} {
		if strings.Contains(page, inline) {
			t.Errorf("the page has %q in it, which its own policy forbids", inline)
		}
	}
}
