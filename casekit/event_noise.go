package casekit

import (
	"strings"
	"time"

	"updoc/format/evtx"
)

// noiseEvents are what any healthy PC writes: services that change their own start
// type, clock corrections, a permission remark, installers that went well.
func (w *world) noiseEvents() []record {
	if !w.Noise.or(true) {
		return nil
	}
	var list []record
	for _, b := range w.boots {
		list = append(list, w.noiseAfter(b.at)...)
	}
	for t := w.since; t.Before(w.now.AddDate(0, 0, -1)); t = t.AddDate(0, 0, 7) {
		list = append(list, flip(t.Add(w.shift("flip"+t.String(), 4*time.Hour, 9*time.Hour)))...)
	}
	return append(list, w.installerNoise()...)
}

func (w *world) noiseAfter(boot time.Time) []record {
	dcom := manifest(boot.Add(70*time.Second), byDCOM, 10016, 0, levelWarning,
		field{"param1", "application-specific"}, field{"param2", "Local"}, field{"param3", "Activation"},
		field{"param4", "{2593F8B9-4EAF-457C-B68A-50F6B8EA6B54}"}, field{"param5", "{15C20B67-12E7-4BB6-92BB-7AFF07997402}"},
		field{"param6", w.Name}, field{"param7", "user"}, field{"param8", "S-1-5-21-1111111111-2222222222-3333333333-1001"})
	clock := manifest(boot.Add(95*time.Second), byTime, 35, 0, levelInfo,
		field{"TimeSource", "time.windows.com,0x8"}, field{"TimeSourceRefId", uint32(1694606000)}, field{"CurrentStratumNumber", uint32(4)})
	adjust := manifest(boot.Add(96*time.Second), byKernel, 1, 1, levelInfo,
		field{"NewTime", boot.Add(96*time.Second + 8*time.Millisecond)}, field{"OldTime", boot.Add(96 * time.Second)}, field{"Reason", uint32(1)})
	adjust.task, adjust.keywords = 5, 0x8000000000000010
	return append(w.defenderNoise(boot.Add(90*time.Second)), dcom, clock, adjust)
}

// defenderNoise is Microsoft Defender saying that it is well, where it runs.
func (w *world) defenderNoise(at time.Time) []record {
	if s, told := w.Services["WinDefend"]; told && (s.Deleted || s.Start == 4) {
		return nil
	}
	r := manifest(at, byDefender, 1150, 0, levelInfo, field{"Product Name", "%%827"}, field{"Platform version", "4.18.24010.12"},
		field{"Unused", ""}, field{"Engine version", "1.1.24020.9"}, field{"Security intelligence version", "1.405.980.0"})
	r.log = "Microsoft-Windows-Windows Defender/Operational"
	return []record{r}
}

// flip is Service Control Manager 7040, twice: the service changes its own start type
// and changes it back.
func flip(at time.Time) []record {
	change := func(at time.Time, from, to string) record {
		r := manifest(at, byServices, 7040, 0, levelInfo, field{"param1", "Background Intelligent Transfer Service"},
			field{"param2", from}, field{"param3", to}, field{"param4", "BITS"})
		r.classic, r.keywords = 16384, 0x8080000000000000
		return r
	}
	return []record{change(at, "demand start", "auto start"), change(at.Add(14*time.Minute), "auto start", "demand start")}
}

func (w *world) installerNoise() []record {
	at := w.since.Add(30 * time.Hour)
	product := []string{"Example Photo Viewer", "3.2.1", "1033", "0", "Example Software", "(NULL)", ""}
	var list []record
	for i, id := range []int{1040, 1033, 11707, 1042} {
		data := product
		switch id {
		case 1040, 1042:
			data = []string{`C:\Users\user\Downloads\ExamplePhotoViewer.msi`, "6120", "(NULL)", "(NULL)", "(NULL)", "(NULL)", ""}
		case 11707:
			data = []string{"Product: Example Photo Viewer -- Installation completed successfully.", "(NULL)", "(NULL)", "(NULL)", "(NULL)", "(NULL)", ""}
		}
		r := classic(at.Add(time.Duration(i)*11*time.Second), byMSI, id, 0, levelInfo, data...)
		r.log, r.binary = "Application", []byte("{0F7A1E52-4B0C-4E0D-9C57-5A4D0C7B1A11}")
		list = append(list, r)
	}
	return list
}

// toldEvents are the events the text gives as they stand.
func (w *world) toldEvents() []record {
	var list []record
	for _, e := range w.Events {
		for _, at := range e.At {
			list = append(list, e.record(at.In(w.zone)))
		}
	}
	return list
}

func (e *Event) record(at time.Time) record {
	r := manifest(at, provider(e.Provider), e.ID, e.Version, or(e.Level, levelInfo))
	r.log, r.guid = e.Log, strings.Trim(e.GUID, "{}")
	for _, d := range e.Data {
		f, _ := parseField(d)
		if f.name == "" {
			r.keywords, r.user = keywordClassic, ""
		}
		r.data = append(r.data, f)
	}
	return r
}

// typed is a value with its type as event manifests spell it: "7 (uint32)".
type typed struct {
	kind evtx.Type
	text string
}

// parseField reads "name: value", "name: value (uint32)" or a bare value.
func parseField(text string) (field, error) {
	name, value, named := strings.Cut(text, ": ")
	if !named {
		return field{value: text}, nil
	}
	i := strings.LastIndex(value, " (")
	if i < 0 || !strings.HasSuffix(value, ")") {
		return field{name, value}, nil
	}
	kind, ok := evtx.ParseType(value[i+2 : len(value)-1])
	if !ok {
		return field{name, value}, nil
	}
	f := field{name, typed{kind, value[:i]}}
	_, err := evtx.Build([]evtx.Event{{Data: []evtx.Item{item(f)}}}, evtx.Options{})
	return f, err
}
