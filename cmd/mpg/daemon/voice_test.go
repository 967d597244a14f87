package daemon_test

import (
	"context"
	"log/slog"
	"net/netip"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"mpg/cmd/mpg/daemon"
	"mpg/cmd/mpg/rig"
	"mpg/engine/call"
	"mpg/engine/lang"
	"mpg/engine/pin"
	"mpg/ivr/media"
	"mpg/ivr/phone"
)

// logged is a log that is written by many.
type logged struct {
	mu   sync.Mutex
	text strings.Builder
}

func (l *logged) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *logged) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// TestASlowVoiceLeavesNoSilence calls a handset with a voice command that takes twenty
// seconds for each sentence: nothing in the call waits for it, and the log says why
// another voice speaks.
func TestASlowVoiceLeavesNoSilence(t *testing.T) {
	t.Parallel()
	for _, program := range []string{"sh", "espeak-ng"} {
		if _, err := exec.LookPath(program); err != nil {
			t.Skipf("SKIPPED: %s is missing", program)
		}
	}
	const takes, most = 20 * time.Second, 10 * time.Second
	calls, exchange, log := slowCaller(t, "exec sleep 20")
	paid := lang.Voice(lang.ZH, lang.Paid, bluebird())[:1]
	end := calls.Call(t.Context(), call.Call{
		To: rig.Number(1), Lang: lang.ZH, Ref: "SLOW0001", Soon: paid, OnAnswer: func() {},
		Steps: []call.Step{
			{Name: "guard", Say: lang.Voice(lang.ZH, lang.Guard, lang.Args{})[:1], Want: call.WantKey},
			{Name: "pin", Say: lang.Voice(lang.ZH, lang.Details, bluebird()), Want: call.WantPIN},
		},
		OnInput: func(_ context.Context, step string, _ *pin.PIN) call.Verdict {
			if step == "guard" {
				return call.Verdict{Do: call.GoOn}
			}
			return call.Verdict{Say: paid, Do: call.HangUp}
		},
	})
	if end.End != call.EndFinished {
		t.Fatalf("the call ended with %v", end.End)
	}
	<-exchange.Idle()
	heard := exchange.Last(rig.Number(1)).Heard()
	if silent, spoken := longestSilence(heard); silent > most || spoken < 5*time.Second {
		t.Errorf("%v of silence and %v of speech; a sentence takes the command %v", silent, spoken, takes)
	}
	if s := log.String(); strings.Count(s, "passed over") != 1 || !strings.Contains(s, "longer than 1s") {
		t.Errorf("the log: %s", s)
	}
	if got := calls.VoiceProbes(); len(got) != 1 || got[0] != "- voice command: passed over until it is quick again; another voice is speaking" {
		t.Errorf("after the call: %q", got)
	}
	figures := calls.VoiceFigures()
	if figures["mpg_voice_command_passed_over"] != 1 || figures["mpg_voice_command_late_total"] == 0 || figures["mpg_voice_sentences_fallback_total"] == 0 {
		t.Errorf("metrics %v", figures)
	}
}

// slowCaller opens the daemon's voices and SIP with a shell script as its voice,
// and a handset that listens to each prompt and keys.
func slowCaller(t *testing.T, script string) (*daemon.Calls, *phone.Exchange, *logged) {
	t.Helper()
	local := netip.MustParseAddr("127.0.0.1")
	m, err := media.New(media.Config{IP: local})
	if err != nil {
		t.Fatal(err)
	}
	exchange, err := phone.New(phone.Config{Listen: netip.AddrPortFrom(local, 0), Media: m, Default: phone.Behaviour{
		Record: true, Acts: []phone.Act{{Wait: phone.Quiet, Keys: "1"}, {Wait: phone.Quiet, Keys: "582193"}}}})
	if err != nil {
		t.Fatal(err)
	}
	log, file := &logged{}, rig.Conf("", "")
	file.SIP.Trunk, file.SIP.AllowPrefixes = "sip:"+exchange.Addr().String(), []string{"+86"}
	file.Voice.Command, file.Voice.Wait = []string{"sh", "-c", script}, time.Second
	calls, err := daemon.OpenCalls(t.Context(), daemon.Config{File: file, Log: slog.New(slog.NewTextHandler(log, nil))})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _, _, _ = calls.Close(), exchange.Close(), m.Close() })
	return calls, exchange, log
}

// longestSilence returns the longest silence in the sound, and how long somebody spoke.
func longestSilence(h phone.Heard) (silent, spoken time.Duration) {
	quiet := time.Duration(0)
	for pcm := media.Codec(h.PayloadType).Decode(nil, h.Octets); len(pcm) >= media.FrameSamples; pcm = pcm[media.FrameSamples:] {
		loud := false
		for _, s := range pcm[:media.FrameSamples] {
			loud = loud || s > 500 || s < -500
		}
		quiet += media.FrameDuration
		if loud {
			spoken += media.FrameDuration
			quiet = 0
		}
		silent = max(silent, quiet)
	}
	return silent, spoken
}
