package notice

import "mpg/store"

// DroppedTable holds each Dropped by the number of its first row: see payment.Key.
const DroppedTable store.Table = 21

// DroppedMax bounds Dropped.Rows.
const DroppedMax = 64

// Why says why a notice was not sent. The values are stored.
type Why string

// The reasons.
const (
	WhyReplaced Why = "replaced" // a later text to the same person says more
	WhyRefused  Why = "refused"  // because of the text itself or its recipient
	WhyGivenUp  Why = "given up" // after too many tries, or too long
)

// Dropped says that outbox rows were marked as done without having been sent. It is written
// in the commit that marks them: all other rows that are marked were sent.
type Dropped struct {
	Rows []store.RowID `cbor:"1,keyasint"`
	Why  Why           `cbor:"2,keyasint"`
}
