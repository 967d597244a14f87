package admin

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"strings"
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
func (s *Staff) SeesWhole(ctx context.Context, what, object string) error {
	if masked(ctx) {
		return nil
	}
	return s.admin.looked(ctx, what, 0, object)
}

// Searched records that the caller is about to search for people by a name. The name itself
// is not kept: it may be anybody's. Two bytes of its digest are, so that somebody who tries
// many names leaves as many records, and none tells a name.
func (r *Reader) Searched(ctx context.Context, what, name string) error {
	sum := sha256.Sum256([]byte(strings.ToLower(strings.TrimSpace(name))))
	return r.looked(ctx, what, 0, fmt.Sprintf("name #%x", sum[:2]))
}
