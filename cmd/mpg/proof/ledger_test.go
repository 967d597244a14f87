package proof

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"mpg/conf"
)

// payments are those of the ledger as the daemon tells them now, as mpg ledger payments
// prints them; nil: it does not answer. It is asked over its socket, since tests ask until
// something has come, and a process for each question would take most of the machine.
func (w *world) payments() []payment {
	var all []payment
	for path := "/ledger/payments"; path != ""; {
		page, next, err := w.page(path)
		if err != nil {
			return nil
		}
		all, path = append(all, page...), next
	}
	return all
}

// page reads one page of payments, and returns where the next one is; empty: it is the last.
func (w *world) page(path string) (payments []payment, next string, err error) {
	ctx, cancel := context.WithTimeout(context.Background(), commandMax)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://mpg"+path, http.NoBody)
	if err != nil {
		return nil, "", err
	}
	if token := w.op.token(); token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	socket, err := conf.Socket(w.op.file)
	if err != nil {
		return nil, "", err
	}
	answer, err := over(socket).Do(req)
	if err != nil {
		return nil, "", err
	}
	defer func() { _ = answer.Body.Close() }()
	if answer.StatusCode != http.StatusOK {
		return nil, "", fmt.Errorf("%s: %s", path, answer.Status)
	}
	if address, rel, _ := strings.Cut(answer.Header.Get("Link"), ">; "); rel == `rel="next"` {
		next = strings.TrimPrefix(address, "<")
	}
	err = json.NewDecoder(answer.Body).Decode(&payments)
	return payments, next, err
}

// over returns a client of the socket at path. A new connection is made for each question:
// the daemon may be another one by then.
func over(path string) *http.Client {
	return &http.Client{Transport: &http.Transport{DisableKeepAlives: true, DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{Timeout: time.Second}).DialContext(ctx, "unix", path)
	}}}
}

// token is what the operator's login has left; empty: nobody has logged in.
func (o *operator) token() string {
	if o.home == "" {
		return ""
	}
	files, err := filepath.Glob(filepath.Join(o.home, "mpg", "*"))
	if err != nil {
		return ""
	}
	var login struct{ Token string }
	for _, file := range files {
		if text, err := os.ReadFile(file); err == nil && json.Unmarshal(text, &login) == nil && login.Token != "" {
			return login.Token
		}
	}
	return ""
}
