package collect

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"updoc/format/ese"
	"updoc/model"
)

// readHidden fills Agent.Hidden from tbHiddenUpdates, whose rows hold update ids one
// behind the other. Their KB is in tbUpdates or in the title of
// tbUpdateLocalizedProps. How the ids lie is known from the names of the columns
// alone: what does not divide into ids is unseen.
func (d *desk) readHidden(db *ese.DB, at place) {
	why := model.Unseen{Artifact: storeArtifact, Reason: model.ReasonAbsent, Detail: "tbHiddenUpdates", How: model.HowNothing}
	t := db.Table("tbHiddenUpdates")
	if t == nil {
		d.m.Agent.Hidden = model.Partial([]string{}, why)
		return
	}
	ids, odd := []string{}, 0
	err := db.Rows(t, func(r ese.Row) error {
		more, ok := idList(r)
		if !ok {
			odd++
		}
		ids = append(ids, more[:min(len(more), hiddenLimit-len(ids))]...)
		return nil
	})
	kbs := map[string]string{}
	if len(ids) > 0 {
		kbs = d.kbsByID(db, ids)
	}
	for i, id := range ids {
		ids[i] = cmp.Or(kbs[id], id)
	}
	switch {
	case err != nil || db.Harmed > 0 || odd > 0:
		why.Reason, why.Detail = model.ReasonDamaged, fmt.Sprintf("%d rows of tbHiddenUpdates hold no ids", odd)
	case db.Header.State == ese.Dirty:
		why.Reason, why.Detail = model.ReasonOutOfRange, "the database was not closed, newest rows may lack"
	default:
		d.m.Agent.Hidden = model.Complete(ids)
		return
	}
	d.m.Agent.Hidden = model.Partial(ids, why)
}

// idList cuts the ids out of a row; false if its bytes are no whole number of them.
func idList(r ese.Row) ([]string, bool) {
	b := r.Bytes("UpdateIds")
	size := updateIDLength
	if len(b)%size != 0 {
		size = 16
	}
	if len(b)%size != 0 {
		return nil, false
	}
	var ids []string
	for ; len(b) > 0; b = b[size:] {
		if id, _ := updateIDOf(b[:size]); id != "" {
			ids = append(ids, id)
		}
	}
	return ids, true
}

// kbsByID maps the wanted update ids to the KB that the database knows for them.
func (d *desk) kbsByID(db *ese.DB, wanted []string) map[string]string {
	kbs, local := map[string]string{}, map[int64]string{}
	if t := db.Table("tbUpdates"); t != nil {
		_ = db.Rows(t, func(r ese.Row) error { // what cannot be read only costs a name
			id, _ := updateIDOf(r.Bytes("UpdateId"))
			if !slices.Contains(wanted, id) {
				return nil
			}
			if kbs[id] = articleKB(r.Text("KBArticleIds")); kbs[id] == "" {
				local[r.Int("IdLocal")] = id
			}
			return nil
		})
	}
	if t := db.Table("tbUpdateLocalizedProps"); t != nil && len(local) > 0 {
		_ = db.Rows(t, func(r ese.Row) error {
			if id, kb := local[r.Int("IdLocal")], kbIn(r.Text("Title")); id != "" && kb != "" {
				kbs[id] = kb
			}
			return nil
		})
	}
	return kbs
}

// articleKB returns the first number of a list of articles, as KB5034441.
func articleKB(s string) string {
	return kbIn("KB" + strings.TrimPrefix(strings.ToUpper(strings.TrimSpace(s)), "KB"))
}
