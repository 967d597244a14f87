package order

import "testing"

// BenchmarkReadBuiltin is what a process pays once for words that are data.
func BenchmarkReadBuiltin(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		readBuiltin()
	}
}
