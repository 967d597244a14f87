package admin_test

import (
	"context"
	"encoding/json"
	"testing"

	"mpg/engine/admin"
	"mpg/engine/merchant"
	"mpg/engine/tx"
)

// fundSample is the command that funds an agent; see samples.
func fundSample() sample {
	ctx := context.Background()
	return sample{
		give: func(o *office, by admin.Command) (json.RawMessage, error) {
			return admin.Agents{Service: o.Service}.Fund(ctx, by, "8001", 60_000)
		},
		underneath: func(t *testing.T, o *office) {
			o.change(t, func(t *tx.Tx) error {
				shop, err := t.Merchant("8001")
				if err == nil {
					shop.Name.EN = "ANOTHER"
					tx.Save(t, merchant.Table, shop.Code, shop)
				}
				return err
			})
		},
		done: func(t *testing.T, o *office) int { return o.entries(t, admin.Funding, 60_000) },
	}
}
