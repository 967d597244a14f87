package httpbank_test

import (
	"net/http"
	"testing"
	"time"

	"mpg/engine/bank"
	"mpg/engine/bank/banktest"
	"mpg/engine/bank/host"
	"mpg/engine/bank/httpbank"
)

// TestConforms runs the contract of connectors over HTTP, with a bank that can say what became
// of a request and with one that cannot.
func TestConforms(t *testing.T) {
	t.Parallel()
	for name, status := range map[string]bool{"asks": true, "sends again": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			banktest.Conform(t, func(t *testing.T, network *banktest.Pipes, _ func(bank.Late)) banktest.Connector {
				c, err := httpbank.Open(httpbank.Config{Name: "icbc", URL: "http://bank.test/v1", Token: token, Status: status,
					Timeout: banktest.Timeout, Transport: &http.Transport{DialContext: network.Dial, DisableKeepAlives: true}})
				if err != nil {
					t.Fatal(err)
				}
				return c
			}, serve)
		})
	}
}

// token is the secret of these tests.
const token = "s3cret"

// serve has the bank listen behind a door that wants the token.
func serve(_ *testing.T, h *host.Host, network *banktest.Pipes) func() {
	inner := http.StripPrefix("/v1", h.HTTP())
	server := &http.Server{ReadHeaderTimeout: time.Minute, Handler: http.HandlerFunc(func(reply http.ResponseWriter, req *http.Request) {
		if req.Header.Get("Authorization") != "Bearer "+token {
			reply.WriteHeader(http.StatusUnauthorized)
			return
		}
		inner.ServeHTTP(reply, req)
	})}
	ended := make(chan struct{})
	go func() { _ = server.Serve(network); close(ended) }()
	return func() { _ = server.Close(); <-ended }
}
