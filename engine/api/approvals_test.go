package api_test

import "testing"

// TestApprovalsOverTheSocket: what is wrong with an answer has a status and a code of its
// own, and what waits is done once another person approves it.
func TestApprovalsOverTheSocket(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.ask("POST", "/users", "k1", wangAdd, 200)
	tokens := d.staffed()
	d.token = tokens["operator"]
	asked := d.ask("POST", "/users/+8613800000001/pin-reset", "k2", `{"reason":"forgotten"}`, 200)
	id, _ := asked["approval"].(string)
	if asked["state"] != "waiting" || len(id) != 7 {
		t.Fatalf("asked: %v", asked)
	}
	for i, tt := range []struct {
		who, method, path, body string
		status                  int
		code                    string
	}{
		{"operator", "GET", "/approvals?all=perhaps", "", 400, "misuse"},
		{"operator", "GET", "/approvals/222222", "", 400, "misuse"},
		{"operator", "GET", "/approvals/ABCDEFH", "", 400, "misuse"},
		{"operator", "GET", "/approvals/MNQRS2X", "", 404, "no_record"},
		{"operator", "POST", "/approvals/" + id + "/approve", "{}", 403, "own_approval"},
		{"operator", "POST", "/approvals/" + id + "/refuse", `{"reason":"no"}`, 403, "own_approval"},
		{"admin", "POST", "/approvals/" + id + "/withdraw", "{}", 403, "not_yours"},
		{"operator", "POST", "/approvals/" + id + "/withdraw", `{"reason":"no"}`, 400, "misuse"},
		{"admin", "POST", "/approvals/" + id + "/refuse", "{}", 400, "misuse"},
		{"admin", "POST", "/approvals/" + id + "/approve", `{"word":"no"}`, 400, "misuse"},
		{"support", "POST", "/approvals/" + id + "/approve", "{}", 403, "forbidden"},
		{"", "POST", "/approvals/" + id + "/approve", "{}", 403, "forbidden"},
		{"finance", "POST", "/merchants/8009/bank", `{"bank":"icbc","bank_account":"6222020200112233445"}`, 404, "no_merchant"},
		{"finance", "POST", "/merchants/8009/bank", `{"bank":"icbc"}`, 400, "misuse"},
	} {
		d.token = tokens[tt.who]
		key := ""
		if tt.method == "POST" {
			key = "x" + string(rune('a'+i))
		}
		if got := d.ask(tt.method, tt.path, key, tt.body, tt.status); got["code"] != tt.code {
			t.Errorf("%s %s %s: %v, want %s", tt.who, tt.path, tt.body, got, tt.code)
		}
	}
	d.token = tokens["finance"]
	done := d.ask("POST", "/approvals/"+id+"/approve", "k3", `{"reason":"passport seen"}`, 200)
	if done["state"] != "done" || done["maker"] != "operator" || done["checker"] != "finance" || done["word"] != "passport seen" {
		t.Errorf("approved: %v", done)
	}
	if got := d.ask("POST", "/approvals/"+id+"/approve", "k4", "{}", 409); got["code"] != "not_waiting" {
		t.Errorf("again: %v", got)
	}
	d.token = tokens["operator"]
	if got := d.ask("POST", "/users/+8613800000001/pin-reset", "k2", `{"reason":"forgotten"}`, 200); got["repeat"] != true || got["number"] != "+8613800000001" {
		t.Errorf("under the key of the command: %v", got)
	}
}
