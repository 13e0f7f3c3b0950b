package knowledge

import (
	"slices"
	"strings"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
)

// lineOf finds the line on which something with an id is written, and below it the
// part that rest names: a key, or the id of an entry of a list and a key in that. It
// returns the line of as much of it as there is; 0 if the id is not there.
func lineOf(raw []byte, kind, id, rest string) (line int) {
	defer func() {
		if recover() != nil { // the YAML library panics on some bad input
			line = 0
		}
	}()
	file, err := parser.ParseBytes(raw, 0)
	if err != nil {
		return 0
	}
	for _, doc := range file.Docs {
		if item := find(doc.Body, keyOf(kind), id); item != nil && line == 0 {
			line = lineIn(item, rest)
		}
	}
	return line
}

// keyOf is the key that holds the id of a kind of thing.
func keyOf(kind string) string {
	if kind == "code" {
		return "hex"
	}
	return "id"
}

func lineIn(item ast.Node, rest string) int {
	for rest != "" {
		part, after, _ := strings.Cut(rest, ".")
		next := value(item, part)
		if next == nil {
			next = find(item, "id", part)
		}
		if next == nil {
			break
		}
		item, rest = next, after
	}
	return item.GetToken().Position.Line
}

// find returns the first mapping, from the top down, in which key has the value id.
func find(n ast.Node, key, id string) ast.Node {
	if v := value(n, key); v != nil && strings.Trim(v.String(), `'"`) == id {
		return n
	}
	for _, child := range children(n) {
		if hit := find(child, key, id); hit != nil {
			return hit
		}
	}
	return nil
}

// value returns the value of a key of a mapping.
func value(n ast.Node, key string) ast.Node {
	for _, v := range entries(n) {
		if strings.Trim(v.Key.String(), `'"`) == key {
			return v.Value
		}
	}
	return nil
}

func entries(n ast.Node) []*ast.MappingValueNode {
	switch x := n.(type) {
	case *ast.MappingNode:
		return x.Values
	case *ast.MappingValueNode:
		return []*ast.MappingValueNode{x}
	}
	return nil
}

func children(n ast.Node) []ast.Node {
	if list, ok := n.(*ast.SequenceNode); ok {
		return slices.Clone(list.Values)
	}
	var out []ast.Node
	for _, v := range entries(n) {
		out = append(out, v.Value)
	}
	return out
}
