package admin

import (
	"context"
	"iter"

	"mpg/engine/tx"
	"mpg/store"
)

// Page says which part of a list is wanted.
type Page struct {
	After string // Next of the page before; empty: from the beginning
	Limit int    // how many items at most
}

// List is a page of a list.
type List[V any] struct {
	Items []V
	Next  string // After of the next page; empty: there is none
}

// listed returns a page of the records of a table, in the order of their keys. A record
// that is added meanwhile is on a later page, or on none.
func listed[R, V any](ctx context.Context, books store.Reader, table store.Table, page Page, show func(context.Context, *R) (V, error)) (List[V], error) {
	list := List[V]{Items: []V{}}
	last := ""
	for doc, err := range books.Docs(ctx, table, page.After, page.Limit+1) { // one more shows whether there is a next page
		if err == nil && len(list.Items) == page.Limit {
			list.Next = last
			break
		}
		record, err := tx.Decoded[R](doc, err)
		if err != nil {
			return list, err
		}
		view, err := show(ctx, record)
		if err != nil {
			return list, err
		}
		list.Items, last = append(list.Items, view), doc.Key
	}
	return list, nil
}

// walk yields the views of all records of a table, in the order of their keys. It ends
// with the first error.
func walk[R, V any](ctx context.Context, books store.Reader, table store.Table, show func(context.Context, *R) (V, error)) iter.Seq2[V, error] {
	return func(yield func(V, error) bool) {
		var none V
		for doc, err := range books.Docs(ctx, table, "", 0) {
			record, err := tx.Decoded[R](doc, err)
			if err != nil {
				yield(none, err)
				return
			}
			view, err := show(ctx, record)
			if !yield(view, err) || err != nil {
				return
			}
		}
	}
}
