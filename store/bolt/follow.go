package bolt

import "context"

// Wait implements store.Feed.
func (s *Store) Wait(ctx context.Context, after uint64) (uint64, error) {
	for {
		seq, grown := s.waitFor(after)
		if seq > after {
			return seq, nil
		}
		select {
		case <-grown:
		case <-ctx.Done():
			return seq, ctx.Err()
		case <-s.queue.stopped:
			if seq := s.Seq(); seq > after {
				return seq, nil // the last commit before the end
			}
			return seq, s.queue.refusal()
		}
	}
}
