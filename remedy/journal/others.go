package journal

import (
	"context"
	"maps"
	"slices"
	"strings"

	"updoc/disk/commit"
	"updoc/remedy/host"
)

// seen is how the things are that an operation changes; nil from a host that does not tell.
func seen(ctx context.Context, h host.Stepwise, op host.Op) (map[string]string, error) {
	w, ok := h.(host.Witness)
	if !ok {
		return nil, nil
	}
	return w.Seen(ctx, op)
}

// Changed names what is neither as the operations left it nor as it was before them:
// somebody else has changed it since. Empty once Undo has begun.
func (s *Steps) Changed(ctx context.Context, h host.Stepwise) ([]string, error) {
	p, err := s.progress()
	if err != nil || s.State() == commit.Undoing {
		return nil, err
	}
	out, later := []string{}, []string{}
	for n, op := range slices.Backward(s.Ops) {
		if _, begun := p.saved[n]; !begun || p.undone[n] {
			continue
		}
		names := slices.Sorted(maps.Keys(p.left[n]))
		names = slices.DeleteFunc(names, func(name string) bool { return touched(name, later) })
		if len(names) > 0 { // what a later operation has changed too is compared with that
			now, err := seen(ctx, h, op)
			if err != nil {
				return nil, err
			}
			out = append(out, p.others(n, names, now)...)
		}
		later = slices.AppendSeq(slices.AppendSeq(later, maps.Keys(p.was[n])), maps.Keys(p.left[n]))
	}
	return out, nil
}

// others are the names under which somebody else's things are now.
func (p progress) others(n int, names []string, now map[string]string) (out []string) {
	for _, name := range names {
		if now[name] != p.left[n][name] && now[name] != p.was[n][name] {
			out = append(out, name)
		}
	}
	return out
}

// touched tells whether a thing is one of the others, inside one, or holds one.
func touched(name string, others []string) bool {
	return slices.ContainsFunc(others, func(o string) bool {
		return name == o || strings.HasPrefix(name, o+`\`) || strings.HasPrefix(o, name+`\`)
	})
}

// keepOthers lets the host keep what operation n did not leave. What cannot be seen now is
// left to Back.
func (s *Steps) keepOthers(ctx context.Context, h host.Stepwise, n int, p progress) error {
	w, ok := h.(host.Witness)
	if !ok || !p.done[n] {
		return nil
	}
	now, err := w.Seen(ctx, s.Ops[n])
	if err != nil || len(p.others(n, slices.Collect(maps.Keys(p.left[n])), now)) == 0 {
		return nil
	}
	return w.KeepOthers(ctx, s.Ops[n])
}
