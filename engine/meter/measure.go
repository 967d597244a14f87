package meter

// Measure names a duration that the engine measures.
type Measure uint8

// The measures.
const (
	OrderToCall    Measure = iota + 1 // from the order to its first call
	OrderToReceipt                    // from the order until the SMSC accepts the text about its end
	CallToAnswer                      // from placing a call until it is answered
	CallLength                        // from the answer of a call to its end
)
