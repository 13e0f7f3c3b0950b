package wim

import (
	"encoding/xml"
	"fmt"
	"strings"
	"time"

	"updoc/codec/wintype"
)

// writeXML returns the XML resource: UTF-16LE with a byte order mark.
func writeXML(images []Image, times []time.Time, totalBytes int64) []byte {
	var b strings.Builder
	fmt.Fprintf(&b, "\ufeff<WIM><TOTALBYTES>%d</TOTALBYTES>", totalBytes)
	for i, image := range images {
		writeImageXML(&b, image, times[i])
	}
	b.WriteString("</WIM>")
	return wintype.AppendUTF16(nil, b.String())
}

func writeImageXML(b *strings.Builder, i Image, t time.Time) {
	fmt.Fprintf(b, `<IMAGE INDEX="%d">`, i.Index)
	fmt.Fprintf(b, "<DIRCOUNT>%d</DIRCOUNT><FILECOUNT>%d</FILECOUNT>", i.DirCount, i.FileCount)
	fmt.Fprintf(b, "<TOTALBYTES>%d</TOTALBYTES><HARDLINKBYTES>0</HARDLINKBYTES>", i.TotalBytes)
	writeTimeXML(b, "CREATIONTIME", t)
	writeTimeXML(b, "LASTMODIFICATIONTIME", t)
	if i.HasVersion {
		writeWindowsXML(b, i)
	}
	element(b, "NAME", i.Name)
	element(b, "DESCRIPTION", i.Description)
	b.WriteString("</IMAGE>")
}

func writeTimeXML(b *strings.Builder, name string, t time.Time) {
	v := wintype.Filetime(t)
	fmt.Fprintf(b, "<%s><HIGHPART>0x%08X</HIGHPART><LOWPART>0x%08X</LOWPART></%s>", name, v>>32, uint32(v), name)
}

func writeWindowsXML(b *strings.Builder, i Image) {
	b.WriteString("<WINDOWS>")
	element(b, "ARCH", archNumber(i.Arch))
	element(b, "PRODUCTNAME", i.ProductName)
	element(b, "EDITIONID", i.EditionID)
	element(b, "INSTALLATIONTYPE", i.InstallationType)
	b.WriteString("<LANGUAGES><LANGUAGE>en-US</LANGUAGE><DEFAULT>en-US</DEFAULT></LANGUAGES>")
	fmt.Fprintf(b, "<VERSION><MAJOR>%d</MAJOR><MINOR>%d</MINOR><BUILD>%d</BUILD>", i.Major, i.Minor, i.Build)
	fmt.Fprintf(b, "<SPBUILD>%d</SPBUILD><SPLEVEL>%d</SPLEVEL></VERSION>", i.SPBuild, i.SPLevel)
	b.WriteString("<SYSTEMROOT>WINDOWS</SYSTEMROOT></WINDOWS>")
}

// element writes a text element, or nothing for an empty text.
func element(b *strings.Builder, name, text string) {
	if text == "" {
		return
	}
	fmt.Fprintf(b, "<%s>", name)
	xml.EscapeText(b, []byte(text))
	fmt.Fprintf(b, "</%s>", name)
}
