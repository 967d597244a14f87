package staff

import (
	"context"

	"mpg/engine/auth"
	"mpg/engine/tx"
)

// Looked records that the caller is about to read what the books hold about one
// subscriber, or one payment. It returns once that is durable, so that nothing is shown
// without a record of it. A person who reads the same again within the hour leaves no
// second record. Where there is no staff, nothing is recorded. user is the number of the
// subscriber's record, or 0.
func (s *Service) Looked(ctx context.Context, caller auth.Caller, what string, user uint64, object string) error {
	if caller.Person.Name == "" {
		return nil
	}
	return s.cfg.Run.Do(ctx, func(t *tx.Tx) error {
		lookup := Lookup{Person: caller.Person.Name, UID: caller.UID, What: what, User: user, Object: object, At: t.Now.UTC()}
		key := LookupKey(lookup)
		if first, err := tx.Read[Lookup](t, LookupTable, key); err != nil || first != nil {
			return err
		}
		tx.Archive(t, LookupTable, key, &lookup)
		return nil
	})
}
