package api

import (
	"net/http"

	"mpg/engine/admin"
	"mpg/engine/auth"
)

// NewTill is the body of POST /merchants/{code}/tills.
type NewTill struct {
	Name string `json:"name"`
}

// tills serves the commands about the tills of shops.
type tills struct{ all *admin.Tills }

// tillRoutes returns the routes about tills.
func tillRoutes(all *admin.Tills) []route {
	a := tills{all}
	return []route{
		{"POST /merchants/{code}/tills", auth.ManagePeople, a.add},
		{"GET /merchants/{code}/tills", auth.SeeRecords, a.list},
		{"POST /merchants/{code}/tills/{name}/block", auth.ManagePeople, a.block},
	}
}

func (a tills) add(reply http.ResponseWriter, req *http.Request) {
	var in NewTill
	if !body(reply, req, &in) {
		return
	}
	result, err := a.all.Add(req.Context(), by(req), req.PathValue("code"), in.Name)
	answer(reply, result, err)
}

func (a tills) list(reply http.ResponseWriter, req *http.Request) {
	all, err := a.all.List(req.Context(), req.PathValue("code"))
	answer(reply, all, err)
}

func (a tills) block(reply http.ResponseWriter, req *http.Request) {
	if !body(reply, req, &struct{}{}) {
		return
	}
	result, err := a.all.Block(req.Context(), by(req), req.PathValue("code"), req.PathValue("name"))
	answer(reply, result, err)
}
