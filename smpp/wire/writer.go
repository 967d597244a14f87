package wire

import (
	"errors"
	"net"
	"sync"
	"time"
)

// Why a Writer takes no more.
var (
	// ErrClosed: Close or CloseAfterFlush was called, or a Write failed.
	ErrClosed = errors.New("smpp: link closed")
	// ErrBacklog: the peer sends and does not read.
	ErrBacklog = errors.New("smpp: peer does not read what it is sent")
)

// BacklogMax is the most octets that wait in one lane of a Writer: more
// than the largest window of submits, or the answers to any window of deliveries.
const BacklogMax = 4 << 20

// Lane is a queue of a Writer. What waits in Control leaves before what waits
// in Bulk; each lane keeps its order.
type Lane uint8

// The lanes.
const (
	Control Lane = iota // answers, enquire_link, unbind
	Bulk                // submits, or deliveries at the other end
	lanes
)

// Writer sends PDUs on one connection from one goroutine. Append never blocks;
// all that was appended while a Write ran leaves with the next one.
type Writer struct {
	conn    net.Conn
	timeout time.Duration

	mu     sync.Mutex
	wake   sync.Cond
	queued [lanes][]byte
	last   bool // close once the queues are empty
	closed bool
}

// NewWriter writes to conn, each Write within timeout. Run must be running.
func NewWriter(conn net.Conn, timeout time.Duration) *Writer {
	w := &Writer{conn: conn, timeout: timeout}
	w.wake.L = &w.mu
	return w
}

// Append queues one PDU, or several, as a whole. ErrClosed and ErrBacklog say
// that nothing of it will be sent; after a nil it may still be lost with the
// link.
func (w *Writer) Append(lane Lane, frames []byte) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.closed || w.last {
		return ErrClosed
	}
	if len(w.queued[lane])+len(frames) > BacklogMax {
		return ErrBacklog
	}
	w.queued[lane] = append(w.queued[lane], frames...)
	w.wake.Signal()
	return nil
}

// CloseAfterFlush takes no more and lets Run send what is queued and return.
func (w *Writer) CloseAfterFlush() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.last = true
	w.wake.Signal()
}

// Close takes no more and lets Run return; what is queued is dropped. It does
// not close the connection.
func (w *Writer) Close() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.closed = true
	w.wake.Signal()
}

// Run writes until the Writer is closed or the connection fails, and returns
// why: nil, or the connection's error.
func (w *Writer) Run() error {
	defer w.Close()
	var batch []byte
	for {
		batch = w.take(batch[:0])
		if len(batch) == 0 {
			return nil
		}
		if err := w.conn.SetWriteDeadline(time.Now().Add(w.timeout)); err != nil {
			return err
		}
		if _, err := w.conn.Write(batch); err != nil {
			return err
		}
	}
}

// take waits for PDUs and moves them all to batch, Control first; it gives
// nothing when the Writer is to end.
func (w *Writer) take(batch []byte) []byte {
	w.mu.Lock()
	defer w.mu.Unlock()
	for !w.closed && !w.last && len(w.queued[Control])+len(w.queued[Bulk]) == 0 {
		w.wake.Wait()
	}
	if w.closed {
		return nil
	}
	for lane := range w.queued {
		batch = append(batch, w.queued[lane]...)
		w.queued[lane] = w.queued[lane][:0]
	}
	return batch
}
