package casekit

import (
	"strings"
	"time"
)

// record is one event before it is written into a log.
type record struct {
	log      string // System, Setup, …
	at       time.Time
	source   provider
	guid     string // of the provider, where guidOf does not know it
	id       int
	version  int
	level    int
	task     int
	opcode   int
	keywords uint64
	classic  int // qualifiers of a classic event id
	process  uint32
	user     string // SID; empty: none
	wrap     string // UserData element instead of EventData
	data     []field
	binary   []byte
}

// field is one named datum. value is a string, bool, uint32, int32, int64, hexNumber,
// guidText or time.Time; classic events leave the name empty.
type field struct {
	name  string
	value any
}

// hexNumber is a number that a log shows as 0x80070643.
type hexNumber uint32

// guidText is a GUID in text form without braces.
type guidText string

// provider is who writes an event.
type provider string

// The providers that casekit writes for.
const (
	byKernel    provider = "Microsoft-Windows-Kernel-General"
	byBoot      provider = "Microsoft-Windows-Kernel-Boot"
	byPower     provider = "Microsoft-Windows-Kernel-Power"
	byUpdate    provider = "Microsoft-Windows-WindowsUpdateClient"
	byServices  provider = "Service Control Manager"
	byServicing provider = "Microsoft-Windows-Servicing"
	byNTFS      provider = "Microsoft-Windows-Ntfs"
	byWinRE     provider = "Microsoft-Windows-WinREAgent"
	byDefender  provider = "Microsoft-Windows-Windows Defender"
	byTime      provider = "Microsoft-Windows-Time-Service"
	byDCOM      provider = "Microsoft-Windows-DistributedCOM"
	byLog       provider = "EventLog"
	byDisk      provider = "disk"
	byMSI       provider = "MsiInstaller"
)

// guidOf returns the GUID a provider is registered with, empty for classic sources.
// Source: the public event manifests.
func guidOf(p provider) string {
	return map[provider]string{
		byKernel:    "a68ca8b7-004f-d7b6-a698-07e2de0f1f5d",
		byBoot:      "15ca44ff-4d7a-4baa-bba5-0998955e531e",
		byPower:     "331c3b3a-2005-44c2-ac5e-77220c37d6b4",
		byUpdate:    "945a8954-c147-4acd-923f-40c45405a658",
		byServices:  "555908d1-a6d7-4695-8e1e-26931d2012f4",
		byServicing: "bd12f3b8-fc40-4a61-a307-b7a013a069c1",
		byNTFS:      "3ff37a1c-a68d-4d6e-8c9b-f79e8b16c482",
		byDefender:  "11cd958a-c507-4ef3-b3f2-5fd9dfbd2c78",
		byTime:      "06edcfeb-0fd0-4e53-acca-a6f8bbf81bcb",
		byDCOM:      "1b562e86-b7aa-4131-badc-b6f3a001407e",
	}[p]
}

// Levels of an event.
const (
	levelCritical = 1
	levelError    = 2
	levelWarning  = 3
	levelInfo     = 4
)

// Keywords: bit 63 marks events of a manifest, bit 55 classic ones.
const (
	keywordManifest = 0x8000000000000000
	keywordClassic  = 0x0080000000000000
)

const systemSID = "S-1-5-18"

// logFiles maps the short names of logs to their files below winevt\Logs.
func logFiles() map[string]string {
	return map[string]string{
		"System": "System.evtx", "Setup": "Setup.evtx", "Application": "Application.evtx",
		"WindowsUpdate": "Microsoft-Windows-WindowsUpdateClient%4Operational.evtx",
	}
}

// logFile returns the file of a log below winevt\Logs; "" if there is no such log. A
// name with a slash is a channel, whose file is named after it.
func logFile(log string) string {
	if strings.Contains(log, "/") {
		return strings.ReplaceAll(log, "/", "%4") + ".evtx"
	}
	return logFiles()[log]
}

// channel returns the name of a log as its events carry it.
func channel(log string) string {
	if log == "WindowsUpdate" {
		return "Microsoft-Windows-WindowsUpdateClient/Operational"
	}
	return log
}

// manifest returns an event of a manifest-based provider in the System log.
func manifest(at time.Time, by provider, id, version, level int, data ...field) record {
	return record{log: "System", at: at, source: by, id: id, version: version, level: level,
		keywords: keywordManifest, process: 4, user: systemSID, data: data}
}

// classic returns an event of a classic source in the System log.
func classic(at time.Time, by provider, id, qualifiers, level int, data ...string) record {
	r := record{log: "System", at: at, source: by, id: id, classic: qualifiers, level: level, keywords: keywordClassic}
	for _, d := range data {
		r.data = append(r.data, field{value: d})
	}
	return r
}
