package remedy

import (
	"updoc/model"
	"updoc/remedy/host"
)

// winreRewriteConfig writes a damaged ReAgent.xml anew. Writing it needs an image that
// it can name.
func winreRewriteConfig(m *model.Machine, _ model.Args) ([]host.Op, error) {
	damaged, err := seen(m.WinRE.Config.Damaged, "winre.config.damaged")
	if err != nil || !damaged {
		return nil, err
	}
	g, err := stand(m)
	if err != nil {
		return nil, err
	}
	return g.switchOn()
}
