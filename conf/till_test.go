package conf

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestTheCertificateOfTillsIsLookedAt: one that has expired or soon will, and a key that
// everybody may read, are worth a warning; serve starts all the same.
func TestTheCertificateOfTillsIsLookedAt(t *testing.T) {
	t.Parallel()
	const day = 24 * time.Hour
	for name, tt := range map[string]struct {
		left time.Duration
		mode os.FileMode
		want string // empty: no warning
	}{
		"good":         {90 * day, 0o400, ""},
		"for a group":  {90 * day, 0o440, ""},
		"has expired":  {-day, 0o400, "expired on"},
		"soon will":    {3 * day, 0o400, "expires on"},
		"for everyone": {90 * day, 0o444, "may be used by everybody (mode 0444)"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
			if err != nil {
				t.Fatal(err)
			}
			about := &x509.Certificate{SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-10 * day), NotAfter: time.Now().Add(tt.left)}
			der, err := x509.CreateCertificate(rand.Reader, about, about, &private.PublicKey, private)
			if err != nil {
				t.Fatal(err)
			}
			secret, err := x509.MarshalPKCS8PrivateKey(private)
			if err != nil {
				t.Fatal(err)
			}
			file, dir := Default(), t.TempDir()
			file.Till.Certificate, file.Till.KeyFile = filepath.Join(dir, "till.crt"), filepath.Join(dir, "till.key")
			for path, block := range map[string]*pem.Block{file.Till.Certificate: {Type: "CERTIFICATE", Bytes: der}, file.Till.KeyFile: {Type: "PRIVATE KEY", Bytes: secret}} {
				if err := os.WriteFile(path, pem.EncodeToMemory(block), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			if err := os.Chmod(file.Till.KeyFile, tt.mode); err != nil {
				t.Fatal(err)
			}
			found := ""
			for _, f := range Check(file) {
				if strings.HasPrefix(f.Key, "till.") {
					found += f.Text
					if f.Fatal {
						t.Errorf("%s keeps serve from starting", f.Text)
					}
				}
			}
			if (tt.want == "") != (found == "") || !strings.Contains(found, tt.want) {
				t.Errorf("%q, want %q", found, tt.want)
			}
		})
	}
}
