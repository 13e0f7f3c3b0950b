package reagent

import "encoding/xml"

// element is one child of the root, as read or as to be written.
type element struct {
	name  string
	attrs []xml.Attr
}

// field ties an element to the part of a Config that it holds; one of the three is set.
type field struct {
	attr     string    // the only attribute
	text     *string   // of attr
	guid     *string   // of attr, as a GUID
	location *Location // path, id, offset, guid, index
}

// field returns where the content of an element goes; the zero field for an unknown element.
func (c *Config) field(name string) field {
	switch name {
	case "WinreBCD":
		return field{attr: "id", guid: &c.BCD}
	case "WinreLocation":
		return field{location: &c.Location}
	case "ImageLocation":
		return field{location: &c.Image}
	case "PBRImageLocation", "OsInstallLocation":
		return field{location: &c.PBRImage}
	case "PBRCustomImageLocation":
		return field{location: &c.PBRCustomImage}
	case "DownlevelWinreLocation":
		return field{location: &c.Downlevel}
	case "OperationParam":
		return field{attr: "path", text: &c.OperationParam}
	case "OsBuildVersion":
		return field{attr: "path", text: &c.OSBuild}
	}
	return field{attr: "state", text: c.state(name)}
}

// state returns the raw state that an element holds, nil for an unknown element.
func (c *Config) state(name string) *string {
	switch name {
	case "InstallState":
		return &c.InstallState
	case "OsInstallAvailable":
		return &c.OSInstallAvailable
	case "CustomImageAvailable":
		return &c.CustomAvailable
	case "IsAutoRepairOn":
		return &c.AutoRepair
	case "WinREStaged":
		return &c.WinREStaged
	case "OperationPermanent":
		return &c.OperationPermanent
	case "OemTool":
		return &c.OEMTool
	case "IsServer":
		return &c.IsServer
	case "IsWimBoot":
		return &c.IsWIMBoot
	case "NarratorScheduled":
		return &c.NarratorScheduled
	case "ScheduledOperation":
		return &c.ScheduledOperation
	}
	return nil
}

// template returns the elements of version 2.0 in the order of Windows 10 and 11, with their attributes in order.
func template() []element {
	place := []string{"path", "id", "offset", "guid"}
	indexed := append(place, "index")
	id, path, state := []string{"id"}, []string{"path"}, []string{"state"}
	return []element{
		blank("WinreBCD", id), blank("WinreLocation", place), blank("ImageLocation", place),
		blank("PBRImageLocation", indexed), blank("PBRCustomImageLocation", indexed),
		blank("InstallState", state), blank("OsInstallAvailable", state), blank("CustomImageAvailable", state),
		blank("IsAutoRepairOn", state), blank("WinREStaged", state), blank("OperationParam", path),
		blank("OperationPermanent", state), blank("OsBuildVersion", path), blank("OemTool", state), blank("IsServer", state),
		blank("DownlevelWinreLocation", place), blank("IsWimBoot", state), blank("NarratorScheduled", state),
		blank("ScheduledOperation", state),
	}
}

func blank(name string, attrs []string) element {
	e := element{name: name}
	for _, a := range attrs {
		e.attrs = append(e.attrs, xml.Attr{Name: xml.Name{Local: a}})
	}
	return e
}
