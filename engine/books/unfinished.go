package books

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"mpg/engine/payment"
	"mpg/engine/tx"
	"mpg/store"
)

// Unfinished returns the requests that a bank or a biller has still to answer or to reverse,
// in the order of their numbers: those that are listed as open, the one that a payment under
// way is waiting for, and those that hold money until its amount is known.
func Unfinished(ctx context.Context, books store.Reader) ([]*payment.Request, error) {
	var list []*payment.Request
	for listed, err := range books.Docs(ctx, payment.OpenRequestTable, "", 0) {
		request, err := recordAt[payment.Request](ctx, books, payment.BankTable, listed.Key, err)
		if err != nil {
			return nil, err
		}
		list = append(list, request)
	}
	for listed, err := range books.Docs(ctx, payment.OpenTable, "", 0) {
		under, err := recordAt[payment.Payment](ctx, books, payment.Table, listed.Key, err)
		if err != nil {
			return nil, err
		}
		waits := under.Increased()
		if len(under.Requests) > 0 {
			waits = append(waits, under.Request())
		}
		if asked := under.Increasing(); asked != nil {
			waits = append(waits, asked.Request)
		}
		for _, no := range waits {
			request, err := recordAt[payment.Request](ctx, books, payment.BankTable, payment.Key(no), nil)
			if err != nil {
				return nil, err
			}
			if request.State == payment.RequestSent || request.Kind == payment.PreAuth && request.State == payment.RequestAnswered && under.RestsOn(no) {
				list = append(list, request)
			}
		}
	}
	slices.SortFunc(list, func(a, b *payment.Request) int { return cmp.Compare(a.No, b.No) })
	return list, nil
}

// recordAt returns the record of a table at key, which another record names. failed is the
// error of the walk that led to it.
func recordAt[R any](ctx context.Context, books store.Reader, table store.Table, key string, failed error) (*R, error) {
	if failed != nil {
		return nil, failed
	}
	doc, ok, err := books.Doc(ctx, table, key)
	if err == nil && !ok {
		err = errors.New("no such record")
	}
	record, err := tx.Decoded[R](doc, err)
	if err != nil {
		return nil, fmt.Errorf("engine: record %s of table %d: %w", key, table, err)
	}
	return record, nil
}
