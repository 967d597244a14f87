package wire

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"mpg/smpp/pdu"
)

// bufferSize is what a Reader asks of the stream at once, in octets: some 400
// submit_sm_resp, and more than most PDUs.
const bufferSize = 16 << 10

// ErrLength is returned by Next for a command_length that no PDU can have or
// that is over the limit. Where the next PDU would begin is then unknown, so
// the stream is of no further use. The peer is to be told ESME_RINVCMDLEN.
var ErrLength = errors.New("smpp: command_length out of range")

// Reader cuts a byte stream into PDUs. SMPP 3.4 3.2
type Reader struct {
	src  io.Reader
	max  int
	buf  []byte
	r, w int // buf[r:w] is read and not yet given out
}

// NewReader reads PDUs of at most sizeMax octets from src; 0 is pdu.SizeMax.
func NewReader(src io.Reader, sizeMax int) *Reader {
	if sizeMax <= 0 {
		sizeMax = pdu.SizeMax
	}
	return &Reader{src: src, max: max(sizeMax, pdu.HeaderLen), buf: make([]byte, bufferSize)}
}

// Next is the next whole PDU, good until the next call. It returns io.EOF where
// the stream ends between two PDUs, io.ErrUnexpectedEOF where it ends within
// one, ErrLength, and whatever else the stream returns.
func (r *Reader) Next() (pdu.Frame, error) {
	if err := r.fill(4); err != nil {
		return nil, err
	}
	n := binary.BigEndian.Uint32(r.buf[r.r:])
	if n < pdu.HeaderLen || n > uint32(r.max) {
		return nil, fmt.Errorf("%w: %d octets", ErrLength, n)
	}
	if err := r.fill(int(n)); err != nil {
		return nil, err
	}
	f := pdu.Frame(r.buf[r.r : r.r+int(n) : r.r+int(n)])
	r.r += int(n)
	return f, nil
}

// Ready reports whether Next would return without reading from the stream.
func (r *Reader) Ready() bool {
	have := r.buf[r.r:r.w]
	return len(have) >= 4 && uint64(binary.BigEndian.Uint32(have)) <= uint64(len(have))
}

// fill reads until want octets are buffered.
func (r *Reader) fill(want int) error {
	if r.w-r.r >= want {
		return nil
	}
	r.makeRoom(want)
	got, err := io.ReadAtLeast(r.src, r.buf[r.w:], want-(r.w-r.r))
	r.w += got
	if err == io.EOF && r.w > r.r {
		return io.ErrUnexpectedEOF
	}
	return err
}

// makeRoom moves what is buffered to the front of a buffer that can hold want octets. A
// large one is given back as soon as it is no longer needed.
func (r *Reader) makeRoom(want int) {
	have := r.buf[r.r:r.w]
	switch {
	case want > len(r.buf):
		r.buf = make([]byte, want)
	case len(r.buf) > bufferSize && want <= bufferSize && len(have) <= bufferSize:
		r.buf = make([]byte, bufferSize)
	}
	r.w = copy(r.buf, have)
	r.r = 0
}
