package model

// OrderedSchema names the JSON form of Ordered.
const OrderedSchema = "updoc.ordered/1"

// Ordered says that a repair of this PC was begun outside the session (`updoc fix
// --as-task`), and where to look how it goes.
type Ordered struct {
	Schema  string `json:"schema"`
	Task    string `json:"task"`              // its path in the Task Scheduler
	Log     string `json:"log"`               // file with what it says
	Journal string `json:"journal,omitempty"` // folder of its journals, for `updoc history --journal`; empty: the usual one
}
