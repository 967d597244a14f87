package tillhttp

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"mpg/engine/admin"
	"mpg/engine/auth"
	"mpg/engine/pan"
	"mpg/engine/strict"
	"mpg/engine/till"
	"mpg/store/money"
)

// Capture is the body of POST /v1/orders/{ref}/capture, and of …/increase.
type Capture struct {
	Amount string `json:"amount"` // the price, or what is added, in major units
}

// Ticket is the answer to POST /v1/orders/{ref}/redeem.
type Ticket struct {
	Ref      string `json:"ref"`
	Redeemed string `json:"redeemed"` // when, RFC 3339
	Till     string `json:"till"`     // by which till
}

func (s *Server) payment(reply http.ResponseWriter, req *http.Request, by *till.Till) error {
	view, err := s.cfg.Desk.Payment(req.Context(), by, req.PathValue("ref"))
	if err != nil {
		return err
	}
	return answer(reply, view)
}

func (s *Server) capture(reply http.ResponseWriter, req *http.Request, by *till.Till) error {
	var in Capture
	if err := body(req, &in); err != nil {
		return err
	}
	amount, err := s.amount(in.Amount)
	if err != nil {
		return err
	}
	return s.change(reply, req, by, fmt.Sprintf("capture %d", amount), func(command admin.Command, ref string) error {
		_, err := s.cfg.Operator.Capture(req.Context(), command, ref, amount)
		return err
	})
}

// amount reads an amount, which must be positive.
func (s *Server) amount(written string) (money.Amount, error) {
	amount, err := s.cfg.Operator.ParseAmount(written)
	switch {
	case err != nil:
		return 0, badRequest(fmt.Sprintf("%q %v", written, err))
	case amount <= 0:
		return 0, badRequest(written + ": the amount must be positive")
	}
	return amount, nil
}

// increase needs a key: what is asked for twice may be meant twice.
func (s *Server) increase(reply http.ResponseWriter, req *http.Request, by *till.Till) error {
	var in Capture
	if err := body(req, &in); err != nil {
		return err
	}
	amount, err := s.amount(in.Amount)
	switch {
	case err != nil:
		return err
	case req.Header.Get("Idempotency-Key") == "":
		return badRequest("an increase needs an Idempotency-Key: without one a repeat would be a further increase")
	}
	return s.change(reply, req, by, fmt.Sprintf("increase %d", amount), func(command admin.Command, ref string) error {
		_, err := s.cfg.Operator.Increase(req.Context(), command, ref, amount)
		return err
	})
}

func (s *Server) release(reply http.ResponseWriter, req *http.Request, by *till.Till) error {
	if err := body(req, &struct{}{}); err != nil {
		return err
	}
	return s.change(reply, req, by, "release", func(command admin.Command, ref string) error {
		_, err := s.cfg.Operator.Release(req.Context(), command, ref)
		return err
	})
}

// change has do change a payment of the till's shop, and answers with what it is then.
func (s *Server) change(reply http.ResponseWriter, req *http.Request, by *till.Till, what string, do func(command admin.Command, ref string) error) error {
	view, err := s.cfg.Desk.Payment(req.Context(), by, req.PathValue("ref")) // before the command, which knows no shops
	if err != nil {
		return err
	}
	key, err := keyOf(req, what+" "+view.Ref)
	if err != nil {
		return err
	}
	command := admin.Command{Key: "till " + by.ID() + " " + key, UID: nobody, Person: auth.Person{Name: "till " + by.ID()}}
	if err := do(command, view.Ref); err != nil {
		return err
	}
	if view, err = s.cfg.Desk.Payment(req.Context(), by, view.Ref); err != nil {
		return err
	}
	return answer(reply, view)
}

// nobody is the user id that is recorded for a till, which is no user of the machine.
const nobody = 65534

func (s *Server) redeem(reply http.ResponseWriter, req *http.Request, by *till.Till) error {
	if err := body(req, &struct{}{}); err != nil {
		return err
	}
	key, err := keyOf(req, "")
	if err != nil {
		return err
	}
	used, err := s.cfg.Desk.Redeem(req.Context(), by, req.PathValue("ref"), key)
	if err != nil {
		return err
	}
	return answer(reply, Ticket{Ref: s.cfg.Desk.Ref(used.Payment), Redeemed: used.At.UTC().Format(time.RFC3339Nano), Till: used.Till})
}

// decide returns the handler that accepts an order which waits for the word of the shop, or
// refuses it.
func (s *Server) decide(accept bool) handler {
	return func(reply http.ResponseWriter, req *http.Request, by *till.Till) error {
		if err := body(req, &struct{}{}); err != nil {
			return err
		}
		view, err := s.cfg.Desk.Payment(req.Context(), by, req.PathValue("ref"))
		if err != nil {
			return err
		}
		if err := s.cfg.Decide(req.Context(), by.Shop, view.Ref, accept); err != nil {
			return err
		}
		if view, err = s.cfg.Desk.Payment(req.Context(), by, view.Ref); err != nil {
			return err
		}
		return answer(reply, view)
	}
}

// keyOf returns the key of a request, or without one the key that it has by itself: what can
// be done once is repeated, not done twice.
func keyOf(req *http.Request, itself string) (string, error) {
	key := req.Header.Get("Idempotency-Key")
	switch {
	case key == "":
		return itself, nil
	case pan.Holds(key):
		return "", badRequest("the Idempotency-Key holds a card number; never send one")
	case len(key) > keyBytesMax:
		return "", badRequest(fmt.Sprintf("the Idempotency-Key is longer than %d characters", keyBytesMax))
	}
	return "key " + key, nil
}

// body reads a request, strictly: a misspelt field must not be ignored. None is an empty
// object.
func body(req *http.Request, into any) error {
	var tooLong *http.MaxBytesError
	switch err := strict.Decode(req.Body, into); {
	case errors.Is(err, io.EOF):
		return nil
	case errors.As(err, &tooLong):
		return errTooLong
	case err != nil:
		return badRequest("the body is not the JSON that is wanted: " + err.Error())
	}
	return nil
}

func answer(reply http.ResponseWriter, value any) error {
	reply.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(reply).Encode(value) // a till that is gone needs no answer
	return nil
}
