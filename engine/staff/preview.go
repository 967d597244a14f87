package staff

import (
	"strconv"

	"mpg/engine/tx"
)

// Preview says what a change will change about a member, for the person who approves it. It
// leaves out logins, and attempts to log in.
func (s *Service) Preview(t *tx.Tx, change Change) (is, will map[string]string, err error) {
	m, err := tx.Read[Member](t, Table, change.Name)
	switch {
	case err != nil:
		return nil, nil, err
	case m == nil && change.Role == "":
		return nil, nil, nobodyError(change.Name)
	case m == nil:
		is, will = map[string]string{"name": change.Name, "state": "not on the staff"}, map[string]string{"state": string(Active), "role": string(change.Role)}
		if change.UID != 0 {
			will["uid"] = strconv.FormatUint(uint64(change.UID), 10)
		}
		return is, will, nil
	}
	is = map[string]string{"name": m.Name, "role": string(m.Role), "state": string(m.State)}
	switch change.Kind {
	case Block:
		will = map[string]string{"state": string(Blocked)}
	case Unblock:
		will = map[string]string{"state": string(Active)}
	case Reset, Recover:
		is["password"] = map[bool]string{true: "chosen", false: "none"}[m.Password.Set()]
		will = map[string]string{"password": "none; a new one-time code is given"}
		if change.Kind == Recover {
			will["state"] = string(Active)
		}
	default:
		will = map[string]string{"role": string(change.Role)}
	}
	return is, will, nil
}
