package proof

import (
	"context"
	"math/rand/v2"
	"time"

	"mpg/engine/bank/host"
	"mpg/engine/bank/iso8583"
)

// Times of the bank's weather.
const (
	bankFairMax  = 1200 * time.Millisecond // between two troubles
	bankDelayMax = 1700 * time.Millisecond // of an answer
)

// bankWeather troubles the bank until ctx ends, and leaves it well. What it does
// is what banks do: a request is booked at most once and a reversal gives back
// once, but what is said about it comes late, twice, garbled, or not at all.
func (w *world) bankWeather(ctx context.Context, rng *rand.Rand) {
	defer w.bank.ClearFaults()
	for pause(ctx, rng, bankFairMax) {
		switch rng.IntN(9) {
		case 0:
			w.bank.Drop()
		case 1:
			w.bank.Fault(badSignOn(rng))
			w.bank.Drop()
		case 2:
			w.bank.Say(iso8583.Echo)
		case 3:
			w.bank.Remember(rng.IntN(2) == 0)
		case 4, 5:
			w.bank.Fault(badReversal(rng))
		case 6:
			w.bank.Fault(badAdvice(rng))
		default:
			w.bank.Fault(badRequest(rng))
		}
		if !pause(ctx, rng, stormMax) {
			return
		}
		if rng.IntN(2) == 0 {
			w.bank.ClearFaults()
		}
	}
}

// badRequest is a fault of one or two requests.
func badRequest(rng *rand.Rand) host.Fault {
	codes := []string{"05", "14", "51", "61", "68", "91", "94", "96"}
	f := oneOf(rng, append(spoiltAnswers(),
		host.Fault{Kind: host.Decline, Code: oneOf(rng, codes)},
		host.Fault{Kind: host.Contradict, Code: oneOf(rng, codes)},
		host.Fault{Kind: host.Slow},
		host.Fault{Kind: host.Alter, Elements: []iso8583.DE{iso8583.DEResponse}, Value: oneOf(rng, []string{"10", "68", "09"})},
	))
	return dated(rng, f, host.Requests)
}

// badReversal is a fault of one or two reversals. No bank says 00 and does not give
// back: that could be found on its statement only.
func badReversal(rng *rand.Rand) host.Fault {
	codes := []string{"12", "25", "68", "91", "94", "96"}
	f := oneOf(rng, append(spoiltAnswers(),
		host.Fault{Kind: host.Decline, Code: oneOf(rng, codes)},
		host.Fault{Kind: host.Contradict, Code: oneOf(rng, codes)},
		host.Fault{Kind: host.Slow},
		host.Fault{Kind: host.Alter, Elements: []iso8583.DE{iso8583.DEResponse}, Value: oneOf(rng, codes)},
	))
	return dated(rng, f, host.Reversals)
}

// badAdvice returns a fault of one or two completions.
func badAdvice(rng *rand.Rand) host.Fault {
	f := badRequest(rng)
	f.On = host.Advices
	return f
}

// badSignOn is a fault of the next sign-ons.
func badSignOn(rng *rand.Rand) host.Fault {
	return dated(rng, oneOf(rng, []host.Fault{
		{Kind: host.Decline, Code: "91"}, {Kind: host.Ignore}, {Kind: host.Garbage}, {Kind: host.HalfFrame}, {Kind: host.DropAfter},
	}), host.Networks)
}

// spoiltAnswers are the faults in which the answer is lost, late or no good.
func spoiltAnswers() []host.Fault {
	return []host.Fault{
		{Kind: host.Ignore}, {Kind: host.Silence}, {Kind: host.LateAnswer}, {Kind: host.Duplicate}, {Kind: host.DropBefore},
		{Kind: host.DropAfter}, {Kind: host.Garbage}, {Kind: host.HalfFrame}, {Kind: host.WrongSTAN}, {Kind: host.WrongRRN},
		{Kind: host.WrongSum}, {Kind: host.EmptyBitmap},
		{Kind: host.Omit, Elements: []iso8583.DE{iso8583.DEResponse}},
		{Kind: host.Omit, Elements: []iso8583.DE{iso8583.DERRN}},
		{Kind: host.Alter, Elements: []iso8583.DE{iso8583.DECurrency}, Value: "840"},
	}
}

// dated makes f a fault of the next one or two messages of the class.
func dated(rng *rand.Rand, f host.Fault, on host.Class) host.Fault {
	f.On, f.Times = on, 1+rng.IntN(2)
	f.Delay = time.Duration(rng.Int64N(int64(bankDelayMax)))
	return f
}

func oneOf[T any](rng *rand.Rand, from []T) T { return from[rng.IntN(len(from))] }
