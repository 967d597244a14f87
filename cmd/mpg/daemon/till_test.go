package daemon_test

import (
	"bufio"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"encoding/pem"
	"io"
	"math/big"
	"net"
	"net/http"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"mpg/cmd/mpg/daemon"
	"mpg/cmd/mpg/rig"
	"mpg/conf"
	"mpg/engine/admin"
	"mpg/smpp/pdu"
	"mpg/store/money"
)

// writeCertificate writes a certificate for this machine, with a serial number, and its key.
func writeCertificate(t *testing.T, dir string, serial int64) (certificate, key string) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	about := &x509.Certificate{SerialNumber: big.NewInt(serial), Subject: pkix.Name{CommonName: "tills"}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(90 * 24 * time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign}
	der, err := x509.CreateCertificate(rand.Reader, about, about, &private.PublicKey, private)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	certificate, key = filepath.Join(dir, "till.crt"), filepath.Join(dir, "till.key")
	for path, block := range map[string]*pem.Block{certificate: {Type: "CERTIFICATE", Bytes: der}, key: {Type: "PRIVATE KEY", Bytes: secret}} {
		if err := os.WriteFile(path, pem.EncodeToMemory(block), 0o400); err != nil {
			t.Fatal(err)
		}
	}
	return certificate, key
}

// trusting returns a client that trusts the certificate in a file and speaks TLS up to most.
func trusting(t *testing.T, certificate string, most uint16) *http.Client {
	t.Helper()
	text, err := os.ReadFile(certificate)
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(text) {
		t.Fatal("no certificate")
	}
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots, MaxVersion: most}}
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport}
}

// addTill gives a shop a till and returns its key.
func addTill(t *testing.T, d *daemon.Daemon, shop, name string) string {
	t.Helper()
	made, err := d.Engine().Admin().Tills.Add(t.Context(), admin.Command{Key: "till " + name}, shop, name)
	var view admin.TillView
	if err == nil {
		err = json.Unmarshal(made, &view)
	}
	if err != nil {
		t.Fatal(err)
	}
	return view.Key
}

// TestTillsOverTLS: a daemon serves tills by TLS 1.3 and nothing older, and a reload takes a
// renewed certificate; one that cannot be read leaves the old one in use.
func TestTillsOverTLS(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	certificate, key := writeCertificate(t, dir, 1)
	r, _ := open(t, func(f *conf.File) {
		f.Till.Listen, f.Till.Certificate, f.Till.KeyFile = netip.MustParseAddrPort("127.0.0.1:0"), certificate, key
	})
	if err := r.Populate(t.Context(), 1, 1, nil); err != nil {
		t.Fatal(err)
	}
	shop, _ := rig.Shop(0)
	secret := addTill(t, r.Daemon, shop, "front")
	ask := func(client *http.Client) (*http.Response, error) {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "https://"+r.Daemon.TillAddr()+"/v1/payments/ABCDEFGH", nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Authorization", "Bearer "+secret)
		res, err := client.Do(req)
		if err == nil {
			_ = res.Body.Close()
		}
		return res, err
	}
	served := func(when string, client *http.Client, serial int64) {
		t.Helper()
		res, err := ask(client)
		if err != nil {
			t.Errorf("%s: %v", when, err)
			return
		}
		if res.StatusCode != http.StatusNotFound || res.TLS.Version != tls.VersionTLS13 || res.TLS.PeerCertificates[0].SerialNumber.Int64() != serial {
			t.Errorf("%s: %s, TLS %x, certificate %v", when, res.Status, res.TLS.Version, res.TLS.PeerCertificates[0].SerialNumber)
		}
	}
	served("at first", trusting(t, certificate, tls.VersionTLS13), 1)
	if res, err := ask(trusting(t, certificate, tls.VersionTLS12)); err == nil {
		t.Errorf("TLS 1.2: %s", res.Status)
	}
	for _, path := range []string{certificate, key} {
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
	}
	writeCertificate(t, dir, 2)
	r.Daemon.ReloadTills()
	served("renewed", trusting(t, certificate, tls.VersionTLS13), 2)
	still := trusting(t, certificate, tls.VersionTLS13)
	if err := os.Chmod(certificate, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(certificate, []byte("damaged"), 0o600); err != nil {
		t.Fatal(err)
	}
	r.Daemon.ReloadTills()
	served("damaged", still, 2)
}

// TestACertificateIsTried: a certificate and a key that do not belong together are reported as
// serve would report them, and so is an address that is taken.
func TestACertificateIsTried(t *testing.T) {
	t.Parallel()
	certificate, key := writeCertificate(t, t.TempDir(), 1)
	_, other := writeCertificate(t, t.TempDir(), 2)
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = taken.Close() }()
	for name, tt := range map[string]struct {
		till    conf.Till
		running bool
		want    string // empty: nothing is wrong
	}{
		"they belong together": {conf.Till{Certificate: certificate, KeyFile: key}, false, ""},
		"they do not":          {conf.Till{Certificate: certificate, KeyFile: other}, false, "till.certificate"},
		"seen while it runs":   {conf.Till{Certificate: certificate, KeyFile: other}, true, "till.certificate"},
		"no file":              {conf.Till{Certificate: certificate + "x", KeyFile: key}, false, "till.certificate"},
		"the address is taken": {conf.Till{Listen: netip.MustParseAddrPort(taken.Addr().String())}, false, "till.listen"},
		"by the daemon itself": {conf.Till{Listen: netip.MustParseAddrPort(taken.Addr().String())}, true, ""},
	} {
		file := rig.Conf(t.TempDir(), "127.0.0.1:1")
		file.Till = tt.till
		fails, closing := daemon.TryOpen(file, tt.running)
		found := ""
		for _, err := range fails {
			found += err.Error()
		}
		if (tt.want == "") != (found == "") || !strings.Contains(found, tt.want) || closing != nil {
			t.Errorf("%s: %q, %v; want %q", name, found, closing, tt.want)
		}
	}
}

// TestAShopHearsAndPrints: a payment by text reaches the shop's till, curl if this machine has
// it, and its printer, which acknowledges the slip over TCP.
func TestAShopHearsAndPrints(t *testing.T) {
	t.Parallel()
	paper, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = paper.Close() }()
	printed := make(chan string, 1)
	go func() {
		conn, err := paper.Accept()
		if err != nil {
			return
		}
		slip, _ := io.ReadAll(conn)
		_ = conn.Close()
		printed <- string(slip)
	}()
	code, _ := rig.Shop(0)
	r, _ := open(t, func(f *conf.File) {
		rig.NoCalls(f)
		p := conf.DefaultPrinter()
		p.Name, p.Shop, p.Addr, p.Page = "front", code, paper.Addr().String(), "cp437"
		f.Till.Listen, f.Till.Printer = netip.MustParseAddrPort("127.0.0.1:0"), []conf.Printer{p}
	})
	if err := r.Populate(t.Context(), 2, 1, nil); err != nil {
		t.Fatal(err)
	}
	if _, err := r.Daemon.Engine().Admin().TopUp(t.Context(), admin.Command{Key: "t"}, rig.Number(1), money.Amount(100_00)); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	secret, url := addTill(t, r.Daemon, code, "front"), "http://"+r.Daemon.TillAddr()+"/v1/events"
	streams := []*bufio.Scanner{listen(ctx, t, url, secret)}
	if curl, err := exec.LookPath("curl"); err == nil {
		streams = append(streams, curled(ctx, t, curl, url, secret))
	}
	says(t, r.SMSC, pdu.SM{ShortMessage: []byte("PAY " + code + " 12.50")})
	for i, lines := range streams {
		heard := ""
		for heard == "" && lines.Scan() {
			heard, _ = strings.CutPrefix(lines.Text(), "data: ")
			if !strings.HasPrefix(lines.Text(), "data: ") {
				heard = ""
			}
		}
		var event map[string]string
		if err := json.Unmarshal([]byte(heard), &event); err != nil || event["state"] != "paid" || event["amount"] != "12.50" || event["currency"] != "CNY" || strings.Contains(heard, rig.Number(1)[4:]) {
			t.Errorf("stream %d heard %q, %v", i, heard, err)
		}
	}
	select {
	case slip := <-printed:
		if !strings.Contains(slip, "PAID") || !strings.Contains(slip, "CNY 12.50") || strings.Contains(slip, "REPRINT") || strings.Contains(slip, rig.Number(1)[4:]) {
			t.Errorf("printed %q", slip)
		}
	case <-ctx.Done():
		t.Error("nothing was printed")
	}
}

// listen opens a stream of events and reads its beginning, from which on nothing is missed.
func listen(ctx context.Context, t *testing.T, url, key string) *bufio.Scanner {
	t.Helper()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+key)
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = res.Body.Close() })
	return begun(t, bufio.NewScanner(res.Body))
}

// curled is listen by curl, as README.md says.
func curled(ctx context.Context, t *testing.T, curl, url, key string) *bufio.Scanner {
	t.Helper()
	run := exec.CommandContext(ctx, curl, "-sN", "-H", "Authorization: Bearer "+key, url)
	out, err := run.StdoutPipe()
	if err == nil {
		err = run.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = run.Process.Kill()
		_ = run.Wait()
	})
	return begun(t, bufio.NewScanner(out))
}

// begun reads the first id of a stream.
func begun(t *testing.T, lines *bufio.Scanner) *bufio.Scanner {
	t.Helper()
	for lines.Scan() {
		if strings.HasPrefix(lines.Text(), "id: ") {
			return lines
		}
	}
	t.Fatalf("the stream has not begun: %v", lines.Err())
	return nil
}
