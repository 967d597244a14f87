package api

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strconv"

	"mpg/engine/admin"
)

// pageMax is how many items a list from the books has at most. A longer one comes in pages:
// each but the last has the address of the next one in its header, as RFC 8288 says:
//
//	Link: </ledger/payments?after=000000000000001c&limit=1000>; rel="next"
//
// limit asks for fewer items than that.
const pageMax = 1000

// list answers with the page of a list that the request asks for.
func list[V any](reply http.ResponseWriter, req *http.Request, page func(context.Context, admin.Page) (admin.List[V], error)) {
	limit := pageMax
	if wanted := req.URL.Query().Get("limit"); wanted != "" {
		var err error
		if limit, err = strconv.Atoi(wanted); err != nil || limit < 1 || limit > pageMax {
			problem(reply, http.StatusBadRequest, fmt.Errorf("limit is %q; want 1 to %d", wanted, pageMax))
			return
		}
	}
	got, err := page(req.Context(), admin.Page{After: req.URL.Query().Get("after"), Limit: limit})
	if err == nil && got.Next != "" {
		query := url.Values{"after": {got.Next}, "limit": {strconv.Itoa(limit)}}
		reply.Header().Set("Link", fmt.Sprintf(`<%s?%s>; rel="next"`, req.URL.Path, query.Encode()))
	}
	answer(reply, got.Items, err)
}
