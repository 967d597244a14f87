package filebank_test

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"mpg/engine/bank"
	"mpg/engine/bank/banktest"
	"mpg/engine/bank/filebank"
	"mpg/engine/bank/host"
	"mpg/store/money"
)

// every is how often both sides look at their folders in these tests.
const every = 100 * time.Millisecond

// cannotApply says which clauses of the contract a bank that takes files cannot break.
var cannotApply = map[string]string{
	"set aside and taken":    "nothing is set aside: Prepare refuses it, which TestKinds checks",
	"set aside and released": "the same",
	"taken too much":         "the same",
	"increased and taken":    "the same",
	"an advice that is lost": "there are no advices: the same",
	"the bank is away":       "a file is written whether the bank is there or not; TestFolderIsGone is about a folder that is not",
}

// TestConforms runs the contract of connectors over files, with a clerk who carries them to
// a bank and back.
func TestConforms(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	folders := make(map[*banktest.Pipes]string)
	folder := func(t *testing.T, network *banktest.Pipes) string {
		mu.Lock()
		defer mu.Unlock()
		if folders[network] == "" {
			folders[network] = t.TempDir()
		}
		return folders[network]
	}
	banktest.ConformBut(t, cannotApply, func(t *testing.T, network *banktest.Pipes, late func(bank.Late)) banktest.Connector {
		c, err := filebank.Open(filebank.Config{Name: "icbc", Folder: folder(t, network), Timeout: banktest.Timeout, Every: every,
			OnLate: func(one bank.Late) error { late(one); return nil }})
		if err != nil {
			t.Fatal(err)
		}
		return c
	}, func(t *testing.T, h *host.Host, network *banktest.Pipes) func() {
		server := &http.Server{ReadHeaderTimeout: time.Minute, Handler: h.HTTP()}
		ended := make(chan struct{})
		go func() { _ = server.Serve(network); close(ended) }()
		c := &clerk{T: t, folder: folder(t, network), client: &http.Client{Transport: &http.Transport{DialContext: network.Dial, DisableKeepAlives: true}}}
		ctx, cancel := context.WithCancel(context.Background())
		c.work.Go(func() { c.run(ctx) })
		return func() { cancel(); _ = server.Close(); <-ended; c.work.Wait() }
	})
}

// clerk carries files to a bank that is asked over HTTP, and its answers back.
type clerk struct {
	*testing.T
	folder string
	client *http.Client
	work   sync.WaitGroup

	mu      sync.Mutex
	answers [][]string // to be written
	noise   []string   // the same, but not answers
	number  int        // of the last file
}

func (c *clerk) run(ctx context.Context) {
	for ctx.Err() == nil {
		c.carry(ctx)
		c.bring()
		select {
		case <-time.After(every):
		case <-ctx.Done():
		}
	}
}

// carry takes each file out of outgoing and asks the bank for each of its lines.
func (c *clerk) carry(ctx context.Context) {
	files, _ := filepath.Glob(filepath.Join(c.folder, "outgoing", "*.csv"))
	for _, path := range files {
		text, err := os.ReadFile(path)
		if err == nil {
			err = os.Remove(path)
		}
		in := csv.NewReader(bytes.NewReader(text))
		in.FieldsPerRecord = -1
		rows, odd := in.ReadAll()
		if err != nil || odd != nil {
			c.Errorf("%s: %v, %v", path, err, odd)
			continue
		}
		for _, row := range rows[2:] {
			c.work.Go(func() { c.ask(ctx, row) })
		}
	}
}

// ask asks the bank for one line, and keeps the answer.
func (c *clerk) ask(ctx context.Context, row []string) {
	key, kind, of, account, amount, currency := row[0], row[1], row[2], row[3], row[4], row[5]
	path, body := "payments", map[string]string{"key": key, "kind": kind, "account": account, "amount": amount, "currency": currency, "merchant": row[6], "at": row[8]}
	if kind == "refund" && of != "" {
		body["of"] = of
	}
	if kind == "reversal" {
		path, body = "payments/"+of+"/reversal", map[string]string{}
	}
	text, err := json.Marshal(body)
	if err != nil {
		c.Error(err)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://bank.test/"+path, bytes.NewReader(text))
	if err != nil {
		c.Error(err)
		return
	}
	req.Header.Set("Idempotency-Key", key)
	reply, err := c.client.Do(req)
	if err != nil {
		return // the bank says nothing
	}
	text, err = io.ReadAll(reply.Body)
	_ = reply.Body.Close()
	var said struct {
		Key, Status, Amount, Currency, Code, Reason, Authorization string
		Settlement                                                 string `json:"settlement_date"`
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case err != nil:
		return
	case reply.StatusCode == http.StatusNotFound:
		said.Status = "absent"
	case json.Unmarshal(text, &said) != nil, reply.StatusCode != http.StatusOK:
		c.noise = append(c.noise, string(text))
		return
	}
	if said.Key == "" || kind == "reversal" {
		said.Key = key
	}
	if said.Amount == "" {
		said.Amount, said.Currency = amount, currency
	}
	c.answers = append(c.answers, []string{said.Key, said.Status, said.Amount, said.Currency, said.Code, said.Reason, said.Authorization, said.Settlement})
}

// bring writes what the bank has said into incoming.
func (c *clerk) bring() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, text := range c.noise {
		c.put(text)
	}
	c.noise = nil
	if len(c.answers) > 0 {
		c.number++
		c.put(answersFile(c.T, c.number, c.answers...))
		c.answers = nil
	}
}

func (c *clerk) put(text string) { putFile(c.T, c.folder, text) }

// putFile puts a file into incoming, complete, under a name that no other has.
func putFile(t *testing.T, folder, text string) string {
	t.Helper()
	const part = ".part"
	file, err := os.CreateTemp(filepath.Join(folder, "incoming"), "icbc.*.csv"+part)
	if err != nil {
		t.Fatal(err)
	}
	path := strings.TrimSuffix(file.Name(), part)
	_, err = file.WriteString(text)
	if err := errors.Join(err, file.Close(), os.Rename(file.Name(), path)); err != nil {
		t.Error(err)
	}
	return filepath.Base(path)
}

// answersFile returns a file from the bank.
func answersFile(t *testing.T, number int, answers ...[]string) string {
	t.Helper()
	cny, _ := money.Lookup("CNY")
	total := money.Amount(0)
	for _, one := range answers {
		amount, err := cny.Parse(one[2])
		if err != nil {
			t.Error(err)
		}
		total += amount
	}
	var text strings.Builder
	out := csv.NewWriter(&text)
	first := []string{"mpg-answers", "1", "icbc", "20261126", fmt.Sprint(number), fmt.Sprint(len(answers)), cny.Format(total), "CNY"}
	for _, row := range append([][]string{first, strings.Split("key,status,amount,currency,code,reason,authorization,settlement_date", ",")}, answers...) {
		if err := out.Write(row); err != nil {
			t.Error(err)
		}
	}
	out.Flush()
	return text.String()
}
