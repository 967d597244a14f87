package bolt

import (
	"bytes"
	_ "embed" // the dictionary
	"fmt"
	"runtime"

	"github.com/klauspost/compress/zstd"
)

// A chunk's records are kept in one of two ways, which the first byte of its value
// tells. A later dictionary gets the next number, and the earlier ones stay, since the
// journal is kept for ever.
const (
	packedNot   = 0 // as they are: they do not get smaller
	packedZstd1 = 1 // a frame of Zstandard (RFC 8878) without its magic number, with the dictionary that has this ID
)

// dictionary1 is records of made-up subscribers, one of each kind, which a frame may
// point into. TestTrain made it.
//
//go:embed journal1.dict
var dictionary1 []byte

// zstdMagic begins each frame: RFC 8878 3.1.1. It is not kept.
const zstdMagic = "\x28\xB5\x2F\xFD"

// Limits of packing.
const (
	recordsMax    = 16 << 20 // bytes of a chunk's records: more than the largest Cmd and a chunk before it take
	packWindow    = 1 << 19  // bytes that a match may go back
	packersMax    = 4        // chunks packed at a time
	packedHeadMax = 18       // bytes of a frame's header: RFC 8878 3.1.1.1
)

// packer compresses the records of chunks, and brings them back. Its methods may be
// called from any goroutine.
type packer struct {
	encoder *zstd.Encoder
	decoder *zstd.Decoder
}

func newPacker() (*packer, error) {
	encoder, err := zstd.NewWriter(nil, encoderOptions(dictionary1)...)
	if err != nil {
		return nil, fmt.Errorf("store: %w", err)
	}
	decoder, err := zstd.NewReader(nil, zstd.WithDecoderDictRaw(packedZstd1, dictionary1), zstd.WithDecoderMaxMemory(recordsMax),
		zstd.WithDecoderConcurrency(0))
	if err != nil {
		return nil, fmt.Errorf("store: %w", err)
	}
	return &packer{encoder, decoder}, nil
}

// encoderOptions are those of a frame in the journal. It needs no checksum: the chain of
// hashes covers it.
func encoderOptions(dictionary []byte) []zstd.EOption {
	return []zstd.EOption{
		zstd.WithEncoderDictRaw(packedZstd1, dictionary), zstd.WithEncoderLevel(zstd.SpeedFastest),
		zstd.WithEncoderCRC(false), zstd.WithSingleSegment(true), zstd.WithWindowSize(packWindow),
		zstd.WithEncoderConcurrency(min(packersMax, runtime.GOMAXPROCS(0))),
	}
}

// pack appends the packed records of a chunk to dst. They are read back into scratch before
// they are trusted to the disk, which will have the only copy; scratch is returned to be
// used again.
func (p *packer) pack(dst, scratch, records []byte) (value, used []byte) {
	start := len(dst)
	dst = p.encoder.EncodeAll(records, dst)
	frame := dst[start:]
	if len(frame)-len(zstdMagic) < len(records) {
		scratch, err := p.decoder.DecodeAll(frame, scratch[:0])
		if err == nil && bytes.Equal(scratch, records) {
			dst[start] = packedZstd1
			return append(dst[:start+1], frame[len(zstdMagic):]...), scratch
		}
	}
	return append(append(dst[:start], packedNot), records...), scratch
}

// unpackedSize returns how many bytes unpack would return, or false if value is not the
// front of a packed chunk.
func unpackedSize(value []byte) (int, bool) {
	switch {
	case len(value) == 0:
		return 0, false
	case value[0] == packedNot:
		return len(value) - 1, true
	case value[0] != packedZstd1:
		return 0, false
	}
	var head zstd.Header
	var room [packedHeadMax]byte
	front := append(append(room[:0], zstdMagic...), value[1:min(len(value), packedHeadMax-len(zstdMagic)+1)]...)
	if err := head.Decode(front); err != nil || head.Skippable || !head.HasFCS || head.DictionaryID != packedZstd1 || head.FrameContentSize > recordsMax {
		return 0, false
	}
	return int(head.FrameContentSize), true
}

// unpack returns the records of a chunk, which are size bytes.
func (p *packer) unpack(value []byte, size int) ([]byte, error) {
	if value[0] == packedNot {
		return value[1:], nil
	}
	frame := append(append(make([]byte, 0, len(zstdMagic)+len(value)-1), zstdMagic...), value[1:]...)
	records, err := p.decoder.DecodeAll(frame, make([]byte, 0, size))
	if err != nil {
		return nil, err
	}
	if len(records) != size {
		return nil, fmt.Errorf("%d bytes instead of %d", len(records), size)
	}
	return records, nil
}
