package casekit

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
)

// maxText bounds the length of a text in bytes.
const maxText = 1 << 20

// LineError is a mistake in a text and the line it is on, counted from 1. Line is 0
// when the mistake is what is not there.
type LineError struct {
	Line int
	Err  error
}

// Error returns "line 12: …".
func (e *LineError) Error() string {
	if e.Line == 0 {
		return e.Err.Error()
	}
	return fmt.Sprintf("line %d: %v", e.Line, e.Err)
}

// Unwrap returns the mistake without the line.
func (e *LineError) Unwrap() error { return e.Err }

// Parse reads the text of a PC. The error is a *LineError. The PC is complete:
// defaults are filled in and what it says is consistent.
func Parse(r io.Reader) (*PC, error) {
	text, err := io.ReadAll(io.LimitReader(r, maxText+1))
	if err != nil {
		return nil, &LineError{Err: err}
	}
	if len(text) > maxText {
		return nil, &LineError{Err: fmt.Errorf("the text is longer than %d bytes", maxText)}
	}
	pc := &PC{}
	if err := decode(text, pc); err != nil {
		return nil, err
	}
	sum := sha256.Sum256([]byte(pc.About + "\x00" + pc.Name))
	pc.seed, pc.text = hex.EncodeToString(sum[:]), text
	pc.fill()
	if err := pc.check(); err != nil {
		return nil, err
	}
	return pc, nil
}

// decode reads YAML strictly. The YAML reader is foreign code fed with foreign text,
// so a panic of its own becomes an error.
func decode(text []byte, pc *PC) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = &LineError{Err: fmt.Errorf("the text cannot be read as YAML: %v", p)}
		}
	}()
	if len(bytes.TrimSpace(text)) == 0 {
		return &LineError{Err: errors.New("the text is empty")}
	}
	return lined(yaml.UnmarshalWithOptions(text, pc, yaml.Strict()))
}

// lined turns an error of the YAML reader into a LineError.
func lined(err error) error {
	var mine *LineError
	var theirs yaml.Error
	switch {
	case err == nil:
		return nil
	case errors.As(err, &mine):
		return mine
	case errors.As(err, &theirs) && theirs.GetToken() != nil:
		return &LineError{Line: theirs.GetToken().Position.Line, Err: errors.New(theirs.GetMessage())}
	}
	return &LineError{Err: errors.New(strings.TrimSpace(err.Error()))}
}

// at gives an error the line of a node.
func at(n ast.Node, err error) error { return &LineError{Line: lineOf(n), Err: err} }

func lineOf(n ast.Node) int {
	if n == nil || n.GetToken() == nil || n.GetToken().Position == nil {
		return 0
	}
	if m, ok := n.(*ast.MappingNode); ok && len(m.Values) > 0 {
		return lineOf(m.Values[0].Key)
	}
	return n.GetToken().Position.Line
}

// into decodes a node into v, strictly, and returns its line.
func into(n ast.Node, v any) (int, error) {
	return lineOf(n), lined(yaml.NodeToValue(n, v, yaml.Strict()))
}

// UnmarshalYAML reads a disk and keeps its line.
func (d *Disk) UnmarshalYAML(n ast.Node) (err error) {
	type plain Disk
	line, err := into(n, (*plain)(d))
	d.line = line
	return err
}

// UnmarshalYAML reads a partition and keeps its line.
func (p *Partition) UnmarshalYAML(n ast.Node) (err error) {
	type plain Partition
	line, err := into(n, (*plain)(p))
	p.line = line
	return err
}

// UnmarshalYAML reads an update and keeps its line.
func (u *Update) UnmarshalYAML(n ast.Node) (err error) {
	type plain Update
	line, err := into(n, (*plain)(u))
	u.line = line
	return err
}

// UnmarshalYAML reads a package and keeps its line.
func (p *Package) UnmarshalYAML(n ast.Node) (err error) {
	type plain Package
	line, err := into(n, (*plain)(p))
	p.line = line
	return err
}

// UnmarshalYAML reads an event and keeps its line.
func (e *Event) UnmarshalYAML(n ast.Node) (err error) {
	type plain Event
	line, err := into(n, (*plain)(e))
	e.line = line
	return err
}

// UnmarshalYAML reads a registry change and keeps its line.
func (c *RegistryChange) UnmarshalYAML(n ast.Node) (err error) {
	type plain RegistryChange
	line, err := into(n, (*plain)(c))
	c.line = line
	return err
}

// UnmarshalYAML reads a file and keeps its line.
func (f *File) UnmarshalYAML(n ast.Node) (err error) {
	type plain File
	line, err := into(n, (*plain)(f))
	f.line = line
	return err
}

// UnmarshalYAML reads lost rights and keeps their line.
func (p *Permission) UnmarshalYAML(n ast.Node) (err error) {
	type plain Permission
	line, err := into(n, (*plain)(p))
	p.line = line
	return err
}

// UnmarshalYAML reads a start: a time, or {at: …, kind: fast}.
func (b *Boot) UnmarshalYAML(n ast.Node) error {
	if scalar(n) != "" {
		return b.At.UnmarshalYAML(n)
	}
	type plain Boot
	_, err := into(n, (*plain)(b))
	return err
}

// UnmarshalYAML reads a Start number, disabled, manual, automatic or deleted.
func (s *Service) UnmarshalYAML(n ast.Node) error {
	words := map[string]Service{
		"0": {Start: 0}, "1": {Start: 1}, "2": {Start: 2}, "3": {Start: 3}, "4": {Start: 4},
		"automatic": {Start: 2}, "manual": {Start: 3}, "disabled": {Start: 4}, "deleted": {Deleted: true},
	}
	v, ok := words[scalar(n)]
	if !ok {
		return at(n, fmt.Errorf("%q is no start type: write automatic, manual, disabled, deleted or 0 to 4", scalar(n)))
	}
	*s = v
	return nil
}
