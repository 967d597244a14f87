package media

import (
	"fmt"
	"testing"
	"time"
)

// BenchmarkCallSecond carries two-way calls between two engines on loopback;
// an operation is one second of all calls, both sides. Judge cpu-µs/call-s and
// sent-%, not ns/op: a second takes a second.
func BenchmarkCallSecond(b *testing.B) {
	for _, calls := range []int{100, 500, 1000} {
		b.Run(fmt.Sprint(calls), func(b *testing.B) { benchmarkCalls(b, calls) })
	}
}

func benchmarkCalls(b *testing.B, calls int) {
	us, them := newEngine(b, Config{Ports: PortsDefault}), newEngine(b, Config{Ports: PortsDefault})
	clip := ramp(5000)
	for range calls {
		for _, s := range connect(b, us, them, PCMA, Handler{}, Handler{}) {
			s.Play(clip)
			defer s.Close()
		}
	}
	before, cpu := us.Stats(), us.Stats().ThreadCPU+them.Stats().ThreadCPU
	for b.Loop() {
		time.Sleep(time.Second)
	}
	after := us.Stats()
	cpu = after.ThreadCPU + them.Stats().ThreadCPU - cpu
	due, sent := after.Due-before.Due, after.Sent-before.Sent
	callSeconds := float64(due) / 50
	b.ReportMetric(100*float64(sent)/float64(due), "sent-%")
	b.ReportMetric(float64(cpu.Microseconds())/callSeconds, "cpu-µs/call-s")
	b.ReportMetric(float64(after.Lateness.Quantile(0.5).Microseconds())/1000, "late-p50-ms")
	b.ReportMetric(float64(after.Lateness.Quantile(0.99).Microseconds())/1000, "late-p99-ms")
}
