package api

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"mpg/engine/admin"
	"mpg/engine/auth"
	"mpg/engine/lang"
	"mpg/engine/report"
	"mpg/engine/tail"
)

// Lists, searches and sums come from the read side, and say as of when they are. A list is
// {"items": […], "next": CURSOR, "as_of": TIME, "zone": ZONE}; the next page has the same
// address with cursor=CURSOR. An unknown parameter is refused, since nobody would notice
// that it was ignored.

// reports serves the operator's questions.
type reports struct {
	admin *admin.Service
	about *report.Reader
	tail  *tail.Tail
}

// reportRoutes returns the routes of the operator's questions.
func reportRoutes(all Services) []route {
	a := reports{all.Admin, all.Reports, all.Tail}
	return []route{
		{"GET /payments", auth.SeeRecords, a.payments},
		{"GET /payments/{ref}", auth.SeeRecords, a.payment},
		{"GET /refusals", auth.SeeRecords, a.refusals},
		{"GET /users", auth.SeeRecords, a.users},
		{"GET /merchants", auth.SeeRecords, a.merchants},
		{"GET /accounts/{name}/statement", auth.SeeRecords, a.statement},
		{"GET /find", auth.SeeRecords, a.find},
		{"GET /audit", auth.SeeAudit, a.audit},
		{"GET /stats", auth.SeeFigures, a.day},
		{"GET /events", auth.SeeRecords, a.events},
	}
}

// to returns the reports that the caller may see.
func (a reports) to(req *http.Request) *report.Reader {
	if auth.CallerOf(req.Context()).Masked() {
		return a.about.Masked()
	}
	return a.about
}

// asked reads the parameters of a question into fields, by name. If there are any
// others, it answers the request itself and returns false.
func asked(reply http.ResponseWriter, req *http.Request, fields map[string]*string) bool {
	query, err := url.ParseQuery(req.URL.RawQuery)
	if err != nil {
		problem(reply, http.StatusBadRequest, err)
		return false
	}
	for name, values := range query {
		field, known := fields[name]
		switch {
		case !known:
			problem(reply, http.StatusBadRequest, fmt.Errorf("there is no parameter %q here; want any of %s", name, strings.Join(sorted(fields), ", ")))
			return false
		case len(values) != 1:
			problem(reply, http.StatusBadRequest, fmt.Errorf("the parameter %s is given %d times; want it once", name, len(values)))
			return false
		}
		*field = values[0]
	}
	return true
}

// sorted returns the names of fields in order.
func sorted(fields map[string]*string) []string {
	names := make([]string, 0, len(fields))
	for name := range fields {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// looked records that the caller is about to read what is known about the subscriber with a
// number that somebody typed, if it is a number. If that cannot be recorded, it answers the
// request itself and returns false.
func (a reports) looked(reply http.ResponseWriter, req *http.Request, what string, numbers ...string) bool {
	for _, number := range numbers {
		if err := a.admin.LookedUp(req.Context(), what, number); err != nil {
			problem(reply, http.StatusConflict, err)
			return false
		}
	}
	return true
}

// seesWhole records that the caller is about to be shown data of many people, unless it is
// masked. If that cannot be recorded, it answers the request itself and returns false.
func (a reports) seesWhole(reply http.ResponseWriter, req *http.Request, what, object string) bool {
	err := a.admin.Staff.SeesWhole(req.Context(), what, object)
	if err != nil {
		problem(reply, http.StatusConflict, err)
	}
	return err == nil
}

// searched records that the caller, who sees masked names, is about to search for people by
// a name. If that cannot be recorded, it answers the request itself and returns false.
func (a reports) searched(reply http.ResponseWriter, req *http.Request, what, name string) bool {
	if name == "" || !auth.CallerOf(req.Context()).Masked() || !a.about.MayBeName(name) {
		return true
	}
	if err := a.admin.Searched(req.Context(), what, name); err != nil {
		problem(reply, http.StatusConflict, err)
		return false
	}
	return true
}

func (a reports) payments(reply http.ResponseWriter, req *http.Request) {
	var f report.PaymentFilter
	if !asked(reply, req, map[string]*string{"payer": &f.Payer, "payee": &f.Payee, "product": &f.Product, "state": &f.State, "reason": &f.Reason,
		"since": &f.Since, "until": &f.Until, "amount": &f.Amount, "limit": &f.Limit, "cursor": &f.Cursor}) || !a.looked(reply, req, "payment list", f.Payer, f.Payee) || !a.seesWhole(reply, req, "payment list", "") {
		return
	}
	page, err := a.to(req).Payments(req.Context(), f)
	answer(reply, page, err)
}

func (a reports) refusals(reply http.ResponseWriter, req *http.Request) {
	var f report.RefusalFilter
	if !asked(reply, req, map[string]*string{"payer": &f.Phone, "reason": &f.Reason, "since": &f.Since, "until": &f.Until, "limit": &f.Limit, "cursor": &f.Cursor}) ||
		!a.looked(reply, req, "payment list", f.Phone) || !a.seesWhole(reply, req, "payment list", "refused orders") {
		return
	}
	page, err := a.to(req).Refusals(req.Context(), f)
	answer(reply, page, err)
}

func (a reports) users(reply http.ResponseWriter, req *http.Request) {
	f, ok := people(reply, req)
	if !ok || !a.seesWhole(reply, req, "user list", "") || !a.searched(reply, req, "user list", f.Name) {
		return
	}
	page, err := a.to(req).Users(req.Context(), f)
	answer(reply, page, err)
}

func (a reports) merchants(reply http.ResponseWriter, req *http.Request) {
	f, ok := people(reply, req)
	if !ok {
		return
	}
	page, err := a.to(req).Merchants(req.Context(), f)
	answer(reply, page, err)
}

// people reads the parameters of a list of subscribers or shops.
func people(reply http.ResponseWriter, req *http.Request) (f report.PeopleFilter, ok bool) {
	return f, asked(reply, req, map[string]*string{"name": &f.Name, "state": &f.State, "limit": &f.Limit, "cursor": &f.Cursor})
}

func (a reports) statement(reply http.ResponseWriter, req *http.Request) {
	f := report.StatementFilter{Account: req.PathValue("name")}
	if !asked(reply, req, map[string]*string{"since": &f.Since, "until": &f.Until, "limit": &f.Limit, "cursor": &f.Cursor}) {
		return
	}
	if number, purse := strings.CutPrefix(f.Account, "purse:"); purse {
		if !a.looked(reply, req, "account statement", number) {
			return
		}
	} else if !a.seesWhole(reply, req, "account statement", f.Account) { // the other sides are people
		return
	}
	statement, err := a.to(req).Statement(req.Context(), f)
	answer(reply, statement, err)
}

func (a reports) find(reply http.ResponseWriter, req *http.Request) {
	what := ""
	if !asked(reply, req, map[string]*string{"what": &what}) || !a.looked(reply, req, "find", what) || !a.searched(reply, req, "find", what) {
		return
	}
	found, err := a.to(req).Find(req.Context(), what)
	if len(found.Payments)+len(found.Refused) > 0 && !a.seesWhole(reply, req, "find", lang.MaskText(what)) {
		return
	}
	if err == nil && !auth.CallerOf(req.Context()).Masked() {
		for _, person := range found.Users { // whom a part of a name has found
			if !a.looked(reply, req, "find", person.Number) {
				return
			}
		}
	}
	answer(reply, found, err)
}

func (a reports) audit(reply http.ResponseWriter, req *http.Request) {
	var f report.AuditFilter
	if !asked(reply, req, map[string]*string{"who": &f.Who, "what": &f.What, "on": &f.On, "since": &f.Since, "until": &f.Until, "limit": &f.Limit, "cursor": &f.Cursor}) {
		return
	}
	page, err := a.to(req).Audit(req.Context(), f)
	answer(reply, page, err)
}

func (a reports) day(reply http.ResponseWriter, req *http.Request) {
	day := ""
	if !asked(reply, req, map[string]*string{"day": &day}) {
		return
	}
	sums, err := a.to(req).Day(req.Context(), day)
	answer(reply, sums, err)
}

// PaymentStory is the answer to GET /payments/{ref}: the payment as the books have it now,
// and what happened to it as the read side tells it.
type PaymentStory struct {
	admin.PaymentView
	Story   *report.Story `json:"story,omitempty"`
	Missing string        `json:"story_missing,omitempty"` // why there is no story
}

func (a reports) payment(reply http.ResponseWriter, req *http.Request) {
	view, err := a.admin.Payment(req.Context(), req.PathValue("ref"))
	if err != nil {
		problem(reply, http.StatusConflict, err)
		return
	}
	shown := PaymentStory{PaymentView: view}
	story, err := a.to(req).Story(req.Context(), view.Ref)
	if err != nil {
		shown.Missing = err.Error()
	} else {
		shown.Story = &story
	}
	answer(reply, shown, nil)
}

// What GET /events does without parameters, and the longest that it waits. A daemon that
// stops waits for it too.
const (
	eventsDefault = 20
	eventsWaitMax = 2 * time.Second
)

// events answers with the last events, or, if after is given, with those after that record.
// With wait=1 it waits a little for some.
func (a reports) events(reply http.ResponseWriter, req *http.Request) {
	var last, after, wait string
	if !asked(reply, req, map[string]*string{"last": &last, "after": &after, "wait": &wait}) {
		return
	}
	masked := auth.CallerOf(req.Context()).Masked()
	if !a.seesWhole(reply, req, "tail", "") {
		return
	}
	if after == "" {
		count := eventsDefault
		if last != "" {
			var err error
			if count, err = strconv.Atoi(last); err != nil || count < 0 || count > tail.EventsMax {
				problem(reply, http.StatusBadRequest, fmt.Errorf("last is %q; want 0 to %d", last, tail.EventsMax))
				return
			}
		}
		page, err := a.tail.Last(req.Context(), count, masked)
		answer(reply, page, err)
		return
	}
	seq, err := strconv.ParseUint(after, 10, 64)
	if err != nil {
		problem(reply, http.StatusBadRequest, fmt.Errorf("after is %q; want next from an earlier answer", after))
		return
	}
	var patience time.Duration
	if wait != "" {
		patience = eventsWaitMax
	}
	page, err := a.tail.After(req.Context(), seq, patience, masked)
	answer(reply, page, err)
}
