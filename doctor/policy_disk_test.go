package doctor_test

import (
	"bytes"
	"errors"
	"path/filepath"
	"testing"

	"updoc/casekit"
	"updoc/doctor"
	"updoc/model"
	"updoc/testkit"
)

const ownPolicy = `
registry:
- {key: 'HKLM\SOFTWARE\Policies\updoc', name: MaxRisk, text: R4}
- {key: 'HKLM\SOFTWARE\Policies\updoc', name: DeniedRemedies, list: [winre-enlarge, winre-new-partition]}
- {key: 'HKLM\SOFTWARE\Policies\updoc', name: AllowRestart, number: 0}
`

// The policy in the hive of a real disk forbids its repair, whatever the flags say, and
// the disk stays as it is.
func TestPolicyOnTheDisk(t *testing.T) {
	sick := testkit.ReadFile(t, filepath.Join("..", "cases", "winre-too-small-after-os", "pc.yaml"))
	pc, err := casekit.Parse(bytes.NewReader(append(sick, ownPolicy...)))
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "disk.img")
	err = pc.Disk(t.Context(), path)
	var missing *casekit.MissingToolError
	testkit.Need(t, !errors.As(err, &missing), "mkntfs, wimlib-imagex, ntfsfallocate")
	if err != nil {
		t.Fatal(err)
	}
	was := testkit.DiskHash(t, path)
	got, err := doctor.Fix(t.Context(), path, fixOptions(t))
	if err != nil {
		t.Fatal(err)
	}
	if got.Receipt.Verdict != model.FixRefused || testkit.DiskHash(t, path) != was {
		t.Errorf("%+v", got.Receipt)
	}
	if s := stepOf(got.Receipt, "winre-enlarge"); s.Detail != "policy-forbids" || s.Args["value"] != "DeniedRemedies" {
		t.Errorf("%+v", got.Receipt.Steps)
	}
	if p := doctor.PolicyOf(&got.Before.Machine); p.MaxRisk != "R4" || len(p.Denied) != 2 || !p.NoRestart || p.Malformed != nil {
		t.Errorf("%+v", p)
	}
	if s := doctor.Summarise(got.Before, fixOptions(t), nil, nil); s.Remediate {
		t.Errorf("a management tool would start what is forbidden: %+v", s)
	}
}

func stepOf(r *model.Receipt, remedy string) model.ReceiptStep {
	for _, s := range r.Steps {
		if s.Remedy == remedy {
			return s
		}
	}
	return model.ReceiptStep{}
}
