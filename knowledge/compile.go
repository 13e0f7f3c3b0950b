package knowledge

import (
	"regexp"
	"strings"

	"updoc/expr"
)

// compiler plans every expression once and gathers what is wrong with them.
type compiler struct {
	b      *Base
	env    *expr.Env
	faults Faults
}

// compile plans all expressions; the error is Faults.
func (b *Base) compile() error {
	env, err := expr.NewEnv()
	if err != nil {
		return err
	}
	c := &compiler{b: b, env: env}
	for _, cause := range b.Causes {
		c.cause(cause)
	}
	for _, g := range b.Gates {
		c.rule("gate."+g.ID+".when", &g.When, true)
	}
	for _, r := range b.Remedies {
		c.rule(r.at()+".applies", &r.Applies, true)
		c.rule(r.at()+".expect", &r.Expect, true)
		c.rule(r.at()+".bytes", &r.Bytes, false)
		c.rules(r.at()+".params", r.Params)
	}
	if len(c.faults) > 0 {
		return c.faults.sorted()
	}
	return nil
}

func (c *compiler) cause(cause *Cause) {
	at := cause.at()
	c.rules(at+".args", cause.Args)
	for i := range cause.Evidence {
		e := &cause.Evidence[i]
		c.rule(at+"."+e.ID+".when", &e.When, true)
		c.list(at+"."+e.ID+".cite", e.Cite)
		c.rules(at+"."+e.ID+".args", e.Args)
	}
	if k := cause.Condition; k != nil {
		c.rule(at+".condition.when", &k.When, true)
		c.list(at+".condition.cite", k.Cite)
		c.rules(at+".condition.args", k.Args)
	}
}

func (c *compiler) list(at string, rules []Rule) {
	for i := range rules {
		c.rule(at, &rules[i], false)
	}
}

func (c *compiler) rules(at string, rules map[string]Rule) {
	for name, r := range rules {
		c.rule(at+"."+name, &r, false)
		rules[name] = r
	}
}

func (c *compiler) rule(at string, r *Rule, condition bool) {
	if r.Source == "" || r.Program != nil {
		return
	}
	var err error
	if condition {
		r.Program, err = c.env.CompileBool(r.Source)
	} else {
		r.Program, err = c.env.Compile(r.Source)
	}
	if err != nil {
		c.faults = append(c.faults, c.b.expressionFault(at, err))
	}
}

// noSuchName is how CEL names what it does not know.
var noSuchName = regexp.MustCompile(`(?:undefined field|undeclared reference to) '([^']+)'`)

func (b *Base) expressionFault(at string, err error) Fault {
	if m := noSuchName.FindStringSubmatch(err.Error()); m != nil {
		return b.fault(at, "no-such-field", m[1])
	}
	first, _, _ := strings.Cut(err.Error(), "\n")
	return b.fault(at, "bad-expression", first)
}
