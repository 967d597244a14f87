package engine

import "sync"

// slots give each number to one call at a time: the one before may still be
// hanging up when the next order comes.
type slots struct {
	mu sync.Mutex
	by map[string]*slot
}

type slot struct {
	free  chan struct{} // holds a token while nobody calls
	users int           // that hold it or wait for it
}

// of is the slot of a number; done must be called after use.
func (s *slots) of(number string) (free chan struct{}, done func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	one := s.by[number]
	if one == nil {
		one = &slot{free: make(chan struct{}, 1)}
		one.free <- struct{}{}
		s.by[number] = one
	}
	one.users++
	return one.free, func() { s.done(number, one) }
}

func (s *slots) done(number string, one *slot) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if one.users--; one.users == 0 {
		delete(s.by, number)
	}
}
