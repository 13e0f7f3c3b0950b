package report

import (
	"slices"

	"updoc/model"
)

// Ids of the sentences that answer "is my data safe", without "ui.data.".
const (
	dataNoSigns   = "d0"
	dataUnseen    = "d1"
	dataFailing   = "d2"
	dataCheck     = "check"
	dataCorrupt   = "corruption"
	dataNoise     = "storage-noise"
	dataEncrypted = "encrypted"
	dataPlan      = "d3"
	dataPlanPlain = "d3-plain"
	dataUntouched = "changed-nothing"
)

// dataLines chooses, by what was seen, what is said first: how the disk and the
// files on it are. Nothing comforting is said about what was not looked at.
func dataLines(d *model.Diagnosis) []string {
	lines := []string{healthLine(&d.Machine)}
	encrypted := d.Machine.Windows.BitLocker.Encrypted
	if encrypted.Known && encrypted.Value {
		lines = append(lines, dataEncrypted)
	}
	if slices.ContainsFunc(d.Plan.Steps, func(s model.Step) bool { return s.Risk == model.RiskPartition }) {
		if encrypted.Known && !encrypted.Value {
			lines = append(lines, dataPlanPlain)
		} else {
			lines = append(lines, dataPlan)
		}
	}
	return append(lines, dataUntouched)
}

func healthLine(m *model.Machine) string {
	kind := func(kinds ...string) bool {
		return slices.ContainsFunc(m.DiskLog.Items, func(e model.DiskEvent) bool { return slices.Contains(kinds, e.Kind) })
	}
	c := m.DiskLog.Coverage
	switch dirty := m.Windows.Dirty; {
	case failing(m), met(m, "read-error"):
		return dataFailing
	case kind("corruption"):
		return dataCorrupt
	case dirty.Known && dirty.Value:
		return dataCheck
	case kind("controller-reset", "retried", "bad-block", "io-error", "flush-failed"):
		return dataNoise
	case met(m, "read-past-end", "image-truncated", "packed-damaged"), !dirty.Known, !c.Complete && (c.From.IsZero() || c.To.IsZero()):
		return dataUnseen
	}
	return dataNoSigns
}

// failing reports whether the disk of Windows failed lately and again, or says so of
// itself: one error long ago is no failing disk.
func failing(m *model.Machine) bool {
	return m.Storage.Predicted.Known && m.Storage.Predicted.Value || m.Storage.Errors.Known && m.Storage.Errors.Value >= failingErrors
}

// failingErrors is how many failed reads or writes in 30 days are taken as signs of a
// failing disk; the cause disk-failing has the same number.
const failingErrors = 3

// met reports whether reading the disk itself met one of these problems.
func met(m *model.Machine, codes ...string) bool {
	return slices.ContainsFunc(m.Disks.Items, func(d model.Disk) bool {
		return slices.ContainsFunc(d.Problems, func(p model.DiskProblem) bool { return slices.Contains(codes, p.Code) })
	})
}
