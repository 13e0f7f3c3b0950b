package casekit

import (
	"fmt"
	"time"
	_ "time/tzdata" // cases must not depend on the zone files of the machine
)

// zones maps Windows time zone keys to the tz database. Source: Unicode CLDR
// windowsZones.
func zones() map[string]string {
	return map[string]string{
		"Tokyo Standard Time":            "Asia/Tokyo",
		"UTC":                            "UTC",
		"GMT Standard Time":              "Europe/London",
		"W. Europe Standard Time":        "Europe/Berlin",
		"Romance Standard Time":          "Europe/Paris",
		"Eastern Standard Time":          "America/New_York",
		"Central Standard Time":          "America/Chicago",
		"Pacific Standard Time":          "America/Los_Angeles",
		"India Standard Time":            "Asia/Kolkata",
		"China Standard Time":            "Asia/Shanghai",
		"AUS Eastern Standard Time":      "Australia/Sydney",
		"E. South America Standard Time": "America/Sao_Paulo",
	}
}

// location returns the rules of a Windows time zone key.
func location(key string) (*time.Location, error) {
	name, ok := zones()[key]
	if !ok {
		return nil, fmt.Errorf("time zone %q is not one casekit knows", key)
	}
	return time.LoadLocation(name)
}

// biases returns the minutes to add to local time for UTC in winter, the same for
// summer, and for moment t.
func biases(zone *time.Location, t time.Time) (standard, summer, now int) {
	minutes := func(t time.Time) int { _, s := t.In(zone).Zone(); return -s / 60 }
	jan := minutes(time.Date(t.Year(), 1, 1, 0, 0, 0, 0, time.UTC))
	jul := minutes(time.Date(t.Year(), 7, 1, 0, 0, 0, 0, time.UTC))
	return max(jan, jul), min(jan, jul), minutes(t)
}
