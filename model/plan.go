package model

// PlanSchema names the JSON form of Plan.
const PlanSchema = "updoc.plan/1"

// Risks of a step, least first. R0 looks only, R1 reversible, R2 reversible at a
// cost, R3 hard to reverse, R4 changes the partition table or moves file-system data.
const (
	RiskLook       = "R0"
	RiskReversible = "R1"
	RiskCostly     = "R2"
	RiskHard       = "R3"
	RiskPartition  = "R4"
)

// Where a step can be done.
const (
	WhereLive    = "live"
	WhereOffline = "offline"
	WherePerson  = "person"
)

// States of a gate.
const (
	GateOpen   = "open"
	GateClosed = "closed"
	GateUnseen = "unseen" // decided right before the step
)

// Plan is an ordered list of steps. It is pure data: nothing was done.
type Plan struct {
	Schema string   `json:"schema"`
	Steps  []Step   `json:"steps"`
	After  []Layout `json:"after,omitempty"`  // partition tables as they would be after the plan
	Limits []Limit  `json:"limits,omitempty"` // of a running Windows alone
}

// Limit is why a running Windows lets something not be done, known before it is tried:
// S mode, a session over the network, a tool that is switched off. Code is that of the error which
// a fix would give.
type Limit struct {
	Code    string `json:"code"`
	Args    Args   `json:"args,omitempty"`
	Message string `json:"message"` // filled by report, as the next
	Hint    string `json:"hint,omitempty"`
}

// Step is one remedy with its parameters.
type Step struct {
	ID        string   `json:"id"`
	For       []string `json:"for"` // failure ids, or ids of conditions
	Cause     string   `json:"cause"`
	Remedy    string   `json:"remedy"`
	Risk      string   `json:"risk"`
	Where     []string `json:"where"`
	Params    Args     `json:"params"`
	Gates     []Gate   `json:"gates"`
	Why       string   `json:"why"`             // filled by report, as the next three
	Title     string   `json:"title,omitempty"` //
	Expect    string   `json:"expect"`          // typed expression over the Machine read afterwards
	ExpectIs  string   `json:"expectText,omitempty"`
	Undo      string   `json:"undo"`
	UndoKind  string   `json:"undoKind"` // none-needed, exact, inverse-plan, not-possible
	Seconds   int64    `json:"seconds"`  // 0: not known
	Bytes     int64    `json:"bytes"`    // room or traffic it needs; 0: none to speak of
	IfFails   string   `json:"ifFails"`
	Otherwise []string `json:"otherwise,omitempty"` // remedies that come next if this one fails
}

// Gate is a condition that must hold right before a step.
type Gate struct {
	ID    string `json:"id"`
	State string `json:"state"`
	Text  string `json:"text"` // filled by report
}

// Layout is a partition table, drawn beside the one that is there.
type Layout struct {
	Disk       int64             `json:"disk"`
	Partitions []LayoutPartition `json:"partitions"`
}

// LayoutPartition is a partition of a Layout. From is the id of the partition it was
// made from; empty for a new one.
type LayoutPartition struct {
	From  string `json:"from,omitempty"`
	Role  string `json:"role"`
	Start uint64 `json:"start"` // bytes
	Size  uint64 `json:"size"`  // bytes
}
