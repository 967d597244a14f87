package smpp_test

import (
	"fmt"
	"sync"
	"testing"
	"time"

	gosmpp "github.com/fiorix/go-smpp/smpp"
	"github.com/fiorix/go-smpp/smpp/pdu/pdutext"

	"mpg/smpp"
	"mpg/smpp/pdu"
)

// benchText is a receipt of usual length.
const benchText = "Paid 128.50 CNY to BLUEBIRD FLOWERS 8001. Ref K7M2QX4P. Purse 371.50. 12:04 22 Nov. Reply HELP for help."

var windows = []int{1, 10, 100}

// BenchmarkSessionSubmitWindow is one link on loopback with as many submits
// under way as the window allows, both ends in this process.
func BenchmarkSessionSubmitWindow(b *testing.B) {
	for _, w := range windows {
		b.Run(fmt.Sprint(w), func(b *testing.B) {
			srv := center(b)
			cfg := config(srv.Addr(), newInbox().take)
			cfg.Window = w
			s := bind(b, cfg)
			out := smpp.Outgoing{From: code, To: handset, Text: benchText}
			var all sync.WaitGroup
			all.Add(b.N)
			done := func(o smpp.Outcome) {
				if o.Verdict != smpp.Accepted {
					b.Errorf("%+v", o)
				}
				all.Done()
			}
			ctx := b.Context()
			b.ReportAllocs()
			b.ResetTimer()
			for range b.N {
				if err := s.Send(ctx, out, done); err != nil {
					b.Fatal(err)
				}
			}
			all.Wait()
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "submit/s")
		})
	}
}

// BenchmarkGoSMPPSubmitWindow is go-smpp's transmitter against the same server:
// it submits from as many goroutines as the window allows.
func BenchmarkGoSMPPSubmitWindow(b *testing.B) {
	for _, w := range windows {
		b.Run(fmt.Sprint(w), func(b *testing.B) {
			srv := center(b)
			t := &gosmpp.Transceiver{Addr: srv.Addr(), User: systemID, Passwd: password, RespTimeout: patience}
			if st := <-t.Bind(); st.Error() != nil {
				b.Fatal(st.Error())
			}
			defer func() { _ = t.Close() }()
			work := make(chan struct{}, w)
			var all sync.WaitGroup
			b.ReportAllocs()
			b.ResetTimer()
			for range w {
				all.Go(func() {
					for range work {
						_, err := t.Submit(&gosmpp.ShortMessage{Src: code, Dst: handset[1:], Text: pdutext.Raw(benchText)})
						if err != nil {
							b.Error(err)
						}
					}
				})
			}
			for range b.N {
				work <- struct{}{}
			}
			close(work)
			all.Wait()
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "submit/s")
		})
	}
}

// BenchmarkSessionDeliver is the other way: texts delivered, read and
// acknowledged within a window of 100.
func BenchmarkSessionDeliver(b *testing.B) {
	srv := center(b)
	var s *smpp.Session
	ready := make(chan struct{})
	s = bind(b, config(srv.Addr(), func(m smpp.Message) bool {
		<-ready
		s.Ack(m.Delivery, pdu.ROK)
		return true
	}))
	close(ready)
	var all sync.WaitGroup
	all.Add(b.N)
	room := make(chan struct{}, 1000) // bounds the SMSC's queue
	done := func(pdu.Status) { <-room; all.Done() }
	b.ReportAllocs()
	b.ResetTimer()
	for range b.N {
		room <- struct{}{}
		if err := srv.DeliverAsync(handset, code, "PAY 8001 128.50", done); err != nil {
			b.Fatal(err)
		}
	}
	waited := make(chan struct{})
	go func() { all.Wait(); close(waited) }()
	select {
	case <-waited:
	case <-time.After(patience):
		b.Fatal("not all were acknowledged")
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "deliver/s")
}
