package bank

import (
	"context"
	"errors"
	"fmt"

	"mpg/engine/bank/iso8583"
)

// Try finds out whether the host answers: it connects once and exchanges a sign-on, an
// echo and a sign-off message. With onlyEcho it exchanges the echo only, since the others
// would disturb another connection of this gateway. Try is for a Link that is not running.
func (l *Link) Try(ctx context.Context, onlyEcho bool) error {
	defer l.finish()
	s, err := l.open(ctx)
	if err != nil {
		return fmt.Errorf("dial: %w", err)
	}
	defer s.end(errors.New("tried"))
	if !onlyEcho {
		if err := s.network(ctx, iso8583.SignOn, l.cfg.Timeout); err != nil {
			return fmt.Errorf("sign-on: %w", err)
		}
	}
	if err := s.network(ctx, iso8583.Echo, l.cfg.Timeout); err != nil {
		return fmt.Errorf("echo: %w", err)
	}
	if !onlyEcho {
		l.signOff(ctx, s)
	}
	return nil
}
