package bolt_test

import (
	"context"
	"os"
	"testing"
	"time"

	"mpg/store/storebench"
)

// benchLoad is bounded in time; go test -bench runs each once.
func benchLoad(callers, accounts int) storebench.Load {
	return storebench.Load{Callers: callers, Accounts: accounts, For: 5 * time.Second}
}

// bench runs a measurement once and reports its figure.
func bench(b *testing.B, run func(ctx context.Context, dir string) (storebench.Figure, error)) {
	b.Helper()
	dir := b.TempDir()
	if err := os.Chmod(dir, 0o700); err != nil {
		b.Fatal(err)
	}
	f, err := run(b.Context(), dir)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(f.Rate, "durable/s")
	b.ReportMetric(f.P50.Seconds()*1e3, "p50-ms")
	b.ReportMetric(f.P99.Seconds()*1e3, "p99-ms")
	b.ReportMetric(0, "ns/op") // one run is not an operation
}

func BenchmarkLedger(b *testing.B) {
	for _, y := range []struct {
		name string
		run  func(context.Context, string, storebench.Load) (storebench.Figure, error)
	}{{"ours", storebench.Ours}, {"wal", storebench.WAL}, {"batch", storebench.Batch}, {"update", storebench.Update}} {
		b.Run(y.name, func(b *testing.B) {
			bench(b, func(ctx context.Context, dir string) (storebench.Figure, error) {
				return y.run(ctx, dir, benchLoad(256, 1_000_000))
			})
		})
	}
}

func BenchmarkPayments(b *testing.B) {
	bench(b, func(ctx context.Context, dir string) (storebench.Figure, error) {
		return storebench.Payments(ctx, dir, benchLoad(256, 100_000))
	})
}

func BenchmarkBulk(b *testing.B) {
	bench(b, func(ctx context.Context, dir string) (storebench.Figure, error) {
		return storebench.Bulk(ctx, dir, benchLoad(2, 1_000_000), 8000)
	})
}

// restartCmds is the journal of BenchmarkRestart; the operator's bench command
// takes ten million.
const restartCmds = 10_000_000

func BenchmarkRestart(b *testing.B) {
	took, err := storebench.Restart(b.Context(), b.TempDir(), 1_000_000, restartCmds)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(took.Start.Seconds(), "s")
	b.ReportMetric(took.Read.Seconds(), "s-to-read")
	b.ReportMetric(0, "ns/op")
}
