package demo

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
)

const eventMax = 1 << 20 // octets of one event's line; a screen is far smaller

// client holds one handset of a running demo, as the page does.
type client struct {
	http   *http.Client
	base   string
	number string
}

// join exchanges the token for the cookie.
func join(ctx context.Context, met meeting, number string) (*client, error) {
	jar, err := cookiejar.New(nil)
	if err != nil {
		return nil, err
	}
	c := &client{http: &http.Client{Jar: jar}, base: met.URL, number: number}
	r, err := c.get(ctx, "/?t="+url.QueryEscape(met.Token))
	if err != nil {
		return nil, fmt.Errorf("the demo at %s does not answer (%w): %w", met.URL, err, ErrNoDemo)
	}
	return c, r.Body.Close()
}

// get returns an answer whose body the caller closes.
func (c *client) get(ctx context.Context, path string) (*http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, c.base+path, nil)
	if err != nil {
		return nil, err
	}
	return c.do(req)
}

// post orders something; a refusal is an error with the page's sentence.
func (c *client) post(ctx context.Context, path string, wanted order) error {
	wanted.Phone = c.number
	body, err := json.Marshal(wanted)
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.base+path, bytes.NewReader(body))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Origin", c.base)
	r, err := c.do(req)
	if err != nil {
		return err
	}
	return r.Body.Close()
}

// do sends a request. Its errors hold no URL, for the first one has the token.
func (c *client) do(req *http.Request) (*http.Response, error) {
	r, err := c.http.Do(req)
	if err != nil {
		if inner := (*url.Error)(nil); errors.As(err, &inner) {
			err = inner.Err
		}
		return nil, err
	}
	if r.StatusCode < 300 {
		return r, nil
	}
	said, err := io.ReadAll(io.LimitReader(r.Body, bodyMax))
	return nil, errors.Join(errors.New(strings.TrimSpace(string(said))), err, r.Body.Close())
}

// follow hands each screen of the handset to show until the demo ends (nil) or
// ctx does. It ends at once where the demo has no such handset.
func (c *client) follow(ctx context.Context, show func(screen)) error {
	r, err := c.get(ctx, "/events")
	if err != nil {
		return err
	}
	defer r.Body.Close()
	in := bufio.NewScanner(r.Body)
	in.Buffer(nil, eventMax)
	phone, met := false, false
	for in.Scan() {
		if kind, ok := strings.CutPrefix(in.Text(), "event: "); ok {
			phone = kind == "phone"
		}
		if in.Text() == allTold && !met {
			return errNoPhone
		}
		data, ok := strings.CutPrefix(in.Text(), "data: ")
		if !ok || !phone {
			continue
		}
		var s screen
		if err := json.Unmarshal([]byte(data), &s); err != nil {
			return fmt.Errorf("an event of the demo: %w", err)
		}
		if c.means(s.Number) {
			met = true
			show(s)
		}
	}
	return ctx.Err()
}

// means reports whether number names this handset. A number without + names the first
// handset whose number ends in it.
func (c *client) means(number string) bool {
	if !strings.HasPrefix(c.number, "+") && len(c.number) >= 4 && strings.HasSuffix(number, c.number) {
		c.number = number
	}
	return number == c.number
}

// sound returns all that is heard in the call, once it is over; what was heard
// so far where ctx ends first.
func (c *client) sound(ctx context.Context) ([]byte, error) {
	r, err := c.get(ctx, "/sound/"+url.PathEscape(c.number)+"?whole")
	if err != nil {
		return nil, err
	}
	defer r.Body.Close()
	return io.ReadAll(io.LimitReader(r.Body, int64(octets(recordingMax))))
}
