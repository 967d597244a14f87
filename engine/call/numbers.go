package call

import "sync"

// numberLocks give each number to one call at a time: the one before may still be
// hanging up when the next order comes.
type numberLocks struct {
	mu sync.Mutex
	by map[string]*numberLock
}

type numberLock struct {
	free  chan struct{} // holds a token while nobody calls
	users int           // that hold it or wait for it
}

// of returns the token of a number; forget must be called after use.
func (l *numberLocks) of(number string) (free chan struct{}, forget func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	lock := l.by[number]
	if lock == nil {
		lock = &numberLock{free: make(chan struct{}, 1)}
		lock.free <- struct{}{}
		l.by[number] = lock
	}
	lock.users++
	return lock.free, func() { l.forget(number, lock) }
}

func (l *numberLocks) forget(number string, lock *numberLock) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if lock.users--; lock.users == 0 {
		delete(l.by, number)
	}
}
