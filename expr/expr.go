// Package expr evaluates typed expressions (CEL) over facts. An answer is true,
// false or unseen; unseen facts never read as "no", "0" or "empty". It also tells
// which facts an expression cites. It may import model and the CEL library, and must
// never look at a machine: an expression sees only what it is given.
package expr

import (
	"fmt"
	"strings"
	"time"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"

	"updoc/model"
)

// Truth is the answer of a condition.
type Truth int

// The three answers. The zero Truth is Unseen.
const (
	Unseen Truth = iota
	False
	True
)

// String returns "true", "false" or "unseen".
func (t Truth) String() string { return [...]string{"unseen", "false", "true"}[t] }

// Vars are what an expression can speak about.
type Vars struct {
	Machine *model.Machine     // machine
	Failure *model.Failure     // failure; nil when the machine as a whole is asked about
	KB      *model.UpdateFacts // kb; nil: nothing is known of the update
	Windows *model.Lifecycle   // windows; nil: nothing is known of this version of Windows
	At      time.Time          // the time that collections must cover to prove an absence; zero: all time
}

// Missing is an unseen fact that kept an expression from an answer.
type Missing struct {
	Path string // as written in expressions: machine.winre.active.free
	Why  model.Unseen
}

// Cited is a fact that an expression names, with where it was seen.
type Cited struct {
	Path   string
	Value  any // string, int64, float64, bool, time.Time, or nil for a whole record
	Origin model.Origin
}

// Env compiles expressions. It is safe for concurrent use.
type Env struct {
	cel   *cel.Env
	types *provider
}

// NewEnv returns an environment with the variables of Vars.
func NewEnv() (*Env, error) {
	p, err := newProvider()
	if err != nil {
		return nil, err
	}
	opts := append(functions(),
		cel.CustomTypeProvider(p), cel.CustomTypeAdapter(adapter{}),
		cel.Variable("machine", cel.ObjectType("model.Machine")),
		cel.Variable("failure", cel.ObjectType("model.Failure")),
		cel.Variable("kb", cel.ObjectType("model.UpdateFacts")),
		cel.Variable("windows", cel.ObjectType("model.Lifecycle")),
	)
	env, err := cel.NewCustomEnv(append([]cel.EnvOption{cel.StdLib()}, opts...)...)
	if err != nil {
		return nil, fmt.Errorf("expression environment: %w", err)
	}
	return &Env{cel: env, types: p}, nil
}

// Program is a compiled expression. It is safe for concurrent use.
type Program struct {
	Source string
	prg    cel.Program
	typ    *cel.Type
	origin bool
}

// HasOrigin reports whether what the expression cites can say where it was seen: a
// path to a fact, a record, or a list of records.
func (p *Program) HasOrigin() bool { return p.origin }

// IsBool reports whether the expression is a condition.
func (p *Program) IsBool() bool { return p.typ.IsExactType(cel.BoolType) }

// Compile checks and plans an expression. The error names line and column.
func (e *Env) Compile(source string) (*Program, error) {
	ast, iss := e.cel.Compile(source)
	if iss.Err() != nil {
		return nil, fmt.Errorf("%s", strings.TrimSpace(iss.Err().Error()))
	}
	prg, err := e.cel.Program(ast)
	if err != nil {
		return nil, err
	}
	return &Program{Source: source, prg: prg, typ: ast.OutputType(), origin: e.types.hasOrigin(source, ast.OutputType())}, nil
}

// CompileBool is Compile for a condition: any other type is an error.
func (e *Env) CompileBool(source string) (*Program, error) {
	p, err := e.Compile(source)
	if err == nil && !p.IsBool() {
		return nil, fmt.Errorf("%q is of type %s, a condition must be bool", source, p.typ)
	}
	return p, err
}

// Truth answers a condition, with the unseen facts if the answer is Unseen.
func (p *Program) Truth(v Vars) (Truth, []Missing, error) {
	t := newTrace(v, false)
	out, err := p.run(t)
	if err != nil {
		return Unseen, nil, err
	}
	if u, ok := out.(*types.Unknown); ok {
		return Unseen, t.missing(u), nil
	}
	if b, ok := out.(types.Bool); ok && bool(b) {
		return True, nil, nil
	}
	return False, nil, nil
}

// Value returns the native value of an expression: string, int64, float64, bool or
// time.Time; ok is false if it is unseen or not a plain value.
func (p *Program) Value(v Vars) (value any, ok bool, err error) {
	out, err := p.run(newTrace(v, false))
	if err != nil {
		return nil, false, err
	}
	value, ok = native(out)
	return value, ok, nil
}

// Cite returns the facts the expression names: the fact itself for a path, the
// records for a list of records. Lists count as complete here, because what is
// shown is what was found.
func (p *Program) Cite(v Vars) ([]Cited, error) {
	t := newTrace(v, true)
	out, err := p.run(t)
	if err != nil {
		return nil, err
	}
	return t.cited(out), nil
}

func (p *Program) run(t *trace) (ref.Val, error) {
	out, _, err := p.prg.Eval(t.vars())
	if u, ok := out.(*types.Unknown); ok {
		return u, nil
	}
	if err != nil {
		return nil, fmt.Errorf("evaluate %q: %w", p.Source, err)
	}
	return out, nil
}

func native(v ref.Val) (any, bool) {
	switch x := v.(type) {
	case types.String:
		return string(x), true
	case types.Int:
		return int64(x), true
	case types.Double:
		return float64(x), true
	case types.Bool:
		return bool(x), true
	case types.Timestamp:
		return x.Time, true
	}
	return nil, false
}
