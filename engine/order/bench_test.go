package order_test

import (
	"testing"

	"mpg/engine/order"
)

func BenchmarkParsePay(b *testing.B) { benchmarkParse(b, "PAY 8001 128.50") }

func BenchmarkParseZH(b *testing.B) { benchmarkParse(b, "付8001一百二十八元五角") }

func BenchmarkParseSend(b *testing.B) { benchmarkParse(b, "SEND 50 13800138000") }

func benchmarkParse(b *testing.B, text string) {
	g := grammar(b)
	b.ReportAllocs()
	for b.Loop() {
		if _, refusal := g.Parse(text); refusal != nil {
			b.Fatal(refusal.Reason)
		}
	}
}

func BenchmarkLooksLikePIN(b *testing.B) {
	for _, text := range []string{"PAY 8001 128.50", "付8001一百二十八元五角", "PIN 482913"} {
		b.Run(text, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				order.Grammar{}.LooksLikePIN(text)
			}
		})
	}
}
