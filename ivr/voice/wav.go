package voice

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// Limits and constants of WAV files (RIFF, Microsoft 1991).
const (
	wavFormatPCM  = 1
	wavExtensible = 0xFFFE
	wavHeader     = 44       // octets before the samples, as written
	wavDataMax    = 16 << 20 // octets of samples read: six minutes at 22050 Hz
	wavChunkMax   = 1 << 20  // octets of any other chunk
	wavRateMin    = 8000
	wavRateMax    = 192000
)

// ErrWAV says that something is no WAV file of 16-bit samples.
var ErrWAV = errors.New("not a WAV file of 16-bit samples")

// wavFormat is the fmt chunk.
type wavFormat struct {
	Format, Channels    uint16
	Rate, BytesPerSec   uint32
	BlockAlign, BitsPer uint16
}

// ReadWAV reads 16-bit samples and their rate. Several channels are mixed into
// one. A file cut short gives what is there: programs that write to a pipe do
// not know the length beforehand and claim a huge one.
func ReadWAV(file io.Reader) (pcm []int16, rate int, err error) {
	br := bufio.NewReader(file)
	var riff [12]byte
	if _, err := io.ReadFull(br, riff[:]); err != nil || string(riff[:4]) != "RIFF" || string(riff[8:]) != "WAVE" {
		return nil, 0, ErrWAV
	}
	var f wavFormat
	for {
		var head [8]byte
		if _, err := io.ReadFull(br, head[:]); err != nil {
			return nil, 0, fmt.Errorf("%w: no samples", ErrWAV)
		}
		size := binary.LittleEndian.Uint32(head[4:])
		if string(head[:4]) == "data" {
			return readSamples(br, f, size)
		}
		if err := readChunk(br, string(head[:4]), size, &f); err != nil {
			return nil, 0, err
		}
	}
}

// readChunk reads the format and passes over every other chunk.
func readChunk(file io.Reader, name string, size uint32, format *wavFormat) error {
	if size > wavChunkMax {
		return fmt.Errorf("%w: a chunk of %d octets", ErrWAV, size)
	}
	chunk := make([]byte, size+size&1) // chunks are padded to even sizes
	if _, err := io.ReadFull(file, chunk); err != nil {
		return fmt.Errorf("%w: cut short", ErrWAV)
	}
	if name != "fmt " {
		return nil
	}
	if _, err := binary.Decode(chunk, binary.LittleEndian, format); err != nil {
		return fmt.Errorf("%w: format cut short", ErrWAV)
	}
	pcm := format.Format == wavFormatPCM || format.Format == wavExtensible
	if !pcm || format.BitsPer != 16 || format.Channels < 1 || format.Channels > 8 || format.Rate < wavRateMin || format.Rate > wavRateMax {
		return fmt.Errorf("%w: format %d, %d bits, %d channels, %d Hz", ErrWAV, format.Format, format.BitsPer, format.Channels, format.Rate)
	}
	return nil
}

func readSamples(file io.Reader, format wavFormat, size uint32) ([]int16, int, error) {
	if format.Rate == 0 {
		return nil, 0, fmt.Errorf("%w: samples before their format", ErrWAV)
	}
	data, err := io.ReadAll(io.LimitReader(file, int64(min(size, wavDataMax))))
	if err != nil {
		return nil, 0, fmt.Errorf("read samples: %w", err)
	}
	channels := int(format.Channels)
	pcm := make([]int16, len(data)/2/channels)
	for i := range pcm {
		sum := 0
		for c := range channels {
			sum += int(int16(binary.LittleEndian.Uint16(data[(i*channels+c)*2:])))
		}
		pcm[i] = int16(sum / channels)
	}
	return pcm, int(format.Rate), nil
}

// WriteWAV writes 16-bit samples of one channel.
func WriteWAV(file io.Writer, pcm []int16, rate int) error {
	size := uint32(len(pcm) * 2)
	b := make([]byte, 0, wavHeader+int(size))
	b = append(b, "RIFF"...)
	b = binary.LittleEndian.AppendUint32(b, wavHeader-8+size)
	b = append(b, "WAVEfmt "...)
	b = binary.LittleEndian.AppendUint32(b, uint32(binary.Size(wavFormat{})))
	b, err := binary.Append(b, binary.LittleEndian, wavFormat{
		Format: wavFormatPCM, Channels: 1, Rate: uint32(rate),
		BytesPerSec: uint32(rate) * 2, BlockAlign: 2, BitsPer: 16,
	})
	if err != nil {
		return fmt.Errorf("write WAV: %w", err)
	}
	b = append(b, "data"...)
	b = binary.LittleEndian.AppendUint32(b, size)
	for _, s := range pcm {
		b = binary.LittleEndian.AppendUint16(b, uint16(s))
	}
	if _, err := file.Write(b); err != nil {
		return fmt.Errorf("write WAV: %w", err)
	}
	return nil
}
