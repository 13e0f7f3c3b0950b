// Package doctor is the pipeline, once: open a source, collect its facts, diagnose,
// plan. The command line and later the web page and the agent all go through it. It
// may import collect, source, diagnose, plan, knowledge and model, and must never
// print, ask or know a language.
package doctor

import (
	"context"
	"time"

	"updoc/collect"
	"updoc/diagnose"
	"updoc/knowledge"
	"updoc/model"
	"updoc/plan"
	"updoc/source"
)

// Version is the version of this program.
const Version = "0.1.0"

// Tool names this program in documents.
var Tool = model.Versioned{Name: "updoc", Version: Version}

// Options of Examine. The zero value looks with the clock of this computer.
type Options struct {
	Now       time.Time                          // zero: now
	Knowledge *knowledge.Base                    // nil: the built-in one
	Policy    plan.Policy                        //
	Progress  func(step string, done, total int) // nil: nobody is told
}

// Look collects the facts of a source, and what damage was met on the way.
func Look(ctx context.Context, src source.Source, opts Options) (*model.Machine, error) {
	m, err := collect.Machine(ctx, src, collect.Options{Now: opts.now(), Progress: opts.Progress})
	if s, ok := src.(source.Damaged); ok && err == nil {
		noteDamage(m, s.Problems())
	}
	return m, err
}

// Examine looks at a source, diagnoses it and plans the cure. The error is that of
// ctx, of a bundle that cannot be read, or of broken knowledge.
func Examine(ctx context.Context, src source.Source, opts Options) (*model.Diagnosis, error) {
	m, err := Look(ctx, src, opts)
	if err != nil {
		return nil, err
	}
	d, err := Diagnose(m, opts)
	if err != nil {
		return nil, err
	}
	d.Source = src.Info()
	if d.Source.Kind == "live" {
		d.Plan.Limits = limits(m)
	}
	return d, nil
}

// Diagnose diagnoses facts and plans the cure.
func Diagnose(m *model.Machine, opts Options) (*model.Diagnosis, error) {
	base, err := opts.base()
	if err != nil {
		return nil, err
	}
	d, err := diagnose.Run(m, base)
	if err != nil {
		return nil, err
	}
	d.Tool, d.Knowledge.Name, d.GeneratedAt = Tool, base.Name, opts.now()
	d.Plan, err = plan.Make(d, base, opts.Policy)
	return d, err
}

func (o Options) base() (*knowledge.Base, error) {
	if o.Knowledge != nil {
		return o.Knowledge, nil
	}
	return knowledge.Load()
}

func (o Options) now() time.Time {
	if o.Now.IsZero() {
		return time.Now().UTC()
	}
	return o.Now.UTC()
}
