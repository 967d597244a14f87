package main

import (
	"strings"

	"github.com/spf13/cobra"

	"mpg/engine/product"
)

// productOf returns the product of that name, which --product gives.
func productOf(cmd *cobra.Command, name string) (product.Product, error) {
	by, ok := product.Named(name)
	if !ok {
		return by, misusedBy(cmd, "--product: %q is not %s", name, productNames())
	}
	return by, nil
}

// noShopIn says that a product has nothing to do with a shop.
func noShopIn(cmd *cobra.Command, p product.Product) error {
	return misusedBy(cmd, "--merchant: no shop takes part in a payment by %s", p.Name)
}

// productNames lists the products that can be ordered, as people write a list.
func productNames() string {
	all := product.All()
	names := make([]string, len(all))
	for i, p := range all {
		names[i] = string(p.Name)
	}
	last := len(names) - 1
	return strings.Join(names[:last], ", ") + " or " + names[last]
}
