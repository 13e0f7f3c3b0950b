package wim

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"

	"updoc/codec/wintype"
)

// maxXML is the largest XML resource that is read, in bytes; a medium with eleven editions has about 30 KB.
const maxXML = 8 << 20

// xmlImage is an <IMAGE> element; numbers are texts so that one bad number does not hide the rest.
type xmlImage struct {
	Index       string `xml:"INDEX,attr"`
	Name        string `xml:"NAME"`
	Description string `xml:"DESCRIPTION"`
	DirCount    string `xml:"DIRCOUNT"`
	FileCount   string `xml:"FILECOUNT"`
	TotalBytes  string `xml:"TOTALBYTES"`
	Windows     struct {
		Arch             string `xml:"ARCH"`
		ProductName      string `xml:"PRODUCTNAME"`
		EditionID        string `xml:"EDITIONID"`
		InstallationType string `xml:"INSTALLATIONTYPE"`
		Version          *struct {
			Major   string `xml:"MAJOR"`
			Minor   string `xml:"MINOR"`
			Build   string `xml:"BUILD"`
			SPBuild string `xml:"SPBUILD"`
			SPLevel string `xml:"SPLEVEL"`
		} `xml:"VERSION"`
	} `xml:"WINDOWS"`
}

// readXML fills in the images and notes what is wrong with the XML.
func (f *File) readXML() {
	if !f.header.xml.within(f.size) {
		return
	}
	b, err := f.readAll(f.header.xml, maxXML)
	if err != nil {
		f.problem("the XML cannot be read: %v", err)
		return
	}
	f.images, err = f.parseXML(b)
	if err != nil {
		f.problem("the XML is broken: %v", err)
	}
	if len(f.images) != int(f.header.images) {
		f.problem("the header counts %d images, the XML %d", f.header.images, len(f.images))
	}
}

// parseXML returns the images up to the first error.
func (f *File) parseXML(b []byte) ([]Image, error) {
	d := xml.NewDecoder(strings.NewReader(xmlText(b)))
	d.CharsetReader = func(_ string, r io.Reader) (io.Reader, error) { return r, nil }
	var images []Image
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return images, nil
		}
		if err != nil {
			return images, err
		}
		start, ok := token.(xml.StartElement)
		if !ok || start.Name.Local != "IMAGE" {
			continue
		}
		var x xmlImage
		err = d.DecodeElement(&x, &start)
		images = append(images, f.image(x))
		if err != nil {
			return images, err
		}
	}
}

// xmlText decodes UTF-16LE, which Windows writes, or UTF-8.
func xmlText(b []byte) string {
	if text, ok := bytes.CutPrefix(b, []byte{0xff, 0xfe}); ok {
		return wintype.UTF16(text)
	}
	b = bytes.TrimPrefix(b, []byte("\ufeff"))
	if len(b) > 1 && b[1] == 0 || !utf8.Valid(b) {
		return wintype.UTF16(b)
	}
	return string(b)
}

func (f *File) image(x xmlImage) Image {
	w := x.Windows
	i := Image{
		Index: f.number("INDEX", x.Index), Name: x.Name, Description: x.Description,
		DirCount: int64(f.number("DIRCOUNT", x.DirCount)), FileCount: int64(f.number("FILECOUNT", x.FileCount)),
		TotalBytes: int64(f.number("TOTALBYTES", x.TotalBytes)),
		Arch:       archName(strings.TrimSpace(w.Arch)), EditionID: w.EditionID,
		InstallationType: w.InstallationType, ProductName: w.ProductName,
	}
	if v := w.Version; v != nil {
		i.HasVersion = true
		i.Major, i.Minor = f.number("MAJOR", v.Major), f.number("MINOR", v.Minor)
		i.Build, i.SPBuild = f.number("BUILD", v.Build), f.number("SPBUILD", v.SPBuild)
		i.SPLevel = f.number("SPLEVEL", v.SPLevel)
	}
	return i
}

// number reads a decimal; an empty one is 0, a bad one is 0 and a problem.
func (f *File) number(name, text string) int {
	text = strings.TrimSpace(text)
	if text == "" {
		return 0
	}
	n, err := strconv.ParseUint(text, 10, 63)
	if err != nil {
		f.problem("the XML gives %q as %s", text, name)
		return 0
	}
	return int(n)
}
