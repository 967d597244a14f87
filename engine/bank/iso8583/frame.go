package iso8583

import (
	"encoding/binary"
	"errors"
	"io"
)

// MessageMax is the longest message in octets that is read or written. The
// longest that mpg says is under 400; hosts add private elements.
const MessageMax = 8 << 10

// headerOctets is the length of the length.
const headerOctets = 2

// ErrTooLong says that a frame announces, or would have to announce, more than
// MessageMax octets. What follows on a stream that said so cannot be trusted.
var ErrTooLong = errors.New("iso8583: message is longer than 8192 octets")

// AppendFrame appends the length of message and message to dst.
func AppendFrame(dst, message []byte) ([]byte, error) {
	if len(message) > MessageMax {
		return dst, ErrTooLong
	}
	dst = binary.BigEndian.AppendUint16(dst, uint16(len(message)))
	return append(dst, message...), nil
}

// ReadFrame reads one message without its length. A length of 0, which some hosts send to
// keep a line open, yields an empty message. Errors are those of in, io.ErrUnexpectedEOF
// within a frame, and ErrTooLong.
func ReadFrame(in io.Reader) ([]byte, error) {
	var header [headerOctets]byte
	if _, err := io.ReadFull(in, header[:]); err != nil {
		return nil, err
	}
	length := binary.BigEndian.Uint16(header[:])
	if length > MessageMax {
		return nil, ErrTooLong
	}
	message := make([]byte, length)
	if _, err := io.ReadFull(in, message); err != nil {
		if errors.Is(err, io.EOF) {
			err = io.ErrUnexpectedEOF
		}
		return nil, err
	}
	return message, nil
}
