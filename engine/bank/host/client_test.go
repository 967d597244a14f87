package host_test

import (
	"errors"
	"io"
	"net"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"

	"mpg/engine/bank/host"
	"mpg/engine/bank/iso8583"
	"mpg/store/money"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// Accounts of these tests.
const (
	rich    = "6222000000000001"
	poor    = "6222000000000002"
	nobody  = "6222000000009999"
	opening = money.Amount(100_000)
)

// patience is how long an answer over a real socket may take.
const patience = 2 * time.Minute

func newHost(t testing.TB, c host.Config) *host.Host {
	t.Helper()
	h, err := host.New(c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := h.Close(); err != nil {
			t.Error(err)
		}
	})
	cny, _ := money.Lookup("CNY")
	for _, a := range []host.Account{
		{No: rich, Balance: opening, Currency: cny, Limit: 50_000},
		{No: poor, Balance: 100, Currency: cny},
	} {
		if err := h.Open(a); err != nil {
			t.Fatal(err)
		}
	}
	return h
}

// client is a gateway that says what a test wants, in its order.
type client struct {
	t       testing.TB
	conn    net.Conn
	dialect *iso8583.Dialect
}

func dial(t testing.TB, h *host.Host) *client {
	t.Helper()
	return dialIn(t, h, iso8583.ISO87)
}

func dialIn(t testing.TB, h *host.Host, dialect string) *client {
	t.Helper()
	addr, err := h.Listen("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	d, err := iso8583.Named(dialect)
	if err != nil {
		t.Fatal(err)
	}
	c := &client{t: t, dialect: d}
	c.redial(addr)
	return c
}

func (c *client) redial(addr string) {
	c.t.Helper()
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		c.t.Fatal(err)
	}
	c.t.Cleanup(func() { conn.Close() })
	if err := conn.SetDeadline(time.Now().Add(patience)); err != nil {
		c.t.Fatal(err)
	}
	c.conn = conn
}

// signedOn is a client that has signed on to h.
func signedOn(t testing.TB, h *host.Host) *client {
	t.Helper()
	return signedOnIn(t, h, iso8583.ISO87)
}

func signedOnIn(t testing.TB, h *host.Host, dialect string) *client {
	t.Helper()
	c := dialIn(t, h, dialect)
	c.want(c.ask(iso8583.Network(iso8583.SignOn, 1, time.Now(), "62000001")), "00")
	return c
}

func (c *client) say(m *iso8583.Message) {
	c.t.Helper()
	packed, err := c.dialect.Pack(m)
	if err != nil {
		c.t.Fatal(err)
	}
	frame, err := iso8583.AppendFrame(nil, packed)
	if err != nil {
		c.t.Fatal(err)
	}
	if _, err := c.conn.Write(frame); err != nil {
		c.t.Fatal(err)
	}
}

// hear returns the next message, or nil where the line ends or brings noise.
func (c *client) hear() *iso8583.Message {
	c.t.Helper()
	octets, err := iso8583.ReadFrame(c.conn)
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, syscall.ECONNRESET) {
		return nil
	}
	if err != nil {
		c.t.Fatal(err)
	}
	m, err := c.dialect.Unpack(octets)
	if err != nil {
		return nil
	}
	return m
}

func (c *client) ask(m *iso8583.Message) *iso8583.Message {
	c.t.Helper()
	c.say(m)
	return c.hear()
}

func (c *client) want(m *iso8583.Message, code string) {
	c.t.Helper()
	if m == nil {
		c.t.Fatalf("no answer, want %s", code)
	}
	if got := m.Get(iso8583.DEResponse); got != code {
		c.t.Fatalf("%s answers %s, want %s", m.MTI, got, code)
	}
}

func (c *client) wantBalance(h *host.Host, account string, want money.Amount) {
	c.t.Helper()
	if got, _ := h.Balance(account); got != want {
		c.t.Errorf("%s has %d, want %d", account, got, want)
	}
}

// transaction is one for 10.00 CNY out of account.
func transaction(account string, serial uint32) *iso8583.Transaction {
	return &iso8583.Transaction{
		STAN: serial, RRN: "632601000042", At: time.Date(2026, 11, 22, 1, 30, 5, 0, time.UTC),
		Account: account, Amount: 1000, Currency: "156", Acquirer: "62000001", Terminal: "MPG00001", Merchant: "8001",
	}
}

func reversal(t *iso8583.Transaction, repeat bool) *iso8583.Message {
	return iso8583.Reversal(t.Request(), t.At.Add(time.Minute), repeat, iso8583.TooLate)
}
