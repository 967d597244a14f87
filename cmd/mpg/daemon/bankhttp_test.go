package daemon

import (
	"encoding/pem"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"mpg/conf"
	"mpg/engine/bank/host"
)

// TestBankOverTLS: the connector trusts the certificates of ca_file and no others, sends the
// token, and asks no proxy.
func TestBankOverTLS(t *testing.T) {
	t.Parallel()
	h, err := host.New(host.Config{})
	if err != nil {
		t.Fatal(err)
	}
	inner := h.HTTP()
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(reply http.ResponseWriter, req *http.Request) {
		if req.Header.Get("Authorization") != "Bearer s3cret" {
			reply.WriteHeader(http.StatusForbidden)
			return
		}
		inner.ServeHTTP(reply, req)
	}))
	server.Config.ErrorLog = slog.NewLogLogger(slog.NewTextHandler(io.Discard, nil), slog.LevelError) // handshakes that fail
	server.StartTLS()
	t.Cleanup(func() { _ = h.Close(); server.Close() })
	ca := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(ca, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw}), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, tt := range map[string]struct {
		ca, token, want string
	}{
		"the right ones":     {ca, "s3cret", ""},
		"another authority":  {"", "s3cret", "certificate"},
		"another token":      {ca, "guess", "403"},
		"no token":           {ca, "", "403"},
		"no certificate":     {"/dev/null", "s3cret", "holds no certificate"},
		"a file that is not": {ca + ".none", "s3cret", "no such file"},
	} {
		b := conf.DefaultBank()
		b.Name, b.Dialect, b.URL, b.CAFile, b.Token, b.Timeout = "icbc", conf.HTTPJSON, server.URL, tt.ca, conf.NewSecret(tt.token), time.Minute
		c, err := httpConnector(&b, slog.New(slog.DiscardHandler), func(time.Duration) {})
		if err == nil {
			err = c.Try(t.Context(), false)
		}
		if tt.want == "" && err != nil || tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)) {
			t.Errorf("%s: %v, want %q", name, err, tt.want)
		}
		if err != nil && strings.Contains(err.Error(), tt.token) && tt.token != "" {
			t.Errorf("%s: the error tells the token: %v", name, err)
		}
	}
}

// TestKeysOfABank: a bank that wants MACs is down until its keys are there, and a key file
// that others may read is refused.
func TestKeysOfABank(t *testing.T) {
	t.Parallel()
	b := conf.DefaultBank()
	b.Name, b.Addr, b.MAC, b.KeyFile = "icbc", "127.0.0.1:1", "x9.19", filepath.Join(t.TempDir(), "bank-icbc.key")
	m, err := macOf(&b)
	if err != nil || m.Keys.Ready() || len(m.On) != 3 || m.Octets != 8 {
		t.Errorf("without a key: %+v, %v", m, err)
	}
	if err := os.WriteFile(b.KeyFile, []byte("{}"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(b.KeyFile, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := macOf(&b); err == nil || !strings.Contains(err.Error(), "others may read") {
		t.Errorf("a key that others may read: %v", err)
	}
	b.MAC = ""
	if m, err := macOf(&b); err != nil || m.Keys != nil {
		t.Errorf("without a MAC: %+v, %v", m, err)
	}
}
