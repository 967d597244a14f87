package wire_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"testing"
	"testing/iotest"
	"time"

	"go.uber.org/goleak"
	"pgregory.net/rapid"

	"mpg/smpp/pdu"
	"mpg/smpp/wire"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// frame is a PDU of n octets that carries seq.
func frame(n int, seq uint32) []byte {
	f := append(pdu.AppendHeader(nil, pdu.SubmitSM, pdu.ROK, seq), make([]byte, n-pdu.HeaderLen)...)
	binary.BigEndian.PutUint32(f, uint32(n))
	return f
}

// However the stream is cut, the PDUs come out as they went in.
func TestReaderGivesWholePDUs(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		sizes := rapid.SliceOfN(rapid.OneOf(rapid.IntRange(16, 300), rapid.IntRange(15000, 70000)), 0, 8).Draw(t, "sizes")
		var stream bytes.Buffer
		for i, n := range sizes {
			stream.Write(frame(n, uint32(i+1)))
		}
		var src io.Reader = &stream
		switch rapid.IntRange(0, 2).Draw(t, "cut") {
		case 1:
			src = iotest.HalfReader(src)
		case 2:
			src = iotest.DataErrReader(src)
		}
		r := wire.NewReader(src, 70000)
		for i, n := range sizes {
			f, err := r.Next()
			if err != nil || len(f) != n || f.Header().SequenceNumber != uint32(i+1) {
				t.Fatalf("PDU %d: %d octets of %d, %v", i, len(f), n, err)
			}
		}
		if r.Ready() {
			t.Fatal("ready at the end")
		}
		if _, err := r.Next(); err != io.EOF {
			t.Fatalf("at the end: %v", err)
		}
	})
}

func TestReaderRefuses(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		octets []byte
		want   error
	}{
		{"nothing", nil, io.EOF},
		{"half a length", []byte{0, 0}, io.ErrUnexpectedEOF},
		{"half a PDU", frame(40, 1)[:39], io.ErrUnexpectedEOF},
		{"only a length", []byte{0, 0, 0, 40}, io.ErrUnexpectedEOF},
		{"length 0", make([]byte, 16), wire.ErrLength},
		{"length 15", []byte{0, 0, 0, 15}, wire.ErrLength},
		{"length over the limit", frame(101, 1), wire.ErrLength},
		{"length of all ones", []byte{255, 255, 255, 255}, wire.ErrLength},
		{"a web browser", []byte("GET / HTTP/1.1\r\n\r\n"), wire.ErrLength},
	} {
		r := wire.NewReader(bytes.NewReader(c.octets), 100)
		if _, err := r.Next(); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", c.name, err, c.want)
		}
	}
}

func TestReaderReady(t *testing.T) {
	t.Parallel()
	r := wire.NewReader(bytes.NewReader(append(frame(20, 1), frame(30, 2)[:29]...)), 0)
	if r.Ready() {
		t.Error("ready before the first read")
	}
	if _, err := r.Next(); err != nil || r.Ready() {
		t.Errorf("half a PDU is ready, %v", err)
	}
}

// FuzzReader: whatever comes, each PDU is as long as it says and within the
// limit, and what was read before an error is exactly the front of the stream.
func FuzzReader(f *testing.F) {
	f.Add(append(frame(16, 1), frame(40, 2)...))
	f.Add(frame(40, 1)[:20])
	f.Add([]byte{0xff, 0xff, 0xff, 0xff, 1})
	f.Fuzz(func(t *testing.T, stream []byte) {
		const limit = 200
		r := wire.NewReader(iotest.OneByteReader(bytes.NewReader(stream)), limit)
		at := 0
		for {
			got, err := r.Next()
			if err != nil {
				return
			}
			if n := int(got.Header().CommandLength); n != len(got) || n > limit || n < pdu.HeaderLen {
				t.Fatalf("a PDU of %d octets says %d", len(got), n)
			}
			if !bytes.Equal(got, stream[at:at+len(got)]) {
				t.Fatalf("at %d the PDU is not what the stream holds", at)
			}
			at += len(got)
		}
	})
}

func pipe(t *testing.T, timeout time.Duration) (*wire.Writer, net.Conn) {
	t.Helper()
	near, far := net.Pipe()
	t.Cleanup(func() { _, _ = near.Close(), far.Close() })
	return wire.NewWriter(near, timeout), far
}

// Acknowledgements overtake submits, and each lane keeps its order.
func TestWriterControlFirst(t *testing.T) {
	t.Parallel()
	w, far := pipe(t, time.Minute)
	for i := range uint32(3) {
		for lane, seq := range map[wire.Lane]uint32{wire.Bulk: 100 + i, wire.Control: i + 1} {
			if err := w.Append(lane, frame(20, seq)); err != nil {
				t.Fatal(err)
			}
		}
	}
	w.CloseAfterFlush()
	if err := w.Append(wire.Control, frame(20, 9)); !errors.Is(err, wire.ErrClosed) {
		t.Errorf("after CloseAfterFlush: %v", err)
	}
	ended := make(chan error, 1)
	go func() { ended <- w.Run() }()
	r := wire.NewReader(far, 0)
	for _, want := range []uint32{1, 2, 3, 100, 101, 102} {
		f, err := r.Next()
		if err != nil || f.Header().SequenceNumber != want {
			t.Fatalf("got %v, %v, want %d", f, err, want)
		}
	}
	if err := <-ended; err != nil {
		t.Error("Run:", err)
	}
}

// A peer that reads nothing ends the Writer within its timeout.
func TestWriterTimesOut(t *testing.T) {
	t.Parallel()
	w, _ := pipe(t, 5*time.Millisecond)
	if err := w.Append(wire.Bulk, frame(20, 1)); err != nil {
		t.Fatal(err)
	}
	var timeout net.Error
	if err := w.Run(); !errors.As(err, &timeout) || !timeout.Timeout() {
		t.Errorf("Run: %v", err)
	}
	if err := w.Append(wire.Bulk, frame(20, 1)); !errors.Is(err, wire.ErrClosed) {
		t.Errorf("Append to a failed Writer: %v", err)
	}
}

func TestWriterIsBounded(t *testing.T) {
	t.Parallel()
	w, _ := pipe(t, time.Minute)
	big := make([]byte, wire.BacklogMax-10)
	if err := w.Append(wire.Bulk, big); err != nil {
		t.Fatal(err)
	}
	if err := w.Append(wire.Bulk, frame(20, 1)); !errors.Is(err, wire.ErrBacklog) {
		t.Errorf("over the limit: %v", err)
	}
	if err := w.Append(wire.Control, frame(20, 1)); err != nil {
		t.Errorf("the other lane: %v", err)
	}
	w.Close()
	if err := w.Run(); err != nil {
		t.Errorf("Run of a closed Writer: %v", err)
	}
}
