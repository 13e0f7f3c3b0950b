package winapi

import "context"

// maxHistory bounds how much of the update agent's history is read.
const maxHistory = 1000

// searcher makes IUpdateSearcher. Source: "Using the Windows Update Agent API".
func searcher() (object, error) {
	s, err := session()
	if err != nil {
		return object{}, err
	}
	defer s.Release()
	return s.child("CreateUpdateSearcher")
}

// historyCall asks IUpdateSearcher.QueryHistory, newest first as it answers.
func historyCall(ctx context.Context, newest int) ([]HistoryEntry, error) {
	return apartment(ctx, historyLimit, func() ([]HistoryEntry, error) {
		s, err := searcher()
		if err != nil {
			return nil, err
		}
		defer s.Release()
		total, err := s.value("GetTotalHistoryCount")
		if err != nil {
			return nil, err
		}
		all := []HistoryEntry{}
		count := min(int(row{"n": total}.least("n")), newest, maxHistory)
		if count <= 0 {
			return all, nil
		}
		entries, err := s.child("QueryHistory", 0, count)
		if err != nil {
			return nil, err
		}
		defer entries.Release()
		err = entries.items(count, func(o object) error {
			all = append(all, historyEntry(o.read(historyNames...), o.identity("UpdateIdentity")))
			return nil
		})
		return all, err
	})
}

// searchCall asks IUpdateSearcher.Search.
func searchCall(ctx context.Context, criteria string) ([]Update, error) {
	return apartment(ctx, searchLimit, func() ([]Update, error) {
		s, err := searcher()
		if err != nil {
			return nil, err
		}
		defer s.Release()
		result, err := s.child("Search", criteria)
		if err != nil {
			return nil, err
		}
		defer result.Release()
		if err := searchFailed(result.read("ResultCode").number("ResultCode")); err != nil {
			return nil, err
		}
		updates, err := result.child("Updates")
		if err != nil {
			return nil, err
		}
		defer updates.Release()
		all := []Update{}
		err = updates.items(wmiRowsMost, func(o object) error {
			all = append(all, foundUpdate(o.read(updateNames...), o.identity("Identity"), o.articles(), o.restart()))
			return nil
		})
		return all, err
	})
}

// items visits a collection that has Count and Item, most of them.
func (o object) items(most int, visit func(object) error) error {
	count := o.read("Count").least("Count")
	for i := range min(int(count), most) {
		item, err := o.child("Item", i)
		if err != nil {
			return err
		}
		err = visit(item)
		item.Release()
		if err != nil {
			return err
		}
	}
	return nil
}

func (o object) identity(name string) row {
	id, err := o.child(name)
	if err != nil {
		return row{}
	}
	defer id.Release()
	return id.read(identityNames...)
}

// articles is IUpdate.KBArticleIDs.
func (o object) articles() []string {
	list, err := o.child("KBArticleIDs")
	if err != nil {
		return nil
	}
	defer list.Release()
	var all []string
	for i := range min(int(list.read("Count").least("Count")), wmiRowsMost) {
		if v, err := list.value("Item", i); err == nil {
			all = append(all, row{"id": v}.text("id"))
		}
	}
	return all
}

// restart is IInstallationBehavior.RebootBehavior.
func (o object) restart() uint64 {
	behavior, err := o.child("InstallationBehavior")
	if err != nil {
		return 0
	}
	defer behavior.Release()
	return behavior.read("RebootBehavior").least("RebootBehavior")
}
