package model

import "time"

// Note is a line or event of a log that a cause may turn on. Kind is kebab-case and
// named by the format or collector that found it; empty strings and a zero time mean
// that the log does not tell.
type Note struct {
	Kind    string    `json:"kind"`
	Code    string    `json:"code,omitempty"`    // 0x%08x
	Text    string    `json:"text"`              // the line, shortened
	Subject string    `json:"subject,omitempty"` // what it is about: package, installer, file, driver, URL, service
	Need    string    `json:"need,omitempty"`    // version asked for
	Have    string    `json:"have,omitempty"`    // version found, or a second detail of the kind
	Time    time.Time `json:"time,omitzero"`     // UTC
	Origin  Origin    `json:"origin"`
}
