package store

import (
	"encoding/binary"
	"fmt"
)

// IDKind is the first byte of an ID: what kind of step it names, so that two
// modules never choose the same ID. The numbers are the engine's.
type IDKind uint8

// idSecondMax is the largest second number that fits an ID behind its kind.
const idSecondMax = 1<<56 - 1

// IDOf returns the ID of a step that two numbers name, such as a payment and how
// far it has come: the same step has the same ID however often it is tried. It
// panics if second does not fit 56 bits, because two steps would then share an ID.
func IDOf(kind IDKind, first, second uint64) ID {
	if second > idSecondMax {
		panic(fmt.Sprintf("store: %d does not fit an ID", second))
	}
	var id ID
	binary.BigEndian.PutUint64(id[8:], second) // 7 bytes: the top one is zero
	id[0] = byte(kind)
	binary.BigEndian.PutUint64(id[1:9], first)
	return id
}

// Kind returns the kind that the ID was made with.
func (id ID) Kind() IDKind { return IDKind(id[0]) }
