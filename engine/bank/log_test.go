package bank_test

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"mpg/engine/bank"
	"mpg/engine/bank/host"
	"mpg/engine/bank/iso8583"
)

// TestLogNamesTheCause reads what an operator sees when payments fail at a
// host: the cause, and an oddity of the host only once.
func TestLogNamesTheCause(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		fault host.Fault
		says  string
	}{
		{host.Fault{Kind: host.WrongSum}, "cause=element err=\"bank: the outcome is not known: element 4 (amount, transaction) differs"},
		{coded("09"), `cause=code err="bank: the outcome is not known: code \"09\" decides nothing`},
		{host.Fault{Kind: host.DropAfter}, `cause=line err="bank: the outcome is not known: the line broke`},
		{host.Fault{Kind: host.Silence}, `cause=timeout err="bank: the outcome is not known: no answer within 15s"`},
		{host.Fault{Kind: host.Garbage}, `cause=unreadable err="bank: the outcome is not known: no answer within 15s; a message came that cannot be read`},
		{typed("0110"), "it is a 0110, wanted a 0210"},
		{omit(iso8583.DERRN), "element 37 (retrieval reference number) is not echoed"},
		{rewritten(latin1), "field 44 holds"},
	} {
		synctest.Test(t, func(t *testing.T) {
			var out bytes.Buffer
			w := newWorld(t, func(c *bank.Config) { c.Log = slog.New(slog.NewTextHandler(&out, nil)) })
			w.start()
			tt.fault.On = host.Requests
			w.host.Fault(tt.fault)
			for serial := range uint32(2) {
				_, _ = w.authorize(t.Context(), w.request(rich, serial+1)) // the log is what counts
				time.Sleep(time.Minute)
			}
			w.stop()
			synctest.Wait()
			said := out.String()
			if !strings.Contains(said, tt.says) {
				t.Errorf("the log does not say %s:\n%s", tt.says, said)
			}
			if odd := strings.Count(said, "is odd"); odd > 1 {
				t.Errorf("oddness is logged %d times", odd)
			}
			if strings.Contains(said, rich) {
				t.Error("the log shows the account")
			}
		})
	}
}

// TestStrayAnswersAreLimited sends many answers that match no request: each is
// counted and passed on, and the log stays short.
func TestStrayAnswersAreLimited(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var out bytes.Buffer
		w := newWorld(t, func(c *bank.Config) { c.Log = slog.New(slog.NewTextHandler(&out, nil)) })
		w.start()
		const all = 100
		for range all {
			m := own(iso8583.FinancialResponse, "")
			m.Set(iso8583.DEResponse, "00")
			w.host.Send(m)
			time.Sleep(time.Second)
		}
		synctest.Wait()
		lines := strings.Count(out.String(), "bank answer matches no request that is waiting")
		if got := w.link.Stats().Answers["unmatched"]; got != all || len(w.lates()) != all || lines < 5 || lines > 15 {
			t.Errorf("counted %d, told %d, logged %d times", got, len(w.lates()), lines)
		}
	})
}
