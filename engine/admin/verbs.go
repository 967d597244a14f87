package admin

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"mpg/engine/merchant"
	"mpg/engine/tx"
	"mpg/store/money"
)

// Verb is a command of the operator that a module brings. It is typed as the module's name,
// its own name, and its arguments: mpg savings pay-out NUMBER AMOUNT.
type Verb struct {
	Name string // lower-case letters, digits and hyphens
	What string // in a few words, for the list of commands
	Args []Arg  // all of them are needed

	// Do changes something, as part of a step that is done once under the operator's key,
	// and logged. It returns what the operator sees: a struct or a map, which is shown
	// field by field. It is called again if another step was committed first.
	Do func(t *tx.Tx, given Given) (any, error)
	// Show only reads, and returns a struct, a map, or a list of them. A verb has either Do
	// or Show.
	Show func(t *tx.Tx, given Given) (any, error)
}

// Arg is an argument of a Verb.
type Arg struct {
	Name string // as in the usage, but in lower case: number
	Kind ArgKind
}

// ArgKind says how an argument is read.
type ArgKind uint8

// The kinds of arguments.
const (
	ArgPhone  ArgKind = iota + 1 // a phone number; given on in E.164
	ArgAmount                    // an amount in the operator's currency, above zero
	ArgCode                      // the code of a shop, which need not exist
	ArgText                      // up to 200 characters on one line
)

// Given holds the arguments of a verb, each read by its kind, and who gave them.
type Given struct {
	By Command

	texts   map[string]string
	amounts map[string]money.Amount
}

// Text returns an argument that is not an amount.
func (g Given) Text(name string) string { return g.texts[name] }

// Amount returns an argument that is an amount.
func (g Given) Amount(name string) money.Amount { return g.amounts[name] }

// Errors of verbs.
var (
	ErrNoVerb = errors.New("there is no such command")
	ErrOff    = errors.New("is switched off")
)

// verbName is the form of names of modules, verbs and arguments.
var verbName = regexp.MustCompile(`^[a-z][a-z0-9-]{0,31}$`)

// Check returns what is wrong with the definition of a verb.
func (v Verb) Check() error {
	switch {
	case !verbName.MatchString(v.Name):
		return fmt.Errorf("%q cannot name a verb: lower-case letters, digits and hyphens, at most 32", v.Name)
	case v.What == "":
		return fmt.Errorf("verb %s does not say what it does", v.Name)
	case (v.Do == nil) == (v.Show == nil):
		return fmt.Errorf("verb %s needs either Do or Show", v.Name)
	}
	for i, arg := range v.Args {
		twice := slices.ContainsFunc(v.Args[:i], func(before Arg) bool { return before.Name == arg.Name })
		if !verbName.MatchString(arg.Name) || twice || arg.Kind < ArgPhone || arg.Kind > ArgText {
			return fmt.Errorf("verb %s: argument %q needs a name of its own and a kind", v.Name, arg.Name)
		}
	}
	return nil
}

// Usage returns the verb and its arguments as they are typed: pay-out NUMBER AMOUNT.
func (v Verb) Usage() string {
	words := []string{v.Name}
	for _, arg := range v.Args {
		words = append(words, strings.ToUpper(arg.Name))
	}
	return strings.Join(words, " ")
}

// Changes reports whether the verb changes something, and so needs a key.
func (v Verb) Changes() bool { return v.Do != nil }

// Verbs holds the commands that modules bring.
type Verbs struct {
	service *Service
	by      map[string]joinedVerb // by the module's name and their own; set before the first command
}

// Register adds the verbs of a module. It must be called before the first command comes in.
// While off reports true, verbs that change something are refused.
func (v *Verbs) Register(module string, off func() bool, verbs ...Verb) error {
	for _, verb := range verbs {
		if err := verb.Check(); err != nil {
			return err
		}
		name := module + " " + verb.Name
		if _, taken := v.by[name]; taken {
			return fmt.Errorf("two verbs are called %s", verb.Name)
		}
		v.by[name] = joinedVerb{verb, off}
	}
	return nil
}

// joinedVerb is a verb whose module has joined.
type joinedVerb struct {
	Verb
	off func() bool
}

// Run carries out a verb of a module with the arguments as they were typed, by name. The
// error is ErrNoVerb, ErrArgument, ErrOff, one of the verb's own, or an error of the key or
// the store.
func (v *Verbs) Run(ctx context.Context, by Command, module, name string, typed map[string]string) (json.RawMessage, error) {
	verb, known := v.by[module+" "+name]
	if !known {
		return nil, fmt.Errorf("%w: %s %s", ErrNoVerb, module, name)
	}
	given, action, err := v.read(verb.Verb, by, typed)
	if err != nil {
		return nil, badArgument{err}
	}
	action.Name = module + " " + name
	if !verb.Changes() {
		value, err := verb.Show(v.service.view(ctx), given)
		if err != nil {
			return nil, err
		}
		return json.Marshal(value)
	}
	if verb.off() {
		return nil, fmt.Errorf("%s %w", module, ErrOff)
	}
	body := []string{"verb", action.Name}
	for _, arg := range verb.Args {
		body = append(body, fmt.Sprintf("%q %d", given.texts[arg.Name], given.amounts[arg.Name]))
	}
	return v.service.Once(ctx, by, action, strings.Join(body, " "), func(t *tx.Tx) (any, error) { return verb.Do(t, given) })
}

// read reads the arguments of a verb, and returns what the log says about the command: the
// first argument is what it acts on, the first amount is what it moves.
func (v *Verbs) read(verb Verb, by Command, typed map[string]string) (Given, *Action, error) {
	given := Given{By: by, texts: make(map[string]string), amounts: make(map[string]money.Amount)}
	action := new(Action)
	for i, arg := range verb.Args {
		text, there := typed[arg.Name]
		if !there {
			return given, nil, fmt.Errorf("%s is missing", arg.Name)
		}
		if arg.Kind == ArgAmount {
			amount, err := v.positive(text)
			if err != nil {
				return given, nil, err
			}
			given.amounts[arg.Name] = amount
			if action.Amount == 0 {
				action.Amount = amount
			}
			continue
		}
		text, err := v.readText(arg, text)
		if err != nil {
			return given, nil, err
		}
		given.texts[arg.Name] = text
		if i == 0 {
			action.Object = text
		}
	}
	for name := range typed {
		if !slices.ContainsFunc(verb.Args, func(arg Arg) bool { return arg.Name == name }) {
			return given, nil, fmt.Errorf("%s has no argument %q", verb.Name, name)
		}
	}
	return given, action, nil
}

// positive reads an amount above zero.
func (v *Verbs) positive(text string) (money.Amount, error) {
	amount, err := v.service.ParseAmount(text)
	switch {
	case err != nil:
		return 0, fmt.Errorf("%q %w", text, err)
	case amount <= 0:
		return 0, fmt.Errorf("%s: the amount must be positive", text)
	}
	return amount, nil
}

// readText reads an argument that is not an amount.
func (v *Verbs) readText(arg Arg, text string) (string, error) {
	text = strings.TrimSpace(text)
	switch arg.Kind {
	case ArgPhone:
		number, ok := v.service.cfg.Numbers.Number(text)
		if !ok {
			return "", v.service.errNoNumber(text)
		}
		return number, nil
	case ArgCode:
		if !merchant.ValidCode(text) {
			return "", fmt.Errorf("%q is not a merchant code: 4 to 6 digits", text)
		}
	default:
		if text == "" || len([]rune(text)) > reasonRunesMax || strings.ContainsFunc(text, unicode.IsControl) {
			return "", fmt.Errorf("%s is a text of 1 to %d characters on one line", arg.Name, reasonRunesMax)
		}
	}
	return text, nil
}
