package proof

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
	"errors"
	"fmt"
	"math/big"
	random "math/rand/v2"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"mpg/store/money"
)

// What a till may take.
const (
	tillAnswer = 2 * time.Second // for a request
	tillRetry  = 200 * time.Millisecond
)

// register is a cash register of one shop, which hears of the payments over HTTPS.
type register struct {
	w    *world
	shop string
	key  string
	http *http.Client
	rng  *random.Rand
	last string // id of the last event
	seen map[string]bool
}

// certify writes a certificate for tills, and returns what trusts it.
func (w *world) certify() *x509.CertPool {
	w.t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		w.t.Fatal(err)
	}
	form := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "mpg"}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(48 * time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign}
	made, err1 := x509.CreateCertificate(rand.Reader, form, form, &key.PublicKey, key)
	secret, err2 := x509.MarshalPKCS8PrivateKey(key)
	if err := errors.Join(err1, err2); err != nil {
		w.t.Fatal(err)
	}
	certificate := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: made})
	err = errors.Join(os.WriteFile(filepath.Join(w.dir, "till.crt"), certificate, 0o600),
		os.WriteFile(filepath.Join(w.dir, "till.key"), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: secret}), 0o600))
	if err != nil {
		w.t.Fatal(err)
	}
	trust := x509.NewCertPool()
	trust.AppendCertsFromPEM(certificate)
	return trust
}

// openTill gives a shop a till.
func (w *world) openTill(shop string, rng *random.Rand) *register {
	w.t.Helper()
	var till struct {
		Key string `json:"till_key"`
	}
	if err := w.op.ask(&till, "till", "add", shop, "front"); err != nil {
		w.t.Fatal(err)
	}
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: w.trust, MinVersion: tls.VersionTLS13}}}
	w.t.Cleanup(client.CloseIdleConnections)
	return &register{w: w, shop: shop, key: till.Key, http: client, rng: rng, seen: map[string]bool{}}
}

// ask makes a request of a till. The answer may be read until ctx ends.
func (r *register) ask(ctx context.Context, method, path, body string) (*http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, method, "https://"+r.w.set.till+path, strings.NewReader(body))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Authorization", "Bearer "+r.key)
	if r.last != "" {
		req.Header.Set("Last-Event-ID", r.last)
	}
	return r.http.Do(req)
}

// serve hears of payments until ctx ends, whatever becomes of the daemon.
func (r *register) serve(ctx context.Context) {
	for ctx.Err() == nil {
		r.listen(ctx)
		pause(ctx, r.rng, tillRetry)
	}
}

// listen follows the events of one connection to its end.
func (r *register) listen(ctx context.Context) {
	answer, err := r.ask(ctx, http.MethodGet, "/v1/events", "")
	if err != nil {
		return // it is dead now
	}
	defer func() { _ = answer.Body.Close() }()
	if answer.StatusCode != http.StatusOK {
		r.w.t.Errorf("the till of %s hears no events: %s", r.shop, answer.Status)
		return
	}
	for lines := bufio.NewScanner(answer.Body); lines.Scan(); {
		if id, ok := strings.CutPrefix(lines.Text(), "id: "); ok {
			r.last = id // of the event that follows: what was not heard whole is not heard again
		}
		if data, ok := strings.CutPrefix(lines.Text(), "data: "); ok {
			r.hear(ctx, data)
		}
	}
}

// hear does what the till does about an event.
func (r *register) hear(ctx context.Context, data string) {
	var view struct{ Ref, State, Amount string }
	if err := json.Unmarshal([]byte(data), &view); err != nil {
		r.w.t.Errorf("the till of %s hears %q: %v", r.shop, data, err)
		return
	}
	if r.seen[view.Ref+view.State] {
		return
	}
	r.seen[view.Ref+view.State] = true
	switch {
	case view.State == "offered" && r.shop == askedShop:
		if word := r.rng.IntN(4); word > 0 { // otherwise its silence accepts
			r.decide(ctx, view.Ref, word > 1)
		}
	case view.State == "authorized" && r.shop == laterShop:
		r.charge(ctx, view.Ref, view.Amount)
	}
}

// decide accepts or refuses a card order. What has been answered counts.
func (r *register) decide(ctx context.Context, ref string, accept bool) {
	if r.post(ctx, ref, map[bool]string{true: "accept", false: "refuse"}[accept], "{}") {
		r.w.journal.decided(ref, accept)
	}
}

// charge captures what the shop charges of an order, or releases it.
func (r *register) charge(ctx context.Context, ref, amount string) {
	o := r.w.journal.priced(r.shop, amount)
	if o == nil {
		r.w.t.Errorf("the till of %s hears of %s, which nobody has ordered", r.shop, amount)
		return
	}
	for range refundTries {
		if r.rng.IntN(8) == 0 {
			r.post(ctx, ref, "release", "{}")
			return
		}
		if r.post(ctx, ref, "capture", fmt.Sprintf(`{"amount": %q}`, r.w.currency.Format(o.Part))) || !pause(ctx, r.rng, tillRetry) {
			return
		}
	}
}

// post does something with an order, and reports whether the daemon has said that it is done.
func (r *register) post(ctx context.Context, ref, what, body string) bool {
	ctx, cancel := context.WithTimeout(ctx, tillAnswer)
	defer cancel()
	answer, err := r.ask(ctx, http.MethodPost, "/v1/orders/"+ref+"/"+what, body)
	if err != nil {
		return false
	}
	_ = answer.Body.Close()
	return answer.StatusCode == http.StatusOK
}

// priced is the order of a shop that names the price; nil: none.
func (j *journal) priced(shop, price string) *order {
	j.mu.Lock()
	defer j.mu.Unlock()
	c, _ := money.Lookup(currencyCode)
	for _, o := range j.Orders {
		if o.Payee == shop && c.Format(o.Amount) == price {
			return o
		}
	}
	return nil
}

// decided notes that the daemon has taken the word of a shop.
func (j *journal) decided(ref string, accept bool) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.Decided[ref] = accept
}

// openTills lets the shops that take cards in their own way decide, and charge, until ctx ends.
func (w *world) openTills(ctx context.Context, rng *random.Rand) *sync.WaitGroup {
	w.t.Helper()
	all := new(sync.WaitGroup)
	for _, s := range cardShops() {
		till := w.openTill(s.Code, random.New(random.NewPCG(rng.Uint64(), rng.Uint64())))
		all.Go(func() { till.serve(ctx) })
	}
	return all
}
