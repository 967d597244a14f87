package api

import (
	"errors"
	"net/http"
)

// totals serves what we and the banks have booked.
type totals struct{ api }

// Day is the body of POST /banks/{bank}/totals.
type Day struct {
	Day string `json:"day,omitempty"` // 2006-01-02; empty: the one that is open at the bank
}

// day answers with our totals of a business date of a bank.
func (a totals) day(reply http.ResponseWriter, req *http.Request) {
	day := ""
	if !asked(reply, req, map[string]*string{"day": &day}) {
		return
	}
	shown, err := a.admin.Totals.Day(req.Context(), req.PathValue("bank"), day)
	answer(reply, shown, err)
}

// send tells a bank our totals.
func (a totals) send(reply http.ResponseWriter, req *http.Request) {
	var in Day
	if !body(reply, req, &in) {
		return
	}
	shown, err := a.admin.Totals.Send(req.Context(), by(req), req.PathValue("bank"), in.Day)
	answer(reply, shown, err)
}

// breaks answers with what is open with the banks.
func (a totals) breaks(reply http.ResponseWriter, req *http.Request) {
	bank, all := "", ""
	if !asked(reply, req, map[string]*string{"bank": &bank, "all": &all}) {
		return
	}
	if all != "" && all != "1" {
		problem(reply, http.StatusBadRequest, errors.New("all is 1, or left out"))
		return
	}
	list, err := a.admin.Totals.Breaks(req.Context(), bank, all != "")
	answer(reply, list, err)
}
