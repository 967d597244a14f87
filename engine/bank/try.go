package bank

import (
	"context"
	"errors"
	"fmt"

	"mpg/engine/bank/iso8583"
)

// Try finds out whether the host answers: it connects once to each address and exchanges a
// sign-on, an echo and a sign-off message. With onlyEcho it exchanges the echo only, since the
// others would disturb another connection of this gateway. Try is for a Link that is not
// running.
func (l *Link) Try(ctx context.Context, onlyEcho bool) error {
	defer l.finish()
	for _, one := range l.lines {
		if err := one.try(ctx, onlyEcho); err != nil {
			if len(l.lines) > 1 {
				err = fmt.Errorf("%s: %w", one.addr, err)
			}
			return err
		}
	}
	return nil
}

func (n *line) try(ctx context.Context, onlyEcho bool) error {
	l := n.link
	s, err := n.open(ctx)
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
		s.signOff(ctx)
	}
	return nil
}
