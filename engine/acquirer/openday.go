package acquirer

import (
	"context"
	"fmt"
	"time"

	"mpg/engine/payment"
	"mpg/engine/reconcile"
	"mpg/engine/tx"
)

// How far back the business date that is open at a bank is looked for: so many days, and so
// many requests to the bank.
const (
	openDays     = 8
	openRequests = 100
)

// OpenDay returns the business date that is open at a bank: the newest that one of its latest
// answers carries, or the day after the last one that it has closed, whichever is later. A
// bank that tells neither has the date of today. closes says that it tells when it closes one.
func (c *Comparison) OpenDay(ctx context.Context, bankName string) (day string, closes bool, err error) {
	t, today := c.cfg.Run.View(ctx), c.cfg.Now().In(c.cfg.Zone)
	if day, err = c.lastAnswered(t, bankName); err != nil {
		return "", false, err
	}
	for ahead := 2; ahead > -openDays; ahead-- { // the bank may be in an earlier zone
		date := today.AddDate(0, 0, ahead)
		about, err := tx.Read[reconcile.Day](t, reconcile.DayTable, reconcile.DayKey(bankName, date.Format(time.DateOnly)))
		if err != nil {
			return "", false, err
		}
		if about != nil && !about.Closed.IsZero() {
			return max(day, date.AddDate(0, 0, 1).Format(time.DateOnly)), true, nil
		}
	}
	if day == "" {
		day = today.Format(time.DateOnly)
	}
	return day, false, nil
}

// lastAnswered returns the newest business date of the latest answers of a bank; "": none of
// them carries one.
func (c *Comparison) lastAnswered(t *tx.Tx, bankName string) (day string, err error) {
	since := c.cfg.Now().Add(-lookBack)
	for no, seen := c.cfg.Books.Requests.Load(), 0; no > 0 && seen < openRequests && t.Context().Err() == nil; no-- {
		req, err := tx.Read[payment.Request](t, payment.BankTable, payment.Key(no))
		switch {
		case err != nil:
			return "", err
		case req == nil:
			continue
		case req.At.Before(since):
			return day, nil
		case req.Bank != bankName:
			continue
		}
		seen++
		if date, ok := reconcile.DayOf(req.Settlement, req.At.In(c.cfg.Zone)); ok && req.Settlement != "" {
			day = max(day, date)
		}
	}
	return day, t.Context().Err()
}

// begun returns ErrNotBegun for a business date of a bank that has not begun. A bank that does
// not tell when it closes a date may be at today's already.
func (c *Comparison) begun(ctx context.Context, bankName, day string) error {
	open, closes, err := c.OpenDay(ctx, bankName)
	if err != nil {
		return err
	}
	if today := c.cfg.Now().In(c.cfg.Zone).Format(time.DateOnly); !closes {
		open = max(open, today)
	}
	if day > open {
		return fmt.Errorf("%s %w %s, where %s is open", day, ErrNotBegun, bankName, open)
	}
	return nil
}
