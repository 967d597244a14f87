package demo

import (
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// writable reports why a file cannot be written, without changing an existing one.
func writable(path string) error {
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err == nil {
		return f.Close()
	}
	if !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("the call cannot be written: %w", err)
	}
	probe, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+"-*")
	if err != nil {
		return fmt.Errorf("the call cannot be written to %s: %w", path, errors.Unwrap(err))
	}
	return errors.Join(probe.Close(), os.Remove(probe.Name()))
}

// writeWAV writes what was heard as a file that any player opens: 8 kHz, one
// channel, 16 bits. RIFF/WAVE, format tag 1.
func writeWAV(path string, pcm []byte) error {
	const header, pcmTag, channels = 44, 1, 1
	b := make([]byte, 0, header+len(pcm))
	b = append(b, "RIFF"...)
	b = binary.LittleEndian.AppendUint32(b, uint32(header-8+len(pcm)))
	b = append(b, "WAVEfmt "...)
	b = binary.LittleEndian.AppendUint32(b, 16) // octets of the format that follow
	b = binary.LittleEndian.AppendUint16(b, pcmTag)
	b = binary.LittleEndian.AppendUint16(b, channels)
	b = binary.LittleEndian.AppendUint32(b, sampleRate)
	b = binary.LittleEndian.AppendUint32(b, sampleRate*channels*bytesPerSample)
	b = binary.LittleEndian.AppendUint16(b, channels*bytesPerSample)
	b = binary.LittleEndian.AppendUint16(b, 8*bytesPerSample)
	b = append(b, "data"...)
	b = binary.LittleEndian.AppendUint32(b, uint32(len(pcm)))
	return os.WriteFile(path, append(b, pcm...), 0o600)
}
