package cli

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"time"

	"updoc/format/ese"
)

// eseView shows a database. table: whose rows are wanted; empty: of all.
type eseView struct {
	s     *subject
	table string
	db    *ese.DB
}

// isESE: the signature stands in the first page, and again in the second, which
// begins where the page size says.
func isESE(head []byte) bool {
	for _, page := range []int{0, 2048, 4096, 8192, 16384, 32768} {
		if page+8 <= len(head) && bytes.HasPrefix(head[page+4:], []byte{0xef, 0xcd, 0xab, 0x89}) {
			return true
		}
	}
	return false
}

func (in *inspector) openESE(s *subject) (view, error) {
	db, err := ese.Open(in.ctx, s.file, s.size)
	switch {
	case in.ctx.Err() != nil:
		return nil, in.ctx.Err()
	case db != nil:
		return &eseView{s, in.table, db}, nil
	case errors.Is(err, ese.ErrDamaged), errors.Is(err, ese.ErrNotESE):
		return nil, damagedFile(s.name, "ese", err)
	}
	return nil, unreadable(s.name, err)
}

type eseDocument struct {
	Kind     string `json:"kind"`
	State    string `json:"state"` // clean, dirty
	PageSize int64  `json:"pageSize"`
	Tables   tally  `json:"tables"` // rows of each
	about
	RawState   uint32   `json:"rawState"` // as stored
	Version    string   `json:"version"`
	Revision   uint32   `json:"revision"`
	HeaderCopy bool     `json:"headerCopy"` // the header is damaged, this is its copy
	Harmed     int      `json:"damagedPages"`
	Problems   []string `json:"problems"`
}

func (v *eseView) document(ctx context.Context) (document, error) {
	h := v.db.Header
	d := &eseDocument{Kind: "ese", State: h.State, PageSize: h.PageSize, Tables: tally{}, about: aboutOf(v.s), RawState: h.RawState,
		Version: fmt.Sprintf("0x%x", h.Version), Revision: h.Revision, HeaderCopy: h.Copy, Problems: []string{}}
	for i := range v.db.Tables {
		n, err := v.db.Count(&v.db.Tables[i])
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if err != nil {
			d.Problems = append(d.Problems, v.db.Tables[i].Name+": "+err.Error())
		}
		d.Tables[v.db.Tables[i].Name] = n
	}
	d.Harmed = v.db.Harmed
	if err := v.db.Damage(); err != nil {
		d.Problems = append(d.Problems, err.Error())
	}
	return d, nil
}

type eseRecord struct {
	Table  string         `json:"table"`
	Values map[string]any `json:"values"` // bytes as hexadecimal digits
}

func (v *eseView) records(_ context.Context, out *lines) error {
	for i := range v.db.Tables {
		t := &v.db.Tables[i]
		if v.table != "" && !strings.EqualFold(v.table, t.Name) {
			continue
		}
		err := v.db.Rows(t, func(r ese.Row) error {
			rec := eseRecord{t.Name, map[string]any{}}
			for _, c := range r {
				rec.Values[c.Name] = plainValue(c.Value)
			}
			return out.add(rec)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// plainValue puts a value into a form that JSON has; a number that is none is a text.
func plainValue(v any) any {
	switch v := v.(type) {
	case []byte:
		return hex.EncodeToString(v)
	case time.Time:
		return v.Format(time.RFC3339Nano)
	case float64:
		if s := fmt.Sprint(v); strings.Trim(s, "+-InfNa") == "" {
			return s
		}
	}
	return v
}

func (d *eseDocument) show(s *sheet) {
	s.title(d.Path, "ese")
	s.row("state", s.label("state."+d.State))
	s.rowCount("page-size", d.PageSize)
	s.row("version", fmt.Sprintf("%s, %d", d.Version, d.Revision))
	s.rowIf("damaged-pages", int64(d.Harmed))
	s.counts("tables", d.Tables)
	s.list("problems", append(append([]string{}, d.Problems...), d.Notes...))
}
