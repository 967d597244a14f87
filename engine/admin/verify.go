package admin

import (
	"context"
	"errors"
	"io"

	"mpg/engine/audit"
	"mpg/store"
)

// Verification is what Verify found: the store's own report, and whether its
// books agree with the documents.
type Verification struct {
	store.Report
	Audit audit.Report
}

// Verify recomputes the whole ledger and compares the books with the payments,
// bank requests and subscribers, and the commands that needed two people with their
// approvals. Payments go on meanwhile.
func (r *Reader) Verify(ctx context.Context) (Verification, error) {
	found, err := VerifyStore(ctx, r.cfg.Store, r.cfg.Checks()...)
	if err == nil && len(found.Faults)+len(found.Audit.Faults) == 0 {
		r.cfg.Verified(r.cfg.Now())
	}
	return found, err
}

// VerifyStore does what Verify does, for books that no Service has open, with the
// checks of modules.
func VerifyStore(ctx context.Context, books store.Store, checks ...audit.Check) (Verification, error) {
	report, err := books.Verify(ctx)
	found := Verification{Report: report}
	if err != nil {
		return found, err
	}
	journal, ok := books.(store.Journal)
	if !ok {
		return found, errors.New("this store keeps no journal to audit")
	}
	found.Audit, err = audit.Run(ctx, journal, append(checks, newApprovalCheck())...)
	return found, err
}

// Backup writes a copy of the books to out while payments go on.
func (r *Reader) Backup(ctx context.Context, out io.Writer) (store.Backup, error) {
	copier, ok := r.cfg.Store.(store.Copier)
	if !ok {
		return store.Backup{}, errors.New("this store cannot be copied while it works")
	}
	return copier.Backup(ctx, out)
}
