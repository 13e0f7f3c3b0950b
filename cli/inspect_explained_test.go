package cli

// anyFigure stands for a long figure that follows from another one of the sample.
const anyFigure = "any"

// explanation is one figure in which we differ from TRUTH.json: ours, and why we are
// right, in short. docs/truth.md has the proof under the heading in brackets.
type explanation struct{ figure, ours, why string }

const (
	whyRecovered   = "records behind damage, which libevtx does not reach [evtx: recovered records]"
	whyNoTemplates = "events without templates, on which libevtx stops [evtx: forwarded events]"
	whyLoop        = "libregf counts one key twice, hivexml gives up [regf: a key reached twice]"
	whyLogs        = "the truth is of the hive without its logs [regf: transaction logs]"
	whyHiveLog     = "a log is inspected with its hive [regf: transaction logs]"
	whyOnlyWe      = "the other tools give up at the damage [regf: hives only we read]"
	whyHeader      = "libesedb sums the known fields alone [ese: checksum of the header]"
	whyNoDisk      = "no disk image we read [disk: what is refused]"
)

var explained = map[string][]explanation{
	"evtx/evtx2mitre__ID1151-Defender-health-status.evtx": {
		{"kinds of events", "1", whyNoTemplates},
		{"levels", "4=455", whyNoTemplates},
		{"computers", "WIN10-client01.offsec.lan=455", whyNoTemplates},
		{"firstTime", "2020-06-23T09:31:40.500647", whyNoTemplates},
		{"lastTime", "2020-12-11T12:27:29.134848", whyNoTemplates},
	},
	"evtx/omer__sample-with-zero-data-size-event.evtx": {
		{"records", "450", whyRecovered},
		{"records by raw walk", "450", whyRecovered},
		{"events", anyFigure, whyRecovered},
		{"kinds of events", "59", whyRecovered},
		{"levels", "2=16 3=25 4=409", whyRecovered},
		{"computers", "DESKTOP-3HCGNNO=151 DESKTOP-8BGEHIF=55 DESKTOP-M7P1NB6=61 W10-1507-LTSB=183", whyRecovered},
		{"firstTime", "2015-07-10T12:22:57.950476", whyRecovered},
	},
	"evtx/omer__sample_with_a_bad_chunk_magic.evtx": {
		{"records", "380", whyRecovered},
		{"records by raw walk", "380", whyRecovered},
		{"events", "Microsoft-Windows-AppXDeployment/325=380", whyRecovered},
		{"levels", "4=380", whyRecovered},
		{"computers", "DESKTOP-1N4R894=380", whyRecovered},
		{"lastTime", "2018-08-08T16:40:15.820702", whyRecovered},
		{"chunks", "6", "two chunks have lost their header, not their records [evtx: recovered records]"},
		{"damagedChunks", "5", "the truth counts wrong records checksums only [evtx: damaged chunks]"},
	},
	"evtx/omer__security_bad_string_cache.evtx": {
		{"damagedChunks", "1", "the truth does not look at the checksums of chunk headers [evtx: damaged chunks]"},
	},
	"hive/ezregistry__NotAHive": {
		{"kind", "pe", "it is a program, and shown as one [regf: no hive]"},
	},
	"hive/regipy__SYSTEM_B": {
		{"keys", "35595", whyLogs},
		{"keys by hivexml", "35595", whyLogs},
		{"values", "78901", whyLogs},
	},
	"hive/yarp/NewDirtyHive1/NewDirtyHive": {
		{"values", "1", whyLogs},
		{"subkeys", "Key3", whyLogs},
	},
	"hive/yarp/OldDirtyHive/OldDirtyHive": {
		{"values", "1", whyLogs},
	},
	"hive/regipy__SYSTEM_B.LOG1":                {{"refused", "hive-log", whyHiveLog}},
	"hive/regipy__SYSTEM_B.LOG2":                {{"refused", "hive-log", whyHiveLog}},
	"hive/yarp/NewDirtyHive1/NewDirtyHive.LOG1": {{"refused", "hive-log", whyHiveLog}},
	"hive/yarp/NewDirtyHive1/NewDirtyHive.LOG2": {{"refused", "hive-log", whyHiveLog}},
	"hive/yarp/OldDirtyHive/OldDirtyHive.LOG1":  {{"refused", "hive-log", whyHiveLog}},
	"hive/regipy__corrupted_system_hive":        {{"readable", "yes", whyOnlyWe}},
	"hive/yarp/TruncatedDirtyHive":              {{"readable", "yes", whyOnlyWe}},
	"hive/yarp/System_Delta":                    {{"readable", "yes", "hivexml alone gives up; libregf's figures are ours [regf: hives only we read]"}},
	"hive/yarp/BadListHive": {
		{"keys", "6", whyLoop},
		{"readable", "yes", whyLoop},
	},
	"hive/yarp/BadSubkeyHive": {
		{"keys", "6", whyLoop},
		{"readable", "yes", whyLoop},
	},
	"hive/yarp/BogusKeyNamesHive": {
		{"subkeys", "testnew\r\nne, testnu\x00l", "libregf cuts a name at its NUL [regf: names]"},
	},
	"hive/yarp/CompHive": {
		{"subkeys", "\u009f, \u0178", "libregf decodes one-byte names as Windows-1252 [regf: names]"},
	},
	"wim/wimlib__dotdot.wim": {
		{"valid", "false", "wimlib passes over the name \"..\" with a warning, Windows refuses it [wim: a name that leads out]"},
		{"entries", "1", "the truth counts the two lines of wimlib's warning [wim: a name that leads out]"},
	},
	"ese/goese__qmgr.db":                     {{"readable", "yes", whyHeader}},
	"disk/dfvfs__bogus.001":                  {{"refused", "unknown-kind", "nobody finds anything in it [disk: what is refused]"}},
	"disk/velociraptor__partition_image.E01": {{"refused", "file-unsupported", whyNoDisk}},
	"disk/velociraptor__test.vhdx.zip":       {{"refused", "unknown-kind", whyNoDisk}},
	"disk/velociraptor__MBR": {
		{"table", "mbr", "mmls gives up because the partitions lie outside the file [disk: a first sector alone]"},
	},
}
