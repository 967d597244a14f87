package pdu

import "bytes"

// cursor walks a body. The first fault sticks, so that a decoder reads as a
// column of fields and asks once.
type cursor struct {
	rest []byte
	err  *Error
}

func (c *cursor) fail(field string, reason Reason, st Status) {
	if c.err == nil {
		c.err = &Error{Field: field, Reason: reason, Status: st}
	}
	c.rest = nil
}

// octet takes an Integer of one octet. SMPP 3.4 3.1
func (c *cursor) octet(field string) byte {
	if len(c.rest) == 0 {
		c.fail(field, Truncated, RInvCmdLen)
		return 0
	}
	b := c.rest[0]
	c.rest = c.rest[1:]
	return b
}

// octets takes three Integers of one octet each, one check for all.
func (c *cursor) octets(field string) (x, y, z byte) {
	if len(c.rest) < 3 {
		c.fail(field, Truncated, RInvCmdLen)
		return 0, 0, 0
	}
	x, y, z = c.rest[0], c.rest[1], c.rest[2]
	c.rest = c.rest[3:]
	return x, y, z
}

// cString takes a C-octet string of at most limit octets, its NUL included,
// and gives it without. SMPP 3.4 3.1
func (c *cursor) cString(field cField) []byte {
	seen := c.rest[:min(len(c.rest), field.limit)]
	if len(seen) > 0 && seen[0] == 0 { // most are empty
		c.rest = c.rest[1:]
		return seen[:0:0]
	}
	n := bytes.IndexByte(seen, 0)
	switch {
	case n >= 0:
		c.rest = c.rest[n+1:]
		return seen[:n:n]
	case len(seen) < field.limit:
		c.fail(field.name, Truncated, RInvCmdLen)
	default:
		c.fail(field.name, TooLong, field.status)
	}
	return nil
}

// cField is a C-octet string: its name, its most octets with the NUL, and the
// command_status when it does not hold.
type cField struct {
	name   string
	limit  int
	status Status
}

// check refuses what would not arrive as it was meant.
func (f cField) check(value []byte) error {
	if len(value) >= f.limit {
		return &Error{Field: f.name, Reason: TooLong, Status: f.status}
	}
	if bytes.IndexByte(value, 0) >= 0 {
		return &Error{Field: f.name, Reason: HoldsNUL, Status: f.status}
	}
	return nil
}

func appendCString(dst, value []byte) []byte { return append(append(dst, value...), 0) }
