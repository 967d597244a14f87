package api_test

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"mpg/engine/api"
	"mpg/engine/auth"
	"mpg/engine/staff"
	"mpg/engine/tx"
)

// request sends one request as the person who logged in last, and returns the status and
// the body.
func (d *desk) request(method, path, key, body string) (int, string) {
	d.t.Helper()
	req, err := http.NewRequest(method, "http://mpg"+path, strings.NewReader(body))
	if err != nil {
		d.t.Fatal(err)
	}
	req.Header.Set("Idempotency-Key", key)
	if d.token != "" {
		req.Header.Set("Authorization", "Bearer "+d.token)
	}
	res, err := d.http.Do(req)
	if err != nil {
		d.t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		d.t.Fatal(err)
	}
	return res.StatusCode, string(text)
}

// login logs in with a code or a password, and returns the token.
func (d *desk) login(name, password, chosen string) string {
	d.t.Helper()
	body, err := json.Marshal(api.Login{Name: name, Password: []byte(password), New: []byte(chosen)})
	if err != nil {
		d.t.Fatal(err)
	}
	return d.ask("POST", "/staff/login", "", string(body), 200)["token"].(string)
}

// staffed adds a member of each role, whose name is that of the role, and a second admin.
// It returns their tokens.
func (d *desk) staffed() map[string]string {
	d.t.Helper()
	tokens := make(map[string]string)
	hire := func(name string, role auth.Role) {
		d.t.Helper()
		hired := d.ask("POST", "/staff", "hire-"+name, fmt.Sprintf(`{"name":%q,"role":%q}`, name, role), 200)
		code, by := "", d.token
		if rest := d.approved(tokens["deputy"], hired); rest != "" {
			code = hired["code_begins"].(string) + rest
		} else {
			code = hired["code"].(string)
		}
		d.token = ""
		tokens[name] = d.login(name, code, "the password of "+name)
		d.token = by
	}
	hire("admin", auth.Admin)
	hire("deputy", auth.Admin)
	d.token = tokens["admin"]
	for _, role := range []auth.Role{auth.Viewer, auth.Support, auth.Operator, auth.Finance} {
		hire(string(role), role)
	}
	d.token = ""
	return tokens
}

// approved has the person with a token approve what waits for a second person, if it does.
// It returns the second half of the one-time code that this makes, if it makes one.
func (d *desk) approved(token string, asked map[string]any) (codeEnds string) {
	d.t.Helper()
	id, waits := asked["approval"].(string)
	if !waits {
		return ""
	}
	by := d.token
	d.token = token
	codeEnds, _ = d.ask("POST", "/approvals/"+id+"/approve", "approve-"+id, "{}", 200)["code_ends"].(string)
	d.token = by
	return codeEnds
}

// inPath stands for a part of a route's path.
var inPath = regexp.MustCompile(`\{([a-z]+)\}`)

// TestRolesAndRoutes: a caller without the right of a route gets 403, in which the roles
// that have it are named, and one with the right does not.
func TestRolesAndRoutes(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	tokens := d.staffed()
	tokens["nobody"], tokens["a made-up token"] = "", base64.RawURLEncoding.EncodeToString(make([]byte, 32))
	for pattern, right := range api.Rights(d.admin) {
		if right == auth.LogIn { // nobody has a right before logging in
			continue
		}
		method, path, _ := strings.Cut(pattern, " ")
		path = inPath.ReplaceAllString(path, "none")
		for who, token := range tokens {
			d.token = token
			status, text := d.request(method, path, "", "{}")
			role := auth.Role(who)
			caller := auth.Caller{Staffed: true, Host: true, Person: auth.Person{Name: who, Role: role}}
			switch who {
			case "nobody":
				caller.Person = auth.Person{}
			case "deputy":
				caller.Person.Role = auth.Admin
			case "a made-up token":
				if status != http.StatusUnauthorized {
					t.Errorf("%s with %s: %d %s", pattern, who, status, text)
				}
				continue
			}
			refused := status == http.StatusForbidden
			if refused == caller.May(right) || status == http.StatusUnauthorized {
				t.Errorf("%s by %s: %d %s", pattern, who, status, text)
			}
			if refused && !strings.Contains(text, auth.Needs(right)) {
				t.Errorf("%s by %s does not name the role: %s", pattern, who, text)
			}
		}
	}
}

// TestRolesOfOthers: what a person does is recorded under their name, and no key of one
// person works for another.
func TestRolesOfOthers(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.ask("POST", "/users", "k1", wangAdd, 200)
	tokens := d.staffed()
	d.token = tokens["operator"]
	paid := d.ask("POST", "/purses/+8613800000001/topup", "k2", `{"amount":"5"}`, 200)
	if by, _ := paid["by"].(map[string]any); by["person"] != "operator" {
		t.Errorf("by %v", paid["by"])
	}
	d.token = tokens["admin"]
	first := d.ask("POST", "/staff", "k3", `{"name":"eve","role":"viewer"}`, 200)
	if again := d.ask("POST", "/staff", "k3", `{"name":"eve","role":"viewer"}`, 200); again["code_begins"] != first["code_begins"] || first["code"] != nil || again["repeat"] != true {
		t.Errorf("the repeat is %v, the first was %v", again, first)
	}
	if status, text := d.request("POST", "/staff/eve/block", "k4", `{"reason":""}`); status != 400 {
		t.Errorf("without a reason: %d %s", status, text)
	}
	d.ask("POST", "/staff/eve/block", "k5", `{"reason":"left","role":"admin"}`, 400)
	d.ask("POST", "/staff/eve/role", "k6", `{"reason":"left"}`, 400)
	d.token = tokens["deputy"]
	if got := d.ask("POST", "/staff", "k3", `{"name":"eve","role":"viewer"}`, 409); got["code"] != "key_used" {
		t.Errorf("the key of another admin: %v", got)
	}
}

// secrets are the parts of the desk's records that those who see masked data must not see. A
// fraction of a second has no more than nine digits.
var secrets = regexp.MustCompile(`1380000\d{4}|1390000\d{4}|138 ?0000 ?\d{4}|Fang|王芳|6222\d{6,}`)

// TestMaskedRolesSeeNoWholeNumber: all routes that show something are walked over records
// of each kind.
func TestMaskedRolesSeeNoWholeNumber(t *testing.T) {
	t.Parallel()
	d := viewDesk(t)
	d.ask("POST", "/users", "k1", wangAdd, 200)
	d.ask("POST", "/merchants", "k2", `{"code":"8001","name":"BLUEBIRD FLORIST","number":"+8613900008001"}`, 200)
	d.ask("POST", "/merchants", "k3", `{"code":"8002","name":"GONE"}`, 200)
	d.ask("POST", "/merchants/8002/close", "k4", `{"reason":"ask 138 0000 0002"}`, 200)
	ref := d.ask("POST", "/purses/+8613800000001/topup", "k5-13800000001", `{"amount":"500.00"}`, 200)["ref"].(string)
	back := d.ask("POST", "/topups/"+ref+"/correct", "k6-13800000001", `{"reason":"meant for 13800000002"}`, 200)["ref"].(string)
	d.ask("POST", "/users/+8613800000001/block", "k7", `{"reason":"found by 13800000003"}`, 200)
	tokens := d.staffed()
	values := map[string][]string{"number": {"+8613800000001", "138 0000 0001"}, "code": {"8001", "8002"}, "ref": {ref, back},
		"name": {"purse:+8613800000001", "purse:13800000001", "merchant:8001", "float"}, "bank": {"icbc"}}
	questions := map[string][]string{"/find": {"?what=13800000001", "?what=fang", "?what=500", "?what=" + ref}, "/events": {"?last=1000"}, "/payments": {"?payee=13800000001"}}
	for pattern, right := range api.Rights(d.admin) {
		method, path, _ := strings.Cut(pattern, " ")
		if method != http.MethodGet || !auth.Support.May(right) {
			continue
		}
		paths := []string{path}
		if part := inPath.FindStringSubmatch(path); part != nil {
			paths = nil
			for _, value := range values[part[1]] {
				paths = append(paths, strings.ReplaceAll(strings.Replace(path, part[0], value, 1), " ", "%20"))
			}
			if paths == nil {
				t.Errorf("%s: this test needs a value for %s", pattern, part[0])
			}
		}
		for _, question := range questions[path] {
			paths = append(paths, path+question)
		}
		if path == "/find" {
			paths = paths[1:] // it needs something to search for
		}
		for _, path := range paths {
			d.token = tokens["operator"]
			whole, wholeText := d.request(method, path, "", "")
			for _, who := range []string{"support", "viewer"} {
				d.token = tokens[who]
				status, text := d.request(method, path, "", "")
				want := 200
				if strings.HasPrefix(path, "/banks/") {
					want = 404 // the desk has no bank
				}
				if status != whole || status != want {
					t.Errorf("%s by %s: %d, and %d by an operator: %s", path, who, status, whole, text)
				}
				if found := secrets.FindString(text); found != "" {
					t.Errorf("%s shows %s to %s: %s", path, found, who, text)
				}
			}
			if strings.Contains(path, "13800000001") && secrets.FindString(wholeText) == "" {
				t.Errorf("%s is masked for an operator: %s", path, wholeText)
			}
		}
	}
}

// TestWhatStaffReadIsKept: reading one subscriber's data, or a payment or a list unmasked,
// leaves a record before the answer; masked lists and payments leave none. A search for a
// name by those who see names masked leaves one that does not tell the name.
func TestWhatStaffReadIsKept(t *testing.T) {
	t.Parallel()
	d := viewDesk(t)
	d.ask("POST", "/users", "k1", wangAdd, 200)
	ref := d.ask("POST", "/purses/+8613800000001/topup", "k2", `{"amount":"5"}`, 200)["ref"].(string)
	d.ask("GET", "/users/+8613800000001", "", "", 200) // nobody has logged in yet
	tokens := d.staffed()
	for _, read := range []struct{ who, path string }{
		{"support", "/users/+8613800000001"}, {"support", "/users/13800000001"}, {"support", "/payments/" + ref},
		{"support", "/users"}, {"viewer", "/accounts/purse:+8613800000001"}, {"viewer", "/accounts/float"},
		{"operator", "/payments/" + ref}, {"operator", "/payments"}, {"operator", "/payments/" + ref},
		{"finance", "/merchants"}, {"finance", "/find?what=fang"}, {"finance", "/users/+8613800000001"},
		{"operator", "/find?what=138-0000-0001"}, {"operator", "/find?what=5"}, {"support", "/find?what=fang"}, {"admin", "/accounts/purse:13800000001/statement"}, {"deputy", "/payments?payee=13800000001"},
		{"viewer", "/refusals?payer=13800000001"}, {"support", "/find?what=13800000009"},
		{"support", "/payments"}, {"viewer", "/find?what=5"}, {"support", "/accounts/float/statement"}, {"viewer", "/events"},
		{"finance", "/users"}, {"finance", "/refusals"}, {"finance", "/accounts/float/statement"}, {"finance", "/events"}, {"finance", "/events"}, {"admin", "/find?what=" + ref},
		{"admin", "/ledger/payments"}, {"support", "/ledger/payments"}, {"admin", "/approvals?all=true"},
		{"support", "/find?what=Fang"}, {"support", "/find?what=li"}, {"viewer", "/users?name=li"}, {"viewer", "/find?what=5"}, {"viewer", "/find?what=" + ref},
	} {
		d.token = tokens[read.who]
		if status, text := d.request("GET", read.path, "", ""); status != 200 {
			t.Errorf("%s: %d %s", read.path, status, text)
		}
	}
	d.token = tokens["operator"]
	d.ask("GET", "/users/+8613800000009", "", "", 404)
	got := make(map[string]bool)
	for doc, err := range d.books.Docs(t.Context(), staff.LookupTable, "", 0) {
		lookup, err := tx.Decoded[staff.Lookup](doc, err)
		if err != nil {
			t.Fatal(err)
		}
		if lookup.At.IsZero() || secrets.MatchString(doc.Key+lookup.Object) {
			t.Errorf("%+v", lookup)
		}
		got[fmt.Sprint(lookup.Person, " ", lookup.What, " ", lookup.Object)] = true
	}
	for _, want := range []string{"operator payment list ", "operator find 5", "finance user list ", "finance payment list refused orders", "finance account statement float", "finance tail ", "admin find " + ref,
		"admin ledger payments ", "admin approve list ", "operator find 1380****0001", "support find name #a57d", "support find name #00a9", "viewer user list name #00a9", "support user show ", "viewer account show ", "operator payment show " + ref, "finance find ",
		"operator find ", "admin account statement ", "deputy payment list "} {
		if !got[want] {
			t.Errorf("nothing is kept of %q", want)
		}
		delete(got, want)
	}
	if len(got) > 0 {
		t.Errorf("kept, too: %v", got)
	}
}
