package winapi

import (
	"context"
	"encoding/json"
	"fmt"
)

// real is the running Windows: what each call does, by name. It is filled by on in files
// named _windows.go and is empty on other systems.
type real map[string]func(ctx context.Context, args json.RawMessage) (any, error)

// on says what a call does.
func on[A, R any](r real, c Call[A, R], do func(context.Context, A) (R, error)) {
	r[string(c)] = func(ctx context.Context, raw json.RawMessage) (any, error) {
		var args A
		if err := json.Unmarshal(raw, &args); err != nil {
			return nil, err
		}
		answer, err := do(ctx, args)
		return answer, named(ctx, string(c), err)
	}
}

// New is the Windows this program runs on. On other systems every call is ErrUnsupported.
// It may be used by many goroutines.
func New() Caller { return calls() }

// Call implements Caller.
func (r real) Call(ctx context.Context, name string, args, answer any) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	do, known := r[name]
	if !known {
		return fmt.Errorf("%s: %w", name, ErrUnsupported)
	}
	raw, err := json.Marshal(args)
	if err != nil {
		return err
	}
	got, err := do(ctx, raw)
	if err != nil {
		return err
	}
	if raw, err = json.Marshal(got); err != nil {
		return err
	}
	return json.Unmarshal(raw, answer)
}
