package smpp

import "context"

// window bounds the submit_sm that wait for an answer, over all links: it holds one token
// for each.
type window chan struct{}

// enter waits for a place. leave frees it.
func (w window) enter(ctx context.Context, draining <-chan struct{}) error {
	select {
	case w <- struct{}{}:
		return nil
	default:
	}
	select {
	case w <- struct{}{}:
		return nil
	case <-draining:
		return ErrDraining
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (w window) leave() { <-w }

// fill takes every place, each once it is free, and returns how many it had taken when ctx
// ended. release frees them.
func (w window) fill(ctx context.Context) (taken int, err error) {
	for ; taken < cap(w); taken++ {
		select {
		case w <- struct{}{}:
		case <-ctx.Done():
			return taken, ctx.Err()
		}
	}
	return taken, nil
}

func (w window) release(taken int) {
	for range taken {
		w.leave()
	}
}
