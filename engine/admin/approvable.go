package admin

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"

	"mpg/engine/approval"
	"mpg/engine/auth"
	"mpg/engine/staff"
	"mpg/engine/tx"
	"mpg/store"
)

// Approvable is a command that may need two people. A, the type of its arguments, is a
// struct that JSON carries. Whether one person is enough or two are needed, the same Do
// runs.
type Approvable[A any] struct {
	Name    string     // as it is typed: "purse topup"
	Maker   auth.Right // of the person who gives it
	Checker auth.Right // of the person who approves it

	// NotByObject says that the member of staff whom the command acts on may not approve it.
	NotByObject bool

	// Second reports whether these arguments need a second person as the books are in this
	// step, which is the one that carries the command out if they need none; nil: all do.
	Second func(t *tx.Tx, args A) (bool, error)
	// Prepare says what the command will change. It only reads. Its answer must be the same
	// for as long as the command would do the same; an approval whose answer has changed is
	// refused.
	Prepare func(t *tx.Tx, args A) (Change, error)
	// Stake says what the person who approves it should know as it is now, such as what an
	// account holds. It may change while the command waits. nil: nothing.
	Stake func(t *tx.Tx, args A) (map[string]string, error)
	// Do carries the command out as part of a step, and returns what the operator sees, a
	// JSON object. by gave the command, and action describes it; Do may set the amount of
	// action. It is called again if another step was committed first, and is tried once,
	// on a step that is never applied, before the command begins to wait.
	Do func(t *tx.Tx, by Command, action *Action, args A) (any, error)
}

// Change is what a command will change, for the person who approves it.
type Change struct {
	Before, After map[string]string // few and short; of an account number only the last digits
	// Seen is anything else that must stay as it is, and that nobody is shown.
	Seen string
	// Documents are those whose versions must stay as they are.
	Documents []Document
}

// Document names a document of the books.
type Document struct {
	Table store.Table
	Key   string
}

// approvable is an Approvable without the type of its arguments.
type approvable struct {
	name           string
	maker, checker auth.Right
	notByObject    bool
	second         func(t *tx.Tx, args any) (bool, error)
	prepare        func(t *tx.Tx, args any) (Change, error)
	stake          func(t *tx.Tx, args any) (map[string]string, error)
	do             func(t *tx.Tx, by Command, action *Action, args any) (any, error)
	read           func(data []byte) (any, error)
}

// Approvals holds the commands that may need two people, and those that wait for the
// second one. It may be used by any number of goroutines.
type Approvals struct {
	Counts *ApprovalCounts

	service *Service
	by      map[string]*approvable // by name; set before the first command
}

// ErrNoSecond says that nobody but the person who gives a command could approve it.
var ErrNoSecond = errors.New("takes two people, and nobody else can approve it now")

// Register adds a command that may need two people. It must be called before the first
// command comes in. It panics if there is a command of that name, or if command lacks
// something, since both are mistakes in the program.
func Register[A any](list *Approvals, command Approvable[A]) {
	switch {
	case list.by[command.Name] != nil:
		panic("admin: two commands are called " + command.Name)
	case command.Name == "" || command.Maker == "" || command.Checker == "" || command.Prepare == nil || command.Do == nil:
		panic(fmt.Sprintf("admin: command %q lacks something", command.Name))
	}
	list.by[command.Name] = &approvable{name: command.Name, maker: command.Maker, checker: command.Checker,
		notByObject: command.NotByObject,
		second: func(t *tx.Tx, args any) (bool, error) {
			if command.Second == nil {
				return true, nil
			}
			return command.Second(t, args.(A))
		},
		prepare: func(t *tx.Tx, args any) (Change, error) { return command.Prepare(t, args.(A)) },
		stake: func(t *tx.Tx, args any) (map[string]string, error) {
			if command.Stake == nil {
				return nil, nil
			}
			return command.Stake(t, args.(A))
		},
		do: func(t *tx.Tx, by Command, action *Action, args any) (any, error) {
			return command.Do(t, by, action, args.(A))
		},
		read: func(data []byte) (any, error) {
			var args A
			dec := json.NewDecoder(bytes.NewReader(data))
			dec.DisallowUnknownFields() // another build may have been given a field that must not be ignored
			err := dec.Decode(&args)
			return args, err
		}}
}

// Names returns the names of the commands that may need two people.
func (a *Approvals) Names() []string { return slices.Sorted(maps.Keys(a.by)) }

// errNotRegistered reports a mistake in the program.
var errNotRegistered = errors.New("admin: not a command that may need two people")

// Give gives the registered command that action names. If it needs two people, it waits
// for the second, or joins the same command if that waits already: the result is then a
// Waiting. The rules of Once apply in all cases, and once the command is done, its result
// is found under its key. The error is ErrNoSecond if nobody else could approve it.
func Give[A any](ctx context.Context, list *Approvals, by Command, action *Action, body string, args A) (json.RawMessage, error) {
	command := list.by[action.Name]
	if command == nil {
		return nil, fmt.Errorf("%w: %q", errNotRegistered, action.Name)
	}
	return list.service.Once(ctx, by, action, body, func(t *tx.Tx) (any, error) {
		action.Approval, action.Joined, action.Before, action.After = "", "", nil, nil
		two, err := list.needsTwo(t, command, args)
		if err != nil {
			return nil, err
		}
		if !two {
			describe(t, action, func() (Change, error) { return command.prepare(t, args) })
			return command.do(t, by, action, args)
		}
		return list.ask(t, by, action, command, args)
	})
}

// describe notes in action what a command will change. If that cannot be said, the command
// itself will say why.
func describe(t *tx.Tx, action *Action, prepare func() (Change, error)) {
	if change, err := prepare(); err == nil {
		action.Before, action.After = change.facts()
	}
}

// facts returns the fields that change as JSON, without those that only explain the change.
func (c Change) facts() (before, after json.RawMessage) {
	was := make(map[string]string)
	for name, now := range c.After {
		if then, known := c.Before[name]; known && then != now {
			was[name] = then
		}
	}
	before, _ = json.Marshal(was) // a map of strings has a form in JSON
	after, _ = json.Marshal(c.After)
	return before, after
}

// needsTwo reports whether a command with these arguments needs two people now.
func (a *Approvals) needsTwo(t *tx.Tx, command *approvable, args any) (bool, error) {
	if two, err := command.second(t, args); err != nil || !two {
		return false, err
	}
	return staff.InForce(t)
}

// mayAsk returns why a command that needs two people cannot begin to wait.
func (a *Approvals) mayAsk(t *tx.Tx, by Command, action *Action, command *approvable) error {
	switch {
	case by.Person.Name == "":
		return approval.ErrNobody
	case !by.Person.Role.May(command.maker):
		return fmt.Errorf("%w: %s", ErrNoRight, auth.With(command.maker))
	}
	not := []string{by.Person.Name}
	if command.notByObject {
		not = append(not, action.Object)
	}
	second, err := staff.Second(t, command.checker, not...)
	if err == nil && !second {
		err = fmt.Errorf("%s %w", action.Name, ErrNoSecond)
	}
	return err
}

// ask makes the command wait for its second person.
func (a *Approvals) ask(t *tx.Tx, by Command, action *Action, command *approvable, args any) (any, error) {
	tried := *action
	if _, err := command.do(t.Trial(), by, &tried, args); err != nil {
		return nil, err // whoever approved it would only get the same error
	}
	if err := a.mayAsk(t, by, action, command); err != nil {
		return nil, err
	}
	cfg := &a.service.cfg
	made := &approval.Approval{What: approval.What{Command: action.Name, Object: action.Object, Amount: tried.Amount, Reason: action.Reason, Key: by.Key},
		Maker: whoOf(by), Made: t.Now.UTC(), Expires: t.Now.Add(cfg.Rules().SecondWithin).UTC(), State: approval.Waiting}
	change, err := a.look(t, command, args, made)
	if err != nil {
		return nil, err
	}
	plain, err := json.Marshal(givenArgs{args, change.Seen})
	if err != nil {
		return nil, err
	}
	defer clear(plain)
	if waiting, err := a.alike(t, made, plain); err != nil || waiting != nil {
		if waiting != nil {
			action.Joined, action.Amount = waiting.ID, waiting.Amount
		}
		return joinedOf(waiting), err
	}
	if made.ID, err = a.newID(t); err != nil {
		return nil, err
	}
	made.Args = cfg.Books.Seal(plain, aboutArgs(made.ID))
	tx.Save(t, approval.Table, made.ID, made)
	tx.Save(t, approval.WaitingTable, made.ID, &struct{}{})
	tx.Save(t, approval.AlikeTable, made.Alike, &approval.Alike{ID: made.ID})
	if err := cfg.Due().Add(t, dueOf(made)); err != nil {
		return nil, err
	}
	action.Approval, action.Amount = made.ID, tried.Amount
	action.Before, action.After = change.facts()
	t.AfterCommit(func() { a.moved(made) })
	return waitingOf(made), nil
}

// givenArgs is what a command was given, as it is sealed.
type givenArgs struct {
	Args any    `json:"args"`
	Seen string `json:"seen,omitempty"`
}

// aboutArgs names what the arguments of a command are sealed about.
func aboutArgs(id string) string { return "approval/" + id }

// open returns what a command was given, and what else the maker saw.
func (a *Approvals) open(waiting *approval.Approval, command *approvable) (args any, seen string, err error) {
	plain, err := a.service.cfg.Books.Open(waiting.Args, aboutArgs(waiting.ID))
	if err != nil {
		return nil, "", err
	}
	defer clear(plain)
	var kept struct {
		Args json.RawMessage `json:"args"`
		Seen string          `json:"seen"`
	}
	if err := json.Unmarshal(plain, &kept); err != nil {
		return nil, "", err
	}
	args, err = command.read(kept.Args)
	return args, kept.Seen, err
}

// look has the command say what it will change, and stores that in into.
func (a *Approvals) look(t *tx.Tx, command *approvable, args any, into *approval.Approval) (change Change, err error) {
	if change, err = command.prepare(t, args); err != nil {
		return change, err
	}
	if into.Before, err = json.Marshal(change.Before); err != nil {
		return change, err
	}
	if into.After, err = json.Marshal(change.After); err != nil {
		return change, err
	}
	into.Versions = nil
	for _, doc := range change.Documents {
		version, err := t.Version(doc.Table, doc.Key)
		if err != nil {
			return change, err
		}
		into.Versions = append(into.Versions, approval.Version{Table: doc.Table, Key: doc.Key, Version: version})
	}
	return change, nil
}
