package smpp

import (
	"sync"
	"sync/atomic"
)

// AckToken names one acknowledgement that was handed to a link. The zero
// AckToken is of none.
type AckToken struct {
	epoch, number uint64
}

// proof counts the acknowledgements of one link. TCP delivers in order, so the
// response to a request proves that the peer has received whatever was written
// ahead of that request.
type proof struct {
	epoch  uint64
	queued atomic.Uint64 // handed to the Writer
	proved atomic.Uint64 // received by the peer

	mu       sync.Mutex
	doubtful []span // acknowledgements that left late
}

// span is the numbers from first to last, both included.
type span struct{ first, last uint64 }

// spansRemembered bounds the memory of late acknowledgements. The oldest are long
// past any window in which a copy may come.
const spansRemembered = 64

// doubt notes that everything handed over that is not known to have arrived left
// late.
func (p *proof) doubt() {
	late := span{first: p.proved.Load() + 1, last: p.queued.Load() + 1} // includes one that may be about to be counted
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.doubtful = append(p.doubtful, late); len(p.doubtful) > spansRemembered {
		p.doubtful = p.doubtful[1:]
	}
}

func (p *proof) doubts(number uint64) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, late := range p.doubtful {
		if late.first <= number && number <= late.last {
			return true
		}
	}
	return false
}

// next names the acknowledgement that was just handed to the Writer. The count rises only
// after the hand-over: whoever reads queued and then hands over a request knows that so many
// acknowledgements leave before it.
func (p *proof) next() AckToken { return AckToken{epoch: p.epoch, number: p.queued.Add(1)} }

// reached records that the peer has received the acknowledgements up to number.
func (p *proof) reached(number uint64) {
	for {
		old := p.proved.Load()
		if number <= old || p.proved.CompareAndSwap(old, number) {
			return
		}
	}
}

// proofs remembers the last links.
type proofs [linksRemembered]atomic.Pointer[proof]

func (ps *proofs) add(epoch uint64) *proof {
	p := &proof{epoch: epoch}
	ps[epoch%linksRemembered].Store(p)
	return p
}

func (ps *proofs) holds(token AckToken) bool {
	p := ps[token.epoch%linksRemembered].Load()
	return p != nil && p.epoch == token.epoch && token.number > 0 && token.number <= p.proved.Load() && !p.doubts(token.number)
}
