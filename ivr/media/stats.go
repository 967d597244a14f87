package media

import (
	"math"
	"math/bits"
	"time"
)

// Dropped counts received packets that were not taken, by reason.
type Dropped struct {
	Malformed   uint64 // no RTP version 2, or cut short
	Source      uint64 // from an address that is no stream's
	PayloadType uint64 // neither the answered codec nor our telephone-event
}

func (d *Dropped) add(other Dropped) {
	d.Malformed += other.Malformed
	d.Source += other.Source
	d.PayloadType += other.PayloadType
}

// StreamStats holds the counts of one stream.
type StreamStats struct {
	Due      uint64 // packets that should have been sent
	Sent     uint64 // packets that the kernel took
	Received uint64 // packets taken
	Dropped  Dropped
	Digits   uint64        // keys heard; never which
	LateMax  time.Duration // the latest that a packet left after it was due
}

// Stats holds the counts of an engine since New.
type Stats struct {
	Streams   int    // open now
	Due       uint64 // packets that should have been sent
	Sent      uint64 // packets that the kernel took
	Received  uint64 // packets taken
	Dropped   Dropped
	Digits    uint64
	Lateness  Lateness      // of sent packets
	ThreadCPU time.Duration // user and system time of the wheels' threads
}

func (s *Stats) add(other Stats) {
	s.Due += other.Due
	s.Sent += other.Sent
	s.Received += other.Received
	s.Dropped.add(other.Dropped)
	s.Digits += other.Digits
	s.Lateness.add(&other.Lateness)
	s.ThreadCPU += other.ThreadCPU
}

// The histogram of lateness: each doubling of the time is cut into 2^lateBits
// buckets, so that a figure is never off by more than an eighth.
const (
	lateBits    = 3
	lateBuckets = 24 << lateBits // up to 2^24 microseconds, 16 s
)

// Lateness is a histogram of how long after its due time a packet left.
type Lateness struct {
	buckets [lateBuckets]uint64
	count   uint64
	max     time.Duration
}

// record counts packets that left that late.
func (l *Lateness) record(late time.Duration, packets uint64) {
	if packets == 0 {
		return
	}
	l.buckets[lateBucket(late)] += packets
	l.count += packets
	l.max = max(l.max, late)
}

func lateBucket(late time.Duration) int {
	us := uint64(max(late, 0) / time.Microsecond)
	exp := max(bits.Len64(us)-lateBits-1, 0)
	return min(exp<<lateBits+int(us>>exp), lateBuckets-1)
}

// lateEdge is the end of a bucket, the inverse of lateBucket.
func lateEdge(bucket int) time.Duration {
	exp := max(bucket>>lateBits-1, 0)
	return time.Duration(bucket-exp<<lateBits+1) << exp * time.Microsecond
}

func (l *Lateness) add(other *Lateness) {
	for i, n := range other.buckets {
		l.buckets[i] += n
	}
	l.count += other.count
	l.max = max(l.max, other.max)
}

// Count returns the number of packets measured.
func (l *Lateness) Count() uint64 { return l.count }

// Max is the worst lateness, exact.
func (l *Lateness) Max() time.Duration { return l.max }

// Quantile returns the lateness that a share of all packets (0.5, 0.99) did not exceed,
// rounded up by at most an eighth; 0 when nothing was measured.
func (l *Lateness) Quantile(share float64) time.Duration {
	rank := uint64(math.Ceil(share * float64(l.count)))
	var seen uint64
	for i, n := range l.buckets {
		seen += n
		if n > 0 && seen >= rank {
			return min(lateEdge(i), l.max)
		}
	}
	return l.max
}
