// Package codec turns records into the bytes of documents and outbox rows, and back:
// CBOR (RFC 8949) with an integer key for each field.
//
// A record is a struct whose fields have tags such as `cbor:"3,keyasint"`. A key stands
// for its field for ever: the field's name may change, the key of a field that is gone
// is never used again, and a new field takes the next one. testdata/records.txt in
// engine lists all keys. A record with a key that this build does not know is refused,
// since the field would be lost when the record is written back. Times keep their
// offset from UTC, because texts tell local time.
//
// The package imports nothing of ours. github.com/fxamacker/cbor does the coding: it is
// fuzzed, and bounds what a damaged document can make it allocate.
package codec

import (
	"fmt"

	"github.com/fxamacker/cbor/v2"
)

var (
	encoder = encoderOf(cbor.EncOptions{Time: cbor.TimeRFC3339Nano})
	decoder = decoderOf(cbor.ExtraDecErrorUnknownField)
	peeker  = decoderOf(cbor.ExtraDecErrorNone)
)

func encoderOf(options cbor.EncOptions) cbor.EncMode {
	mode, err := options.EncMode()
	if err != nil {
		panic("codec: " + err.Error())
	}
	return mode
}

func decoderOf(refused cbor.ExtraDecErrorCond) cbor.DecMode {
	mode, err := cbor.DecOptions{
		DupMapKey:         cbor.DupMapKeyEnforcedAPF,
		ExtraReturnErrors: refused,
		UTF8:              cbor.UTF8DecodeInvalid, // texts are stored as they came, and what was stored must be readable
	}.DecMode()
	if err != nil {
		panic("codec: " + err.Error())
	}
	return mode
}

// Encode returns the bytes of record, a struct or a pointer to one. It fails only for a
// type that cannot be encoded.
func Encode(record any) ([]byte, error) {
	data, err := encoder.Marshal(record)
	if err != nil {
		return nil, fmt.Errorf("codec: %T: %w", record, err)
	}
	return data, nil
}

// Decode reads data, all of it, into record, a pointer to a struct. The error says what
// is wrong with data, and record is then incomplete.
func Decode(data []byte, record any) error {
	if err := decoder.Unmarshal(data, record); err != nil {
		return fmt.Errorf("codec: %T: %w", record, err)
	}
	return nil
}

// Peek is like Decode, but skips the fields that record does not have: it reads the
// format of a record that Decode may refuse.
func Peek(data []byte, record any) error {
	if err := peeker.Unmarshal(data, record); err != nil {
		return fmt.Errorf("codec: %T: %w", record, err)
	}
	return nil
}
