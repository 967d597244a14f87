package bench

import (
	"context"
	"errors"
	"net/netip"
	"time"

	"golang.org/x/sys/unix"

	"mpg/ivr/media"
)

// soundCost is what the sound of calls takes without their signalling.
type soundCost struct {
	cpu     time.Duration // of this process
	packets uint64        // sent by both sides
}

// perCallSecond is the processor time of a two-way call, both its sides, in a
// second of it.
func (s soundCost) perCallSecond() float64 {
	return s.cpu.Seconds() / float64(max(s.packets, 1)) * packetsPerSecond
}

// packetsPerSecond are those of a two-way call.
const packetsPerSecond = 2 * float64(time.Second/media.FrameDuration)

// measureSound carries that many two-way calls between two media engines, as
// measureTicker does by tickers.
func measureSound(ctx context.Context, calls int, lasting time.Duration) (soundCost, error) {
	config := media.Config{IP: netip.MustParseAddr("127.0.0.1")}
	us, err := media.New(config)
	if err != nil {
		return soundCost{}, err
	}
	them, err := media.New(config)
	if err != nil {
		return soundCost{}, errors.Join(err, us.Close())
	}
	clip := media.NewClip(make([]int16, int(lasting/time.Second+1)*media.SampleRate))
	for range calls {
		err = errors.Join(err, carry(us, them, clip))
	}
	sent := func() uint64 { return us.Stats().Sent + them.Stats().Sent }
	before, packets := processorTime(unix.RUSAGE_SELF), sent()
	select {
	case <-time.After(lasting):
	case <-ctx.Done():
		err = errors.Join(err, ctx.Err())
	}
	cost := soundCost{processorTime(unix.RUSAGE_SELF) - before, sent() - packets}
	return cost, errors.Join(err, us.Close(), them.Close())
}

// carry opens a stream at each side, which end with their engines, and plays to
// both.
func carry(us, them *media.Engine, clip *media.Clip) error {
	here, err := us.Open(media.StreamConfig{})
	if err != nil {
		return err
	}
	there, err := them.Open(media.StreamConfig{Peer: here.LocalAddr()})
	if err != nil {
		return err
	}
	err = errors.Join(here.Start(media.Remote{Addr: there.LocalAddr(), Codec: media.PCMA}),
		there.Start(media.Remote{Addr: here.LocalAddr(), Codec: media.PCMA}))
	here.Play(clip)
	there.Play(clip)
	return err
}
