package api

import (
	"mpg/engine/admin"
	"mpg/engine/auth"
)

// Rights returns the patterns of all routes, each with the right that it needs.
func Rights(service *admin.Service) map[string]auth.Right {
	rights := make(map[string]auth.Right)
	for _, route := range routes(Services{Admin: service}) {
		rights[route.pattern] = route.right
	}
	return rights
}
