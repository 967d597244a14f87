package host_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"mpg/engine/bank/host"
)

// paymentBody returns the body of a payment; change replaces parts of it.
func paymentBody(key string, change ...string) string {
	body := fmt.Sprintf(`{"key":"%s","kind":"debit","account":"%s","amount":"10.00","currency":"CNY","at":"2026-11-22T09:30:05Z"}`, key, rich)
	return strings.NewReplacer(change...).Replace(body)
}

// requested sends one request to the bank's interface over HTTP.
func requested(h *host.Host, method, path, key, body string) *httptest.ResponseRecorder {
	req := httptest.NewRequest(method, path, strings.NewReader(body))
	if key != "" {
		req.Header.Set("Idempotency-Key", key)
	}
	recorder := httptest.NewRecorder()
	h.HTTP().ServeHTTP(recorder, req)
	return recorder
}

// TestHTTPIsTheSameBank: what is asked over HTTP is in the same book, once for each key, with
// the answers that the interface has.
func TestHTTPIsTheSameBank(t *testing.T) {
	t.Parallel()
	const key = "632609000001-000001"
	for _, tt := range []struct {
		name, method, path, key, body string
		status                        int
		has                           string // part of the answer
	}{
		{"not found before", http.MethodGet, "/payments/" + key, "", "", 404, ""},
		{"nothing to reverse", http.MethodPost, "/payments/" + key + "/reversal", key + "-reversal", "{}", 404, ""},
		{"approved", http.MethodPost, "/payments", key, paymentBody(key), 200, `"status":"approved"`},
		{"again", http.MethodPost, "/payments", key, paymentBody(key), 200, `"status":"approved"`},
		{"another sum under the key", http.MethodPost, "/payments", key, paymentBody(key, "10.00", "11.00"), 409, ""},
		{"found after", http.MethodGet, "/payments/" + key, "", "", 200, `"amount":"10.00"`},
		{"another key in the header", http.MethodPost, "/payments", "other", paymentBody(key), 400, ""},
		{"no JSON", http.MethodPost, "/payments", key, "PAY", 400, ""},
		{"a kind that is not", http.MethodPost, "/payments", key, paymentBody(key, "debit", "gift"), 422, ""},
		{"a currency that is not", http.MethodPost, "/payments", key, paymentBody(key, "CNY", "XXZ"), 422, ""},
		{"an amount that is not", http.MethodPost, "/payments", key, paymentBody(key, "10.00", "ten"), 422, ""},
		{"too much", http.MethodPost, "/payments", "632609000002-000002", paymentBody("632609000002-000002", rich, poor), 200, `"reason":"funds"`},
		{"nobody", http.MethodPost, "/payments", "632609000003-000003", paymentBody("632609000003-000003", rich, nobody), 200, `"reason":"account"`},
		{"works", http.MethodGet, "/health", "", "", 200, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			h := newHost(t, host.Config{})
			if tt.name == "again" || strings.HasPrefix(tt.name, "another sum") || tt.name == "found after" {
				requested(h, http.MethodPost, "/payments", key, paymentBody(key))
			}
			got := requested(h, tt.method, tt.path, tt.key, tt.body)
			if got.Code != tt.status || !strings.Contains(got.Body.String(), tt.has) {
				t.Errorf("status %d, %s; want %d, %s", got.Code, got.Body, tt.status, tt.has)
			}
		})
	}
}

// TestHTTPReversesOnce: however often it is asked, and also what was declined.
func TestHTTPReversesOnce(t *testing.T) {
	t.Parallel()
	h := newHost(t, host.Config{})
	const key, refused = "632609000001-000001", "632609000002-000002"
	requested(h, http.MethodPost, "/payments", key, paymentBody(key))
	requested(h, http.MethodPost, "/payments", refused, paymentBody(refused, rich, poor))
	if got, _ := h.Balance(rich); got != opening-1000 {
		t.Errorf("the account has %d after the payment", got)
	}
	for range 3 {
		for _, k := range []string{key, refused} {
			got := requested(h, http.MethodPost, "/payments/"+k+"/reversal", k+"-reversal", "{}")
			if got.Code != http.StatusOK || !strings.Contains(got.Body.String(), `"status":"reversed"`) {
				t.Errorf("%s: status %d, %s", k, got.Code, got.Body)
			}
		}
		if got, _ := h.Balance(rich); got != opening {
			t.Errorf("the account has %d after the reversal", got)
		}
	}
}
