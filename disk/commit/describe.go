package commit

import "encoding/json"

// Describe replaces what Create was given, for what is known only when all operations are
// done. It is possible before Prepare alone, which takes its hash into the log.
func (j *Journal) Describe(head any) error {
	if j.State() != "" {
		return &StateError{"new", j.State()}
	}
	text, err := json.Marshal(head)
	if err != nil {
		return err
	}
	f, err := j.dir.Open(headName)
	if err != nil {
		return err
	}
	defer f.Close()
	if err := f.Truncate(0); err != nil {
		return err
	}
	if err := writeSync(f, text, 0); err != nil {
		return err
	}
	j.head = text
	return nil
}
