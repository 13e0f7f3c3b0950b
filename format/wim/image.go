package wim

import "fmt"

// Image is what the XML of a WIM file says about one of its images. Numbers and texts that the XML does not give are zero
// and empty.
type Image struct {
	Index            int    `json:"index"` // 1 is the first
	Name             string `json:"name"`
	Description      string `json:"description,omitempty"`
	DirCount         int64  `json:"dirCount"`
	FileCount        int64  `json:"fileCount"`
	TotalBytes       int64  `json:"totalBytes"`   // of all files, uncompressed
	Arch             string `json:"arch"`         // x86, amd64, arm, arm64, ia64, or the number that stands there
	EditionID        string `json:"editionId"`    // WindowsPE in a recovery image
	InstallationType string `json:"installation"` // WindowsPE in a recovery image
	ProductName      string `json:"productName,omitempty"`
	HasVersion       bool   `json:"hasVersion"` // the XML has a <VERSION>; else the five numbers below mean nothing
	Major            int    `json:"major"`
	Minor            int    `json:"minor"`
	Build            int    `json:"build"`
	SPBuild          int    `json:"spBuild"` // the revision: 3920 in 10.0.19041.3920
	SPLevel          int    `json:"spLevel"`
}

// Version returns major.minor.build.revision as Windows prints it, or "" if the XML has no version.
func (i Image) Version() string {
	if !i.HasVersion {
		return ""
	}
	return fmt.Sprintf("%d.%d.%d.%d", i.Major, i.Minor, i.Build, i.SPBuild)
}

// architecture is a processor number of the XML (PROCESSOR_ARCHITECTURE_* of winnt.h) with its name.
type architecture struct{ number, name string }

func architectures() []architecture {
	return []architecture{{"0", "x86"}, {"5", "arm"}, {"6", "ia64"}, {"9", "amd64"}, {"12", "arm64"}}
}

func archName(number string) string {
	for _, a := range architectures() {
		if a.number == number {
			return a.name
		}
	}
	return number
}

func archNumber(name string) string {
	for _, a := range architectures() {
		if a.name == name {
			return a.number
		}
	}
	return name
}
