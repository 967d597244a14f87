package admin

import (
	"context"
	"errors"
)

// LookedUp keeps that who asks is about to read what is known of the subscriber of a number
// that somebody typed. What is no subscriber's number is nobody's data, and nothing is kept.
func (r *Reader) LookedUp(ctx context.Context, what, written string) error {
	number, ok := r.cfg.Numbers.Number(written)
	if !ok {
		return nil
	}
	owner, err := subscriber(r.view(ctx), number)
	if errors.Is(err, ErrNoUser) {
		return nil
	}
	if err != nil {
		return err
	}
	return r.looked(ctx, what, owner.No, "")
}
