package ivr

import (
	"context"
	"net/netip"
	"sync"
	"testing"
	"time"

	"mpg/ivr/flow"
	"mpg/ivr/media"
	"mpg/ivr/phone"
)

// BenchmarkPINCalls places 500 PIN calls at once, both sides on this machine,
// and reports what a call costs. One call lasts about five seconds.
func BenchmarkPINCalls(b *testing.B) {
	const calls = 500
	callerMedia, phoneMedia := newMedia(b), newMedia(b)
	exchange, err := phone.New(phone.Config{
		Listen: netip.MustParseAddrPort("127.0.0.1:0"), Media: phoneMedia,
		Default: phone.Behaviour{Ring: time.Second, Acts: []phone.Act{
			{Wait: phone.Speech, Delay: time.Second, Keys: "1"},
			{Wait: phone.Speech, Delay: time.Second, Keys: pin},
		}},
	})
	if err != nil {
		b.Fatal(err)
	}
	defer exchange.Close()
	prompt := clip("prompt", 2*time.Second)
	caller, err := New(Config{
		Listen: netip.MustParseAddrPort("127.0.0.1:0"), Trunk: "sip:" + exchange.Addr().String(), From: "8888",
		AllowPrefixes: []string{"+86"}, Media: callerMedia,
		Clips: func(context.Context, string, string) (*media.Clip, error) { return prompt, nil },
	})
	if err != nil {
		b.Fatal(err)
	}
	defer caller.Close()
	for b.Loop() {
		var wg sync.WaitGroup
		for n := range calls {
			wg.Go(func() {
				a := caller.Call(b.Context(), Call{To: number(n), Lang: "en", Ref: "B", Script: payment(),
					Judge: func(context.Context, string, flow.Input) flow.Verdict {
						return flow.Verdict{}
					}})
				if a.End != Finished {
					b.Errorf("%+v", a)
				}
			})
		}
		wg.Wait()
	}
	st := callerMedia.Stats()
	b.ReportMetric(float64(st.Sent)/float64(max(st.Due, 1)), "sent/due")
	b.ReportMetric(float64(st.Lateness.Quantile(0.99))/1e6, "late-p99-ms")
	b.ReportMetric(float64(st.ThreadCPU.Microseconds())/(float64(st.Sent)/50), "media-µs/call-s")
}
