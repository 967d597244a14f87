package api

import "net/http"

// Verb is the body of POST /modules/{module}/{verb}: the arguments as they were typed, by
// name. The verbs are those of the modules that have joined; one that changes something
// needs a key.
type Verb struct {
	Args map[string]string `json:"args"`
}

func (a api) verb(reply http.ResponseWriter, req *http.Request) {
	var typed Verb
	if !body(reply, req, &typed) {
		return
	}
	result, err := a.admin.Verbs.Run(req.Context(), by(req), req.PathValue("module"), req.PathValue("verb"), typed.Args)
	answer(reply, result, err)
}
