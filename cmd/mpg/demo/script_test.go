package demo

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"mpg/store/money"
)

// TestFlorist plays the script against a gateway that is wrong in one way each
// time: the script must find that, and nothing where nothing is wrong.
func TestFlorist(t *testing.T) {
	t.Parallel()
	for spoil, wrong := range map[string][]string{
		"":             nil,
		"books":        {"what is owed to the florist: 173.52", "Li Lei's purse: 20.01"},
		"no debit":     {accountHost + ": 1000.00"},
		"trial":        {"trial balance"},
		"no balance":   {"128.50 from the purse: the payer's receipt", "20.00 to Li Lei: the payer's receipt"},
		"whole number": {"128.50 from the purse: the payee's receipt", "20.00 to Li Lei: the payee's receipt"},
		"mumbles":      {"payee and amount were spoken before the PIN"},
	} {
		t.Run("spoil="+spoil, func(t *testing.T) {
			t.Parallel()
			g := openGateway(t, spoil)
			var out strings.Builder
			wav := filepath.Join(t.TempDir(), "call.wav")
			err := g.world.Play(t.Context(), Florist, &out, wav)
			if (err == nil) != (wrong == nil) || err != nil && !errors.Is(err, errChecks) {
				t.Errorf("Play: %v", err)
			}
			for _, want := range wrong {
				if !strings.Contains(out.String(), "WRONG  "+want) {
					t.Errorf("the report does not find wrong: %s", want)
				}
			}
			pin := g.world.people.Subscribers[0].PIN
			if strings.Contains(out.String(), pin) || !strings.Contains(out.String(), "# ••••••\n") {
				t.Error("the conversation must show the PIN as six dots")
			}
			if info, err := os.Stat(wav); err != nil || info.Size() < 8*sampleRate*bytesPerSample {
				t.Errorf("the call's file: %v, %v", info, err)
			}
			if t.Failed() {
				t.Log(out.String())
			}
		})
	}
}

func TestPlayEndsWhereNothingComes(t *testing.T) {
	t.Parallel()
	g := openGateway(t, "")
	if err := g.world.Play(t.Context(), "baker", &strings.Builder{}, ""); !errors.Is(err, ErrScript) {
		t.Errorf("an unknown script: %v", err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
	defer cancel()
	p := &play{world: g.world, out: &strings.Builder{}, told: newTranscript(true)}
	if err := p.until(ctx, "nothing", func() bool { return false }); err == nil || !strings.Contains(err.Error(), "nothing: waited for it in vain") {
		t.Errorf("waiting for nothing: %v", err)
	}
	g.payments = []PaymentRow{{Ref: "7K4QXYZ2", State: "posted"}}
	if err := p.judge(ctx, map[string]money.Amount{}, []paid{{payerText: "7K4QXYZ2"}}); err != nil || p.report() == nil {
		t.Errorf("a payment that is never done: %v, %v", err, p.checks)
	}
	over := newRecording()
	over.end()
	if err := p.listen(t.Context(), "a word", over, 0, begun); err == nil {
		t.Error("a call that ended was listened to for ever")
	}
}

func TestReference(t *testing.T) {
	t.Parallel()
	b := books{Payments: []PaymentRow{{Ref: "7K4QXYZ2"}}}
	for text, want := range map[string]string{
		"7K4QXYZ2 Paid CNY 1.00": "7K4QXYZ2",
		"Ref 7K4Q-XYZ2.":         "7K4QXYZ2",
		"付款成功7K4Q XYZ2，余额":       "7K4QXYZ2",
		"PAYMENTS 8PQRXYZ2":      "",
		"":                       "",
	} {
		if got := reference(b, text); got != want {
			t.Errorf("%q names %q, want %q", text, got, want)
		}
	}
}
