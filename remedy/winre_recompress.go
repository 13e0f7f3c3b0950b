package remedy

import (
	"updoc/model"
	"updoc/remedy/host"
)

// saves is how much of an image LZX is surely to save, by the compression it has: a
// third of a stored one, a tenth of XPRESS. Source: the rule that plans this remedy;
// real images save more.
var saves = map[string]int64{"none": 3, "xpress": 10}

// winreRecompress writes the recovery image anew with LZX.
func winreRecompress(m *model.Machine, _ model.Args) ([]host.Op, error) {
	if works(m) {
		return nil, nil
	}
	g, err := stand(m)
	if err != nil {
		return nil, err
	}
	p, err := g.active()
	if err != nil {
		return nil, err
	}
	if err := g.touch(p); err != nil {
		return nil, err
	}
	img, err := g.inPlace(p)
	if err != nil {
		return nil, err
	}
	kind, err := seen(m.WinRE.Image.Compression, "winre.image.compression")
	if err != nil {
		return nil, err
	}
	gain := m.WinRE.Image.Size
	if part := saves[kind]; part > 0 {
		gain.Value /= part
	} else {
		gain.Value = 0
	}
	if err := enough(m, gain, "winre.image.size"); err != nil {
		return nil, err
	}
	return []host.Op{{Kind: host.Recompress, To: img.at, Text: "lzx"}}, nil
}

// inPlace is the image in use, which must lie on the recovery partition p.
func (g *ground) inPlace(p *model.Partition) (sourceImage, error) {
	exists, err := seen(g.m.WinRE.Image.Exists, "winre.image.exists")
	if err != nil {
		return sourceImage{}, err
	}
	if !exists {
		return sourceImage{}, refused("refused-no-image", nil)
	}
	img, err := g.source(g.m.WinRE.Image)
	if err == nil && img.at.Volume != p.ID {
		err = refused("refused-names-differ", nil)
	}
	return img, err
}
