package bolt

import "context"

// Seq implements store.Feed.
func (s *Store) Seq() uint64 {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.state.seq
}

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
		case <-s.stopped:
			if seq := s.Seq(); seq > after {
				return seq, nil // the last commit before the end
			}
			return seq, s.refusal()
		}
	}
}

// waitFor returns the last number, and what is closed when there is a later one.
func (s *Store) waitFor(after uint64) (seq uint64, grown <-chan struct{}) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.state.seq > after {
		return s.state.seq, nil
	}
	if s.grown == nil {
		s.grown = make(chan struct{})
	}
	return s.state.seq, s.grown
}

// wake wakes those who wait for a commit; the caller holds the lock.
func (s *Store) wake() {
	if s.grown != nil {
		close(s.grown)
		s.grown = nil
	}
}
