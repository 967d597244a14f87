package admin

import (
	"context"
	"errors"
)

// LookedUp records that the caller is about to read what is known about the subscriber with
// a number that somebody typed. If no subscriber has the number, it records nothing.
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

// SeesWhole records that the caller is about to be shown data of many people, if they see
// it whole: a list, or what a search has found. object says which list or search, and never
// a number.
func (r *Reader) SeesWhole(ctx context.Context, what, object string) error {
	if masked(ctx) {
		return nil
	}
	return r.looked(ctx, what, 0, object)
}
