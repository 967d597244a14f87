package httpbank

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptrace"
	"sync/atomic"

	"mpg/engine/bank"
)

// bodyMax bounds what is read of an answer.
const bodyMax = 64 << 10

// came is the answer to one exchange.
type came struct {
	status int
	body   answer
	read   bool // the body could be read
	twice  bool // the request may have been sent before: net/http sends it again by itself
}

// call makes one exchange. Its error wraps bank.ErrDown if certainly nothing of the request
// left, and bank.ErrUnknown otherwise.
func (c *Connector) call(ctx context.Context, method, path, key string, body []byte) (came, error) {
	var left atomic.Bool
	var sent atomic.Int32
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{WroteHeaderField: func(string, []string) { left.Store(true) }, WroteHeaders: func() { left.Store(true) },
		GotConn: func(httptrace.GotConnInfo) { sent.Add(1) }})
	request, err := http.NewRequestWithContext(ctx, method, c.base.JoinPath(path).String(), bytes.NewReader(body))
	if err != nil {
		return came{}, bank.Invalid(err)
	}
	request.Header.Set("Accept", "application/json")
	if body != nil {
		request.Header.Set("Content-Type", "application/json")
	}
	if key != "" {
		request.Header.Set("Idempotency-Key", key)
	}
	if c.cfg.Token != "" {
		request.Header.Set("Authorization", "Bearer "+c.cfg.Token)
	}
	response, err := c.client.Do(request)
	switch {
	case err != nil && !left.Load():
		return came{}, bank.Down("the bank cannot be reached", err)
	case err != nil:
		return came{}, bank.Unknown(lost(ctx), "no answer", err)
	}
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(io.LimitReader(response.Body, bodyMax+1))
	if err != nil {
		return came{}, bank.Unknown(lost(ctx), "half an answer", err)
	}
	result := came{status: response.StatusCode, twice: sent.Load() > 1}
	result.read = len(text) <= bodyMax && json.Unmarshal(text, &result.body) == nil
	return result, nil
}

// lost returns the cause of a missing answer.
func lost(ctx context.Context) string {
	if ctx.Err() != nil {
		return bank.CauseTimeout
	}
	return bank.CauseLine
}
